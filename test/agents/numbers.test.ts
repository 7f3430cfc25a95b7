import { type Test, test } from 'tap';
import twilio from 'twilio';
import { syncNumbers } from '../../src/agents/numbers.plugin.ts';
import { startApp, type TestAppOptions } from '../helpers/app.ts';
import { startTestCarrier } from '../helpers/carrier.ts';

delete process.env['TWILIO_REGION'];
delete process.env['TWILIO_EDGE'];

const serverUrl = 'https://calls.example.com/parley';
const main = '+12125550100';

/** The application with a carrier of its own behind it, as with real credentials; time moves by hand. */
async function start(t: Test, { env = {} }: TestAppOptions = {}) {
  const twin = await startTestCarrier(t, {
    scenario: `
name: numbers
numbers:
  - { number: "+13125550111", label: Second }
people:
  - { id: listener, name: A listener, answer: human, rings: 1, greets: hello }
weights: { listener: 1 }
`,
  });
  let passed = 0;
  const app = await startApp(t, {
    env: {
      TWILIO_ACCOUNT_SID: twin.accountSid,
      TWILIO_AUTH_TOKEN: twin.authToken,
      TWILIO_API_BASE_URL: twin.baseUrl,
      TWILIO_PHONE_NUMBER: main,
      ELEVENLABS_API_KEY: 'an invented key', // allow-secret: invented
      ELEVENLABS_API_BASE_URL: 'http://127.0.0.1:9',
      SERVER_URL: serverUrl,
      ...env,
    },
    now: () => new Date(Date.now() + passed),
  });
  const token = await app.signIn();
  const client = twilio(twin.accountSid, twin.authToken, { autoRetry: false });
  client.api.baseUrl = twin.baseUrl;
  const get = async (path = '') => (await app.call('GET', `/api/numbers${path}`, { token })).body;
  const post = (path: string, options = {}) => app.call('POST', `/api/numbers${path}`, { token, ...options });
  const patch = (id: string, body: object) => app.call('PATCH', `/api/numbers/${id}`, { token, body });
  const byPhone = async (phone: string) => (await get()).items.find((each: { phone: string }) => each.phone === phone);
  return { app, twin, client, token, get, post, patch, byPhone, later: (ms: number) => (passed += ms) };
}

const wanted = {
  voiceUrl: /^https:\/\/calls\.example\.com\/parley\/voice#/,
  fallbackUrl: /^https:\/\/calls\.example\.com\/parley\/fallback-twiml#/,
  statusCallback: /^https:\/\/calls\.example\.com\/parley\/call-status-callback#/,
};

test('the list is what the carrier has, read at once when it is older than a minute', async t => {
  const { get, twin, client, byPhone, later, post } = await start(t);
  const { items } = await get();
  t.match(
    items.toSorted((a: { phone: string }, b: { phone: string }) => a.phone.localeCompare(b.phone)),
    [
      {
        phone: main,
        label: 'Main number',
        source: 'owned',
        callerId: true,
        connected: false,
        agentId: null,
        problem: null,
      },
      { phone: '+13125550111', label: 'Second', source: 'owned', connected: false, text: null },
    ],
  );
  const [number] = await client.incomingPhoneNumbers.list({ phoneNumber: '+13125550111' });
  await client.incomingPhoneNumbers(number!.sid).update({ voiceUrl: 'https://other.example.com/in' });
  t.match((await post('/sync')).body, { owned: 2, verified: 0, gone: 0, notReachingUs: 0 });
  t.match(await byPhone('+13125550111'), { addresses: { voiceUrl: 'https://other.example.com/in' }, problem: null });
  await client.incomingPhoneNumbers(number!.sid).update({ voiceUrl: '' });
  later(61_000);
  t.match(await byPhone('+13125550111'), { addresses: { voiceUrl: '' } });
  later(61_000);
  await twin.close();
  t.equal((await get()).items.length, 2, 'a carrier that is away takes nothing from the list');
  t.match((await post('/sync')).body, { error: { code: 'CARRIER_UNAVAILABLE' } });
});

test('connecting shows old and new, points the number here, and is audited; a dry run does nothing of it', async t => {
  const { app, token, client, byPhone, post, get } = await start(t);
  const [atCarrier] = await client.incomingPhoneNumbers.list({ phoneNumber: main });
  await client.incomingPhoneNumbers(atCarrier!.sid).update({
    voiceUrl: 'https://other.example.com/in?token=theirs',
    voiceMethod: 'GET',
  });
  const { id } = await byPhone(main);
  const audited = async () => (await app.call('GET', '/api/audit?action=number.connect', { token })).body.items;

  const dry = (await post(`/${id}/connect?dryRun=true`)).body;
  t.match(dry, {
    dryRun: true,
    changed: true,
    before: { voiceUrl: 'https://other.example.com/in?token=theirs' },
    after: wanted,
  });
  t.match(await client.incomingPhoneNumbers(atCarrier!.sid).fetch(), { voiceUrl: /other/ });
  t.same(await audited(), []);

  const done = (await post(`/${id}/connect`)).body;
  t.match(done, {
    dryRun: false,
    changed: true,
    after: wanted,
    number: { connected: true, problem: null, addresses: wanted },
  });
  t.match(await client.incomingPhoneNumbers(atCarrier!.sid).fetch(), {
    voiceUrl: wanted.voiceUrl,
    voiceMethod: 'POST',
    voiceFallbackUrl: wanted.fallbackUrl,
    statusCallback: wanted.statusCallback,
  });
  t.match(await audited(), [
    {
      target: { type: 'number', id },
      before: { voiceUrl: 'https://other.example.com/in' },
      after: { voiceUrl: `${serverUrl}/voice` },
    },
  ]);
  t.match((await post(`/${id}/connect`)).body, { changed: false });
  t.match((await get(`/${id}`)).number, { connected: true });
});

