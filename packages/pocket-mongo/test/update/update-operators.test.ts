import { Decimal128, Double, Int32, Long, ObjectId, Timestamp } from 'bson';
import { test } from 'tap';
import { deepFreeze } from '../../src/bson/clone.ts';
import { compileCollation } from '../../src/bson/collation.ts';
import type { Document } from '../../src/bson/types.ts';
import { type ApplyContext, compileUpdate, type UpdateOptions } from '../../src/update/compile-update.ts';

const now = new Date('2026-03-01T12:00:00Z');
const update = (
  change: unknown,
  document: Document,
  context: Partial<ApplyContext> = {},
  options: UpdateOptions = {},
) => compileUpdate(change, options).apply(deepFreeze(document), { now, ...context });
const big = Long.fromString('9223372036854775807');

type Row = [what: string, change: Document, before: Document, after: Document];

const rows: Row[] = [
  ['$set replaces and adds', { $set: { a: 2, b: 3 } }, { _id: 1, a: 1 }, { _id: 1, a: 2, b: 3 }],
  [
    'new fields come in the order of their paths',
    { $set: { c: 1, b: 1, a10: 1, a9: 1 } },
    { _id: 1 },
    { _id: 1, a10: 1, a9: 1, b: 1, c: 1 },
  ],
  [
    'new numeric fields come in numeric order',
    { $set: { 'x.10': 1, 'x.9': 1, 'x.k': 1 } },
    { x: { a: 0 } },
    { x: { 9: 1, 10: 1, a: 0, k: 1 } },
  ],
  ['$set builds documents on the way', { $set: { 'a.b.0.c': 1 } }, { _id: 1 }, { _id: 1, a: { b: { 0: { c: 1 } } } }],
  ['$set into an element', { $set: { 'a.1.b': 2 } }, { a: [{}, { b: 1 }] }, { a: [{}, { b: 2 }] }],
  ['$set beyond the end pads with null', { $set: { 'a.3': 1 } }, { a: [0] }, { a: [0, null, null, 1] }],
  ['$set of two fields of one element', { $set: { 'a.0.x': 1, 'a.0.y': 2 } }, { a: [{}] }, { a: [{ x: 1, y: 2 }] }],
  ['$set writes null', { $set: { a: null } }, { a: 1 }, { a: null }],
  [
    '$unset removes',
    { $unset: { a: '', 'b.c': 1, x: 1 } },
    { _id: 1, a: 1, b: { c: 1, d: 2 } },
    { _id: 1, b: { d: 2 } },
  ],
  ['$unset of an element leaves null', { $unset: { 'a.0': 1 } }, { a: [1, 2] }, { a: [null, 2] }],
  ['$inc adds', { $inc: { a: 2, b: -1 } }, { a: 1 }, { a: 3, b: -1 }],
  ['$inc beyond int32 gives a long', { $inc: { a: 1 } }, { a: 2147483647 }, { a: Long.fromString('2147483648') }],
  ['$inc of a long stays a long', { $inc: { a: 1 } }, { a: Long.fromNumber(5) }, { a: Long.fromNumber(6) }],
  ['$inc with a double gives a double', { $inc: { a: new Double(1) } }, { a: 1 }, { a: new Double(2) }],
  [
    '$inc of a decimal is exact',
    { $inc: { a: Decimal128.fromString('0.1') } },
    { a: Decimal128.fromString('0.2') },
    { a: Decimal128.fromString('0.3') },
  ],
  [
    '$inc with a decimal makes one',
    { $inc: { a: Decimal128.fromString('0.50') } },
    { a: 1 },
    { a: Decimal128.fromString('1.50') },
  ],
  ['$mul multiplies', { $mul: { a: 3 } }, { a: 4 }, { a: 12 }],
  [
    '$mul of nothing is zero of that type',
    { $mul: { a: Long.fromNumber(3), b: new Double(2), c: 2 } },
    {},
    { a: Long.ZERO, b: new Double(0), c: 0 },
  ],
  ['$min keeps the lesser', { $min: { a: 1, b: 9, c: 5 } }, { a: 3, b: 3 }, { a: 1, b: 3, c: 5 }],
  ['$max keeps the greater', { $max: { a: 1, b: 9, c: 5 } }, { a: 3, b: 3 }, { a: 3, b: 9, c: 5 }],
  ['$min compares types too', { $min: { a: 'x' } }, { a: 5 }, { a: 5 }],
  ['$rename moves', { $rename: { a: 'b', 'c.d': 'e.f' } }, { a: 1, b: 2, c: { d: 3 } }, { b: 1, c: {}, e: { f: 3 } }],
  ['$rename of nothing does nothing', { $rename: { x: 'b' } }, { b: 2 }, { b: 2 }],
  [
    '$currentDate',
    { $currentDate: { a: true, b: { $type: 'date' }, c: { $type: 'timestamp' } } },
    {},
    { a: now, b: now, c: new Timestamp({ t: 1772366400, i: 1 }) },
  ],
  ['$setOnInsert does nothing to a document that exists', { $setOnInsert: { a: 1 } }, { b: 1 }, { b: 1 }],
  ['$push appends', { $push: { a: 2, b: 1 } }, { a: [1] }, { a: [1, 2], b: [1] }],
  ['$push appends an array as one element', { $push: { a: [2, 3] } }, { a: [1] }, { a: [1, [2, 3]] }],
  ['$push $each', { $push: { a: { $each: [2, 3] } } }, { a: [1] }, { a: [1, 2, 3] }],
  ['$push $position', { $push: { a: { $each: [8, 9], $position: 1 } } }, { a: [1, 2] }, { a: [1, 8, 9, 2] }],
  ['$push $position from the end', { $push: { a: { $each: [9], $position: -1 } } }, { a: [1, 2] }, { a: [1, 9, 2] }],
  ['$push $position far out', { $push: { a: { $each: [9], $position: 50 } } }, { a: [1, 2] }, { a: [1, 2, 9] }],
  ['$push $slice keeps the first', { $push: { a: { $each: [3], $slice: 2 } } }, { a: [1, 2] }, { a: [1, 2] }],
  ['$push $slice keeps the last', { $push: { a: { $each: [3], $slice: -2 } } }, { a: [1, 2] }, { a: [2, 3] }],
  ['$push $slice 0 empties', { $push: { a: { $each: [], $slice: 0 } } }, { a: [1, 2] }, { a: [] }],
  ['$push $sort by value', { $push: { a: { $each: [2], $sort: -1 } } }, { a: [1, 3] }, { a: [3, 2, 1] }],
  [
    '$push $sort by fields',
    { $push: { a: { $each: [{ x: 1, y: 2 }], $sort: { x: 1, y: -1 } } } },
    { a: [{ x: 2 }, { x: 1, y: 3 }, 7] },
    { a: [7, { x: 1, y: 3 }, { x: 1, y: 2 }, { x: 2 }] },
  ],
  ['$push sorts before it slices', { $push: { a: { $each: [5, 0], $sort: 1, $slice: 2 } } }, { a: [3] }, { a: [0, 3] }],
  ['$pop from both ends', { $pop: { a: 1, b: -1, c: 1 } }, { a: [1, 2], b: [1, 2], c: [] }, { a: [1], b: [2], c: [] }],
  ['$pull by value', { $pull: { a: 1, b: null } }, { a: [1, 2, new Double(1)], b: [null, 1] }, { a: [2], b: [1] }],
  [
    '$pull by condition',
    { $pull: { a: { $gte: 3 }, b: { $in: ['x'] } } },
    { a: [1, 3, 5], b: ['x', 'y'] },
    { a: [1], b: ['y'] },
  ],
  [
    '$pull by query on documents',
    { $pull: { a: { x: 1, y: { $gt: 1 } } } },
    { a: [{ x: 1, y: 1 }, { x: 1, y: 2 }, { y: 2 }, 1] },
    { a: [{ x: 1, y: 1 }, { y: 2 }, 1] },
  ],
  [
    '$pull by $or on documents',
    { $pull: { a: { $or: [{ x: 1 }, { x: 2 }] } } },
    { a: [{ x: 1 }, { x: 3 }, { x: 2 }] },
    { a: [{ x: 3 }] },
  ],
  ['$pull by regular expression', { $pull: { a: /^x/ } }, { a: ['xa', 'b'] }, { a: ['b'] }],
  [
    '$pull with $elemMatch',
    { $pull: { a: { list: { $elemMatch: { q: 1 } } } } },
    { a: [{ list: [{ q: 1 }] }, { list: [] }] },
    { a: [{ list: [] }] },
  ],
  ['$pull of a missing field does nothing', { $pull: { 'x.y': 1 } }, { a: 1 }, { a: 1 }],
  [
    '$pull of an equal array',
    { $pull: { a: [1, 2] } },
    {
      a: [
        [1, 2],
        [2, 1],
      ],
    },
    { a: [[2, 1]] },
  ],
  ['$pullAll', { $pullAll: { a: [1, { x: 1 }] } }, { a: [1, 2, { x: 1 }, { x: 1, y: 1 }] }, { a: [2, { x: 1, y: 1 }] }],
  ['$addToSet', { $addToSet: { a: 1, b: 5 } }, { a: [1], b: [1] }, { a: [1], b: [1, 5] }],
  [
    '$addToSet $each skips doubles among the new ones',
    { $addToSet: { a: { $each: [1, 2, 2, { x: 1 }, { x: 1 }] } } },
    { a: [1] },
    { a: [1, 2, { x: 1 }] },
  ],
  [
    '$addToSet tells documents of another field order apart',
    { $addToSet: { a: { y: 1, x: 1 } } },
    { a: [{ x: 1, y: 1 }] },
    {
      a: [
        { x: 1, y: 1 },
        { y: 1, x: 1 },
      ],
    },
  ],
  ['$bit', { $bit: { a: { and: 6 }, b: { or: 1 }, c: { xor: 5 } } }, { a: 12, b: 4 }, { a: 4, b: 5, c: 5 }],
  [
    '$bit of a long',
    { $bit: { a: { or: 1 } } },
    { a: Long.fromString('4294967296') },
    { a: Long.fromString('4294967297') },
  ],
  ['several operators at once', { $set: { a: 1 }, $inc: { b: 1 }, $unset: { c: 1 } }, { c: 1 }, { a: 1, b: 1 }],
  ['$[] changes every element', { $inc: { 'a.$[]': 10 } }, { a: [1, 2] }, { a: [11, 12] }],
  [
    '$[] inside elements',
    { $set: { 'a.$[].b.$[].c': 1 } },
    { a: [{ b: [{}, {}] }, { b: [] }] },
    { a: [{ b: [{ c: 1 }, { c: 1 }] }, { b: [] }] },
  ],
  ['a DBRef field is a field', { $set: { 'a.$id': 5 } }, { a: { $ref: 'c', $id: 4 } }, { a: { $ref: 'c', $id: 5 } }],
  ['a field name may start with a dollar', { $set: { $a: 1, 'b.$each': 2 } }, {}, { $a: 1, b: { $each: 2 } }],
  ['an empty operator does nothing', { $set: {} }, { a: 1 }, { a: 1 }],
  ['the same _id may be set', { $set: { _id: 1, a: 2 } }, { _id: 1 }, { _id: 1, a: 2 }],
];

