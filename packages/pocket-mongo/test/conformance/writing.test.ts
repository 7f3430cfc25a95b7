import { Decimal128, Double, Long, MongoBulkWriteError, ObjectId, Timestamp } from 'mongodb';
import { type Check, conformance, failure, type Loose } from './servers.ts';

conformance('inserting', {
  'one document, with a generated _id': async (t, c) => {
    const { insertedId, acknowledged } = await c.insertOne({ a: 1 });
    t.ok(acknowledged && insertedId instanceof ObjectId);
    t.strictSame(await c.findOne({}), { _id: insertedId, a: 1 });
  },
  'many documents': async (t, c) => {
    const result = await c.insertMany([{ _id: 'x' }, { _id: 2 }, { _id: { a: 1 } }]);
    t.strictSame(result.insertedIds, { 0: 'x', 1: 2, 2: { a: 1 } });
    t.equal(result.insertedCount, 3);
  },
  'the _id is stored first': async (t, c) => {
    await c.insertOne({ b: 1, a: 2, _id: 9 });
    t.strictSame(Object.keys((await c.findOne({}))!), ['_id', 'b', 'a']);
  },
  'a second document with the same _id': async (t, c) => {
    await c.insertOne({ _id: 1 });
    t.match(await failure(c.insertOne({ _id: 1 })), {
      code: 11000,
      keyPattern: { _id: 1 },
      keyValue: { _id: 1 },
      message: /E11000 duplicate key error/,
    });
    t.match(await failure(c.insertOne({ _id: new Double(1) })), { code: 11000 }, '1.0 is the same key');
  },
  'an ordered batch stops at the first error': async (t, c) => {
    const error = await failure(c.insertMany([{ _id: 1 }, { _id: 1 }, { _id: 2 }]));
    t.ok(error instanceof MongoBulkWriteError);
    t.equal(error.result.insertedCount, 1);
    t.equal(error.writeErrors[0].index, 1);
    t.equal(await c.countDocuments(), 1);
  },
  'an unordered batch does all it can': async (t, c) => {
    const error = await failure(c.insertMany([{ _id: 1 }, { _id: 1 }, { _id: 2 }, { _id: 2 }], { ordered: false }));
    t.strictSame(
      error.writeErrors.map((item: Loose) => item.index),
      [1, 3],
    );
    t.equal(await c.countDocuments(), 2);
  },
  'an array or a regular expression is no _id': async (t, c) => {
    t.match(await failure(c.insertOne({ _id: [1] })), { code: /^(2|53)$/ });
    t.match(await failure(c.insertOne({ _id: /x/ })), { code: /^(2|53)$/ });
    t.equal(await c.countDocuments(), 0);
  },
  'a document over 16 MB is refused': async (t, c) => {
    await t.rejects(c.insertOne({ text: 'x'.repeat(16 * 1024 * 1024) }));
    await c.insertOne({ text: 'x'.repeat(15 * 1024 * 1024) });
    t.equal(await c.countDocuments(), 1);
  },
  'nesting has an end': async (t, c) => {
    const nested = (levels: number): Loose => (levels === 0 ? 1 : { a: nested(levels - 1) });
    await c.insertOne({ d: nested(90) });
    await t.rejects(c.insertOne({ d: nested(190) }));
    t.equal(await c.countDocuments(), 1);
  },
  'every type comes back as it went': async (t, c) => {
    const document = {
      _id: new ObjectId(),
      double: new Double(2),
      long: Long.fromString('9007199254740993'),
      decimal: Decimal128.fromString('1.50'),
      date: new Date(-1),
      stamp: new Timestamp({ t: 5, i: 6 }),
      regex: /a.b/i,
      nothing: null,
      text: 'ü\u{1f600}',
      bytes: Buffer.from([1, 2, 3]),
      nested: { list: [1, [2, { x: true }]] },
    };
    await c.insertOne(document);
    const found = await c.findOne({}, { promoteValues: false });
    t.equal(found.double.constructor.name, 'Double');
    t.equal(found.long.toString(), '9007199254740993');
    t.equal(found.decimal.toString(), '1.50');
    t.equal(found.date.getTime(), -1);
    t.equal(found.stamp.toString(), document.stamp.toString());
    t.equal(found.text, document.text);
    t.strictSame(Buffer.from(found.bytes.buffer.subarray(0, found.bytes.position)), document.bytes);
    const plain = await c.findOne({});
    t.strictSame(plain.nested, document.nested);
    t.equal(String(plain.regex), '/a.b/i');
  },
  'a write without acknowledgement arrives': async (t, c) => {
    const { acknowledged } = await c.insertOne({ _id: 1 }, { writeConcern: { w: 0 } });
    t.equal(acknowledged, false);
    // The same connection may not carry both, so that the document may need a moment.
    for (let i = 0; i < 200 && (await c.countDocuments()) === 0; i += 1)
      await new Promise(resolve => setTimeout(resolve, 5));
    t.equal(await c.countDocuments(), 1);
  },
  'a field called __proto__ is stored and harms nobody': async (t, c) => {
    await c.insertOne(JSON.parse('{"_id": 1, "__proto__": {"polluted": true}}'));
    await c.updateOne({ _id: 1 }, { $rename: { x: '__proto__.y' }, $set: { 'constructor.prototype.polluted': 1 } });
    t.equal(await c.countDocuments({ polluted: true }), 0);
    t.equal(await c.countDocuments({ '__proto__.polluted': true }), 1);
  },
});

