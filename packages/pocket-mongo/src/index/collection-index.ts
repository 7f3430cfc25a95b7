import { EJSON, ObjectId } from 'bson';
import { type Collation, compileCollation } from '../bson/collation.ts';
import { compareObjectIds, compareStrings, compareValues } from '../bson/compare.ts';
import type { Document } from '../bson/types.ts';
import { CommandError } from '../errors.ts';
import { compileFilter } from '../query/filter.ts';
import { type ExtractedKeys, keyExtractor } from './index-keys.ts';
import type { IndexSpec } from './index-spec.ts';
import type { Interval } from './intervals.ts';
import { type Position, SortedList } from './sorted-list.ts';
import type { StoredRecord } from './stored-record.ts';

interface Entry {
  readonly key: readonly unknown[];
  readonly record: StoredRecord;
}

/** An end of a range: before (-1) or after (1) all entries whose key starts with `values`. */
export interface Bound {
  readonly values: readonly unknown[];
  readonly side: -1 | 1;
}

/** A stretch of the index, `start` before `end` in the order of the index. */
export interface KeyRange {
  readonly start: Bound;
  readonly end: Bound;
}

/** The keys a change takes out of an index and puts into it. */
export interface IndexChange {
  readonly removed: readonly (readonly unknown[])[];
  readonly added: readonly (readonly unknown[])[];
}

/** One index of one collection: sorted keys that lead to records. */
export class CollectionIndex {
  readonly spec: IndexSpec;
  readonly collation: Collation | undefined;
  /** When it was made and how often queries used it, for `$indexStats`. */
  readonly since = new Date();
  uses = 0;
  readonly #directions: readonly number[];
  readonly #entries: SortedList<Entry>;
  readonly #extract: (document: object) => ExtractedKeys;
  readonly #covers: (document: Document) => boolean;
  /** Once any document had an array on a path, the path counts as multikey, as in MongoDB. */
  readonly #multikey: boolean[];
  /**
   * No text of any key has a unit from the surrogates on, and no collation applies: then the order of units, which is compared natively, is
   * the order of bytes, also beside texts that are only asked for.
   */
  #hasPlainTexts: boolean;

  /** The fields of a document that decide about its keys; undefined when that cannot be told from their names. */
  readonly fields: readonly string[] | undefined;
  readonly #owner: { readonly namespace: string };

  constructor(spec: IndexSpec, owner: { readonly namespace: string }) {
    this.spec = spec;
    this.#owner = owner;
    this.collation = spec.collation ? compileCollation(spec.collation) : undefined;
    this.#hasPlainTexts = this.collation === undefined;
    this.#directions = spec.fields.map(field => field.direction);
    this.#multikey = spec.fields.map(() => false);
    this.#entries = new SortedList((a, b) => this.#compareKeys(a.key, b.key) || a.record.id - b.record.id);
    this.#extract = keyExtractor(spec.fields.map(field => field.path.split('.')));
    const names = [...spec.fields.map(field => field.path), ...Object.keys(spec.partialFilter ?? {})];
    const fields = new Set(names.map(name => name.split('.', 1)[0]!));
    this.fields = [...fields].some(name => name.startsWith('$')) ? undefined : [...fields];
    this.#covers = spec.partialFilter ? compileFilter(spec.partialFilter, {}).matches : () => true;
  }

  get size(): number {
    return this.#entries.size;
  }

  isMultikey(field: number): boolean {
    return this.#multikey[field]!;
  }

