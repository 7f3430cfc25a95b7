import { Decimal128 } from 'bson';

/**
 * Exact decimal arithmetic in the terms of IEEE 754-2008 decimal128: 34 digits, half to even. Money goes through here, so
 * nothing passes through binary floating point on the way.
 */
export interface Decimal {
  readonly coefficient: bigint;
  readonly exponent: number;
  readonly special?: 'NaN' | 'Infinity' | '-Infinity';
}

const maxDigits = 34;
const minExponent = -6176;
const maxExponent = 6111;
const bias = 6176;
const limit = 10n ** 34n;
const low64 = (1n << 64n) - 1n;

export const zero: Decimal = { coefficient: 0n, exponent: 0 };
export const notANumber: Decimal = { coefficient: 0n, exponent: 0, special: 'NaN' };
const infinity: Decimal = { coefficient: 0n, exponent: 0, special: 'Infinity' };
const negativeInfinity: Decimal = { coefficient: 0n, exponent: 0, special: '-Infinity' };

export function readDecimal(value: Decimal128): Decimal {
  const bytes = value.bytes;
  const view = new DataView(bytes.buffer, bytes.byteOffset, 16);
  const high = view.getBigUint64(8, true);
  const negative = high >> 63n === 1n;
  const combination = Number((high >> 58n) & 31n);
  if (combination === 31) return notANumber;
  if (combination === 30) return negative ? negativeInfinity : infinity;
  // The second encoding form can only stand for coefficients over 34 digits, which the standard reads as zero.
  if (combination >= 24) return { coefficient: 0n, exponent: Number((high >> 47n) & 0x3fffn) - bias };
  const coefficient = ((high & 0x1ffffffffffffn) << 64n) | view.getBigUint64(0, true);
  const exponent = Number((high >> 49n) & 0x3fffn) - bias;
  if (coefficient >= limit) return { coefficient: 0n, exponent };
  return { coefficient: negative ? -coefficient : coefficient, exponent };
}

export function writeDecimal(value: Decimal): Decimal128 {
  if (value.special) return Decimal128.fromString(value.special);
  const fitted = fit(value);
  if (fitted.special) return Decimal128.fromString(fitted.special);
  const magnitude = fitted.coefficient < 0n ? -fitted.coefficient : fitted.coefficient;
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  const sign = fitted.coefficient < 0n ? 1n << 63n : 0n;
  view.setBigUint64(0, magnitude & low64, true);
  view.setBigUint64(8, sign | (BigInt(fitted.exponent + bias) << 49n) | (magnitude >> 64n), true);
  return new Decimal128(bytes);
}

/** Rounds to 34 digits and moves the exponent into range, as storing a decimal128 would. */
function fit({ coefficient, exponent }: Decimal): Decimal {
  const digits = digitCount(coefficient);
  let drop = Math.max(0, digits - maxDigits, minExponent - exponent);
  if (drop > digits + 1) drop = digits + 1;
  let kept = drop > 0 ? divideHalfEven(coefficient, 10n ** BigInt(drop)) : coefficient;
  let place = exponent + drop;
  if (digitCount(kept) > maxDigits) {
    kept /= 10n;
    place += 1;
  }
  if (kept === 0n) return { coefficient: 0n, exponent: Math.min(Math.max(place, minExponent), maxExponent) };
  while (place > maxExponent && digitCount(kept) < maxDigits) {
    kept *= 10n;
    place -= 1;
  }
  if (place > maxExponent) return kept < 0n ? negativeInfinity : infinity;
  return { coefficient: kept, exponent: place };
}

function digitCount(coefficient: bigint): number {
  return (coefficient < 0n ? -coefficient : coefficient).toString().length;
}

function divideHalfEven(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  const remainder = dividend % divisor;
  const twice = (remainder < 0n ? -remainder : remainder) * 2n;
  const size = divisor < 0n ? -divisor : divisor;
  if (twice < size || (twice === size && quotient % 2n === 0n)) return quotient;
  return dividend < 0n === divisor < 0n ? quotient + 1n : quotient - 1n;
}

