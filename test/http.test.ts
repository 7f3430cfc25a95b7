import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import t, { test } from 'tap';
import { AppError } from '../src/errors.ts';
import { startApp } from './helpers/app.ts';

const page = '<!doctype html><title>Parley</title>';
const dashboardRoot = t.testdir({ 'index.html': page, assets: { 'app-1a2b.js': 'export {}' } });

test('the one error shape, whatever goes wrong', async t => {
  const { call, signIn, url } = await startApp(t);
  const token = await signIn();
  const users = { token, headers: { 'content-type': 'application/json' } };
  const cases: [what: string, status: number, code: string, answer: ReturnType<typeof call>][] = [
    ['unknown address', 404, 'ROUTE_NOT_FOUND', call('GET', '/api/nothing', { token })],
    ['unknown address elsewhere', 404, 'ROUTE_NOT_FOUND', call('GET', '/nothing')],
    ['wrong method', 405, 'METHOD_NOT_ALLOWED', call('DELETE', '/api/users', { token })],
    [
      'wrong content type',
      415,
      'UNSUPPORTED_MEDIA_TYPE',
      call('POST', '/api/users', { token, body: '<a/>', headers: { 'content-type': 'text/xml' } }),
    ],
    ['invalid JSON', 400, 'INVALID_JSON', call('POST', '/api/users', { ...users, body: '{"email":' })],
    ['empty JSON', 400, 'INVALID_JSON', call('POST', '/api/users', users)],
    [
      'prototype keys',
      400,
      'INVALID_JSON',
      call('POST', '/api/users', { ...users, body: '{"__proto__":{"role":"admin"}}' }),
    ],
    [
      'too large',
      413,
      'PAYLOAD_TOO_LARGE',
      call('POST', '/api/users', { token, body: { email: 'x'.repeat(1_100_000) } }),
    ],
    [
      'a missing field',
      400,
      'VALIDATION_FAILED',
      call('POST', '/api/users', { token, body: { email: 'a@example.com' } }),
    ],
    [
      'an unknown field',
      400,
      'VALIDATION_FAILED',
      call('POST', '/api/users', { token, body: { email: 'a@example.com', role: 'viewer', rolle: 1 } }),
    ],
    [
      'another type',
      400,
      'VALIDATION_FAILED',
      call('POST', '/api/users', { token, body: { email: 5, role: 'viewer' } }),
    ],
    ['a page too long', 400, 'VALIDATION_FAILED', call('GET', '/api/users?limit=201', { token })],
    ['a forged cursor', 400, 'CURSOR_INVALID', call('GET', '/api/users?cursor=abc', { token })],
    ['an operator in a filter', 400, 'VALIDATION_FAILED', call('GET', '/api/audit?action[$gt]=', { token })],
    ['a filter twice', 400, 'VALIDATION_FAILED', call('GET', '/api/audit?action=a&action=b', { token })],
    [
      'an id that is none',
      400,
      'VALIDATION_FAILED',
      call('PATCH', '/api/users/1', { token, body: { disabled: true } }),
    ],
    ['a path that is none', 400, 'BAD_REQUEST', call('GET', '/%ff')],
    ['no credential', 401, 'AUTH_REQUIRED', call('GET', '/api/users')],
    ['a made-up credential', 401, 'AUTH_INVALID', call('GET', '/api/users', { token: 'nonsense' })],
    ['no bearer', 401, 'AUTH_INVALID', call('GET', '/api/users', { headers: { authorization: 'Basic eDp5' } })],
  ];
  for (const [what, status, code, pending] of cases) {
    const answer = await pending;
    t.equal(answer.status, status, what);
    t.match(answer.body, { error: { code, message: /\S/, requestId: answer.headers.get('x-request-id') } }, what);
    t.same(Object.keys(answer.body), ['error'], what);
    t.notMatch(JSON.stringify(answer.body), /node_modules|mongo|Error:|\\n +at /i, what);
  }
  t.match((await call('DELETE', '/api/users', { token })).headers.get('allow'), /GET/);
  t.match((await call('GET', '/api/users')).headers.get('www-authenticate'), 'Bearer');
  t.match(await rawRequest(url, 'NONSENSE\r\n\r\n'), /^HTTP\/1\.1 400/);
});

test('a field that is wrong is named, with what to do', async t => {
  const { call, signIn } = await startApp(t);
  const token = await signIn();
  const { body } = await call('POST', '/api/users', { token, body: { email: 'no-address', role: 'boss', extra: 1 } });
  const fields = body.error.details.map((each: { field: string }) => each.field).sort();
  t.same(fields, ['email', 'extra', 'role']);
  t.match(JSON.stringify(body), /must be one of admin, manager, supervisor, viewer/);
});

