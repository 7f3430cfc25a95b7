import { Binary, type Code, calculateObjectSize, Decimal128, Double, Long, ObjectId, type Timestamp } from 'bson';
import { decimalParts } from '../../bson/decimal.ts';
import { typeName } from '../../bson/types.ts';
import { CommandError } from '../../errors.ts';
import { compile, type Evaluate, type Scope } from '../compiler.ts';
import { formatDate, parseIsoDate } from '../dates/format.ts';
import { decimalToBigInt, parseDecimal } from '../decimal.ts';
import {
  asBigInt,
  asDecimal,
  asMoment,
  asNumber,
  fail,
  fitsLong,
  isDocument,
  isInt32,
  isNullish,
  isNumber,
  isTruthy,
  kindOf,
  kinds,
  makeDouble,
} from '../values.ts';
import { define, namedFields, unary, unaryOrNull } from './registry.ts';

const conversionFailure = (message: string): CommandError => new CommandError('ConversionFailure', message);

const unsupportedPair = (value: unknown, target: string): CommandError =>
  conversionFailure(`Unsupported conversion from ${typeName(value)} to ${target} in $convert with no onError value`);

const parseFailure = (text: string, target: string, why: string): CommandError =>
  conversionFailure(`Failed to parse ${target} '${text}' in $convert with no onError value: ${why}`);

function toDouble(value: unknown): unknown {
  if (typeof value === 'boolean') return new Double(value ? 1 : 0);
  if (typeof value === 'string') {
    const text = value.trim() === value ? value : '';
    const number = /^[+-]?inf(inity)?$/i.test(text)
      ? text.startsWith('-')
        ? -Infinity
        : Infinity
      : text === ''
        ? Number.NaN
        : Number(text);
    if ((Number.isNaN(number) && text.toLowerCase() !== 'nan') || /^[+-]?0x/i.test(text))
      throw parseFailure(value, 'number', 'Did not consume whole string.');
    return makeDouble(number);
  }
  if (value instanceof Date) return makeDouble(value.getTime());
  if (!isNumber(value)) throw unsupportedPair(value, 'double');
  const number = asNumber(value);
  if (!Number.isFinite(number) && kindOf(value) === kinds.decimal && !decimalParts(value as Decimal128).special) {
    throw conversionFailure(
      `Conversion would overflow target type in $convert with no onError value: ${String(value)}`,
    );
  }
  return makeDouble(number);
}

function wholeOf(value: unknown, target: 'int' | 'long'): bigint {
  if (typeof value === 'boolean') return value ? 1n : 0n;
  if (typeof value === 'string') {
    if (!/^[+-]?\d+$/.test(value))
      throw parseFailure(value, 'number', value === '' ? 'No digits' : 'Bad digit or did not consume whole string.');
    return BigInt(value.replace('+', ''));
  }
  const kind = kindOf(value);
  if (kind === kinds.none) throw unsupportedPair(value, target);
  if (kind === kinds.decimal) {
    const exact = decimalParts(value as Decimal128);
    if (exact.special)
      throw conversionFailure(
        `Attempt to convert ${exact.special} value to integer type in $convert with no onError value`,
      );
    return decimalToBigInt(value as Decimal128);
  }
  const number = asNumber(value);
  if (!Number.isFinite(number))
    throw conversionFailure(
      'Attempt to convert NaN or infinity value to integer type in $convert with no onError value',
    );
  return asBigInt(value);
}

const overflow = (value: unknown): CommandError =>
  conversionFailure(`Conversion would overflow target type in $convert with no onError value: ${String(value)}`);

function toInt(value: unknown): number {
  const number = Number(wholeOf(value, 'int'));
  if (!isInt32(number)) throw overflow(value);
  return number;
}

function toLong(value: unknown): Long {
  if (value instanceof Date) return Long.fromNumber(value.getTime());
  const whole = wholeOf(value, 'long');
  if (!fitsLong(whole)) throw overflow(value);
  return Long.fromBigInt(whole);
}

function toDecimal(value: unknown): unknown {
  if (kindOf(value) === kinds.decimal) return value;
  if (typeof value === 'boolean') return Decimal128.fromString(value ? '1' : '0');
  if (value instanceof Date) return asDecimal(Long.fromNumber(value.getTime()));
  if (typeof value === 'string') {
    const exact = parseDecimal(value);
    if (!exact) throw parseFailure(value, 'number', 'Failed to parse string to decimal');
    return exact;
  }
  if (!isNumber(value)) throw unsupportedPair(value, 'decimal');
  return asDecimal(value);
}

function toDate(value: unknown): Date {
  const moment = asMoment(value);
  if (moment) return new Date(moment.getTime());
  if (typeof value === 'string') {
    const parsed = parseIsoDate(value);
    if (!parsed) throw conversionFailure(`Error parsing date string '${value}' in $convert with no onError value`);
    return parsed;
  }
  const kind = kindOf(value);
  if (kind === kinds.none || kind === kinds.int) throw unsupportedPair(value, 'date');
  return new Date(Number(wholeOf(value, 'long')));
}

