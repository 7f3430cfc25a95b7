import { Decimal128, Double, Long } from 'bson';
import { addDecimals, decimalParts, makeDecimal, multiplyDecimals } from './decimal.ts';
import { bsonType, isInt32 } from './types.ts';

/** A number in memory: int32 and most doubles are plain, integral doubles `Double`, int64 `Long`. */
export type Numeric = number | bigint | Double | Long | Decimal128;

/** The nearest JavaScript number. */
export function toNumber(value: Numeric | unknown): number {
  if (typeof value === 'number') return value;
  switch (bsonType(value)) {
    case 1:
      return (value as Double).value;
    case 16:
      return Number((value as { value: number }).value);
    case 18:
      return typeof value === 'bigint' ? Number(value) : (value as Long).toNumber();
    case 19:
      return Number((value as Decimal128).toString());
    default:
      return Number.NaN;
  }
}

/** The int64 value as a bigint. */
export function longToBigInt(value: Long | bigint): bigint {
  return typeof value === 'bigint' ? value : (BigInt(value.high) << 32n) | BigInt(value.low >>> 0);
}

/** Compares two numbers of any numeric types by exact value; NaN is equal to itself and below all others. */
export function compareNumbers(a: unknown, b: unknown): number {
  const x = plain(a);
  const y = plain(b);
  if (typeof x === 'number' && typeof y === 'number') {
    if (x < y) return -1;
    if (x > y) return 1;
    if (x === y) return 0;
    return Number.isNaN(x) ? (Number.isNaN(y) ? 0 : -1) : 1;
  }
  if (typeof x === 'object' || typeof y === 'object') return compareExact(x, y);
  // JavaScript compares bigint with number exactly, except that NaN answers false to everything.
  if (Number.isNaN(x)) return -1;
  if (Number.isNaN(y)) return 1;
  return x < y ? -1 : x > y ? 1 : 0;
}

function plain(value: unknown): number | bigint | Decimal128 {
  if (typeof value === 'number' || typeof value === 'bigint') return value;
  const type = bsonType(value);
  if (type === 1 || type === 16) return (value as Double).value;
  if (type === 18) {
    const long = value as Long;
    // Within 53 bits a double is exact and far cheaper than a bigint.
    if (long.high >= -0x200000 && long.high < 0x200000) return long.high * 0x100000000 + (long.low >>> 0);
    return longToBigInt(long);
  }
  return value as Decimal128;
}

interface Fraction {
  readonly negative: boolean;
  readonly numerator: bigint;
  /** Value = ±numerator × 2^twos × 10^tens. */
  readonly twos: number;
  readonly tens: number;
}

function compareExact(a: number | bigint | Decimal128, b: number | bigint | Decimal128): number {
  const x = specialOf(a);
  const y = specialOf(b);
  if (x !== undefined || y !== undefined) {
    const rank = (special: number | undefined) =>
      special === undefined ? 0 : Number.isNaN(special) ? -2 : special < 0 ? -1 : 1;
    return Math.sign(rank(x) - rank(y));
  }
  const p = fraction(a);
  const q = fraction(b);
  if (p.numerator === 0n || q.numerator === 0n || p.negative !== q.negative) {
    const sign = (f: Fraction) => (f.numerator === 0n ? 0 : f.negative ? -1 : 1);
    return Math.sign(sign(p) - sign(q));
  }
  const magnitude = compareMagnitude(p, q);
  return p.negative ? -magnitude : magnitude;
}

function specialOf(value: number | bigint | Decimal128): number | undefined {
  if (typeof value === 'bigint') return undefined;
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : value;
  const special = decimalParts(value).special;
  return special === undefined ? undefined : Number(special);
}

function fraction(value: number | bigint | Decimal128): Fraction {
  if (typeof value === 'bigint')
    return { negative: value < 0n, numerator: value < 0n ? -value : value, twos: 0, tens: 0 };
  if (typeof value === 'number') return doubleFraction(value);
  const parts = decimalParts(value);
  return { negative: parts.negative, numerator: parts.coefficient, twos: 0, tens: parts.exponent };
}

const doubleView = new DataView(new ArrayBuffer(8));

