import { Long } from 'bson';
import { type Document, isDocument } from '../bson/types.ts';
import { CommandError, unsupported } from '../errors.ts';

/** Readers of command fields: null counts as absent, a wrong type is an error that names the field. */
export function stringField(command: Document, name: string): string | undefined {
  const value = command[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw wrongType(name, 'a string');
  return value;
}

export function documentField(command: Document, name: string): Document | undefined {
  const value = command[name];
  if (value === undefined || value === null) return undefined;
  if (!isDocument(value)) throw wrongType(name, 'a document');
  return value;
}

export function arrayField(command: Document, name: string): unknown[] | undefined {
  const value = command[name];
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) throw wrongType(name, 'an array');
  return value;
}

/** An array of documents, such as the statements of a write command. */
export function documentsField(command: Document, name: string): Document[] {
  const values = arrayField(command, name) ?? [];
  for (const value of values) if (!isDocument(value)) throw wrongType(`${name} elements`, 'documents');
  return values as Document[];
}

export function flagField(command: Document, name: string): boolean | undefined {
  const value = command[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'boolean') return value;
  const number = numeric(value);
  if (number === undefined) throw wrongType(name, 'a boolean');
  return number !== 0;
}

/** A whole number within bounds. */
export function integerField(command: Document, name: string, min: number, max: number): number | undefined {
  const value = command[name];
  if (value === undefined || value === null) return undefined;
  const number = numeric(value);
  if (number === undefined || !Number.isInteger(number)) throw wrongType(name, 'a whole number');
  if (number < min || number > max) {
    throw new CommandError('BadValue', `The field '${name}' is ${number}, but must be between ${min} and ${max}`);
  }
  return number;
}

/** A BSON number of any type as a JavaScript number; undefined for anything else. */
export function numeric(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value === 'object' && value !== null && '_bsontype' in value) {
    const type = value._bsontype;
    if (type === 'Double' || type === 'Int32' || type === 'Decimal128' || Long.isLong(value))
      return Number(String(value));
  }
  return undefined;
}

/** The collection a command names in its first field. */
export function collectionName(command: Document, name: string): string {
  const value = command[name];
  if (typeof value !== 'string') {
    throw new CommandError('InvalidNamespace', `The field '${name}' must name a collection as a string`);
  }
  return value;
}

/** Refuses options that are understood but not supported, unless they are switched off. */
export function refuseWhenSet(command: Document, options: Readonly<Record<string, string>>): void {
  for (const [option, feature] of Object.entries(options)) {
    const value = command[option];
    if (value !== undefined && value !== null && value !== false) throw unsupported(feature);
  }
}

function wrongType(name: string, expected: string): CommandError {
  return new CommandError('TypeMismatch', `The field '${name}' must be ${expected}`);
}
