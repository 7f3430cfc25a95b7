import type { Collation } from '../bson/collation.ts';
import { compareValues } from '../bson/compare.ts';
import { toNumber } from '../bson/numbers.ts';
import { type Document, isDocument, isNumeric } from '../bson/types.ts';
import { CommandError } from '../errors.ts';
import { multikeys, ParallelArrays } from './multikey.ts';

export interface SortOptions {
  readonly collation?: Collation | undefined;
  /** The value `{$meta: ...}` stands for, by document; without it `$meta` is refused. */
  readonly meta?: ((kind: string, document: Document) => unknown) | undefined;
}

export interface SortField {
  readonly path: string;
  readonly direction: 1 | -1;
  /** Set for `{$meta: kind}`: the document's metadata is the key, not a field. */
  readonly meta?: string;
}

const maxFields = 32;

/** Validates a sort specification and takes it apart. */
export function parseSort(spec: unknown): SortField[] {
  if (spec === undefined || spec === null) return [];
  if (!isDocument(spec)) throw new CommandError('TypeMismatch', 'Expected sort to be an object');
  const fields = Object.entries(spec).map(([path, value]) => sortField(path, value));
  if (fields.length > maxFields)
    throw new CommandError('BadValue', `too many sort keys: at most ${maxFields} are allowed`);
  return fields;
}

function sortField(path: string, value: unknown): SortField {
  if (isDocument(value)) {
    const kind = value['$meta'];
    if (Object.keys(value).length !== 1 || typeof kind !== 'string') {
      throw new CommandError(
        'BadValue',
        `Illegal key in $sort specification: ${path}: expected 1, -1 or {$meta: "..."}`,
      );
    }
    if (kind !== 'textScore') throw new CommandError('BadValue', `Illegal $meta sort: ${kind}`);
    return { path, direction: -1, meta: kind };
  }
  const direction = isNumeric(value) ? toNumber(value) : Number.NaN;
  if (direction !== 1 && direction !== -1) {
    throw new CommandError('Location15975', '$sort key ordering must be 1 (for ascending) or -1 (for descending)');
  }
  if (path === '') throw new CommandError('FieldPathEmpty', 'FieldPath cannot be constructed with empty string');
  if (path.split('.').includes(''))
    throw new CommandError('Location15998', 'FieldPath field names may not be empty strings.');
  if (path.startsWith('$'))
    throw new CommandError('Location16410', `FieldPath field names may not start with '$': ${path}`);
  return { path, direction };
}

/** A document's key under a sort: one value for each field, of an array the least (ascending) or greatest (descending) element. */
export type SortKeyReader = (document: Document) => unknown[];

/** Orders documents as `sort` does. Ties keep no promise; sort stably if the input's order matters. */
export function compileSort(spec: unknown, options: SortOptions = {}): (a: Document, b: Document) => number {
  const fields = parseSort(spec);
  const read = keyReader(fields, options);
  const compare = keyComparer(fields, options.collation);
  return (a, b) => compare(read(a), read(b));
}

/** Reads sort keys; with `keyComparer` it orders many documents at one reading each. */
export function keyReader(fields: readonly SortField[], options: SortOptions): SortKeyReader {
  const compare = keyComparer(fields, options.collation);
  const paths = fields.map(field => (field.meta ? [] : field.path.split('.')));
  return document => {
    const key = new Array<unknown>(fields.length);
    for (let i = 0; i < fields.length; i += 1) {
      const { meta } = fields[i]!;
      if (meta) {
        if (!options.meta)
          throw new CommandError('Location40218', `query requires ${meta} metadata, but it is not available`);
        key[i] = options.meta(meta, document);
        continue;
      }
      const value = plainValue(document, paths[i]!);
      if (value === hasArray) return leastKey(document, fields, paths, options, compare);
      key[i] = value === undefined ? null : value;
    }
    return key;
  };
}

const hasArray = Symbol('array on the path');

