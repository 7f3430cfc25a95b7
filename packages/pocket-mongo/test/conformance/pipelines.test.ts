import { Decimal128, Double, Long } from 'mongodb';
import { type Check, conformance, failure, type Loose } from './servers.ts';

const calls = [
  {
    _id: 1,
    org: 'a',
    state: 'done',
    seconds: 60,
    cost: Decimal128.fromString('0.10'),
    at: new Date('2026-03-08T04:30:00Z'),
    tags: ['x', 'y'],
  },
  {
    _id: 2,
    org: 'a',
    state: 'failed',
    seconds: 0,
    cost: Decimal128.fromString('0.20'),
    at: new Date('2026-03-08T07:30:00Z'),
    tags: [],
  },
  {
    _id: 3,
    org: 'b',
    state: 'done',
    seconds: Long.fromNumber(30),
    cost: Decimal128.fromString('1.05'),
    at: new Date('2026-03-09T05:00:00Z'),
    tags: ['y'],
  },
  { _id: 4, org: 'b', state: 'done', seconds: 2.5, at: new Date('2025-12-31T23:59:59Z') },
];

/** One check per pipeline over the calls above. */
function gives(pipeline: Loose[], result: Loose[], options: Loose = {}): Check {
  return async (t, c) => {
    await c.insertMany(calls as Loose[]);
    t.strictSame(plain(await c.aggregate(pipeline, options).toArray()), result);
  };
}

/** Decimals and longs as texts, so that results compare by value and digits. */
function plain(value: Loose): Loose {
  if (value instanceof Decimal128 || value instanceof Long) return value.toString();
  if (Array.isArray(value)) return value.map(plain);
  if (value && typeof value === 'object' && !(value instanceof Date)) {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
  }
  return value;
}

/** One check per expression: its value for a document. */
function yields(document: Loose, expression: Loose, value: Loose): Check {
  return async (t, c) => {
    await c.insertOne({ _id: 1, ...document });
    const [found] = await c.aggregate([{ $project: { _id: 0, value: expression } }]).toArray();
    t.strictSame(plain(found), value === undefined ? {} : { value });
  };
}