/** One check per update: from the document before to the one after, and how many were modified. */
function changes(before: Loose, update: Loose, after: Loose, options: Loose = {}, filter: Loose = {}): Check {
  return async (t, c) => {
    await c.insertOne({ _id: 1, ...before });
    const result = await c.updateOne({ _id: 1, ...filter }, update, options);
    const found = await c.findOne({});
    t.strictSame(found, { _id: 1, ...after });
    t.strictSame(Object.keys(found), ['_id', ...Object.keys(after)], 'in this order');
    const same = JSON.stringify(before) === JSON.stringify(after);
    t.match(result, { matchedCount: 1, modifiedCount: same ? 0 : 1, upsertedCount: 0 });
  };
}

const list = {
  a: [
    { k: 1, n: 1 },
    { k: 2, n: 2 },
    { k: 3, n: 3 },
  ],
};

conformance('update operators', {
  $set: changes({ a: 1 }, { $set: { a: 2, 'b.c': 3 } }, { a: 2, b: { c: 3 } }),
  '$set of the same value': changes({ a: 1 }, { $set: { a: 1 } }, { a: 1 }),
  '$set adds fields in the order of their names': changes({}, { $set: { z: 1, m: 1, b: 1 } }, { b: 1, m: 1, z: 1 }),
  '$set into an array': changes(
    { a: [1, { x: 1 }] },
    { $set: { 'a.1.x': 2, 'a.3': 9 } },
    { a: [1, { x: 2 }, null, 9] },
  ),
  $unset: changes({ a: 1, b: { c: 1, d: 1 } }, { $unset: { a: 1, 'b.c': 1 } }, { b: { d: 1 } }),
  '$unset of an element': changes({ a: [1, 2] }, { $unset: { 'a.0': 1 } }, { a: [null, 2] }),
  $inc: changes({ a: 1 }, { $inc: { a: 5, b: -1 } }, { a: 6, b: -1 }),
  $mul: changes({ a: 3 }, { $mul: { a: 2, b: 7 } }, { a: 6, b: 0 }),
  '$min and $max': changes({ a: 5, b: 5, c: 5 }, { $min: { a: 3, b: 9 }, $max: { c: 9 } }, { a: 3, b: 5, c: 9 }),
  $rename: changes({ a: 1, b: { c: 2 } }, { $rename: { a: 'z', 'b.c': 'b.d' } }, { b: { d: 2 }, z: 1 }),
  '$setOnInsert leaves a document that exists': changes({ a: 1 }, { $setOnInsert: { b: 1 } }, { a: 1 }),
  $push: changes({ a: [1] }, { $push: { a: 2, b: 'x' } }, { a: [1, 2], b: ['x'] }),
  '$push with $each, $position, $slice': changes(
    { a: [1, 2] },
    { $push: { a: { $each: [8, 9], $position: 1, $slice: 3 } } },
    { a: [1, 8, 9] },
  ),
  '$push with $sort': changes(
    { a: [{ n: 2 }, { n: 1 }] },
    { $push: { a: { $each: [{ n: 3 }], $sort: { n: -1 }, $slice: -2 } } },
    { a: [{ n: 2 }, { n: 1 }] },
  ),
  $pop: changes({ a: [1, 2, 3], b: [1, 2] }, { $pop: { a: -1, b: 1 } }, { a: [2, 3], b: [1] }),
  '$pull of a value': changes({ a: [1, 2, 1] }, { $pull: { a: 1 } }, { a: [2] }),
  '$pull by a condition': changes({ a: [1, 5, 9] }, { $pull: { a: { $gte: 5 } } }, { a: [1] }),
  '$pull of documents': changes(list, { $pull: { a: { k: { $in: [1, 3] } } } }, { a: [{ k: 2, n: 2 }] }),
  $pullAll: changes({ a: [1, 2, 3, 2] }, { $pullAll: { a: [2, 3] } }, { a: [1] }),
  $addToSet: changes({ a: [1] }, { $addToSet: { a: { $each: [1, 2, 2] }, b: 5 } }, { a: [1, 2], b: [5] }),
  '$addToSet of what is there': changes({ a: [{ x: 1 }] }, { $addToSet: { a: { x: 1 } } }, { a: [{ x: 1 }] }),
  $bit: changes({ a: 13 }, { $bit: { a: { and: 10 }, b: { or: 3 } } }, { a: 8, b: 3 }),
  'the positional $': changes(
    list,
    { $set: { 'a.$.n': 9, 'a.$.m': 8 } },
    {
      a: [
        { k: 1, n: 1 },
        { k: 2, n: 9, m: 8 },
        { k: 3, n: 3 },
      ],
    },
    {},
    { 'a.k': 2 },
  ),
  'the positional $ after $elemMatch': changes(
    list,
    { $inc: { 'a.$.n': 1 } },
    {
      a: [
        { k: 1, n: 1 },
        { k: 2, n: 2 },
        { k: 3, n: 4 },
      ],
    },
    {},
    { a: { $elemMatch: { k: 3, n: 3 } } },
  ),
  '$[]': changes(
    list,
    { $inc: { 'a.$[].n': 10 } },
    {
      a: [
        { k: 1, n: 11 },
        { k: 2, n: 12 },
        { k: 3, n: 13 },
      ],
    },
  ),
  '$[identifier]': changes(
    list,
    { $set: { 'a.$[big].n': 0 } },
    {
      a: [
        { k: 1, n: 1 },
        { k: 2, n: 0 },
        { k: 3, n: 0 },
      ],
    },
    { arrayFilters: [{ 'big.k': { $gte: 2 } }] },
  ),
  'a pipeline': changes({ a: 2, b: 3 }, [{ $set: { c: { $add: ['$a', '$b'] } } }, { $unset: 'b' }], { a: 2, c: 5 }),
  'a pipeline with a variable': changes(
    { a: 2 },
    [{ $set: { a: { $add: ['$a', '$$more'] } } }],
    { a: 7 },
    { let: { more: 5 } },
  ),
  $currentDate: async (t, c) => {
    await c.insertOne({ _id: 1 });
    const before = Date.now();
    await c.updateOne({}, { $currentDate: { d: true, s: { $type: 'timestamp' } } as Loose });
    const { d, s } = (await c.findOne({}))!;
    t.ok(d.getTime() >= before - 1000 && d.getTime() <= Date.now() + 1000);
    t.equal(s.constructor.name, 'Timestamp');
  },
  'number types grow as they must': async (t, c) => {
    await c.insertOne({ _id: 1, i: 2147483647, d: new Double(1), m: Decimal128.fromString('0.1') });
    await c.updateOne({}, { $inc: { i: 1, d: 1, m: Decimal128.fromString('0.2') } });
    const found = await c.findOne({}, { promoteValues: false });
    t.equal(found.i.constructor.name, 'Long');
    t.equal(found.i.toString(), '2147483648');
    t.equal(found.d.constructor.name, 'Double');
    t.equal(found.m.toString(), '0.3');
  },
});