  /** Builds the index over existing records; refuses duplicates when it is unique. */
  build(records: Iterable<StoredRecord>): void {
    const entries: Entry[] = [];
    for (const record of records) {
      for (const key of this.#keysOf(record.document)) entries.push({ key, record });
    }
    this.#entries.load(entries);
    if (!this.spec.unique) return;
    for (let i = 1; i < entries.length; i++) {
      const [before, entry] = [entries[i - 1]!, entries[i]!];
      if (before.record !== entry.record && this.#compareKeys(before.key, entry.key) === 0) {
        throw new DuplicateKeyError(this.#owner.namespace, this.spec, entry.key);
      }
    }
  }

  /**
   * What storing a document, in place of a record's present one or as a new one, changes here; undefined when nothing does, as most
   * changes leave most indexes alone. Throws when it would break uniqueness or cannot be indexed.
   */
  prepare(record: StoredRecord | undefined, document: Document): IndexChange | undefined {
    // An update leaves the values alone that it does not change: the very same ones are in both documents.
    const before = record?.document;
    if (before && this.fields?.every(name => before[name] === document[name])) return undefined;
    const removed = before ? this.#keysOf(before) : [];
    const added = this.#keysOf(document);
    if (
      record &&
      removed.length === added.length &&
      removed.every((key, i) => this.#compareKeys(key, added[i]!) === 0)
    ) {
      return undefined; // keys that sort alike may still differ (1 and 1.0), and serve as well
    }
    if (this.spec.unique) for (const key of added) this.#refuseSecond(key, record);
    return { removed, added };
  }

  /** Makes a prepared change. */
  apply(record: StoredRecord, { removed, added }: IndexChange): void {
    for (const key of removed) this.#entries.delete({ key, record });
    for (const key of added) this.#entries.insert({ key, record });
  }

  remove(record: StoredRecord): void {
    for (const key of this.#keysOf(record.document)) this.#entries.delete({ key, record });
  }

  #refuseSecond(key: readonly unknown[], record: StoredRecord | undefined): void {
    const position = this.#entries.seek(entry => this.#compareKeys(entry.key, key));
    const entry = this.#entries.at(position);
    if (!entry || this.#compareKeys(entry.key, key) !== 0) return;
    // Of a unique index only one record has a key, so looking at the first one is enough.
    if (entry.record !== record) throw new DuplicateKeyError(this.#owner.namespace, this.spec, key);
  }

  /** The record with this key, of which a unique index has one at most. */
  only(key: readonly unknown[]): StoredRecord | undefined {
    const entry = this.#entries.at(this.#entries.seek(other => this.#compareKeys(other.key, key)));
    return entry && this.#compareKeys(entry.key, key) === 0 ? entry.record : undefined;
  }

  /** The range of keys that start with `prefix` and whose next field lies in an interval, as the field's direction has it. */
  range(prefix: readonly unknown[], interval: Interval): KeyRange {
    const { low, high, lowIncluded, highIncluded } = interval;
    if (this.#directions[prefix.length] === 1) {
      return {
        start: { values: [...prefix, low], side: lowIncluded ? -1 : 1 },
        end: { values: [...prefix, high], side: highIncluded ? 1 : -1 },
      };
    }
    return {
      start: { values: [...prefix, high], side: highIncluded ? -1 : 1 },
      end: { values: [...prefix, low], side: lowIncluded ? 1 : -1 },
    };
  }

  /** The records of a range in index order, or backwards; one record may come several times in a multikey index. */
  *scan(range: KeyRange, backwards: boolean): Generator<StoredRecord, void, undefined> {
    const [start, end] = this.#positions(range);
    const entries = backwards ? this.#entries.backward(start, end) : this.#entries.forward(start, end);
    for (const entry of entries) yield entry.record;
  }

  /** As `scan`, with the keys: a merge of several ranges needs them. */
  scanEntries(range: KeyRange, backwards: boolean): Generator<Entry, void, undefined> {
    const [start, end] = this.#positions(range);
    return backwards ? this.#entries.backward(start, end) : this.#entries.forward(start, end);
  }

  /** Roughly how many entries a range holds. */
  estimate(range: KeyRange): number {
    const [start, end] = this.#positions(range);
    return this.#entries.estimate(start, end);
  }

  /** Compares keys by some of their fields, in index order or against it. */
  comparer(fields: readonly number[], backwards: boolean): (a: readonly unknown[], b: readonly unknown[]) => number {
    const sign = backwards ? -1 : 1;
    return (a, b) => {
      for (const field of fields) {
        const order = compareKeyValues(a[field], b[field], this.collation);
        if (order !== 0) return order * this.#directions[field]! * sign;
      }
      return 0;
    };
  }

  #positions(range: KeyRange): [Position, Position] {
    return [
      this.#entries.seek(entry => this.#place(entry, range.start)),
      this.#entries.seek(entry => this.#place(entry, range.end)),
    ];
  }

  /** Negative when the entry lies before the bound. */
  #place(entry: Entry, bound: Bound): number {
    for (let i = 0; i < bound.values.length; i++) {
      const order = this.#compareKeyValues(entry.key[i], bound.values[i]);
      if (order !== 0) return order * this.#directions[i]!;
    }
    return -bound.side;
  }

  #keysOf(document: Document): readonly (readonly unknown[])[] {
    if (!this.#covers(document)) return [];
    const { keys, present, multikey } = this.#extract(document);
    if (this.spec.sparse && !present) return [];
    if (this.#hasPlainTexts) this.#hasPlainTexts = !keys.some(hasOtherText);
    if (!multikey) return keys;
    multikey.forEach((value, field) => {
      if (value) this.#multikey[field] = true;
    });
    const sorted = keys.sort((a, b) => this.#compareKeys(a, b));
    return sorted.filter((key, i) => i === 0 || this.#compareKeys(sorted[i - 1]!, key) !== 0);
  }

  #compareKeys(a: readonly unknown[], b: readonly unknown[]): number {
    for (let i = 0; i < this.#directions.length; i++) {
      const order = this.#compareKeyValues(a[i], b[i]);
      if (order !== 0) return order * this.#directions[i]!;
    }
    return 0;
  }

  #compareKeyValues(a: unknown, b: unknown): number {
    if (a === b) return 0;
    if (this.#hasPlainTexts && typeof a === 'string' && typeof b === 'string') return a < b ? -1 : 1;
    return compareKeyValues(a, b, this.collation);
  }
}

/** Whether a text among these values has a unit that bytes would put into another place. */
const hasOtherText = (key: readonly unknown[]): boolean =>
  key.some(value => typeof value === 'string' && otherUnits.test(value));
const otherUnits = /[\ud800-\uffff]/;

/** The usual kinds of keys are compared here at once; everything else in full. */
function compareKeyValues(a: unknown, b: unknown, collation: Collation | undefined): number {
  if (a === b) return 0;
  if (typeof a === 'string' && typeof b === 'string') return compareStrings(a, b, collation);
  if (typeof a === 'number' && typeof b === 'number' && !Number.isNaN(a - b)) return a - b;
  if (a instanceof Date && b instanceof Date) {
    const order = a.getTime() - b.getTime();
    if (!Number.isNaN(order)) return order;
  }
  if (a instanceof ObjectId && b instanceof ObjectId) return compareObjectIds(a, b);
  return compareValues(a, b, collation);
}

/** A second document with a unique key; the fields are what drivers show as `keyPattern` and `keyValue`. */
export class DuplicateKeyError extends CommandError {
  constructor(namespace: string, spec: IndexSpec, key: readonly unknown[]) {
    const keyPattern = spec.raw['key'];
    const keyValue = Object.fromEntries(spec.fields.map((field, i) => [field.path, key[i] ?? null]));
    const shown = Object.entries(keyValue).map(([path, value]) => `${path}: ${showValue(value)}`);
    super(
      'DuplicateKey',
      `E11000 duplicate key error collection: ${namespace} index: ${spec.name} dup key: { ${shown.join(', ')} }`,
      { keyPattern, keyValue },
    );
  }
}

function showValue(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (value instanceof Date) return `new Date(${value.getTime()})`;
  if (value instanceof ObjectId) return `ObjectId('${value.toHexString()}')`;
  return typeof value === 'object' && value !== null ? EJSON.stringify(value) : String(value);
}
