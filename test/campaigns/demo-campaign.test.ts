import { randomBytes } from 'node:crypto';
import { test } from 'tap';
import { inDatabase } from '../../src/store/mongodb-uri.ts';
import { startApp } from '../helpers/app.ts';
import { testServerUri } from '../helpers/store.ts';

const itemsAt = async ({ call, signIn }: Awaited<ReturnType<typeof startApp>>, path: string) =>
  (await call('GET', path, { token: await signIn() })).body.items;

test('with the carrier of the sandbox a first start makes one campaign that can be started', async t => {
  const MONGODB_URI = inDatabase(await testServerUri(), `demo_${randomBytes(6).toString('hex')}`);
  const env = { MONGODB_URI, ADMIN_PASSWORD: randomBytes(12).toString('hex') };
  const one = await startApp(t, { env });
  const two = await startApp(t, { env });
  const token = await one.signIn('admin@parley.example', env.ADMIN_PASSWORD);
  const call = (method: string, path: string) => one.call(method, path, { token });
  const items = async (path: string) => (await call('GET', path)).body.items;

  t.same(await items('/api/campaigns'), [], 'the application alone makes none');
  await Promise.all([one.app.campaigns.seedDemo(), two.app.campaigns.seedDemo()]);
  const [campaign, ...others] = await items('/api/campaigns');
  t.same(others, [], 'of two processes one makes it');
  t.match(campaign, {
    state: 'idle',
    contentClass: 'emergency',
    emergencyReason: /invented/,
    emergencyBy: 'first start',
    seller: { legalName: 'Brightwater Dental' },
  });
  const people = await items(`/api/campaigns/${campaign.id}/contacts`);
  t.equal(people.length, one.app.sandbox.demo?.people.length);
  t.ok(people.length >= 5);
  t.ok(
    people.every(({ phone, state }: Record<string, string>) => /55501\d\d$/.test(phone!) && state === 'waiting'),
    'numbers are those kept for fiction',
  );
  t.equal((await items('/api/contacts')).length, people.length);
  const { preflight } = (await call('GET', `/api/campaigns/${campaign.id}/preflight`)).body;
  t.same(
    preflight.findings.filter(({ level }: { level: string }) => level === 'block'),
    [],
    'pressing start is enough',
  );

  await two.app.campaigns.seedDemo();
  t.equal((await items('/api/campaigns')).length, 1, 'another start makes no other');
  t.equal((await call('DELETE', `/api/campaigns/${campaign.id}`)).status, 200);
  await one.app.campaigns.seedDemo();
  t.same(await items('/api/campaigns'), [], 'one that was deleted stays so');
});

test('whoever has campaigns gets none, and what a start that died left of it is completed', async t => {
  const site = await startApp(t);
  const { repository } = site.app.campaigns;
  const base = { contentClass: 'informational', pace: { callsPerSecond: 1, maxConcurrent: 20 } };
  await repository.create({ ...base, name: 'Own' } as never);
  await site.app.campaigns.seedDemo();
  t.match(await itemsAt(site, '/api/campaigns'), [{ name: 'Own' }]);
  const half = await repository.create({ ...base, name: 'Demo', origin: 'demo' } as never);
  await site.app.campaigns.seedDemo();
  t.equal((await itemsAt(site, `/api/campaigns/${half._id}/contacts`)).length, site.app.sandbox.demo?.people.length);
});

test('with a real carrier nobody is called for a demonstration', async t => {
  const site = await startApp(t, {
    env: {
      SANDBOX: 'off',
      SERVER_URL: 'https://voice.parley.example',
      TWILIO_ACCOUNT_SID: `AC${'0'.repeat(32)}`,
      TWILIO_AUTH_TOKEN: 'f'.repeat(32), // allow-secret: invented
      TWILIO_API_BASE_URL: 'http://127.0.0.1:9',
      ELEVENLABS_API_KEY: 'an-invented-key', // allow-secret: invented
      ELEVENLABS_API_BASE_URL: 'http://127.0.0.1:9',
      ELEVENLABS_AGENT_ID: 'agent_invented',
    },
  });
  t.equal(site.app.sandbox.demo, null);
  await site.app.campaigns.seedDemo();
  t.same(await itemsAt(site, '/api/campaigns'), []);
  t.same(await itemsAt(site, '/api/contacts'), []);
});
