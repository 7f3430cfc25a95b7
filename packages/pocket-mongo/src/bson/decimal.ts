import { Decimal128 } from 'bson';

/** A decimal taken apart: coefficient × 10^exponent, or one of the specials. */
export interface DecimalParts {
  readonly special?: 'NaN' | 'Infinity' | '-Infinity';
  readonly negative: boolean;
  readonly coefficient: bigint;
  readonly exponent: number;
}

const exponentBias = 6176;
const maxExponent = 6111;
const minExponent = -6176;
const digits = 34;
const limit = 10n ** 34n;

/** Reads the 16 bytes directly: text conversion would cost far more and lose the exponent of zero. */
export function decimalParts(value: Decimal128): DecimalParts {
  const bytes = value.bytes;
  const view = new DataView(bytes.buffer, bytes.byteOffset, 16);
  const low = view.getBigUint64(0, true);
  const high = view.getBigUint64(8, true);
  const negative = high >> 63n === 1n;
  const combination = Number((high >> 58n) & 0x1fn);
  if (combination === 0x1f) return { special: 'NaN', negative, coefficient: 0n, exponent: 0 };
  if (combination === 0x1e) {
    return { special: negative ? '-Infinity' : 'Infinity', negative, coefficient: 0n, exponent: 0 };
  }
  // The second form of the encoding always means a coefficient above 34 digits, which the format defines as zero.
  if (combination >> 3 === 3) {
    return { negative, coefficient: 0n, exponent: Number((high >> 47n) & 0x3fffn) - exponentBias };
  }
  const coefficient = ((high & 0x1ffffffffffffn) << 64n) | low;
  const exponent = Number((high >> 49n) & 0x3fffn) - exponentBias;
  return { negative, coefficient: coefficient < limit ? coefficient : 0n, exponent };
}

/** Builds a decimal, rounding half to even at 34 digits; too large becomes infinite, too small becomes zero. */
export function makeDecimal(negative: boolean, coefficient: bigint, exponent: number): Decimal128 {
  let c = coefficient;
  let e = exponent;
  const surplus = Math.max(c.toString().length - digits, e < minExponent ? minExponent - e : 0);
  if (surplus > 0) {
    c = divideHalfEven(c, 10n ** BigInt(surplus));
    e += surplus;
    if (c === limit) {
      c /= 10n;
      e += 1;
    }
  }
  while (e > maxExponent && c !== 0n && c * 10n < limit) {
    c *= 10n;
    e -= 1;
  }
  if (e > maxExponent) {
    if (c !== 0n) return Decimal128.fromString(negative ? '-Infinity' : 'Infinity');
    e = maxExponent;
  }
  const bytes = Buffer.alloc(16);
  const view = new DataView(bytes.buffer, bytes.byteOffset, 16);
  view.setBigUint64(0, c & 0xffffffffffffffffn, true);
  const high = (c >> 64n) | (BigInt(e + exponentBias) << 49n) | (negative ? 1n << 63n : 0n);
  view.setBigUint64(8, high, true);
  return new Decimal128(bytes);
}

function divideHalfEven(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor;
  const twice = (value % divisor) * 2n;
  if (twice > divisor || (twice === divisor && quotient % 2n === 1n)) return quotient + 1n;
  return quotient;
}

const nan = () => Decimal128.fromString('NaN');
const infinity = (negative: boolean) => Decimal128.fromString(negative ? '-Infinity' : 'Infinity');

/** Exact sum, rounded once to 34 digits. */
export function addDecimals(a: Decimal128, b: Decimal128): Decimal128 {
  const x = decimalParts(a);
  const y = decimalParts(b);
  if (x.special || y.special) {
    if (x.special === 'NaN' || y.special === 'NaN') return nan();
    if (x.special && y.special && x.special !== y.special) return nan();
    return infinity((x.special ?? y.special) === '-Infinity');
  }
  if (x.coefficient === 0n && y.coefficient === 0n) {
    return makeDecimal(x.negative && y.negative, 0n, Math.min(x.exponent, y.exponent));
  }
  // A summand that lies wholly below the last kept digit must not make BigInt expand thousands of zeros.
  const [big, small] = x.exponent >= y.exponent ? [x, y] : [y, x];
  const gap = big.exponent - small.exponent;
  if (gap > 3 * digits && big.coefficient !== 0n) {
    const widened =
      signed(big) * 10n ** BigInt(2 * digits) + (small.coefficient === 0n ? 0n : small.negative ? -1n : 1n);
    return fromSigned(widened, big.exponent - 2 * digits);
  }
  if (big.coefficient === 0n) return makeDecimal(small.negative, small.coefficient, small.exponent);
  return fromSigned(signed(big) * 10n ** BigInt(gap) + signed(small), small.exponent);
}

/** Exact product, rounded once to 34 digits. */
export function multiplyDecimals(a: Decimal128, b: Decimal128): Decimal128 {
  const x = decimalParts(a);
  const y = decimalParts(b);
  const negative = x.negative !== y.negative;
  if (x.special || y.special) {
    if (x.special === 'NaN' || y.special === 'NaN') return nan();
    if ((!x.special && x.coefficient === 0n) || (!y.special && y.coefficient === 0n)) return nan();
    return infinity(negative);
  }
  return makeDecimal(negative, x.coefficient * y.coefficient, x.exponent + y.exponent);
}

/** Quotient rounded to 34 digits; a division by zero is the caller's to refuse and gives NaN or infinity here. */
export function divideDecimals(a: Decimal128, b: Decimal128): Decimal128 {
  const x = decimalParts(a);
  const y = decimalParts(b);
  const negative = x.negative !== y.negative;
  if (x.special === 'NaN' || y.special === 'NaN' || (x.special && y.special)) return nan();
  if (x.special) return infinity(negative);
  if (y.special) return makeDecimal(negative, 0n, minExponent);
  if (y.coefficient === 0n) return x.coefficient === 0n ? nan() : infinity(negative);
  const shift = 2 * digits + y.coefficient.toString().length;
  const scaled = x.coefficient * 10n ** BigInt(shift);
  const quotient = scaled / y.coefficient;
  // A remainder only matters for rounding: one more digit that is not zero stands for all of it.
  const sticky = scaled % y.coefficient === 0n ? 0n : 1n;
  if (sticky === 1n) return makeDecimal(negative, quotient * 10n + 1n, x.exponent - y.exponent - shift - 1);
  return reduceTowards(negative, quotient, x.exponent - y.exponent - shift, x.exponent - y.exponent);
}

/** Drops trailing zeros of an exact quotient until its exponent is the one IEEE 754 prefers. */
function reduceTowards(negative: boolean, coefficient: bigint, exponent: number, preferred: number): Decimal128 {
  let c = coefficient;
  let e = exponent;
  while (e < preferred && c % 10n === 0n) {
    c /= 10n;
    e += 1;
    if (c === 0n) e = preferred;
  }
  return makeDecimal(negative, c, e);
}

function signed(parts: DecimalParts): bigint {
  return parts.negative ? -parts.coefficient : parts.coefficient;
}

function fromSigned(value: bigint, exponent: number): Decimal128 {
  return makeDecimal(value < 0n, value < 0n ? -value : value, exponent);
}
