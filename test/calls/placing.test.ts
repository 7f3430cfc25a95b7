import root, { type Test, test } from 'tap';
import type { AgentProfile } from '../../src/agents/agents.types.ts';
import type { Ending } from '../../src/bridge/bridge.types.ts';
import { CarrierError } from '../../src/telephony/carrier-contract.ts';
import { startApp, type TestAppOptions } from '../helpers/app.ts';

const key = 'a-static-key-of-this-test'; // allow-secret: invented

let numbers = 0;
/** A number that no test called before. */
const somebody = () => `+1312555${String(100 + numbers++).padStart(4, '0')}`;

/** The whole application with both twins; `agent` changes what its default agent is. */
async function start(
  t: Pick<Test, 'teardown'>,
  { agent = {}, env = {}, ...options }: TestAppOptions & { agent?: Partial<AgentProfile> } = {},
) {
  const ended: string[] = [];
  const events: string[] = [];
  const started = await startApp(t, {
    ...options,
    env: { TWILIO_CPS: '100', API_KEY: key, ...env },
    routes: app => {
      if (!app.hasDecorator('callDesk')) {
        const end = async (callId: string) => {
          const call = await app.callRecords.calls.findById(callId);
          if (call?.sid) await app.carrier.hangUp(call.sid);
        };
        app.decorate('callDesk', { end } as never);
      }
      app.operations.events.on('calls.changed', ({ call, fields }) => events.push(`${call.status} ${fields ?? 'new'}`));
      app.operations.events.on('calls.ended', ({ call }) => events.push(`ended ${call['outcome']}`));
    },
  });
  const { agents, callDesk } = started.app;
  const byDefault = agents.byDefault.bind(agents);
  Object.assign(agents, { byDefault: async () => ({ ...(await byDefault()), ...agent }) });
  const end = callDesk.end.bind(callDesk);
  Object.assign(callDesk, {
    end: (callId: string, ending: Ending) => {
      ended.push(callId);
      return end(callId, ending);
    },
  });
  const records = started.app.callRecords.calls;
  const { app } = started;
  const token = key;
  const place = (body: object = {}, headers: Record<string, string> = {}) =>
    started.call('POST', '/api/calls', { token, body: { to: somebody(), ...body }, headers });
  const get = (path: string) => started.call('GET', path, { token });
  const carrier = app.sandbox.carrier!;
  /** The calls that the carrier has to this number. */
  const dialled = (to: string) => carrier.control.calls().filter(call => call.to === to);
  const attempts = async (to: string) =>
    (await get('/api/calls?limit=200')).body.items.filter((call: { to: string }) => call.to === to);
  return {
    ...started,
    records,
    token,
    place,
    get,
    events,
    ended,
    carrier,
    agent: app.sandbox.agent!,
    dialled,
    attempts,
  };
}

let shared: ReturnType<typeof start> | undefined;
/** One application for all tests that need no other, as each start takes seconds. */
const site = () => {
  shared ??= start(root, { env: { COMPANY_NAME: 'Seller' } });
  return shared;
};