export const fromBigInt = (value: bigint): Decimal => ({ coefficient: value, exponent: 0 });

/** A double becomes the decimal of 15 significant digits, zeros included, as MongoDB converts it. */
export function fromDouble(value: number): Decimal {
  if (Number.isNaN(value)) return notANumber;
  if (!Number.isFinite(value)) return value > 0 ? infinity : negativeInfinity;
  if (value === 0) return zero;
  return parseDecimal(value.toPrecision(15)) ?? notANumber;
}

const shape = /^([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d+))?$/i;

/** The decimal written in `text`, or undefined when it is not one. */
export function parseDecimal(text: string): Decimal | undefined {
  if (/^[+-]?inf(inity)?$/i.test(text)) return text.startsWith('-') ? negativeInfinity : infinity;
  if (/^[+-]?nan$/i.test(text)) return notANumber;
  const match = shape.exec(text);
  if (!match) return undefined;
  const [, sign, whole = '', fraction = '', exponent = '0'] = match;
  if (whole === '' && fraction === '') return undefined;
  const coefficient = BigInt(whole + fraction);
  return fit({ coefficient: sign === '-' ? -coefficient : coefficient, exponent: Number(exponent) - fraction.length });
}

export function toNumber(value: Decimal): number {
  if (value.special) return Number(value.special);
  return Number(`${value.coefficient}e${value.exponent}`);
}

function aligned(a: Decimal, b: Decimal): [bigint, bigint, number] {
  const gap = a.exponent - b.exponent;
  // Far below 34 digits of the other side the small one cannot matter; aligning it exactly would cost megabytes.
  if (gap > 200) return a.coefficient === 0n ? [0n, b.coefficient, b.exponent] : alignFar(a, b);
  if (gap < -200) {
    if (b.coefficient === 0n) return [a.coefficient, 0n, a.exponent];
    const [y, x, exponent] = alignFar(b, a);
    return [x, y, exponent];
  }
  if (gap >= 0) return [a.coefficient * 10n ** BigInt(gap), b.coefficient, b.exponent];
  return [a.coefficient, b.coefficient * 10n ** BigInt(-gap), a.exponent];
}

function alignFar(large: Decimal, small: Decimal): [bigint, bigint, number] {
  const sign = small.coefficient > 0n ? 1n : small.coefficient < 0n ? -1n : 0n;
  return [large.coefficient * 10n ** 80n, sign, large.exponent - 80];
}

export function add(a: Decimal, b: Decimal): Decimal {
  if (a.special || b.special) {
    if (a.special === 'NaN' || b.special === 'NaN') return notANumber;
    if (a.special && b.special && a.special !== b.special) return notANumber;
    return a.special ? a : b;
  }
  const [x, y, exponent] = aligned(a, b);
  return fit({ coefficient: x + y, exponent });
}

export function negate(a: Decimal): Decimal {
  if (a.special === 'NaN') return a;
  if (a.special) return a.special === 'Infinity' ? negativeInfinity : infinity;
  return { coefficient: -a.coefficient, exponent: a.exponent };
}

export const subtract = (a: Decimal, b: Decimal): Decimal => add(a, negate(b));

export function multiply(a: Decimal, b: Decimal): Decimal {
  if (a.special || b.special) {
    if (a.special === 'NaN' || b.special === 'NaN' || signOf(a) === 0 || signOf(b) === 0) return notANumber;
    return signOf(a) === signOf(b) ? infinity : negativeInfinity;
  }
  return fit({ coefficient: a.coefficient * b.coefficient, exponent: a.exponent + b.exponent });
}

