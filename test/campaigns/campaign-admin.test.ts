import { Types } from 'mongoose';
import { test } from 'tap';
import type { Finding } from '../../src/campaigns/preflight.types.ts';
import { admin } from '../helpers/admin.ts';
import { startApp } from '../helpers/app.ts';
import { passesJudge } from '../helpers/judge.ts';

const API_KEY = 'an-invented-key-of-a-test'; // allow-secret: invented
const PARLEY_API_KEY = API_KEY;

test('operators see, check, stop and judge campaigns, over the API and straight on the store', async t => {
  const { app, url, call } = await startApp(t, { env: { API_KEY, COMPANY_NAME: 'Northwind Dental' } });
  const api = (method: string, path: string, body?: unknown) =>
    call(method, path, { token: API_KEY, ...(body === undefined ? {} : { body }) });
  const made = async (name: string, more: object = {}) => {
    const { status, body } = await api('POST', '/api/campaigns', { name, contentClass: 'informational', ...more });
    t.equal(status, 201, JSON.stringify(body));
    return body.campaign.id as string;
  };
  const id = await made('Recall');

  // Preflight: what is missing is named with its remedy, and a start is refused because of it.
  const findings = async (): Promise<Finding[]> =>
    (await api('GET', `/api/campaigns/${id}/preflight`)).body.preflight.findings;
  const found = await findings();
  const levelOf = (check: string) => found.find(each => each.check === check)?.level;
  t.equal(levelOf('recording'), 'block');
  t.equal(levelOf('people'), 'block');
  t.equal(levelOf('seller'), 'ok');
  t.equal(levelOf('agent'), 'ok');
  t.equal(levelOf('budget'), 'warn');
  t.equal(levelOf('sources'), 'warn');
  const refused = await api('POST', `/api/campaigns/${id}/start`);
  t.match(refused, { status: 422, body: { error: { code: 'CAMPAIGN_NOT_READY' } } });
  t.ok(refused.body.error.details.some(({ code }: { code: string }) => code === 'recording'));
  await api('PATCH', `/api/campaigns/${id}`, { record: false });
  const consent = { kind: 'express', at: '2026-01-05T10:00:00Z', source: 'form on the site' };
  const contacts = [
    { phone: '+13125550142', name: 'Ada Example', consent },
    { phone: '+13125550143', consent },
    { phone: '+13125550144' },
  ];
  t.match(await api('POST', `/api/campaigns/${id}/contacts`, { contacts }), { status: 200, body: { added: 3 } });
  const people = (await findings()).find(({ check }) => check === 'people');
  t.match(people, {
    level: 'warn',
    message: /^Of 3 people looked at.*the others not: 1 without a known consent \(NO_CONSENT\)\.$/,
  });
  t.equal((await api('POST', `/api/campaigns/${id}/preflight`)).status, 200);
  t.equal((await api('GET', `/api/campaigns/${new Types.ObjectId()}/preflight`)).status, 404);

  // Status, here and over the API of a server.
  const words = await admin(app, ['campaign-status']);
  t.match(words, /Recall \([0-9a-f]{24}\) is idle/);
  t.match(words, /waiting 3 · being dialled 0/);
  const remote = JSON.parse(await admin(app, ['campaign-status', id, '--json', '--url', url], { PARLEY_API_KEY }));
  t.match(remote, { killSwitch: { on: false }, campaigns: [{ id, people: { waiting: 3, done: 0 }, leftBehind: 0 }] });
  t.equal((await admin(app, ['monitor', '--count', '1'])).includes('Recall'), true);

  // Each of them can be asked of a remote server first, for a program, and changes nothing.
  for (const command of [
    ['campaign-status'],
    ['campaign-status', id],
    ['stop-campaign', id],
    ['stop-all-campaigns'],
    ['reset-stuck-contacts'],
    ['repair-campaign', id],
    ['kill-switch', 'on'],
    ['monitor', '--count', '1'],
  ]) {
    const told = await admin(app, [...command, '--dry-run', '--json', '--url', url], { PARLEY_API_KEY });
    t.equal(typeof JSON.parse(told), 'object', command.join(' '));
  }
  t.equal((await api('GET', `/api/campaigns/${id}`)).body.campaign.state, 'idle');
  t.equal((await api('GET', '/api/admin/kill-switch')).body.killSwitch.on, false);

  // Stop: first only said, then done, each in the audit log and in the campaign's own.
  // Paused, so that nobody is dialled meanwhile.
  await app.campaigns.repository.moveState(id, 'idle', 'paused', { $set: { startedAt: new Date() } });
  const other = await made('Other');
  t.match(await admin(app, ['stop-all-campaigns', '--dry-run']), /Recall.*would be stopped[\s\S]*Nothing was changed/);
  t.equal((await api('GET', `/api/campaigns/${id}`)).body.campaign.state, 'paused');
  t.match(await admin(app, ['stop-all-campaigns']), /Recall \([0-9a-f]{24}\), which was paused, is stopped\./);
  const state = async (which: string) => (await api('GET', `/api/campaigns/${which}`)).body.campaign.state;
  t.equal(await state(id), 'stopped');
  t.equal(await state(other), 'idle', 'one that was never started stays');
  t.match(await admin(app, ['stop-campaign', other, '--url', url], { PARLEY_API_KEY }), /is stopped/);
  t.equal(await state(other), 'stopped');
  t.match(await admin(app, ['stop-campaign', other]), /stopped already/);
  process.exitCode = 0;
  const log = (await api('GET', `/api/campaigns/${id}/events?type=campaign.moved`)).body.items;
  t.match(log[0], { by: 'npm run admin', data: { move: 'stop', from: 'paused', to: 'stopped' } });
  t.match((await api('GET', '/api/audit?action=campaigns.stop-all')).body.items, [
    { actor: { kind: 'operator' }, after: { stopped: [id] } },
  ]);
  t.match((await api('GET', '/api/audit?action=campaign.stop')).body.items, [{ target: { id: other } }]);

  // Mending: over the server, as the sandbox's carrier lives in it.
  t.match(await admin(app, ['reset-stuck-contacts', '--url', url], { PARLEY_API_KEY }), /^Nobody is stuck/);
  const repaired = await admin(app, ['repair-campaign', id, '--dry-run', '--url', url], { PARLEY_API_KEY });
  t.match(repaired, /Recall: 0 places[\s\S]*Nothing was changed/);
  t.match(await admin(app, ['repair-campaign', id, '--url', url], { PARLEY_API_KEY }), /3 people are counted anew/);
  t.match((await api('GET', '/api/audit?action=campaign.repair')).body.items, [{ after: { recounted: 3 } }]);
  await t.rejects(admin(app, ['reset-stuck-contacts']), { message: /ask the server, with --url/ });

  // Judge: the run passes, and fails once somebody was called whom nobody may call.
  const run = await made('Run', { record: false, contentClass: 'informational' });
  await passesJudge(t, app, run);
  const { calls } = app.callRecords;
  const monday = new Date('2026-11-16T17:00:00Z');
  const contactId = new Types.ObjectId();
  await app.campaigns.repository.changeById(run, { $set: { startedAt: monday } });
  const dialled = (to: string, at: Date) =>
    calls.begin({
      direction: 'outbound',
      to,
      from: '+12125550100',
      sid: `CA${new Types.ObjectId()}00000000`,
      campaignId: new Types.ObjectId(run),
      contactId,
      dialledAt: at,
      endedAt: at,
      state: 'no-answer',
      outcome: 'no-answer',
    });
  const night = new Date('2026-11-16T09:00:00Z');
  const { _id } = await dialled('+13125550199', night);
  await passesJudge({ equal: (found, wanted, message) => t.not(found, wanted, message) }, app, run);
  const told = await admin(app, ['judge', run]);
  t.equal(process.exitCode, 1);
  process.exitCode = 0;
  t.match(told, /Run: FAIL over 1 calls/);
  t.match(told, new RegExp(`2026-11-16 03:00 in America/Chicago.*call ${_id}`));
  const overApi = JSON.parse(await admin(app, ['judge', run, '--json', '--url', url], { PARLEY_API_KEY }));
  process.exitCode = 0;
  t.match(overApi, { verdict: 'fail', calls: 1, numbers: 1 });
  await t.rejects(admin(app, ['judge', String(new Types.ObjectId())]), { code: 'NOT_FOUND' });
});
