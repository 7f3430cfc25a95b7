import { MongoClient } from 'mongodb';
import { type Check, conformance, failure, idsOf, type Loose } from './servers.ts';

conformance('indexes', {
  'creating and listing': async (t, c) => {
    t.equal(await c.createIndex({ a: 1, b: -1 }), 'a_1_b_-1');
    t.equal(await c.createIndex({ c: 1 }, { name: 'by c', unique: true, sparse: true }), 'by c');
    t.strictSame(
      (await c.listIndexes().toArray()).map(({ name, key, unique, sparse }) => ({ name, key, unique, sparse })),
      [
        { name: '_id_', key: { _id: 1 }, unique: undefined, sparse: undefined },
        { name: 'a_1_b_-1', key: { a: 1, b: -1 }, unique: undefined, sparse: undefined },
        { name: 'by c', key: { c: 1 }, unique: true, sparse: true },
      ],
    );
    t.strictSame(await c.indexExists(['a_1_b_-1', 'by c']), true);
  },
  'creating the same index again does nothing': async (t, c) => {
    await c.createIndex({ a: 1 });
    await c.createIndex({ a: 1 });
    t.equal((await c.indexes()).length, 2);
  },
  'the same name with other keys, the same keys with other options': async (t, c) => {
    await c.createIndex({ a: 1 }, { name: 'x' });
    t.match(await failure(c.createIndex({ b: 1 }, { name: 'x' })), { code: 86 });
    t.match(await failure(c.createIndex({ a: 1 }, { name: 'x', unique: true })), { code: 86 });
    t.match(await failure(c.createIndex({ a: 1 }, { name: 'y' })), { code: 85 });
  },
  dropping: async (t, c) => {
    await c.createIndexes([{ key: { a: 1 } }, { key: { b: 1 } }, { key: { d: 1 } }]);
    await c.dropIndex('a_1');
    t.strictSame(
      (await c.indexes()).map(({ name }) => name),
      ['_id_', 'b_1', 'd_1'],
    );
    await c.dropIndexes();
    t.strictSame(
      (await c.indexes()).map(({ name }) => name),
      ['_id_'],
    );
    t.match(await failure(c.dropIndex('nope')), { code: 27 });
    t.match(await failure(c.dropIndex('_id_')), { code: 72 });
  },
  'malformed keys are refused': async (t, c) => {
    t.match(await failure(c.createIndex({ a: 0 } as Loose)), { code: 67 });
    t.match(await failure(c.createIndex({ a: 'x' } as Loose)), { code: 67 });
    t.match(await failure(c.createIndex({ 'a.$x': 1 } as Loose)), { code: 67 });
  },
  'unique: insert, update and upsert are held to it': async (t, c) => {
    await c.createIndex({ mail: 1 }, { unique: true });
    await c.insertMany([
      { _id: 1, mail: 'a' },
      { _id: 2, mail: 'b' },
    ]);
    const duplicate = { code: 11000, keyPattern: { mail: 1 }, keyValue: { mail: 'a' } };
    t.match(await failure(c.insertOne({ mail: 'a' })), duplicate);
    t.match(await failure(c.updateOne({ _id: 2 }, { $set: { mail: 'a' } })), duplicate);
    t.match(await failure(c.updateOne({ _id: 3 }, { $set: { mail: 'a' } }, { upsert: true })), duplicate);
    t.match(await failure(c.findOneAndReplace({ _id: 2 }, { mail: 'a' })), duplicate);
    t.strictSame(await idsOf(c, {}), [1, 2]);
    await c.updateOne({ _id: 1 }, { $set: { mail: 'z' } });
    await c.insertOne({ _id: 3, mail: 'a' });
  },
  'unique: one document without the field, not two': async (t, c) => {
    await c.createIndex({ mail: 1 }, { unique: true });
    await c.insertOne({ _id: 1 });
    t.match(await failure(c.insertOne({ _id: 2 })), { code: 11000, keyValue: { mail: null } });
  },
  'unique: an array may repeat a value inside one document only': async (t, c) => {
    await c.createIndex({ tags: 1 }, { unique: true });
    await c.insertOne({ _id: 1, tags: ['a', 'a', 'b'] });
    t.match(await failure(c.insertOne({ _id: 2, tags: ['x', 'b'] })), { code: 11000 });
  },
  'unique: compound': async (t, c) => {
    await c.createIndex({ a: 1, b: 1 }, { unique: true });
    await c.insertMany([
      { a: 1, b: 1 },
      { a: 1, b: 2 },
    ]);
    t.match(await failure(c.insertOne({ b: 2, a: 1 })), {
      code: 11000,
      keyPattern: { a: 1, b: 1 },
      keyValue: { a: 1, b: 2 },
    });
  },
  'unique: building over doubles fails and leaves no index': async (t, c) => {
    await c.insertMany([{ a: 1 }, { a: 1 }]);
    t.match(await failure(c.createIndex({ a: 1 }, { unique: true })), { code: 11000 });
    t.equal((await c.indexes()).length, 1);
  },
  'unique: under a collation': async (t, c) => {
    await c.createIndex({ a: 1 }, { unique: true, collation: { locale: 'en', strength: 2 } });
    await c.insertOne({ a: 'Mail' });
    t.match(await failure(c.insertOne({ a: 'mAIL' })), { code: 11000 });
  },
  'unique: swapping values within one bulk write': async (t, c) => {
    await c.createIndex({ a: 1 }, { unique: true });
    await c.insertMany([
      { _id: 1, a: 1 },
      { _id: 2, a: 2 },
    ]);
    await c.bulkWrite([
      { updateOne: { filter: { _id: 1 }, update: { $set: { a: 9 } } } },
      { updateOne: { filter: { _id: 2 }, update: { $set: { a: 1 } } } },
      { updateOne: { filter: { _id: 1 }, update: { $set: { a: 2 } } } },
    ]);
    t.strictSame(await c.find().sort({ a: 1 }).toArray(), [
      { _id: 2, a: 1 },
      { _id: 1, a: 2 },
    ]);
  },
  'unique and sparse: any number of documents without the field': async (t, c) => {
    await c.createIndex({ a: 1 }, { unique: true, sparse: true });
    await c.insertMany([{ _id: 1 }, { _id: 2 }, { _id: 3, a: null }]);
    t.match(await failure(c.insertOne({ a: null })), { code: 11000 });
    t.strictSame(await idsOf(c, { a: null }), [1, 2, 3], 'a query still finds those without it');
    t.strictSame((await c.find().sort({ a: 1 }).toArray()).length, 3, 'and so does a sort');
  },
  'partial: uniqueness among those that qualify': async (t, c) => {
    await c.createIndex({ phone: 1 }, { unique: true, partialFilterExpression: { active: true } });
    await c.insertMany([
      { _id: 1, phone: 1, active: true },
      { _id: 2, phone: 1, active: false },
      { _id: 3, phone: 1 },
    ]);
    t.match(await failure(c.insertOne({ phone: 1, active: true })), { code: 11000 });
    t.match(await failure(c.updateOne({ _id: 2 }, { $set: { active: true } })), { code: 11000 });
    await c.updateOne({ _id: 1 }, { $set: { active: false } });
    await c.updateOne({ _id: 2 }, { $set: { active: true } });
    t.strictSame(await idsOf(c, { phone: 1 }), [1, 2, 3], 'a query that does not imply the condition finds all');
    t.strictSame(await idsOf(c, { phone: 1, active: true }), [2]);
  },
  'two arrays cannot share a compound index': async (t, c) => {
    await c.createIndex({ a: 1, b: 1 });
    t.match(await failure(c.insertOne({ a: [1], b: [2] })), { code: 171 });
    await c.insertOne({ _id: 1, a: [1], b: 2 });
    t.match(await failure(c.updateOne({ _id: 1 }, { $set: { b: [3] } })), { code: 171 });
    t.strictSame(await c.findOne({}), { _id: 1, a: [1], b: 2 });
  },
  'TTL: expired documents go away, others stay': async (t, c, { outside }) => {
    await c.createIndex({ at: 1 }, { expireAfterSeconds: 3600 });
    const old = new Date(Date.now() - 7_200_000);
    await c.insertMany([
      { _id: 1, at: old },
      { _id: 2, at: new Date() },
      { _id: 3, at: 'text' },
      { _id: 4 },
      { _id: 5, at: [old, new Date()] },
    ]);
    if (outside) return; // a real server looks once a minute
    for (let i = 0; i < 400 && (await c.countDocuments()) > 3; i += 1)
      await new Promise(resolve => setTimeout(resolve, 10));
    t.strictSame(await idsOf(c, {}), [2, 3, 4]);
  },
  'a hint decides which index serves, and a wrong one is refused': async (t, c) => {
    await c.insertMany([
      { _id: 1, a: 1, b: 1 },
      { _id: 2, a: 1, b: 2 },
    ]);
    await c.createIndexes([{ key: { a: 1 } }, { key: { b: 1 } }]);
    t.equal((await c.find({ a: 1, b: 2 }).hint({ b: 1 }).toArray()).length, 1);
    t.equal((await c.find({ a: 1 }).hint({ $natural: 1 }).toArray()).length, 2);
    t.match(await failure(c.find({ a: 1 }).hint('nope').toArray()), { code: 2 });
  },
});

