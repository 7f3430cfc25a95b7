import { isDeepStrictEqual } from 'node:util';
import { type Document, isDocument } from '../bson/types.ts';
import { CommandError, unsupported } from '../errors.ts';

/** What `createIndexes` asked for, checked; `raw` is what `listIndexes` shows and the journal keeps. */
export interface IndexSpec {
  readonly name: string;
  readonly fields: readonly IndexField[];
  readonly unique: boolean;
  readonly sparse: boolean;
  readonly partialFilter: Document | undefined;
  readonly expireAfterSeconds: number | undefined;
  readonly collation: Document | undefined;
  readonly hidden: boolean;
  /** Present for a text index: which paths with which weights; `$**` stands for all strings. */
  readonly text: TextSpec | undefined;
  readonly raw: Document;
}

export interface IndexField {
  readonly path: string;
  readonly direction: 1 | -1;
}

export interface TextSpec {
  readonly weights: ReadonlyMap<string, number>;
  readonly language: string;
  readonly languageOverride: string;
}

const knownOptions = new Set([
  'v',
  'key',
  'name',
  'ns',
  'unique',
  'sparse',
  'background',
  'partialFilterExpression',
  'expireAfterSeconds',
  'collation',
  'hidden',
  'weights',
  'default_language',
  'language_override',
  'textIndexVersion',
]);

/** Checks one index description; refuses kinds of indexes and options this server does not have. */
export function parseIndexSpec(raw: unknown): IndexSpec {
  if (!isDocument(raw)) throw new CommandError('TypeMismatch', 'Each index description must be a document');
  const key = raw['key'];
  if (!isDocument(key) || Object.keys(key).length === 0) {
    throw new CommandError('CannotCreateIndex', 'An index description needs a `key` document with at least one field');
  }
  for (const option of Object.keys(raw)) {
    if (option === '2dsphereIndexVersion' || option === 'wildcardProjection' || option === 'storageEngine') {
      throw unsupported(`The index option ${option}`);
    }
    if (!knownOptions.has(option)) {
      throw new CommandError('InvalidOptions', `The index option '${option}' is unknown`);
    }
  }
  const fields: IndexField[] = [];
  const textPaths: string[] = [];
  for (const [path, kind] of Object.entries(key)) {
    // As an index is listed, and kept, its text stands under `_fts` and its paths in `weights`.
    if (path === '_fts' || path === '_ftsx') continue;
    if (kind === 'text') textPaths.push(path);
    else fields.push({ path, direction: directionOf(path, kind) });
  }
  const name = stringOption(raw, 'name') ?? defaultName(key);
  if (name === '') throw new CommandError('CannotCreateIndex', 'An index name must not be empty');
  const text = textPaths.length > 0 || key['_fts'] === 'text' ? parseText(raw, textPaths) : undefined;
  const spec: IndexSpec = {
    name,
    fields,
    unique: flagOption(raw, 'unique') || (fields.length === 1 && fields[0]!.path === '_id' && !text),
    sparse: flagOption(raw, 'sparse'),
    partialFilter: documentOption(raw, 'partialFilterExpression'),
    expireAfterSeconds: expiry(raw, fields),
    collation: simpleCollation(documentOption(raw, 'collation')),
    hidden: flagOption(raw, 'hidden'),
    text,
    raw: {},
  };
  if (spec.sparse && spec.partialFilter) {
    throw new CommandError('CannotCreateIndex', 'An index cannot be both sparse and partial');
  }
  return { ...spec, raw: describe(spec, raw) };
}

function directionOf(path: string, kind: unknown): 1 | -1 {
  if (path === '' || path.split('.').includes('')) {
    throw new CommandError('CannotCreateIndex', `The index path '${path}' has an empty part`);
  }
  if (path.includes('$**')) throw unsupported('A wildcard index');
  if (path.startsWith('$') || path.includes('.$')) {
    throw new CommandError('CannotCreateIndex', `The index path '${path}' must not start with '$'`);
  }
  if (typeof kind === 'string') {
    if (['2d', '2dsphere', 'geoHaystack', 'hashed', 'columnstore'].includes(kind)) throw unsupported(`A ${kind} index`);
    throw new CommandError('CannotCreateIndex', `Unknown index plugin '${kind}'`);
  }
  const number = typeof kind === 'number' ? kind : isNumberObject(kind) ? Number(kind.toString()) : Number.NaN;
  if (!number) {
    throw new CommandError('CannotCreateIndex', `The value for '${path}' in an index key must be 1, -1 or 'text'`);
  }
  return number > 0 ? 1 : -1;
}

function isNumberObject(value: unknown): value is { toString(): string } {
  return typeof value === 'object' && value !== null && '_bsontype' in value;
}