test('a call is placed with everything the carrier must know, and shown with its verdict', async t => {
  const { app, place, get, carrier, events, token, call } = await site();
  const callee = somebody();
  const orders: unknown[] = [];
  const dial = app.carrier.dial.bind(app.carrier);
  app.carrier.dial = order => {
    orders.push(order);
    return dial(order);
  };
  t.teardown(() => Object.assign(app.carrier, { dial }));
  const { status, body } = await place({
    to: callee,
    variables: { plan: 'gold' },
    maxMinutes: 5,
    amd: { onMachine: 'continue' },
  });
  t.equal(status, 201, JSON.stringify(body));
  const { id, sid } = body.call;
  t.match(body.call, {
    attemptId: id,
    to: callee,
    from: carrier.phoneNumber,
    status: /queued|initiated|ringing/,
    direction: 'outbound',
  });
  t.match(sid, /^CA[0-9a-f]{32}$/);
  const query = `?attempt=${id}`;
  t.match(orders, [
    {
      to: callee,
      from: carrier.phoneNumber,
      url: new RegExp(`/outbound-call-twiml\\${query}`),
      fallbackUrl: new RegExp(`/fallback-twiml\\${query}`),
      statusCallback: new RegExp(`/call-status-callback\\${query}`),
      timeLimitSeconds: 330,
      ringSeconds: 30,
      amd: {
        wait: 'verdict',
        callback: new RegExp(`/amd-status-callback\\${query}`),
        timeoutSeconds: 30,
        speechThresholdMs: 2400,
        speechEndThresholdMs: 1200,
        silenceTimeoutMs: 5000,
      },
    },
  ]);
  t.match(carrier.control.call(sid), { to: callee, direction: 'outbound-api' });
  t.equal(events[0], 'claimed new');

  const detail = (await get(`/api/calls/${sid}`)).body.call;
  t.match(detail, {
    id,
    agentId: /^[0-9a-f]{24}$/,
    agentVersion: 1,
    engine: 'elevenlabs',
    outcome: null,
    cost: null,
    variables: { plan: 'gold' },
    policy: { maxSeconds: 300, record: false, amd: { mode: 'detect', onMachine: 'continue' } },
    verdict: { allowed: true, subject: { to: callee, vouchedBy: /^static:/ } },
  });
  t.equal((await get(`/api/calls/${id}`)).body.call.sid, sid, 'our id names it as well');
  t.equal((await get('/api/calls/CA00')).status, 404);
  t.match((await get('/api/calls?active=true')).body.items, [{ id }]);
  t.match((await get('/api/calls?active=true&fields=id,status')).body.items, [{ id, status: String }]);
  t.match(await get('/api/calls?active=false'), { status: 400 });
  t.match((await get('/api/audit?action=call.place')).body.items, [
    { target: { type: 'call', id }, after: { consent: /vouched/ } },
  ]);
  const ended = await call('DELETE', `/api/calls/${sid}`, { token });
  t.match(ended, { status: 202, body: { call: { id } } });
  t.match((await get('/api/audit?action=call.end')).body.items, [{ target: { id } }]);
});

test('what may not be called is refused with the code of the rule, and nothing is written or dialled', async t => {
  const { app, place, carrier, call, token, attempts, dialled } = await site();
  const callee = somebody();
  await app.suppressions.add('+13125550199', 'asked', 'api');
  const cases: [object, number, string][] = [
    [{ to: 'call me' }, 400, 'INVALID_NUMBER'],
    [{ to: '+13125550199' }, 422, 'SUPPRESSED'],
    [{ to: '911' }, 422, 'EMERGENCY_OR_SPECIAL_NUMBER'],
    [{ to: '+18005550100' }, 422, 'EMERGENCY_OR_SPECIAL_NUMBER'],
    [{ to: '+18765550100' }, 422, 'BLOCKED_DESTINATION'],
    [{ contentClass: 'telemarketing' }, 422, 'NO_CONSENT'],
    [{ from: '+13125550111' }, 422, 'CALLER_ID_NOT_OWNED'],
    [{ to: carrier.phoneNumber }, 400, 'INVALID_NUMBER'],
    // The carrier's magic numbers are personal numbers to us, and never reach it.
    ...['+15005550001', '+15005550002', '+15005550003', '+15005550004'].map(
      to => [{ to }, 422, 'EMERGENCY_OR_SPECIAL_NUMBER'] as [object, number, string],
    ),
    [{ from: '+15005550006' }, 422, 'CALLER_ID_NOT_OWNED'],
  ];
  for (const [body, status, code] of cases) {
    t.match(
      await place({ to: callee, ...body }),
      { status, body: { error: { code, details: { verdict: { allowed: false, code } } } } },
      code,
    );
    const asked = await call('POST', '/api/calls/verdict', { token, body: { to: callee, ...body } });
    t.match(asked, { status: 200, body: { verdict: { allowed: false, code } } });
  }
  t.match(await call('POST', '/api/calls/verdict', { token, body: { to: callee } }), {
    status: 200,
    body: { verdict: { allowed: true, code: null } },
  });
  t.match(await call('POST', '/api/calls/verdict', { token, body: { to: '+19995550123' } }), {
    body: {
      verdict: {
        allowed: true,
        rules: [...Array(8).fill({ result: 'passed' }), { rule: 'location', result: 'warned' }],
      },
    },
  });
  for (const to of [callee, '+13125550199', '+18765550100', '+15005550001']) {
    t.same(await attempts(to), []);
    t.same(dialled(to), []);
  }
});

