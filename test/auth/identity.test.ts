import { test } from 'tap';
import { type Answer, startApp, type TestApp } from '../helpers/app.ts';

const day = 86_400_000;

/** A clock of the test's own. It starts now: what lies in the past already is removed by the store's own expiry. */
function clock(start = Date.now()) {
  let now = start;
  return {
    now: () => new Date(now),
    pass: (ms: number) => {
      now += ms;
    },
  };
}

const cookieOf = (answer: Answer): string => answer.headers.get('set-cookie')?.split(';', 1)[0] ?? '';
const refresh = (app: TestApp, cookie: string, headers: Record<string, string> = {}) =>
  app.call('POST', '/api/auth/refresh', { headers: { cookie, ...headers } });
const login = (app: TestApp, { email, password } = app.admin) =>
  app.call('POST', '/api/auth/login', { body: { email, password } });

test('signing in', async t => {
  const app = await startApp(t);
  const answer = await login(app);
  t.match(answer, {
    status: 200,
    body: { accessToken: String, expiresIn: 900, user: { email: app.admin.email, role: 'admin' } },
  });
  t.ok(answer.body.user.permissions.includes('users:write'));
  const cookie = answer.headers.get('set-cookie');
  t.match(cookie, /^parley_refresh=[^;]+; .*Path=\/api\/auth; .*HttpOnly; SameSite=Strict$/);
  t.notMatch(cookie, /Secure/, 'on loopback a browser could not send it back');
  t.equal(answer.headers.get('cache-control'), 'no-store');
  t.match((await app.call('GET', '/api/auth/me', { token: answer.body.accessToken })).body, {
    user: { email: app.admin.email },
  });
  t.match(await login(app, { email: ` ${app.admin.email.toUpperCase()}`.trim(), password: app.admin.password }), {
    status: 200,
  });
});

test('behind a proxy with https the cookie is secure and obeys the path prefix', async t => {
  const app = await startApp(t, { env: { SERVER_URL: 'https://calls.example.com/voice' } });
  const answer = await app.app.inject({
    method: 'POST',
    url: '/api/auth/login',
    headers: { host: 'calls.example.com', origin: 'https://calls.example.com' },
    payload: { email: app.admin.email, password: app.admin.password },
  });
  t.match(answer.headers['set-cookie'], /Path=\/voice\/api\/auth;.*Secure/);
});

test('a wrong password, an unknown and a disabled account get the same answer', async t => {
  const app = await startApp(t);
  const token = await app.signIn();
  const { body } = await app.call('POST', '/api/users', { token, body: { email: 'off@example.com', role: 'viewer' } });
  await app.call('PATCH', `/api/users/${body.user.id}`, { token, body: { disabled: true } });
  const answers = await Promise.all([
    login(app, { email: app.admin.email, password: 'not the password' }),
    login(app, { email: 'nobody@example.com', password: 'not the password' }),
    login(app, { email: 'off@example.com', password: body.password }),
  ]);
  for (const answer of answers) {
    t.match(answer, {
      status: 401,
      body: { error: { code: 'SIGN_IN_FAILED', message: 'E-mail and password do not match.' } },
    });
    t.equal(answer.headers.get('set-cookie'), null);
  }
});

test('refresh tokens rotate, and using an old one ends the whole session', async t => {
  const app = await startApp(t);
  const first = await login(app);
  const second = await refresh(app, cookieOf(first));
  t.equal(second.status, 200);
  t.not(cookieOf(second), cookieOf(first));
  const third = await refresh(app, cookieOf(second));
  t.equal(third.status, 200);

  const reuse = await refresh(app, cookieOf(first));
  t.match(reuse, { status: 401, body: { error: { code: 'AUTH_INVALID' } } });
  t.match(reuse.headers.get('set-cookie'), /parley_refresh=;/);
  t.equal((await refresh(app, cookieOf(third))).status, 401, 'the newest is gone as well');
  t.equal(
    (await app.call('GET', '/api/auth/me', { token: third.body.accessToken })).status,
    401,
    'and its access token',
  );
});

test('of two refreshes with one token at once, one gets through', async t => {
  const app = await startApp(t);
  const cookie = cookieOf(await login(app));
  const statuses = (await Promise.all([refresh(app, cookie), refresh(app, cookie)]))
    .map(answer => answer.status)
    .sort();
  t.same(statuses, [200, 401]);
});

test('made-up, foreign and missing refresh tokens are refused', async t => {
  const app = await startApp(t);
  for (const token of ['', 'x', `${'0'.repeat(24)}.${'a'.repeat(43)}`, 'a'.repeat(5000)]) {
    t.equal((await refresh(app, `parley_refresh=${token}`)).status, 401);
  }
  const cookie = cookieOf(await login(app));
  t.match(await refresh(app, cookie, { origin: 'https://evil.example.com' }), {
    status: 403,
    body: { error: { code: 'ORIGIN_REFUSED' } },
  });
  t.equal((await refresh(app, cookie, { origin: app.url })).status, 200, 'refusing it left the session alone');
});