test('our own failures say nothing of their insides', async t => {
  const { call, log } = await startApp(t, {
    routes: app => {
      app.get('/api/broken', { config: { access: 'public' } }, () => {
        throw new Error('connect ECONNREFUSED 10.1.2.3 mongodb://u:hunter22@db'); // allow-secret: invented
      });
      app.get('/api/vendor', { config: { access: 'public' } }, () => {
        throw new AppError('STORE_UNAVAILABLE', 'The store does not answer; try again in a moment.', {
          cause: new Error('inner'),
        });
      });
    },
  });
  const broken = await call('GET', '/api/broken');
  t.match(broken, { status: 500, body: { error: { code: 'INTERNAL' } } });
  t.notMatch(JSON.stringify(broken.body), /ECONNREFUSED|hunter22|stack/);
  t.match((await call('GET', '/api/vendor')).body, { error: { code: 'STORE_UNAVAILABLE' } });
  const failures = log.filter(line => line.includes('request failed'));
  t.equal(failures.length, 2, 'each is logged once');
  t.match(failures[0], broken.body.error.requestId, 'with the id the client has');
  t.notMatch(failures.join(''), 'hunter22');
});

test('request ids come in and go out, unless they are not harmless', async t => {
  const { call } = await startApp(t);
  const kept = await call('GET', '/healthz', { headers: { 'x-request-id': 'client-id-0001' } });
  t.equal(kept.headers.get('x-request-id'), 'client-id-0001');
  for (const bad of ['x', 'a b c d e f g h', 'x'.repeat(65), '{"a":1}......']) {
    const { headers } = await call('GET', '/healthz', { headers: { 'x-request-id': bad } });
    t.match(headers.get('x-request-id'), /^[0-9a-f-]{36}$/);
  }
});

