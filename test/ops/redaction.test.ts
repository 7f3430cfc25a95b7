import { test } from 'tap';
import { createRedactor, maskPhone } from '../../src/ops/redaction.ts';

const { text, fields } = createRedactor(['a-secret-of-this-house']);

const masked: [what: string, text: string, hidden: string][] = [
  ['an E.164 number', 'calling +12125550142 now', '2125550142'],
  ['a number with spaces', 'call +1 212 555 0142', '555 0142'],
  ['a number with dashes', 'call 212-555-0142 back', '555-0142'],
  ['a bare number', 'to 12125550142', '2125550142'],
  ['an e-mail address', 'from lena.fischer@example.com', 'lena.fischer'],
  ['an access token', `got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl`, 'c2lnbmF0dXJl'],
  ['a bearer header', 'Authorization: Bearer abcdefghijklmnop', 'abcdefghijklmnop'],
  ['credentials in an address', 'mongodb://parley:hunter22@db.example.com/p', 'hunter22'], // allow-secret: invented
  ['a query with a token', 'GET /v1/x?token=abc123&a=b failed', 'abc123'],
  ['a secret of the installation', 'it is a-secret-of-this-house!', 'a-secret-of-this-house'],
];
for (const [what, input, hidden] of masked) {
  test(`hidden in a sentence: ${what}`, async t => {
    t.notMatch(text(input), hidden);
  });
}

const kept = [
  '6563f1a2b4c8d9e0f1a2b3c4', // a document's id
  'CA0123456789abcdef0123456789abcdef', // a call's SID
  '2026-11-21T01:22:31.635Z',
  '550e8400-e29b-41d4-a716-446655440000',
  'http://127.0.0.1:39891',
  'at main (file:///srv/parley/dist/server.js:120:15)',
];
for (const input of kept) {
  test(`kept: ${input}`, async t => t.equal(text(input), input));
}

test('the last two digits of a number remain', async t => {
  t.equal(maskPhone('+12125550142'), '•••42');
  t.equal(text('to +12125550142'), 'to •••42');
});

test('sensitive fields are hidden whatever they hold, at any depth', async t => {
  const given = {
    email: 'x@example.com',
    authToken: 'abc',
    customFields: { pet: 'Rex' },
    caller: { firstName: 'Ilya', variables: { plan: 'gold' } },
    turns: [{ text: 'hello' }],
    list: [{ password: 'pw' }],
    toolArguments: 'kept by name only when harmless',
    callSid: 'CA1',
    status: 'ringing',
    count: 3,
    recording: true,
  };
  const clean = JSON.stringify(fields(given));
  for (const hidden of ['example.com', 'abc"', 'Rex', 'Ilya', 'gold', 'hello', 'pw']) t.notMatch(clean, hidden);
  t.match(JSON.parse(clean), { callSid: 'CA1', status: 'ringing', count: 3, recording: true });
});

test('errors keep type, code, cause and place, and lose what they must not say', async t => {
  const refused = 'connect to redis://:hunter22@cache.example.com failed'; // allow-secret: invented
  const cause = Object.assign(new Error(refused), { code: 'ECONNREFUSED' });
  const clean = fields({ err: new Error('cannot call +12125550142', { cause }) });
  t.match(clean, { err: { type: 'Error', message: 'cannot call •••42', cause: { code: 'ECONNREFUSED' } } });
  t.notMatch(JSON.stringify(clean), 'hunter22');
});

test('huge and circular objects are cut short', async t => {
  const circular: Record<string, unknown> = { a: 1 };
  circular['self'] = circular;
  t.match(JSON.stringify(fields(circular)), '«deeper»');
  const clean = fields({
    items: Array.from({ length: 10_000 }, (_, index) => index),
    long: 'x'.repeat(100_000),
    bytes: Buffer.alloc(10),
  });
  t.ok(JSON.stringify(clean).length < 10_000);
  t.equal(clean['bytes'], '«10 bytes»');
});
