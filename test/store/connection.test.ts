import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import t from 'tap';
import { createMemoryCache } from '../../src/store/cache.ts';
import { openConnection } from '../../src/store/connection.ts';
import { startEmbedded } from '../../src/store/embedded.ts';
import { inDatabase, withDatabase } from '../../src/store/mongodb-uri.ts';
import { createStore } from '../../src/store/open-store.ts';
import { createStoreMetrics } from '../../src/store/store-metrics.ts';
import { freePort } from '../helpers/redis.ts';
import { ParcelRepository } from '../helpers/sample-repository.ts';
import { helloOf70, startScriptedMongod } from '../helpers/scripted-mongod.ts';
import { silent, startTestStore, testServerUri } from '../helpers/store.ts';

const quick = { poolMax: 5, logger: silent, connectWithinMs: 300, serverSelectionMs: 150 };
const secret = 'hunter2';

async function until(condition: () => boolean | Promise<boolean>, what: string) {
  const deadline = performance.now() + 10_000;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`waited in vain for: ${what}`);
    await delay(10);
  }
}

t.test('an address that is none is refused at once, in one line without the password', async t => {
  const addresses = [
    'localhost:27017',
    `http://user:${secret}@127.0.0.1/x`,
    `mongodb://user:${secret}@`,
    `mongodb://user:${secret}@127.0.0.1:99999/x`,
    `mongodb://us/er:${secret}@127.0.0.1/x`,
    `mongodb://user:${secret}@127.0.0.1/x?unknownOption=1`,
    `mongodb://user:${secret}@127.0.0.1/x?w=1&tls=maybe`,
    '',
  ];
  for (const uri of addresses) {
    const startedAt = performance.now();
    const error = await openConnection({ ...quick, connectWithinMs: 30_000, uri }).then(
      () => t.fail('must throw'),
      (error: Error & { code: string }) => error,
    );
    t.match(error, { code: 'STORE_URI_INVALID', message: /^MONGODB_URI is not an address/ }, uri);
    t.notMatch((error as Error).message, new RegExp(`${secret}|\n`));
    t.ok(performance.now() - startedAt < 20_000, 'waiting would not mend it');
  }
});

t.test('a server that does not answer is waited for, then named without its address', async t => {
  const port = await freePort();
  const lines: string[] = [];
  const logger = pino({}, { write: line => void lines.push(line) });
  const uri = `mongodb://user:${secret}@127.0.0.1:${port}/x`;
  await t.rejects(openConnection({ ...quick, logger, connectWithinMs: 3_000, uri }), {
    code: 'STORE_UNAVAILABLE',
    message: 'Nothing answers at the address of the store; is the server running?',
  });
  t.ok(lines.length >= 1, 'each try is logged');
  t.notMatch(lines.join(''), new RegExp(`${secret}|127\\.0\\.0\\.1|[^"]:${port}`));
  const missing = openConnection({
    ...quick,
    uri: `mongodb://${join(tmpdir(), 'parley-nowhere.sock').replaceAll('/', '%2F')}/x`,
  });
  await t.rejects(missing, { code: 'STORE_UNAVAILABLE' });
  const nowhere = openConnection({ ...quick, uri: 'mongodb://store.invalid/x' });
  await t.rejects(nowhere, { code: 'STORE_UNAVAILABLE', message: /cannot be resolved/ });
});

t.test('a server that comes up in the meantime is found', async t => {
  const dataDir = await mkdtemp(join(tmpdir(), 'parley-store-'));
  t.teardown(() => rm(dataDir, { recursive: true, force: true }));
  const first = await startEmbedded({ dataDir, logger: silent });
  await first.close();
  const connecting = openConnection({ ...quick, connectWithinMs: 20_000, uri: first.uri });
  const second = await startEmbedded({ dataDir, logger: silent });
  const connection = await connecting;
  t.equal(connection.state, 'ready');
  await connection.close();
  await second.close();
});

t.test('refused credentials are one line without them, at once', async t => {
  const { host } = await startScriptedMongod(t, command => {
    const name = Object.keys(command)[0] ?? '';
    if (/^(hello|ismaster)$/i.test(name)) return { ...helloOf70, saslSupportedMechs: ['SCRAM-SHA-256'] };
    if (name === 'saslStart')
      return { ok: 0, code: 18, codeName: 'AuthenticationFailed', errmsg: 'Authentication failed.' };
    return { ok: 1 };
  });
  const error = await openConnection({
    ...quick,
    connectWithinMs: 30_000,
    uri: `mongodb://anna:${secret}@${host}/x`,
  }).then(
    () => t.fail('must throw'),
    (error: Error) => error,
  );
  t.match(error, { code: 'STORE_AUTH_REFUSED', message: /refused the user or the password/ });
  t.notMatch((error as Error).message, new RegExp(`${secret}|anna|\n`));
});

