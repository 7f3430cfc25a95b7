import { test } from 'tap';
import { startApp } from '../../helpers/app.ts';

test('calls of the sandbox are placed, watched, pressed and hung up', async t => {
  const { app, call, signIn } = await startApp(t);
  await app.numbersReady();
  const token = await signIn();
  const { control } = app.sandbox.carrier!;
  const api = (method: string, path: string, body?: unknown) =>
    call(method, `/api/sandbox${path}`, { token, ...(body === undefined ? {} : { body }) });

  const setUp = (await api('GET', '')).body;
  t.match(setUp, { phone: true, numbers: [{ phone: '+12125550100', connected: true }] });
  const person = setUp.people.find((each: { answer: string }) => each.answer === 'human');
  t.ok(person.name && person.numbers.length > 0);

  const placed = await api('POST', '/calls', { from: '+13125550142', personId: person.id });
  t.equal(placed.status, 201);
  const { sid } = placed.body.call;
  t.match(placed.body.call, { direction: 'inbound', to: '+12125550100', personId: person.id, personName: person.name });
  await control.reached(sid, 'in-progress');
  await app.sandbox.agent!.control.until(each => each.status === 'in-progress');
  const { body } = await api('GET', '/activity');
  t.match(body.carrier, { ongoing: 1, calls: [{ sid, state: 'in-progress', endedAt: null }] });
  t.match(body.agent, { ongoing: 1, conversations: [{ status: 'in-progress', agentName: String, turns: Array }] });
  t.match(body, { violations: [], violationCount: 0 });

  t.equal((await api('POST', `/calls/${sid}/press`, { digits: '12#' })).status, 202);
  t.match(await api('DELETE', `/calls/${sid}`), {
    status: 202,
    body: { call: { state: 'completed', endedAt: String } },
  });
  for (const again of [api('DELETE', `/calls/${sid}`), api('POST', `/calls/${sid}/press`, { digits: '1' })]) {
    t.match(await again, {
      status: 409,
      body: { error: { code: 'SANDBOX_CALL_NOT_LIVE', message: 'This call is over.' } },
    });
  }
});

test('who answers is chosen for the next call, or for good by a number', async t => {
  const { app, call, signIn } = await startApp(t);
  const token = await signIn();
  const { control } = app.sandbox.carrier!;
  const api = (method: string, path: string, body?: unknown) =>
    call(method, `/api/sandbox${path}`, { token, ...(body === undefined ? {} : { body }) });
  const [first, second] = control.people();

  const next = await api('POST', `/people/${first!.id}/answer-next`, { to: '+13125550142' });
  t.match(next, { status: 202, body: { next: [{ personId: first!.id, to: '+13125550142' }] } });
  await api('POST', `/people/${second!.id}/answer-next`, {});
  t.match((await api('GET', '/activity')).body.carrier.next, [
    { personName: first!.name, to: '+13125550142' },
    { personName: second!.name, to: null },
  ]);

  const mine = '+13125550147';
  t.same((await api('PUT', `/numbers/${encodeURIComponent(mine)}`, { personId: first!.id })).body, {
    number: mine,
    personId: first!.id,
  });
  const people = async () => (await api('GET', '')).body.people as { id: string; numbers: string[] }[];
  t.ok((await people()).find(each => each.id === first!.id)?.numbers.includes(mine));
  await api('PUT', `/numbers/${encodeURIComponent(mine)}`, { personId: null });
  t.notOk((await people()).some(each => each.numbers.includes(mine)));
});

test('faults of both sides are listed, pushed and taken back', async t => {
  const { call, signIn } = await startApp(t);
  const token = await signIn();
  const api = (method: string, path: string, body?: unknown) =>
    call(method, `/api/sandbox${path}`, { token, ...(body === undefined ? {} : { body }) });
  t.same((await api('POST', '/carrier/faults', { kind: 'rest-429', times: 2 })).body, {
    faults: [{ kind: 'rest-429', times: 2 }],
  });
  t.same((await api('POST', '/agent/faults', { kind: 'close', code: 1011 })).body, {
    faults: [{ kind: 'close', code: 1011, times: 1 }],
  });
  const { body } = await api('GET', '/activity');
  t.equal(body.carrier.faults.length, 1);
  t.equal(body.agent.faults.length, 1);
  const wrong: [string, unknown, RegExp][] = [
    ['/carrier/faults', { kind: 'callback-late' }, /callback-late needs delayMs/],
    ['/carrier/faults', { kind: 'earthquake' }, /^kind must be one of/],
    ['/agent/faults', { kind: 'stall' }, /stall needs afterMs and forMs/],
    ['/agent/faults', { kind: 'close', code: 1234 }, /code has to be one of 1000/],
  ];
  for (const [path, fault, message] of wrong) {
    t.match(await api('POST', path, fault), { status: 400, body: { error: { code: 'VALIDATION_FAILED', message } } });
  }
  t.same((await api('DELETE', '/carrier/faults')).body, { faults: [] });
  t.same((await api('DELETE', '/agent/faults')).body, { faults: [] });
});

test('what the product does wrong is shown with what it concerns, and can be forgotten', async t => {
  const { app, call, signIn } = await startApp(t);
  const token = await signIn();
  const { carrier } = app.sandbox;
  const authorization = `Basic ${Buffer.from(`${carrier!.accountSid}:${carrier!.authToken}`).toString('base64')}`;
  await fetch(`${carrier!.baseUrl}/2010-04-01/Accounts/${carrier!.accountSid}/Calls.json`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      To: '+13125550142',
      From: carrier!.phoneNumber,
      Twiml: '<Response><Dance/></Response>',
      Unheard: 'of',
    }).toString(),
  });
  const activity = async () => (await call('GET', '/api/sandbox/activity', { token })).body;
  t.match((await activity()).violations, [{ side: 'carrier', kind: 'rest-unknown-parameter', detail: /Unheard/ }]);
  t.ok((await call('DELETE', '/api/sandbox/violations', { token })).body.forgotten >= 1);
});

