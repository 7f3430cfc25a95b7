import { execFile } from 'node:child_process';
import { setInterval as every } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type Test, test } from 'tap';
import { defaultAccount } from '../../../src/sandbox/carrier/carrier-twin.ts';
import type { ViolationKind } from '../../../src/sandbox/carrier/twin-ledger.ts';
import { startTestCarrier, type TestCarrier } from '../../helpers/carrier.ts';
import { loaderFlags, moduleUrl } from '../../helpers/program.ts';
import { type ReceivedStream, startTrivialProduct, type TrivialProduct } from '../../helpers/trivial-product.ts';

const { accountSid, authToken, phoneNumber } = defaultAccount;
const origin = 'https://calls.example.com';
const plainStream = `<Response><Connect><Stream url="wss://calls.example.com/media"/></Connect></Response>`;

async function setUp(t: Test) {
  const product = await startTrivialProduct(t, authToken);
  const carrier = await startTestCarrier(t, { scale: 100, deliver: { [origin]: product.localOrigin } });
  return { product, carrier };
}

/** Places a call whose TwiML the product answers, and gives what it takes to look at it. */
async function place(carrier: TestCarrier, product: TrivialProduct, body: string, extra: Record<string, string> = {}) {
  product.answers['/twiml'] = { body };
  const form = new URLSearchParams({ To: '+13125550142', From: phoneNumber, Url: `${origin}/twiml`, ...extra });
  return request(carrier, 'Calls.json', form);
}