function defaultName(key: Document): string {
  return Object.entries(key)
    .map(([path, kind]) => `${path}_${String(kind)}`)
    .join('_');
}

function parseText(raw: Document, paths: readonly string[]): TextSpec {
  const weights = new Map<string, number>();
  for (const path of paths) weights.set(path, 1);
  for (const [path, weight] of Object.entries(documentOption(raw, 'weights') ?? {})) {
    const number = Number(String(weight));
    if (!(number >= 1 && number < 100_000)) {
      throw new CommandError('CannotCreateIndex', `The weight of '${path}' must be between 1 and 99999`);
    }
    weights.set(path, number);
  }
  return {
    weights,
    language: stringOption(raw, 'default_language') ?? 'english',
    languageOverride: stringOption(raw, 'language_override') ?? 'language',
  };
}

function expiry(raw: Document, fields: readonly IndexField[]): number | undefined {
  const value = raw['expireAfterSeconds'];
  if (value === undefined || value === null) return undefined;
  const seconds = Number(String(value));
  if (!Number.isFinite(seconds) || seconds < 0 || seconds > 2_147_483_647) {
    throw new CommandError('CannotCreateIndex', 'expireAfterSeconds must be between 0 and 2147483647');
  }
  if (fields.length !== 1 || fields[0]!.path === '_id') {
    throw new CommandError('CannotCreateIndex', 'expireAfterSeconds needs an index over one field that is not _id');
  }
  return seconds;
}

/** `{locale: 'simple'}` is the same as no collation. */
export function simpleCollation(collation: Document | undefined): Document | undefined {
  return collation && collation['locale'] === 'simple' ? undefined : collation;
}

/** The description as MongoDB lists it: options that are off are not shown. */
function describe(spec: IndexSpec, raw: Document): Document {
  const shown: Document = { v: 2, key: raw['key'], name: spec.name };
  if (flagOption(raw, 'background')) shown['background'] = true;
  if (flagOption(raw, 'unique')) shown['unique'] = true;
  if (spec.sparse) shown['sparse'] = true;
  if (spec.partialFilter) shown['partialFilterExpression'] = spec.partialFilter;
  if (spec.expireAfterSeconds !== undefined) shown['expireAfterSeconds'] = spec.expireAfterSeconds;
  if (spec.collation) shown['collation'] = spec.collation;
  if (spec.hidden) shown['hidden'] = true;
  if (spec.text) {
    const prefix = Object.fromEntries(spec.fields.map(field => [field.path, field.direction]));
    shown['key'] = { _fts: 'text', _ftsx: 1, ...prefix };
    shown['weights'] = Object.fromEntries(spec.text.weights);
    shown['default_language'] = spec.text.language;
    shown['language_override'] = spec.text.languageOverride;
    shown['textIndexVersion'] = 3;
  }
  return shown;
}

/** Do two descriptions ask for the same index, apart from its name? */
export function sameIndex(a: IndexSpec, b: IndexSpec): boolean {
  const { name: _a, ...restA } = a.raw;
  const { name: _b, ...restB } = b.raw;
  return isDeepStrictEqual(restA, restB) && sameKey(a, b);
}

/** The same fields in the same order and direction. */
export function sameKey(a: IndexSpec, b: IndexSpec): boolean {
  return (
    (a.text === undefined) === (b.text === undefined) &&
    a.fields.length === b.fields.length &&
    a.fields.every((field, i) => field.path === b.fields[i]!.path && field.direction === b.fields[i]!.direction)
  );
}

/** Indexes with one signature would hold the same entries under the same rules; a collection has each once. */
export function sameSignature(a: IndexSpec, b: IndexSpec): boolean {
  return (
    sameKey(a, b) &&
    a.unique === b.unique &&
    a.sparse === b.sparse &&
    isDeepStrictEqual(a.collation, b.collation) &&
    isDeepStrictEqual(a.partialFilter, b.partialFilter)
  );
}

function stringOption(raw: Document, name: string): string | undefined {
  const value = raw[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw new CommandError('TypeMismatch', `The index option '${name}' must be a string`);
  return value;
}

function documentOption(raw: Document, name: string): Document | undefined {
  const value = raw[name];
  if (value === undefined || value === null) return undefined;
  if (!isDocument(value)) throw new CommandError('TypeMismatch', `The index option '${name}' must be a document`);
  return value;
}

function flagOption(raw: Document, name: string): boolean {
  const value = raw[name];
  if (value === undefined || value === null) return false;
  if (typeof value === 'boolean') return value;
  const number = typeof value === 'number' || isNumberObject(value) ? Number(value.toString()) : Number.NaN;
  if (Number.isNaN(number)) throw new CommandError('TypeMismatch', `The index option '${name}' must be a boolean`);
  return number !== 0;
}