test('every wrong field is named, together with what to do', async t => {
  const { place, carrier } = await start(t, { agent: { maxMinutes: 4, variables: ['doctor', 'caller_name'] } });
  const cases: [object, string, string][] = [
    [{ to: undefined }, 'VALIDATION_FAILED', 'to'],
    [{ to: 4711 }, 'VALIDATION_FAILED', 'to'],
    [{ agentId: 'x' }, 'VALIDATION_FAILED', 'agentId'],
    [{ unknown: 1 }, 'VALIDATION_FAILED', 'unknown'],
    [{ from: 'abc' }, 'VALIDATION_FAILED', 'from'],
    [{ maxMinutes: 5 }, 'VALIDATION_FAILED', 'maxMinutes'],
    [{ maxMinutes: 0 }, 'VALIDATION_FAILED', 'maxMinutes'],
    [{ variables: { call_sid: 'x' } }, 'VALIDATION_FAILED', 'variables.call_sid'],
    [{ variables: { plan: { deep: 1 } } }, 'VALIDATION_FAILED', 'variables.plan'],
    [{ amd: { mode: 'sometimes' } }, 'VALIDATION_FAILED', 'amd.mode'],
    [{ amd: { timeoutSeconds: 60 } }, 'VALIDATION_FAILED', 'amd.timeoutSeconds'],
    [{ emergencyReason: 'flood' }, 'VALIDATION_FAILED', 'emergencyReason'],
    [{}, 'AGENT_VARIABLE_MISSING', 'variables.doctor'],
  ];
  for (const [body, code, field] of cases) {
    const { status, body: answer } = await place(body);
    t.ok(status === 400 || status === 422, `${field}: ${status}`);
    t.match(answer.error, { code }, JSON.stringify(answer));
    t.ok(
      answer.error.details.some((each: { field: string }) => each.field === field),
      `${field} is named: ${JSON.stringify(answer.error.details)}`,
    );
  }
  t.same(carrier.control.calls(), []);
  t.equal((await place({ variables: { doctor: 'Strange' } })).status, 201);
});

test('two requests to one number at once are one call', async t => {
  const { place, dialled, attempts } = await site();
  const to = somebody();
  const answers = await Promise.all(Array.from({ length: 8 }, () => place({ to })));
  t.same(answers.map(({ status }) => status).sort(), [201, 409, 409, 409, 409, 409, 409, 409]);
  for (const { body } of answers.filter(({ status }) => status === 409)) t.equal(body.error.code, 'NUMBER_IN_CALL');
  t.equal(dialled(to).length, 1);
  t.equal((await attempts(to)).length, 1);
});

