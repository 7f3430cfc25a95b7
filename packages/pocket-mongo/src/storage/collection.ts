import { ObjectId } from 'bson';
import { encodeDocument } from '../bson/encode.ts';
import { refuseDeepNesting } from '../bson/nesting.ts';
import { bsonType, type Document } from '../bson/types.ts';
import { CommandError } from '../errors.ts';
import { CollectionIndex, type IndexChange } from '../index/collection-index.ts';
import { type IndexSpec, parseIndexSpec, sameIndex, sameSignature } from '../index/index-spec.ts';
import type { StoredRecord } from '../index/stored-record.ts';
import { TextIndex } from '../index/text-index.ts';
import type { ChangeLog } from './change-log.ts';
import { patchOf } from './document-patch.ts';

export const maxDocumentBytes = 16 * 1024 * 1024;
/** As in MongoDB: an index more than this is a mistake. */
const maxIndexes = 64;

const idIndexSpec = parseIndexSpec({ key: { _id: 1 }, name: '_id_' });

/** The documents of one collection and their indexes. Every change is checked first, then made, then logged. */
export class Collection {
  readonly database: string;
  readonly options: Document;
  name: string;
  readonly records = new Set<StoredRecord>();
  readonly indexes = new Map<string, CollectionIndex>();
  text: TextIndex | undefined;
  readonly idIndex: CollectionIndex;
  /** Bytes of all documents in BSON. */
  dataBytes = 0;
  #nextRecordId = 1;
  readonly #log: ChangeLog;

  #loading: boolean;

  constructor(database: string, name: string, options: Document, log: ChangeLog, loading: boolean) {
    this.#loading = loading;
    this.database = database;
    this.name = name;
    this.options = options;
    this.#log = log;
    this.idIndex = new CollectionIndex(idIndexSpec, this);
    this.indexes.set('_id_', this.idIndex);
  }

  get namespace(): string {
    return `${this.database}.${this.name}`;
  }

  /** Stores a new document, with `_id` first and made up when it is missing. */
  insert(given: Document): StoredRecord {
    const document = withIdFirst(given);
    refuseDeepNesting(document);
    const encoded = encodeChecked(document);
    const changes = this.#prepare(undefined, document);
    const record = this.load(document, encoded.length);
    for (const [index, change] of changes) index.apply(record, change);
    this.text?.add(record);
    this.#log.put(this.namespace, encoded);
    this.#enforceCap();
    return record;
  }

