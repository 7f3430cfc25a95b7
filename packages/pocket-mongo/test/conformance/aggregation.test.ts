import { readdirSync, readFileSync } from 'node:fs';
import { Decimal128, EJSON, Long } from 'bson';
import { conformance, failure, type Loose } from './servers.ts';

const orders = [
  { _id: 1, org: 'a', amount: Decimal128.fromString('0.10'), at: new Date('2024-03-10T04:30:00Z') },
  { _id: 2, org: 'a', amount: Decimal128.fromString('0.20'), at: new Date('2024-03-10T05:30:00Z') },
  { _id: 3, org: 'b', amount: Decimal128.fromString('5'), at: new Date('2024-03-11T03:30:00Z') },
];

/** Results with their types spelled out: the driver would turn a Long into a number. */
const written = (value: unknown): Loose => JSON.parse(EJSON.stringify({ value }, { relaxed: false })).value;
const exact = { promoteValues: false } as const;

conformance('aggregation', {
  'money is summed exactly, by group': async (t, c) => {
    await c.insertMany(orders);
    const totals = await c
      .aggregate([
        { $group: { _id: '$org', total: { $sum: '$amount' }, mean: { $avg: '$amount' } } },
        { $sort: { _id: 1 } },
      ])
      .toArray();
    t.strictSame(written(totals), [
      { _id: 'a', total: { $numberDecimal: '0.30' }, mean: { $numberDecimal: '0.15' } },
      { _id: 'b', total: { $numberDecimal: '5' }, mean: { $numberDecimal: '5' } },
    ]);
  },
  'days are those of the zone, also when the clocks change': async (t, c) => {
    await c.insertMany(orders);
    const day = { $dateTrunc: { date: '$at', unit: 'day', timezone: 'America/New_York' } };
    t.strictSame(await c.aggregate([{ $group: { _id: day, n: { $sum: 1 } } }, { $sort: { _id: 1 } }]).toArray(), [
      { _id: new Date('2024-03-09T05:00:00Z'), n: 1 },
      { _id: new Date('2024-03-10T05:00:00Z'), n: 2 },
    ]);
  },
  'a start that indexes can serve gives the same as the stages': async (t, c) => {
    await c.insertMany(orders);
    await c.createIndex({ org: 1, _id: -1 });
    const stages = [
      { $match: { org: 'a' } },
      { $sort: { _id: -1 } },
      { $skip: 1 },
      { $limit: 5 },
      { $project: { org: 1 } },
    ];
    t.strictSame(await c.aggregate(stages).toArray(), [{ _id: 1, org: 'a' }]);
    t.strictSame(await c.aggregate([{ $set: { copy: 1 } }, ...stages]).toArray(), [{ _id: 1, org: 'a' }]);
  },
  'results come in batches': async (t, c) => {
    await c.insertMany(Array.from({ length: 250 }, (_, i) => ({ _id: i })));
    let count = 0;
    for await (const _document of c.aggregate([{ $match: { _id: { $gte: 50 } } }], { batchSize: 30 })) count += 1;
    t.equal(count, 200);
  },
  'variables of the command and of $lookup': async (t, c, { db }) => {
    await c.insertMany(orders);
    const rates = db.collection<Loose>(`${c.collectionName}_rates`);
    await rates.insertMany([
      { _id: 1, org: 'a', price: 2 },
      { _id: 2, org: 'b', price: 3 },
    ]);
    await rates.createIndex({ org: 1 });
    const joined = await c
      .aggregate(
        [
          { $match: { $expr: { $gte: ['$_id', '$$least'] } } },
          {
            $lookup: {
              from: rates.collectionName,
              let: { org: '$org' },
              pipeline: [
                { $match: { $expr: { $eq: ['$org', '$$org'] } } },
                { $project: { _id: 0, price: 1, least: '$$least' } },
              ],
              as: 'rate',
            },
          },
          { $project: { rate: 1 } },
          { $sort: { _id: 1 } },
        ],
        { let: { least: 2 } },
      )
      .toArray();
    t.strictSame(joined, [
      { _id: 2, rate: [{ price: 2, least: 2 }] },
      { _id: 3, rate: [{ price: 3, least: 2 }] },
    ]);
  },
  '$lookup by equality and pipeline joins the equal ones only': async (t, c, { db }) => {
    await c.insertMany([{ _id: 1, k: [1, 2] }, { _id: 2 }]);
    const other = db.collection<Loose>(`${c.collectionName}_other`);
    await other.insertMany([
      { _id: 1, k: 1, n: 1 },
      { _id: 2, k: 2, n: 5 },
      { _id: 3, n: 7 },
    ]);
    const stage = {
      from: other.collectionName,
      localField: 'k',
      foreignField: 'k',
      as: 'o',
      pipeline: [{ $match: { n: { $gt: 1 } } }],
    };
    t.strictSame(
      await c.aggregate([{ $lookup: stage }, { $project: { 'o._id': 1 } }, { $sort: { _id: 1 } }]).toArray(),
      [
        { _id: 1, o: [{ _id: 2 }] },
        { _id: 2, o: [{ _id: 3 }] },
      ],
    );
  },
  'a collation rules matching, grouping and order': async (t, c) => {
    await c.insertMany([
      { _id: 1, s: 'b' },
      { _id: 2, s: 'A' },
      { _id: 3, s: 'a' },
    ]);
    const collation = { locale: 'en', strength: 2 };
    t.strictSame(
      await c
        .aggregate([{ $group: { _id: { $toLower: '$s' }, n: { $sum: 1 } } }, { $sort: { _id: 1 } }], { collation })
        .toArray(),
      [
        { _id: 'a', n: 2 },
        { _id: 'b', n: 1 },
      ],
    );
    t.strictSame(await c.aggregate([{ $match: { s: 'a' } }, { $count: 'n' }], { collation }).toArray(), [{ n: 2 }]);
  },
  'an empty collection': async (t, c) => {
    t.strictSame(await c.aggregate([{ $group: { _id: null, n: { $sum: 1 } } }]).toArray(), []);
    t.strictSame(await c.aggregate([{ $facet: { all: [{ $count: 'n' }] } }]).toArray(), [{ all: [] }]);
    t.strictSame(await c.aggregate([{ $count: 'n' }]).toArray(), []);
  },
  '$out replaces a collection, $merge adds to one': async (t, c, { db }) => {
    await c.insertMany([
      { _id: 1, k: 1, v: 1 },
      { _id: 2, k: 2, v: 2 },
    ]);
    const target = db.collection<Loose>(`${c.collectionName}_out`);
    const all = () => target.find({}).sort({ _id: 1 }).toArray();
    await target.insertOne({ _id: 9 });
    await c.aggregate([{ $out: target.collectionName }]).toArray();
    t.strictSame(await all(), [
      { _id: 1, k: 1, v: 1 },
      { _id: 2, k: 2, v: 2 },
    ]);
    await c.aggregate([{ $project: { v: { $add: ['$v', 10] } } }, { $merge: target.collectionName }]).toArray();
    t.strictSame(await all(), [
      { _id: 1, k: 1, v: 11 },
      { _id: 2, k: 2, v: 12 },
    ]);
    t.match(await failure(c.aggregate([{ $merge: { into: target.collectionName, on: 'k' } }]).toArray()), {
      code: 51183,
    });
    await target.createIndex({ k: 1 }, { unique: true });
    const byKey = [{ $match: { _id: 1 } }, { $project: { _id: 0, k: 1, w: '$v' } }];
    await c
      .aggregate([...byKey, { $merge: { into: target.collectionName, on: 'k', whenMatched: 'replace' } }])
      .toArray();
    t.strictSame((await all())[0], { _id: 1, k: 1, w: 1 });
    const pipeline = [{ $set: { w: { $add: ['$w', '$$new.w'] } } }];
    await c
      .aggregate([...byKey, { $merge: { into: target.collectionName, on: 'k', whenMatched: pipeline } }])
      .toArray();
    t.strictSame((await all())[0], { _id: 1, k: 1, w: 2 });
    await c
      .aggregate([...byKey, { $merge: { into: target.collectionName, on: 'k', whenMatched: 'keepExisting' } }])
      .toArray();
    t.strictSame((await all())[0], { _id: 1, k: 1, w: 2 });
    const mustFail = (merge: Loose, ...before: Loose[]) =>
      failure(c.aggregate([...before, { $merge: { into: target.collectionName, ...merge } }]).toArray());
    t.match(await mustFail({ whenMatched: 'fail' }), { code: 11000 });
    t.match(await mustFail({ whenNotMatched: 'fail' }, { $set: { _id: { $add: ['$_id', 50] } } }), { code: 13113 });
    const absent = [{ $set: { _id: { $add: ['$_id', 50] } } }];
    await c.aggregate([...absent, { $merge: { into: target.collectionName, whenNotMatched: 'discard' } }]).toArray();
    t.equal(await target.countDocuments({}), 2);
  },
  'updates by pipeline': async (t, c) => {
    await c.insertMany([
      { _id: 1, list: [{ n: 1 }, { n: 2 }], old: 1 },
      { _id: 2, list: [], old: 2 },
    ]);
    await c.updateMany(
      {},
      [
        { $set: { 'list.seen': true, total: { $sum: '$list.n' } } },
        { $set: { twice: { $multiply: ['$total', '$$factor'] } } },
        { $unset: 'old' },
      ],
      { let: { factor: 2 } },
    );
    t.strictSame(await c.find({}).sort({ _id: 1 }).toArray(), [
      {
        _id: 1,
        list: [
          { n: 1, seen: true },
          { n: 2, seen: true },
        ],
        total: 3,
        twice: 6,
      },
      { _id: 2, list: [], total: 0, twice: 0 },
    ]);
    t.strictSame(
      await c.findOneAndUpdate({ _id: 2 }, [{ $replaceWith: { kept: '$total' } }], { returnDocument: 'after' }),
      { _id: 2, kept: 0 },
    );
    t.ok((await failure(c.updateOne({}, [{ $group: { _id: 1 } }]))).code);
  },
  'documents without a collection': async (t, _c, { db }) => {
    t.strictSame(
      await db
        .aggregate([{ $documents: [{ n: 1 }, { n: 2 }] }, { $group: { _id: null, n: { $sum: '$n' } } }])
        .toArray(),
      [{ _id: null, n: 3 }],
    );
  },
  'an _id may be a document, without operators': async (t, c) => {
    await c.insertOne({ _id: { a: 1, b: 2 } });
    t.equal(await c.countDocuments({ _id: { a: 1, b: 2 } }), 1);
    t.match(await failure(c.insertOne({ _id: { $a: 1 } })), { code: 52 });
  },
  'errors carry the codes of MongoDB': async (t, c) => {
    await c.insertOne({ _id: 1, s: 'x' });
    const code = async (...stages: Loose[]) => (await failure(c.aggregate(stages).toArray())).code;
    t.equal(await code({ $nope: {} }), 40324);
    t.equal(await code({ $match: {}, $limit: 1 }), 40323);
    t.equal(await code({ $limit: 0 }), 15958);
    t.equal(await code({ $group: { n: { $sum: 1 } } }), 15955);
    t.equal(await code({ $set: { a: { $size: '$s' } } }), 17124);
    t.equal(await code({ $set: { a: '$$nope' } }), 17276);
    t.equal(await code({ $set: { a: { $toObjectId: '$s' } } }), 241);
    t.equal(await code({ $out: 'x' }, { $match: {} }), 40601);
  },
  '$indexStats and $collStats': async (t, c) => {
    await c.insertMany([{ _id: 1 }, { _id: 2 }]);
    await c.createIndex({ a: 1 });
    t.strictSame(
      (await c.aggregate([{ $indexStats: {} }, { $sort: { name: 1 } }]).toArray()).map(({ name }) => name),
      ['_id_', 'a_1'],
    );
    t.match(await c.aggregate([{ $collStats: { count: {} } }]).toArray(), [{ count: 2 }]);
    t.match(await failure(c.aggregate([{ $collStats: { nope: {} } }]).toArray()), { code: 40415 });
  },
  'the table of expressions, over the wire': async (t, c) => {
    const folder = new URL('../aggregate/vectors/', import.meta.url);
    let id = 0;
    for (const file of readdirSync(folder)) {
      for (const vector of EJSON.parse(readFileSync(new URL(file, folder), 'utf8'), { relaxed: false }) as Loose[]) {
        // The stored document has an _id more than that of the table; failures are compared above.
        if ('fails' in vector || JSON.stringify(vector.of).includes('$$ROOT')) continue;
        id += 1;
        await c.insertOne({ ...vector.in, _id: id });
        const [result] = await c
          .aggregate([{ $match: { _id: id } }, { $replaceWith: { value: vector.of } }], exact)
          .toArray();
        t.strictSame(written(result), vector.missing ? {} : { value: written(vector.is) }, EJSON.stringify(vector.of));
      }
    }
  },
  'long numbers stay long': async (t, c) => {
    await c.insertOne({ _id: 1, n: Long.fromString('9007199254740993') });
    const [sum] = await c.aggregate([{ $group: { _id: null, n: { $sum: '$n' } } }], exact).toArray();
    t.equal(String(sum?.['n']), '9007199254740993');
  },
});