conformance('aggregation stages', {
  '$match, $sort, $skip, $limit': gives(
    [{ $match: { state: 'done' } }, { $sort: { _id: -1 } }, { $skip: 1 }, { $limit: 1 }, { $project: { org: 1 } }],
    [{ _id: 3, org: 'b' }],
  ),
  '$group: sums of every number type': gives(
    [
      { $group: { _id: '$org', seconds: { $sum: '$seconds' }, cost: { $sum: '$cost' }, n: { $sum: 1 } } },
      { $sort: { _id: 1 } },
    ],
    [
      { _id: 'a', seconds: 60, cost: '0.30', n: 2 },
      { _id: 'b', seconds: 32.5, cost: '1.05', n: 2 },
    ],
  ),
  '$group: average, extremes, first, last, lists': gives(
    [
      { $sort: { _id: 1 } },
      {
        $group: {
          _id: null,
          avg: { $avg: '$seconds' },
          min: { $min: '$seconds' },
          max: { $max: '$at' },
          first: { $first: '$state' },
          last: { $last: '$org' },
          all: { $push: '$_id' },
        },
      },
    ],
    [
      {
        _id: null,
        avg: 23.125,
        min: 0,
        max: new Date('2026-03-09T05:00:00Z'),
        first: 'done',
        last: 'b',
        all: [1, 2, 3, 4],
      },
    ],
  ),
  '$group: a set': gives(
    [{ $group: { _id: null, set: { $addToSet: '$org' } } }, { $project: { n: { $size: '$set' }, _id: 0 } }],
    [{ n: 2 }],
  ),
  '$group by a compound key, missing is not null': gives(
    [{ $group: { _id: { org: '$org', c: '$cost' }, n: { $sum: 1 } } }, { $match: { '_id.c': { $exists: false } } }],
    [{ _id: { org: 'b' }, n: 1 }],
  ),
  $count: gives([{ $match: { org: 'a' } }, { $count: 'n' }], [{ n: 2 }]),
  $sortByCount: gives(
    [{ $sortByCount: '$state' }],
    [
      { _id: 'done', count: 3 },
      { _id: 'failed', count: 1 },
    ],
  ),
  $unwind: gives(
    [{ $unwind: '$tags' }, { $project: { tags: 1 } }, { $sort: { _id: 1, tags: 1 } }],
    [
      { _id: 1, tags: 'x' },
      { _id: 1, tags: 'y' },
      { _id: 3, tags: 'y' },
    ],
  ),
  '$unwind that keeps empty ones': gives(
    [
      { $unwind: { path: '$tags', includeArrayIndex: 'i', preserveNullAndEmptyArrays: true } },
      { $match: { tags: { $exists: false } } },
      { $project: { i: 1 } },
      { $sort: { _id: 1 } },
    ],
    [
      { _id: 2, i: null },
      { _id: 4, i: null },
    ],
  ),
  '$set and $unset': gives(
    [
      { $match: { _id: 1 } },
      { $set: { 'x.y': { $add: ['$seconds', 1] }, org: 'z' } },
      { $unset: ['tags', 'at', 'cost'] },
    ],
    [{ _id: 1, org: 'z', state: 'done', seconds: 60, x: { y: 61 } }],
  ),
  $replaceRoot: gives([{ $match: { _id: 1 } }, { $replaceRoot: { newRoot: { n: '$seconds' } } }], [{ n: 60 }]),
  $bucket: gives(
    [{ $bucket: { groupBy: '$seconds', boundaries: [0, 10, 100], output: { n: { $sum: 1 } } } }],
    [
      { _id: 0, n: 2 },
      { _id: 10, n: 2 },
    ],
  ),
  $facet: gives(
    [{ $facet: { n: [{ $count: 'n' }], ids: [{ $sort: { _id: 1 } }, { $project: { _id: 1 } }, { $limit: 2 }] } }],
    [{ n: [{ n: 4 }], ids: [{ _id: 1 }, { _id: 2 }] }],
  ),
  '$dateTrunc by day in a zone': gives(
    [
      { $group: { _id: { $dateTrunc: { date: '$at', unit: 'day', timezone: 'America/New_York' } }, n: { $sum: 1 } } },
      { $sort: { _id: 1 } },
    ],
    [
      { _id: new Date('2025-12-31T05:00:00Z'), n: 1 },
      { _id: new Date('2026-03-07T05:00:00Z'), n: 1 },
      { _id: new Date('2026-03-08T05:00:00Z'), n: 1 },
      { _id: new Date('2026-03-09T04:00:00Z'), n: 1 },
    ],
  ),
  $setWindowFields: gives(
    [
      {
        $setWindowFields: {
          partitionBy: '$org',
          sortBy: { _id: 1 },
          output: { running: { $sum: '$seconds', window: { documents: ['unbounded', 'current'] } } },
        },
      },
      { $sort: { _id: 1 } },
      { $project: { running: 1 } },
    ],
    [
      { _id: 1, running: 60 },
      { _id: 2, running: 60 },
      { _id: 3, running: 30 },
      { _id: 4, running: 32.5 },
    ],
  ),
  'a variable': gives([{ $match: { $expr: { $eq: ['$org', '$$which'] } } }, { $count: 'n' }], [{ n: 2 }], {
    let: { which: 'b' },
  }),
  'a collation': gives([{ $match: { org: 'A' } }, { $count: 'n' }], [{ n: 2 }], {
    collation: { locale: 'en', strength: 2 },
  }),
  '$lookup by equality': async (t, c, { db }) => {
    const other = db.collection<Loose>(`${c.collectionName}_o`);
    await other.insertMany([
      { _id: 'a', name: 'A' },
      { _id: 'b', name: 'B' },
    ]);
    await c.insertMany([{ _id: 1, org: 'a' }, { _id: 2, org: 'z' }, { _id: 3, org: ['a', 'b'] }, { _id: 4 }]);
    const found = await c
      .aggregate([
        { $lookup: { from: other.collectionName, localField: 'org', foreignField: '_id', as: 'o' } },
        { $sort: { _id: 1 } },
      ])
      .toArray();
    t.strictSame(
      found.map(({ o }) => o.map((x: Loose) => x._id).sort()),
      [['a'], [], ['a', 'b'], []],
    );
  },
  '$lookup by equality and a pipeline': async (t, c, { db }) => {
    const other = db.collection<Loose>(`${c.collectionName}_o`);
    await other.insertMany([
      { _id: 1, org: 'a', n: 1 },
      { _id: 2, org: 'a', n: 5 },
      { _id: 3, org: 'b', n: 9 },
    ]);
    await c.insertMany([{ _id: 'x', org: 'a', min: 3 }]);
    const found = await c
      .aggregate([
        {
          $lookup: {
            from: other.collectionName,
            localField: 'org',
            foreignField: 'org',
            let: { min: '$min' },
            pipeline: [{ $match: { $expr: { $gt: ['$n', '$$min'] } } }],
            as: 'o',
          },
        },
      ])
      .toArray();
    t.strictSame(found[0]!['o'], [{ _id: 2, org: 'a', n: 5 }]);
  },
  $unionWith: async (t, c, { db }) => {
    await db.collection<Loose>(`${c.collectionName}_o`).insertOne({ _id: 2 });
    await c.insertOne({ _id: 1 });
    t.equal((await c.aggregate([{ $unionWith: `${c.collectionName}_o` }]).toArray()).length, 2);
  },
  $graphLookup: async (t, c) => {
    await c.insertMany([
      { _id: 1, boss: null },
      { _id: 2, boss: 1 },
      { _id: 3, boss: 2 },
    ]);
    const found = await c
      .aggregate([
        { $match: { _id: 3 } },
        {
          $graphLookup: {
            from: c.collectionName,
            startWith: '$boss',
            connectFromField: 'boss',
            connectToField: '_id',
            as: 'up',
          },
        },
      ])
      .toArray();
    t.strictSame(found[0]!['up'].map((x: Loose) => x._id).sort(), [1, 2]);
  },
  '$out and $merge': async (t, c, { db }) => {
    const target = db.collection<Loose>(`${c.collectionName}_t`);
    await c.insertMany([
      { _id: 1, n: 1 },
      { _id: 2, n: 2 },
    ]);
    await c.aggregate([{ $match: { _id: 1 } }, { $out: target.collectionName }]).toArray();
    t.strictSame(await target.find().toArray(), [{ _id: 1, n: 1 }]);
    await c
      .aggregate([
        { $set: { m: 1 } },
        { $merge: { into: target.collectionName, whenMatched: 'merge', whenNotMatched: 'insert' } },
      ])
      .toArray();
    t.strictSame(await target.find().sort({ _id: 1 }).toArray(), [
      { _id: 1, n: 1, m: 1 },
      { _id: 2, n: 2, m: 1 },
    ]);
  },
  'documents without a collection': async (t, _c, { db }) => {
    t.strictSame(await db.aggregate([{ $documents: [{ a: 1 }, { a: 2 }] }, { $match: { a: 2 } }]).toArray(), [
      { a: 2 },
    ]);
  },
  'a cursor of many batches': async (t, c) => {
    await c.insertMany(Array.from({ length: 300 }, (_, _id) => ({ _id })));
    let n = 0;
    for await (const _ of c.aggregate([{ $match: { _id: { $gte: 100 } } }], { batchSize: 30 })) n += 1;
    t.equal(n, 200);
  },
  'unknown stages and operators are refused': async (t, c) => {
    await c.insertOne({});
    t.match(await failure(c.aggregate([{ $foo: 1 }]).toArray()), { code: 40324 });
    t.match(await failure(c.aggregate([{ $project: { a: { $foo: 1 } } }]).toArray()), { code: /^(31325|168)$/ });
    t.match(await failure(c.aggregate([{ $match: {}, $limit: 1 }]).toArray()), { code: 40323 });
  },
});

