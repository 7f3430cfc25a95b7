import { MongoClient } from 'mongodb';
import { type Test, test } from 'tap';
import { startPocketMongo } from '../src/index.ts';

interface Order {
  _id: number;
  customer: string;
  amount: number;
  at: Date;
}

async function startShop(t: Test) {
  const store = await startPocketMongo({ dir: t.testdir() });
  const client = await new MongoClient(store.uri).connect();
  t.teardown(async () => {
    await client.close();
    await store.close();
  });
  const db = client.db('shop');
  await db.collection<Order>('orders').insertMany([
    { _id: 1, customer: 'ada', amount: 10, at: new Date('2026-01-01') },
    { _id: 2, customer: 'bob', amount: 20, at: new Date('2026-01-02') },
    { _id: 3, customer: 'ada', amount: 5, at: new Date('2026-01-03') },
  ]);
  await db.collection<{ _id: string; city: string }>('customers').insertOne({ _id: 'ada', city: 'Turin' });
  return db;
}

test('groups, sorts and joins over the wire', async t => {
  const db = await startShop(t);
  const totals = await db
    .collection('orders')
    .aggregate([
      { $match: { amount: { $gt: 1 } } },
      { $group: { _id: '$customer', total: { $sum: '$amount' } } },
      { $sort: { _id: 1 } },
      { $lookup: { from: 'customers', localField: '_id', foreignField: '_id', as: 'who' } },
    ])
    .toArray();
  t.same(totals, [
    { _id: 'ada', total: 15, who: [{ _id: 'ada', city: 'Turin' }] },
    { _id: 'bob', total: 20, who: [] },
  ]);
});

test('$out exchanges a collection and keeps its indexes; $merge adds to one', async t => {
  const db = await startShop(t);
  await db.collection('copies').createIndex({ amount: 1 });
  await db.collection('copies').insertOne({ amount: 1 });
  await db
    .collection('orders')
    .aggregate([{ $match: { customer: 'ada' } }, { $out: 'copies' }])
    .toArray();
  t.same((await db.collection('copies').distinct('amount')).sort(), [10, 5]);
  t.equal((await db.collection('copies').indexes()).length, 2);
  await db
    .collection('orders')
    .aggregate([
      { $set: { seen: true } },
      { $merge: { into: 'copies', whenMatched: 'merge', whenNotMatched: 'discard' } },
    ])
    .toArray();
  t.equal(await db.collection('copies').countDocuments({ seen: true }), 2);
  await t.rejects(
    db
      .collection('orders')
      .aggregate([{ $merge: { into: 'copies', on: 'amount' } }])
      .toArray(),
    {
      code: 51183,
    },
  );
});

test('pipeline updates, expressions in filters, and variables', async t => {
  const db = await startShop(t);
  const orders = db.collection<Order & { big?: boolean }>('orders');
  await orders.updateMany({}, [{ $set: { big: { $gte: ['$amount', 10] } } }]);
  t.same(await orders.countDocuments({ big: true }), 2);
  const found = await orders.find({ $expr: { $gt: ['$amount', '$$least'] } }, { let: { least: 10 } }).toArray();
  t.same(
    found.map(order => order._id),
    [2],
  );
});

test('an unknown stage and a pipeline without a cursor are refused', async t => {
  const db = await startShop(t);
  await t.rejects(
    db
      .collection('orders')
      .aggregate([{ $fly: 1 }])
      .toArray(),
    { message: /\$fly/ },
  );
  await t.rejects(db.command({ aggregate: 'orders', pipeline: [] }), { code: 9, message: /cursor/ });
});