async function request(carrier: TestCarrier, path: string, body: URLSearchParams | string, type?: string) {
  const reply = await fetch(`${carrier.baseUrl}/2010-04-01/Accounts/${accountSid}/${path}`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`,
      'content-type': type ?? 'application/x-www-form-urlencoded',
    },
    body: String(body),
  });
  return { status: reply.status, body: (await reply.json()) as Record<string, string> };
}

const audio = Buffer.alloc(160, 0x55).toString('base64');

const streamBreaches: [what: string, kind: ViolationKind, breach: (stream: ReceivedStream, sid: string) => void][] = [
  ['a binary frame', 'stream-binary-frame', ({ socket }) => socket.send(Buffer.alloc(160))],
  ['text that is not JSON', 'stream-not-json', ({ socket }) => socket.send('hello')],
  ['JSON that is no object', 'stream-not-json', ({ socket }) => socket.send('[]')],
  ['an unknown event', 'stream-unknown-event', ({ send }, streamSid) => send({ event: 'pause', streamSid })],
  ['a missing streamSid', 'stream-field-missing', ({ send }) => send({ event: 'clear' })],
  [
    'a missing payload',
    'stream-field-missing',
    ({ send }, streamSid) => send({ event: 'media', streamSid, media: {} }),
  ],
  [
    'an extra field',
    'stream-field-unknown',
    ({ send }, streamSid) => send({ event: 'media', streamSid, sequenceNumber: '1', media: { payload: audio } }),
  ],
  [
    'an extra field inside',
    'stream-field-unknown',
    ({ send }, streamSid) => send({ event: 'media', streamSid, media: { payload: audio, track: 'outbound' } }),
  ],
  [
    'the SID of another stream',
    'stream-wrong-sid',
    ({ send }) => send({ event: 'media', streamSid: `MZ${'0'.repeat(32)}`, media: { payload: audio } }),
  ],
  [
    'a payload that is not base64',
    'stream-payload-invalid',
    ({ send }, streamSid) => send({ event: 'media', streamSid, media: { payload: '!!!!' } }),
  ],
  [
    'a WAV header in the payload',
    'stream-payload-invalid',
    ({ send }, streamSid) =>
      send({ event: 'media', streamSid, media: { payload: Buffer.from('RIFF0000').toString('base64') } }),
  ],
  [
    'more than ten minutes of audio',
    'stream-buffer-overflow',
    ({ send }, streamSid) => {
      const payload = Buffer.alloc(8_000 * 30, 0x55).toString('base64');
      for (let sent = 0; sent <= 600; sent += 30) send({ event: 'media', streamSid, media: { payload } });
    },
  ],
  [
    'a frame against the WebSocket protocol',
    'stream-websocket-protocol',
    ({ socket }) => {
      const raw = (socket as unknown as { _socket: { write(bytes: Buffer): void } })._socket;
      raw.write(Buffer.from([0xf1, 0x00])); // reserved bits that nobody negotiated
    },
  ],
];

test('what a stream may not send is recorded', async t => {
  const { product, carrier } = await setUp(t);
  for (const [what, kind, breach] of streamBreaches) {
    const { body } = await place(carrier, product, plainStream);
    const stream = await product.stream();
    const start = await stream.message(message => message['event'] === 'start');
    breach(stream, start['streamSid']);
    t.match(await carrier.provoked(kind), { kind, callSid: body['sid'] }, what);
    stream.socket.close();
    await carrier.control.idle();
  }
});

test('audio long after stop is recorded; audio that was on its way is not', async t => {
  const { product, carrier } = await setUp(t);
  const { body } = await place(carrier, product, plainStream);
  const stream = await product.stream();
  const { streamSid } = await stream.message(message => message['event'] === 'start');
  const media = { event: 'media', streamSid, media: { payload: audio } };
  carrier.control.hangUp(body['sid']!);
  await stream.message(message => message['event'] === 'stop');
  stream.send(media);
  const talking = setInterval(() => stream.send(media), 20);
  const { detail } = await carrier.provoked('stream-media-after-stop');
  clearInterval(talking);
  t.ok(Number.parseInt(detail.replace(/\D+/, ''), 10) > 1_000, detail);
  stream.socket.close();
  await carrier.control.idle();
  carrier.control.takeViolations('stream-media-after-stop');
});

test('audio of a product that could not read stop yet is no fault, however late it comes', async t => {
  const { product, carrier } = await setUp(t);
  const { body } = await place(carrier, product, plainStream);
  const stream = await product.stream();
  const { streamSid } = await stream.message(message => message['event'] === 'start');
  const media = { event: 'media', streamSid, media: { payload: audio } };
  stream.socket.pause();
  carrier.control.hangUp(body['sid']!);
  const until = performance.now() + 1_200;
  for await (const _ of every(20)) {
    stream.send(media);
    if (performance.now() > until) break;
  }
  stream.socket.resume();
  await stream.message(message => message['event'] === 'stop');
  stream.socket.close();
  await carrier.control.idle();
  t.same(carrier.control.takeViolations('stream-media-after-stop'), []);
});

const documents: [what: string, kind: ViolationKind, body: string, detail: RegExp][] = [
  ['text', 'twiml-not-xml', 'Hello', /12100/],
  ['an element that is not closed', 'twiml-not-xml', '<Response><Hangup></Response>', /12100/],
  ['another root', 'twiml-not-xml', '<response/>', /not <Response>/],
  ['an unknown verb', 'twiml-schema', '<Response><Shout/></Response>', /line 1: <Shout> is not known/],
  ['a verb in the wrong case', 'twiml-schema', '<Response><hangup/></Response>', /<hangup>/],
  [
    'an attribute in the wrong case',
    'twiml-schema',
    '<Response><Pause Length="1"/></Response>',
    /Length.*case-sensitive/,
  ],
  ['a value out of range', 'twiml-schema', '<Response><Pause length="-1"/></Response>', /whole number/],
  [
    'two nouns in Connect',
    'twiml-schema',
    '<Response><Connect><ConversationRelay url="wss://calls.example.com/r"/><ConversationRelay url="wss://calls.example.com/r"/></Connect></Response>',
    /exactly one noun/,
  ],
  [
    'a parameter that is too long',
    'twiml-schema',
    `<Response><Start><Stream url="wss://calls.example.com/fork"><Parameter name="a" value="${'x'.repeat(500)}"/></Stream></Start></Response>`,
    /under 500/,
  ],
  [
    'a task that is not JSON',
    'twiml-schema',
    `<Response><Enqueue workflowSid="WW${'0'.repeat(32)}"><Task>no</Task></Enqueue></Response>`,
    /14221/,
  ],
  ['a document that is too long', 'twiml-too-large', `<Response><!--${' '.repeat(70_000)}--></Response>`, /11750/],
];

test('TwiML against the schema is recorded', async t => {
  const { product, carrier } = await setUp(t);
  for (const [what, kind, body, detail] of documents) {
    await place(carrier, product, body);
    t.match(await carrier.provoked(kind), { kind, detail }, what);
    await carrier.control.idle();
  }
  product.answers['/json'] = { type: 'application/json', body: '{}' };
  await place(carrier, product, '', { Url: `${origin}/json` });
  t.match(await carrier.provoked('twiml-content-type'), { detail: /12300.*application\/json/ });
  await carrier.control.idle();
});

const streamUrls: [what: string, url: string][] = [
  ['a query', 'wss://calls.example.com/media?token=1'],
  ['ws to another machine', 'ws://192.0.2.7/media'],
  ['a scheme that is no socket', 'https://calls.example.com/media'],
];

test('stream addresses that Twilio would not dial are recorded', async t => {
  const { product, carrier } = await setUp(t);
  for (const [what, url] of streamUrls) {
    await place(carrier, product, `<Response><Connect><Stream url="${url}"/></Connect></Response>`);
    t.match(await carrier.provoked('stream-url'), { kind: 'stream-url' }, what);
    for (const call of carrier.control.calls()) if (call.state === 'in-progress') carrier.control.hangUp(call.sid);
    await carrier.control.idle();
  }
});

test('requests to the API that Twilio would not understand are recorded', async t => {
  const { product, carrier } = await setUp(t);
  await place(carrier, product, '<Response/>', { MachineDetektion: 'Enable' });
  t.match(await carrier.provoked('rest-unknown-parameter'), { detail: /MachineDetektion/ });
  t.equal((await request(carrier, 'Calls.json', '{"To":"+13125550142"}', 'application/json')).status, 400);
  t.match(await carrier.provoked('rest-body'), { detail: /application\/json/ });
  const { status } = await place(carrier, product, '<Response/>', {
    StatusCallback: `${origin}/status`,
    StatusCallbackEvent: 'finished',
  });
  t.equal(status, 201, 'Twilio accepts it and then tells nothing');
  t.match(await carrier.provoked('rest-status-event'), { detail: /21626/ });
  await place(carrier, product, '<Response/>', { StatusCallback: `${origin}/status#rc=9` });
  t.match(await carrier.provoked('webhook-url'), { detail: /rc=9/ });
  await carrier.control.idle();
});

