import { MongoClient } from 'mongodb';
import mongoose from 'mongoose';
import { type Test, test } from 'tap';
import { startPocketMongo } from '../src/index.ts';

async function startStore(t: Test) {
  const store = await startPocketMongo({ dir: t.testdir() });
  t.teardown(() => store.close());
  return store;
}

test('the official driver reads and writes over the socket in the data folder', async t => {
  const { uri } = await startStore(t);
  const client = await new MongoClient(uri).connect();
  t.teardown(() => client.close());
  const things = client.db('shop').collection<{ _id: number; name: string; n?: number }>('things');
  await things.insertMany([
    { _id: 1, name: 'one' },
    { _id: 2, name: 'two' },
    { _id: 3, name: 'three' },
  ]);
  t.same(await things.findOne({ _id: 2 }), { _id: 2, name: 'two' });
  t.same(
    await things.findOneAndUpdate(
      { n: { $exists: false } },
      { $inc: { n: 5 } },
      { sort: { _id: -1 }, returnDocument: 'after' },
    ),
    { _id: 3, name: 'three', n: 5 },
  );
  t.equal((await things.deleteMany({ _id: { $gte: 2 } })).deletedCount, 2);
  t.equal(await things.countDocuments({}), 1);
});

test('a long result comes through a cursor, batch by batch', async t => {
  const { uri } = await startStore(t);
  const client = await new MongoClient(uri).connect();
  t.teardown(() => client.close());
  const things = client.db('shop').collection<{ _id: number }>('things');
  await things.insertMany(Array.from({ length: 1_000 }, (_, i) => ({ _id: i })));
  const ids: number[] = [];
  for await (const { _id } of things.find({}, { batchSize: 64 }).sort({ _id: -1 })) ids.push(_id);
  t.same(
    ids,
    Array.from({ length: 1_000 }, (_, i) => 999 - i),
  );
});

test('mongoose models work unmodified, unique indexes included', async t => {
  const { uri } = await startStore(t);
  const connection = await mongoose.createConnection(uri, { dbName: 'people' }).asPromise();
  t.teardown(() => connection.close());
  const schema = new mongoose.Schema({ email: { type: String, unique: true }, age: Number }, { timestamps: true });
  const Person = connection.model('Person', schema);
  await Person.init();
  const ada = await Person.create({ email: 'ada@example.test', age: 36 });
  ada.age = 37;
  await ada.save();
  t.equal((await Person.findOne({ email: 'ada@example.test' }))?.age, 37);
  await t.rejects(Person.create({ email: 'ada@example.test' }), {
    code: 11000,
    keyPattern: { email: 1 },
    keyValue: { email: 'ada@example.test' },
  });
});

test('what a server of this kind lacks is refused by name', async t => {
  const { uri } = await startStore(t);
  const client = await new MongoClient(uri).connect();
  t.teardown(() => client.close());
  const db = client.db('shop');
  await t.rejects(db.command({ mapReduce: 'x' }), { code: 238, message: /mapReduce.*set MONGODB_URI/ });
  await t.rejects(db.command({ ping: 1, wings: 2 }), { code: 40415, message: /ping\.wings/ });
  await t.rejects(db.command({ fly: 1 }), { code: 59, message: /no such command: 'fly'/ });
});