/** The quotient to 34 digits; an exact one keeps the exponent closest to that of the operands, so 10.00 / 2 is 5.00. */
export function divide(a: Decimal, b: Decimal): Decimal {
  if (a.special === 'NaN' || b.special === 'NaN' || (a.special && b.special)) return notANumber;
  if (a.special) return signOf(a) === (signOf(b) || 1) ? infinity : negativeInfinity;
  if (b.special) return zero;
  if (b.coefficient === 0n) return a.coefficient === 0n ? notANumber : a.coefficient > 0n ? infinity : negativeInfinity;
  const ideal = a.exponent - b.exponent;
  const scale = Math.max(0, maxDigits + 2 + digitCount(b.coefficient) - digitCount(a.coefficient));
  const dividend = a.coefficient * 10n ** BigInt(scale);
  let quotient = dividend / b.coefficient;
  let exponent = ideal - scale;
  if (dividend % b.coefficient !== 0n) {
    // A sticky digit keeps half-even honest when digits are dropped.
    quotient = quotient * 10n + (a.coefficient < 0n === b.coefficient < 0n ? 1n : -1n);
    return fit({ coefficient: quotient, exponent: exponent - 1 });
  }
  while (exponent < ideal && quotient % 10n === 0n) {
    quotient /= 10n;
    exponent += 1;
  }
  return fit({ coefficient: quotient, exponent });
}

/** The remainder with the sign of the dividend. */
export function remainder(a: Decimal, b: Decimal): Decimal {
  if (a.special || b.special === 'NaN' || (!b.special && b.coefficient === 0n)) return notANumber;
  if (b.special) return a;
  if (Math.abs(a.exponent - b.exponent) > 200) return fromDouble(toNumber(a) % toNumber(b));
  const [x, y, exponent] = aligned(a, b);
  return fit({ coefficient: x % y, exponent });
}

export type Rounding = 'halfEven' | 'down' | 'floor' | 'ceiling';

/** Rounds to `place` digits after the point (negative: before it). */
export function roundTo(value: Decimal, place: number, rounding: Rounding): Decimal {
  if (value.special || -value.exponent <= place) return value;
  const drop = Math.min(-value.exponent - place, digitCount(value.coefficient) + 2);
  const unit = 10n ** BigInt(drop);
  const kept = value.coefficient / unit;
  const rest = value.coefficient % unit;
  let rounded = kept;
  if (rounding === 'halfEven') rounded = divideHalfEven(value.coefficient, unit);
  else if (rounding === 'floor' && rest < 0n) rounded = kept - 1n;
  else if (rounding === 'ceiling' && rest > 0n) rounded = kept + 1n;
  return fit({ coefficient: rounded, exponent: -place });
}

export const absolute = (a: Decimal): Decimal => (signOf(a) < 0 ? negate(a) : a);

export function signOf(a: Decimal): number {
  if (a.special) return a.special === 'NaN' ? Number.NaN : a.special === 'Infinity' ? 1 : -1;
  return a.coefficient > 0n ? 1 : a.coefficient < 0n ? -1 : 0;
}

/** The square root to 34 digits. */
export function squareRoot(a: Decimal): Decimal {
  if (a.special || a.coefficient <= 0n) return a;
  let coefficient = a.coefficient * 10n ** 70n;
  let exponent = a.exponent - 70;
  if (exponent % 2 !== 0) {
    coefficient *= 10n;
    exponent -= 1;
  }
  let root = 10n ** BigInt(Math.ceil(coefficient.toString().length / 2));
  for (;;) {
    const next = (root + coefficient / root) / 2n;
    if (next >= root) break;
    root = next;
  }
  let place = exponent / 2;
  while (root % 10n === 0n && place < a.exponent / 2) {
    root /= 10n;
    place += 1;
  }
  return fit({ coefficient: root, exponent: place });
}

/** The integer part, towards zero. */
export function toBigInt(value: Decimal): bigint {
  if (value.exponent >= 0) return value.coefficient * 10n ** BigInt(value.exponent);
  if (-value.exponent > 80) return 0n;
  return value.coefficient / 10n ** BigInt(-value.exponent);
}