test('health, readiness and metrics', async t => {
  const { call, app, signIn } = await startApp(t);
  for (const path of ['/health', '/healthz']) {
    t.match(await call('GET', path), {
      status: 200,
      body: { status: 'ok', version: '0.0.0-test', uptimeSeconds: Number, at: /^\d{4}-/ },
    });
  }
  t.same((await call('GET', '/health/ready')).body, { status: 'ready' }, 'strangers learn no details');
  const told = await call('GET', '/health/ready', { token: await signIn() });
  t.match(told.body.dependencies, [{ name: 'store', state: 'up', critical: true, latencyMs: Number }]);
  const metrics = await call('GET', '/metrics');
  t.equal(metrics.status, 200, 'open while the sandbox is on');
  t.match(metrics.body, /parley_http_request_seconds_bucket\{.*route="\/healthz"/);
  t.match(metrics.body, /nodejs_eventloop_lag/);

  app.operations.dependencies.register({
    name: 'broken',
    critical: true,
    check: () => Promise.reject(new Error('secret place')),
  });
  t.match(await call('GET', '/health/ready'), { status: 503, body: { status: 'unready' } });
  t.equal((await call('GET', '/healthz')).status, 200, 'alive all the same');
});

test('a draining server says so, and still serves', async t => {
  const { call, app, signIn } = await startApp(t);
  const token = await signIn();
  let end = () => {};
  const ended = new Promise<void>(resolve => {
    end = resolve;
  });
  app.operations.drain.hold({ name: 'exports', count: () => 1, settled: () => ended });
  const drained = app.operations.drain.begin(60_000);
  t.match(await call('GET', '/health/ready'), { status: 503, body: { status: 'draining' } });
  const { body } = await call('GET', '/api/admin/system', { token });
  t.equal(body.drain.state, 'draining');
  t.match(
    body.drain.live.find((each: { name: string }) => each.name === 'exports'),
    { count: 1 },
  );
  end();
  t.equal(await drained, true);
});

test('metrics with a real carrier take the token or the scope', async t => {
  const env = {
    TWILIO_ACCOUNT_SID: `AC${'0'.repeat(32)}`,
    TWILIO_AUTH_TOKEN: 'f'.repeat(32),
    ELEVENLABS_API_KEY: 'invented-key',
    SERVER_URL: 'https://calls.example.com',
    METRICS_TOKEN: 'a-token-of-the-scraper',
  };
  const { call, signIn } = await startApp(t, { env });
  t.equal((await call('GET', '/metrics')).status, 401);
  t.equal((await call('GET', '/metrics', { token: 'wrong-token' })).status, 401);
  t.equal((await call('GET', '/metrics', { token: env.METRICS_TOKEN })).status, 200);
  t.equal((await call('GET', '/api/users', { token: env.METRICS_TOKEN })).status, 403, 'and reads nothing else');
  t.equal((await call('GET', '/metrics', { token: await signIn() })).status, 200);
});

test('what operators see and turn', async t => {
  const { call, signIn, app } = await startApp(t);
  const token = await signIn();
  t.match((await call('GET', '/api/admin/system', { token })).body, {
    version: '0.0.0-test',
    node: process.version,
    memory: { rssBytes: Number },
    eventLoop: { p99Ms: Number },
    sandbox: { carrier: 'sandbox', agent: 'sandbox' },
    logLevel: 'info',
  });
  t.match(await call('PATCH', '/api/admin/system', { token, body: { logLevel: 'debug' } }), {
    status: 200,
    body: { logLevel: 'debug' },
  });
  t.equal(app.operations.logging.level(), 'debug');
  t.match((await call('GET', '/api/admin/capacity', { token })).body, {
    calls: { taken: 0, keptForInbound: 1 },
    engines: [{ engine: 'elevenlabs', taken: 0, limit: null, until: null }],
    here: { calls: 0, memoryBytes: Number, delayLimitMs: Number },
  });
  const { kept } = (await call('GET', '/api/admin/retention', { token })).body;
  t.match(kept[0], { what: 'recordings', days: 30, setting: 'RETENTION_DAYS' });
  t.same(
    kept.filter(({ days }: { days: number | null }) => days === null).map(({ what }: { what: string }) => what),
    ['calls', 'contacts', 'suppressions', 'audit'],
    'what goes by itself says when',
  );
  t.match((await call('GET', '/api/audit?action=system.log-level', { token })).body.items, [
    { action: 'system.log-level', actor: { kind: 'user' }, before: { logLevel: 'info' }, after: { logLevel: 'debug' } },
  ]);
  t.match((await call('GET', '/api/status', { token })).body, { version: '0.0.0-test', ready: true });
});

test('what only a person can mend is told to whoever may read of it', async t => {
  const { call, signIn, app } = await startApp(t);
  const token = await signIn();
  const alerts = async (as: string) => (await call('GET', '/api/alerts', { token: as })).body;
  t.same(await alerts(token), { items: [], omitted: 0 }, 'a fresh installation needs nobody');
  t.equal((await call('GET', '/api/alerts')).status, 401);

  const viewer = { email: 'viewer@parley.example', password: 'a sentence nobody guesses' };
  await call('POST', '/api/users', { token, body: { ...viewer, role: 'viewer' } });
  const remedy = 'Plug it in.';
  app.operations.dependencies.register({
    name: 'lamp',
    critical: false,
    check: () => ({ state: 'down', detail: 'the lamp is dark', remedy }),
  });
  const campaign = { name: 'Spring reminders', contentClass: 'informational' };
  const { body } = await call('POST', '/api/campaigns', { token, body: campaign });
  const told = new Promise(resolve => app.operations.events.on('alerts.changed', resolve));
  const message = 'Calls failed again and again; mend the cause and resume it.';
  await app.campaigns.fail(body.campaign.id, { code: 'breaker', message });
  await told;
  const { killSwitch } = (await call('PUT', '/api/admin/kill-switch', { token, body: { on: true } })).body;

  const seen = [
    { id: 'dependency:lamp', level: 'urgent', sentence: 'The lamp is dark.', remedy, link: { kind: 'health' } },
    { id: `campaign:${body.campaign.id}`, remedy: 'Mend the cause and resume it.', link: { id: body.campaign.id } },
    { id: 'calling-stopped', since: killSwitch.since },
  ];
  const byId = (one: { id: string }, other: { id: string }) => (one.id < other.id ? -1 : 1);
  const { items } = await alerts(token);
  t.match(items.toSorted(byId), seen.toSorted(byId));
  const theirs = (await alerts(await signIn(viewer.email, viewer.password))).items;
  t.same(
    theirs.map(({ id }: { id: string }) => id).sort(),
    ['calling-stopped', `campaign:${body.campaign.id}`],
    'a viewer is not told of dependencies',
  );
  await call('PUT', '/api/admin/kill-switch', { token, body: { on: false } });
  t.equal((await alerts(token)).items.length, 2, 'what is mended is gone with the next question');
});

test('security headers', async t => {
  const { call } = await startApp(t);
  const { headers } = await call('GET', '/healthz');
  t.match(headers.get('content-security-policy'), /default-src 'self';script-src 'self';style-src 'self'/);
  t.notMatch(headers.get('content-security-policy'), /unsafe/);
  t.equal(headers.get('x-content-type-options'), 'nosniff');
  t.equal(headers.get('strict-transport-security'), null, 'not on a laptop');
  const production = await startApp(t, {
    env: { NODE_ENV: 'production', JWT_SECRET: 'x'.repeat(40), HOST: '127.0.0.1' },
  });
  t.match((await production.call('GET', '/healthz')).headers.get('strict-transport-security'), /max-age=\d{8}/);
});

test('CORS names exact origins and reflects nobody', async t => {
  const { call } = await startApp(t, { env: { CORS_ORIGINS: 'https://desk.example.com' } });
  const ask = async (origin: string) =>
    (await call('GET', '/healthz', { headers: { origin } })).headers.get('access-control-allow-origin');
  t.equal(await ask('https://desk.example.com'), 'https://desk.example.com');
  t.equal(await ask('https://evil.example.com'), null);
  t.equal(await ask('https://desk.example.com.evil.example'), null);
  const without = await startApp(t);
  t.equal(
    (await without.call('GET', '/healthz', { headers: { origin: 'https://desk.example.com' } })).headers.get(
      'access-control-allow-origin',
    ),
    null,
  );
});

test('forwarding headers are believed of trusted proxies alone', async t => {
  const ipOf = async (TRUST_PROXY: string) => {
    const { call } = await startApp(t, {
      env: { TRUST_PROXY },
      routes: app =>
        void app.get('/api/ip', { config: { access: 'public' } }, async request => ({
          ip: request.ip,
          protocol: request.protocol,
        })),
    });
    return (
      await call('GET', '/api/ip', { headers: { 'x-forwarded-for': '203.0.113.7', 'x-forwarded-proto': 'https' } })
    ).body;
  };
  t.same(await ipOf('none'), { ip: '127.0.0.1', protocol: 'http' });
  t.same(await ipOf('10.0.0.0/8'), { ip: '127.0.0.1', protocol: 'http' });
  t.same(await ipOf('127.0.0.0/8'), { ip: '203.0.113.7', protocol: 'https' });
  t.same(await ipOf('1'), { ip: '203.0.113.7', protocol: 'https' });
});

test('the dashboard is served for pages, never for programs', async t => {
  const { call, url } = await startApp(t, { dashboardRoot });
  const html = { headers: { accept: 'text/html' } };
  for (const path of ['/', '/calls', '/settings/users?tab=a']) {
    t.match(await call('GET', path, html), { status: 200, body: page });
  }
  for (const path of ['/api/x', '/health/x', '/webhooks/x', '/tools/x', '/metrics/x', '/api']) {
    t.match(await call('GET', path, html), { status: 404, body: { error: { code: 'ROUTE_NOT_FOUND' } } });
  }
  t.match(await call('GET', '/socket.io/x', html), { status: 400, body: { message: 'Transport unknown' } });
  t.equal((await call('GET', '/calls')).status, 404, 'a program that asks for JSON gets the error');
  t.equal((await call('POST', '/calls', { body: {}, ...html })).status, 404);
  t.match((await call('GET', '/assets/app-1a2b.js')).headers.get('cache-control'), /immutable/);
  t.equal((await call('GET', '/')).headers.get('cache-control'), 'no-cache');
  t.match(
    await rawRequest(url, 'GET /../../package.json HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'),
    /^HTTP\/1\.1 40[04]/,
  );
});

test('OpenAPI 3.1 describes every API route', async t => {
  const { call, app } = await startApp(t);
  const { body } = await call('GET', '/api/openapi.json');
  t.equal(body.openapi, '3.1.0');
  const described = Object.keys(body.paths);
  for (const path of [
    '/api/auth/login',
    '/api/users',
    '/api/users/{id}',
    '/api/audit',
    '/api/admin/system',
    '/health/ready',
  ])
    t.ok(described.includes(path), path);
  t.match((await call('GET', '/api/docs', { headers: { accept: 'text/html' } })).status, 200);
  t.ok(app.hasRoute({ method: 'GET', url: '/api/openapi.json' }));
});

/** Bytes as they are, for what no HTTP client would send. */
function rawRequest(url: string, text: string): Promise<string> {
  const { port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), '127.0.0.1', () => socket.write(text));
    let answer = '';
    socket.on('data', bytes => {
      answer += bytes;
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}

t.test('a folder without a built dashboard is no reason to fail', async t => {
  mkdirSync(join(dashboardRoot, 'empty'));
  writeFileSync(join(dashboardRoot, 'empty', 'x'), '');
  const { call } = await startApp(t, { dashboardRoot: join(dashboardRoot, 'empty') });
  t.equal((await call('GET', '/', { headers: { accept: 'text/html' } })).status, 404);
});
