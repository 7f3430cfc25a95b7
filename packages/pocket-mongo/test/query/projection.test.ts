import { test } from 'tap';
import { deepFreeze } from '../../src/bson/clone.ts';
import type { Document } from '../../src/bson/types.ts';
import { compileFilter } from '../../src/query/filter.ts';
import { compileProjection } from '../../src/query/projection.ts';

const project = (spec: Document, document: Document, filter?: Document) =>
  compileProjection(spec, {
    filter: filter && compileFilter(filter),
    meta: () => 1.5,
    compileExpression: expression => document =>
      typeof expression === 'string' ? document[expression.slice(1)] : 'computed',
  })(deepFreeze(document));

const person = () => ({
  _id: 1,
  name: 'Ada',
  tags: ['a', 'b', 'c'],
  lead: { score: 3, by: 'x' },
  calls: [{ n: 1, s: 'a' }, { n: 2, s: 'b' }, 7],
});

const rows: [what: string, spec: Document, result: Document][] = [
  ['an empty projection keeps all', {}, person()],
  ['inclusion keeps the _id', { name: 1 }, { _id: 1, name: 'Ada' }],
  ['inclusion without the _id', { name: 1, _id: 0 }, { name: 'Ada' }],
  [
    'fields keep the order of the document',
    { lead: 1, name: true },
    { _id: 1, name: 'Ada', lead: { score: 3, by: 'x' } },
  ],
  ['only the _id', { _id: 1 }, { _id: 1 }],
  [
    'all but the _id',
    { _id: 0 },
    { name: 'Ada', tags: ['a', 'b', 'c'], lead: { score: 3, by: 'x' }, calls: [{ n: 1, s: 'a' }, { n: 2, s: 'b' }, 7] },
  ],
  ['exclusion', { name: 0, tags: false, calls: 0 }, { _id: 1, lead: { score: 3, by: 'x' } }],
  ['a path into a document', { 'lead.score': 1 }, { _id: 1, lead: { score: 3 } }],
  ['a nested specification means the same', { lead: { score: 1 } }, { _id: 1, lead: { score: 3 } }],
  ['a path into an array drops what is no document', { 'calls.n': 1 }, { _id: 1, calls: [{ n: 1 }, { n: 2 }] }],
  [
    'exclusion inside an array keeps what is no document',
    { 'calls.n': 0, name: 0, tags: 0, lead: 0 },
    { _id: 1, calls: [{ s: 'a' }, { s: 'b' }, 7] },
  ],
  ['a path through a scalar finds nothing', { 'name.x': 1 }, { _id: 1 }],
  ['a missing field stays missing', { nope: 1 }, { _id: 1 }],
  [
    '$slice alone keeps the other fields',
    { tags: { $slice: 1 }, calls: 0 },
    { _id: 1, name: 'Ada', tags: ['a'], lead: { score: 3, by: 'x' } },
  ],
  ['$slice from the end', { tags: { $slice: -2 }, name: 1 }, { _id: 1, name: 'Ada', tags: ['b', 'c'] }],
  ['$slice with skip and limit', { tags: { $slice: [1, 1] }, name: 1 }, { _id: 1, name: 'Ada', tags: ['b'] }],
  [
    '$slice with a skip before the start',
    { tags: { $slice: [-9, 2] }, name: 1 },
    { _id: 1, name: 'Ada', tags: ['a', 'b'] },
  ],
  [
    '$elemMatch gives the first match, and makes an inclusion',
    { calls: { $elemMatch: { n: { $gt: 1 } } } },
    { _id: 1, calls: [{ n: 2, s: 'b' }] },
  ],
  ['$elemMatch without a match drops the field', { calls: { $elemMatch: { n: 9 } }, name: 1 }, { _id: 1, name: 'Ada' }],
  ['an expression', { name: 1, copy: '$name' }, { _id: 1, name: 'Ada', copy: 'Ada' }],
  ['an expression under a missing parent', { 'x.y': { $toUpper: '$name' } }, { _id: 1, x: { y: 'computed' } }],
  [
    'an expression in each element',
    { 'calls.k': { $literal: 1 }, 'calls.n': 1 },
    {
      _id: 1,
      calls: [
        { n: 1, k: 'computed' },
        { n: 2, k: 'computed' },
      ],
    },
  ],
  [
    '$meta alone keeps all',
    { score: { $meta: 'textScore' }, tags: 0, calls: 0, lead: 0 },
    { _id: 1, name: 'Ada', score: 1.5 },
  ],
];

test('projections', async t => {
  for (const [what, spec, result] of rows)
    t.strictSame(Object.entries(project(spec, person())), Object.entries(result), what);
});

test('the positional projection shows the element that matched', async t => {
  t.strictSame(project({ 'calls.$': 1 }, person(), { 'calls.n': 2 }), { _id: 1, calls: [{ n: 2, s: 'b' }] });
  t.strictSame(project({ 'lead.list.$': 1 }, { _id: 1, lead: { list: [1, 5], x: 1 } }, { 'lead.list': 5 }), {
    _id: 1,
    lead: { list: [5] },
  });
  t.strictSame(
    project({ 'a.b.$': 1 }, { _id: 1, a: [{ b: [1] }, { b: [2, 3] }] }, { 'a.b': 3 }),
    { _id: 1, a: [{ b: [2, 3] }] },
    'of nested arrays the outer one is cut',
  );
  t.throws(() => project({ 'calls.$': 1 }, person(), { name: 'Ada' }), { code: 51246 });
});

const refusals: [spec: Document, code: number, message: RegExp][] = [
  [{ a: 1, b: 0 }, 31254, /Cannot do exclusion on field b in inclusion projection/],
  [{ a: 0, b: 1 }, 31253, /Cannot do inclusion on field b in exclusion projection/],
  [{ a: 0, b: '$c' }, 31252, /exclusion projection/],
  [{ a: 1, 'a.b': 1 }, 31249, /Path collision at a.b/],
  [{ 'a.b': 1, a: 1 }, 31250, /Path collision at a/],
  [{ a: {} }, 51270, /empty sub-projection/],
  [{ 'a..b': 1 }, 40352, /empty/],
  [{ $a: 1 }, 16410, /may not start with/],
  [{ 'a.$.b': 1 }, 31394, /end of a path/],
  [{ 'a.$': 1, 'b.$': 1 }, 31276, /more than one positional/],
  [{ 'a.$': 0 }, 31395, /exclusion/],
  [{ a: { $slice: 'x' } }, 28667, /\$slice/],
  [{ a: { $slice: [1, 0] } }, 28724, /positive/],
  [{ a: { $elemMatch: 1 } }, 31274, /object required/],
  [{ 'a.b': { $elemMatch: {} } }, 31275, /nested field/],
  [{ a: { $meta: 'indexKey' } }, 238, /not supported/],
];

test('contradictory projections are refused', async t => {
  for (const [spec, code, message] of refusals)
    t.throws(() => project(spec, {}), { code, message }, JSON.stringify(spec));
});

test('a field called __proto__ is projected like any other', async t => {
  const document = JSON.parse('{"_id": 1, "__proto__": {"x": 1}, "a": 2}') as Document;
  const result = compileProjection({ a: 0 })(document);
  t.ok(Object.hasOwn(result, '__proto__'));
  t.equal(Object.getPrototypeOf(result), Object.prototype);
});