/** The stages of the winning plan, from the outermost inwards. */
async function stages(cursor: Loose): Promise<string[]> {
  const names: string[] = [];
  for (let plan = (await cursor.explain()).queryPlanner.winningPlan; plan; plan = plan.inputStage)
    names.push(plan.stage);
  return names;
}

const plans: Record<string, [filter: Loose, options: Loose, used: boolean, sorts: boolean]> = {
  equality: [{ a: 1 }, {}, true, false],
  'equality on both fields': [{ a: 1, b: 2 }, {}, true, false],
  'a range': [{ a: { $gt: 1, $lt: 5 } }, {}, true, false],
  $in: [{ a: { $in: [1, 2] } }, {}, true, false],
  'equality and a sort by the next field': [{ a: 1 }, { sort: { b: 1 } }, true, false],
  'equality and a sort the other way round': [{ a: 1 }, { sort: { b: -1 } }, true, false],
  'a sort by the whole index': [{ a: { $gte: 0 } }, { sort: { a: 1, b: 1 } }, true, false],
  'a sort against the directions of the index': [{ a: { $gte: 0 } }, { sort: { a: 1, b: -1 } }, true, true],
  'a field without an index': [{ z: 1 }, {}, false, false],
  'the second field alone': [{ b: 1 }, {}, false, false],
  'a range and a sort by the second field': [{ a: { $gt: 1 } }, { sort: { b: 1 } }, true, true],
};

