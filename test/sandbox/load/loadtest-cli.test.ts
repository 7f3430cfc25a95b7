import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { test } from 'tap';
import { startTestAgent, testKey } from '../../helpers/agent-twin.ts';
import { startApp, type TestApp } from '../../helpers/app.ts';
import { startTestCarrier } from '../../helpers/carrier.ts';
import { joinWithAgent } from '../../helpers/frame-bridge.ts';
import { loadtest } from '../../helpers/loadtest.ts';

const apiKey = 'an-invented-key-of-thirty-two-bytes'; // allow-secret: invented
const real = {
  API_KEY: apiKey,
  TWILIO_ACCOUNT_SID: `AC${'0'.repeat(32)}`,
  TWILIO_AUTH_TOKEN: 'f'.repeat(32),
  ELEVENLABS_API_KEY: testKey,
  SERVER_URL: 'https://calls.example.com',
};

const small = ['--calls', '2', '--ramp', '0.2', '--minutes', '0.09'];

/** A product that joins its callers with an agent, under addresses of the test's own. */
const bridgeRoutes =
  (agent: (app: FastifyInstance) => Parameters<typeof joinWithAgent>[1]) => (app: FastifyInstance) => {
    const form = 'application/x-www-form-urlencoded';
    if (!app.hasContentTypeParser(form)) app.addContentTypeParser(form, { parseAs: 'string' }, async () => ({}));
    const config = { access: 'sender-verified' } as const;
    app.post('/probe/voice', { config }, async (_request, reply) => {
      const url = app.publicAddress.ws('/probe/media');
      return reply.type('text/xml').send(`<Response><Connect><Stream url="${url}"/></Connect></Response>`);
    });
    app.get('/probe/media', { websocket: true, config }, socket => joinWithAgent(socket, agent(app)));
  };

/** What connecting a number to the product does at the carrier. */
async function connectNumber({ app }: TestApp): Promise<void> {
  const { accountSid, authToken, apiBaseUrl } = app.farEnds.carrier;
  const headers = { authorization: `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}` };
  const numbers = `${apiBaseUrl}/2010-04-01/Accounts/${accountSid}/IncomingPhoneNumbers`;
  const listed = (await (await fetch(`${numbers}.json`, { headers })).json()) as {
    incoming_phone_numbers: { sid: string }[];
  };
  const body = new URLSearchParams({ VoiceUrl: app.publicAddress.http('/probe/voice') });
  await fetch(`${numbers}/${listed.incoming_phone_numbers[0]!.sid}.json`, { method: 'POST', headers, body });
}

test('a product with both twins outside is loaded, measured and judged', async t => {
  const agent = await startTestAgent(t, { scale: 1 });
  let local = '';
  const carrier = await startTestCarrier(t, {
    ...{ scale: 1, accountSid: real.TWILIO_ACCOUNT_SID, authToken: real.TWILIO_AUTH_TOKEN, recognise: false },
    deliver: () => ({ [real.SERVER_URL]: local }),
  });
  const product = await startApp(t, {
    env: { ...real, TWILIO_API_BASE_URL: carrier.baseUrl, ELEVENLABS_API_BASE_URL: agent.baseUrl },
    routes: bridgeRoutes(() => ({ baseUrl: agent.baseUrl, apiKey: testKey, agentId: agent.agentId })),
  });
  local = product.url;
  await connectNumber(product);
  const token = { TWILIO_AUTH_TOKEN: real.TWILIO_AUTH_TOKEN };
  const target = ['--product', product.url, '--key', apiKey];

  const [wrong, passed] = await Promise.all([
    loadtest([...target, ...small], { TWILIO_AUTH_TOKEN: 'not-the-token' }),
    loadtest([...target, ...small, '--json', '--max-p99', '20000', '--max-memory', '100000'], token),
  ]);
  t.equal(wrong.code, 2);
  t.match(wrong.stderr, /refuses the token: set TWILIO_AUTH_TOKEN/);

  t.equal(passed.code, 0, passed.stderr);
  const { report, product: figures, exceeded } = JSON.parse(passed.stdout);
  t.same(exceeded, []);
  t.match(report.calls, { placed: 2, connected: 2, completed: 2 });
  t.equal(report.frames.lost, 0);
  t.ok(report.frames.returned > 20);
  t.ok(report.latencyMs.toAgent.p50 > 0);
  t.equal(report.firstSoundMs.count, 2);
  t.ok(figures.rssBytes > 0, 'the memory of the product');

  const tight = await loadtest(
    [...target, '--calls', '1', '--ramp', '0', '--minutes', '0.03', '--people', 'idle', '--max-memory', '1'],
    token,
  );
  t.equal(tight.code, 1);
  t.match(tight.stdout, /EXCEEDED {2}the product's memory is \d+ MiB, allowed 1 MiB/);
  t.match(tight.stdout, /µs per call and second/);
});

test('with the twins inside the product, an administrator is enough', async t => {
  const product = await startApp(t, {
    routes: bridgeRoutes(app => app.sandbox.agent!),
  });
  await connectNumber(product);
  const { email, password } = product.admin;
  const run = await loadtest(
    ['--product', product.url, '--calls', '1', '--ramp', '0', '--minutes', '0.03', '--people', 'idle'],
    { ADMIN_EMAIL: email, ADMIN_PASSWORD: password },
  );
  t.equal(run.code, 0, run.stdout + run.stderr);
  t.match(run.stderr, /The carrier twin runs inside the product/);
  t.match(run.stdout, /1 placed, 1 connected/);
  const nobody = await loadtest(['--product', product.url, ...small, '--email', email, '--password', 'wrong-password']);
  t.equal(nobody.code, 2);
  t.match(nobody.stderr, /does not let .* in \(401\)/);
});

test('a target whose carrier is not the twin is refused', async t => {
  const twilio = await startApp(t, { env: real });
  const run = await loadtest(['--product', twilio.url, ...small, '--key', apiKey]);
  t.equal(run.code, 3);
  t.match(run.stderr, /uses the real carrier \(api\.twilio\.com\): a load test would call real people/);

  const asked: string[] = [];
  const proxy = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.statusCode = 404;
    response.end('{"code":20404}');
  });
  await new Promise<void>(resolve => proxy.listen(0, '127.0.0.1', resolve));
  t.teardown(() => new Promise(resolve => proxy.close(resolve)));
  const TWILIO_API_BASE_URL = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const hidden = await startApp(t, { env: { ...real, TWILIO_API_BASE_URL } });
  asked.length = 0;
  const behind = await loadtest(['--product', hidden.url, ...small, '--key', apiKey]);
  t.equal(behind.code, 3);
  t.match(behind.stderr, /is not the sandbox's carrier twin\. Nothing was done/);
  t.same(
    asked.filter(each => !each.startsWith('GET ')),
    [],
    'it only looked',
  );
});

test('mistakes are told with how to do it', async t => {
  const [order, nobody] = await Promise.all([
    loadtest(['--product', 'http://127.0.0.1:9', ...small.slice(2), '--key', apiKey]),
    loadtest(['--product', 'http://127.0.0.1:9', ...small, '--key', apiKey]),
  ]);
  t.match(order, { code: 2, stderr: /--calls is missing[\s\S]*Usage: npm run loadtest/ });
  t.match(nobody, { code: 2, stderr: /127\.0\.0\.1:9 cannot be reached/ });
  t.notMatch(nobody.stderr, /Usage/, 'the command was right');
});
