import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import t from 'tap';
import { createMemoryCache, createRedisCache, type DocumentCache } from '../../src/store/cache.ts';
import { CachedReads } from '../../src/store/cached-reads.ts';
import { redisMissing, startRedis } from '../helpers/redis.ts';
import { ParcelRepository } from '../helpers/sample-repository.ts';
import { startTestStore } from '../helpers/store.ts';

type Setup = (t: { teardown(fn: () => unknown): void }) => Promise<DocumentCache>;

/** What each cache promises, whatever it is made of. */
function cacheContract(name: string, setup: Setup, skip: string | false) {
  t.test(`${name}: keeps entries for their time, and forgets them on request`, { skip }, async t => {
    const cache = await setup(t);
    t.equal(await cache.get('a'), undefined);
    await cache.set('a', Buffer.from('one'), 60_000);
    await cache.set('b', Buffer.from([0, 255, 10]), 60_000);
    t.same(Buffer.from((await cache.get('a'))!), Buffer.from('one'));
    t.same(Buffer.from((await cache.get('b'))!), Buffer.from([0, 255, 10]));
    await cache.delete(['a', 'never there']);
    await cache.delete([]);
    t.equal(await cache.get('a'), undefined);
    await cache.set('c', Buffer.from('short'), 5);
    const deadline = performance.now() + 2_000;
    while ((await cache.get('c')) && performance.now() < deadline) await delay(2);
    t.equal(await cache.get('c'), undefined, 'gone by itself');
    t.ok(await cache.get('b'));
  });
}

cacheContract('memory', async () => createMemoryCache(), false);
cacheContract(
  'redis',
  async t => {
    const { url } = await startRedis(t);
    const client = new Redis(url);
    t.teardown(() => client.disconnect());
    return createRedisCache(client);
  },
  redisMissing,
);

t.test('the memory cache is bounded by bytes', async t => {
  const cache = createMemoryCache(100_000);
  for (let index = 0; index < 100; index += 1) await cache.set(`k${index}`, Buffer.alloc(5_000), 60_000);
  const kept = await Promise.all(Array.from({ length: 100 }, (_, index) => cache.get(`k${index}`)));
  const count = kept.filter(Boolean).length;
  t.ok(count > 10 && count < 20, `${count} kept`);
  await cache.set('huge', Buffer.alloc(50_000), 60_000);
  t.equal(await cache.get('huge'), undefined, 'one entry cannot push out all others');
});

t.test('a cache that fails reads as empty and is reported', async t => {
  const broken = {
    getBuffer: () => Promise.reject(new Error('away')),
    set: () => Promise.reject(new Error('away')),
    del: () => Promise.reject(new Error('away')),
  };
  let errors = 0;
  const cache = createRedisCache(broken, { onError: () => (errors += 1) });
  const parcels = new ParcelRepository(await startTestStore(t, { cache }), { cacheTtlMs: 60_000 });
  const { _id } = await parcels.create({ code: 'A' });
  t.match(await parcels.findById(_id), { code: 'A' });
  t.match(await parcels.patch(_id, { weight: 2 }), { weight: 2 });
  t.match(await parcels.findById(_id), { weight: 2 });
  t.ok(errors >= 5);
});

t.test('reads are cached, and every verb that writes forgets what it wrote', async t => {
  const cache = createMemoryCache();
  const one = await startTestStore(t, { cache });
  const parcels = new ParcelRepository(one, { cacheTtlMs: 60_000 });
  const elsewhere = new ParcelRepository(await startTestStore(t, { uri: one.uri })); // another node, without our cache
  const { _id } = await parcels.create({ code: 'A', dueAt: new Date(0) });
  await parcels.findById(_id);
  await elsewhere.patch(_id, { weight: 1 });
  t.equal((await parcels.findById(_id))?.weight, undefined, 'answered from the cache, within its time');
  const first = await parcels.findById(_id);
  first!.code = 'changed by its reader';
  t.equal((await parcels.findById(_id))?.code, 'A', 'readers share nothing');

  const now = new Date();
  const writes: [name: string, write: () => Promise<unknown>, weight: number][] = [
    ['patch', () => parcels.patch(_id, { weight: 2 }), 2],
    ['changeById', () => parcels.changeById(_id, { $set: { weight: 3 } }), 3],
    ['change', () => parcels.changeByCode('A', { $set: { weight: 4 } }), 4],
    ['upsert', () => parcels.upsertByCode('A', { $set: { weight: 5 } }), 5],
    ['claim', () => parcels.claimDue({ owner: 'anna', now, leaseMs: 1_000, update: { $set: { weight: 6 } } }), 6],
    ['release', () => parcels.release(_id, 'anna', now, { $set: { weight: 7 } }), 7],
    ['moveState', () => parcels.moveState(_id, 'waiting', 'moving', { $set: { weight: 8 } }), 8],
  ];
  for (const [name, write, weight] of writes) {
    await parcels.findById(_id);
    await write();
    t.equal((await parcels.findById(_id))?.weight, weight, name);
  }
  await parcels.remove(_id);
  t.equal(await parcels.findById(_id), null, 'remove');
});

t.test('an entry is never older than its time to live', async t => {
  const store = await startTestStore(t);
  const parcels = new ParcelRepository(store, { cacheTtlMs: 20 });
  const elsewhere = new ParcelRepository(await startTestStore(t, { uri: store.uri }));
  const { _id } = await parcels.create({ code: 'A' });
  await parcels.findById(_id);
  await elsewhere.patch(_id, { weight: 9 });
  const deadline = performance.now() + 2_000;
  while ((await parcels.findById(_id))?.weight !== 9 && performance.now() < deadline) await delay(2);
  t.equal((await parcels.findById(_id))?.weight, 9);
});

t.test('what was read before a write is not cached after it', async t => {
  const cache = createMemoryCache();
  const reads = new CachedReads(cache, 'x:', 60_000, () => {});
  let release: (document: object) => void = () => {};
  const slow = new Promise<object>(resolve => {
    release = resolve;
  });
  const early = reads.read('1', () => slow);
  await reads.forget(['1']); // the write happens while the read is on its way
  release({ value: 'old' });
  t.same(await early, { value: 'old' });
  t.same(await reads.read('1', async () => ({ value: 'new' })), { value: 'new' }, 'the next read asks the store');
  t.same(await reads.read('1', async () => ({ value: 'not asked' })), { value: 'new' });
});

t.test('many reads of one document at once ask the store once', async t => {
  let loads = 0;
  const reads = new CachedReads(createMemoryCache(), 'x:', 60_000, () => {});
  const load = async () => {
    loads += 1;
    await delay(5);
    return { loads };
  };
  const all = await Promise.all(Array.from({ length: 50 }, () => reads.read('1', load)));
  t.ok(all.every(document => JSON.stringify(document) === '{"loads":1}'));
  t.equal(loads, 1);
});
