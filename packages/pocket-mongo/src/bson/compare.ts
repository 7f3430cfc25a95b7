import type { Binary, BSONRegExp, BSONSymbol, Code, Double, Long, ObjectId } from 'bson';
import type { Collation } from './collation.ts';
import { compareNumbers, longToBigInt } from './numbers.ts';
import { bsonType, type Document, isDocument, typeRank } from './types.ts';

/**
 * MongoDB's order over all values: first by type, then by value; numbers of all types by exact value, arrays by position, documents by fields
 * in their order. A missing value (`undefined`) comes before null.
 */
export function compareValues(a: unknown, b: unknown, collation?: Collation): number {
  if (a === b) return 0;
  if (typeof a === 'string' && typeof b === 'string') return compareStrings(a, b, collation);
  if (typeof a === 'number' && typeof b === 'number') return compareNumbers(a, b);
  const left = bsonType(a);
  const right = bsonType(b);
  if (left !== right) {
    const difference = typeRank(left) - typeRank(right);
    if (difference !== 0) return difference < 0 ? -1 : 1;
  }
  switch (left) {
    case 1:
    case 16:
    case 18:
    case 19:
      return compareNumbers(a, b);
    case 2:
    case 14:
      return compareStrings(textOf(a), textOf(b), collation);
    case 3:
      return compareDocuments(a as Document, b as Document, collation);
    case 4:
      return compareArrays(a as unknown[], b as unknown[], collation);
    case 5:
      return compareBinary(a as Binary, b as Binary);
    case 7:
      return compareObjectIds(a as ObjectId, b as ObjectId);
    case 8:
      return a === true ? 1 : -1;
    case 9:
      return compareDates(a as Date, b as Date);
    case 11:
      return compareRegexes(a as BSONRegExp, b as BSONRegExp);
    case 13:
    case 15:
      return compareCode(a as Code, b as Code, collation);
    case 17:
      return compareUnsigned(a as Long, b as Long);
    default:
      return 0; // null, missing, MinKey, MaxKey: one value each
  }
}

/** Equality in the sense of `compareValues`. */
export function valuesEqual(a: unknown, b: unknown, collation?: Collation): boolean {
  return a === b || compareValues(a, b, collation) === 0;
}

/**
 * Are the two the same down to type, so that storing one for the other changes nothing? 1 and 1.0 are equal but not identical, and no
 * collation applies.
 */
export function valuesIdentical(a: unknown, b: unknown): boolean {
  if (a === b) return !(typeof a === 'number' && a === 0) || Object.is(a, b);
  const type = bsonType(a);
  if (type !== bsonType(b)) return false;
  if (type === 3) {
    const left = Object.keys(a as Document);
    const right = Object.keys(b as Document);
    return (
      left.length === right.length &&
      left.every((key, i) => key === right[i] && valuesIdentical((a as Document)[key], (b as Document)[key]))
    );
  }
  if (type === 4) {
    const other = b as unknown[];
    return (
      (a as unknown[]).length === other.length && (a as unknown[]).every((item, i) => valuesIdentical(item, other[i]))
    );
  }
  if (type === 1) return Object.is(Number((a as Double).valueOf()), Number((b as Double).valueOf()));
  // Equal decimals may differ in their digits (1.0 and 1.00), which is a change.
  if (type === 19) return String(a) === String(b);
  if (type === 9) return Object.is((a as Date).getTime(), (b as Date).getTime());
  return compareValues(a, b) === 0;
}

/** Order of UTF-8 bytes, which differs from UTF-16 order where surrogates meet the last private characters. */
export function compareStrings(a: string, b: string, collation?: Collation): number {
  if (a === b) return 0;
  if (collation) return collation.compare(a, b);
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i += 1) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    if (x >= 0xd800 && y >= 0xd800) {
      const rank = (unit: number) => (unit >= 0xe000 ? unit - 0x800 : unit + 0x2000);
      return rank(x) < rank(y) ? -1 : 1;
    }
    return x < y ? -1 : 1;
  }
  return a.length < b.length ? -1 : a.length > b.length ? 1 : 0;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (value as BSONSymbol).value;
}

