import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { type Test, test } from 'tap';
import { createMetrics } from '../../src/ops/metrics.ts';
import { CarrierError, type DialOrder } from '../../src/telephony/carrier-contract.ts';
import { createTwilioCarrier } from '../../src/telephony/twilio-carrier.ts';
import { hangUp, sayAndHangUp } from '../../src/telephony/twiml.ts';
import { startTestCarrier, type TestCarrierOptions } from '../helpers/carrier.ts';
import { startTrivialProduct } from '../helpers/trivial-product.ts';

const callee = '+13125550142';

async function start(t: Test, options: TestCarrierOptions & { timeoutMs?: number } = {}) {
  const { timeoutMs, ...twinOptions } = options;
  const product = await startTrivialProduct(t, '7b'.repeat(16));
  const twin = await startTestCarrier(t, { deliver: { [product.publicOrigin]: product.localOrigin }, ...twinOptions });
  const metrics = createMetrics();
  const carrier = createTwilioCarrier({
    accountSid: twin.accountSid,
    authToken: twin.authToken,
    apiBaseUrl: twin.baseUrl,
    metrics,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  });
  t.teardown(async () => {
    await carrier.close();
    metrics.stop();
  });
  const at = (path: string) => `${product.publicOrigin}${path}`;
  const order: DialOrder = {
    to: callee,
    from: twin.phoneNumber,
    url: at('/outbound-call-twiml?attempt=1'),
    fallbackUrl: at('/fallback-twiml?attempt=1'),
    statusCallback: at('/call-status-callback?attempt=1#rc=3&rp=ct,rt,5xx'),
    timeLimitSeconds: 630,
    ringSeconds: 30,
  };
  const count = async (name: string, labels: string) =>
    Number(new RegExp(`parley_${name}\\{${labels}\\} (\\d+)`).exec(await metrics.registry.metrics())?.[1] ?? 0);
  return { product, twin, carrier, order, at, count };
}

