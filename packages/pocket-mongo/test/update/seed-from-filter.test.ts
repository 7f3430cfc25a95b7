import { test } from 'tap';
import type { Document } from '../../src/bson/types.ts';
import { seedFromFilter } from '../../src/update/seed-from-filter.ts';

const rows: [filter: Document, seed: Document][] = [
  [{}, {}],
  [
    { a: 1, b: 'x' },
    { a: 1, b: 'x' },
  ],
  [
    { b: 1, _id: 5 },
    { _id: 5, b: 1 },
  ],
  [{ a: { $eq: 1 } }, { a: 1 }],
  [{ 'a.b': 1, 'a.c': 2 }, { a: { b: 1, c: 2 } }],
  [
    { $and: [{ a: 1 }, { $and: [{ b: 2 }] }], c: 3 },
    { a: 1, b: 2, c: 3 },
  ],
  [{ $or: [{ a: 1 }] }, { a: 1 }],
  [{ $or: [{ a: 1 }, { b: 1 }] }, {}],
  [
    { a: { $in: [1] }, b: { $in: [1, 2] }, c: { $all: [3] } },
    { a: 1, c: 3 },
  ],
  [{ a: { $gt: 1 }, b: /x/, c: { $in: [/y/] }, d: { $ne: 1 }, e: { $exists: true } }, {}],
  [
    { a: { x: 1, y: 2 }, b: [1] },
    { a: { x: 1, y: 2 }, b: [1] },
  ],
  [{ a: null }, { a: null }],
  [{ a: { $gt: 0, $eq: 5 } }, { a: 5 }],
  [{ $nor: [{ a: 1 }], b: 1 }, { b: 1 }],
];

test('the seed of an upsert holds what the filter pins down', async t => {
  for (const [filter, seed] of rows)
    t.strictSame(Object.entries(seedFromFilter(filter)), Object.entries(seed), JSON.stringify(filter));
});

test('a replacement takes only the _id', async t => {
  t.strictSame(seedFromFilter({ _id: 1, a: 2 }, 'replacement'), { _id: 1 });
  t.strictSame(seedFromFilter({ a: 2 }, 'replacement'), {});
});

test('a path pinned twice is refused', async t => {
  for (const filter of [
    { a: 1, $and: [{ a: 1 }] },
    { a: { b: 1 }, 'a.b': 1 },
    { 'a.b': 1, a: 1 },
  ]) {
    t.throws(() => seedFromFilter(filter), { code: 54, message: /is matched twice/ }, JSON.stringify(filter));
  }
});

test('a hostile path stays inside the document', async t => {
  const seed = seedFromFilter({ '__proto__.polluted': 1 });
  t.ok(Object.hasOwn(seed, '__proto__'));
  t.equal(({} as Document)['polluted'], undefined);
});