function doubleFraction(value: number): Fraction {
  doubleView.setFloat64(0, value);
  const bits = doubleView.getBigUint64(0);
  const exponent = Number((bits >> 52n) & 0x7ffn);
  const mantissa = bits & 0xfffffffffffffn;
  return {
    negative: bits >> 63n === 1n,
    numerator: exponent === 0 ? mantissa : mantissa | 0x10000000000000n,
    twos: (exponent === 0 ? 1 : exponent) - 1075,
    tens: 0,
  };
}

function compareMagnitude(p: Fraction, q: Fraction): number {
  // Powers of ten reach 6,111; estimating first keeps the bigints small unless the values are close.
  const estimate = magnitude10(p) - magnitude10(q);
  if (Math.abs(estimate) > 2) return Math.sign(estimate);
  const tens = Math.min(p.tens, q.tens);
  const twos = Math.min(p.twos, q.twos);
  const x = (p.numerator << BigInt(p.twos - twos)) * 10n ** BigInt(p.tens - tens);
  const y = (q.numerator << BigInt(q.twos - twos)) * 10n ** BigInt(q.tens - tens);
  return x < y ? -1 : x > y ? 1 : 0;
}

function magnitude10(f: Fraction): number {
  return f.numerator.toString(2).length * Math.LOG10E * Math.LN2 + f.twos * Math.LOG10E * Math.LN2 + f.tens;
}

/** Thrown when an int64 result does not fit; callers turn it into MongoDB's message for their operator. */
export class IntegerOverflow extends Error {
  constructor() {
    super('the result exceeds int64');
  }
}

const maxLong = 0x7fffffffffffffffn;
const minLong = -0x8000000000000000n;

/** Adds with MongoDB's promotion: int32 → int64 → double → Decimal128. */
export function add(a: unknown, b: unknown): Numeric {
  return arithmetic(
    a,
    b,
    addDecimals,
    (x, y) => x + y,
    (x, y) => x + y,
  );
}

/** Multiplies with the same promotion as `add`. */
export function multiply(a: unknown, b: unknown): Numeric {
  return arithmetic(
    a,
    b,
    multiplyDecimals,
    (x, y) => x * y,
    (x, y) => x * y,
  );
}

function arithmetic(
  a: unknown,
  b: unknown,
  decimals: (x: Decimal128, y: Decimal128) => Decimal128,
  doubles: (x: number, y: number) => number,
  integers: (x: bigint, y: bigint) => bigint,
): Numeric {
  const left = bsonType(a);
  const right = bsonType(b);
  if (left === 19 || right === 19) return decimals(toDecimal(a), toDecimal(b));
  if (left === 1 || right === 1) return makeDouble(doubles(toNumber(a), toNumber(b)));
  if (left === 16 && right === 16) {
    const result = doubles(toNumber(a), toNumber(b));
    // 31 × 31 bits exceed 53, so a product is exact as a double only while it is a safe integer.
    if (isInt32(result) || result === 0) return result + 0 === 0 ? 0 : result;
    if (Number.isSafeInteger(result)) return Long.fromNumber(result);
  }
  const result = integers(toBigInt(a), toBigInt(b));
  if (result > maxLong || result < minLong) throw new IntegerOverflow();
  return Long.fromBigInt(result);
}

function toBigInt(value: unknown): bigint {
  if (typeof value === 'number') return BigInt(value);
  return bsonType(value) === 18 ? longToBigInt(value as Long) : BigInt(toNumber(value));
}

/** A double that stays one: an integral value needs the class, or it would be stored as an int32. */
export function makeDouble(value: number): number | Double {
  return isInt32(value) ? new Double(value) : value;
}

/** Converts to Decimal128 as the server does: integers exactly, doubles to 15 significant digits. */
export function toDecimal(value: unknown): Decimal128 {
  const type = bsonType(value);
  if (type === 19) return value as Decimal128;
  if (type === 18 || type === 16) {
    const integer = toBigInt(value);
    return makeDecimal(integer < 0n, integer < 0n ? -integer : integer, 0);
  }
  const double = toNumber(value);
  if (!Number.isFinite(double))
    return Decimal128.fromString(Number.isNaN(double) ? 'NaN' : double > 0 ? 'Infinity' : '-Infinity');
  if (double === 0) return makeDecimal(Object.is(double, -0), 0n, 0);
  const [, sign, whole, fractional, exponent] = /^(-?)(\d)\.(\d{14})e([+-]\d+)$/.exec(double.toExponential(14))!;
  return makeDecimal(sign === '-', BigInt(whole! + fractional!), Number(exponent) - 14);
}
