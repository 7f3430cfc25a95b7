import { BSONRegExp, Decimal128, Double, Long, MaxKey, MinKey, ObjectId } from 'bson';
import { test } from 'tap';
import type { Document } from '../../src/bson/types.ts';
import { compileFilter } from '../../src/query/filter.ts';

const matches = (filter: unknown, document: Document) => compileFilter(filter).matches(document);
const id = new ObjectId();

type Row = [what: string, filter: Document, matching: Document[], others: Document[]];

const rows: Row[] = [
  ['an empty filter takes everything', {}, [{}, { a: 1 }], []],
  [
    'equality compares numbers of all types by value',
    { a: 1 },
    [{ a: 1 }, { a: new Double(1) }, { a: Long.fromNumber(1) }, { a: Decimal128.fromString('1.00') }],
    [{ a: '1' }, { a: true }, {}],
  ],
  ['equality looks into arrays', { a: 2 }, [{ a: [1, 2] }, { a: 2 }], [{ a: [[2]] }, { a: [] }]],
  [
    'an array equals the whole array or one element',
    { a: [1, 2] },
    [{ a: [1, 2] }, { a: [[1, 2], 3] }],
    [{ a: [2, 1] }, { a: [1, 2, 3] }],
  ],
  [
    'a document equals only with the same fields in the same order',
    { a: { x: 1, y: 2 } },
    [{ a: { x: 1, y: 2 } }, { a: [{ x: 1, y: 2 }] }],
    [{ a: { y: 2, x: 1 } }, { a: { x: 1 } }],
  ],
  ['null also means missing', { a: null }, [{}, { a: null }, { a: [1, null] }], [{ a: 0 }, { a: [] }]],
  [
    'null under a path',
    { 'a.b': null },
    [{}, { a: {} }, { a: 4 }, { a: null }, { a: { b: null } }, { a: [{ b: 3 }, {}] }],
    [{ a: { b: 1 } }, { a: [] }, { a: [1, 2] }, { a: [{ b: 1 }] }],
  ],
  [
    'a regular expression matches strings and itself',
    { a: /^ab/i },
    [{ a: 'ABc' }, { a: ['x', 'ab'] }, { a: new BSONRegExp('^ab', 'i') }],
    [{ a: 'cab' }, { a: 1 }],
  ],
  [
    '$eq with a regular expression means the value',
    { a: { $eq: /x/ } },
    [{ a: new BSONRegExp('x', '') }],
    [{ a: 'x' }],
  ],
  [
    'ordering stays within a type',
    { a: { $gt: 1 } },
    [{ a: 2 }, { a: Long.MAX_VALUE }, { a: [0, 5] }],
    [{ a: 'x' }, { a: null }, {}, { a: new Date() }, { a: Number.NaN }],
  ],
  ['ordering of strings', { a: { $lt: 'b' } }, [{ a: 'a' }, { a: '' }], [{ a: 'b' }, { a: 1 }]],
  ['$gte null and $lte null are equality', { a: { $gte: null } }, [{}, { a: null }], [{ a: 1 }]],
  ['$gt null is nothing', { a: { $gt: null } }, [], [{}, { a: null }, { a: 1 }]],
  [
    'NaN is equal to NaN alone',
    { a: Number.NaN },
    [{ a: Number.NaN }, { a: Decimal128.fromString('NaN') }],
    [{ a: 1 }],
  ],
  ['NaN bounds', { a: { $lte: Number.NaN } }, [{ a: Number.NaN }], [{ a: 1 }]],
  ['nothing lies below NaN', { a: { $lt: 5 } }, [{ a: 4 }], [{ a: Number.NaN }]],
  [
    'MinKey and MaxKey bound all types',
    { a: { $gt: new MinKey(), $lt: new MaxKey() } },
    [{ a: 1 }, { a: 'x' }, { a: null }],
    [{ a: new MinKey() }],
  ],
  ['a range over an array may be met by two elements', { a: { $gt: 4, $lt: 2 } }, [{ a: [1, 5] }], [{ a: [3] }]],
  [
    '$elemMatch on values wants one element for all',
    { a: { $elemMatch: { $gt: 1, $lt: 5 } } },
    [{ a: [0, 3] }],
    [{ a: [0, 9] }, { a: 3 }],
  ],
  [
    '$elemMatch on documents',
    { a: { $elemMatch: { x: 1, y: { $gt: 1 } } } },
    [{ a: [{ x: 1, y: 2 }] }],
    [{ a: [{ x: 1 }, { y: 2 }] }, { a: { x: 1, y: 2 } }],
  ],
  [
    '$elemMatch with $or',
    { a: { $elemMatch: { $or: [{ x: 1 }, { x: 2 }] } } },
    [{ a: [{ x: 2 }] }],
    [{ a: [{ x: 3 }] }],
  ],
  [
    '$elemMatch on the fields of a DBRef',
    { a: { $elemMatch: { $id: id } } },
    [{ a: [{ $ref: 'c', $id: id }] }],
    [{ a: [{ $ref: 'c', $id: new ObjectId() }] }],
  ],
  ['$ne is the negation over all elements', { a: { $ne: 1 } }, [{}, { a: 2 }, { a: [2] }], [{ a: 1 }, { a: [1, 2] }]],
  [
    '$in with null, regular expressions and values',
    { a: { $in: [1, null, /^x/] } },
    [{}, { a: 1 }, { a: 'xy' }, { a: [3, 'x'] }],
    [{ a: 2 }, { a: 'yx' }],
  ],
  [
    '$in of documents and arrays',
    { a: { $in: [{ x: 1 }, [7]] } },
    [{ a: { x: 1 } }, { a: [7] }],
    [{ a: { x: 2 } }, { a: 7 }],
  ],
  ['$nin', { a: { $nin: [1, 2] } }, [{}, { a: 3 }], [{ a: 2 }, { a: [3, 1] }]],
  ['$exists', { a: { $exists: true } }, [{ a: null }, { a: 1 }], [{}]],
  ['$exists: 0 counts as false', { a: { $exists: 0 } }, [{}], [{ a: null }]],
  [
    '$exists under an array',
    { 'a.b': { $exists: true } },
    [{ a: [{ c: 1 }, { b: 1 }] }],
    [{ a: [{ c: 1 }] }, { a: [] }],
  ],
  ['$type by name', { a: { $type: 'double' } }, [{ a: 1.5 }, { a: new Double(1) }], [{ a: 1 }, { a: 'x' }]],
  [
    '$type number',
    { a: { $type: 'number' } },
    [{ a: 1 }, { a: Long.ONE }, { a: Decimal128.fromString('1') }],
    [{ a: '1' }],
  ],
  ['$type by code and list', { a: { $type: [2, 'bool'] } }, [{ a: 'x' }, { a: true }, { a: [1, 'x'] }], [{ a: 1 }, {}]],
  ['$type array means the field itself', { a: { $type: 'array' } }, [{ a: [] }, { a: [1] }], [{ a: 1 }]],
  [
    '$mod',
    { a: { $mod: [4, 1] } },
    [{ a: 5 }, { a: 5.9 }, { a: Long.fromNumber(9) }],
    [{ a: 4 }, { a: 'x' }, { a: Number.NaN }],
  ],
  ['$mod keeps the sign of the value', { a: { $mod: [4, -1] } }, [{ a: -5 }], [{ a: 5 }]],
  ['$regex with $options', { a: { $regex: 'b.c', $options: 'is' } }, [{ a: 'B\nC' }], [{ a: 'bc' }]],
  ['$size', { a: { $size: 2 } }, [{ a: [1, 2] }], [{ a: [1] }, { a: 2 }, {}]],
  ['$all', { a: { $all: [1, 2] } }, [{ a: [2, 1, 3] }], [{ a: [1] }]],
  ['$all of one scalar', { a: { $all: [1] } }, [{ a: 1 }, { a: [1] }], [{ a: 2 }]],
  ['$all of nothing matches nothing', { a: { $all: [] } }, [], [{ a: [] }, {}]],
  [
    '$all with $elemMatch',
    { a: { $all: [{ $elemMatch: { x: 1 } }, { $elemMatch: { x: 2 } }] } },
    [{ a: [{ x: 1 }, { x: 2 }] }],
    [{ a: [{ x: 1 }] }],
  ],
  ['$all with an array inside', { a: { $all: [[1, 2]] } }, [{ a: [1, 2] }, { a: [[1, 2]] }], [{ a: [2, 1] }]],
  ['$not', { a: { $not: { $gt: 3 } } }, [{}, { a: 3 }, { a: 'x' }], [{ a: 4 }, { a: [1, 4] }]],
  ['$not with a regular expression', { a: { $not: /x/ } }, [{ a: 'y' }, {}], [{ a: 'x' }]],
  ['$nor and $or', { $nor: [{ a: 1 }, { b: 1 }], $or: [{ c: 1 }, { d: 1 }] }, [{ c: 1 }], [{ a: 1, c: 1 }, {}]],
  ['$comment changes nothing', { $comment: 'x', a: { $eq: 1, $comment: 'y' } }, [{ a: 1 }], [{ a: 2 }]],
  ['$bitsAllSet', { a: { $bitsAllSet: [0, 2] } }, [{ a: 5 }, { a: 7 }], [{ a: 4 }, { a: 'x' }, { a: 5.5 }]],
  ['$bitsAnyClear', { a: { $bitsAnyClear: 5 } }, [{ a: 4 }], [{ a: 5 }]],
  ['bits of negative numbers extend the sign', { a: { $bitsAllSet: [200] } }, [{ a: -1 }], [{ a: 1 }]],
  [
    'a path goes through arrays of documents',
    { 'a.b.c': 1 },
    [{ a: [{ b: [{ c: 1 }] }] }, { a: { b: { c: 1 } } }],
    [{ a: [[{ b: { c: 1 } }]] }],
  ],
  [
    'a number addresses the element',
    { 'a.1': 5 },
    [{ a: [4, 5] }, { a: { 1: 5 } }, { a: [{ 1: 5 }] }],
    [{ a: [5, 4] }, { a: [4, [5]] }],
  ],
  ['a number on the way', { 'a.0.b': 1 }, [{ a: [{ b: 1 }] }, { a: [[{ b: 1 }]] }], [{ a: [{}, { b: 1 }] }]],
  ['a class of BSON has no fields', { 'a.id': { $exists: true } }, [], [{ a: id }]],
  ['an array has no length field', { 'a.length': { $exists: true } }, [], [{ a: [1] }]],
  ['nothing is inherited', { constructor: { $exists: true } }, [], [{}]],
  [
    '__proto__ is a field like any other',
    JSON.parse('{"__proto__.x": 1}'),
    [JSON.parse('{"__proto__": {"x": 1}}')],
    [{}],
  ],
];