test('an address that takes unsigned requests is recorded', async t => {
  const { product, carrier } = await setUp(t);
  t.equal(await carrier.control.probe(`${origin}/careless`), false);
  t.match(await carrier.provoked('unsigned-accepted'), { detail: /200 to a request without a signature/ });
  product.answers['/careful'] = hook => ({ status: hook.signed ? 200 : 403 });
  t.equal(await carrier.control.probe(`${origin}/careful`), true);
});

test('a violation that a test does not name fails it', async t => {
  const careless = `
    import { createServer } from 'node:http';
    import { test } from 'tap';
    import { startTestCarrier } from '${moduleUrl('test/helpers/carrier.ts')}';
    test('careless', async t => {
      const server = createServer((request, response) => response.end());
      t.teardown(() => server.close());
      await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
      const carrier = await startTestCarrier(t);
      await carrier.control.probe('http://127.0.0.1:' + server.address().port + '/status');
    });
  `;
  const run = promisify(execFile)(process.execPath, [...loaderFlags, '--input-type=module', '-e', careless]);
  const { code, stdout } = await run.then(
    ({ stdout }) => ({ code: 0, stdout }),
    (error: { code: number; stdout: string }) => error,
  );
  t.not(code, 0);
  t.match(stdout, /not ok .* careless: the carrier's protocol was violated: unsigned-accepted/);
});