conformance('explain', {
  ...Object.fromEntries(
    Object.entries(plans).map(([name, [filter, options, used, sorts]]): [string, Check] => [
      name,
      async (t, c) => {
        await c.createIndex({ a: 1, b: 1 });
        await c.insertMany(Array.from({ length: 300 }, (_, i) => ({ a: i % 10, b: i % 7, z: i })));
        const seen = await stages(c.find(filter, options));
        t.equal(seen.includes('IXSCAN'), used, seen.join(' > '));
        t.equal(seen.includes('COLLSCAN'), !used, seen.join(' > '));
        t.equal(seen.includes('SORT'), sorts, seen.join(' > '));
      },
    ]),
  ),
  'the work that was done': async (t, c) => {
    await c.createIndex({ a: 1 });
    await c.insertMany(Array.from({ length: 100 }, (_, i) => ({ a: i % 10, z: i })));
    const { executionStats } = (await c.find({ a: 3 }).explain('executionStats')) as Loose;
    t.equal(executionStats.nReturned, 10);
    t.equal(executionStats.totalDocsExamined, 10);
    t.equal(executionStats.totalKeysExamined, 10);
    const scan = (await c.find({ z: 3 }).explain('executionStats')) as Loose;
    t.equal(scan.executionStats.totalDocsExamined, 100);
  },
  'a partial index serves only queries that imply its condition': async (t, c) => {
    await c.createIndex({ a: 1 }, { partialFilterExpression: { live: true } });
    t.ok((await stages(c.find({ a: 1, live: true }))).includes('IXSCAN'));
    t.notOk((await stages(c.find({ a: 1 }))).includes('IXSCAN'));
  },
  'an index under a collation serves only that collation, for strings': async (t, c) => {
    const collation = { locale: 'en', strength: 2 };
    await c.createIndex({ a: 1 }, { collation });
    t.ok((await stages(c.find({ a: 'x' }, { collation }))).includes('IXSCAN'));
    t.notOk((await stages(c.find({ a: 'x' }))).includes('IXSCAN'));
  },
  'explaining a write does not write': async (t, c, { db }) => {
    await c.insertOne({ _id: 1 });
    await db.command({ explain: { delete: c.collectionName, deletes: [{ q: {}, limit: 0 }] } });
    await db.command({ explain: { update: c.collectionName, updates: [{ q: {}, u: { $set: { a: 1 } } }] } });
    t.strictSame(await c.find().toArray(), [{ _id: 1 }]);
  },
});

