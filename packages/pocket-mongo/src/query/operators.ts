import type { Binary } from 'bson';
import type { Collation } from '../bson/collation.ts';
import { bytesOf, compareValues, valuesEqual } from '../bson/compare.ts';
import { equalityKey } from '../bson/equality-key.ts';
import { longToBigInt, toNumber } from '../bson/numbers.ts';
import { type BsonTypeName, bsonType, bsonTypes, isNumeric, typeRank } from '../bson/types.ts';
import { CommandError } from '../errors.ts';
import { compileRegexValue } from './regex.ts';
import type { ValueTest } from './walk.ts';

const isNullish = (value: unknown): boolean => value === null || value === undefined;
const isNaNumber = (value: unknown): boolean => isNumeric(value) && Number.isNaN(toNumber(value));

/** `$eq`: null also stands for a missing field; a regular expression means itself here. */
export function equals(operand: unknown, collation?: Collation): ValueTest {
  if (isNullish(operand)) return isNullish;
  if (typeof operand === 'string' && !collation)
    return value => value === operand || (typeof value === 'object' && valuesEqual(value, operand));
  if (typeof operand === 'boolean') return value => value === operand;
  return value => value === operand || (value !== undefined && compareValues(value, operand, collation) === 0);
}

export type Ordering = '$gt' | '$gte' | '$lt' | '$lte';

/** An ordering operator; it sees only values of the operand's own kind (type bracketing). */
export function ordered(operator: Ordering, operand: unknown, collation?: Collation): ValueTest {
  const type = bsonType(operand);
  const inclusive = operator === '$gte' || operator === '$lte';
  if (isNullish(operand)) return inclusive ? isNullish : () => false;
  if (isNaNumber(operand)) return inclusive ? isNaNumber : () => false;
  const wanted = operator.startsWith('$gt') ? 1 : -1;
  const accepts = (order: number) => order === wanted || (inclusive && order === 0);
  if (type === bsonTypes.minKey || type === bsonTypes.maxKey) {
    return value => accepts(Math.sign(compareValues(value ?? null, operand)));
  }
  const rank = typeRank(type);
  const numeric = rank === typeRank(bsonTypes.int);
  return value => {
    if (value === undefined || typeRank(bsonType(value)) !== rank || (numeric && isNaNumber(value))) return false;
    return accepts(Math.sign(compareValues(value, operand, collation)));
  };
}

/** `$in`: one hash lookup however long the list, except for strings under a collation, which search a sorted list. */
export function oneOf(list: readonly unknown[], collation?: Collation): ValueTest {
  const regexes = list.filter(item => bsonType(item) === bsonTypes.regex).map(item => compileRegexValue(item));
  const keys = new Set<unknown>();
  for (const item of list) keys.add(equalityKey(item ?? null));
  const matchesRegex = (value: unknown) => typeof value === 'string' && regexes.some(regex => regex.test(value));
  if (!collation) return value => keys.has(equalityKey(value ?? null)) || (regexes.length > 0 && matchesRegex(value));
  const sorted = list.map(item => item ?? null).sort((a, b) => compareValues(a, b, collation));
  return value => includesSorted(sorted, value ?? null, collation) || (regexes.length > 0 && matchesRegex(value));
}

function includesSorted(sorted: readonly unknown[], value: unknown, collation: Collation): boolean {
  let low = 0;
  let high = sorted.length - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const order = compareValues(sorted[middle], value, collation);
    if (order === 0) return true;
    if (order < 0) low = middle + 1;
    else high = middle - 1;
  }
  return false;
}

/** `$type`: names, numbers, "number", or a list of them. */
export function hasType(operand: unknown): ValueTest {
  const list = Array.isArray(operand) ? operand : [operand];
  if (list.length === 0) throw new CommandError('FailedToParse', '$type must match at least one type');
  const types = new Set<number>();
  for (const item of list) for (const type of typesOf(item)) types.add(type);
  return value => value !== undefined && types.has(bsonType(value));
}

function typesOf(spec: unknown): number[] {
  if (typeof spec === 'string') {
    if (spec === 'number') return [1, 16, 18, 19];
    if (spec === 'missing' || !Object.hasOwn(bsonTypes, spec)) {
      throw new CommandError('BadValue', `Unknown type name alias: ${spec}`);
    }
    return [bsonTypes[spec as BsonTypeName]];
  }
  if (!isNumeric(spec)) throw new CommandError('TypeMismatch', 'type must be represented as a number or a string');
  const number = toNumber(spec);
  if (!Object.values<number>(bsonTypes).includes(number) || number === 0) {
    throw new CommandError('BadValue', `Invalid numerical type code: ${number}`);
  }
  return [number];
}