const refusals: Record<string, [update: Loose, code: number, options?: Loose]> = {
  'an unknown operator': [{ $foo: { a: 1 } }, 9],
  'two changes to one path': [{ $set: { a: 1 }, $inc: { a: 1 } }, 40],
  'a change below a changed path': [{ $set: { a: 1, 'a.b': 2 } }, 40],
  'another _id': [{ $set: { _id: 2 } }, 66],
  'a path through a scalar': [{ $set: { 'n.x': 1 } }, 28],
  '$inc with a text': [{ $inc: { n: 'x' } }, 14],
  '$inc of a text': [{ $inc: { s: 1 } }, 14],
  '$push to a number': [{ $push: { n: 1 } }, 2],
  '$pop of a number': [{ $pop: { n: 1 } }, 14],
  'an empty path': [{ $set: { '': 1 } }, 56],
  'an operator that changes nothing known': [{ $set: { 'a.$': 1 } }, 2],
  'an identifier without a filter': [{ $set: { 'l.$[x]': 1 } }, 2],
  'an unused filter': [{ $set: { n: 1 } }, 9, { arrayFilters: [{ x: 1 }] }],
};

conformance('refused updates', {
  ...Object.fromEntries(
    Object.entries(refusals).map(([name, [update, code, options]]): [string, Check] => [
      name,
      async (t, c) => {
        const document = { _id: 1, n: 5, s: 'x', l: [1] };
        await c.insertOne(document);
        t.match(await failure(c.updateOne({ _id: 1 }, update, options)), { code });
        t.match(await failure(c.findOneAndUpdate({ _id: 1 }, update, options)), { code });
        t.strictSame(await c.findOne({}), document, 'the document is as it was');
      },
    ]),
  ),
});

