import { Decimal128, Double, Long, ObjectId } from 'mongodb';
import { type Check, conformance, failure, idsOf, type Loose } from './servers.ts';

const calls = [
  { _id: 1, state: 'queued', tries: 0, tags: ['a', 'b'], lead: { score: 10, by: 'ann' }, due: new Date(1000) },
  {
    _id: 2,
    state: 'done',
    tries: 2,
    tags: ['b'],
    lead: { score: 5 },
    due: new Date(2000),
    notes: [
      { by: 'ann', n: 1 },
      { by: 'bob', n: 5 },
    ],
  },
  {
    _id: 3,
    state: 'done',
    tries: 5,
    tags: [],
    lead: null,
    due: null,
    notes: [
      { by: 'bob', n: 1 },
      { by: 'ann', n: 5 },
    ],
  },
  {
    _id: 4,
    state: 'failed',
    tries: Long.fromNumber(3),
    tags: 'a',
    due: new Date(3000),
    price: Decimal128.fromString('0.10'),
  },
  { _id: 5, state: null, tries: new Double(2), lead: { score: '10' }, grid: [[1, 2], [3]] },
];

/** One check per filter: it finds these ids, no others, and counts as many. */
function finds(filter: Loose, ids: number[], options: Loose = {}): Check {
  return async (t, c) => {
    await c.insertMany(calls as Loose[]);
    const found = await c.find(filter, options).sort({ _id: 1 }).toArray();
    t.strictSame(
      found.map(({ _id }) => _id),
      ids,
    );
    if (Object.keys(options).length === 0) t.equal(await c.countDocuments(filter), ids.length);
  };
}

