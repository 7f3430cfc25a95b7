import { Decimal128, Double, Long } from 'bson';
import { test } from 'tap';
import { addDecimals, divideDecimals, multiplyDecimals } from '../../src/bson/decimal.ts';
import { add, multiply, toDecimal } from '../../src/bson/numbers.ts';
import { typeName } from '../../src/bson/types.ts';

const decimal = (text: string) => Decimal128.fromString(text);
const shown = (value: unknown) => [typeName(value), String(value)];

test('sums and products take the wider type, and only grow when they must', async t => {
  t.strictSame(shown(add(1, 2)), ['int', '3']);
  t.strictSame(shown(add(2147483647, 1)), ['long', '2147483648']);
  t.strictSame(shown(add(-2147483648, -1)), ['long', '-2147483649']);
  t.strictSame(shown(add(Long.ONE, 1)), ['long', '2']);
  t.strictSame(shown(add(1, 0.5)), ['double', '1.5']);
  t.strictSame(shown(add(0.5, 0.5)), ['double', '1']);
  t.strictSame(shown(add(Long.MAX_VALUE, 0.5)), ['double', '9223372036854776000']);
  t.strictSame(shown(multiply(65536, 65536)), ['long', '4294967296']);
  t.strictSame(shown(multiply(2147483647, 2147483647)), ['long', '4611686014132420609']);
  t.strictSame(shown(multiply(-3, 0)), ['int', '0']);
  t.strictSame(shown(add(decimal('0.1'), 0.2)), ['decimal', '0.300000000000000']);
  t.strictSame(shown(add(decimal('0.1'), Long.MAX_VALUE)), ['decimal', '9223372036854775807.1']);
  t.throws(() => add(Long.MAX_VALUE, 1), { message: 'the result exceeds int64' });
  t.throws(() => multiply(Long.MIN_VALUE, -1), { message: 'the result exceeds int64' });
});

test('decimal arithmetic is exact and rounds half to even at 34 digits', async t => {
  const nines = '9'.repeat(34);
  const sums: [string, string, string][] = [
    ['0.1', '0.2', '0.3'],
    ['1.10', '2', '3.10'],
    ['-1', '1.0', '0.0'],
    [nines, '1', '1.000000000000000000000000000000000E+34'],
    [nines, '0.5', '1.000000000000000000000000000000000E+34'],
    ['1E+6000', '1', '1.000000000000000000000000000000000E+6000'],
    ['1E+6000', '-1', '1.000000000000000000000000000000000E+6000'],
    ['0', '5E-20', '5E-20'],
    ['Infinity', '-Infinity', 'NaN'],
    ['Infinity', '5', 'Infinity'],
    ['NaN', '5', 'NaN'],
    ['9.999999999999999999999999999999999E+6144', '9.999999999999999999999999999999999E+6144', 'Infinity'],
  ];
  for (const [a, b, sum] of sums) {
    t.equal(addDecimals(decimal(a), decimal(b)).toString(), sum, `${a} + ${b}`);
    t.equal(addDecimals(decimal(b), decimal(a)).toString(), sum, `${b} + ${a}`);
  }
  const products: [string, string, string][] = [
    ['1.10', '3', '3.30'],
    ['-0.5', '0.5', '-0.25'],
    ['1E+4000', '1E+4000', 'Infinity'],
    ['1E-4000', '1E-4000', '0E-6176'],
    ['0', 'Infinity', 'NaN'],
    [nines, '10', `9.${'9'.repeat(33)}E+34`],
  ];
  for (const [a, b, product] of products)
    t.equal(multiplyDecimals(decimal(a), decimal(b)).toString(), product, `${a} * ${b}`);
  const quotients: [string, string, string][] = [
    ['1', '4', '0.25'],
    ['10', '2', '5'],
    ['1', '3', `0.${'3'.repeat(34)}`],
    ['2', '3', `0.${'6'.repeat(33)}7`],
    ['100', '10', '10'],
    ['1.20', '2', '0.60'],
    ['1', '0', 'Infinity'],
    ['0', '0', 'NaN'],
  ];
  for (const [a, b, quotient] of quotients)
    t.equal(divideDecimals(decimal(a), decimal(b)).toString(), quotient, `${a} / ${b}`);
});

test('conversion to decimal keeps integers exact and rounds doubles to 15 digits', async t => {
  t.equal(toDecimal(Long.MAX_VALUE).toString(), '9223372036854775807');
  t.equal(toDecimal(-5).toString(), '-5');
  t.equal(toDecimal(0.1).toString(), '0.100000000000000');
  t.equal(toDecimal(new Double(-2)).toString(), '-2.00000000000000');
  t.equal(toDecimal(Number.NaN).toString(), 'NaN');
  t.equal(toDecimal(Number.NEGATIVE_INFINITY).toString(), '-Infinity');
});
