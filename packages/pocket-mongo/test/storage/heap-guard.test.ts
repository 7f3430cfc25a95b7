import { MongoClient } from 'mongodb';
import { type StoreEvent, startPocketMongo } from 'pocket-mongo';
import { test } from 'tap';

test('short of memory, a store warns, then refuses to store more, and goes on serving', async t => {
  const events: StoreEvent[] = [];
  const store = await startPocketMongo({ dir: t.testdir(), maxHeapMb: 96, onEvent: event => events.push(event) });
  const client = await new MongoClient(store.uri).connect();
  t.teardown(async () => {
    await client.close();
    await store.close();
  });
  const things = client.db('shop').collection('things');
  const batch = () => Array.from({ length: 500 }, (_, n) => ({ n, text: 'x'.repeat(50), list: [n, n + 1] }));
  t.match((await store.stats()).memory, { state: 'roomy', limitMb: 96 });
  let refusal: unknown;
  let memory = (await store.stats()).memory;
  // What is refused first may make room by what it leaves behind; what stays fills the store for good.
  for (let i = 0; i < 2_000 && !(refusal && memory.state === 'full'); i++) {
    await things.insertMany(batch()).catch((error: unknown) => {
      refusal = error;
    });
    if (refusal) memory = (await store.stats()).memory;
  }
  t.match(refusal, { code: 146, codeName: 'ExceededMemoryLimit', message: /give it more memory/ });
  t.match(events, [{ level: 'warn', code: 'MEMORY_LOW' }]);
  t.equal(memory.state, 'full');
  t.ok(memory.usedPercent >= 88, `${memory.usedPercent} %`);
  t.ok((await things.countDocuments({ n: 1 })) > 10, 'reading goes on');
  t.equal((await things.updateOne({ n: 1 }, { $set: { n: -1 } })).modifiedCount, 1, 'what is there can still be noted');
  t.ok((await things.deleteMany({ n: { $lt: 100 } })).deletedCount > 1_000, 'so does removing');
});