conformance('filters', {
  'no condition': finds({}, [1, 2, 3, 4, 5]),
  equality: finds({ state: 'done' }, [2, 3]),
  'numbers of all types are equal by value': finds({ tries: 2 }, [2, 5]),
  'equality with an element of an array': finds({ tags: 'a' }, [1, 4]),
  'equality with a whole array': finds({ tags: ['a', 'b'] }, [1]),
  'equality with an empty array': finds({ tags: [] }, [3]),
  'equality with an array inside an array': finds({ grid: [3] }, [5]),
  'a nested array is no element of the outer one': finds({ grid: 3 }, []),
  'equality with a document is exact': finds({ lead: { score: 10, by: 'ann' } }, [1]),
  'the order of fields matters': finds({ lead: { by: 'ann', score: 10 } }, []),
  'null means null or missing': finds({ lead: null }, [3, 4]),
  'null at the end of a path': finds({ 'lead.score': null }, [3, 4]),
  'a date': finds({ due: new Date(2000) }, [2]),
  'a decimal': finds({ price: Decimal128.fromString('0.1') }, [4]),
  'a double close to the decimal is another number': finds({ price: 0.1 }, []),
  'a path into documents of an array': finds({ 'notes.by': 'ann' }, [2, 3]),
  'two conditions on a path may be met by two elements': finds({ 'notes.by': 'ann', 'notes.n': 5 }, [2, 3]),
  'a position in an array': finds({ 'tags.1': 'b' }, [1]),
  'a position on the way': finds({ 'notes.0.by': 'ann' }, [2]),
  'a regular expression': finds({ state: /^D/i }, [2, 3]),
  '$regex with options': finds({ state: { $regex: '^q', $options: 'i' } }, [1]),
  $eq: finds({ tries: { $eq: 5 } }, [3]),
  '$ne also finds missing fields': finds({ 'lead.by': { $ne: 'ann' } }, [2, 3, 4, 5]),
  '$ne over an array': finds({ tags: { $ne: 'b' } }, [3, 4, 5]),
  '$gt stays within its type': finds({ 'lead.score': { $gt: 1 } }, [1, 2]),
  '$gte and $lt together': finds({ tries: { $gte: 2, $lt: 5 } }, [2, 4, 5]),
  '$lte of a date does not find null': finds({ due: { $lte: new Date(2000) } }, [1, 2]),
  '$gte null': finds({ due: { $gte: null } }, [3, 5]),
  $in: finds({ state: { $in: ['queued', 'failed', null] } }, [1, 4, 5]),
  '$in with a regular expression': finds({ state: { $in: [/^f/, 'queued'] } }, [1, 4]),
  '$in over an array': finds({ tags: { $in: ['b', 'x'] } }, [1, 2]),
  '$in of nothing': finds({ state: { $in: [] } }, []),
  $nin: finds({ state: { $nin: ['done', null] } }, [1, 4]),
  $exists: finds({ lead: { $exists: true } }, [1, 2, 3, 5]),
  '$exists: false': finds({ tags: { $exists: false } }, [5]),
  '$exists on a path into an array': finds({ 'notes.by': { $exists: true } }, [2, 3]),
  '$type by name': finds({ tries: { $type: 'int' } }, [1, 2, 3]),
  '$type by number': finds({ tries: { $type: 18 } }, [4]),
  '$type number': finds({ tries: { $type: 'number' } }, [1, 2, 3, 4, 5]),
  '$type double of an integral double': finds({ tries: { $type: 'double' } }, [5]),
  '$type of elements': finds({ tags: { $type: 'string' } }, [1, 2, 4]),
  '$type array': finds({ tags: { $type: 'array' } }, [1, 2, 3]),
  '$type null': finds({ lead: { $type: 'null' } }, [3]),
  $mod: finds({ tries: { $mod: [2, 1] } }, [3, 4]),
  $all: finds({ tags: { $all: ['b', 'a'] } }, [1]),
  '$all of one on a scalar': finds({ tags: { $all: ['a'] } }, [1, 4]),
  '$all with $elemMatch': finds({ notes: { $all: [{ $elemMatch: { by: 'ann', n: 5 } }] } }, [3]),
  $size: finds({ tags: { $size: 1 } }, [2]),
  '$elemMatch on documents': finds({ notes: { $elemMatch: { by: 'ann', n: { $gt: 3 } } } }, [3]),
  '$elemMatch on values': finds({ tags: { $elemMatch: { $gt: 'a', $lt: 'c' } } }, [1, 2]),
  '$elemMatch of nested arrays': finds({ grid: { $elemMatch: { $elemMatch: { $gt: 2 } } } }, [5]),
  $not: finds({ tries: { $not: { $gt: 2 } } }, [1, 2, 5]),
  '$not with a regular expression': finds({ state: { $not: /e/ } }, [5]),
  '$and, $or, $nor': finds(
    { $and: [{ tries: { $gte: 2 } }], $or: [{ state: 'done' }, { _id: 5 }], $nor: [{ _id: 3 }] },
    [2, 5],
  ),
  $bitsAllSet: finds({ tries: { $bitsAllSet: [0] } }, [3, 4]),
  $bitsAnyClear: finds({ tries: { $bitsAnyClear: 3 } }, [1, 2, 3, 5]),
  '$expr compares two fields': finds({ $expr: { $gt: ['$lead.score', '$tries'] } }, [1, 2, 5]),
  '$expr with a variable': finds({ $expr: { $eq: ['$state', '$$wanted'] } }, [1], { let: { wanted: 'queued' } }),
  $comment: finds({ $comment: 'why', state: 'done' }, [2, 3]),
  'a collation': finds({ state: 'DONE' }, [2, 3], { collation: { locale: 'en', strength: 2 } }),
  'numeric strings under a collation': finds({ 'lead.by': { $gt: 'AN' } }, [1], {
    collation: { locale: 'en', strength: 1 },
  }),
});

const refusals: Record<string, [filter: Loose, code: number, message: RegExp]> = {
  'an unknown operator': [{ a: { $foo: 1 } }, 2, /unknown operator: \$foo/],
  'an unknown top-level operator': [{ $foo: 1 }, 2, /unknown top level operator: \$foo/],
  'an empty $and': [{ $and: [] }, 2, /nonempty array/],
  '$in without a list': [{ a: { $in: 1 } }, 2, /\$in needs an array/],
  '$mod by zero': [{ a: { $mod: [0, 1] } }, 2, /divisor cannot be 0/],
  'a broken regular expression': [{ a: { $regex: '(' } }, 51091, /[Rr]egular expression is invalid/],
  '$not of a value': [{ a: { $not: 5 } }, 2, /\$not needs a regex or a document/],
  '$size of a negative number': [{ a: { $size: -1 } }, 2, /non-negative/],
};

conformance(
  'refused filters',
  Object.fromEntries(
    Object.entries(refusals).map(([name, [filter, code, message]]): [string, Check] => [
      name,
      async (t, c) => {
        await c.insertOne({ _id: 1 });
        t.match(await failure(c.find(filter).toArray()), { code, message });
        t.match(await failure(c.deleteMany(filter)), { code }, 'by a writing command too');
        t.equal(await c.countDocuments(), 1, 'and nothing was deleted');
      },
    ]),
  ),
);

