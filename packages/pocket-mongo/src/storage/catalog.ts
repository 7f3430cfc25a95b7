import type { Document } from '../bson/types.ts';
import { CommandError } from '../errors.ts';
import { parseIndexSpec } from '../index/index-spec.ts';
import type { CatalogChange, ChangeLog } from './change-log.ts';
import { Collection } from './collection.ts';

const maxNamespaceBytes = 255;

/** All collections by database and name. A database exists while it has a collection. */
export class Catalog {
  readonly #databases = new Map<string, Map<string, Collection>>();
  readonly #log: ChangeLog;

  constructor(log: ChangeLog) {
    this.#log = log;
  }

  databaseNames(): string[] {
    return [...this.#databases.keys()].sort();
  }

  collections(database: string): Collection[] {
    return [...(this.#databases.get(database)?.values() ?? [])];
  }

  *all(): Iterable<Collection> {
    for (const collections of this.#databases.values()) yield* collections.values();
  }

  find(database: string, name: string): Collection | undefined {
    return this.#databases.get(database)?.get(name);
  }

  /** The collection, or the error a client gets for a name that does not exist. */
  require(database: string, name: string): Collection {
    const collection = this.find(database, name);
    if (!collection) throw new CommandError('NamespaceNotFound', `ns does not exist: ${database}.${name}`);
    return collection;
  }

  /** The collection, made on the spot when it does not exist: writes create collections. */
  ensure(database: string, name: string): Collection {
    return this.find(database, name) ?? this.create(database, name, {});
  }

  create(database: string, name: string, options: Document, loading = false): Collection {
    checkNames(database, name);
    const collection = new Collection(database, name, options, this.#log, loading);
    let collections = this.#databases.get(database);
    if (!collections) {
      this.#refuseOtherCase(database);
      collections = new Map();
      this.#databases.set(database, collections);
    }
    collections.set(name, collection);
    this.#log.change({ op: 'create', ns: collection.namespace, options });
    return collection;
  }

  drop(collection: Collection): void {
    const collections = this.#databases.get(collection.database)!;
    collections.delete(collection.name);
    if (collections.size === 0) this.#databases.delete(collection.database);
    this.#log.change({ op: 'drop', ns: collection.namespace });
  }

  /** Gives a collection another name in its database, in place of a collection that may have it. */
  rename(collection: Collection, to: string): void {
    checkNames(collection.database, to);
    const collections = this.#databases.get(collection.database)!;
    const ns = collection.namespace;
    collections.delete(collection.name);
    collection.name = to;
    collections.set(to, collection);
    this.#log.change({ op: 'rename', ns, to });
  }

  /** Makes a change again that a journal or snapshot holds. Index entries are built when everything is loaded. */
  replay(change: CatalogChange): void {
    const dot = change.ns.indexOf('.');
    const [database, name] = [change.ns.slice(0, dot), change.ns.slice(dot + 1)];
    if (change.op === 'create') {
      this.create(database, name, change.options, true);
      return;
    }
    const collection = this.require(database, name);
    if (change.op === 'drop') this.drop(collection);
    else if (change.op === 'rename') this.rename(collection, change.to);
    else if (change.op === 'createIndex') collection.createIndex(parseIndexSpec(change.spec));
    else if (change.op === 'dropIndex') collection.dropIndex(change.name);
    else collection.alterIndex(change.name, change.changes);
  }

  #refuseOtherCase(database: string): void {
    for (const other of this.#databases.keys()) {
      if (other.toLowerCase() === database.toLowerCase()) {
        throw new CommandError(
          'DatabaseDifferCase',
          `db already exists with different case already have: [${other}] trying to create [${database}]`,
        );
      }
    }
  }
}

function checkNames(database: string, name: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a null byte would end the name on the wire
  if (!/^[^/\\. "$\u0000]{1,63}$/.test(database)) {
    throw new CommandError('InvalidNamespace', `Invalid database name: '${database}'`);
  }
  const wrong = name === '' || name.startsWith('.') || name.endsWith('.') || /[$\0]/.test(name);
  if (wrong || name.startsWith('system.') || Buffer.byteLength(`${database}.${name}`) > maxNamespaceBytes) {
    throw new CommandError('InvalidNamespace', `Invalid collection name: '${name}'`);
  }
}