  /** Puts another document in the place of a record's; its `_id` must be the same. */
  replace(record: StoredRecord, document: Document): void {
    const patch = patchOf(record.document, document);
    const encoded = patch?.encoded ?? encodeDocument(document);
    const bytes = checkedSize(patch ? record.bytes + patch.growth : encoded.length);
    for (const [index, change] of this.#prepare(record, document, patch?.fields)) index.apply(record, change);
    this.text?.replace(record, document);
    this.dataBytes += bytes - record.bytes;
    record.document = document;
    record.bytes = bytes;
    if (patch) this.#log.patch(this.namespace, encoded);
    else this.#log.put(this.namespace, encoded);
  }

  remove(record: StoredRecord): void {
    for (const index of this.indexes.values()) index.remove(record);
    this.text?.remove(record);
    this.records.delete(record);
    this.dataBytes -= record.bytes;
    this.#log.delete(this.namespace, encodeDocument({ _id: record.document['_id'] }));
  }

  /** The record with this `_id`, compared as values are: 1 finds 1.0. */
  findById(id: unknown): StoredRecord | undefined {
    return this.idIndex.only([id]);
  }

  /** Makes an index; false when the very same one exists. Refuses one that would contradict another. */
  createIndex(spec: IndexSpec): boolean {
    if (!this.#admits(spec)) return false;
    if (spec.text) {
      const text = new TextIndex(spec);
      if (!this.#loading) text.build(this.records);
      this.text = text;
    } else {
      const index = new CollectionIndex(spec, this);
      if (!this.#loading) index.build(this.records);
      this.indexes.set(spec.name, index);
    }
    this.#log.change({ op: 'createIndex', ns: this.namespace, spec: spec.raw });
    return true;
  }

  #admits(spec: IndexSpec): boolean {
    if (spec.fields.length === 1 && spec.fields[0]!.path === '_id' && !spec.text) return false;
    for (const other of this.specs()) {
      if (other.name === spec.name) {
        if (sameIndex(other, spec)) return false;
        const codeName = sameSignature(other, spec) ? 'IndexOptionsConflict' : 'IndexKeySpecsConflict';
        throw new CommandError(
          codeName,
          `An existing index has the same name as the requested index '${spec.name}' but another key or other options`,
        );
      }
      if (spec.text && other.text) {
        throw new CommandError('IndexOptionsConflict', 'Only one text index per collection is allowed');
      }
      if (sameSignature(other, spec)) {
        throw new CommandError('IndexOptionsConflict', `Index already exists with a different name: ${other.name}`);
      }
    }
    if (this.indexes.size >= maxIndexes) throw new CommandError('CannotCreateIndex', 'A collection takes 64 indexes');
    return true;
  }

  /** Drops one index by name. */
  dropIndex(name: string): void {
    if (name === '_id_') throw new CommandError('InvalidOptions', 'cannot drop _id index');
    if (this.text?.spec.name === name) this.text = undefined;
    else if (!this.indexes.delete(name)) {
      throw new CommandError('IndexNotFound', `index not found with name [${name}]`);
    }
    this.#log.change({ op: 'dropIndex', ns: this.namespace, name });
  }

  /** Exchanges an index description whose entries stay right: another expiry, or hidden or not. */
  alterIndex(name: string, changes: Document): void {
    const old = this.indexes.get(name);
    if (!old) throw new CommandError('IndexNotFound', `index not found with name [${name}]`);
    const index = new CollectionIndex(parseIndexSpec({ ...old.spec.raw, ...changes }), this);
    if (!this.#loading) index.build(this.records);
    this.indexes.set(name, index);
    this.#log.change({ op: 'alterIndex', ns: this.namespace, name, changes });
  }

  specs(): IndexSpec[] {
    const specs = [...this.indexes.values()].map(index => index.spec);
    return this.text ? [...specs, this.text.spec] : specs;
  }

  /** Takes a document from disk; until `finishLoading` nothing is indexed. */
  load(document: Document, bytes: number): StoredRecord {
    const record = { id: this.#nextRecordId++, document, bytes };
    this.records.add(record);
    this.dataBytes += bytes;
    return record;
  }

  /** A later version of a loaded document. */
  reload(record: StoredRecord, document: Document, bytes: number): void {
    this.dataBytes += bytes - record.bytes;
    record.document = document;
    record.bytes = bytes;
  }

  /** A loaded document turned out to be removed later. */
  unload(record: StoredRecord): void {
    this.records.delete(record);
    this.dataBytes -= record.bytes;
  }

  /** Builds all indexes at once, which is much cheaper than one document at a time. */
  finishLoading(): void {
    this.#loading = false;
    for (const index of this.indexes.values()) index.build(this.records);
    this.text?.build(this.records);
  }

  /** What the indexes have to change; all agree, or none is touched. */
  #prepare(
    record: StoredRecord | undefined,
    document: Document,
    changed?: ReadonlySet<string>,
  ): [CollectionIndex, IndexChange][] {
    const changes: [CollectionIndex, IndexChange][] = [];
    for (const index of this.indexes.values()) {
      // Most changes leave most indexes alone.
      if (changed && index.fields?.every(name => !changed.has(name))) continue;
      const change = index.prepare(record, document);
      if (change) changes.push([index, change]);
    }
    this.text?.check(document);
    return changes;
  }

  /** A capped collection forgets its oldest documents. */
  #enforceCap(): void {
    if (this.options['capped'] !== true) return;
    const maxBytes = Number(this.options['size']);
    const maxCount = Number(this.options['max'] ?? Number.POSITIVE_INFINITY);
    for (const record of this.records) {
      if (this.records.size <= maxCount && this.dataBytes <= maxBytes) return;
      this.remove(record);
    }
  }
}

function withIdFirst(document: Document): Document {
  const keys = Object.keys(document);
  if (keys[0] !== '_id') {
    const { _id = new ObjectId(), ...rest } = document;
    return checkedId({ _id, ...rest });
  }
  return checkedId(document);
}

function checkedId(document: Document): Document {
  const type = bsonType(document['_id']);
  if (type === 4 || type === 11 || type === 0) {
    throw new CommandError('InvalidIdField', "The '_id' value cannot be of type array, regex or undefined");
  }
  const operator = type === 3 ? Object.keys(document['_id'] as Document).find(key => key.startsWith('$')) : undefined;
  if (operator !== undefined) {
    throw new CommandError(
      'DollarPrefixedFieldName',
      `_id fields may not contain '$'-prefixed fields: ${operator} is not valid for storage.`,
    );
  }
  return document;
}

function encodeChecked(document: Document): Uint8Array {
  const encoded = encodeDocument(document);
  checkedSize(encoded.length);
  return encoded;
}

function checkedSize(bytes: number): number {
  if (bytes <= maxDocumentBytes) return bytes;
  throw new CommandError(
    'BSONObjectTooLarge',
    `A document of ${bytes} bytes is larger than the ${maxDocumentBytes} bytes a document may take`,
  );
}