/** The value at a path free of arrays, which is the usual case and needs no expansion. */
function plainValue(document: Document, path: readonly string[]): unknown {
  let value: unknown = document;
  for (const name of path) {
    if (!isDocument(value)) return Array.isArray(value) ? hasArray : undefined;
    value = Object.hasOwn(value, name) ? value[name] : undefined;
  }
  return Array.isArray(value) ? hasArray : value;
}

function leastKey(
  document: Document,
  fields: readonly SortField[],
  paths: readonly (readonly string[])[],
  options: SortOptions,
  compare: (a: unknown[], b: unknown[]) => number,
): unknown[] {
  const real = fields.flatMap((field, i) => (field.meta ? [] : [i]));
  let keys: unknown[][];
  try {
    keys = multikeys(
      document,
      real.map(i => paths[i]!),
    );
  } catch (error) {
    if (error instanceof ParallelArrays)
      throw new CommandError('BadValue', 'cannot sort with keys that are parallel arrays');
    throw error;
  }
  const complete = keys.map(key => {
    const whole = fields.map(field => (field.meta ? options.meta?.(field.meta, document) : null)) as unknown[];
    real.forEach((i, position) => {
      whole[i] = key[position];
    });
    return whole;
  });
  return complete.reduce((least, key) => (compare(key, least) < 0 ? key : least));
}

/** Compares two keys read by `keyReader`. */
export function keyComparer(
  fields: readonly SortField[],
  collation?: Collation,
): (a: unknown[], b: unknown[]) => number {
  return (a, b) => {
    for (let i = 0; i < fields.length; i += 1) {
      const order = compareValues(a[i], b[i], collation);
      if (order !== 0) return order * fields[i]!.direction;
    }
    return 0;
  };
}

interface Ranked {
  readonly key: unknown[];
  readonly document: Document;
  readonly arrival: number;
}

/** Sorts documents, reading each key once and keeping the order of equals; with a limit only the first ones are held at any time. */
export function sortDocuments(
  documents: Iterable<Document>,
  spec: unknown,
  options: SortOptions & { limit?: number | undefined } = {},
): Document[] {
  const fields = parseSort(spec);
  const read = keyReader(fields, options);
  const byKey = keyComparer(fields, options.collation);
  const compare = (a: Ranked, b: Ranked) => byKey(a.key, b.key) || a.arrival - b.arrival;
  const { limit } = options;
  const ranked: Ranked[] = [];
  let arrival = 0;
  if (limit === undefined || limit <= 0) {
    for (const document of documents) ranked.push({ key: read(document), document, arrival: arrival++ });
    ranked.sort(compare);
  } else {
    for (const document of documents)
      offer(ranked, { key: read(document), document, arrival: arrival++ }, limit, compare);
    ranked.sort(compare);
  }
  return ranked.map(({ document }) => document);
}

/** Keeps the `limit` least items in a heap whose top is the greatest of them. */
function offer(heap: Ranked[], item: Ranked, limit: number, compare: (a: Ranked, b: Ranked) => number): void {
  if (heap.length < limit) {
    heap.push(item);
    for (let i = heap.length - 1; i > 0; ) {
      const parent = (i - 1) >> 1;
      if (compare(heap[i]!, heap[parent]!) <= 0) break;
      [heap[i], heap[parent]] = [heap[parent]!, heap[i]!];
      i = parent;
    }
    return;
  }
  if (compare(item, heap[0]!) >= 0) return;
  heap[0] = item;
  for (let i = 0; ; ) {
    const left = 2 * i + 1;
    if (left >= limit) break;
    const greater = left + 1 < limit && compare(heap[left + 1]!, heap[left]!) > 0 ? left + 1 : left;
    if (compare(heap[greater]!, heap[i]!) <= 0) break;
    [heap[i], heap[greater]] = [heap[greater]!, heap[i]!];
    i = greater;
  }
}