test('sessions end: unused after 14 days, in any case after 90', async t => {
  const { now, pass } = clock();
  const app = await startApp(t, { now });
  let cookie = cookieOf(await login(app));
  for (let days = 0; days < 84; days += 12) {
    pass(12 * day);
    const answer = await refresh(app, cookie);
    t.equal(answer.status, 200, `after ${days + 12} days of use`);
    cookie = cookieOf(answer);
  }
  pass(7 * day);
  t.equal((await refresh(app, cookie)).status, 401, 'after 91 days');
  const idle = cookieOf(await login(app));
  pass(14 * day + 1);
  t.equal((await refresh(app, idle)).status, 401, 'after 14 days unused');
});

test('an access token is good for 15 minutes', async t => {
  const { now, pass } = clock();
  const app = await startApp(t, { now });
  const token = await app.signIn();
  pass(899_000);
  t.equal((await app.call('GET', '/api/auth/me', { token })).status, 200);
  pass(2000);
  t.equal((await app.call('GET', '/api/auth/me', { token })).status, 401);
});

test('signing out ends this session, or all of them', async t => {
  const app = await startApp(t);
  const [one, two, three] = [await login(app), await login(app), await login(app)];
  const out = await app.call('POST', '/api/auth/logout', { headers: { cookie: cookieOf(one) } });
  t.equal(out.status, 204);
  t.match(out.headers.get('set-cookie'), /parley_refresh=;/);
  t.equal((await app.call('GET', '/api/auth/me', { token: one.body.accessToken })).status, 401);
  t.equal((await app.call('GET', '/api/auth/me', { token: two.body.accessToken })).status, 200);
  await app.call('POST', '/api/auth/logout', { token: two.body.accessToken, body: { everywhere: true } });
  for (const { body } of [two, three])
    t.equal((await app.call('GET', '/api/auth/me', { token: body.accessToken })).status, 401);
  t.equal((await refresh(app, cookieOf(three))).status, 401);
  t.equal((await app.call('POST', '/api/auth/logout')).status, 204, 'signing out twice is no error');
  const admin = await app.signIn();
  const { items } = (await app.call('GET', '/api/audit?action=auth.logout', { token: admin })).body;
  t.equal(items.length, 2, 'and leaves nothing in the audit log');
});

test('changing my password ends my other sessions and needs the current one', async t => {
  const app = await startApp(t);
  const [here, there] = [await login(app), await login(app)];
  const change = (currentPassword: string, newPassword: string) =>
    app.call('POST', '/api/auth/password', { token: here.body.accessToken, body: { currentPassword, newPassword } });
  t.match(await change('wrong', 'a-new-password-1'), {
    status: 400,
    body: { error: { details: [{ field: 'currentPassword' }] } },
  });
  t.match(await change(app.admin.password, 'short'), {
    status: 400,
    body: { error: { details: [{ field: 'newPassword' }] } },
  });
  t.equal((await change(app.admin.password, 'a-new-password-1')).status, 200);
  t.equal((await app.call('GET', '/api/auth/me', { token: here.body.accessToken })).status, 200, 'this one goes on');
  t.equal((await app.call('GET', '/api/auth/me', { token: there.body.accessToken })).status, 401);
  t.equal((await login(app)).status, 401);
  t.equal((await login(app, { email: app.admin.email, password: 'a-new-password-1' })).status, 200);
});

test('users: add, change, switch off', async t => {
  const app = await startApp(t);
  const token = await app.signIn();
  const made = await app.call('POST', '/api/users', {
    token,
    body: { email: 'Dana.Weiss@Example.com', role: 'supervisor' },
  });
  t.match(made, {
    status: 201,
    body: { user: { email: 'dana.weiss@example.com', role: 'supervisor', disabled: false }, password: /^[\w-]{20,}$/ },
  });
  const dana = await app.signIn('dana.weiss@example.com', made.body.password);
  t.match(await app.call('POST', '/api/users', { token, body: { email: 'dana.weiss@example.com', role: 'viewer' } }), {
    status: 409,
    body: { error: { details: [{ field: 'email' }] } },
  });

  t.equal((await app.call('GET', '/api/users', { token: dana })).status, 403);
  await app.call('PATCH', `/api/users/${made.body.user.id}`, { token, body: { role: 'admin' } });
  t.equal((await app.call('GET', '/api/users', { token: dana })).status, 200, 'a new role holds with the next request');
  await app.call('PATCH', `/api/users/${made.body.user.id}`, { token, body: { disabled: true } });
  t.equal((await app.call('GET', '/api/auth/me', { token: dana })).status, 401, 'switched off at once');
  t.equal((await app.call('PATCH', `/api/users/${'0'.repeat(24)}`, { token, body: { disabled: true } })).status, 404);
  const { items } = (await app.call('GET', '/api/users', { token })).body;
  t.same(
    items.map((user: { email: string }) => user.email),
    ['dana.weiss@example.com', app.admin.email],
  );
  t.notMatch(JSON.stringify(items), /hash|scrypt/i);
  const byName = await app.call('GET', '/api/users?sort=email&fields=email,role', { token });
  t.same(byName.body.items, [
    { email: app.admin.email, role: 'admin' },
    { email: 'dana.weiss@example.com', role: 'admin' },
  ]);
  t.match(await app.call('GET', '/api/users?fields=passwordHash', { token }), {
    status: 400,
    body: { error: { details: [{ field: 'fields' }] } },
  });
  t.match(await app.call('GET', '/api/users?sort=passwordHash', { token }), {
    status: 400,
    body: { error: { details: [{ field: 'sort' }] } },
  });
});

