import { Decimal128 } from 'bson';
import { addDecimals, type DecimalParts, decimalParts, makeDecimal } from '../bson/decimal.ts';

/** What expressions need of decimals beyond sum, product and quotient; exact to 34 digits, as IEEE 754 has it. */
const digits = 34;

const signed = ({ negative, coefficient }: DecimalParts): bigint => (negative ? -coefficient : coefficient);

const fromSigned = (value: bigint, exponent: number): Decimal128 =>
  makeDecimal(value < 0n, value < 0n ? -value : value, exponent);

/** -1, 0 or 1; NaN for NaN. */
export function signOf(value: Decimal128): number {
  const { special, negative, coefficient } = decimalParts(value);
  if (special === 'NaN') return Number.NaN;
  return !special && coefficient === 0n ? 0 : negative ? -1 : 1;
}

export function negateDecimal(value: Decimal128): Decimal128 {
  const { special, negative, coefficient, exponent } = decimalParts(value);
  if (special === 'NaN') return value;
  if (special) return Decimal128.fromString(negative ? 'Infinity' : '-Infinity');
  return makeDecimal(!negative && coefficient !== 0n, coefficient, exponent);
}

export const subtractDecimals = (a: Decimal128, b: Decimal128): Decimal128 => addDecimals(a, negateDecimal(b));

/** The remainder with the sign of the dividend. */
export function remainderDecimals(a: Decimal128, b: Decimal128): Decimal128 {
  const x = decimalParts(a);
  const y = decimalParts(b);
  if (x.special || y.special === 'NaN' || (!y.special && y.coefficient === 0n)) return Decimal128.fromString('NaN');
  if (y.special) return a;
  const exponent = Math.min(x.exponent, y.exponent);
  return fromSigned(
    (signed(x) * 10n ** BigInt(x.exponent - exponent)) % (signed(y) * 10n ** BigInt(y.exponent - exponent)),
    exponent,
  );
}

export type Rounding = 'halfEven' | 'down' | 'floor' | 'ceiling';

/** Rounds to `place` digits after the point (negative: before it); what has fewer digits stays as it is. */
export function roundDecimal(value: Decimal128, place: number, rounding: Rounding): Decimal128 {
  const parts = decimalParts(value);
  if (parts.special || -parts.exponent <= place) return value;
  // Beyond all digits the result no longer changes, and the unit stays small.
  const drop = Math.min(-parts.exponent - place, digits + 2);
  const unit = 10n ** BigInt(drop);
  const whole = signed(parts);
  const rest = whole % unit;
  let kept = whole / unit;
  if (rounding === 'floor' && rest < 0n) kept -= 1n;
  else if (rounding === 'ceiling' && rest > 0n) kept += 1n;
  else if (rounding === 'halfEven') {
    const twice = (rest < 0n ? -rest : rest) * 2n;
    if (twice > unit || (twice === unit && kept % 2n !== 0n)) kept += rest < 0n ? -1n : 1n;
  }
  return fromSigned(kept, -place);
}

/** The square root of a number that is not negative. */
export function squareRootDecimal(value: Decimal128): Decimal128 {
  const parts = decimalParts(value);
  if (parts.special || parts.coefficient === 0n) return value;
  let scaled = parts.coefficient * 10n ** 70n;
  let exponent = parts.exponent - 70;
  if (exponent % 2 !== 0) {
    scaled *= 10n;
    exponent -= 1;
  }
  let root = 10n ** BigInt(Math.ceil(scaled.toString().length / 2));
  for (let next = root; ; root = next) {
    next = (root + scaled / root) / 2n;
    if (next >= root) break;
  }
  let place = exponent / 2;
  while (root % 10n === 0n && place < parts.exponent / 2) {
    root /= 10n;
    place += 1;
  }
  return makeDecimal(false, root, place);
}

const shape = /^([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d+))?$/i;

/** The decimal written in `text`, or undefined when it is none. */
export function parseDecimal(text: string): Decimal128 | undefined {
  if (/^[+-]?inf(inity)?$/i.test(text)) return Decimal128.fromString(text.startsWith('-') ? '-Infinity' : 'Infinity');
  if (/^[+-]?nan$/i.test(text)) return Decimal128.fromString('NaN');
  const match = shape.exec(text);
  const [, sign, whole = '', fraction = '', exponent = '0'] = match ?? [];
  if (!match || (whole === '' && fraction === '') || text.length > 10_000) return undefined;
  return makeDecimal(sign === '-', BigInt(whole + fraction), Number(exponent) - fraction.length);
}

/** The integer part of a finite decimal, towards zero; far beyond 64 bits only its size still counts. */
export function decimalToBigInt(value: Decimal128): bigint {
  const parts = decimalParts(value);
  if (parts.exponent < 0) return -parts.exponent > digits ? 0n : signed(parts) / 10n ** BigInt(-parts.exponent);
  return signed(parts) * 10n ** BigInt(Math.min(parts.exponent, digits));
}
