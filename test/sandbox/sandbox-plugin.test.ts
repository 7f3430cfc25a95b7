import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { test } from 'tap';
import twilio from 'twilio';
import { WebSocket } from 'ws';
import { startApp } from '../helpers/app.ts';

const realCarrier = { TWILIO_ACCOUNT_SID: `AC${'0'.repeat(32)}`, TWILIO_AUTH_TOKEN: 'f'.repeat(32) };
const realAgent = { ELEVENLABS_API_KEY: 'invented-key' };
const serverUrl = { SERVER_URL: 'https://example.com/parley' };

test('without credentials the product brings its own far ends, and says how they are', async t => {
  const { app, call, signIn } = await startApp(t);
  const { carrier, agent } = app.sandbox;
  t.match((await call('GET', '/health/ready', { token: await signIn() })).body, {
    status: 'ready',
    dependencies: [
      { name: 'store' },
      { name: 'carrier', state: 'up', critical: true },
      { name: 'agent', state: 'up', critical: false },
    ],
  });
  const listed = await fetch(`${agent!.baseUrl}/v1/convai/agents`, { headers: { 'xi-api-key': agent!.apiKey } });
  t.ok(((await listed.json()) as { agents: unknown[] }).agents.length > 0);
  const authorization = `Basic ${Buffer.from(`${carrier!.accountSid}:${carrier!.authToken}`).toString('base64')}`;
  const numbers = await fetch(
    `${carrier!.baseUrl}/2010-04-01/Accounts/${carrier!.accountSid}/IncomingPhoneNumbers.json`,
    { headers: { authorization } },
  );
  t.match(await numbers.json(), { incoming_phone_numbers: [{ phone_number: '+12125550100' }] });

  await carrier!.close();
  t.match(await call('GET', '/health/ready'), { status: 503, body: { status: 'unready' } }, 'no carrier, no traffic');
});

test('whoever the far ends are, the product finds them in one place', async t => {
  const bare = await startApp(t);
  const { carrier, agent } = bare.app.sandbox;
  t.match(bare.app.farEnds, {
    carrier: {
      apiBaseUrl: carrier!.baseUrl,
      authToken: carrier!.authToken,
      phoneNumber: '+12125550100',
      sandbox: true,
    },
    agent: { apiBaseUrl: agent!.baseUrl, apiKey: agent!.apiKey, agentId: agent!.agentId, sandbox: true },
  });
  const other = await startApp(t);
  t.not(bare.app.farEnds.carrier.authToken, other.app.farEnds.carrier.authToken, 'each start makes its own secrets');
  t.not(bare.app.farEnds.agent.webhookSecret, other.app.farEnds.agent.webhookSecret);

  const real = await startApp(t, { env: { ...realCarrier, ...realAgent, ...serverUrl } });
  t.same(real.app.sandbox, { carrier: null, agent: null, demo: null });
  t.same(real.app.farEnds, {
    carrier: {
      accountSid: realCarrier.TWILIO_ACCOUNT_SID,
      authToken: realCarrier.TWILIO_AUTH_TOKEN,
      apiBaseUrl: 'https://api.twilio.com',
      phoneNumber: undefined,
      sandbox: false,
    },
    agent: {
      apiKey: realAgent.ELEVENLABS_API_KEY,
      apiBaseUrl: 'https://api.elevenlabs.io',
      agentId: undefined,
      business: undefined,
      webhookSecret: undefined,
      sandbox: false,
    },
  });

  const half = await startApp(t, { env: realAgent });
  t.ok(half.app.farEnds.carrier.sandbox);
  t.match(half.app.farEnds.agent, { apiKey: realAgent.ELEVENLABS_API_KEY, sandbox: false });
  t.equal(half.app.sandbox.agent, null);
});

test('with SANDBOX=on both ends are stood in for, under the credentials that are set', async t => {
  const env = {
    ...realCarrier,
    ...realAgent,
    ...serverUrl,
    SANDBOX: 'on',
    TWILIO_PHONE_NUMBER: '+13125550123',
    ELEVENLABS_AGENT_ID: 'agent_of_the_real_workspace',
    ELEVENLABS_WEBHOOK_SECRET: 'wsec_invented', // allow-secret: invented
  };
  const { app } = await startApp(t, { env });
  const { carrier, agent } = app.sandbox;
  t.match(app.farEnds, {
    carrier: {
      accountSid: realCarrier.TWILIO_ACCOUNT_SID,
      authToken: realCarrier.TWILIO_AUTH_TOKEN,
      apiBaseUrl: carrier!.baseUrl,
      phoneNumber: '+13125550123',
      sandbox: true,
    },
    agent: {
      apiKey: realAgent.ELEVENLABS_API_KEY,
      apiBaseUrl: agent!.baseUrl,
      agentId: agent!.agentId,
      webhookSecret: env.ELEVENLABS_WEBHOOK_SECRET,
      sandbox: true,
    },
  });
});

test('the first agent of the sandbox speaks for its business, whose name callers are then known to have heard', async t => {
  const first = async (env: Record<string, string>) => {
    const { call, signIn } = await startApp(t, { env });
    const token = await signIn();
    const [agent] = (await call('GET', '/api/agents', { token })).body.items;
    const { body } = await call('GET', `/api/agents/${agent.id}`, { token });
    return { business: agent.business, missing: body.firstMessage.missing };
  };
  t.same(await first({}), { business: 'Brightwater Dental', missing: [] });
  t.same(await first({ ELEVENLABS_AGENT_ID: 'agent_halden_service' }), { business: 'Halden Heating', missing: [] });
});

