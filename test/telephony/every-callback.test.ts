import fastify from 'fastify';
import { test } from 'tap';
import webhooks from 'twilio/lib/webhooks/webhooks.js';
import { httpBase } from '../../src/ops/http-base.ts';
import { answerFailure } from '../../src/ops/http-errors.ts';
import { createLogging } from '../../src/ops/logger.ts';
import { createMetrics } from '../../src/ops/metrics.ts';
import { webSockets } from '../../src/ops/web-sockets.plugin.ts';
import { createPublicAddress } from '../../src/public-address.ts';
import { createCarrierAddresses } from '../../src/telephony/carrier-addresses.ts';
import { signatureOf } from '../../src/telephony/signature.ts';
import { createSignatureGuard, deliveryTokenOf } from '../../src/telephony/signature-guard.ts';
import { createTwilioCarrier } from '../../src/telephony/twilio-carrier.ts';
import { connectStream, hangUp, twimlType } from '../../src/telephony/twiml.ts';
import { startApp } from '../helpers/app.ts';
import { startTestCarrier } from '../helpers/carrier.ts';

test('everything the carrier asks in the course of a call passes our check, and the official validator agrees', async t => {
  const authToken = '7b'.repeat(16);
  const base = 'https://calls.example.com/parley';
  const publicAddress = createPublicAddress(() => base);
  const addresses = createCarrierAddresses(publicAddress);
  const metrics = createMetrics();
  const app = fastify();
  app.setErrorHandler(answerFailure);
  await app.register(httpBase, { config: { production: false } as never, metrics });
  await app.register(webSockets);
  const guard = createSignatureGuard({
    accountSid: `AC${'5a'.repeat(16)}`,
    tokens: [authToken],
    origin: publicAddress,
    logger: createLogging({ level: 'info', destination: { write: () => {} } }).component('telephony'),
    metrics,
  });
  const passed: { path: string; official: boolean; delivery: string | null }[] = [];
  const path = (url: string) => url.slice(base.length).split(/[?#]/)[0]!;
  let recordingBegan = () => {};
  const answers: Record<string, string> = {
    [path(addresses.outboundTwiml('1'))]: connectStream({
      url: addresses.mediaStream(),
      token: 'one-time',
      statusCallback: addresses.streamStatus('1'),
      streamEnded: addresses.streamEnded('1'),
    }),
    [path(addresses.streamEnded('1'))]: hangUp(),
  };
  for (const address of [
    addresses.outboundTwiml('1'),
    addresses.streamEnded('1'),
    addresses.callStatus('1'),
    addresses.amdStatus('1'),
    addresses.streamStatus('1'),
    addresses.recordingStatus('1'),
  ]) {
    app.post(path(address), guard.webhook, async (request, reply) => {
      const signature = String(request.headers['x-twilio-signature']);
      passed.push({
        path: path(address),
        official: webhooks.validateRequest(
          authToken,
          signature,
          base + request.url,
          request.body as Record<string, unknown>,
        ),
        delivery: deliveryTokenOf(request),
      });
      if ((request.body as { RecordingStatus?: string }).RecordingStatus === 'in-progress') recordingBegan();
      return reply.type(twimlType).send(answers[path(address)] ?? '');
    });
  }
  const order = {
    wait: 'verdict',
    timeoutSeconds: 30,
    speechThresholdMs: 2400,
    speechEndThresholdMs: 1200,
    silenceTimeoutMs: 5000,
  } as const;
  app.get('/media-stream', { websocket: true, ...guard.upgrade }, (socket, request) => {
    const signature = String(request.headers['x-twilio-signature']);
    passed.push({
      path: '/media-stream',
      official: webhooks.validateRequest(authToken, signature, addresses.mediaStream(), {}),
      delivery: null,
    });
    socket.on('message', async data => {
      const message = JSON.parse(String(data)) as {
        event: string;
        start?: { callSid: string; customParameters: object };
      };
      if (message.event !== 'start') return;
      t.match(message.start?.customParameters, { token: 'one-time' });
      recordingBegan = () => socket.close(1000);
      await carrier.startRecording(message.start!.callSid, addresses.recordingStatus('1'));
    });
  });
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  const twin = await startTestCarrier(t, { authToken, deliver: { [base]: url } });
  const carrier = createTwilioCarrier({ accountSid: twin.accountSid, authToken, apiBaseUrl: twin.baseUrl, metrics });
  t.teardown(async () => {
    await carrier.close();
    await app.close();
    metrics.stop();
  });

  const { sid } = await carrier.dial({
    to: '+13125550142',
    from: twin.phoneNumber,
    url: addresses.outboundTwiml('1'),
    fallbackUrl: addresses.fallback('1'),
    statusCallback: addresses.callStatus('1'),
    timeLimitSeconds: 60,
    ringSeconds: 20,
    amd: { ...order, callback: addresses.amdStatus('1') },
  });
  await twin.control.reached(sid, 'completed');
  await twin.control.idle();
  t.same([...new Set(passed.map(each => each.path))].sort(), [
    '/amd-status-callback',
    '/call-status-callback',
    '/media-stream',
    '/outbound-call-twiml',
    '/recording-status-callback',
    '/stream-ended',
    '/stream-status-callback',
  ]);
  t.ok(passed.every(({ official }) => official));
  t.ok(
    passed.every(({ path, delivery }) => path === '/media-stream' || delivery !== null),
    'each delivery has its token',
  );
});

test('signed callbacks are served beyond every limit of requests, whatever strangers at the same address do meanwhile', async t => {
  let served = 0;
  const { app, url } = await startApp(t, {
    routes: instance => {
      instance.post('/test-callback', { ...instance.fromCarrier.webhook }, async () => {
        served += 1;
        return '';
      });
    },
  });
  const address = app.publicAddress.http('/test-callback?attempt=1');
  const { authToken } = app.farEnds.carrier;
  const ask = async (token: string, fields: Record<string, string>) => {
    const response = await fetch(url + new URL(address).pathname + new URL(address).search, {
      method: 'POST',
      headers: { 'x-twilio-signature': signatureOf(token, address, fields).toString('base64') },
      body: new URLSearchParams(fields),
    });
    await response.arrayBuffer();
    return response.status;
  };
  const statuses = new Map<number, number>();
  const refused = new Map<number, number>();
  for (let batch = 0; batch < 16; batch += 1) {
    const genuine = Array.from({ length: 50 }, (_, each) =>
      ask(authToken, { SequenceNumber: String(batch * 50 + each) }),
    );
    const strangers = Array.from({ length: 15 }, () => ask('a stranger', { SequenceNumber: '1' }));
    for (const status of await Promise.all(genuine)) statuses.set(status, (statuses.get(status) ?? 0) + 1);
    for (const status of await Promise.all(strangers)) refused.set(status, (refused.get(status) ?? 0) + 1);
  }
  t.same([...statuses], [[200, 800]]);
  t.equal(served, 800);
  t.same([...refused.keys()].sort(), [403, 429], 'strangers are refused, and after 200 a minute told to slow down');
});
