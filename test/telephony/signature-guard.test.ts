import { createHash } from 'node:crypto';
import { once } from 'node:events';
import fastify from 'fastify';
import { type Test, test } from 'tap';
import webhooks from 'twilio/lib/webhooks/webhooks.js';
import { WebSocket } from 'ws';
import { httpBase } from '../../src/ops/http-base.ts';
import { answerFailure } from '../../src/ops/http-errors.ts';
import { createLogging } from '../../src/ops/logger.ts';
import { createMetrics } from '../../src/ops/metrics.ts';
import { webSockets } from '../../src/ops/web-sockets.plugin.ts';
import { signatureOf } from '../../src/telephony/signature.ts';
import { createSignatureGuard, deliveryTokenOf } from '../../src/telephony/signature-guard.ts';
import { startTestCarrier } from '../helpers/carrier.ts';

const accountSid = `AC${'5a'.repeat(16)}`;
const authToken = '7b'.repeat(16);
const previous = '8c'.repeat(16);
const base = 'https://calls.example.com/parley';
const form = { AccountSid: accountSid, CallSid: `CA${'1'.repeat(32)}`, CallStatus: 'completed' };

/** A small server behind a public address with a path prefix, one callback and one socket of which the carrier must sign. */
async function startGuarded(t: Test, now = () => 0) {
  const served: { path: string; body: unknown; delivery: string | null }[] = [];
  const log: string[] = [];
  const metrics = createMetrics();
  const app = fastify({ logger: false });
  app.setErrorHandler(answerFailure);
  await app.register(httpBase, { config: { production: false } as never, metrics });
  await app.register(webSockets);
  const guard = createSignatureGuard({
    accountSid,
    tokens: [authToken, previous],
    origin: { http: path => base + path, ws: path => `wss${base.slice(5)}${path}` },
    logger: createLogging({ level: 'info', destination: { write: line => void log.push(line) } }).component(
      'telephony',
    ),
    metrics,
    now,
  });
  app.route({
    method: ['GET', 'POST'],
    url: '/call-status-callback',
    ...guard.webhook,
    handler: async request => {
      served.push({ path: request.url, body: request.body, delivery: deliveryTokenOf(request) });
      return '';
    },
  });
  app.get('/media-stream', { websocket: true, ...guard.upgrade }, socket => {
    served.push({ path: '/media-stream', body: null, delivery: null });
    socket.send('hello');
  });
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  t.teardown(async () => {
    await app.close();
    metrics.stop();
  });
  const sign = (path: string, fields: object = {}, token = authToken, origin = base) =>
    signatureOf(token, origin + path, fields as never).toString('base64');
  const post = (path: string, signature: string | undefined, fields: Record<string, string> = form, headers = {}) =>
    fetch(url + path, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded; charset=UTF-8',
        ...(signature === undefined ? {} : { 'x-twilio-signature': signature }),
        ...headers,
      },
      body: new URLSearchParams(fields),
    });
  const warnings = () => log.map(line => JSON.parse(line)).filter(({ level }) => level === 'warn');
  return { url, served, sign, post, warnings, metrics, log };
}

const path = '/call-status-callback?attempt=65f0&x=a%20b';

test('a signed callback is served, with the current token and with the one before', async t => {
  const { post, sign, served } = await startGuarded(t);
  t.equal((await post(path, sign(path, form), form, { 'i-twilio-idempotency-token': 'b3d1-delivery' })).status, 200);
  t.equal((await post(path, sign(path, form, previous))).status, 200);
  t.match(served, [{ body: form, delivery: 'b3d1-delivery' }, { delivery: null }]);
});

test('whatever is not signed for exactly this request is 403, and nothing is served', async t => {
  const { url, post, sign, served, metrics } = await startGuarded(t);
  const attempts: [string, string | undefined, Record<string, string>?][] = [
    [path, undefined],
    [path, ''],
    [path, 'nonsense'],
    [path, sign(path, form, 'a stranger')],
    [path, sign(path)],
    [path, sign('/call-status-callback', form)],
    [path, sign(path, form, authToken, 'https://calls.example.com')],
    [path, sign(path, form), { ...form, CallStatus: 'failed' }],
    [path, sign(path, form), { ...form, Extra: '' }],
  ];
  for (const [where, signature, fields] of attempts) {
    const answer = await post(where, signature, fields);
    t.equal(answer.status, 403);
    t.match(await answer.json(), { error: { code: 'SIGNATURE_INVALID' } });
  }
  // A form that names bodySHA256 in its address does not choose to be checked without its parameters.
  const dodging = `${path}&bodySHA256=00`;
  t.equal((await post(dodging, sign(dodging))).status, 403);
  // A body of another kind is covered by nothing.
  const text = await fetch(url + path, {
    method: 'POST',
    headers: { 'content-type': 'text/plain', 'x-twilio-signature': sign(path) },
    body: 'CallStatus=completed',
  });
  t.not(text.status, 200);
  t.equal(served.length, 0);
  t.match(
    await metrics.registry.metrics(),
    /carrier_requests_refused_total\{route="\/call-status-callback",reason="missing"\} 2/,
  );
});