function compareDocuments(a: Document, b: Document, collation?: Collation): number {
  const left = entriesOf(a);
  const right = entriesOf(b);
  const length = Math.min(left.length, right.length);
  for (let i = 0; i < length; i += 1) {
    const [nameA, valueA] = left[i]!;
    const [nameB, valueB] = right[i]!;
    const byType = typeRank(bsonType(valueA)) - typeRank(bsonType(valueB));
    if (byType !== 0) return byType < 0 ? -1 : 1;
    const byName = compareStrings(nameA, nameB);
    if (byName !== 0) return byName;
    const byValue = compareValues(valueA, valueB, collation);
    if (byValue !== 0) return byValue;
  }
  return Math.sign(left.length - right.length);
}

function entriesOf(value: Document): [string, unknown][] {
  if (isDocument(value)) return Object.entries(value);
  // A DBRef object of the driver is a plain document on the wire.
  const json = (value as { toJSON?: () => Document }).toJSON?.();
  return Object.entries(json ?? value);
}

function compareArrays(a: unknown[], b: unknown[], collation?: Collation): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i += 1) {
    const result = compareValues(a[i], b[i], collation);
    if (result !== 0) return result;
  }
  return Math.sign(a.length - b.length);
}

function compareBinary(a: Binary | Uint8Array, b: Binary | Uint8Array): number {
  const x = bytesOf(a);
  const y = bytesOf(b);
  if (x.length !== y.length) return x.length < y.length ? -1 : 1;
  const subtype = (value: Binary | Uint8Array) => (value instanceof Uint8Array ? 0 : value.sub_type);
  if (subtype(a) !== subtype(b)) return subtype(a) < subtype(b) ? -1 : 1;
  return Math.sign(Buffer.compare(x, y));
}

/** The bytes in use of a Binary, or of the plain buffer an expression may give instead. */
export function bytesOf(value: Binary | Uint8Array): Uint8Array {
  return value instanceof Uint8Array ? value : value.buffer.subarray(0, value.position);
}

/** bson keeps an id as four 24-bit integers; reading them is far cheaper than its hex text. */
interface PackedId {
  readonly i0: number;
  readonly i1: number;
  readonly i2: number;
  readonly i3: number;
}

export function compareObjectIds(a: ObjectId, b: ObjectId): number {
  const x = a as unknown as PackedId;
  const y = b as unknown as PackedId;
  if (x.i0 === undefined || y.i0 === undefined) {
    const left = a.toHexString();
    const right = b.toHexString();
    return left < right ? -1 : left > right ? 1 : 0;
  }
  return Math.sign(x.i0 - y.i0 || x.i1 - y.i1 || x.i2 - y.i2 || x.i3 - y.i3);
}

function compareDates(a: Date, b: Date): number {
  const x = a.getTime();
  const y = b.getTime();
  if (x === y) return 0;
  if (Number.isNaN(x) || Number.isNaN(y)) return Number.isNaN(x) ? (Number.isNaN(y) ? 0 : -1) : 1;
  return x < y ? -1 : 1;
}

function compareUnsigned(a: Long, b: Long): number {
  const x = BigInt.asUintN(64, longToBigInt(a));
  const y = BigInt.asUintN(64, longToBigInt(b));
  return x < y ? -1 : x > y ? 1 : 0;
}

function compareRegexes(a: BSONRegExp | RegExp, b: BSONRegExp | RegExp): number {
  const x = regexParts(a);
  const y = regexParts(b);
  return compareStrings(x.pattern, y.pattern) || compareStrings(x.options, y.options);
}

/** Pattern and options of a regular expression in either of its two shapes. */
export function regexParts(value: BSONRegExp | RegExp): { pattern: string; options: string } {
  if (value instanceof RegExp) {
    const options = [...value.flags].filter(flag => 'imsx'.includes(flag)).join('');
    return { pattern: value.source, options };
  }
  return { pattern: value.pattern, options: value.options };
}

function compareCode(a: Code, b: Code, collation?: Collation): number {
  const result = compareStrings(String(a.code), String(b.code));
  if (result !== 0 || !a.scope || !b.scope) return result;
  return compareDocuments(a.scope, b.scope, collation);
}