test('update operators', async t => {
  for (const [what, change, before, after] of rows) {
    const result = update(change, before);
    t.strictSame(result, after, what);
    t.strictSame(Object.keys(result), Object.keys(after), `${what}: order of fields`);
  }
});

const nothing: [change: Document, document: Document][] = [
  [{ $set: { a: 1, 'b.c': [1, { x: 2 }] } }, { a: 1, b: { c: [1, { x: 2 }] } }],
  [{ $set: { a: new ObjectId('650000000000000000000001') } }, { a: new ObjectId('650000000000000000000001') }],
  [{ $unset: { x: 1, 'a.b': 1 } }, { a: 1 }],
  [
    { $inc: { a: 0 }, $mul: { b: 1 } },
    { a: 1, b: 2 },
  ],
  [
    { $min: { a: 5 }, $max: { b: 1 } },
    { a: 5, b: 1 },
  ],
  [{ $push: { a: { $each: [] } } }, { a: [1] }],
  [{ $push: { a: { $each: [9], $slice: 1 } } }, { a: [1] }],
  [
    { $pull: { a: 7 }, $pullAll: { b: [7] }, $pop: { c: 1 } },
    { a: [1], b: [1], c: [] },
  ],
  [{ $addToSet: { a: 1 } }, { a: [1] }],
  [{ $bit: { a: { or: 1 } } }, { a: 1 }],
  [{ $rename: { x: 'y' } }, { a: 1 }],
  [{ $setOnInsert: { x: 1 } }, { a: 1 }],
  [
    { a: 1, b: [2] },
    { _id: 1, a: 1, b: [2] },
  ],
];