test('50 requests at once over two processes never exceed the cap, and the refused leave no place taken', async t => {
  const one = await start(t, { env: { MAX_CONCURRENT_CALLS: '6', INBOUND_RESERVE: '1' } });
  const { MONGODB_URI } = one.app.operations.config;
  const two = await start(t, { env: { MAX_CONCURRENT_CALLS: '6', INBOUND_RESERVE: '1', MONGODB_URI: MONGODB_URI! } });
  let most = 0;
  const live = () => [one, two].flatMap(each => each.carrier.control.calls()).filter(call => !call.endedAt).length;
  for (const each of [one, two]) {
    t.teardown(each.carrier.control.onCall(() => (most = Math.max(most, live()))));
  }
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, index) =>
      (index % 2 ? one : two).call('POST', '/api/calls', { token: key, body: { to: somebody() } }),
    ),
  );
  const count = (status: number) => answers.filter(each => each.status === status).length;
  t.ok(count(201) >= 5, answers.map(each => each.status).join());
  t.equal(count(201) + count(503), 50);
  t.equal(most, 5, 'never more at once');
  const refused = answers.find(({ status }) => status === 503)!;
  t.equal(refused.body.error.code, 'CALLS_FULL');
  t.equal(refused.headers.get('retry-after'), '5');
  t.ok((await one.get('/api/calls?active=true')).body.items.length <= 5);
  t.match((await one.get('/api/calls?status=canceled&limit=1')).body.items, [
    { outcome: 'canceled', terminationSource: 'system', terminationReason: 'calls-full', sid: null },
  ]);
});

test('a vendor that is full, refuses or fails: nobody is dialled, and the call says why', async t => {
  const { place, get, agent, carrier, app } = await start(t);
  agent.control.addFault({ kind: 'rest-status', status: 429, times: 10 });
  const full = await place();
  t.match(full, { status: 503, body: { error: { code: 'ENGINE_FULL' } } }, JSON.stringify(full.body));
  agent.control.clearFaults();
  t.match((await get('/api/calls')).body.items, [
    {
      status: 'failed',
      outcome: 'failed',
      terminationReason: 'agent-unavailable',
      cause: { code: 'ENGINE_FULL' },
      sid: null,
    },
  ]);
  t.match(await app.settings.settingOf('limit:elevenlabs'), { limit: 1 });

  t.equal((await place({ to: '+13125550143' })).status, 201, 'one is let in, to find out');
  t.match(await place({ to: '+13125550144' }), { status: 503, body: { error: { code: 'ENGINE_FULL' } } });
  t.equal(carrier.control.calls().length, 1);
});

test('an agent session that cannot be had: not dialled', async t => {
  const { place, agent, dialled, attempts } = await site();
  const to = somebody();
  agent.control.addFault({ kind: 'rest-status', status: 401, times: 10 });
  t.match(await place({ to }), { status: 503, body: { error: { code: /^ENGINE_CRED/ } } });
  t.same(dialled(to), []);
  agent.control.clearFaults();
  t.equal((await place({ to })).status, 201, 'the number is free again');
  t.match(await attempts(to), [{ endedAt: null }, { status: 'failed', terminationSource: 'elevenlabs' }]);
});

test('a carrier that refuses ends the attempt with its cause and frees the number and the place', async t => {
  const { place, attempts, carrier, events } = await site();
  const to = somebody();
  carrier.control.addFault({ kind: 'rest-429', operation: 'create', times: 1 });
  const refused = await place({ to });
  t.match(refused, { status: 503, body: { error: { code: 'CARRIER_BUSY' } } }, JSON.stringify(refused.body));
  t.match(await attempts(to), [
    {
      status: 'failed',
      outcome: 'failed',
      terminationSource: 'twilio',
      terminationReason: 'carrier-refused',
      cause: { code: 'CARRIER_BUSY', vendorCode: 20429, httpStatus: 429 },
      endedAt: String,
    },
  ]);
  t.ok(events.includes('ended failed'));
  t.equal((await place({ to })).status, 201);
});

