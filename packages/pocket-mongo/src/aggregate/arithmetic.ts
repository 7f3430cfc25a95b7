import { Decimal128, type Double } from 'bson';
import { addDecimals, divideDecimals, makeDecimal, multiplyDecimals } from '../bson/decimal.ts';
import {
  decimalToBigInt,
  negateDecimal,
  parseDecimal,
  type Rounding,
  remainderDecimals,
  roundDecimal,
  signOf,
  subtractDecimals,
} from './decimal.ts';
import { asBigInt, asDecimal, asNumber, fail, type Kind, kindOf, kinds, makeDouble, makeInteger } from './values.ts';

/** The arithmetic of two numbers with MongoDB's promotion: int → long → double → decimal, never silently lossy. */
interface Operation {
  readonly double: (a: number, b: number) => number;
  readonly integer: (a: bigint, b: bigint) => bigint;
  readonly decimal: (a: Decimal128, b: Decimal128) => Decimal128;
}

function operate(operation: Operation, a: unknown, b: unknown): unknown {
  const kind = Math.max(kindOf(a), kindOf(b)) as Kind;
  if (kind === kinds.int) {
    const exact = operation.double(asNumber(a), asNumber(b));
    // Two int32 never leave the exact range of a double, except in a product.
    return Number.isSafeInteger(exact)
      ? makeInteger(exact + 0, kind)
      : makeInteger(operation.integer(asBigInt(a), asBigInt(b)), kind);
  }
  if (kind === kinds.long) return makeInteger(operation.integer(asBigInt(a), asBigInt(b)), kind);
  if (kind === kinds.double) return makeDouble(operation.double(asNumber(a), asNumber(b)));
  return operation.decimal(asDecimal(a), asDecimal(b));
}

const sum: Operation = { double: (a, b) => a + b, integer: (a, b) => a + b, decimal: addDecimals };
const difference: Operation = { double: (a, b) => a - b, integer: (a, b) => a - b, decimal: subtractDecimals };
const product: Operation = { double: (a, b) => a * b, integer: (a, b) => a * b, decimal: multiplyDecimals };

export const addNumbers = (a: unknown, b: unknown): unknown => operate(sum, a, b);
export const subtractNumbers = (a: unknown, b: unknown): unknown => operate(difference, a, b);
export const multiplyNumbers = (a: unknown, b: unknown): unknown => operate(product, a, b);

export function divideNumbers(a: unknown, b: unknown): unknown {
  if (kindOf(a) === kinds.decimal || kindOf(b) === kinds.decimal) {
    const divisor = asDecimal(b);
    if (signOf(divisor) === 0) throw fail(16608, "can't $divide by zero");
    return divideDecimals(asDecimal(a), divisor);
  }
  const divisor = asNumber(b);
  if (divisor === 0) throw fail(16608, "can't $divide by zero");
  return makeDouble(asNumber(a) / divisor);
}

export function remainderNumbers(a: unknown, b: unknown): unknown {
  const kind = Math.max(kindOf(a), kindOf(b)) as Kind;
  if (asNumber(b) === 0) throw fail(16610, "can't $mod by zero");
  if (kind === kinds.decimal) return remainderDecimals(asDecimal(a), asDecimal(b));
  if (kind === kinds.double) return makeDouble(asNumber(a) % asNumber(b));
  return makeInteger(asBigInt(a) % asBigInt(b), kind);
}

const doubleRounding: Record<Rounding, (value: number) => number> = {
  down: Math.trunc,
  floor: Math.floor,
  ceiling: Math.ceil,
  halfEven: value => {
    const floor = Math.floor(value);
    const rest = value - floor;
    if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1;
    return floor % 2 === 0 ? floor : floor + 1;
  },
};

/** Rounds at `place` digits after the point and keeps the type of the number. */
export function roundNumber(value: unknown, place: number, rounding: Rounding): unknown {
  const kind = kindOf(value);
  if (kind === kinds.decimal) {
    return roundDecimal(value as Decimal128, place, rounding);
  }
  if (kind === kinds.double) {
    const number = asNumber(value);
    if (!Number.isFinite(number)) return number;
    if (place === 0) return makeDouble(doubleRounding[rounding](number));
    // Through the shortest decimal form, so that 1.005 at two places is what a reader of the number expects.
    const exact = parseDecimal(String(number)) as Decimal128;
    return makeDouble(asNumber(roundDecimal(exact, place, rounding)));
  }
  if (place >= 0) return value;
  const rounded = decimalToBigInt(roundDecimal(asDecimal(value), place, rounding));
  const result = makeInteger(rounded, kind);
  if (kindOf(result) === kinds.double) throw fail(51080, 'invalid conversion from Decimal128 result in $round');
  return result;
}