conformance('updating, replacing, deleting', {
  updateMany: async (t, c) => {
    await c.insertMany([{ a: 1 }, { a: 1 }, { a: 2 }]);
    t.match(await c.updateMany({ a: { $lte: 2 } }, { $set: { a: 2 } }), { matchedCount: 3, modifiedCount: 2 });
  },
  'updateOne takes the first match only': async (t, c) => {
    await c.insertMany([{ _id: 1 }, { _id: 2 }]);
    await c.updateOne({}, { $set: { x: 1 } });
    t.equal(await c.countDocuments({ x: 1 }), 1);
  },
  'no match changes nothing': async (t, c) => {
    t.match(await c.updateOne({ a: 1 }, { $set: { b: 1 } }), { matchedCount: 0, modifiedCount: 0, upsertedCount: 0 });
    t.equal(await c.countDocuments(), 0);
  },
  'an upsert inserts what filter and update say': async (t, c) => {
    const result = await c.updateOne(
      { a: 1, 'b.c': { $eq: 2 }, d: { $gt: 5 } },
      { $set: { e: 3 }, $setOnInsert: { f: 4 } },
      { upsert: true },
    );
    t.match(result, { matchedCount: 0, modifiedCount: 0, upsertedCount: 1 });
    t.strictSame(await c.findOne({}), { _id: result.upsertedId, a: 1, b: { c: 2 }, e: 3, f: 4 });
  },
  'an upsert of a document that exists updates it': async (t, c) => {
    await c.insertOne({ _id: 1, n: 1 });
    t.match(await c.updateOne({ _id: 1 }, { $inc: { n: 1 }, $setOnInsert: { x: 1 } }, { upsert: true }), {
      matchedCount: 1,
      modifiedCount: 1,
      upsertedCount: 0,
      upsertedId: null,
    });
    t.strictSame(await c.findOne({}), { _id: 1, n: 2 });
  },
  'an upsert takes the _id of the filter': async (t, c) => {
    t.equal((await c.updateOne({ _id: 'k' }, { $inc: { n: 1 } }, { upsert: true })).upsertedId, 'k');
    t.equal((await c.replaceOne({ _id: 'r' }, { x: 1 }, { upsert: true })).upsertedId, 'r');
    t.strictSame(await c.find().sort({ _id: 1 }).toArray(), [
      { _id: 'k', n: 1 },
      { _id: 'r', x: 1 },
    ]);
  },
  'upserts at the same time make one document when a unique index guards them': async (t, c) => {
    await c.createIndex({ k: 1 }, { unique: true });
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, () => c.updateOne({ k: 1 }, { $inc: { n: 1 } }, { upsert: true })),
    );
    t.equal(results.filter(result => result.status === 'fulfilled').length, 20);
    t.match(await c.find().toArray(), [{ k: 1, n: 20 }]);
  },
  'replaceOne keeps the _id and nothing else': async (t, c) => {
    await c.insertOne({ _id: 1, a: 1 });
    t.match(await c.replaceOne({ a: 1 }, { b: 2 }), { matchedCount: 1, modifiedCount: 1 });
    t.strictSame(await c.findOne({}), { _id: 1, b: 2 });
    t.match(await failure(c.replaceOne({}, { _id: 2 })), { code: 66 });
  },
  'deleteOne and deleteMany': async (t, c) => {
    await c.insertMany([{ a: 1 }, { a: 1 }, { a: 2 }]);
    t.equal((await c.deleteOne({ a: 1 })).deletedCount, 1);
    t.equal((await c.deleteMany({ a: { $gte: 1 } })).deletedCount, 2);
    t.equal((await c.deleteMany({})).deletedCount, 0);
  },
  'an update under a collation': async (t, c) => {
    await c.insertOne({ _id: 1, a: 'X' });
    t.equal(
      (await c.updateOne({ a: 'x' }, { $set: { b: 1 } }, { collation: { locale: 'en', strength: 2 } })).matchedCount,
      1,
    );
    t.equal((await c.deleteOne({ a: 'x' }, { collation: { locale: 'en', strength: 2 } })).deletedCount, 1);
  },
  'a hint by name or key': async (t, c) => {
    await c.insertOne({ _id: 1, a: 1 });
    const name = await c.createIndex({ a: 1 });
    t.equal((await c.updateOne({ a: 1 }, { $set: { b: 1 } }, { hint: name })).modifiedCount, 1);
    t.equal((await c.deleteOne({ a: 1 }, { hint: { a: 1 } })).deletedCount, 1);
    t.match(await failure(c.updateOne({}, { $set: { b: 1 } }, { hint: 'nope' })), { code: 2 });
  },
});