t.test('a server before MongoDB 6.0 is refused at once', async t => {
  for (const maxWireVersion of [6, 13, 16]) {
    const { host } = await startScriptedMongod(t, command =>
      /^(hello|ismaster)$/i.test(Object.keys(command)[0] ?? '') ? { ...helloOf70, maxWireVersion } : { ok: 1 },
    );
    await t.rejects(
      openConnection({ ...quick, connectWithinMs: 30_000, uri: `mongodb://${host}/x` }),
      {
        code: 'STORE_TOO_OLD',
        message: /needs MongoDB 6\.0 or later/,
      },
      `wire version ${maxWireVersion}`,
    );
  }
});

t.test('a store that is lost says so, and is back by itself', async t => {
  const dataDir = await mkdtemp(join(tmpdir(), 'parley-store-'));
  t.teardown(() => rm(dataDir, { recursive: true, force: true }));
  let server = await startEmbedded({ dataDir, logger: silent });
  const registry = new Registry();
  const metrics = createStoreMetrics(registry);
  const link = await openConnection({ ...quick, uri: server.uri, metrics });
  const store = createStore({ link, logger: silent, cache: createMemoryCache(), now: () => new Date() });
  const parcels = new ParcelRepository(store);
  const up = async () => (await registry.getSingleMetric('parley_store_up')!.get()).values[0]?.value;
  const { _id } = await parcels.create({ code: 'A1' });
  t.match(await store.health(), { status: 'up', state: 'ready' });
  t.equal(await up(), 1);

  await server.close();
  await until(() => link.state === 'lost', 'the loss to be noticed');
  t.match(await store.health(), {
    status: 'down',
    state: 'lost',
    latencyMs: null,
    code: 'STORE_UNAVAILABLE',
    problem: /store/,
  });
  t.equal(await up(), 0);
  await t.rejects(parcels.findById(_id), { code: 'STORE_UNAVAILABLE' });
  await t.rejects(parcels.patch(_id, { weight: 1 }), { code: 'STORE_UNAVAILABLE' });

  server = await startEmbedded({ dataDir, logger: silent });
  await until(() => link.state === 'ready', 'the store to be back');
  t.match(await parcels.findById(_id), { code: 'A1' }, 'what was acknowledged is there');
  t.match(await store.health(), { status: 'up', state: 'ready' });
  t.equal(await up(), 1);
  await store.close();
  await store.close();
  t.match(await store.health(), { status: 'down', state: 'closed' });
  await server.close();
});

t.test('pool, commands and operations are measured', async t => {
  const registry = new Registry();
  const store = await startTestStore(t, { registry, poolMax: 2 });
  const parcels = new ParcelRepository(store);
  await parcels.createMany(Array.from({ length: 20 }, (_, index) => ({ code: `P${index}` })));
  await Promise.all(Array.from({ length: 20 }, (_, index) => parcels.findByCode(`P${index}`)));
  await t.rejects(parcels.create({} as never));
  t.ok(store.link.pool.open <= 2);
  const text = await registry.metrics();
  for (const line of [
    /parley_store_operation_seconds_count\{collection="parcels",verb="byCode",outcome="ok"\} 20/,
    /parley_store_command_seconds_count\{command="find",outcome="ok"\} 20/,
    /parley_store_command_seconds_count\{command="insert",outcome="ok"\} 1/,
    /parley_store_pool_connections\{state="in_use"\} 0/,
    /parley_store_pool_connections\{state="open"\} [12]/,
    /parley_store_pool_waiting 0/,
    /parley_store_pool_wait_seconds_count\{outcome="ok"\} 2[1-9]/,
    /parley_store_up 1/,
  ]) {
    t.match(text, line);
  }
});

