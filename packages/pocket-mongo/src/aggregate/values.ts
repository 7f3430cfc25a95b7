import { Long, type ObjectId, type Timestamp } from 'bson';
import { toNumber as asNumber, makeDouble } from '../bson/numbers.ts';
import { bsonType, bsonTypes, type Document, isInt32, isNumeric as isNumber } from '../bson/types.ts';
import { CommandError } from '../errors.ts';

export { makeDouble, toDecimal as asDecimal, toNumber as asNumber } from '../bson/numbers.ts';
export { writeOwn as setOwn } from '../bson/own-properties.ts';
export { type Document, isDocument, isInt32, isNumeric as isNumber } from '../bson/types.ts';

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
  switch (bsonType(value)) {
    case bsonTypes.double:
      return kinds.double;
    case bsonTypes.long:
      return kinds.long;
    case bsonTypes.int:
      return kinds.int;
    case bsonTypes.decimal:
      return kinds.decimal;
    default:
      return kinds.none;
  }
}

export const asBigInt = (value: unknown): bigint =>
  kindOf(value) === kinds.long ? (value as Long).toBigInt() : BigInt(Math.trunc(asNumber(value)));

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