test('a JSON body is signed through its hash in the address', async t => {
  const { url, sign, served } = await startGuarded(t);
  const body = JSON.stringify({ event: 'handoff', words: 'é'.repeat(50_000) });
  const signedPath = `/call-status-callback?bodySHA256=${createHash('sha256').update(body).digest('hex')}`;
  const send = (text: string, where = signedPath) =>
    fetch(url + where, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-twilio-signature': sign(where) },
      body: text,
    });
  t.equal((await send(body)).status, 200);
  t.match(served, [{ body: JSON.parse(body) }]);
  t.equal((await send(body.replace('handoff', 'hangup!'))).status, 403, 'another body of the same length');
  t.equal((await send(body, '/call-status-callback')).status, 403, 'no hash at all');
  t.equal((await send(body, `${signedPath}&bodySHA256=00`)).status, 403, 'two hashes');
  t.equal(served.length, 1);
});

test('a GET is signed over its address alone', async t => {
  const { url, sign } = await startGuarded(t);
  const get = (signature: string) => fetch(url + path, { headers: { 'x-twilio-signature': signature } });
  t.equal((await get(sign(path))).status, 200);
  t.equal((await get(sign('/call-status-callback'))).status, 403);
});

test('a socket opens only for an upgrade signed over the wss address', async t => {
  const { url, served } = await startGuarded(t);
  const socketAt = (signature?: string) =>
    new WebSocket(`${url.replace('http', 'ws')}/media-stream`, {
      headers: signature === undefined ? {} : { 'x-twilio-signature': signature },
    });
  const wss = 'wss://calls.example.com/parley/media-stream';
  const open = socketAt(webhooks.getExpectedTwilioSignature(authToken, wss, {}));
  const [message] = await once(open, 'message');
  t.equal(String(message), 'hello');
  open.close();
  for (const signature of [undefined, 'nonsense', signatureOf('a stranger', wss).toString('base64')]) {
    const refused = socketAt(signature);
    refused.on('error', () => {});
    const [, response] = await once(refused, 'unexpected-response');
    t.equal(response.statusCode, 403);
    refused.terminate();
  }
  t.equal(served.length, 1);
});

test('a refusal is logged once a minute per path, with the address it was checked against and no secret', async t => {
  let now = 1_000_000;
  const { post, sign, warnings, log } = await startGuarded(t, () => now);
  for (let each = 0; each < 5; each += 1) await post(path, sign(path, form, 'a stranger'));
  t.equal(warnings().length, 1);
  t.match(warnings()[0], {
    route: '/call-status-callback',
    checkedAgainst: 'https://calls.example.com/parley/call-status-callback',
    likelyCause: /SERVER_URL|TWILIO_AUTH_TOKEN/,
    refusedBefore: 0,
  });
  now += 60_000;
  await post(path, sign(path, form, 'a stranger'));
  t.match(warnings()[1], { refusedBefore: 4 });
  t.notMatch(log.join(), new RegExp([authToken, previous, 'CallStatus', form.CallSid].join('|')));
});

test('the log names the likely cause', async t => {
  let now = 0;
  const { post, sign, warnings } = await startGuarded(t, () => (now += 60_000));
  const cause = async (signature: string | undefined, headers = {}, fields: Record<string, string> = form) => {
    await post(path, signature, fields, headers);
    return warnings().at(-1).likelyCause as string;
  };
  t.match(await cause(undefined), /somebody else asked, or a proxy removes the header/);
  t.match(
    await cause(sign(path, form, authToken, 'https://old.example.com'), { 'x-forwarded-host': 'old.example.com' }),
    /asked https:\/\/old\.example\.com \(X-Forwarded-Host\), but SERVER_URL is https:\/\/calls\.example\.com\/parley/,
  );
  t.match(
    await cause(sign(path, form, authToken, 'http://calls.example.com/parley')),
    /asked http:\/\/calls\.example\.com\/parley .*another scheme/,
  );
  const other = { ...form, AccountSid: `AC${'0'.repeat(32)}` };
  t.match(await cause(sign(path, other, 'theirs'), {}, other), /another account .*subaccounts/);
  t.match(await cause(sign(path, form, 'wrong')), /SERVER_URL is wrong, or a proxy .* or TWILIO_AUTH_TOKEN/);
  t.match(await cause(sign(path, form, 'wrong'), { 'x-forwarded-host': '"; rm -rf' }), /SERVER_URL/);
});

test('the carrier twin finds nothing that it could say unsigned, and its callbacks are served', async t => {
  const { url, served } = await startGuarded(t);
  const carrier = await startTestCarrier(t, { accountSid, authToken, deliver: { [base]: url } });
  t.ok(await carrier.control.probe(`${base}/call-status-callback?attempt=1`));
  t.equal(served.length, 0);
});