test('the last administrator cannot be lost', async t => {
  const app = await startApp(t);
  const token = await app.signIn();
  const { id } = (await app.call('GET', '/api/auth/me', { token })).body.user;
  for (const body of [{ role: 'viewer' }, { disabled: true }]) {
    t.match(await app.call('PATCH', `/api/users/${id}`, { token, body }), {
      status: 409,
      body: { error: { code: 'CONFLICT' } },
    });
  }
  t.match((await app.call('GET', '/api/users', { token })).body.items, [{ role: 'admin', disabled: false }]);
});

test('API keys act for their maker, within their scopes', async t => {
  const { now, pass } = clock();
  const app = await startApp(t, { now });
  const admin = await app.signIn();
  const manager = (
    await app.call('POST', '/api/users', { token: admin, body: { email: 'm@example.com', role: 'manager' } })
  ).body;
  const token = await app.signIn('m@example.com', manager.password);
  const make = (as: string, body: Record<string, unknown>) =>
    app.call('POST', '/api/api-keys', { token: as, body: { name: 'sync', ...body } });

  t.match(await make(token, { scopes: ['users:read'] }), {
    status: 403,
    body: { error: { details: { scopes: ['users:read'] } } },
  });
  t.equal((await make(token, { scopes: [] })).status, 400);
  t.equal((await make(token, { scopes: ['everything'] })).status, 400);
  t.equal((await make(token, { scopes: ['api-keys:read'], expiresAt: now().toISOString() })).status, 400);
  const made = await make(token, {
    scopes: ['api-keys:read', 'api-keys:write'],
    expiresAt: new Date(now().getTime() + day).toISOString(),
  });
  t.match(made, {
    status: 201,
    body: { secret: /^plk_[\w-]{49}$/, apiKey: { prefix: /^plk_/, createdBy: 'm@example.com', lastUsedAt: null } },
  });
  const key = made.body.secret;

  const list = await app.call('GET', '/api/api-keys', { token: key });
  t.equal(list.status, 200);
  t.notMatch(JSON.stringify(list.body), key.slice(12));
  t.match(list.body.items, [{ lastUsedAt: now().toISOString() }]);
  t.equal((await app.call('GET', '/api/users', { token: key })).status, 403);
  t.equal(
    (
      await app.call('POST', '/api/auth/password', {
        token: key,
        body: { currentPassword: 'x', newPassword: 'y'.repeat(12) },
      })
    ).status,
    403,
  );
  const child = await make(key, { scopes: ['api-keys:read'] });
  t.equal(child.status, 201, 'a key may make a lesser one');

  await app.call('PATCH', `/api/users/${manager.user.id}`, { token: admin, body: { role: 'viewer' } });
  t.equal((await app.call('GET', '/api/api-keys', { token: key })).status, 403, 'what its maker loses, it loses');
  await app.call('PATCH', `/api/users/${manager.user.id}`, { token: admin, body: { role: 'manager' } });
  pass(day + 1);
  t.equal((await app.call('GET', '/api/api-keys', { token: key })).status, 401, 'expired');
  const freshAdmin = await app.signIn();
  t.match(await app.call('DELETE', `/api/api-keys/${child.body.apiKey.id}`, { token: freshAdmin }), {
    status: 200,
    body: { apiKey: { revokedAt: String } },
  });
  t.equal((await app.call('GET', '/api/api-keys', { token: child.body.secret })).status, 401, 'revoked');
  const mistyped = `${child.body.secret.slice(0, -1)}${child.body.secret.endsWith('a') ? 'b' : 'a'}`;
  t.equal((await app.call('GET', '/api/api-keys', { token: mistyped })).status, 401);
});