export function absoluteNumber(value: unknown): unknown {
  const kind = kindOf(value);
  if (kind === kinds.decimal) {
    return signOf(value as Decimal128) < 0 ? negateDecimal(value as Decimal128) : value;
  }
  if (kind === kinds.double) return makeDouble(Math.abs(asNumber(value)));
  const exact = asBigInt(value);
  if (exact === -(2n ** 63n)) throw fail(28680, "can't take $abs of long long min");
  return makeInteger(exact < 0n ? -exact : exact, kind);
}

/**
 * Adds up any mixture of numbers without losing any: integers exactly, doubles with compensation (ten times 0.1 is 1),
 * decimals in decimal. The result has the largest type met.
 */
export class Sum {
  private kind: Kind = kinds.int;
  private small = 0;
  private large = 0n;
  private double = 0;
  private compensation = 0;
  private decimals: Decimal128 | undefined;
  /** Small decimals of one exponent, such as prices in cents, wait here as a whole number. */
  private cents = 0;
  private centsExponent: number | undefined;

  add(value: unknown): void {
    if (typeof value === 'number') {
      if ((value | 0) === value) {
        this.small += value;
        if (this.small > 4e15 || this.small < -4e15) {
          this.large += BigInt(this.small);
          this.small = 0;
        }
      } else this.addDouble(value);
      return;
    }
    switch (kindOf(value)) {
      case kinds.none:
        return;
      case kinds.double:
        this.addDouble((value as Double).value);
        return;
      case kinds.decimal:
        this.addDecimal(value as Decimal128);
        return;
      default:
        if (this.kind < kinds.long && kindOf(value) === kinds.long) this.kind = kinds.long;
        this.large += asBigInt(value);
    }
  }

  private addDouble(value: number): void {
    this.kind = kinds.double;
    const next = this.double + value;
    const rest = Math.abs(this.double) >= Math.abs(value) ? this.double - next + value : value - next + this.double;
    if (Number.isFinite(rest)) this.compensation += rest;
    this.double = next;
  }

  private addDecimal(value: Decimal128): void {
    const { bytes: b } = value;
    const exponent = ((b[15]! & 0x7f) << 7) | (b[14]! >> 1);
    const upper = b[6]! | b[7]! | b[8]! | b[9]! | b[10]! | b[11]! | b[12]! | b[13]! | (b[14]! & 1);
    const isSpecial = (b[15]! & 0x60) === 0x60;
    if (upper !== 0 || isSpecial) {
      this.decimals = this.decimals ? addDecimals(this.decimals, value) : value;
      return;
    }
    if (exponent !== this.centsExponent || Math.abs(this.cents) > 2 ** 52) this.settleCents();
    this.centsExponent = exponent;
    const low = b[0]! + b[1]! * 2 ** 8 + b[2]! * 2 ** 16 + b[3]! * 2 ** 24 + b[4]! * 2 ** 32 + b[5]! * 2 ** 40;
    this.cents += b[15]! & 0x80 ? -low : low;
  }

  private settleCents(): void {
    if (this.centsExponent === undefined) return;
    const sum = makeDecimal(this.cents < 0, BigInt(Math.abs(this.cents)), this.centsExponent - 6176);
    this.decimals = this.decimals ? addDecimals(this.decimals, sum) : sum;
    this.cents = 0;
    this.centsExponent = undefined;
  }

  private get integer(): bigint {
    return this.large + BigInt(this.small);
  }

  result(): unknown {
    this.settleCents();
    if (this.decimals) return this.withDecimals(this.decimals);
    if (this.kind === kinds.double) return makeDouble(this.asDouble());
    if (this.kind === kinds.int && this.large === 0n && (this.small | 0) === this.small) return this.small + 0;
    return makeInteger(this.integer, this.kind);
  }

  average(count: number): unknown {
    if (count === 0) return null;
    this.settleCents();
    if (this.decimals) return divideDecimals(this.withDecimals(this.decimals), asDecimal(count));
    return makeDouble(this.asDouble() / count);
  }

  private asDouble(): number {
    if (this.large === 0n) return this.double + this.compensation + this.small;
    if (this.kind !== kinds.double) return Number(this.integer);
    return this.double + this.compensation + Number(this.integer);
  }

  private withDecimals(decimals: Decimal128): Decimal128 {
    const { integer } = this;
    const whole = integer === 0n ? decimals : addDecimals(decimals, Decimal128.fromString(String(integer)));
    return this.kind === kinds.double
      ? addDecimals(whole, asDecimal(makeDouble(this.double + this.compensation)))
      : whole;
  }
}
