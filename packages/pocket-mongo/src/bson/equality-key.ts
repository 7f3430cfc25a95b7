import type { Binary, BSONRegExp, BSONSymbol, Code, Decimal128, Long, ObjectId } from 'bson';
import { bytesOf, regexParts } from './compare.ts';
import { decimalParts } from './decimal.ts';
import { compareNumbers, longToBigInt, toNumber } from './numbers.ts';
import { bsonType, type Document } from './types.ts';

/**
 * A primitive that is the same for two values exactly when `valuesEqual` holds without a collation: the key for hash lookups (`$in`, unique
 * checks, grouping). Missing and null have different keys.
 */
export function equalityKey(value: unknown): string | number | boolean | null | undefined {
  switch (typeof value) {
    case 'string':
      return `"${value}`;
    case 'number':
    case 'boolean':
    case 'undefined':
      return value;
    case 'bigint':
      return integerKey(value);
    default:
  }
  if (value === null) return null;
  const type = bsonType(value);
  switch (type) {
    case 1:
    case 16:
      return toNumber(value);
    case 18:
      return integerKey(longToBigInt(value as Long));
    case 19:
      return decimalKey(value as Decimal128);
    case 14:
      return `"${(value as BSONSymbol).value}`;
    case 7:
      return `o${(value as ObjectId).toHexString()}`;
    case 9:
      return `d${(value as Date).getTime()}`;
    case 17:
      return `t${BigInt.asUintN(64, longToBigInt(value as Long))}`;
    case 5: {
      const bytes = bytesOf(value as Binary);
      const subtype = value instanceof Uint8Array ? 0 : (value as Binary).sub_type;
      return `b${subtype}:${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')}`;
    }
    case 11: {
      const { pattern, options } = regexParts(value as BSONRegExp);
      return `r${options}/${pattern}`;
    }
    case 13:
    case 15:
      return `c${String((value as Code).code)}\0${(value as Code).scope ? part((value as Code).scope) : ''}`;
    case 4:
      return `[${(value as unknown[]).map(part).join('')}]`;
    case 3:
      return `{${Object.entries(value as Document)
        .map(([name, item]) => part(name) + part(item))
        .join('')}}`;
    default:
      return type === -1 ? 'm' : 'M';
  }
}

/** Parts carry their length, so no two different lists of parts can read the same. */
function part(value: unknown): string {
  const key = equalityKey(value);
  const text = typeof key === 'string' ? key : typeof key === 'number' ? `#${key === 0 ? 0 : key}` : `!${key}`;
  return `${text.length},${text}`;
}

function integerKey(value: bigint): string | number {
  const double = Number(value);
  return Number.isSafeInteger(double) || BigInt(double) === value ? double : `n${value}`;
}

function decimalKey(value: Decimal128): string | number {
  const parts = decimalParts(value);
  if (parts.special) return Number(parts.special);
  if (parts.coefficient === 0n) return 0;
  const double = toNumber(value);
  if (Number.isFinite(double) && compareNumbers(double, value) === 0) return double;
  let { coefficient, exponent } = parts;
  while (coefficient % 10n === 0n) {
    coefficient /= 10n;
    exponent += 1;
  }
  const sign = parts.negative ? '-' : '';
  // A whole number within int64 has to meet the key of the Long of that value.
  if (exponent >= 0 && exponent < 20) return `n${sign}${coefficient * 10n ** BigInt(exponent)}`;
  return `n${sign}${coefficient}e${exponent}`;
}