test('a number that somebody points elsewhere is reported until it is connected again', async t => {
  const { client, byPhone, post, app } = await start(t);
  const { id } = await byPhone(main);
  await post(`/${id}/connect`);
  const [atCarrier] = await client.incomingPhoneNumbers.list({ phoneNumber: main });
  await client.incomingPhoneNumbers(atCarrier!.sid).update({ voiceUrl: 'https://other.example.com/in' });
  t.match((await post('/sync')).body, { notReachingUs: 1 });
  t.match(await byPhone(main), { connected: false, problem: /Somebody changed it.*other\.example\.com\/in/ });
  t.equal(app.log.filter(line => line.includes('a number has a problem')).length, 1);
  const [first] = await app.app.numbers.troubled();
  t.match(first, { id, gone: false, problem: /Somebody changed it/, problemSince: Date });
  await client.incomingPhoneNumbers(atCarrier!.sid).update({ voiceUrl: 'https://third.example.com/in' });
  await post('/sync');
  t.match(
    await app.app.numbers.troubled(),
    [{ problem: /third/, problemSince: first!.problemSince }],
    'the same trouble since the same moment',
  );
  await post(`/${id}/connect`);
  t.match(await byPhone(main), { connected: true, problem: null });
  t.same(await app.app.numbers.troubled(), []);
});

test('label, text and use as caller id are changed by people, and audited', async t => {
  const { app, token, byPhone, patch, post } = await start(t);
  const { id } = await byPhone(main);
  const changed = await patch(id, { label: 'Front desk', text: 'We are closed. Press 9 to opt out.', callerId: false });
  t.match(changed, { status: 200, body: { number: { label: 'Front desk', text: /closed/, callerId: false } } });
  await post('/sync');
  t.match(
    await byPhone(main),
    { label: 'Front desk', problem: /not reach us yet: connect it/ },
    'the carrier’s name does not come back',
  );
  t.match((await app.call('GET', '/api/audit?action=number.change', { token })).body.items, [
    { before: { callerId: true }, after: { callerId: false } },
  ]);
  t.equal((await app.call('PUT', `/api/numbers/${id}`, { token, body: { text: null } })).status, 200);
  for (const body of [
    {},
    { text: '' },
    { text: '  ' },
    { text: 'x'.repeat(1001) },
    { phone: '+12125550199' },
    { connected: true },
    { callerId: 'no' },
  ])
    t.equal((await patch(id, body)).status, 400, JSON.stringify(body).slice(0, 60));
  t.equal((await patch(id, { agentId: '0'.repeat(24) })).status, 404);
  t.match((await patch('0'.repeat(24), { label: 'x' })).body, { error: { code: 'NUMBER_NOT_FOUND' } });
  t.match((await post(`/${'0'.repeat(24)}/connect`)).body, { error: { code: 'NUMBER_NOT_FOUND' } });
});

test('what other features ask: who answers, what may be shown as caller id', async t => {
  const { app, byPhone, patch, later } = await start(t);
  const { numbers } = app.app;
  t.match(await numbers.answering(main), { phone: main, label: 'Main number', agentId: null, text: null });
  t.match(await numbers.answering('+13125550111'), { label: 'Second' }, 'unknown so far, so the carrier is asked');
  t.equal(await numbers.answering('+13125550199'), null);
  t.equal(await numbers.mayCallFrom(main), true);
  t.equal(await numbers.mayCallFrom('+13125550111'), true);
  t.equal(await numbers.mayCallFrom('+13125550199'), false);
  t.equal(await numbers.defaultCallerId(), main);
  await patch((await byPhone(main)).id, { callerId: false });
  t.equal(await numbers.mayCallFrom(main), false, 'what people decide goes over the configuration');
  t.equal(await numbers.defaultCallerId(), '+13125550111');
  later(61_000);
  t.equal(await numbers.mayCallFrom('+13125550111'), true);
});

test('the configured number counts as ours although the carrier lists others only', async t => {
  const { app, post, byPhone } = await start(t, { env: { TWILIO_PHONE_NUMBER: '+13125550122' } });
  await post('/sync');
  t.match(await byPhone('+13125550122'), { source: 'gone', problem: /does not list it/ });
  t.equal(await app.app.numbers.mayCallFrom('+13125550122'), true);
  t.match(await app.app.numbers.answering('+13125550122'), { phone: '+13125550122' });
  const { id } = await byPhone('+13125550122');
  t.match((await post(`/${id}/connect`)).body, { error: { code: 'NUMBER_NOT_OWNED' } });
});