t.test('slow commands are logged by shape, without any value', async t => {
  const lines: string[] = [];
  const logger = pino({}, { write: line => void lines.push(line) });
  const uri = inDatabase(await testServerUri(), 'test_slow');
  const link = await openConnection({ uri, poolMax: 5, logger, slowCommandMs: 0 });
  const store = createStore({ link, logger: silent, cache: createMemoryCache(), now: () => new Date() });
  t.teardown(() => store.close());
  const parcels = new ParcelRepository(store);
  const { _id } = await parcels.create({ code: 'Confidential', receiver: '+12125550123' });
  await parcels.findByCode('Confidential');
  await parcels.list({ filter: { receiver: { prefix: '+1212' } }, sort: 'receiver' });
  await parcels.patch(_id, { receiver: 'Ann Example' });
  await parcels.findInStates(['waiting', 'moving']);
  await parcels.remove(_id);
  await parcels.createMany([{ code: 'Confidential too' }, { code: 'Confidential as well' }]);
  const text = lines.join('');
  t.notMatch(text, /Confidential|\+1212|2125550|Ann|Example/);
  t.notMatch(text, new RegExp(_id.toHexString()));
  const find = lines.map(line => JSON.parse(line)).find(({ filter }) => filter?.receiver);
  t.match(find, {
    command: 'find',
    collection: 'parcels',
    filter: { receiver: { $gte: '?', $lte: '?' }, deletedAt: '?' },
    sort: { receiver: '?', _id: '?' },
  });
  t.match(text, /"state":\{"\$in":"\[2\]"\}/);
  t.match(text, /"command":"insert".*"collection":"parcels","documents":2/);
});

t.test('commands are measured, and the driver tells of them only where somebody listens', async t => {
  const registry = new Registry();
  const uri = inDatabase(await testServerUri(), 'test_measured');
  const link = await openConnection({ uri, poolMax: 1, logger: silent, metrics: createStoreMetrics(registry) });
  t.teardown(() => link.close());
  const client = link.mongoose.getClient();
  const told: string[] = [];
  const emit = client.emit.bind(client);
  client.emit = (name: string | symbol, ...args: unknown[]) => {
    if (String(name).startsWith('command')) told.push(String(name));
    return (emit as (name: string | symbol, ...args: unknown[]) => boolean)(name, ...args);
  };
  const measured = async () => {
    const text = await registry.metrics();
    const [, count] = /^parley_store_command_seconds_count\{command="find",outcome="ok"\} (\d+)/m.exec(text) ?? [];
    const [, failed] =
      /^parley_store_command_seconds_count\{command="nonsense",outcome="error"\} (\d+)/m.exec(text) ?? [];
    return [Number(count ?? 0), Number(failed ?? 0)];
  };
  const parcels = link.database.collection('parcels');
  await parcels.findOne({});
  await t.rejects(link.database.command({ nonsense: 1 }));
  t.strictSame(await measured(), [1, 1]);
  t.strictSame(told, []);
  const replies: unknown[] = [];
  client.on('commandSucceeded', ({ reply }) => void replies.push(reply));
  await parcels.findOne({});
  t.match(replies, [{ ok: 1, cursor: {} }]);
  t.strictSame(await measured(), [2, 1]);
});

t.test('closing waits for what is under way', async t => {
  const store = await startTestStore(t);
  const parcels = new ParcelRepository(store);
  const writes = Array.from({ length: 50 }, (_, index) => parcels.create({ code: `P${index}` }));
  await new Promise(resolve => setImmediate(resolve));
  const closed = store.close();
  const outcomes = await Promise.allSettled(writes);
  await closed;
  const again = await startTestStore(t, { uri: store.uri });
  const kept = new ParcelRepository(again);
  for (const [index, { status }] of outcomes.entries()) {
    if (status === 'fulfilled') t.ok(await kept.findByCode(`P${index}`), `P${index} was acknowledged`);
  }
  await again.link.database.dropDatabase();
});

t.test('the database has a name, ours unless the address gives one', async t => {
  const cases: [uri: string, withOurs: string][] = [
    ['mongodb://h', 'mongodb://h/parley'],
    ['mongodb://h/', 'mongodb://h/parley'],
    ['mongodb://h/?w=1', 'mongodb://h/parley?w=1'],
    ['mongodb://u:p%2F@h:1,g:2/shop?replicaSet=r', 'mongodb://u:p%2F@h:1,g:2/shop?replicaSet=r'], // allow-secret: invented
    ['mongodb+srv://h.example/', 'mongodb+srv://h.example/parley'],
    ['mongodb://%2Fdata%2Fstore.sock', 'mongodb://%2Fdata%2Fstore.sock/parley'],
    ['nonsense', 'nonsense'],
  ];
  for (const [uri, withOurs] of cases) t.equal(withDatabase(uri, 'parley'), withOurs);
  t.equal(inDatabase('mongodb://h/shop?w=1', 'test'), 'mongodb://h/test?w=1');
});