/** The carrier's API as one handler, for answers that the twin would never give. */
async function startOddCarrier(t: Test, handler: RequestListener, timeoutMs = 2_000) {
  const server = createServer(handler);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const metrics = createMetrics();
  const carrier = createTwilioCarrier({
    accountSid: `AC${'5a'.repeat(16)}`,
    authToken: '7b'.repeat(16),
    apiBaseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/prefix`,
    metrics,
    timeoutMs,
  });
  t.teardown(async () => {
    await carrier.close();
    metrics.stop();
    server.closeAllConnections();
    server.close();
  });
  return carrier;
}

const order: DialOrder = {
  to: callee,
  from: '+12125550100',
  url: 'https://calls.example.com/outbound-call-twiml',
  fallbackUrl: 'https://calls.example.com/fallback-twiml',
  statusCallback: 'https://calls.example.com/call-status-callback',
  timeLimitSeconds: 600,
  ringSeconds: 30,
};

async function failure(promise: Promise<unknown>): Promise<CarrierError> {
  const error = await promise.then(
    () => new Error('it succeeded'),
    (reason: unknown) => reason,
  );
  if (error instanceof CarrierError) return error;
  throw error;
}

test('a call is placed with everything it needs, and all four events are told', async t => {
  const { carrier, twin, product, order, at } = await start(t);
  product.answers['/outbound-call-twiml'] = { body: sayAndHangUp('Good morning') };
  const call = await carrier.dial({
    ...order,
    amd: {
      wait: 'end',
      callback: at('/amd-status-callback?attempt=1'),
      timeoutSeconds: 30,
      speechThresholdMs: 2400,
      speechEndThresholdMs: 1200,
      silenceTimeoutMs: 5000,
    },
  });
  t.match(call, { sid: /^CA/, status: 'queued', direction: 'outbound', to: callee, from: order.from, price: null });
  await twin.control.reached(call.sid, 'completed');
  await twin.control.idle();
  const statuses = product.hooks.filter(({ path }) => path === '/call-status-callback');
  t.same(
    statuses.map(({ fields }) => fields['CallStatus']),
    ['initiated', 'ringing', 'in-progress', 'completed'],
  );
  t.ok(
    product.hooks.every(({ signed }) => signed),
    'the official validator finds every callback signed',
  );
  const ended = await carrier.call(call.sid);
  t.match(ended, { status: 'completed', startedAt: Date, endedAt: Date, createdAt: Date });
  t.type(ended?.durationSeconds, 'number');
});

test('what the carrier knows: calls to a number, live calls, one call, none', async t => {
  const { carrier, order } = await start(t);
  const first = await carrier.dial(order);
  const second = await carrier.dial({ ...order, to: '+13125550143' });
  t.same(
    (await carrier.find({ to: callee })).map(({ sid }) => sid),
    [first.sid],
  );
  t.same(await carrier.find({ to: callee, from: '+12125550199' }), []);
  t.same(new Set((await carrier.live()).map(({ sid }) => sid)), new Set([first.sid, second.sid]));
  t.equal(await carrier.call(`CA${'0'.repeat(32)}`), null);
  t.equal(await carrier.call('../Accounts'), null);
});

test('lists are read to their end', async t => {
  const { carrier, order, twin } = await start(t, { callsPerSecond: 1000 });
  await Promise.all(Array.from({ length: 130 }, () => carrier.dial(order)));
  t.equal(new Set((await carrier.find({ to: callee })).map(({ sid }) => sid)).size, 130);
  for (const { sid } of await carrier.live()) await carrier.hangUp(sid);
  await twin.control.idle();
  t.same(await carrier.live(), []);
});

test('hanging up ends a call in any state, and one that is over is left as it is', async t => {
  const { carrier, order, twin } = await start(t, { scale: 1 });
  const { sid } = await carrier.dial(order);
  await carrier.hangUp(sid);
  await twin.control.reached(sid, 'canceled');
  await carrier.hangUp(sid);
  await carrier.hangUp(`CA${'0'.repeat(32)}`);
  twin.control.addFault({ kind: 'rest-500', operation: 'update', afterPlacing: false });
  const other = await carrier.dial({ ...order, to: '+13125550143' });
  await carrier.hangUp(other.sid);
  await twin.control.reached(other.sid, 'canceled');
});

test('a live call can be given another document, one that has ended cannot', async t => {
  const { carrier, order, twin, product } = await start(t);
  product.answers['/outbound-call-twiml'] = { body: '<Response><Pause length="600"/></Response>' };
  const { sid } = await carrier.dial(order);
  await twin.control.reached(sid, 'in-progress');
  await carrier.redirect(sid, hangUp());
  await twin.control.reached(sid, 'completed');
  for (const gone of [sid, `CA${'0'.repeat(32)}`])
    t.match(await failure(carrier.redirect(gone, hangUp())), {
      code: 'CARRIER_CALL_NOT_LIVE',
      fault: 'order',
      status: 409,
    });
  t.match(await failure(carrier.redirect(sid, ' '.repeat(4001))), { code: 'CARRIER_ORDER_REFUSED' });
});

test('a live call is given a limit, at which the carrier ends it; one that has ended needs none', async t => {
  const { carrier, order, twin, product } = await start(t);
  product.answers['/outbound-call-twiml'] = { body: '<Response><Pause length="600"/></Response>' };
  const { sid } = await carrier.dial(order);
  await twin.control.reached(sid, 'in-progress');
  await carrier.limit(sid, 3);
  await twin.control.reached(sid, 'completed');
  const { answeredAt, endedAt } = twin.control.call(sid)!;
  t.ok(endedAt! - answeredAt! >= 3_000, 'counted from the answer');
  await t.resolves(carrier.limit(sid, 3));
  await t.resolves(carrier.limit(`CA${'0'.repeat(32)}`, 3));
});

test('a recording of both sides is started on a live call', async t => {
  const { carrier, order, twin, product, at } = await start(t);
  product.answers['/outbound-call-twiml'] = { body: '<Response><Pause length="60"/></Response>' };
  const { sid } = await carrier.dial(order);
  await twin.control.reached(sid, 'in-progress');
  const recording = await carrier.startRecording(sid, at('/recording-status-callback?attempt=1'));
  t.match(recording, { sid: /^RE/ });
  await product.hook('/recording-status-callback', ({ fields }) => fields['RecordingStatus'] === 'in-progress');
  await carrier.hangUp(sid);
  const { fields } = await product.hook(
    '/recording-status-callback',
    each => each.fields['RecordingStatus'] === 'completed',
  );
  t.match(fields, { RecordingSid: recording.sid, RecordingChannels: '2' });
  t.match(await carrier.recording(recording.sid), { callSid: sid, status: 'completed', channels: 2 });
  t.match(await carrier.recordingsOf(sid), [{ sid: recording.sid }]);
  const media = (await carrier.recordingMedia(recording.sid, { channels: 2 }))!;
  const file = Buffer.concat(await media.body.toArray());
  t.match(media, { contentType: 'audio/x-wav', bytes: file.length });
  t.equal(file.readUInt16LE(22), 2, 'both sides, each in a channel of its own');
  t.equal(await carrier.deleteRecording(recording.sid), true);
  t.match(await carrier.recording(recording.sid), { status: 'deleted' });
  t.equal(await carrier.recordingMedia(recording.sid, { channels: 2 }), null);
  t.same(await carrier.recordingsOf(sid), []);
  const unknown = `RE${'0'.repeat(32)}`;
  t.equal(await carrier.recording(unknown), null);
  t.equal(await carrier.deleteRecording(unknown), false);
  await twin.control.idle();
});

test('numbers, caller ids, account and balance', async t => {
  const { carrier, twin, at } = await start(t);
  const [number] = await carrier.numbers();
  t.match(number, { sid: /^PN/, phone: twin.phoneNumber, label: 'First number', voiceUrl: '', obstacle: null });
  const addresses = {
    voiceUrl: at('/voice#rc=2'),
    fallbackUrl: at('/fallback-twiml'),
    statusCallback: at('/call-status-callback'),
  };
  t.match(await carrier.connectNumber(number!.sid, addresses), {
    ...addresses,
    phone: twin.phoneNumber,
    obstacle: null,
  });
  t.match(await carrier.numbers(), [addresses]);
  t.match(await failure(carrier.connectNumber(`PN${'0'.repeat(32)}`, addresses)), { code: 'CARRIER_NOT_FOUND' });
  t.match(await carrier.verifiedCallerIds(), [{ phone: twin.phoneNumber }]);
  t.match(await carrier.account(), { sid: twin.accountSid, status: 'active' });
  t.match(await carrier.balance(), { amount: '100.00', currency: 'USD' });
});

test('an application, a trunk or the wrong method stand between a number and its addresses', async t => {
  const number = {
    sid: `PN${'1'.repeat(32)}`,
    phone_number: '+12125550100',
    voice_url: 'https://calls.example.com/voice',
  };
  const variants: [object, RegExp | null][] = [
    [{}, null],
    [{ voice_method: 'POST', voice_application_sid: '', trunk_sid: null, voice_receive_mode: 'voice' }, null],
    [{ voice_application_sid: `AP${'1'.repeat(32)}` }, /application/],
    [{ trunk_sid: `TK${'1'.repeat(32)}` }, /trunk/],
    [{ voice_method: 'GET' }, /by GET/],
    [{ capabilities: { voice: false } }, /cannot take voice/],
    [{ voice_receive_mode: 'fax' }, /faxes/],
  ];
  let fields: object = {};
  const carrier = await startOddCarrier(t, (_request, response) =>
    response.end(JSON.stringify({ incoming_phone_numbers: [{ ...number, ...fields }] })),
  );
  for (const [extra, expected] of variants) {
    fields = extra;
    const [read] = await carrier.numbers();
    if (expected) t.match(read?.obstacle, expected);
    else t.equal(read?.obstacle, null);
  }
});

test('magic numbers are refused in words that people understand', async t => {
  const { carrier, order, twin, count } = await start(t);
  const cases: [Partial<DialOrder>, object][] = [
    [{ to: '+15005550001' }, { code: 'CARRIER_NUMBER_INVALID', fault: 'number', vendorCode: 21217 }],
    [{ to: '+15005550002' }, { code: 'CARRIER_NUMBER_UNREACHABLE', fault: 'number', vendorCode: 21214 }],
    [{ to: '+15005550003' }, { code: 'CARRIER_COUNTRY_NOT_ENABLED', fault: 'number', vendorCode: 21215 }],
    [{ to: '+15005550004' }, { code: 'CARRIER_NUMBER_BLOCKED', fault: 'number', vendorCode: 21216 }],
    [{ from: '+15005550001' }, { code: 'CARRIER_CALLER_ID_REFUSED', fault: 'account', vendorCode: 21212 }],
    [{ from: '+15005550007' }, { code: 'CARRIER_CALLER_ID_REFUSED', fault: 'account', vendorCode: 21210 }],
  ];
  for (const [change, expected] of cases) {
    const error = await failure(carrier.dial({ ...order, ...change }));
    t.match(error, { ...expected, placed: 'no', httpStatus: 400, details: { carrierCode: Number } });
    t.match(error.message, /^[A-Z].{20,}\.$/s);
    t.notMatch(error.message, /\d{5}/, 'no vendor text, no number');
  }
  t.equal(twin.control.calls().length, 0);
  t.equal(await count('carrier_requests_total', 'operation="dial",result="number"'), 4);
  t.equal(await count('carrier_requests_total', 'operation="dial",result="account"'), 2);
});

test('a wrong token is told as such', async t => {
  const { twin } = await start(t);
  const metrics = createMetrics();
  const stranger = createTwilioCarrier({
    accountSid: twin.accountSid,
    authToken: 'not the token',
    apiBaseUrl: twin.baseUrl,
    metrics,
  });
  t.match(await failure(stranger.dial(order)), {
    code: 'CARRIER_CREDENTIALS_REFUSED',
    fault: 'account',
    placed: 'no',
    httpStatus: 401,
  });
  await stranger.close();
  metrics.stop();
});

test('a dial is never sent twice, and an answer that is lost says that the call may be there', async t => {
  const { carrier, order, twin, count } = await start(t, { timeoutMs: 400 });
  for (const kind of ['rest-500', 'rest-timeout'] as const) {
    twin.control.addFault({ kind, operation: 'create', afterPlacing: true });
    const before = twin.control.calls().length;
    t.match(await failure(carrier.dial(order)), {
      code: 'CARRIER_UNAVAILABLE',
      fault: 'unavailable',
      placed: 'unknown',
    });
    t.equal(twin.control.calls().length, before + 1, `${kind}: the call was placed once`);
    twin.control.addFault({ kind, operation: 'create', afterPlacing: false });
    t.match(await failure(carrier.dial(order)), { placed: 'unknown' });
    t.equal(twin.control.calls().length, before + 1, `${kind}: and not again`);
  }
  twin.control.addFault({ kind: 'rest-429', operation: 'create' });
  t.match(await failure(carrier.dial(order)), { code: 'CARRIER_BUSY', fault: 'busy', placed: 'no', vendorCode: 20429 });
  twin.control.addFault({ kind: 'rest-503', operation: 'create' });
  t.match(await failure(carrier.dial(order)), { fault: 'unavailable', placed: 'unknown', vendorCode: 20503 });
  t.equal(twin.control.calls().length, 2);
  t.equal(await count('carrier_retries_total', 'operation="dial"'), 0);
});

test('what only reads is asked once more when the way failed, and not again after that', async t => {
  const { carrier, twin, count } = await start(t, { timeoutMs: 400 });
  const known = `CA${'0'.repeat(32)}`;
  for (const kind of ['rest-503', 'rest-429'] as const) {
    twin.control.addFault({ kind, operation: 'list' });
    t.same(await carrier.find({ to: callee }), []);
    twin.control.addFault({ kind, operation: 'list', times: 2 });
    t.match(await failure(carrier.find({ to: callee })), { placed: 'no' });
  }
  twin.control.addFault({ kind: 'rest-timeout', operation: 'fetch', afterPlacing: false });
  t.equal(await carrier.call(known), null);
  t.equal(await count('carrier_retries_total', 'operation="find"'), 4);
  t.equal(await count('carrier_retries_total', 'operation="call"'), 1);
});

test('a request that never left placed nothing', async t => {
  const server = createTcpServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  const metrics = createMetrics();
  const carrier = createTwilioCarrier({
    accountSid: `AC${'5a'.repeat(16)}`,
    authToken: 'x',
    apiBaseUrl: `http://127.0.0.1:${port}`,
    metrics,
  });
  t.match(await failure(carrier.dial(order)), { code: 'CARRIER_UNAVAILABLE', placed: 'no', httpStatus: null });
  await carrier.close();
  metrics.stop();
});

