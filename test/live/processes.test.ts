import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { test } from 'tap';
import { createProcessRegister } from '../../src/live/process-register.ts';
import { inDatabase } from '../../src/store/mongodb-uri.ts';
import { startApp, type TestApp } from '../helpers/app.ts';
import { redisMissing, startRedis } from '../helpers/redis.ts';
import { testServerUri } from '../helpers/store.ts';
import { ask, connect, connected, next } from './site.ts';

const API_KEY = 'an-invented-key-of-a-test'; // allow-secret: invented
const eventually = async (holds: () => Promise<boolean> | boolean, what: string) => {
  const deadline = Date.now() + 15_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`never came: ${what}`);
    await new Promise(resolve => setTimeout(resolve, 50));
  }
};
let used = 100;
const begin = (app: TestApp['app']) => {
  used += 1;
  return app.callRecords.calls.begin({ direction: 'outbound', to: `+1312555${`0${used}`}`, from: '+12125550100' });
};
const tell = (app: TestApp['app'], call: Awaited<ReturnType<typeof begin>>, fields: string[] | null = null) =>
  app.operations.events.publish('calls.changed', { call: app.callRecords.calls.toApi(call), fields });

test('two processes without Redis say that they do not hear each other', async t => {
  const MONGODB_URI = inDatabase(await testServerUri(), `live_${randomBytes(6).toString('hex')}`);
  const env = { MONGODB_URI, API_KEY };
  await startApp(t, { env });
  const second = await startApp(t, { env });
  const ready = async (app: TestApp) =>
    (await app.call('GET', '/health/ready', { token: API_KEY })).body.dependencies.find(
      (each: { name: string }) => each.name === 'live-events',
    );
  t.match(await ready(second), { state: 'degraded', detail: /REDIS_URL/ });
  t.match((await second.call('GET', '/api/alerts', { token: API_KEY })).body.items, [
    {
      id: 'dependency:live-events',
      level: 'attention',
      sentence: /^Several processes use this store without REDIS_URL: .* alone\.$/,
      since: String,
      remedy: 'Set REDIS_URL to the same Redis for all of them.',
    },
  ]);
  t.ok(second.log.some(line => /without REDIS_URL/.test(line)));
  const { items } = (await second.call('GET', '/api/admin/processes', { token: API_KEY })).body;
  t.equal(items.length, 2, 'and each knows the other, with its release');
  t.match(
    items.find((each: { here: boolean }) => each.here),
    { version: second.app.operations.version },
  );
  t.match(
    items.find((each: { here: boolean }) => !each.here),
    { version: second.app.operations.version },
  );
});

test('releases that stand side by side are known, since they were first seen and until one is left', async t => {
  let others: { processId: string; release?: string; redis: boolean; figures: null }[] = [];
  let time = 0;
  const register = createProcessRegister({
    repository: { sign: async () => {}, alive: async () => others, leave: async () => {} } as never,
    processId: 'own',
    release: '1.1.0',
    redis: true,
    figures: () => null,
    logger: { warn() {}, debug() {} } as never,
    now: () => new Date(time),
  });
  const seen = async (...releases: (string | undefined)[]) => {
    time += 5_000;
    others = releases.map((release, index) => ({
      processId: `p${index}`,
      redis: true,
      figures: null,
      ...(release ? { release } : {}),
    }));
    await register.look();
    return register.mixed;
  };
  t.equal(await seen('1.1.0'), null);
  t.same(await seen('1.0.0', '1.1.0'), { releases: ['1.1.0', '1.0.0'], since: new Date(10_000) });
  t.same(await seen(undefined), { releases: ['1.1.0', null], since: new Date(10_000) }, 'one that does not say which');
  t.equal(await seen('1.1.0', '1.1.0'), null);
});

test('events reach clients of every process, also after Redis was gone', { skip: redisMissing }, async t => {
  const redis = await startRedis(t);
  const MONGODB_URI = inDatabase(await testServerUri(), `live_${randomBytes(6).toString('hex')}`);
  const env = { MONGODB_URI, API_KEY, REDIS_URL: redis.url };
  const one = await startApp(t, { env });
  const two = await startApp(t, { env });
  await eventually(() => one.app.redis!.state === 'ready' && two.app.redis!.state === 'ready', 'Redis');
  const near = connect(t, one.url, { token: API_KEY });
  const far = connect(t, two.url, { token: API_KEY }, { reconnection: true, reconnectionDelay: 50 });
  await Promise.all([next(near, 'calls:snapshot'), next(far, 'calls:snapshot')]);

  const call = await begin(one.app);
  const told = [next(near, 'call:started'), next(far, 'call:started')];
  tell(one.app, call);
  for (const event of await Promise.all(told)) t.match(event, { seq: 1, call: { id: call._id.toHexString() } });

  t.match(await ask(far, 'call:watch', { sid: call._id.toHexString() }), { ok: true });
  const noted = next(far, 'call:event');
  one.app.callRecords.journal.event(call._id.toHexString(), 'heard', 'bridge', {});
  t.match(await noted, { event: { type: 'heard', seq: 1 } });

  // Gone without a word and back in the other process: what was missed comes by itself.
  far.io.engine.close();
  const missed = next(far, 'call:updated');
  const placed = await one.app.callRecords.calls.placed(call._id, `CA${'1'.repeat(32)}`);
  tell(one.app, placed!, ['status']);
  t.match(await missed, { fields: { status: 'queued' } });

  await redis.kill();
  await eventually(() => one.app.redis!.state === 'away', 'the loss of Redis');
  const alone = await begin(one.app);
  const local = next<{ call: { id: string } }>(near, 'call:started', event => event.call.id === String(alone._id));
  tell(one.app, alone);
  await local;
  t.pass('clients of the process itself are told meanwhile');

  const snapshots = [near, far].map(socket =>
    next<{ calls: unknown[] }>(socket, 'calls:snapshot', ({ calls }) => calls.length === 2),
  );
  await redis.start();
  await Promise.all(snapshots);
  t.pass('everybody is told how things are once Redis is back');
  await eventually(() => two.app.redis!.state === 'ready', 'Redis again');
  const again = await begin(two.app);
  const back = next<{ call: { id: string } }>(near, 'call:started', event => event.call.id === String(again._id));
  await eventually(async () => {
    tell(two.app, again);
    return Promise.race([back.then(() => true), new Promise<boolean>(resolve => setTimeout(resolve, 500, false))]);
  }, 'an event of the other process');

  // A right that is taken away in one process ends connections of the other at once.
  const admin = await one.signIn();
  const key = await one.call('POST', '/api/api-keys', { token: admin, body: { name: 'w', scopes: ['calls:read'] } });
  const program = connect(t, two.url, { token: key.body.secret });
  await connected(program);
  const ended = once(program as never, 'disconnect');
  await one.call('DELETE', `/api/api-keys/${key.body.apiKey.id}`, { token: admin });
  await ended;
});