const texts = [
  { _id: 1, title: 'Coffee and cake', body: 'We are drinking coffee' },
  { _id: 2, title: 'Tea', body: 'coffee is not served here' },
  { _id: 3, title: 'Cakes', body: 'many cakes' },
];

conformance('text search', {
  'words, stems and weights': async (t, c) => {
    await c.createIndex({ title: 'text', body: 'text' }, { weights: { title: 10 } });
    await c.insertMany(texts as Loose[]);
    const search = async (words: string) => idsOf(c, { $text: { $search: words } });
    t.strictSame(await search('coffee'), [1, 2]);
    t.strictSame(await search('cake'), [1, 3]);
    t.strictSame(await search('drink tea'), [1, 2]);
    t.strictSame(await search('coffee -served'), [1]);
    t.strictSame(await search('"not served"'), [2]);
    t.strictSame(await search('the and'), []);
    const best = await c
      .find({ $text: { $search: 'coffee' } })
      .project({ score: { $meta: 'textScore' } })
      .sort({ score: { $meta: 'textScore' } })
      .toArray();
    t.strictSame(
      best.map(({ _id }) => _id),
      [1, 2],
    );
    t.ok(best[0]!['score'] > best[1]!['score'] && best[1]!['score'] > 0);
  },
  'together with other conditions': async (t, c) => {
    await c.createIndex({ body: 'text' });
    await c.insertMany(texts as Loose[]);
    t.strictSame(await idsOf(c, { $text: { $search: 'coffee' }, title: 'Tea' }), [2]);
    await c.updateOne({ _id: 2 }, { $set: { body: 'nothing' } });
    await c.deleteOne({ _id: 1 });
    t.strictSame(await idsOf(c, { $text: { $search: 'coffee' } }), []);
  },
  'without a text index it is refused': async (t, c) => {
    await c.insertOne({ a: 'x' });
    t.match(await failure(c.find({ $text: { $search: 'x' } }).toArray()), { code: 27 });
  },
});

