import { test } from 'tap';
import { AppError } from '../src/errors.ts';
import { startApp, type TestApp } from './helpers/app.ts';
import { redisMissing, startRedis } from './helpers/redis.ts';

const forwarded = (ip: string) => ({ 'x-forwarded-for': ip });
const trusting = { TRUST_PROXY: '127.0.0.0/8' };

/** Asks until the answer is 429 and says how many were let through; more than `most` is a failure. */
async function letThrough(
  ask: () => ReturnType<TestApp['call']>,
  most: number,
): Promise<{ count: number; answer: Awaited<ReturnType<TestApp['call']>> }> {
  for (let count = 0; count <= most; count++) {
    const answer = await ask();
    if (answer.status === 429) return { count, answer };
  }
  throw new Error(`more than ${most} were let through`);
}

test('200 a minute from an address without credentials, and each address for itself', async t => {
  const { call } = await startApp(t, { env: trusting });
  const ask = (ip: string) => () => call('GET', '/api/openapi.json', { headers: forwarded(ip) });
  const { count, answer } = await letThrough(ask('203.0.113.1'), 200);
  t.equal(count, 200);
  t.match(answer.body, { error: { code: 'RATE_LIMITED', details: { retryAfterSeconds: Number } } });
  t.match(answer.headers.get('retry-after'), /^\d+$/);
  t.equal(answer.headers.get('x-ratelimit-limit'), '200');
  t.equal(answer.headers.get('x-ratelimit-remaining'), '0');
  t.equal((await ask('203.0.113.2')()).status, 200);
});

test('guessing addresses of the API is limited as well', async t => {
  const { call } = await startApp(t, { env: trusting });
  const { count } = await letThrough(() => call('GET', '/api/guess', { headers: forwarded('203.0.113.10') }), 200);
  t.equal(count, 200);
});

test('a bad credential counts against the address', async t => {
  const { call } = await startApp(t, { env: trusting });
  const { count } = await letThrough(
    () => call('GET', '/api/users', { token: 'made-up', headers: forwarded('203.0.113.3') }),
    200,
  );
  t.equal(count, 200);
});

test('a user or key has a limit of its own, wherever it comes from', async t => {
  const { call, signIn } = await startApp(t, {
    env: { ...trusting, RATE_LIMIT_PER_MINUTE: '20', API_KEY: 'an-api-key-of-the-test' },
  });
  const token = await signIn();
  const { count, answer } = await letThrough(() => call('GET', '/api/auth/me', { token }), 20);
  t.equal(count, 20);
  t.equal(answer.headers.get('x-ratelimit-limit'), '20');
  t.equal((await call('GET', '/api/auth/me', { token, headers: forwarded('203.0.113.4') })).status, 429);
  const other = await call('GET', '/api/auth/me', { token: 'an-api-key-of-the-test' });
  t.equal(other.status, 200);
  t.equal(other.headers.get('x-ratelimit-remaining'), '19', 'answers say what is left');
});

test('10 sign-ins a minute for an account from an address', async t => {
  const { call, admin, signIn } = await startApp(t, { env: trusting });
  const login = (email: string, ip: string) => () =>
    call('POST', '/api/auth/login', { body: { email, password: 'wrong-password' }, headers: forwarded(ip) });
  t.equal((await letThrough(login(admin.email, '203.0.113.5'), 10)).count, 10);
  t.equal(
    (await login(admin.email.toUpperCase(), '203.0.113.5')()).status,
    429,
    'written otherwise it is the same account',
  );
  t.equal((await login('other@parley.example', '203.0.113.5')()).status, 401);
  t.type(await signIn(), 'string', 'from elsewhere the account still gets in');
});

test('health, metrics and the dashboard have no limit', async t => {
  const { call } = await startApp(t, { env: trusting });
  for (let count = 0; count < 250; count++) {
    const answer = await call('GET', '/healthz', { headers: forwarded('203.0.113.6') });
    if (answer.status !== 200) t.fail(`answered ${answer.status}`);
  }
  t.equal((await call('GET', '/metrics', { headers: forwarded('203.0.113.6') })).status, 200);
});

test('a vendor is never held back, its impostors are', async t => {
  const { call } = await startApp(t, {
    env: trusting,
    routes: app => {
      app.post('/webhooks/test', { config: { access: 'sender-verified' } }, async (request, reply) => {
        if (request.headers['x-signature'] === 'right') return { ok: true };
        await app.rateLimits.failedVerification(request, reply);
        throw new AppError('SIGNATURE_INVALID', 'The signature does not match.');
      });
    },
  });
  const send = (signature: string) => () =>
    call('POST', '/webhooks/test', { body: {}, headers: { ...forwarded('203.0.113.8'), 'x-signature': signature } });
  for (let count = 0; count < 300; count++) {
    const answer = await send('right')();
    if (answer.status !== 200) t.fail(`answered ${answer.status}`);
  }
  t.equal((await letThrough(send('wrong'), 200)).count, 200);
  t.equal((await send('right')()).status, 200, 'still served from the same address');
});

test('with Redis all processes count together, and without it for a moment nobody is refused', {
  skip: redisMissing,
}, async t => {
  const redis = await startRedis(t);
  const env = { ...trusting, REDIS_URL: redis.url };
  const [one, two] = [await startApp(t, { env }), await startApp(t, { env })];
  let turn = 0;
  const ask = () => (turn++ % 2 ? one : two).call('GET', '/api/openapi.json', { headers: forwarded('203.0.113.9') });
  t.equal((await letThrough(ask, 200)).count, 200);
  const token = await one.signIn();
  t.match((await one.call('GET', '/health/ready', { token })).body, {
    status: 'ready',
    dependencies: [{ name: 'redis', state: 'up' }, { name: 'store' }],
  });
  await redis.kill();
  t.match(await one.call('GET', '/health/ready', { token }), {
    status: 200,
    body: { dependencies: [{ name: 'redis', state: 'degraded' }, {}] },
  });
  t.equal((await ask()).status, 200);
});