function toObjectId(value: unknown): ObjectId {
  if (value instanceof ObjectId) return value;
  if (typeof value !== 'string') throw unsupportedPair(value, 'objectId');
  if (!/^[0-9a-f]{24}$/i.test(value)) {
    throw parseFailure(
      value,
      'objectId',
      value.length === 24
        ? 'Invalid character found in hex string'
        : `Invalid string length for parsing to OID, expected 24 but found ${value.length}`,
    );
  }
  return new ObjectId(value);
}

/** A number the way MongoDB prints it: doubles shortest, decimals and longs exactly. */
function numberText(value: unknown): string {
  if (kindOf(value) === kinds.decimal || kindOf(value) === kinds.long) return String(value);
  const number = asNumber(value);
  if (number === Infinity) return 'Infinity';
  return Object.is(number, -0) ? '-0' : String(number);
}

function toText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (value instanceof Date) return formatDate(value, undefined, 'UTC');
  if (value instanceof ObjectId) return value.toHexString();
  if (value instanceof Binary && value.sub_type === Binary.SUBTYPE_UUID) return value.toUUID().toHexString();
  if (isNumber(value)) return numberText(value);
  throw unsupportedPair(value, 'string');
}

/** The looser reading of text operators such as $toLower: null is '', symbols and dates are text. */
export function coerceString(value: unknown, name: string): string {
  if (isNullish(value)) return '';
  if (typeof value === 'string') return value;
  if (isNumber(value)) return numberText(value);
  if (value instanceof Date) return formatDate(value, undefined, 'UTC');
  if (typeof value === 'object') {
    const type = (value as { _bsontype?: string })._bsontype;
    if (type === 'Code') return String((value as Code).code);
    if (type === 'BSONSymbol') return String(value);
    if (type === 'Timestamp') return new Date((value as Timestamp).getHighBitsUnsigned() * 1000).toISOString();
  }
  throw fail(16007, `can't convert from BSON type ${typeName(value)} to String in ${name}`);
}

const targets: Record<string, (value: unknown) => unknown> = {
  double: toDouble,
  string: toText,
  objectId: toObjectId,
  bool: value => (typeof value === 'string' ? true : isTruthy(value)),
  date: toDate,
  int: toInt,
  long: toLong,
  decimal: toDecimal,
};
const codes: Record<number, string> = {
  1: 'double',
  2: 'string',
  7: 'objectId',
  8: 'bool',
  9: 'date',
  16: 'int',
  18: 'long',
  19: 'decimal',
};

for (const [name, target] of Object.entries({
  $toDouble: 'double',
  $toString: 'string',
  $toObjectId: 'objectId',
  $toBool: 'bool',
  $toDate: 'date',
  $toInt: 'int',
  $toLong: 'long',
  $toDecimal: 'decimal',
})) {
  unaryOrNull(name, value => targets[target]?.(value));
}

define('$convert', (argument, scope) => {
  const fields = namedFields('$convert', argument, ['input', 'to'], ['onError', 'onNull', 'format']);
  if (Object.hasOwn(fields, 'format'))
    throw new CommandError('FailedToParse', "Unrecognized argument to $convert: 'format'");
  const part = (name: string, from: Scope): Evaluate | undefined =>
    Object.hasOwn(fields, name) ? compile(fields[name], from) : undefined;
  const input = compile(fields['input'], scope);
  const to = compile(fields['to'], scope);
  const onError = part('onError', scope);
  const onNull = part('onNull', scope);
  return frame => {
    const value = input(frame);
    if (isNullish(value)) return onNull ? onNull(frame) : null;
    let target = to(frame);
    if (isNullish(target)) return null;
    if (isNumber(target)) target = codes[asNumber(target)] ?? target;
    if (isDocument(target)) target = target['type'];
    const convert = typeof target === 'string' && Object.hasOwn(targets, target) ? targets[target] : undefined;
    if (!convert) throw new CommandError('BadValue', `Unknown type name: ${String(target)}`);
    if (!onError) return convert(value);
    try {
      return convert(value);
    } catch (error) {
      if (error instanceof CommandError && error.code === 241) return onError(frame);
      throw error;
    }
  };
});

unary('$type', value => (value === undefined ? 'missing' : typeName(value)));
unary('$isNumber', value => isNumber(value));

unaryOrNull('$bsonSize', value => {
  if (!isDocument(value)) throw fail(31393, `$bsonSize requires a document input, found: ${typeName(value)}`);
  return calculateObjectSize(value);
});

unaryOrNull('$binarySize', value => {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (value instanceof Binary) return value.position;
  if (value instanceof Uint8Array) return value.length;
  throw fail(51276, `$binarySize requires a string or BinData argument, found: ${typeName(value)}`);
});

function timestampOperator(name: string, read: (value: Timestamp) => number): void {
  unaryOrNull(name, value => {
    if ((value as { _bsontype?: unknown })._bsontype !== 'Timestamp') {
      throw fail(5687301, `Argument to ${name} must be a timestamp, but is ${typeName(value)}`);
    }
    return Long.fromNumber(read(value as Timestamp));
  });
}

timestampOperator('$tsSecond', value => value.getHighBitsUnsigned());
timestampOperator('$tsIncrement', value => value.getLowBitsUnsigned());