test('filters', async t => {
  for (const [what, filter, matching, others] of rows) {
    t.test(what, async t => {
      for (const document of matching) t.ok(matches(filter, document), `takes ${JSON.stringify(document)}`);
      for (const document of others) t.notOk(matches(filter, document), `leaves ${JSON.stringify(document)}`);
    });
  }
});

const refusals: [filter: Document, code: number, message: RegExp][] = [
  [{ a: { $foo: 1 } }, 2, /^unknown operator: \$foo$/],
  [{ a: { $gt: 1, b: 2 } }, 2, /^unknown operator: b$/],
  [{ $foo: 1 }, 2, /^unknown top level operator: \$foo/],
  [{ $and: [] }, 2, /nonempty array/],
  [{ $or: {} }, 2, /^\$or must be an array$/],
  [{ $or: [1] }, 2, /full objects/],
  [{ a: { $in: 1 } }, 2, /^\$in needs an array$/],
  [{ a: { $in: [{ $gt: 1 }] } }, 2, /^cannot nest \$ under \$in$/],
  [{ a: { $not: 5 } }, 2, /^\$not needs a regex or a document$/],
  [{ a: { $not: {} } }, 2, /^\$not cannot be empty$/],
  [{ a: { $size: -1 } }, 2, /non-negative/],
  [{ a: { $mod: [0, 1] } }, 2, /divisor cannot be 0/],
  [{ a: { $mod: [1] } }, 2, /not enough elements/],
  [{ a: { $regex: 1 } }, 2, /^\$regex has to be a string$/],
  [{ a: { $regex: '(' } }, 51091, /Regular expression is invalid/],
  [{ a: { $options: 'i' } }, 2, /^\$options needs a \$regex$/],
  [{ a: { $type: 'nope' } }, 2, /^Unknown type name alias: nope$/],
  [{ a: { $gt: /x/ } }, 2, /RegEx as arg/],
  [{ a: { $ne: /x/ } }, 2, /^Can't have regex as arg to \$ne\.$/],
  [{ a: { $elemMatch: 1 } }, 2, /^\$elemMatch needs an Object$/],
  [{ a: { $near: [0, 0] } }, 238, /^\$near is not supported by the embedded store/],
  [{ $where: 'true' }, 238, /^\$where is not supported/],
  [{ $jsonSchema: {} }, 238, /^\$jsonSchema is not supported/],
];

test('malformed and unsupported filters are refused in words that name the operator', async t => {
  for (const [filter, code, message] of refusals) {
    t.throws(() => compileFilter(filter), { code, message }, JSON.stringify(filter));
  }
});

test('the position of the matching element', async t => {
  const position = (filter: Document, document: Document) => compileFilter(filter).arrayPosition(document);
  t.equal(position({ a: 3 }, { a: [1, 3] }), 1);
  t.equal(position({ 'a.x': 2 }, { a: [{ x: 1 }, { x: 2 }] }), 1);
  t.equal(position({ a: { $elemMatch: { x: 2 } } }, { a: [{ x: 1 }, { x: 2 }] }), 1);
  t.equal(
    position({ 'a.b': { $elemMatch: { x: 2 } } }, { a: [{}, {}, { b: [{ x: 2 }] }] }),
    2,
    'the outermost array counts',
  );
  t.equal(position({ a: { $all: [1, 3] } }, { a: [3, 1] }), 0, 'of several conditions the last one decides');
  t.equal(position({ $or: [{ b: 1 }, { a: 9 }] }, { a: [8, 9] }), 1);
  t.equal(position({ a: 3 }, { a: 3 }), undefined);
  t.equal(position({ a: { $ne: 5 } }, { a: [1] }), undefined, 'a negation matches no element');
});

test('$in with tens of thousands of values takes one look-up per document', async t => {
  const ids = Array.from({ length: 50_000 }, () => new ObjectId());
  const { matches } = compileFilter({ a: { $in: ids } });
  const started = performance.now();
  let found = 0;
  for (let i = 0; i < 20_000; i += 1) if (matches({ a: i % 2 === 0 ? ids[i] : id })) found += 1;
  t.equal(found, 10_000);
  t.ok(performance.now() - started < 1_000, 'a scan of the list would take minutes');
});