conformance('collections and commands', {
  'creating, listing, dropping': async (t, c, { db }) => {
    await db.createCollection(c.collectionName);
    t.match(await db.listCollections({ name: c.collectionName }).toArray(), [
      { name: c.collectionName, type: 'collection' },
    ]);
    t.match(await failure(db.createCollection(c.collectionName, { capped: true, size: 4096 } as Loose)), {
      code: /^(48|238|115)$/,
    });
    t.equal(await c.drop(), true);
    t.strictSame(await db.listCollections({ name: c.collectionName }).toArray(), []);
  },
  'a collection appears with its first document or index': async (t, c, { db }) => {
    await c.createIndex({ a: 1 });
    t.equal((await db.listCollections({ name: c.collectionName }, { nameOnly: true }).toArray()).length, 1);
  },
  renaming: async (t, c, { db }) => {
    await c.insertOne({ _id: 1 });
    await c.createIndex({ a: 1 });
    const renamed = await c.rename(`${c.collectionName}_new`);
    t.strictSame(await renamed.find().toArray(), [{ _id: 1 }]);
    t.equal((await renamed.indexes()).length, 2);
    t.equal(await c.countDocuments(), 0);
    await db.collection(`${c.collectionName}_x`).insertOne({});
    t.match(await failure(renamed.rename(`${c.collectionName}_x`)), { code: 48 });
    await renamed.rename(`${c.collectionName}_x`, { dropTarget: true });
    t.match(await failure(db.collection('no_such_one').rename('other')), { code: 26 });
  },
  'a default collation holds for queries and indexes': async (t, c, { db }) => {
    await db.createCollection(c.collectionName, { collation: { locale: 'en', strength: 2 } });
    await c.insertMany([
      { _id: 1, a: 'X' },
      { _id: 2, a: 'x' },
      { _id: 3, a: 'y' },
    ]);
    t.strictSame(await idsOf(c, { a: 'x' }), [1, 2]);
    t.match(await failure(c.createIndex({ a: 1 }, { unique: true })), { code: 11000 });
  },
  'databases are listed and dropped': async (t, c, { client }) => {
    const other = client.db(`${c.dbName}_other`);
    await other.collection('x').insertOne({});
    const names = async () => (await client.db().admin().listDatabases()).databases.map(({ name }) => name);
    t.ok((await names()).includes(other.databaseName));
    await other.dropDatabase();
    t.notOk((await names()).includes(other.databaseName));
  },
  statistics: async (t, c, { db }) => {
    await c.insertMany([{ a: 1 }, { a: 2 }]);
    t.match(await db.command({ collStats: c.collectionName }), { ok: 1, count: 2, nindexes: 1 });
    t.match(await db.command({ dbStats: 1 }), { ok: 1, db: db.databaseName });
  },
  'sessions are accepted and end': async (t, c, { client }) => {
    await client.withSession(async session => {
      await c.insertOne({ _id: 1 }, { session });
      t.match(await c.findOne({}, { session }), { _id: 1 });
    });
  },
  'an unknown command, an unknown field': async (t, c, { db }) => {
    t.match(await failure(db.command({ fooBar: 1 })), { code: 59, message: /no such command: '?fooBar'?/ });
    t.match(await failure(db.command({ find: c.collectionName, fooBar: 1 })), {
      code: /^(40415|9|72)$/,
      message: /fooBar/,
    });
  },
  'illegal names': async (t, c, { db, client }) => {
    t.match(await failure(db.command({ insert: '', documents: [{}] })), { code: 73 });
    t.match(await failure(db.command({ create: `${c.collectionName}$x` })), { code: 73 });
    await t.rejects(client.db('a b').collection('x').insertOne({}));
  },
  'a time limit is kept': async (t, c) => {
    await c.insertMany(Array.from({ length: 20_000 }, (_, _id) => ({ _id, s: `text ${_id}` })));
    const slow = { $or: Array.from({ length: 200 }, (_, i) => ({ s: new RegExp(`nothing ${i}$`) })) };
    t.match(await failure(c.find(slow).maxTimeMS(1).toArray()), { code: 50 });
    t.match(await c.find({ _id: 1 }).maxTimeMS(10_000).toArray(), [{ _id: 1 }]);
  },
  'many clients at the same time': async (t, c, { uri }) => {
    const clients = await Promise.all(Array.from({ length: 5 }, () => new MongoClient(uri).connect()));
    const work = clients.flatMap((client, k) =>
      Array.from({ length: 40 }, (_, i) =>
        client
          .db(c.dbName)
          .collection<Loose>(c.collectionName)
          .updateOne({ _id: i % 10 }, { $inc: { n: 1 }, $push: { by: k } as Loose }, { upsert: true }),
      ),
    );
    const results = await Promise.allSettled(work);
    // Two upserts of one new _id may meet, as on any MongoDB: then one of them has to be sent again.
    t.equal(
      results.filter(result => result.status === 'rejected').every(result => (result as Loose).reason.code === 11000),
      true,
    );
    const done = results.filter(result => result.status === 'fulfilled').length;
    t.equal(
      (await c.find().toArray()).reduce((sum, { n, by }) => sum + (n === by.length ? n : 0), 0),
      done,
    );
    await Promise.all(clients.map(client => client.close()));
  },
});