test('a connection that breaks after the request leaves it open whether there is a call', async t => {
  const carrier = await startOddCarrier(t, request => void request.socket.destroy());
  t.match(await failure(carrier.dial(order)), { code: 'CARRIER_UNAVAILABLE', placed: 'unknown' });
});

test('odd answers: HTML, nothing, huge, endless pages, foreign pages, unknown states', async t => {
  let body: string | Buffer = '';
  let status = 200;
  let headers: Record<string, string> = {};
  const carrier = await startOddCarrier(t, (_request, response) => {
    response.writeHead(status, headers);
    response.end(body);
  });
  const sid = `CA${'1'.repeat(32)}`;
  const dialled = async () => failure(carrier.dial(order));
  const listed = async () => failure(carrier.find({ to: callee }));

  status = 201;
  for (const odd of ['', '<html>', '[]', 'null', '{}', '{"sid":"CA1"}']) {
    body = odd;
    t.match(await dialled(), { code: 'CARRIER_ANSWER_UNREADABLE', placed: 'unknown' }, odd);
  }
  body = JSON.stringify({
    sid,
    status: 'warming-up',
    price: 'much',
    duration: 'long',
    start_time: 'soon',
    date_created: 7,
  });
  t.match(await carrier.dial(order), { sid, status: 'queued', price: null, durationSeconds: null, startedAt: null });
  status = 200;
  t.match(await failure(carrier.call(sid)), { code: 'CARRIER_ANSWER_UNREADABLE' }, 'an unknown state is no state');
  body = JSON.stringify({
    sid,
    status: 'completed',
    price: -0.013,
    duration: 12,
    start_time: 'Fri, 20 Nov 2026 17:05:09 +0000',
  });
  t.match(await carrier.call(sid), {
    price: '-0.013',
    durationSeconds: 12,
    startedAt: new Date('2026-11-20T17:05:09Z'),
  });

  body = Buffer.alloc(9 * 1024 * 1024, ' ');
  t.match(await listed(), { code: 'CARRIER_UNAVAILABLE' });
  const account = `/2010-04-01/Accounts/AC${'5a'.repeat(16)}`;
  for (const next of [`${account}/Calls.json?Page=1`, 'https://evil.example.com/', '/2010-04-01/Accounts/other']) {
    body = JSON.stringify({ calls: [], next_page_uri: next });
    t.match(await listed(), { code: 'CARRIER_ANSWER_UNREADABLE' }, next);
  }
  body = '{"calls":7}';
  t.match(await listed(), { code: 'CARRIER_ANSWER_UNREADABLE' });

  body = '<html>';
  for (const [code, expected] of [
    [302, { fault: 'unavailable', placed: 'unknown' }],
    [400, { code: 'CARRIER_ORDER_REFUSED', fault: 'order', placed: 'no' }],
    [401, { fault: 'account', placed: 'no' }],
    [403, { code: 'CARRIER_ACCOUNT_INACTIVE', placed: 'no' }],
    [502, { fault: 'unavailable', placed: 'unknown' }],
  ] as const) {
    status = code;
    t.match(await dialled(), { ...expected, httpStatus: code, vendorCode: null });
  }
  status = 429;
  headers = { 'retry-after': '7' };
  t.match(await dialled(), { retryAfterMs: 7_000, headers: { 'retry-after': '7' } });
  headers = { 'retry-after': new Date(Date.now() + 60_000).toUTCString() };
  const later = (await dialled()).retryAfterMs!;
  t.ok(later > 50_000 && later <= 60_000);
  headers = { 'retry-after': 'whenever' };
  t.equal((await dialled()).retryAfterMs, null);
  for (const [vendor, expected] of [
    [22005, { code: 'CARRIER_QUEUE_FULL', fault: 'queue-full' }],
    [10001, { code: 'CARRIER_ACCOUNT_INACTIVE', fault: 'account' }],
    [10004, { code: 'CARRIER_BUSY', fault: 'busy' }],
    [21219, { code: 'CARRIER_ACCOUNT_LIMITED', fault: 'account' }],
    [21205, { code: 'CARRIER_ORDER_REFUSED', fault: 'order' }],
    [99999, { code: 'CARRIER_ORDER_REFUSED', fault: 'order' }],
  ] as const) {
    status = 400;
    body = JSON.stringify({ code: vendor, message: 'To +13125550142 …', status: 400 });
    t.match(await dialled(), { ...expected, vendorCode: vendor, placed: 'no' });
  }
});

test('connections are kept and used again, and a path prefix stays', async t => {
  const sockets = new Set();
  const paths: string[] = [];
  const carrier = await startOddCarrier(t, (request, response) => {
    sockets.add(request.socket);
    paths.push(request.url!);
    response.end(JSON.stringify({ balance: '1.5', currency: 'USD' }));
  });
  for (let each = 0; each < 5; each += 1) t.match(await carrier.balance(), { amount: '1.5' });
  t.ok(sockets.size <= 2, `${sockets.size} connections for 5 requests`);
  t.match(paths[0], /^\/prefix\/2010-04-01\/Accounts\/AC[0-9a-f]+\/Balance\.json$/);
});