conformance('findOneAnd…', {
  'update: before or after': async (t, c) => {
    await c.insertOne({ _id: 1, n: 1 });
    t.strictSame(await c.findOneAndUpdate({}, { $inc: { n: 1 } }), { _id: 1, n: 1 });
    t.strictSame(await c.findOneAndUpdate({}, { $inc: { n: 1 } }, { returnDocument: 'after' }), { _id: 1, n: 3 });
  },
  'update: an order came with MongoDB 8 only': async (t, c, { outside }) => {
    if (outside) return;
    await c.insertOne({ _id: 1 });
    t.match(await failure(c.updateOne({}, { $set: { a: 1 } }, { sort: { _id: 1 } })), { code: 40415 });
  },
  'update: the first in the order of a sort': async (t, c) => {
    await c.insertMany([
      { _id: 1, p: 5 },
      { _id: 2, p: 9 },
      { _id: 3, p: 7 },
    ]);
    t.strictSame(
      await c.findOneAndUpdate(
        { done: { $exists: false } },
        { $set: { done: 1 } },
        { sort: { p: -1 }, projection: { p: 1 } },
      ),
      { _id: 2, p: 9 },
    );
    t.match(await c.findOneAndUpdate({ done: { $exists: false } }, { $set: { done: 1 } }, { sort: { p: -1 } }), {
      _id: 3,
    });
  },
  'update: nothing found': async (t, c) => {
    t.equal(await c.findOneAndUpdate({ a: 1 }, { $set: { b: 1 } }), null);
    t.match(await c.findOneAndUpdate({ a: 1 }, { $set: { b: 1 } }, { includeResultMetadata: true }), {
      value: null,
      lastErrorObject: { n: 0, updatedExisting: false },
    });
  },
  'update: upsert': async (t, c) => {
    t.equal(await c.findOneAndUpdate({ _id: 1 }, { $set: { b: 1 } }, { upsert: true }), null);
    t.strictSame(await c.findOneAndUpdate({ _id: 2 }, { $set: { b: 1 } }, { upsert: true, returnDocument: 'after' }), {
      _id: 2,
      b: 1,
    });
    t.match(await c.findOneAndUpdate({ _id: 3 }, { $set: { b: 1 } }, { upsert: true, includeResultMetadata: true }), {
      lastErrorObject: { n: 1, updatedExisting: false, upserted: 3 },
    });
  },
  'update: with arrayFilters and a pipeline': async (t, c) => {
    await c.insertOne({ _id: 1, a: [1, 5] });
    t.strictSame(
      await c.findOneAndUpdate(
        {},
        { $set: { 'a.$[x]': 0 } },
        { arrayFilters: [{ x: { $gt: 3 } }], returnDocument: 'after' },
      ),
      { _id: 1, a: [1, 0] },
    );
    t.strictSame(await c.findOneAndUpdate({}, [{ $set: { n: { $size: '$a' } } }], { returnDocument: 'after' }), {
      _id: 1,
      a: [1, 0],
      n: 2,
    });
  },
  'update: the positional projection': async (t, c) => {
    await c.insertOne({
      _id: 1,
      a: [
        { k: 1, n: 1 },
        { k: 2, n: 1 },
      ],
    });
    const found = await c.findOneAndUpdate(
      { 'a.k': 2 },
      { $inc: { 'a.$.n': 1 } },
      { returnDocument: 'after', projection: { a: { $elemMatch: { k: 2 } } } },
    );
    t.strictSame(found, { _id: 1, a: [{ k: 2, n: 2 }] });
  },
  replace: async (t, c) => {
    await c.insertOne({ _id: 1, a: 1 });
    t.strictSame(await c.findOneAndReplace({ a: 1 }, { b: 1 }, { returnDocument: 'after' }), { _id: 1, b: 1 });
  },
  delete: async (t, c) => {
    await c.insertMany([
      { _id: 1, p: 1 },
      { _id: 2, p: 2 },
    ]);
    t.strictSame(await c.findOneAndDelete({}, { sort: { p: -1 } }), { _id: 2, p: 2 });
    t.equal(await c.countDocuments(), 1);
    t.equal(await c.findOneAndDelete({ p: 5 }), null);
  },
  'claims at the same time never take the same document': async (t, c) => {
    await c.insertMany(Array.from({ length: 60 }, (_, _id) => ({ _id, state: 'waiting', due: _id % 7 })));
    await c.createIndex({ state: 1, due: 1 });
    const claim = () =>
      c.findOneAndUpdate({ state: 'waiting', due: { $lte: 9 } }, { $set: { state: 'taken' } }, { sort: { due: 1 } });
    const taken = await Promise.all(Array.from({ length: 80 }, claim));
    t.equal(new Set(taken.filter(Boolean).map((document: Loose) => document._id)).size, 60);
    t.equal(taken.filter(document => document === null).length, 20);
  },
});

