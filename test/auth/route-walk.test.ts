import type { FastifyInstance, RouteOptions } from 'fastify';
import fastify from 'fastify';
import { test } from 'tap';
import { type Access, requireDeclarations } from '../../src/auth/access.ts';
import { type Permission, permissionNames, permissionsOf, type Role, roles } from '../../src/auth/permissions.ts';
import { startApp, type TestApp } from '../helpers/app.ts';

interface Route {
  readonly method: string;
  readonly url: string;
  readonly access: Access;
}

/** Every route that says who may use it, as the running application knows them. */
function routesOf(collected: RouteOptions[]): Route[] {
  return collected.flatMap(({ method, url, config }) =>
    [method]
      .flat()
      .filter(each => each !== 'HEAD' && each !== 'OPTIONS')
      .flatMap(each => (config?.access ? [{ method: each, url, access: config.access }] : [])),
  );
}

/** Asks without a body or with a wrong one: whoever may pass is refused for that, never served, so that nothing changes. */
const ask = (app: TestApp, { method, url }: Route, token?: string) =>
  app.call(method, url.replace(/:\w+/g, '0'.repeat(24)), {
    token,
    ...(method === 'GET' || method === 'DELETE' ? {} : { body: { unknownField: 1 } }),
  });

/** So many at a time: the server answers one while the store is asked for others. */
async function eachOf<T>(items: readonly T[], work: (item: T, index: number) => Promise<void>): Promise<void> {
  const queue = items.entries();
  const worker = async () => {
    for (const [index, item] of queue) await work(item, index);
  };
  await Promise.all(Array.from({ length: 8 }, worker));
}

const mayPass = (access: Access, permissions: readonly Permission[]) =>
  access === 'public' ||
  access === 'signed-in' ||
  [access as Permission | readonly Permission[]].flat().every(each => permissions.includes(each));

test('every route × role × credential', async t => {
  const collected: RouteOptions[] = [];
  const started = Date.now();
  let now = started;
  const app = await startApp(t, {
    now: () => new Date(now),
    env: { RATE_LIMIT_PER_MINUTE: '100000', TRUST_PROXY: '127.0.0.0/8' },
    prepare: instance => instance.addHook('onRoute', route => void collected.push(route)),
  });
  const routes = routesOf(collected).filter(({ access }) => access !== 'sender-verified');
  t.ok(routes.length > 15, `${routes.length} routes`);
  const admin = await app.signIn();

  const tokens = {} as Record<Role, string>;
  for (const role of roles) {
    const email = `${role}@example.com`;
    const { body } = await app.call('POST', '/api/users', { token: admin, body: { email, role } });
    tokens[role] = await app.signIn(email, body.password);
  }
  for (const role of roles) {
    await eachOf(routes, async route => {
      // Its own test; here it would end the session that the walk needs.
      if (route.url === '/api/auth/logout') return;
      const { status } = await ask(app, route, tokens[role]);
      const expected = mayPass(route.access, permissionsOf(role));
      t.equal(
        status !== 401 && status !== 403,
        expected || /login|refresh/.test(route.url) ? status !== 403 && status !== 401 : false,
        `${role} ${route.method} ${route.url}: ${status}`,
      );
    });
  }

  const make = async (scopes: Permission[], expiresAt?: string) =>
    (
      await app.call('POST', '/api/api-keys', {
        token: admin,
        body: { name: 'walk', scopes, ...(expiresAt ? { expiresAt } : {}) },
      })
    ).body;
  const together = new Set(routes.flatMap(({ access }) => (Array.isArray(access) ? [access.join()] : [])));
  // Roles walked every route. A key walks all that it may use, and of the others every fifth, each key other ones.
  const keys = [...permissionNames, ...together].map(each => each.split(',') as Permission[]);
  for (const [turn, scopes] of keys.entries()) {
    const { secret } = await make(scopes);
    await eachOf(routes, async (route, index) => {
      if (route.access === 'public') return;
      if (!mayPass(route.access, scopes) && (index + turn) % 5 !== 0) return;
      const { status } = await ask(app, route, secret);
      const allowed = mayPass(route.access, scopes);
      // A person's own password is refused to keys by the handler, with the same code.
      if (route.url === '/api/auth/password') return;
      t.equal(
        status !== 401 && status !== 403,
        allowed,
        `key with ${scopes.join(' and ')} ${route.method} ${route.url}: ${status}`,
      );
    });
  }

  const expiring = await make([...permissionNames], new Date(started + 60_000).toISOString());
  const revoked = await make([...permissionNames]);
  await app.call('DELETE', `/api/api-keys/${revoked.apiKey.id}`, { token: admin });
  const signedOut = await app.signIn();
  await app.call('POST', '/api/auth/logout', { token: signedOut });
  now += 16 * 60_000;
  const bad = {
    none: undefined,
    'made up': 'nonsense',
    'expired token': admin,
    'expired key': expiring.secret,
    'revoked key': revoked.secret,
    'ended session': signedOut,
  };
  let address = 0;
  for (const [what, token] of Object.entries(bad)) {
    await eachOf(routes, async route => {
      if (route.access === 'public') return;
      // Each from an address of its own, or the limit for addresses would answer instead.
      const headers = { 'x-forwarded-for': `203.0.113.${address++ % 250}` };
      const { status } = await app.call(route.method, route.url.replace(/:\w+/g, '0'.repeat(24)), { token, headers });
      t.equal(status, 401, `${what} ${route.method} ${route.url}`);
    });
  }
});

test('a new route that declares nothing stops the start', async t => {
  const build = (register: (app: FastifyInstance) => unknown) => {
    const app = fastify();
    requireDeclarations(app);
    return () => register(app);
  };
  t.throws(
    build(app => app.get('/api/new', () => 'x')),
    /GET \/api\/new does not say who may use it/,
  );
  t.throws(
    build(app => app.get('/webhooks/new', () => 'x')),
    /does not say who may use it/,
  );
  t.throws(
    build(app => app.post('/api/new', { config: { access: 'users:write' } }, () => 'x')),
    /POST \/api\/new does not say what it audits/,
  );
  t.doesNotThrow(build(app => app.post('/api/new', { config: { access: 'users:write', audit: 'x' } }, () => 'x')));
  await t.rejects(
    startApp(t, { routes: app => void app.get('/api/new', () => 'x') }),
    /does not say who may use it/,
    'in the real application too',
  );
});
