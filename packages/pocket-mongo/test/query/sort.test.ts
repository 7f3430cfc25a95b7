import { MaxKey, MinKey, ObjectId } from 'bson';
import { test } from 'tap';
import { compileCollation } from '../../src/bson/collation.ts';
import type { Document } from '../../src/bson/types.ts';
import { distinctValues } from '../../src/query/distinct.ts';
import { multikeys } from '../../src/query/multikey.ts';
import { compileSort, parseSort, sortDocuments } from '../../src/query/sort.ts';

const order = (documents: Document[], spec: unknown, options = {}) =>
  sortDocuments(documents, spec, options).map(({ n }) => n);

test('values of different types sort by type', async t => {
  const values = [
    new MinKey(),
    null,
    -1,
    0.5,
    2,
    '',
    'a',
    {},
    { a: 1 },
    [[1]],
    new ObjectId(),
    false,
    true,
    new Date(0),
    /x/,
    new MaxKey(),
  ];
  const documents = values.map((a, n) => ({ n, a }));
  const sorted = order([...documents].reverse(), { a: 1 });
  t.strictSame(
    sorted,
    documents.map(({ n }) => n),
  );
  t.strictSame(order(documents, { a: -1 }), [...sorted].reverse());
});

test('an array sorts by its least element ascending and its greatest descending', async t => {
  const documents = [{ n: 0, a: [5, 1] }, { n: 1, a: 3 }, { n: 2, a: [] }, { n: 3 }, { n: 4, a: [4, 2] }];
  t.strictSame(order(documents, { a: 1 }), [2, 3, 0, 4, 1], 'an empty array comes before null');
  t.strictSame(order(documents, { a: -1 }), [0, 4, 1, 3, 2]);
});

test('a compound sort takes its key from one element', async t => {
  const documents = [
    {
      n: 0,
      a: [
        { b: 1, c: 9 },
        { b: 2, c: 1 },
      ],
    },
    { n: 1, a: [{ b: 1, c: 5 }] },
  ];
  t.strictSame(
    order(documents, { 'a.b': 1, 'a.c': 1 }),
    [1, 0],
    'not the least b of one element with the least c of another',
  );
});

test('ties keep their order, and a limit gives the same first documents as a full sort', async t => {
  let seed = 7;
  const random = () => {
    seed = (seed * 48271) % 2147483647;
    return seed % 10;
  };
  const documents = Array.from({ length: 500 }, (_, n) => ({ n, a: random(), b: [random(), random()] }));
  const all = order(documents, { a: 1, b: -1 });
  for (const limit of [1, 2, 3, 7, 100, 499, 500, 900]) {
    t.strictSame(order(documents, { a: 1, b: -1 }, { limit }), all.slice(0, limit), `limit ${limit}`);
  }
  t.strictSame(
    order(documents, {}),
    documents.map(({ n }) => n),
    'an empty sort keeps the order',
  );
});

test('collation and metadata', async t => {
  const collation = compileCollation({ locale: 'en', strength: 2, numericOrdering: true });
  const documents = [
    { n: 0, a: 'b10' },
    { n: 1, a: 'B9' },
    { n: 2, a: 'a' },
  ];
  t.strictSame(order(documents, { a: 1 }, { collation }), [2, 1, 0]);
  t.strictSame(order(documents, { a: 1 }), [1, 2, 0]);
  const meta = (_kind: string, document: Document) => document['n'];
  t.strictSame(order(documents, { score: { $meta: 'textScore' } }, { meta }), [2, 1, 0], 'the best score first');
});

test('what no sort can be', async t => {
  t.throws(() => parseSort({ a: 2 }), { code: 15975 });
  t.throws(() => parseSort({ a: 'x' }), { code: 15975 });
  t.throws(() => parseSort({ '': 1 }), { code: 40352 });
  t.throws(() => parseSort({ 'a..b': 1 }), { code: 15998 });
  t.throws(() => parseSort({ $a: 1 }), { code: 16410 });
  t.throws(() => parseSort({ a: { $meta: 'indexKey' } }), { code: 2 });
  t.throws(() => parseSort([1]), { code: 14 });
  t.throws(() => sortDocuments([{ a: [1], b: [2] }], { a: 1, b: 1 }), { code: 2, message: /parallel arrays/ });
  t.throws(() => compileSort({ s: { $meta: 'textScore' } })({}, {}), { code: 40218 });
});

test('the keys of a document under an index pattern', async t => {
  const keys = (document: Document, ...paths: string[]) =>
    multikeys(
      document,
      paths.map(path => path.split('.')),
    );
  t.strictSame(keys({ a: 1, b: 'x' }, 'a', 'b'), [[1, 'x']]);
  t.strictSame(keys({}, 'a', 'b.c'), [[null, null]]);
  t.strictSame(keys({ a: [1, 2], b: 3 }, 'a', 'b'), [
    [1, 3],
    [2, 3],
  ]);
  t.strictSame(keys({ a: [] }, 'a'), [[undefined]]);
  t.strictSame(keys({ a: [] }, 'a.b'), [[null]]);
  t.strictSame(keys({ a: [[1, 2], 3] }, 'a'), [[[1, 2]], [3]], 'an array inside an array is one key');
  t.strictSame(keys({ a: [{ b: 1 }, { c: 2 }, 5] }, 'a.b'), [[1], [null], [null]]);
  t.strictSame(keys({ a: [{ b: [1, 2], c: 3 }, { b: 4 }] }, 'a.b', 'a.c'), [
    [1, 3],
    [2, 3],
    [4, null],
  ]);
  t.strictSame(keys({ a: [{ b: 1 }, { b: 2 }] }, 'a.1.b'), [[2]]);
  t.strictSame(keys({ a: { b: { c: [7] } } }, 'a.b.c'), [[7]]);
  t.throws(() => keys({ a: [1], b: [2] }, 'a', 'b'), { message: 'parallel arrays: a, b' });
  t.throws(() => keys({ a: [{ b: [1], c: [2] }] }, 'a.b', 'a.c'), { message: 'parallel arrays: a.b, a.c' });
});

test('distinct values', async t => {
  const documents = [{ a: [1, 2, [3]] }, { a: 2 }, { a: null }, {}, { a: [] }, { a: { b: [{ c: 1 }, { c: [1, 5] }] } }];
  t.strictSame(distinctValues(documents, 'a'), [1, 2, [3], null, { b: [{ c: 1 }, { c: [1, 5] }] }]);
  t.strictSame(distinctValues(documents, 'a.b.c'), [1, 5]);
  t.strictSame(distinctValues([{ a: [{ c: 1 }, { c: 2 }] }], 'a.1.c'), [2]);
  t.strictSame(
    distinctValues([{ a: 'x' }, { a: 'X' }, { a: 'y' }], 'a', compileCollation({ locale: 'en', strength: 2 })),
    ['x', 'y'],
  );
});