/** `$mod: [divisor, remainder]`, both cut to whole numbers. */
export function modulo(operand: unknown): ValueTest {
  if (!Array.isArray(operand)) throw new CommandError('BadValue', 'malformed mod, needs to be an array');
  if (operand.length < 2) throw new CommandError('BadValue', 'malformed mod, not enough elements');
  if (operand.length > 2) throw new CommandError('BadValue', 'malformed mod, too many elements');
  const divisor = wholeNumber(operand[0]);
  const remainder = wholeNumber(operand[1]);
  if (divisor === undefined) throw new CommandError('BadValue', 'malformed mod, divisor not a number');
  if (remainder === undefined) throw new CommandError('BadValue', 'malformed mod, remainder not a number');
  if (divisor === 0n) throw new CommandError('BadValue', 'divisor cannot be 0');
  const small = Number(divisor);
  return value => {
    if (typeof value === 'number' && Number.isSafeInteger(value) && Number.isSafeInteger(small)) {
      return BigInt(value % small) === remainder;
    }
    const whole = wholeNumber(value);
    return whole !== undefined && whole % divisor === remainder;
  };
}

/** A number of any type cut to an int64, or nothing when it is no number or out of range. */
export function wholeNumber(value: unknown): bigint | undefined {
  if (!isNumeric(value)) return undefined;
  const type = bsonType(value);
  if (type === bsonTypes.long) return longToBigInt(value as never);
  if (type === bsonTypes.decimal) {
    const text = String(value);
    if (/^-?\d+$/.test(text)) return inLong(BigInt(text));
  }
  const number = Math.trunc(toNumber(value));
  return Number.isFinite(number) ? inLong(BigInt(number)) : undefined;
}

function inLong(value: bigint): bigint | undefined {
  return BigInt.asIntN(64, value) === value ? value : undefined;
}

/** `$size`: an exact whole number of elements. */
export function sizeOperand(operand: unknown): number {
  const number = isNumeric(operand) ? toNumber(operand) : Number.NaN;
  if (Number.isNaN(number)) {
    throw new CommandError('BadValue', `Failed to parse $size. Expected a number in: $size: ${String(operand)}`);
  }
  if (!Number.isInteger(number)) {
    throw new CommandError('BadValue', `Failed to parse $size. Expected an integer: $size: ${String(operand)}`);
  }
  if (number < 0) {
    throw new CommandError(
      'BadValue',
      `Failed to parse $size. Expected a non-negative number in: $size: ${String(operand)}`,
    );
  }
  return number;
}

export type BitOperator = '$bitsAllSet' | '$bitsAllClear' | '$bitsAnySet' | '$bitsAnyClear';

/** The bit operators; the operand is a mask, a list of positions or binary data. Numbers are int64 in two's complement. */
export function bits(operator: BitOperator, operand: unknown): ValueTest {
  const positions = bitPositions(operator, operand);
  const wantSet = operator.endsWith('Set');
  const all = operator.startsWith('$bitsAll');
  return value => {
    const read = bitReader(value);
    if (!read) return false;
    const holds = (position: number) => read(position) === wantSet;
    return all ? positions.every(holds) : positions.some(holds);
  };
}

function bitPositions(operator: BitOperator, operand: unknown): number[] {
  if (Array.isArray(operand)) {
    return operand.map(item => {
      const position = isNumeric(item) ? toNumber(item) : Number.NaN;
      if (!Number.isInteger(position))
        throw new CommandError('BadValue', `bit positions must be an integer but got: ${String(item)}`);
      if (position < 0) throw new CommandError('BadValue', `bit positions must be >= 0 but got: ${position}`);
      return position;
    });
  }
  if (bsonType(operand) === bsonTypes.binData) {
    const bytes = bytesOf(operand as Binary);
    return Array.from({ length: bytes.length * 8 }, (_, i) => i).filter(i => ((bytes[i >> 3]! >> (i & 7)) & 1) === 1);
  }
  const mask = isNumeric(operand) && Number.isInteger(toNumber(operand)) ? wholeNumber(operand) : undefined;
  if (mask === undefined || mask < 0n) {
    throw new CommandError(
      'BadValue',
      `${operator} takes an Array, a non-negative number, or a BinData: ${String(operand)}`,
    );
  }
  return Array.from({ length: 63 }, (_, i) => i).filter(i => (mask >> BigInt(i)) & 1n);
}

function bitReader(value: unknown): ((position: number) => boolean) | undefined {
  if (bsonType(value) === bsonTypes.binData) {
    const bytes = bytesOf(value as Binary);
    return position => (((bytes[position >> 3] ?? 0) >> (position & 7)) & 1) === 1;
  }
  if (!isNumeric(value) || !Number.isInteger(toNumber(value))) return undefined;
  const whole = wholeNumber(value);
  if (whole === undefined) return undefined;
  return position => ((whole >> BigInt(Math.min(position, 63))) & 1n) === 1n;
}