test('an update that changes nothing returns the very same document', async t => {
  for (const [change, document] of nothing) t.equal(update(change, document), document, JSON.stringify(change));
});

test('a change of type alone is a change', async t => {
  t.not(update({ $set: { a: new Double(1) } }, { a: 1 }), { a: 1 });
  const document = { a: 1 };
  t.notSame(update({ $set: { a: Long.fromNumber(1) } }, document)['a'], 1);
  t.not(update({ $set: { a: Decimal128.fromString('1.0') } }, { a: Decimal128.fromString('1.00') }), document);
});

test('what is not touched stays shared', async t => {
  const document = { a: { deep: { x: 1 } }, b: { y: 1 } };
  const result = update({ $set: { 'b.y': 2 } }, document);
  t.equal(result['a'], document.a);
  t.strictSame(document.b, { y: 1 }, 'and the stored document is as it was');
});

test('positional paths', async t => {
  const document = {
    _id: 1,
    a: [
      { k: 1, n: [1, 5] },
      { k: 2, n: [3] },
    ],
  };
  const at = (change: Document, context = {}, arrayFilters?: Document[]) =>
    update(change, document, context, { arrayFilters })['a'];
  t.strictSame(at({ $set: { 'a.$.x': 1, 'a.$.y': 2 } }, { arrayPosition: 1 }), [
    document.a[0],
    { k: 2, n: [3], x: 1, y: 2 },
  ]);
  t.strictSame(at({ $set: { 'a.$': 9 } }, { arrayPosition: () => 0 }), [9, document.a[1]]);
  t.strictSame(at({ $set: { 'a.$[e].x': 1 } }, {}, [{ 'e.k': 2 }]), [document.a[0], { k: 2, n: [3], x: 1 }]);
  t.strictSame(at({ $inc: { 'a.$[].n.$[big]': 100 } }, {}, [{ big: { $gte: 3 } }]), [
    { k: 1, n: [1, 105] },
    { k: 2, n: [103] },
  ]);
  t.strictSame(
    at({ $set: { 'a.$[e].x': 1 } }, {}, [{ $or: [{ 'e.k': 1 }, { 'e.k': 2 }] }]),
    document.a.map(item => ({ ...item, x: 1 })),
  );
  t.equal(
    update({ $set: { 'a.$[e].x': 1 } }, document, {}, { arrayFilters: [{ 'e.k': 99 }] }),
    document,
    'no element, no change',
  );
  t.throws(() => at({ $set: { 'a.$.x': 1 } }), { code: 2, message: /positional operator did not find the match/ });
  t.throws(
    () => at({ $set: { 'a.$.k': 1, 'a.0.k': 2 } }, { arrayPosition: 0 }),
    { code: 40 },
    'two names of one place',
  );
  t.throws(() => at({ $set: { 'a.$[e]': 1 } }), {
    code: 2,
    message: /No array filter found for identifier 'e' in path 'a.\$\[e\]'/,
  });
  t.throws(() => at({ $set: { b: 1 } }, {}, [{ e: 1 }]), { code: 9, message: /'e' was not used in the update/ });
  t.throws(() => at({ $set: { 'a.$[e]': 1 } }, {}, [{ e: 1 }, { 'e.x': 1 }]), {
    code: 9,
    message: /multiple array filters/,
  });
  t.throws(() => at({ $set: { 'a.$[e]': 1 } }, {}, [{ e: 1, f: 1 }]), { code: 9, message: /'e' and 'f'/ });
  t.throws(() => at({ $set: { 'a.$[E]': 1 } }, {}, [{ E: 1 }]), { code: 2, message: /lowercase letter, found 'E'/ });
  t.throws(() => at({ $set: { 'x.$[]': 1 } }), { code: 2, message: /The path 'x' must exist/ });
  t.throws(() => at({ $set: { '_id.$[]': 1 } }), {
    code: 2,
    message: /Cannot apply array updates to non-array element _id: 1/,
  });
});

