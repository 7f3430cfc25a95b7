import { Decimal128, Double, Long, MaxKey, MinKey, ObjectId, Timestamp } from 'bson';
import { test } from 'tap';
import { compileCollation } from '../../src/bson/collation.ts';
import { compareValues, valuesEqual, valuesIdentical } from '../../src/bson/compare.ts';
import { equalityKey } from '../../src/bson/equality-key.ts';
import { isNumeric } from '../../src/bson/types.ts';
import { Random, randomValue, scalars } from './random-values.ts';

const decimal = (text: string) => Decimal128.fromString(text);

test('types come in MongoDB’s order', async t => {
  const ascending = [
    new MinKey(),
    undefined,
    null,
    Number.NaN,
    1,
    'a',
    { a: 1 },
    [1],
    Buffer.from('x'),
    new ObjectId(),
    false,
    new Date(0),
    new Timestamp({ t: 1, i: 1 }),
    /x/,
    new MaxKey(),
  ];
  ascending.forEach((a, i) => {
    ascending.forEach((b, j) => {
      t.equal(compareValues(a, b), Math.sign(i - j), `${i} against ${j}`);
    });
  });
});

test('numbers compare by exact value across their types', async t => {
  const ascending: unknown[][] = [
    [Number.NaN, decimal('NaN')],
    [Number.NEGATIVE_INFINITY, decimal('-Infinity')],
    [decimal('-1E+400')],
    [-1e300],
    [Long.MIN_VALUE, -(2 ** 63), decimal('-9223372036854775808')],
    [-1.5, decimal('-1.5')],
    [0, -0, new Double(0), Long.ZERO, decimal('0'), decimal('-0'), decimal('0E+10')],
    [decimal('1E-6000')],
    [5e-324],
    [decimal('0.1')],
    [0.1],
    [1, new Double(1), Long.ONE, decimal('1'), decimal('1.000')],
    [2 ** 53, decimal('9007199254740992')],
    [Long.fromString('9007199254740993'), decimal('9007199254740993')],
    [2 ** 53 + 2],
    [Long.MAX_VALUE, decimal('9223372036854775807')],
    [2 ** 63],
    [1e300],
    [decimal('1E+400')],
    [Number.POSITIVE_INFINITY, decimal('Infinity')],
  ];
  ascending.forEach((group, i) => {
    ascending.forEach((other, j) => {
      for (const a of group) for (const b of other) t.equal(compareValues(a, b), Math.sign(i - j), `${a} against ${b}`);
    });
  });
});

test('strings compare by their bytes, not by UTF-16 units', async t => {
  const words = ['', 'a', 'aa', 'b', 'Z', 'é', '\ue000', '\uffff', '\u{1f600}', '\u{10ffff}', 'a\u{1f600}', 'a\uffff'];
  for (const a of words) {
    for (const b of words)
      t.equal(compareValues(a, b), Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b))), `${a} against ${b}`);
  }
});

test('documents compare field by field in order, arrays by position', async t => {
  t.equal(valuesEqual({ a: 1, b: 2 }, { b: 2, a: 1 }), false);
  t.equal(compareValues({ a: 1 }, { a: 1, b: 1 }), -1);
  t.equal(compareValues({ a: 'x' }, { b: 1 }), 1, 'the type of the value comes before the name');
  t.equal(compareValues({ b: 1 }, { a: 2 }), 1, 'then the name');
  t.equal(compareValues([2, 1], [1, 2]), 1);
  t.equal(compareValues([1], [1, 0]), -1);
  t.equal(valuesEqual([1, { x: [2] }], [Long.ONE, { x: [decimal('2.0')] }]), true);
});

test('the order is total: reflexive, antisymmetric, transitive', async t => {
  const random = new Random(20260301);
  const values = [...scalars, ...Array.from({ length: 250 }, () => randomValue(random, 3))];
  let broken = 0;
  for (const a of values) {
    if (compareValues(a, a) !== 0) broken += 1;
    for (const b of values) if (compareValues(a, b) + compareValues(b, a) !== 0) broken += 1;
  }
  t.equal(broken, 0, 'reflexive and antisymmetric');
  const sorted = [...values].sort((a, b) => compareValues(a, b));
  for (let i = 0; i < sorted.length; i += 1) {
    for (let j = i; j < sorted.length; j += 1) if (compareValues(sorted[i], sorted[j]) > 0) broken += 1;
  }
  t.equal(broken, 0, 'transitive: a sorted list is in order between any two places');
});