conformance('bulk writes', {
  'all kinds in order': async (t, c) => {
    const result = await c.bulkWrite([
      { insertOne: { document: { _id: 1, n: 1 } } },
      { updateOne: { filter: { _id: 1 }, update: { $inc: { n: 1 } } } },
      { updateMany: { filter: { n: 2 }, update: { $set: { m: 1 } } } },
      { replaceOne: { filter: { _id: 2 }, replacement: { r: 1 }, upsert: true } },
      { updateOne: { filter: { _id: 3 }, update: { $set: { u: 1 } }, upsert: true } },
      { deleteOne: { filter: { _id: 1 } } },
      { deleteMany: { filter: { nope: 1 } } },
    ]);
    t.match(result, {
      insertedCount: 1,
      matchedCount: 2,
      modifiedCount: 2,
      deletedCount: 1,
      upsertedCount: 2,
      upsertedIds: { 3: 2, 4: 3 },
    });
    t.strictSame(await c.find().sort({ _id: 1 }).toArray(), [
      { _id: 2, r: 1 },
      { _id: 3, u: 1 },
    ]);
  },
  'ordered: the rest is not tried': async (t, c) => {
    const error = await failure(
      c.bulkWrite([
        { insertOne: { document: { _id: 1 } } },
        { insertOne: { document: { _id: 1 } } },
        { insertOne: { document: { _id: 2 } } },
      ]),
    );
    t.equal(error.code, 11000);
    t.equal(error.writeErrors[0].index, 1);
    t.equal(await c.countDocuments(), 1);
  },
  'unordered: every error is told, everything else is done': async (t, c) => {
    await c.insertOne({ _id: 9, n: 'text' });
    const error = await failure(
      c.bulkWrite(
        [
          { insertOne: { document: { _id: 9 } } },
          { updateOne: { filter: { _id: 9 }, update: { $inc: { n: 1 } } } },
          { insertOne: { document: { _id: 1 } } },
          { deleteOne: { filter: { _id: 1 } } },
          { updateOne: { filter: { _id: 5 }, update: { $set: { a: 1 } }, upsert: true } },
        ],
        { ordered: false },
      ),
    );
    t.strictSame(error.writeErrors.map((item: Loose) => [item.index, item.code]).sort(), [
      [0, 11000],
      [1, 14],
    ]);
    t.match(error.result, { insertedCount: 1, deletedCount: 1, upsertedCount: 1 });
  },
  'thousands of updates in one go': async (t, c) => {
    await c.insertMany(Array.from({ length: 3000 }, (_, _id) => ({ _id, n: 0 })));
    const result = await c.bulkWrite(
      Array.from({ length: 3000 }, (_, i) => ({ updateOne: { filter: { _id: i }, update: { $set: { n: i } } } })),
    );
    t.equal(result.modifiedCount, 2999, 'setting 0 to 0 is no change');
  },
});