test('nonsense is refused by name, and what does not exist by its code', async t => {
  const { call, signIn } = await startApp(t);
  const token = await signIn();
  const known = (await call('GET', '/api/sandbox', { token })).body.people[0].id;
  const wrong: [string, string, unknown, number, string, RegExp?][] = [
    ['POST', '/calls', {}, 400, 'VALIDATION_FAILED', /from is missing/],
    ['POST', '/calls', { from: '0312' }, 400, 'VALIDATION_FAILED', /^from /],
    ['POST', '/calls', { from: '+13125550142', to: '+19995550100' }, 422, 'NUMBER_NOT_OWNED'],
    ['POST', '/calls', { from: '+13125550142', personId: 'nobody' }, 404, 'NOT_FOUND'],
    ['POST', '/calls/CA0/press', { digits: '1' }, 404, 'CALL_NOT_FOUND'],
    ['POST', '/calls/CA0/press', { digits: 'x' }, 400, 'VALIDATION_FAILED', /^digits /],
    ['DELETE', '/calls/CA0', undefined, 404, 'CALL_NOT_FOUND'],
    ['POST', '/people/nobody/answer-next', {}, 404, 'NOT_FOUND'],
    ['POST', `/people/${known}/answer-next`, { to: 'x' }, 400, 'VALIDATION_FAILED', /^to /],
    ['PUT', '/numbers/12', { personId: null }, 400, 'VALIDATION_FAILED', /^phone /],
    ['PUT', '/numbers/%2B13125550142', { personId: 'nobody' }, 404, 'NOT_FOUND'],
  ];
  for (const [method, path, body, status, code, message = /./] of wrong) {
    const answer = await call(method, `/api/sandbox${path}`, { token, ...(body === undefined ? {} : { body }) });
    t.match(answer, { status, body: { error: { code, message } } }, `${method} ${path}`);
  }
});

test('managers may, others may not, and every change is in the audit log', async t => {
  const { call, signIn } = await startApp(t);
  const admin = await signIn();
  const as = async (role: string) => {
    const email = `${role}@example.com`;
    const { body } = await call('POST', '/api/users', { token: admin, body: { email, role } });
    return signIn(email, body.password);
  };
  const manager = await as('manager');
  for (const role of ['supervisor', 'viewer']) {
    const answer = await call('GET', '/api/sandbox/activity', { token: await as(role) });
    t.match(answer, { status: 403, body: { error: { details: { permission: 'sandbox:use' } } } }, role);
  }
  t.equal((await call('GET', '/api/sandbox/activity')).status, 401);
  await call('POST', '/api/sandbox/carrier/faults', { token: manager, body: { kind: 'rest-503' } });
  await call('POST', '/api/sandbox/phone', { token: manager });
  const { items } = (await call('GET', '/api/audit', { token: admin })).body;
  const entry = (action: string) => items.find((each: { action: string }) => each.action === action);
  t.match(entry('sandbox.fault'), {
    actor: { label: 'manager@example.com' },
    target: { type: 'sandbox', id: 'carrier' },
    after: { kind: 'rest-503' },
  });
  t.match(entry('sandbox.phone'), { target: { type: 'sandbox', id: 'phone' } });
});

test('the console is rate limited like the rest of the API', async t => {
  const { call, signIn } = await startApp(t, { env: { RATE_LIMIT_PER_MINUTE: '20' } });
  const token = await signIn();
  for (const path of ['/api/sandbox/activity', '/api/sandbox/phone']) {
    const method = path.endsWith('phone') ? 'POST' : 'GET';
    let last = await call(method, path, { token });
    for (let count = 1; last.status < 400 && count < 30; count += 1) last = await call(method, path, { token });
    t.match(last, { status: 429, body: { error: { code: 'RATE_LIMITED' } } }, path);
  }
});

test('with real vendors none of it exists; with a real agent the carrier’s part does', async t => {
  const real = {
    TWILIO_ACCOUNT_SID: `AC${'0'.repeat(32)}`,
    TWILIO_AUTH_TOKEN: 'f'.repeat(32),
    TWILIO_API_BASE_URL: 'http://127.0.0.1:9',
    ELEVENLABS_API_KEY: 'invented-key', // allow-secret: invented
    ELEVENLABS_API_BASE_URL: 'http://127.0.0.1:9',
    SERVER_URL: 'https://calls.example.com',
  };
  const vendors = await startApp(t, { env: real });
  const token = await vendors.signIn();
  for (const [method, path] of [
    ['GET', '/api/sandbox'],
    ['GET', '/api/sandbox/activity'],
    ['POST', '/api/sandbox/phone'],
    ['POST', '/api/sandbox/calls'],
    ['GET', '/api/sandbox/phone/line'],
  ] as const) {
    t.match(await vendors.call(method, path, { token }), { status: 404, body: { error: { code: 'ROUTE_NOT_FOUND' } } });
  }
  const { ELEVENLABS_API_KEY, ELEVENLABS_API_BASE_URL } = real;
  const half = await startApp(t, { env: { ELEVENLABS_API_KEY, ELEVENLABS_API_BASE_URL } });
  const halfToken = await half.signIn();
  t.match((await half.call('GET', '/api/sandbox/activity', { token: halfToken })).body, { carrier: {}, agent: null });
  t.equal((await half.call('POST', '/api/sandbox/phone', { token: halfToken })).status, 201);
  t.equal((await half.call('GET', '/api/sandbox/agent/faults', { token: halfToken })).status, 404);
});