test('a caller id that the carrier refuses is a problem of that number, until it lets it call again', async t => {
  const { place, get, attempts, carrier } = await start(t);
  const number = async () => {
    const { items } = (await get('/api/numbers')).body;
    return items.find((each: { phone: string }) => each.phone === carrier.phoneNumber);
  };
  t.equal((await number()).problem, null);
  for (const code of [21_210, 21_212] as const) {
    const to = somebody();
    carrier.control.addFault({ kind: 'caller-id-refused', code });
    const refused = await place({ to });
    t.match(refused.body, { error: { code: 'CARRIER_CALLER_ID_REFUSED' } }, String(code));
    t.match(await attempts(to), [
      { status: 'failed', outcome: 'failed', terminationReason: 'carrier-refused', cause: { vendorCode: code } },
    ]);
    t.match((await number()).problem, new RegExp(`${refused.body.error.message.slice(0, 20)}`), 'it says what and why');
  }
  t.equal((await place()).status, 201);
  t.equal((await number()).problem, null, 'it calls again');
});

test('a lost answer of the carrier is 202: the attempt stays open, its number stays taken', async t => {
  for (const fault of [
    { kind: 'rest-500', afterPlacing: true },
    { kind: 'rest-500', afterPlacing: false },
  ] as const) {
    const { place, get, carrier, dialled } = await site();
    const to = somebody();
    carrier.control.addFault({ ...fault, operation: 'create', times: 1 });
    const answer = await place({ to });
    t.equal(dialled(to).length, fault.afterPlacing ? 1 : 0);
    if (fault.afterPlacing) {
      // A callback may have named the call by now; otherwise it is told that the name follows.
      t.match(answer, answer.body.call.sid ? { status: 201 } : { status: 202, body: { call: { status: 'claimed' } } });
      continue;
    }
    t.match(answer, { status: 202, body: { call: { sid: null, status: 'claimed', cause: { placed: 'unknown' } } } });
    t.match(await place({ to }), { status: 409, body: { error: { code: 'NUMBER_IN_CALL' } } });
    t.match((await get(`/api/calls/${answer.body.call.id}`)).body.call, { sid: null, endedAt: null });
  }
});

test('the same request with the same key is one call; another request with it is refused', async t => {
  const { place, dialled, call } = await site();
  const to = somebody();
  const headers = { 'idempotency-key': 'order-4711' };
  const answers = await Promise.all([1, 2, 3].map(() => place({ to, maxMinutes: 5 }, headers)));
  const ids = new Set(answers.map(({ body }) => body.call?.id));
  t.equal(ids.size, 1, JSON.stringify(answers.map(({ body }) => body)));
  t.equal(dialled(to).length, 1);
  t.match(await place({ to, maxMinutes: 5 }, headers), { status: 200, body: { call: { id: [...ids][0] } } });
  t.match(await place({ to, maxMinutes: 4 }, headers), {
    status: 409,
    body: { error: { code: 'IDEMPOTENCY_KEY_REUSED' } },
  });
  t.match(await place({}, { 'idempotency-key': 'with space' }), {
    status: 400,
    body: { error: { code: 'VALIDATION_FAILED', details: [{ field: 'idempotency-key' }] } },
  });
  const admin = await call('GET', '/api/calls');
  t.equal(admin.status, 401);
});

test('the kill switch, turned in another process, stops the next call', async t => {
  const one = await site();
  const two = await startApp(t, { env: { MONGODB_URI: one.app.operations.config.MONGODB_URI! } });
  t.equal((await one.place()).status, 201);
  await two.app.killSwitch.turn(true, 'somebody', null);
  t.match(await one.place(), { status: 409, body: { error: { code: 'KILL_SWITCH' } } });
  await two.app.killSwitch.turn(false, 'somebody', null);
  t.equal((await one.place()).status, 201);
});

test('the kill switch stops a call whose agent took its time, in the last moment', async t => {
  const { place, agent, app, dialled, attempts } = await site();
  const to = somebody();
  agent.control.addFault({ kind: 'rest-slow', delayMs: 900 });
  const placing = place({ to });
  await app.killSwitch.turn(true, 'somebody', null);
  // Turned before or after the first verdict, it holds either way.
  t.match(await placing, { status: 409, body: { error: { code: 'KILL_SWITCH' } } });
  await app.killSwitch.turn(false, 'somebody', null);
  t.same(dialled(to), []);
  for (const attempt of await attempts(to)) t.match(attempt, { status: 'canceled', terminationReason: 'kill-switch' });
});