const zone = 'America/New_York';

conformance('aggregation expressions', {
  'arithmetic with longs': yields(
    { a: Long.fromString('9007199254740993') },
    { $add: ['$a', Long.fromNumber(2)] },
    '9007199254740995',
  ),
  'arithmetic with decimals': yields(
    { a: Decimal128.fromString('0.1') },
    { $add: ['$a', Decimal128.fromString('0.2')] },
    '0.3',
  ),
  'division of decimals': yields(
    { a: Decimal128.fromString('1.00') },
    { $divide: ['$a', Decimal128.fromString('8')] },
    '0.125',
  ),
  '$round half to even': yields({ a: 2.5 }, { $round: '$a' }, 2),
  '$mod keeps the sign': yields({ a: -7 }, { $mod: ['$a', 3] }, -1),
  'null makes a sum null': yields({ a: null }, { $add: ['$a', 1] }, null),
  '$cond and $switch': yields(
    { a: 5 },
    {
      $switch: {
        // biome-ignore lint/suspicious/noThenProperty: the name is MongoDB's
        branches: [{ case: { $gt: ['$a', 9] }, then: 'big' }],
        default: { $cond: [{ $eq: ['$a', 5] }, 'five', 'other'] },
      },
    },
    'five',
  ),
  $ifNull: yields({ a: null }, { $ifNull: ['$a', '$b', 'z'] }, 'z'),
  'a missing field stays missing': yields({}, '$nope', undefined),
  'a path into an array': yields({ a: [{ b: 1 }, { c: 1 }, { b: 3 }] }, '$a.b', [1, 3]),
  '$map, $filter, $reduce': yields(
    { a: [1, 2, 3] },
    {
      $reduce: {
        input: {
          $filter: { input: { $map: { input: '$a', in: { $multiply: ['$$this', 2] } } }, cond: { $gt: ['$$this', 2] } },
        },
        initialValue: 0,
        in: { $add: ['$$value', '$$this'] },
      },
    },
    10,
  ),
  '$arrayElemAt from the end': yields({ a: [1, 2, 3] }, { $arrayElemAt: ['$a', -1] }, 3),
  '$slice, $concatArrays, $in': yields(
    { a: [1, 2, 3] },
    { $in: [9, { $concatArrays: [{ $slice: ['$a', 2] }, [9]] }] },
    true,
  ),
  '$size of what is no array': async (t, c) => {
    await c.insertOne({ a: 1 });
    t.match(await failure(c.aggregate([{ $project: { x: { $size: '$a' } } }]).toArray()), { code: 17124 });
  },
  texts: yields(
    { a: ' Ünï ' },
    { $concat: [{ $toUpper: { $trim: { input: '$a' } } }, '-', { $toString: { $strLenCP: '$a' } }] },
    'ÜNï-5',
  ),
  '$split and $indexOfCP': yields(
    { a: 'a,b,c' },
    { $concatArrays: [{ $split: ['$a', ','] }, [{ $indexOfCP: ['$a', 'b'] }]] },
    ['a', 'b', 'c', 2],
  ),
  $regexMatch: yields({ a: 'Hello' }, { $regexMatch: { input: '$a', regex: '^h', options: 'i' } }, true),
  '$toObjectId and back': yields(
    { a: '650000000000000000000001' },
    { $toString: { $toObjectId: '$a' } },
    '650000000000000000000001',
  ),
  '$convert with a fallback': yields({ a: 'x' }, { $convert: { input: '$a', to: 'int', onError: -1 } }, -1),
  $type: yields({ a: new Double(1) }, [{ $type: '$a' }, { $type: '$b' }], ['double', 'missing']),
  '$mergeObjects and $objectToArray': yields({ a: { x: 1 } }, { $objectToArray: { $mergeObjects: ['$a', { y: 2 }] } }, [
    { k: 'x', v: 1 },
    { k: 'y', v: 2 },
  ]),
  '$dateToString in a zone': yields(
    { a: new Date('2026-07-01T03:30:00Z') },
    { $dateToString: { date: '$a', format: '%Y-%m-%d %H:%M %z', timezone: zone } },
    '2026-06-30 23:30 -0400',
  ),
  '$dateTrunc across the change of clocks': yields(
    { a: new Date('2026-03-08T20:00:00Z') },
    { $dateTrunc: { date: '$a', unit: 'day', timezone: zone } },
    new Date('2026-03-08T05:00:00Z'),
  ),
  '$dateDiff counts boundaries in the zone': yields(
    { a: new Date('2026-01-01T04:00:00Z'), b: new Date('2026-01-01T06:00:00Z') },
    { $dateDiff: { startDate: '$a', endDate: '$b', unit: 'day', timezone: zone } },
    1,
  ),
  '$dateAdd of a month clips to its end': yields(
    { a: new Date('2026-01-31T12:00:00Z') },
    { $dateAdd: { startDate: '$a', unit: 'month', amount: 1 } },
    new Date('2026-02-28T12:00:00Z'),
  ),
  '$isoWeek at the edge of a year': yields(
    { a: new Date('2021-01-03T12:00:00Z') },
    [{ $isoWeek: '$a' }, { $isoWeekYear: '$a' }, { $week: '$a' }],
    [53, 2020, 1],
  ),
  '$hour and $dayOfWeek in a zone': yields(
    { a: new Date('2026-03-09T03:00:00Z') },
    [{ $hour: { date: '$a', timezone: zone } }, { $dayOfWeek: { date: '$a', timezone: zone } }],
    [23, 1],
  ),
  '$subtract of dates': yields({ a: new Date(5000), b: new Date(2000) }, { $subtract: ['$a', '$b'] }, 3000),
  'comparison crosses types': yields(
    { a: 'x' },
    [{ $gt: ['$a', 5] }, { $lt: ['$nope', null] }, { $cmp: [1, Long.fromNumber(1)] }],
    [true, true, 0],
  ),
  '$setUnion and $setIsSubset': yields({ a: [1, 2, 2] }, { $setIsSubset: [[2], { $setUnion: ['$a', [3]] }] }, true),
  $sortArray: yields({ a: [{ n: 2 }, { n: 1 }] }, { $sortArray: { input: '$a', sortBy: { n: 1 } } }, [
    { n: 1 },
    { n: 2 },
  ]),
  '$let and $$ROOT': yields({ a: 2 }, { $let: { vars: { d: '$$ROOT' }, in: { $multiply: ['$$d.a', 3] } } }, 6),
});