const refusals: [change: unknown, document: Document, code: number, message: RegExp][] = [
  [{ $set: { a: 1 }, $inc: { a: 1 } }, {}, 40, /^Updating the path 'a' would create a conflict at 'a'$/],
  [{ $set: { a: 1, 'a.b': 1 } }, {}, 40, /conflict at 'a'/],
  [{ $set: { 'a.b': 1 }, $unset: { a: 1 } }, {}, 40, /conflict at 'a'/],
  [{ $rename: { a: 'b' }, $set: { b: 1 } }, {}, 40, /conflict at 'b'/],
  [
    { $set: { _id: 2 } },
    { _id: 1 },
    66,
    /^Performing an update on the path '_id' would modify the immutable field '_id'$/,
  ],
  [{ $unset: { _id: 1 } }, { _id: 1 }, 66, /immutable field '_id'/],
  [{ $set: { '_id.x': 2 } }, { _id: { x: 1 } }, 66, /immutable field '_id'/],
  [{ _id: 2 }, { _id: 1 }, 66, /found to have been altered to _id: 2/],
  [{ $set: { 'a.b': 1 } }, { a: 5 }, 28, /^Cannot create field 'b' in element \{a: 5\}$/],
  [{ $set: { 'a.b': 1 } }, { a: null }, 28, /Cannot create field 'b'/],
  [{ $set: { 'a.b': 1 } }, { a: [1] }, 28, /Cannot create field 'b'/],
  [{ $push: { 'a.b': 1 } }, { a: 'x' }, 28, /Cannot create field 'b'/],
  [{ $set: { 'a.2000000': 1 } }, { a: [] }, 2, /can't backfill array/],
  [{ a: 1, $set: { b: 1 } }, {}, 52, /'\$set'/],
  [{ $set: { '': 1 } }, {}, 56, /^An empty update path is not valid/],
  [{ $set: { 'a..b': 1 } }, {}, 56, /contains an empty field name/],
  [{ $set: { '$.a': 1 } }, {}, 2, /first position/],
  [{ $set: { 'a.$.b.$': 1 } }, {}, 2, /Too many positional/],
  [{ $foo: { a: 1 } }, {}, 9, /^Unknown modifier: \$foo\./],
  [{ $set: { b: 1 }, a: 1 }, {}, 9, /^Unknown modifier: a\./],
  [{ $set: 5 }, {}, 9, /^Modifiers operate on fields but we found type int instead/],
  [5, {}, 9, /object or an array/],
  [{ $inc: { a: 'x' } }, {}, 14, /^Cannot increment with non-numeric argument: \{a: "x"\}$/],
  [{ $mul: { a: null } }, {}, 14, /^Cannot multiply/],
  [{ $inc: { a: 1 } }, { _id: 7, a: 'x' }, 14, /\{_id: 7\} has the field 'a' of non-numeric type string/],
  [{ $inc: { a: 1 } }, { a: null }, 14, /non-numeric type null/],
  [{ $inc: { a: 1 } }, { _id: 1, a: big }, 2, /^Failed to apply \$inc operations to current value/],
  [{ $mul: { a: 3 } }, { a: big }, 2, /^Failed to apply \$mul/],
  [
    { $push: { a: 1 } },
    { _id: 1, a: 5 },
    2,
    /^The field 'a' must be an array but is of type int in document \{_id: 1\}$/,
  ],
  [{ $push: { a: { $each: 1 } } }, {}, 2, /argument to \$each in \$push must be an array/],
  [{ $push: { a: { $each: [], $foo: 1 } } }, {}, 2, /^Unrecognized clause in \$push: \$foo$/],
  [{ $push: { a: { $each: [], $slice: 1.5 } } }, {}, 2, /\$slice must be an integer/],
  [{ $push: { a: { $each: [], $position: 'x' } } }, {}, 2, /\$position must be an integer/],
  [{ $push: { a: { $each: [], $sort: 2 } } }, {}, 2, /either 1 or -1/],
  [{ $push: { a: { $each: [], $sort: {} } } }, {}, 2, /pattern is empty/],
  [{ $push: { a: { $each: [], $sort: 'x' } } }, {}, 2, /\$sort is invalid/],
  [{ $pop: { a: 2 } }, {}, 9, /^\$pop expects 1 or -1, found: 2$/],
  [{ $pop: { a: 1 } }, { a: 1 }, 14, /non-array type 'int'/],
  [{ $pull: { a: 1 } }, { a: 1 }, 2, /^Cannot apply \$pull to a non-array value$/],
  [{ $pullAll: { a: 1 } }, {}, 2, /^\$pullAll requires an array argument but was given a int$/],
  [
    { $addToSet: { a: 1 } },
    { a: 1 },
    2,
    /^Cannot apply \$addToSet to non-array field\. Field named 'a' has non-array type int$/,
  ],
  [{ $addToSet: { a: { $each: 1 } } }, {}, 14, /must be an array but it was of type int/],
  [{ $addToSet: { a: { $each: [1], $slice: 1 } } }, {}, 2, /unexpected fields after \$each/],
  [{ $bit: { a: 1 } }, {}, 2, /\$bit modifier is not compatible/],
  [{ $bit: { a: { nand: 1 } } }, {}, 2, /only supports 'and', 'or', and 'xor', not 'nand'/],
  [{ $bit: { a: { and: 1.5 } } }, {}, 2, /must be an Integer/],
  [{ $bit: { a: { and: 1 } } }, { a: 'x' }, 2, /non-integral type/],
  [{ $rename: { a: 1 } }, {}, 2, /'to' field for \$rename must be a string/],
  [{ $rename: { a: 'a' } }, {}, 2, /must differ/],
  [{ $rename: { 'a.$': 'b' } }, {}, 2, /may not be dynamic/],
  [{ $rename: { 'a.0': 'b' } }, { a: [1] }, 2, /source field cannot be an array element/],
  [{ $rename: { b: 'a.0' } }, { a: [1], b: 1 }, 2, /destination field cannot be an array element/],
  [{ $currentDate: { a: 'x' } }, {}, 2, /is not valid type for \$currentDate/],
  [{ $currentDate: { a: { $type: 'x' } } }, {}, 2, /required to be 'date' or 'timestamp'/],
  [[{ $match: {} }], {}, 72, /^Aggregation stage \$match is not allowed to be used within an update$/],
];

test('what an update cannot do is refused with MongoDB’s code and words', async t => {
  for (const [change, document, code, message] of refusals) {
    t.throws(() => update(change, document), { code, message }, JSON.stringify(change));
  }
});

test('a refused update leaves nothing half done', async t => {
  const document = deepFreeze({ _id: 1, a: [1], b: 'x' });
  t.throws(() => update({ $push: { a: 2 }, $inc: { b: 1 } }, document));
  t.strictSame(document, { _id: 1, a: [1], b: 'x' });
});

test('collation decides what $pull, $addToSet and $max find equal', async t => {
  const collation = compileCollation({ locale: 'en', strength: 2 });
  t.strictSame(update({ $pull: { a: 'X' } }, { a: ['x', 'y'] }, {}, { collation }), { a: ['y'] });
  t.strictSame(update({ $pull: { a: { $in: ['X'] } } }, { a: ['x', 'y'] }, {}, { collation }), { a: ['y'] });
  t.strictSame(update({ $addToSet: { a: 'X' } }, { a: ['x'] }, {}, { collation }), { a: ['x'] });
  t.strictSame(update({ $max: { a: 'B' } }, { a: 'a' }, {}, { collation }), { a: 'B' });
});

test('a field name cannot reach a prototype', async t => {
  for (const change of [
    { $set: { '__proto__.polluted': 1 } },
    { $rename: { hello: '__proto__.polluted' } },
    { $set: { 'constructor.prototype.polluted': 1 } },
    { $push: { '__proto__.polluted': 1 } },
  ]) {
    const result = update(change, { hello: 'x' });
    t.equal(({} as Document)['polluted'], undefined, JSON.stringify(change));
    t.ok(
      Object.keys(result).some(name => name === '__proto__' || name === 'constructor'),
      'it is stored as a plain field',
    );
  }
});

test('replacement', async t => {
  t.strictSame(
    Object.entries(update({ b: 2, _id: 1 }, { _id: 1, a: 1 })),
    [
      ['_id', 1],
      ['b', 2],
    ],
    'the _id comes first',
  );
  t.strictSame(update({}, { _id: 1, a: 1 }), { _id: 1 });
  t.strictSame(update({ _id: new Int32(1) as unknown, a: 2 }, { _id: 1 })['a'], 2);
  t.throws(() => compileUpdate({ a: 1 }, { arrayFilters: [{ e: 1 }] }), { code: 9 });
  t.equal(compileUpdate({ a: 1 }).kind, 'replacement');
  t.equal(compileUpdate({ $set: {} }).kind, 'operators');
});

test('a pipeline runs through the hook; the _id stays and cannot change', async t => {
  const runPipeline = (stages: Document[]) => (document: Document) =>
    Object.assign({ a: document['a'] }, ...stages.map(stage => stage['$set'])) as Document;
  t.strictSame(Object.entries(update([{ $set: { x: 1 } }], { _id: 1, a: 2 }, {}, { runPipeline })), [
    ['_id', 1],
    ['a', 2],
    ['x', 1],
  ]);
  t.throws(() => update([{ $set: { _id: 5 } }], { _id: 1, a: 2 }, {}, { runPipeline }), { code: 66 });
  const document = { _id: 1, a: 2 };
  t.equal(update([], document, {}, { runPipeline }), document);
  t.throws(() => compileUpdate([{ $set: {} }], { runPipeline, arrayFilters: [{ e: 1 }] }), { code: 9 });
});

test('inserting through an upsert', async t => {
  const insert = (change: unknown, seed: Document) => update(change, seed, { isInsert: true });
  t.strictSame(Object.entries(insert({ $setOnInsert: { z: 1, _id: 9 }, $set: { a: 2 } }, { b: 1 })), [
    ['_id', 9],
    ['b', 1],
    ['a', 2],
    ['z', 1],
  ]);
  t.throws(() => insert({ $set: { _id: 2 } }, { _id: 1 }), { code: 66 });
  t.throws(() => update({ $set: { 'a.$': 1 } }, { a: 1 }, { isInsert: true }), { code: 2 });
});

test('nesting is limited', async t => {
  const path = Array.from({ length: 99 }, () => 'a').join('.');
  t.ok(update({ $set: { [path]: 1 } }, {}));
  t.throws(() => update({ $set: { [`${path}.b.c`]: 1 } }, {}), { code: 15, message: /maximum nested object depth/ });
});