test('an opt-out cancels the call that is on its way', async t => {
  const { place, app, ended } = await site();
  const to = somebody();
  const { body } = await place({ to });
  await app.suppressions.add(to, 'pressed 9 elsewhere', 'call-key');
  while (!ended.includes(body.call.id)) await new Promise(resolve => setImmediate(resolve));
  t.pass('the desk was told');
});

test('an ended call is not ended again', async t => {
  const { place, call, token, records, ended } = await site();
  const { body } = await place();
  await records.changeById(body.call.id, {
    $set: { state: 'completed', endedAt: new Date(), liveTo: null },
  });
  const before = await records.findById(body.call.id);
  t.match(await call('DELETE', `/api/calls/${body.call.id}`, { token }), {
    status: 409,
    body: { error: { code: 'CALL_ENDED' } },
  });
  t.same(await records.findById(body.call.id), before);
  t.notOk(ended.includes(body.call.id));
  t.match(await call('DELETE', `/api/calls/${'0'.repeat(24)}`, { token }), { status: 404 });
});

test('the session fetched ahead is handed out once', async t => {
  const { place, app } = await site();
  const { body } = await place();
  t.match(await app.callReservations.take(body.call.id), { kind: 'elevenlabs', secret: /^ws/ });
  t.equal(await app.callReservations.take(body.call.id), undefined);
});

test('an attempt that was ended, or taken too long over, before anybody was dialled is not dialled', async t => {
  const { place, app, records, dialled, attempts } = await site();
  const { outbound } = app.admission;
  t.teardown(() => Object.assign(app.admission, { outbound }));
  const meanwhile = (change: Record<string, unknown>) =>
    Object.assign(app.admission, {
      outbound: async (callId: string, engine: 'elevenlabs') => {
        await outbound(callId, engine);
        await records.changeById(callId, { $set: change });
      },
    });
  const to = somebody();
  meanwhile({ terminationSource: 'api', terminationReason: 'requested' });
  t.match(await place({ to }), { status: 409, body: { error: { code: 'CALL_ENDED' } } });
  t.match(await attempts(to), [{ status: 'canceled', terminationSource: 'api', terminationReason: 'requested' }]);
  meanwhile({ state: 'failed', endedAt: new Date(), liveTo: null });
  t.match(await place({ to }), { status: 409, body: { error: { code: 'CALL_ENDED' } } });
  t.same(dialled(to), []);
  t.ok((await attempts(to)).every((call: { endedAt: string | null }) => call.endedAt !== null));
});

test('a number that the carrier refuses as caller id says so, until a call from it is let through', async t => {
  const { app, place, get, dialled } = await site();
  const own = async () =>
    (await get('/api/numbers?limit=200')).body.items.find(
      (each: { phone: string }) => each.phone === app.farEnds.carrier.phoneNumber,
    );
  t.equal((await own()).problem, null);
  const dial = app.carrier.dial.bind(app.carrier);
  const message = 'The carrier does not let this account call from this number.';
  Object.assign(app.carrier, {
    dial: () =>
      Promise.reject(new CarrierError('CARRIER_CALLER_ID_REFUSED', message, { fault: 'account', vendorCode: 21210 })),
  });
  t.teardown(() => Object.assign(app.carrier, { dial }));
  const to = somebody();
  t.match(await place({ to }), { body: { error: { code: 'CARRIER_CALLER_ID_REFUSED' } } });
  t.same(dialled(to), []);
  t.equal((await own()).problem, message);
  await get('/api/numbers');
  Object.assign(app.carrier, { dial });
  t.equal((await place({ to })).status, 201);
  t.equal((await own()).problem, null);
});