for (const [how, env] of [
  ['its local address', {}],
  ['a public address with a prefix', serverUrl],
] as const) {
  test(`callbacks and media for ${how} come to this process, signed for that address`, async t => {
    const product = await startApp(t, { env, routes: callbackRoutes });
    const { app } = product;
    const { carrier } = app.sandbox;
    const client = twilio(carrier!.accountSid, carrier!.authToken);
    client.api.baseUrl = carrier!.baseUrl;
    const call = await client.calls.create({
      to: '+13125550142',
      from: app.farEnds.carrier.phoneNumber!,
      url: app.publicAddress.http('/probe/twiml?attempt=1'),
      statusCallback: app.publicAddress.http('/probe/status'),
    });
    const upgrade = await product.app.probe.upgrade;
    t.ok(upgrade.signed, 'the stream');
    t.equal(upgrade.callSid, call.sid);
    carrier!.control.hangUp(call.sid);
    await carrier!.control.idle();
    t.match(product.app.probe.hooks, [
      { path: '/probe/twiml?attempt=1', signed: true },
      { path: '/probe/status', signed: true },
    ]);
    t.same(carrier!.violations, []);
  });
}

test('nothing goes to the public address before the process listens', async t => {
  const lost: Promise<unknown>[] = [];
  await startApp(t, {
    env: { ...serverUrl, PORT: '0' },
    prepare: app =>
      app.addHook('onReady', async () => {
        const { carrier } = app.sandbox;
        lost.push(carrier!.control.probe(app.publicAddress.http('/voice')).catch((error: Error) => error.message));
        await lost[0];
      }),
  });
  t.match(await lost[0], /EADDRNOTAVAIL|ECONNREFUSED/, 'not even to whoever else stands there');
});

test('what the agent twin reports after a conversation comes here, signed, and disturbs nobody when it is not taken', async t => {
  const posts: { signature: string; body: string }[] = [];
  const { app, log } = await startApp(t, { env: serverUrl, prepare: app => catchReports(app, posts) });
  const { agent } = app.sandbox;
  const address = `${agent!.baseUrl.replace('http', 'ws')}/v1/convai/conversation?agent_id=${agent!.agentId}`;
  const socket = new WebSocket(address, { headers: { 'xi-api-key': agent!.apiKey } });
  t.teardown(() => socket.terminate());
  await once(socket, 'open');
  const greeted = agent!.control.until(each => each.turns.length > 0);
  socket.send('{"type":"conversation_initiation_client_data"}');
  await greeted;
  socket.close(1000);
  await agent!.control.idle();

  t.equal(posts.length, 1);
  const [time, digest] = posts[0]!.signature.split(',').map(each => each.split('=')[1]!);
  const expected = createHmac('sha256', app.farEnds.agent.webhookSecret!).update(`${time}.${posts[0]!.body}`);
  t.equal(digest, expected.digest('hex'));
  t.match(agent!.control.deliveries, [{ attempts: [{ status: Number }] }]);
  const loud = log.filter(line => JSON.parse(line).level !== 'info' && /sandbox|elevenlabs/.test(line));
  t.same(loud, [], 'no storm of warnings');
});

interface Probe {
  hooks: { path: string; signed: boolean }[];
  upgrade: Promise<{ signed: boolean; callSid: string }>;
}
declare module 'fastify' {
  interface FastifyInstance {
    probe: Probe;
  }
}

/** What the product's carrier side will be: TwiML with a stream, a status callback, the stream itself. */
function callbackRoutes(app: FastifyInstance): void {
  let upgraded: (result: Awaited<Probe['upgrade']>) => void = () => {};
  app.decorate('probe', {
    hooks: [],
    upgrade: new Promise<Awaited<Probe['upgrade']>>(resolve => {
      upgraded = resolve;
    }),
  });
  const form = 'application/x-www-form-urlencoded';
  if (!app.hasContentTypeParser(form)) {
    app.addContentTypeParser(form, { parseAs: 'string' }, async (_request: unknown, body: string | Buffer) =>
      Object.fromEntries(new URLSearchParams(String(body))),
    );
  }
  const config = { access: 'sender-verified' } as const;
  const { authToken } = app.farEnds.carrier;
  const post = (path: string, answer: () => string) =>
    app.post(path, { config }, async (request, reply) => {
      const signature = String(request.headers['x-twilio-signature']);
      const url = app.publicAddress.http(request.url);
      const signed = twilio.validateRequest(authToken, signature, url, request.body as Record<string, string>);
      app.probe.hooks.push({ path: request.url, signed });
      return reply.type('text/xml').send(answer());
    });
  const stream = () => `<Connect><Stream url="${app.publicAddress.ws('/probe/media')}"/></Connect>`;
  post('/probe/twiml', () => `<Response>${stream()}</Response>`);
  post('/probe/status', () => '<Response/>');
  app.get('/probe/media', { websocket: true, config }, (socket, request) => {
    const signature = String(request.headers['x-twilio-signature']);
    const signed = twilio.validateRequest(authToken, signature, app.publicAddress.ws(request.url), {});
    socket.on('message', (data: Buffer) => {
      const message = JSON.parse(String(data));
      if (message.event === 'start') upgraded({ signed, callSid: message.start.callSid });
    });
  });
}

/** Reads what comes to the agent's webhook before any route does. */
function catchReports(app: FastifyInstance, posts: { signature: string; body: string }[]): void {
  app.addHook('preParsing', async (request, _reply, payload) => {
    if (request.url !== '/webhooks/elevenlabs') return payload;
    const pieces: Buffer[] = [];
    for await (const piece of payload) pieces.push(piece as Buffer);
    const body = Buffer.concat(pieces);
    posts.push({ signature: String(request.headers['elevenlabs-signature']), body: body.toString() });
    return Object.assign(Readable.from([body]), { receivedEncodedLength: body.length });
  });
}
