/** A decoded document. Stored documents are never changed in place: writers build new ones. */
export type Document = Record<string, unknown>;

/** BSON type numbers as `$type` knows them; 0 stands for a missing value. */
export const bsonTypes = {
  missing: 0,
  double: 1,
  string: 2,
  object: 3,
  array: 4,
  binData: 5,
  undefined: 6,
  objectId: 7,
  bool: 8,
  date: 9,
  null: 10,
  regex: 11,
  dbPointer: 12,
  javascript: 13,
  symbol: 14,
  javascriptWithScope: 15,
  int: 16,
  timestamp: 17,
  long: 18,
  decimal: 19,
  minKey: -1,
  maxKey: 127,
} as const;

export type BsonTypeName = keyof typeof bsonTypes;

const names = new Map<number, BsonTypeName>(
  Object.entries(bsonTypes).map(([name, number]) => [number, name as BsonTypeName]),
);

const classTypes: Record<string, number> = {
  ObjectId: 7,
  Double: 1,
  Int32: 16,
  Long: 18,
  Decimal128: 19,
  Binary: 5,
  BSONRegExp: 11,
  Timestamp: 17,
  MinKey: -1,
  MaxKey: 127,
  BSONSymbol: 14,
  DBRef: 3,
};

/** Is this JavaScript number an int32 in BSON? Everything else (also -0) is a double. */
export function isInt32(value: number): boolean {
  return (value | 0) === value && !Object.is(value, -0);
}

/**
 * The BSON type number of a value in memory. The class is read from the prototype, never from an own field: a document may legally
 * carry a field called `_bsontype`.
 */
export function bsonType(value: unknown): number {
  switch (typeof value) {
    case 'string':
      return 2;
    case 'number':
      return isInt32(value) ? 16 : 1;
    case 'boolean':
      return 8;
    case 'undefined':
      return 0;
    case 'bigint':
      return 18;
    case 'object':
      break;
    default:
      return 0;
  }
  if (value === null) return 10;
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (prototype === Object.prototype || prototype === null) return 3;
  if (Array.isArray(value)) return 4;
  if (value instanceof Date) return 9;
  if (value instanceof RegExp) return 11;
  if (value instanceof Uint8Array) return 5;
  const tag = (prototype as { _bsontype?: unknown })._bsontype;
  if (tag === 'Code') return (value as { scope?: unknown }).scope ? 15 : 13;
  return (typeof tag === 'string' && classTypes[tag]) || 3;
}

/** The name `$type` uses for the value; `missing` when there is none. */
export function typeName(value: unknown): BsonTypeName {
  return names.get(bsonType(value)) ?? 'object';
}

/** The name of a type number, if there is such a type. */
export function typeNameOf(number: number): BsonTypeName | undefined {
  return names.get(number);
}

/** Is the value an embedded document (and not an array, a date or another BSON class)? */
export function isDocument(value: unknown): value is Document {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value) as object | null;
  return prototype === Object.prototype || prototype === null;
}

/** Is the value one of the four numeric types? */
export function isNumeric(value: unknown): boolean {
  if (typeof value === 'number') return true;
  if (typeof value !== 'object' || value === null) return typeof value === 'bigint';
  const type = bsonType(value);
  return type === 1 || type === 16 || type === 18 || type === 19;
}

/** MongoDB's order of types when values of different types are compared; equal ranks compare by value. */
export function typeRank(type: number): number {
  switch (type) {
    case -1:
      return -1;
    case 0:
    case 6:
      return 0;
    case 10:
      return 5;
    case 1:
    case 16:
    case 18:
    case 19:
      return 10;
    case 2:
    case 14:
      return 15;
    case 3:
      return 20;
    case 4:
      return 25;
    case 5:
      return 30;
    case 7:
      return 35;
    case 8:
      return 40;
    case 9:
      return 45;
    case 17:
      return 47;
    case 11:
      return 50;
    case 13:
      return 60;
    case 15:
      return 65;
    default:
      return 127;
  }
}