test('out of its opening hours a number is closed, on its own clocks', async t => {
  const { app, token, byPhone, patch, later } = await start(t);
  const { numbers } = app.app;
  const { id } = await byPhone(main);
  t.match(await numbers.answering(main), { closed: false }, 'without hours it is always open');
  const today = new Date();
  const day = today.getUTCDay();
  const windows = [{ day, from: '00:00', to: '24:00' }];
  const hours = { timeZone: 'UTC', windows, holidays: [] };
  t.match(await patch(id, { hours }), { status: 200, body: { number: { hours } } });
  t.match(await numbers.answering(main), { closed: false });
  t.match((await app.call('GET', '/api/audit?action=number.change', { token })).body.items, [
    { before: { hours: null }, after: { hours: { timeZone: 'UTC' } } },
  ]);
  await patch(id, { hours: { ...hours, holidays: [today.toISOString().slice(0, 10)] } });
  t.match(await numbers.answering(main), { closed: true }, 'a holiday');
  await patch(id, { hours: null });
  t.match(await numbers.answering(main), { closed: false });
  for (const [wrong, field] of [
    [{ ...hours, timeZone: 'Mars/Olympus' }, 'hours.timeZone'],
    [{ ...hours, windows: [{ day, from: '10:00', to: '10:00' }] }, 'hours.windows.0'],
    [{ ...hours, holidays: ['2026-02-30'] }, 'hours.holidays.0'],
    [{ ...hours, windows: [{ day: 7, from: '10:00', to: '11:00' }] }, 'hours.windows.0.day'],
    [{ ...hours, windows: [{ day, from: '24:00', to: '24:00' }] }, 'hours.windows.0.from'],
    [{ timeZone: 'UTC', windows }, 'hours.holidays'],
  ] as const) {
    const { status, body } = await patch(id, { hours: wrong });
    t.equal(status, 400, JSON.stringify(wrong));
    t.ok(JSON.stringify(body.error).includes(field), `${field} in ${JSON.stringify(body.error)}`);
  }
  await patch(id, { hours });
  later(24 * 3_600_000);
  t.match(await numbers.answering(main), { closed: true }, 'tomorrow is another day of the week');
});

test('the scheduled look at the carrier finds what somebody changed there', async t => {
  const { app, client, byPhone, post } = await start(t);
  const { id } = await byPhone(main);
  await post(`/${id}/connect`);
  const [atCarrier] = await client.incomingPhoneNumbers.list({ phoneNumber: main });
  await client.incomingPhoneNumbers(atCarrier!.sid).update({ voiceUrl: 'https://other.example.com/in' });
  t.match(await byPhone(main), { connected: true }, 'the list was read a moment ago');
  await app.app.jobs.enqueue(syncNumbers, {});
  for (let tries = 0; (await byPhone(main)).connected; tries += 1) {
    if (tries > 200) throw new Error('the job found nothing');
    await new Promise(resolve => setTimeout(resolve, 25));
  }
  t.match(await byPhone(main), {
    problem: /Somebody changed it at the carrier: its voice address is now https:\/\/other/,
  });
  t.match(
    app.log.filter(line => line.includes('a number has a problem')),
    [/"numberId":"[0-9a-f]{24}"/],
    'and the log says it once',
  );
});

test('in the sandbox every number reaches us as soon as the server listens', async t => {
  const app = await startApp(t);
  const token = await app.signIn();
  const { items } = (await app.call('GET', '/api/numbers', { token })).body;
  t.ok(items.length > 1);
  for (const number of items) {
    t.match(number, { connected: true, problem: null, source: 'owned' });
    t.ok(number.addresses.voiceUrl.startsWith(`${app.url}/voice`));
  }

  const agent = await app.app.agents.byDefault();
  const own = items.find((each: { phone: string }) => each.phone === app.app.farEnds.carrier.phoneNumber);
  t.match(own, { agentId: agent.id, label: 'Main number' }, 'and the first one is answered by the first agent');
  const archive = () => app.call('DELETE', `/api/agents/${agent.id}`, { token });
  t.match((await archive()).body, { error: { code: 'AGENT_IN_USE', message: /the number \+/ } });
  const other = items.find((each: { phone: string }) => each !== own);
  const set = (id: string, agentId: string | null) =>
    app.call('PATCH', `/api/numbers/${id}`, { token, body: { agentId } });
  t.match((await set(other.id, agent.id)).body, { number: { agentId: agent.id } });
  t.match(await app.app.numbers.answering(other.phone), { agentId: agent.id });
  t.match((await set(other.id, '0'.repeat(24))).body, { error: { code: 'AGENT_NOT_FOUND' } });
  await set(other.id, null);
  await set(own.id, null);
  t.match(
    await app.app.numbers.answering(own.phone),
    { agentId: null },
    'who is taken away by hand does not come back',
  );
});
