import { test } from 'tap';
import { startApp } from '../helpers/app.ts';

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

test('with credentials nothing is stood in for', async t => {
  const env = {
    TWILIO_ACCOUNT_SID: `AC${'0'.repeat(32)}`,
    TWILIO_AUTH_TOKEN: 'f'.repeat(32),
    ELEVENLABS_API_KEY: 'invented-key',
    SERVER_URL: 'https://calls.example.com',
  };
  const real = await startApp(t, { env });
  t.same(real.app.sandbox, { carrier: null, agent: null });
  const half = await startApp(t, { env: { ELEVENLABS_API_KEY: env.ELEVENLABS_API_KEY } });
  t.ok(half.app.sandbox.carrier);
  t.equal(half.app.sandbox.agent, null);
});
