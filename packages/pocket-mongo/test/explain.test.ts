import { type Db, type Document, MongoClient } from 'mongodb';
import { type Test, test } from 'tap';
import { startPocketMongo } from '../src/index.ts';

async function startQueue(t: Test): Promise<Db> {
  const store = await startPocketMongo({ dir: t.testdir() });
  const client = await new MongoClient(store.uri).connect();
  t.teardown(async () => {
    await client.close();
    await store.close();
  });
  const db = client.db('dialer');
  const contacts = db.collection('contacts');
  await contacts.createIndexes([
    { key: { campaign: 1, state: 1, dueAt: 1 }, name: 'due' },
    { key: { tags: 1, dueAt: -1 }, name: 'tagged' },
    { key: { lease: 1 }, name: 'leases', sparse: true },
    { key: { phone: 1 }, name: 'open phones', unique: true, partialFilterExpression: { state: 'open' } },
  ]);
  await contacts.insertMany(
    Array.from({ length: 400 }, (_, i) => ({
      campaign: i % 4,
      state: i % 2 ? 'open' : 'done',
      dueAt: new Date(i * 1_000),
      tags: [`t${i % 5}`, 'all'],
      phone: `+1 212 555 ${String(i).padStart(4, '0')}`,
    })),
  );
  return db;
}

/** The stages from the outside in, and how much was looked at. */
async function explain(db: Db, command: Document) {
  const { executionStats } = await db.command({ explain: command, verbosity: 'executionStats' });
  const stages: string[] = [];
  let index: string | undefined;
  for (let stage = executionStats.executionStages; stage; stage = stage.inputStage) {
    stages.push(stage.stage);
    index = stage.indexName ?? index;
  }
  const { nReturned, totalKeysExamined, totalDocsExamined } = executionStats;
  return { stages, index, nReturned, totalKeysExamined, totalDocsExamined };
}

test('a claim reads one key: equality, range and sort from one index', async t => {
  const db = await startQueue(t);
  const query = { campaign: 1, state: 'open', dueAt: { $lte: new Date(200_000) } };
  t.same(
    await explain(db, { findAndModify: 'contacts', query, sort: { dueAt: 1 }, update: { $set: { state: 'x' } } }),
    {
      stages: ['UPDATE', 'LIMIT', 'FETCH', 'IXSCAN'],
      index: 'due',
      nReturned: 1,
      totalKeysExamined: 1,
      totalDocsExamined: 1,
    },
  );
  t.equal(await db.collection('contacts').countDocuments({ state: 'x' }), 0, 'explaining changes nothing');
});

test('several values before the sort are merged, not sorted', async t => {
  const db = await startQueue(t);
  const filter = { campaign: { $in: [0, 1, 2] }, state: { $in: ['open', 'done'] } };
  const found = await explain(db, { find: 'contacts', filter, sort: { dueAt: -1 }, limit: 10 });
  t.same(found.stages, ['LIMIT', 'FETCH', 'SORT_MERGE', 'IXSCAN']);
  t.equal(found.totalDocsExamined, 10);
});

test('arrays: one tag in the order of another field', async t => {
  const db = await startQueue(t);
  const found = await explain(db, { find: 'contacts', filter: { tags: 't3' }, sort: { dueAt: -1 }, limit: 20 });
  t.match(found, { stages: ['LIMIT', 'FETCH', 'IXSCAN'], index: 'tagged', totalDocsExamined: 20 });
});

test('sparse and partial indexes serve only queries whose documents they all know', async t => {
  const db = await startQueue(t);
  const stagesOf = async (filter: Document) => (await explain(db, { find: 'contacts', filter })).index;
  t.equal(await stagesOf({ lease: { $gt: 5 } }), 'leases');
  t.equal(await stagesOf({ lease: null }), undefined);
  t.equal(await stagesOf({ phone: '+1 212 555 0003', state: 'open' }), 'open phones');
  t.equal(await stagesOf({ phone: '+1 212 555 0003' }), undefined);
  t.equal(await stagesOf({ phone: '+1 212 555 0003', state: { $in: ['open', 'done'] } }), undefined);
});

test('alternatives are looked up one by one, and what no index knows is a scan', async t => {
  const db = await startQueue(t);
  const union = await explain(db, { find: 'contacts', filter: { $or: [{ tags: 't1' }, { lease: 7 }] } });
  t.match(union, { stages: ['FETCH', 'OR'], nReturned: 80, totalDocsExamined: 80 });
  const scan = await explain(db, { find: 'contacts', filter: { nothing: 1 }, sort: { other: 1 } });
  t.match(scan, { stages: ['SORT', 'COLLSCAN'], nReturned: 0, totalDocsExamined: 400 });
});

test('a hint is obeyed or refused', async t => {
  const db = await startQueue(t);
  const contacts = db.collection('contacts');
  const hinted = await explain(db, { find: 'contacts', filter: { campaign: 1 }, hint: 'tagged' });
  t.match(hinted, { index: 'tagged', nReturned: 100 });
  await t.rejects(contacts.find({}, { hint: 'no such index' }).toArray(), { code: 2 });
  await t.rejects(contacts.find({}, { hint: 'open phones' }).toArray(), { code: 291 });
});

test('text: found by stem, ranked by relevance', async t => {
  const db = await startQueue(t);
  const notes = db.collection<{ _id: number; text: string }>('notes');
  await notes.createIndex({ text: 'text' });
  await notes.insertMany([
    { _id: 1, text: 'The caller asked about delivery times and pricing' },
    { _id: 2, text: 'Deliveries' },
    { _id: 3, text: 'No interest' },
  ]);
  await notes.updateOne({ _id: 3 }, { $set: { text: 'wants a delivery tomorrow' } });
  const found = await notes
    .find({ $text: { $search: 'delivery' } }, { projection: { score: { $meta: 'textScore' } } })
    .sort({ score: { $meta: 'textScore' } })
    .toArray();
  t.same(found.map(note => note._id).sort(), [1, 2, 3]);
  t.equal(found[0]?._id, 2);
  await t.rejects(
    db
      .collection('contacts')
      .find({ $text: { $search: 'x' } })
      .toArray(),
    { code: 27 },
  );
});