const ages = [30, 10, 20, null, [5, 50], undefined];

conformance('sorting, paging and projections', {
  'ascending: missing and null first, an array by its least element': async (t, c) => {
    await c.insertMany(ages.map((age, _id) => (age === undefined ? { _id } : { _id, age })));
    t.strictSame(
      (await c.find().sort({ age: 1, _id: 1 }).toArray()).map(({ _id }) => _id),
      [3, 5, 4, 1, 2, 0],
    );
  },
  'descending: an array by its greatest element': async (t, c) => {
    await c.insertMany(ages.map((age, _id) => (age === undefined ? { _id } : { _id, age })));
    t.strictSame(
      (await c.find().sort({ age: -1, _id: 1 }).toArray()).map(({ _id }) => _id),
      [4, 0, 2, 1, 3, 5],
    );
  },
  'types sort in one order': async (t, c) => {
    const values = [true, 'x', 5, new Date(0), [], { a: 1 }, new ObjectId(), null, Buffer.from('x'), /x/];
    await c.insertMany(values.map((v, _id) => ({ _id, v })));
    t.strictSame(
      (await c.find().sort({ v: 1 }).toArray()).map(({ _id }) => _id),
      [4, 7, 2, 1, 5, 8, 6, 0, 3, 9],
    );
  },
  'skip and limit': async (t, c) => {
    await c.insertMany(Array.from({ length: 20 }, (_, _id) => ({ _id })));
    t.strictSame(
      (await c.find().sort({ _id: -1 }).skip(3).limit(4).toArray()).map(({ _id }) => _id),
      [16, 15, 14, 13],
    );
    t.strictSame(await c.find().sort({ _id: 1 }).skip(50).toArray(), []);
    t.equal(await c.countDocuments({}, { skip: 5, limit: 10 }), 10);
  },
  'natural order backwards': async (t, c) => {
    await c.insertMany([{ _id: 2 }, { _id: 1 }, { _id: 3 }]);
    t.strictSame(
      (await c.find().sort({ $natural: -1 }).toArray()).map(({ _id }) => _id),
      [3, 1, 2],
    );
  },
  'sort by a nested field, with a collation': async (t, c) => {
    await c.insertMany([
      { _id: 1, p: { n: 'b10' } },
      { _id: 2, p: { n: 'B9' } },
      { _id: 3, p: { n: 'a' } },
    ]);
    const sorted = await c.find().collation({ locale: 'en', numericOrdering: true }).sort({ 'p.n': 1 }).toArray();
    t.strictSame(
      sorted.map(({ _id }) => _id),
      [3, 2, 1],
    );
  },
  'a cursor fetches batch by batch': async (t, c) => {
    await c.insertMany(Array.from({ length: 250 }, (_, _id) => ({ _id })));
    const seen: number[] = [];
    for await (const { _id } of c.find().batchSize(20)) seen.push(_id);
    t.strictSame(
      seen,
      Array.from({ length: 250 }, (_, i) => i),
    );
  },
  'a cursor sees each document once although they change meanwhile': async (t, c) => {
    await c.insertMany(Array.from({ length: 100 }, (_, _id) => ({ _id, n: 0 })));
    const seen: number[] = [];
    for await (const { _id } of c.find().sort({ _id: 1 }).batchSize(10)) {
      seen.push(_id);
      await c.updateOne({ _id }, { $inc: { n: 1000 } });
    }
    t.equal(new Set(seen).size, 100);
    t.equal(await c.countDocuments({ n: 1000 }), 100);
  },
  'a negative limit gives one batch': async (t, c) => {
    await c.insertMany(Array.from({ length: 10 }, (_, _id) => ({ _id })));
    t.equal((await c.find().limit(-3).toArray()).length, 3);
  },
  'closing a cursor early is fine': async (t, c, { db }) => {
    await c.insertMany(Array.from({ length: 100 }, (_, _id) => ({ _id })));
    const cursor = c.find().batchSize(5);
    await cursor.next();
    const id = cursor.id!;
    await cursor.close();
    t.match(await failure(db.command({ getMore: id, collection: c.collectionName })), { code: 43 });
  },
  inclusion: async (t, c) => {
    await c.insertOne({ _id: 1, a: 1, b: { c: 2, d: 3 }, e: [{ f: 1, g: 2 }, 5] });
    t.strictSame(await c.findOne({}, { projection: { a: 1, 'b.c': 1, 'e.f': 1 } }), {
      _id: 1,
      a: 1,
      b: { c: 2 },
      e: [{ f: 1 }],
    });
  },
  exclusion: async (t, c) => {
    await c.insertOne({ _id: 1, a: 1, b: { c: 2, d: 3 } });
    t.strictSame(await c.findOne({}, { projection: { _id: 0, 'b.c': 0 } }), { a: 1, b: { d: 3 } });
  },
  'mixing both is refused': async (t, c) => {
    await c.insertOne({ _id: 1 });
    t.match(await failure(c.findOne({}, { projection: { a: 1, b: 0 } })), { code: 31254 });
    t.match(await failure(c.findOne({}, { projection: { a: 0, b: 1 } })), { code: 31253 });
  },
  $slice: async (t, c) => {
    await c.insertOne({ _id: 1, a: [1, 2, 3, 4], b: 1 });
    t.strictSame(await c.findOne({}, { projection: { a: { $slice: -2 } } }), { _id: 1, a: [3, 4], b: 1 });
    t.strictSame(await c.findOne({}, { projection: { a: { $slice: [1, 2] } } }), { _id: 1, a: [2, 3], b: 1 });
  },
  '$elemMatch in a projection': async (t, c) => {
    await c.insertOne({ _id: 1, a: [{ x: 1 }, { x: 2, y: 1 }, { x: 2, y: 2 }], b: 1 });
    t.strictSame(await c.findOne({}, { projection: { a: { $elemMatch: { x: 2 } } } }), { _id: 1, a: [{ x: 2, y: 1 }] });
    t.strictSame(await c.findOne({}, { projection: { a: { $elemMatch: { x: 9 } } } }), { _id: 1 });
  },
  'the positional projection': async (t, c) => {
    await c.insertOne({ _id: 1, a: [{ x: 1 }, { x: 2, y: 1 }], b: 1 });
    t.strictSame(await c.findOne({ 'a.x': 2 }, { projection: { 'a.$': 1 } }), { _id: 1, a: [{ x: 2, y: 1 }] });
  },
  'expressions in a projection': async (t, c) => {
    await c.insertOne({ _id: 1, a: 2, b: 'x' });
    t.strictSame(await c.findOne({}, { projection: { twice: { $multiply: ['$a', 2] }, copy: '$b', _id: 0 } }), {
      twice: 4,
      copy: 'x',
    });
  },
  'fields keep their order and types': async (t, c) => {
    const document = { _id: 1, z: new Double(1), a: Long.fromNumber(5), m: Decimal128.fromString('1.10') };
    await c.insertOne(document);
    const [found] = await c.find({}, { promoteValues: false }).toArray();
    t.strictSame(Object.keys(found), ['_id', 'z', 'a', 'm']);
    t.equal(found.z.constructor.name, 'Double');
    t.equal(found.a.constructor.name, 'Long');
    t.equal(found.m.toString(), '1.10');
  },
});