test('equality keys agree with equality', async t => {
  const random = new Random(11);
  const values = [...scalars, ...Array.from({ length: 400 }, () => randomValue(random, 3))];
  const wrong: unknown[] = [];
  const same = (a: unknown, b: unknown) => a === b || (Number.isNaN(a) && Number.isNaN(b));
  for (const a of values) {
    for (const b of values) if (same(equalityKey(a), equalityKey(b)) !== valuesEqual(a, b)) wrong.push([a, b]);
  }
  t.strictSame(wrong.slice(0, 3), []);
});

test('identity looks at types and digits as well', async t => {
  t.equal(valuesIdentical(1, 1), true);
  t.equal(valuesIdentical({ a: [1, { b: 'x' }] }, { a: [1, { b: 'x' }] }), true);
  t.equal(valuesIdentical(Number.NaN, Number.NaN), true);
  t.equal(valuesIdentical(new Date(5), new Date(5)), true);
  for (const [a, b] of [
    [1, new Double(1)],
    [1, Long.ONE],
    [0, -0],
    [decimal('1.0'), decimal('1.00')],
    [
      { a: 1, b: 2 },
      { b: 2, a: 1 },
    ],
    [null, undefined],
    [[1], [1, 2]],
  ]) {
    t.equal(valuesIdentical(a, b), false, `${a} and ${b}`);
  }
});

test('collation', async t => {
  const compare = (spec: unknown, a: string, b: string) =>
    Math.sign(compareValues({ x: [a] }, { x: [b] }, compileCollation(spec)));
  t.equal(compare({ locale: 'en', strength: 1 }, 'résumé', 'RESUME'), 0);
  t.equal(compare({ locale: 'en', strength: 2 }, 'résumé', 'RÉSUMÉ'), 0);
  t.not(compare({ locale: 'en', strength: 2 }, 'résumé', 'resume'), 0);
  t.not(compare({ locale: 'en' }, 'a', 'A'), 0);
  t.not(compare({ locale: 'en', strength: 1, caseLevel: true }, 'a', 'A'), 0);
  t.equal(compare({ locale: 'en', strength: 1, caseLevel: true }, 'a', 'á'), 0);
  t.equal(compare({ locale: 'en', numericOrdering: true }, 'x9', 'x10'), -1);
  t.equal(compare({ locale: 'en' }, 'x9', 'x10'), 1);
  t.equal(compare({ locale: 'en', caseFirst: 'upper' }, 'A', 'a'), -1);
  t.equal(compare({ locale: 'sv' }, 'z', 'ö'), -1);
  t.equal(compare({ locale: 'de' }, 'z', 'ö'), 1);
  t.equal(compare({ locale: 'en', strength: 1, alternate: 'shifted' }, 'a-b', 'ab'), 0);
  t.equal(compileCollation({ locale: 'simple' }), undefined);
  t.equal(compileCollation(undefined), undefined);
  t.equal(
    compileCollation({ locale: 'en', strength: 2 }),
    compileCollation({ strength: 2, locale: 'en' }),
    'compiled once',
  );
  t.throws(() => compileCollation({}), { code: 9, message: /locale/ });
  t.throws(() => compileCollation({ locale: 'xx_nope' }), { code: 2, message: /'locale' is invalid/ });
  t.throws(() => compileCollation({ locale: 'en', strength: 9 }), { code: 2, message: /strength/ });
  t.throws(() => compileCollation({ locale: 'en', foo: 1 }), { code: 9, message: /unknown field/ });
  t.throws(() => compileCollation('en'), { code: 14 });
  t.throws(() => compileCollation({ locale: 'fr', backwards: true }), { code: 238 });
});

test('numeric values are recognised whatever their class', async t => {
  for (const value of [1, 1.5, new Double(1), Long.ONE, decimal('1')]) t.equal(isNumeric(value), true);
  for (const value of ['1', null, true, new Date(), new Timestamp({ t: 1, i: 1 }), [1]])
    t.equal(isNumeric(value), false);
});
