import { test } from 'tap';
import { AppError } from '../src/errors.ts';
import { startApp } from './helpers/app.ts';

/** Everything a full run handles that no log may show. All invented. */
const secrets = {
  API_KEY: 'static-key-of-the-house-77', // allow-secret: invented
  JWT_SECRET: 'jwt-secret-jwt-secret-jwt-secret-42', // allow-secret: invented
  METRICS_TOKEN: 'metrics-token-of-the-house',
  TWILIO_ACCOUNT_SID: `AC${'5'.repeat(32)}`,
  TWILIO_AUTH_TOKEN: 'c0ffee00c0ffee00c0ffee00c0ffee00',
  ELEVENLABS_API_KEY: 'invented-elevenlabs-key-9',
  ELEVENLABS_WEBHOOK_SECRET: 'invented-webhook-secret-3',
  SERVER_URL: 'https://calls.example.com',
};
const people = {
  email: 'lena.fischer@example.com',
  name: 'Lena Fischer',
  phone: '+12125550142',
  local: '(212) 555-0143',
};

test('a full run at the most talkative level logs no secret, name, address or number', async t => {
  const { call, signIn, log, admin, app } = await startApp(t, {
    env: { ...secrets, LOG_LEVEL: 'trace' },
    routes: instance => {
      instance.post('/api/echo', { config: { access: 'public', audit: false } }, async request => {
        const body = request.body as Record<string, unknown>;
        request.log.info(
          { body, headers: request.headers, contact: body, to: people.phone },
          `calling ${people.phone} or ${people.local}`,
        );
        request.log.warn({
          err: new Error(`vendor says: ${people.email} at ${people.phone} is ${secrets.TWILIO_AUTH_TOKEN}`),
        });
        throw new AppError('INTERNAL', 'failed', {
          cause: new Error(`https://user:${secrets.API_KEY}@api.example.com/?token=abc&to=${people.phone}`),
        });
      });
    },
  });
  const token = await signIn();
  await call('POST', '/api/auth/login', { body: { email: admin.email, password: 'a wrong password 1' } });
  const user = await call('POST', '/api/users', {
    token,
    body: { email: people.email, role: 'manager', password: 'a password of Lena' },
  });
  await call('PATCH', `/api/users/${user.body.user.id}`, { token, body: { password: 'another one of Lena' } });
  const lena = await signIn(people.email, 'another one of Lena');
  const key = await call('POST', '/api/api-keys', {
    token: lena,
    body: { name: 'Key of Lena', scopes: ['api-keys:read'] },
  });
  await call('GET', '/api/api-keys?limit=1', { token: key.body.secret });
  await call('GET', '/metrics', { token: secrets.METRICS_TOKEN });
  await call('GET', '/api/audit', { token: secrets.API_KEY });
  await call('POST', '/api/users', { token, body: `{"email":"${people.email}",` });
  await call('GET', `/api/users?phone=${encodeURIComponent(people.phone)}`, { token });
  await call('POST', '/api/echo', {
    body: {
      phone: people.phone,
      name: people.name,
      firstName: 'Lena',
      customFields: { pet: 'Rex the dog' },
      transcript: ['I am Lena'],
    },
    headers: { 'x-twilio-signature': 'c2lnbmF0dXJlIG9mIHR3aWxpbw==', cookie: 'parley_refresh=cookie-of-lena-1234' },
  });
  await app.close();

  const output = log.join('\n');
  t.ok(log.length > 15, `${log.length} lines`);
  const forbidden = [
    ...Object.entries(secrets)
      .filter(([name]) => name !== 'SERVER_URL' && name !== 'TWILIO_ACCOUNT_SID')
      .map(([, value]) => value),
    ...Object.values(people),
    people.phone.slice(1),
    '5550142',
    '5550143',
    '555-0143',
    'Fischer',
    'Lena',
    'Rex the dog',
    'cookie-of-lena',
    'c2lnbmF0dXJl',
    admin.email,
    admin.password,
    'a wrong password',
    token,
    lena,
    key.body.secret,
  ];
  for (const each of forbidden) t.notOk(output.includes(each), `not in the log: ${each.slice(0, 4)}…`);
  t.match(output, '•••42', 'a number keeps its last two digits');

  for (const line of log) {
    const parsed = JSON.parse(line);
    t.type(parsed.component, 'string', 'every line says its component');
    if (parsed.component === 'http' && parsed.msg === 'request') t.type(parsed.requestId, 'string');
  }
});