test('keys of a person who was switched off are dead', async t => {
  const app = await startApp(t);
  const admin = await app.signIn();
  const { user, password } = (
    await app.call('POST', '/api/users', { token: admin, body: { email: 'm@example.com', role: 'manager' } })
  ).body;
  const token = await app.signIn('m@example.com', password);
  const { secret } = (
    await app.call('POST', '/api/api-keys', { token, body: { name: 'sync', scopes: ['api-keys:read'] } })
  ).body;
  t.equal((await app.call('GET', '/api/api-keys', { token: secret })).status, 200);
  await app.call('PATCH', `/api/users/${user.id}`, { token: admin, body: { disabled: true } });
  t.equal((await app.call('GET', '/api/api-keys', { token: secret })).status, 401);
});

test('secrets change while people stay signed in', async t => {
  const secrets = { old: 'o'.repeat(40), next: 'n'.repeat(40) };
  const before = await startApp(t, { env: { JWT_SECRET: secrets.old } });
  const signedIn = await login(before);
  const { MONGODB_URI } = before.app.operations.config;
  const after = await startApp(t, { env: { MONGODB_URI, JWT_SECRET: secrets.next, JWT_SECRET_PREVIOUS: secrets.old } });
  t.equal((await after.call('GET', '/api/auth/me', { token: signedIn.body.accessToken })).status, 200);
  const renewed = await refresh(after, cookieOf(signedIn));
  t.equal(renewed.status, 200);
  const later = await startApp(t, { env: { MONGODB_URI, JWT_SECRET: secrets.next } });
  t.equal((await later.call('GET', '/api/auth/me', { token: renewed.body.accessToken })).status, 200);
  t.equal((await later.call('GET', '/api/auth/me', { token: signedIn.body.accessToken })).status, 401);
});

test('the first administrator is made once, and its password told only when made here', async t => {
  const first = await startApp(t, { env: { ADMIN_PASSWORD: '' } });
  const { email, password } = first.app.firstAdministrator;
  t.match(password, /^[\w-]{20,}$/);
  t.type(await first.signIn(email, password!), 'string');
  const again = await startApp(t, {
    env: { MONGODB_URI: first.app.operations.config.MONGODB_URI, ADMIN_PASSWORD: 'another-password-1' },
  });
  t.equal(again.app.firstAdministrator.password, undefined);
  t.equal(
    (await login(again, { email, password: 'another-password-1' })).status,
    401,
    'ADMIN_PASSWORD counts only when the user is made',
  );
  t.type(await again.signIn(email, password!), 'string');
});

test('two processes that start first together make one administrator', async t => {
  const { MONGODB_URI } = (await startApp(t)).app.operations.config;
  const fresh = `${MONGODB_URI}x`.replace(/app_(\w+)/, 'app_$1');
  const both = await Promise.all([1, 2].map(() => startApp(t, { env: { MONGODB_URI: fresh, ADMIN_PASSWORD: '' } })));
  const passwords = both.map(({ app }) => app.firstAdministrator.password).filter(each => each !== undefined);
  t.equal(passwords.length, 1);
});

test('every change leaves an entry in the audit log, reads leave none', async t => {
  const app = await startApp(t);
  const token = await app.signIn();
  const { body } = await app.call('POST', '/api/users', {
    token,
    body: { email: 'v@example.com', role: 'viewer', password: 'a-password-of-v' },
  });
  await app.call('PATCH', `/api/users/${body.user.id}`, {
    token,
    body: { role: 'manager', password: 'another-password' },
  });
  await app.call('POST', '/api/users', { token, body: { email: 'v@example.com', role: 'viewer' } });
  await app.call('GET', '/api/users', { token });
  const { items } = (await app.call('GET', '/api/audit', { token })).body;
  t.match(items, [
    {
      action: 'user.change',
      target: { type: 'user', id: body.user.id },
      before: { role: 'viewer' },
      after: { role: 'manager', passwordChanged: true },
    },
    {
      action: 'user.create',
      actor: { kind: 'user', label: app.admin.email },
      after: { role: 'viewer' },
      ip: '127.0.0.1',
      requestId: String,
    },
    { action: 'auth.login', actor: { label: app.admin.email } },
  ]);
  t.equal(items.length, 3, 'what failed changed nothing and is not there');
  t.notMatch(JSON.stringify(items), /password-of-v|another-password/);
  const page = await app.call('GET', '/api/audit?limit=2', { token });
  const rest = await app.call('GET', `/api/audit?limit=2&cursor=${page.body.nextCursor}`, { token });
  t.same(
    [...page.body.items, ...rest.body.items].map(each => each.action),
    items.map((each: { action: string }) => each.action),
  );
  t.match((await app.call('GET', `/api/audit?targetId=${body.user.id}&action=user.create`, { token })).body.items, [
    { action: 'user.create' },
  ]);
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'])
    t.equal((await app.call(method, '/api/audit', { token })).status, 405, `append-only: ${method}`);
});