conformance('counting and distinct', {
  'distinct values of a field': async (t, c) => {
    await c.insertMany([{ a: 1 }, { a: [1, 2] }, { a: 'x' }, { a: null }, {}, { b: 1 }, { a: [] }]);
    const values = await c.distinct('a');
    t.equal(values.length, 4);
    for (const value of [1, 2, 'x', null]) t.ok(values.includes(value), `${value}`);
  },
  'distinct with a filter and a path': async (t, c) => {
    await c.insertMany([
      { p: [{ n: 1 }, { n: 2 }], k: 1 },
      { p: { n: 2 }, k: 1 },
      { p: { n: 9 }, k: 2 },
    ]);
    t.strictSame((await c.distinct('p.n', { k: 1 })).sort(), [1, 2]);
  },
  'distinct under a collation': async (t, c) => {
    await c.insertMany([{ a: 'x' }, { a: 'X' }, { a: 'y' }]);
    t.equal((await c.distinct('a', {}, { collation: { locale: 'en', strength: 2 } })).length, 2);
  },
  'an estimated count': async (t, c) => {
    t.equal(await c.estimatedDocumentCount(), 0);
    await c.insertMany([{}, {}, {}]);
    t.equal(await c.estimatedDocumentCount(), 3);
  },
  'counting in a collection that does not exist': async (t, c) => {
    t.equal(await c.countDocuments({ a: 1 }), 0);
    t.strictSame(await c.distinct('a'), []);
    t.equal(await c.findOne({}), null);
    t.strictSame(await idsOf(c, {}), []);
  },
});
