import { type Decimal128, Double, Long, type ObjectId, type Timestamp } from 'bson';
import type { Document } from '../bson/types.ts';
import { CommandError } from '../errors.ts';
import { fromBigInt, fromDouble, readDecimal, toNumber } from './decimal.ts';

export { writeOwn as setOwn } from '../bson/own-properties.ts';
export { type Document, isDocument } from '../bson/types.ts';

/** An error that MongoDB knows by number only. */
export function fail(code: number, message: string): CommandError {
  return new CommandError(`Location${code}`, message);
}

/** Numbers in the order of promotion: a result has the largest kind among its operands. */
export const kinds = { none: 0, int: 1, long: 2, double: 3, decimal: 4 } as const;
export type Kind = (typeof kinds)[keyof typeof kinds];

export function kindOf(value: unknown): Kind {
  if (typeof value === 'number') return isInt32(value) ? kinds.int : kinds.double;
  if (typeof value !== 'object' || value === null) return kinds.none;
  const type = (value as { _bsontype?: unknown })._bsontype;
  // A stored document may have a field of this name; the classes carry it on their prototype.
  if (type === undefined || Object.hasOwn(value, '_bsontype')) return kinds.none;
  switch (type) {
    case 'Double':
      return kinds.double;
    case 'Long':
      return kinds.long;
    case 'Int32':
      return kinds.int;
    case 'Decimal128':
      return kinds.decimal;
    default:
      return kinds.none;
  }
}

export const isInt32 = (value: number): boolean => (value | 0) === value && !Object.is(value, -0);

export const isNumber = (value: unknown): boolean => typeof value === 'number' || kindOf(value) !== kinds.none;

/** Any number as the nearest double; meaningless for other values. */
export function asNumber(value: unknown): number {
  if (typeof value === 'number') return value;
  const kind = kindOf(value);
  if (kind === kinds.double || kind === kinds.int) return (value as Double).value;
  if (kind === kinds.long) return (value as Long).toNumber();
  if (kind === kinds.decimal) return toNumber(readDecimal(value as Decimal128));
  return Number.NaN;
}

export function asDecimal(value: unknown): ReturnType<typeof readDecimal> {
  const kind = kindOf(value);
  if (kind === kinds.decimal) return readDecimal(value as Decimal128);
  if (kind === kinds.long) return fromBigInt((value as Long).toBigInt());
  if (kind === kinds.int) return fromBigInt(BigInt(asNumber(value)));
  return fromDouble(asNumber(value));
}

export const asBigInt = (value: unknown): bigint =>
  kindOf(value) === kinds.long ? (value as Long).toBigInt() : BigInt(Math.trunc(asNumber(value)));

/** A double that stays one on the wire: an integral JavaScript number would be sent as an int32. */
export const makeDouble = (value: number): number | Double => (isInt32(value) ? new Double(value) : value);

const minLong = -(2n ** 63n);
const maxLong = 2n ** 63n - 1n;
export const fitsLong = (value: bigint): boolean => value >= minLong && value <= maxLong;

/** The smallest integer type for an exact result: `int` operands stay int32 while they fit, then widen. */
export function makeInteger(value: bigint | number, kind: Kind): unknown {
  if (typeof value === 'number') {
    if (Number.isSafeInteger(value)) return kind === kinds.int && isInt32(value) ? value : Long.fromNumber(value);
    return makeInteger(BigInt(value), kind);
  }
  if (kind === kinds.int && value >= -2147483648n && value <= 2147483647n) return Number(value);
  return fitsLong(value) ? Long.fromBigInt(value) : makeDouble(Number(value));
}

export const isNullish = (value: unknown): value is null | undefined => value === null || value === undefined;

export function isTruthy(value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  if (isNullish(value)) return false;
  if (typeof value === 'number') return value !== 0;
  return isNumber(value) ? asNumber(value) !== 0 : true;
}

const inherited = (key: string): boolean => key in Object.prototype;

/** A reader of one own property; names such as `constructor` never reach the prototype. */
export function ownReader(key: string): (document: Document) => unknown {
  if (inherited(key)) return document => (Object.hasOwn(document, key) ? document[key] : undefined);
  return document => document[key];
}

/** What MongoDB reads as a moment: dates, timestamps and ObjectIds carry one. */
export function asMoment(value: unknown): Date | undefined {
  if (value instanceof Date) return value;
  if (typeof value !== 'object' || value === null) return undefined;
  const type = (value as { _bsontype?: unknown })._bsontype;
  if (type === 'ObjectId') return (value as ObjectId).getTimestamp();
  if (type === 'Timestamp') return new Date((value as Timestamp).getHighBitsUnsigned() * 1000);
  return undefined;
}
