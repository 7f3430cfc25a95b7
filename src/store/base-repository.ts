import { type Model, mongo, Types } from 'mongoose';
import { AppError } from '../errors.ts';
import { type BulkReport, bulkCause, bulkReport } from './bulk.ts';
import { CachedReads } from './cached-reads.ts';
import { syncIndexes } from './indexes.ts';
import { type ListQuery, type Page, pageLimits, planPage, readPage } from './list-page.ts';
import {
  type ArgsOf,
  type ArgTypes,
  type Filter,
  filterOf,
  type NamedPipeline,
  type NamedQuery,
  type QueryTable,
  type SortKeys,
  stagesOf,
  trustFilter,
} from './query-table.ts';
import { listRulesOf, type RepositoryDefinition } from './repository-definition.ts';
import { type RetryMode, withRetry } from './retry.ts';
import { asId, invalidField } from './scalar.ts';
import type { Stored } from './schema.ts';
import type { IndexReport, RegisteredRepository, RepositoryContext } from './store.ts';
import { refuseUnsafeKeys, storeError } from './store-errors.ts';
import { patchUpdate, stamped, type Update } from './update.ts';

export type Id = Types.ObjectId | string;

/** Where to go back to; `version` makes the change depend on nobody having been there since. */
export interface Expected {
  readonly version?: number;
}

export interface ClaimTerms {
  readonly owner: string;
  readonly now: Date;
  readonly leaseMs: number;
  /** Changed in the same write as the claim. */
  readonly update?: Update;
}

interface FindOptions {
  readonly limit?: number;
  readonly sort?: SortKeys;
  readonly projection?: Readonly<Record<string, 0 | 1>>;
  /** The store gives up after this. */
  readonly withinMs?: number | undefined;
}

/**
 * The common part of all repositories: T is what a document holds, Q the named queries, A the form the API shows.
 * Domain repositories extend it with verbs; services call those, never a collection.
 */
export abstract class BaseRepository<T extends object, Q extends QueryTable, A extends object>
  implements RegisteredRepository
{
  readonly definition: RepositoryDefinition<Q>;
  /** For what no verb here covers; such a query must have an index all the same. */
  protected readonly model: Model<Record<string, unknown>>;
  readonly #context: RepositoryContext;
  readonly #cached: CachedReads | undefined;

  constructor(context: RepositoryContext, definition: RepositoryDefinition<Q>) {
    const { collection, schema, cacheTtlMs } = definition;
    this.definition = definition;
    this.#context = context;
    this.model = context.connection.model<Record<string, unknown>>(collection, schema, collection);
    if (cacheTtlMs) {
      const count = (result: 'hit' | 'miss') => context.metrics?.cache(collection, result);
      this.#cached = new CachedReads(context.cache, `${context.connection.name}:${collection}:`, cacheTtlMs, count);
    }
    context.register(this);
  }

  /** The form the API shows: the one place where a document's fields meet the outside world. */
  abstract toApi(document: Stored<T>): A;

  /** The document, from the cache when it was read a moment ago; null for an id that is nobody's. */
  async findById(id: Id): Promise<Stored<T> | null> {
    const key = asId('id', id);
    if (!key) return null;
    const load = () =>
      this.run('findById', 'always', () =>
        this.model
          .findOne(this.visible({ _id: key }))
          .lean()
          .exec(),
      );
    const document = this.#cached ? await this.#cached.read(key.toHexString(), load) : await load();
    return document as Stored<T> | null;
  }

  /** One page of a list; the query may come from a client as it is. */
  async list(query: ListQuery = {}): Promise<Page<Stored<T>>> {
    const { collection, omittedFromLists = [] } = this.definition;
    const plan = planPage(collection, listRulesOf(this.definition), query, this.visible({}));
    const projection = Object.fromEntries(omittedFromLists.map(path => [path, 0 as const]));
    return readPage(plan, (filter, sort, limit) =>
      this.run('list', 'always', () => this.read(trustFilter(filter), { sort, limit, projection })),
    );
  }

  /** The same page in the API's form, cut down to the fields that were asked for. */
  async listForApi(query: ListQuery = {}): Promise<Page<Partial<A>>> {
    const { fields } = query;
    if (fields !== undefined) checkFields(fields, this.definition.apiFields);
    const { items, nextCursor } = await this.list(query);
    return { items: items.map(item => pick(this.toApi(item), fields)), nextCursor };
  }

  /** Writes a new document and returns it as stored. */
  async create(fields: T): Promise<Stored<T>> {
    const document = await this.#prepare(fields);
    return this.run('create', 'always', async failures => {
      try {
        await this.model.collection.insertOne(document);
      } catch (error) {
        // After a lost answer the first attempt may have arrived; then the id we made is taken, by us.
        if (!(failures > 0 && isOwnIdTaken(error))) throw error;
      }
      return document as unknown as Stored<T>;
    });
  }

  /** Writes many new documents. Ordered stops at the first error; unordered writes all it can. Errors name the item by index. */
  async createMany(items: readonly T[], { ordered = false }: { ordered?: boolean } = {}): Promise<BulkReport> {
    const documents: { index: number; document: Record<string, unknown> }[] = [];
    const refused: { index: number; error: AppError }[] = [];
    for (const [index, fields] of items.entries()) {
      try {
        documents.push({ index, document: await this.#prepare(fields) });
      } catch (error) {
        refused.push({ index, error: storeError(error, this.definition.collection) });
        if (ordered) break;
      }
    }
    return this.run('createMany', 'if-not-done', () =>
      bulkReport(documents, refused, this.definition.collection, batch =>
        this.model.collection.insertMany(batch, { ordered }),
      ),
    );
  }

  /** Applies a client's changes. With a version it happens only if nobody changed the document since. */
  async patch(id: Id, changes: Partial<T>, expected: Expected = {}): Promise<Stored<T>> {
    return this.changeById(id, patchUpdate(changes, this.definition.immutable ?? []), expected);
  }

  /** Applies a change of ours, or throws NOT_FOUND or VERSION_CONFLICT. */
  async changeById(id: Id, update: Update, { version }: Expected = {}): Promise<Stored<T>> {
    const key = this.#known(id);
    const filter = this.visible({ _id: key, ...(version === undefined ? {} : { version }) });
    const changed = await this.#changeOne('changeById', filter, update);
    if (changed) return changed;
    if (version === undefined || !(await this.findById(key))) throw this.#notFound();
    throw new AppError('VERSION_CONFLICT', 'It was changed by somebody else in the meantime; read it again first');
  }

  /**
   * Moves a document from one of the given states to another in one conditional write.
   * Returns null when it was in none of them: somebody else moved it first, or the event came late.
   */
  async moveState(
    id: Id,
    from: string | readonly string[],
    to: string,
    update: Update = {},
  ): Promise<Stored<T> | null> {
    const state = this.definition.stateField ?? 'state';
    const condition = typeof from === 'string' ? from : { $in: [...from] };
    const move = { ...update, $set: { ...update.$set, [state]: to } };
    return this.#changeOne('moveState', this.visible({ _id: this.#known(id), [state]: condition }), move);
  }

  /** Removes a document (or marks it deleted, where the collection keeps them); false when there was none. */
  async remove(id: Id): Promise<boolean> {
    const key = asId('id', id);
    if (!key) return false;
    if (this.#softDeletes) {
      const deletedAt = this.#context.now();
      return (await this.#changeOne('remove', this.visible({ _id: key }), { $set: { deletedAt } })) !== null;
    }
    return this.run('remove', 'always', async failures => {
      const { deletedCount } = await this.model.deleteOne({ _id: key });
      await this.forget([key]);
      return deletedCount > 0 || failures > 0;
    });
  }

  /** Takes back a soft deletion; null when the document was not deleted. */
  async restore(id: Id): Promise<Stored<T> | null> {
    if (!this.#softDeletes) throw new AppError('INTERNAL', `${this.definition.collection} keeps no deleted documents`);
    const filter = { _id: this.#known(id), deletedAt: { $ne: null } };
    return this.#changeOne('restore', filter, { $set: { deletedAt: null } });
  }

  /** Extends a lease that is still ours; false means that it ran out or went to another, and the work must stop. */
  async renew(id: Id, owner: string, now: Date, leaseMs: number): Promise<boolean> {
    const filter = { _id: this.#known(id), 'lease.owner': owner, 'lease.until': { $gt: now } };
    const until = new Date(now.getTime() + leaseMs);
    // The version stays: renewing says nothing about the document, and must not break a compare-and-set.
    return this.run('renew', 'always', async () => {
      const { matchedCount } = await this.model.updateOne(trustFilter(filter), { $set: { 'lease.until': until } });
      await this.forget([filter._id]);
      return matchedCount > 0;
    });
  }

  /** Gives the document back together with a last change; null when the lease was no longer ours, and nothing is changed. */
  async release(id: Id, owner: string, now: Date, update: Update = {}): Promise<Stored<T> | null> {
    const filter = { _id: this.#known(id), 'lease.owner': owner, 'lease.until': { $gt: now } };
    const free = { 'lease.owner': '', 'lease.until': new Date(0) };
    return this.#changeOne('release', filter, { ...update, $set: { ...update.$set, ...free } });
  }

  async ensureIndexes(): Promise<IndexReport> {
    return this.run('ensureIndexes', 'always', () => syncIndexes(this.model));
  }

  /** The first match of a named query. */
  protected async first<K extends keyof Q & string>(name: K, args: QueryArgs<Q, K>): Promise<Stored<T> | null> {
    const [document] = await this.find(name, args, { limit: 1 });
    return document ?? null;
  }

  /** The matches of a named query, at most one page unless `limit` says otherwise. */
  protected async find<K extends keyof Q & string>(
    name: K,
    args: QueryArgs<Q, K>,
    { limit = pageLimits.max }: { limit?: number } = {},
  ): Promise<Stored<T>[]> {
    const { filter, sort } = this.#question(name, args);
    return this.run(name, 'always', () => this.read(filter, { limit, ...(sort ? { sort } : {}) }));
  }

  /** All matches, one by one in constant memory; a break closes the cursor. */
  protected async *each<K extends keyof Q & string>(name: K, args: QueryArgs<Q, K>): AsyncGenerator<Stored<T>> {
    const { filter, sort } = this.#question(name, args);
    const cursor = this.model
      .find(filter, null, sort ? { sort } : {})
      .lean()
      .cursor({ batchSize: 500 });
    try {
      for await (const document of cursor) yield document as unknown as Stored<T>;
    } catch (error) {
      throw storeError(error, this.definition.collection);
    } finally {
      await cursor.close();
    }
  }

  protected async count<K extends keyof Q & string>(name: K, args: QueryArgs<Q, K>): Promise<number> {
    const { filter } = this.#question(name, args);
    return this.run(name, 'always', () => this.model.countDocuments(filter).exec());
  }

  /** Changes the first match and returns it as it is now; null when there is none. */
  protected async change<K extends keyof Q & string>(
    name: K,
    args: QueryArgs<Q, K>,
    update: Update,
  ): Promise<Stored<T> | null> {
    const { filter, sort } = this.#question(name, args);
    return this.#changeOne(name, filter, update, sort);
  }

  /**
   * Changes at most one match of each question, all in one command, and says how many there were. Values are written as they are, past
   * the schema; who needs to know which ones matched reads them afterwards, by something that only this change has written.
   */
  protected async changeEach<K extends keyof Q & string>(
    name: K,
    changes: readonly { readonly args: QueryArgs<Q, K>; readonly update: Update }[],
  ): Promise<number> {
    if (changes.length === 0) return 0;
    const now = this.#context.now();
    const writes = changes.map(({ args, update }) => ({
      updateOne: { filter: this.#question(name, args).filter, update: stamped(update, now) },
    }));
    return this.run(
      name,
      'if-not-done',
      async () => (await this.model.collection.bulkWrite(writes, { ordered: false })).matchedCount,
    );
  }

  /** Writes many new documents and tells of each what is stored, or why it is not. One whose id is given is ours when it is there. */
  protected async createEach(items: readonly T[]): Promise<(Stored<T> | AppError)[]> {
    const prepared = await Promise.all(
      items.map(fields => this.#prepare(fields).catch(error => storeError(error, this.definition.collection))),
    );
    const documents = prepared.filter(each => !(each instanceof AppError));
    if (documents.length === 0) return prepared as AppError[];
    const refused = new Map<unknown, AppError>();
    await this.run('createEach', 'always', async failures => {
      refused.clear();
      try {
        await this.model.collection.insertMany(documents as Filter[], { ordered: false });
      } catch (error) {
        if (!(error instanceof mongo.MongoBulkWriteError)) throw error;
        for (const writeError of [error.writeErrors].flat()) {
          const { index } = writeError;
          const cause = bulkCause(writeError, this.model.schema.indexes());
          // After a lost answer the first attempt may have arrived; then the id is taken, by us.
          if (failures > 0 && isOwnIdTaken(cause)) continue;
          refused.set(documents[index], storeError(cause, this.definition.collection));
        }
      }
    });
    return prepared.map(each => refused.get(each) ?? (each as Stored<T> | AppError));
  }

  /** Changes all matches and says how many there were; cached copies live on until their time is over. */
  protected async changeMany<K extends keyof Q & string>(
    name: K,
    args: QueryArgs<Q, K>,
    update: Update,
  ): Promise<number> {
    const { filter } = this.#question(name, args);
    const change = stamped(update, this.#context.now());
    return this.run(
      name,
      'if-not-done',
      async () => (await this.model.updateMany(filter, change, validated)).matchedCount,
    );
  }

  /** Changes the match or, when there is none, makes it from the query's equalities, `$set` and `$setOnInsert`. */
  protected async upsert<K extends keyof Q & string>(
    name: K,
    args: QueryArgs<Q, K>,
    update: Update,
  ): Promise<{ document: Stored<T>; created: boolean }> {
    const { filter } = this.#question(name, args);
    const now = this.#context.now();
    const { $set, $inc, ...others } = stamped(update, now) as { $set: Filter; $inc: Filter };
    const defaults = this.#defaults(Object.keys(filter), [$set, $inc, ...Object.values(others as Filter)]);
    const $setOnInsert = { ...defaults, ...update.$setOnInsert, createdAt: now };
    const id = new Types.ObjectId();
    return this.run(name, 'if-not-done', async () => {
      const options = {
        ...validated,
        upsert: true,
        returnDocument: 'after',
        lean: true,
        setDefaultsOnInsert: false,
      } as const;
      const write = () =>
        this.model.findOneAndUpdate(
          filter,
          { ...others, $set, $inc, $setOnInsert: { ...$setOnInsert, _id: id } },
          options,
        );
      // Two upserts at once: the unique index lets one insert, and the other finds that document when it tries again.
      const document = await write().catch(error => (isDuplicate(error) ? write() : Promise.reject(error)));
      const stored = document as unknown as Stored<T>;
      await this.forget([stored._id]);
      return { document: stored, created: stored._id.equals(id) };
    });
  }

  /** Takes the first free match for `owner` until the lease ends; of many callers at once, each document goes to one. */
  protected async claim<K extends keyof Q & string>(
    name: K,
    args: QueryArgs<Q, K>,
    { owner, now, leaseMs, update = {} }: ClaimTerms,
  ): Promise<Stored<T> | null> {
    const { filter, sort } = this.#question(name, args);
    if (owner === '') throw invalidField('owner', 'is required');
    const free = { ...filter, 'lease.until': trustFilter({ until: { $lte: now } })['until'] };
    const lease = { 'lease.owner': owner, 'lease.until': new Date(now.getTime() + leaseMs) };
    const taken = { ...update, $set: { ...update.$set, ...lease }, $inc: { ...update.$inc, 'lease.fence': 1 } };
    return this.#changeOne(name, free, taken, sort);
  }

  /** Removes all matches for good and says how many there were. */
  protected async removeMany<K extends keyof Q & string>(name: K, args: QueryArgs<Q, K>): Promise<number> {
    const { filter } = this.#question(name, args);
    return this.run(name, 'if-not-done', async () => (await this.model.deleteMany(filter)).deletedCount);
  }

  /** The results of a declared aggregation; one too large for memory goes over the server's disk. */
  protected async aggregate<R extends object, P extends ArgTypes>(
    pipeline: NamedPipeline<P>,
    args: ArgsOf<P>,
  ): Promise<R[]> {
    const { collection, pipelines = {} } = this.definition;
    const name = Object.keys(pipelines).find(key => (pipelines[key] as unknown) === pipeline);
    if (!name) throw new AppError('INTERNAL', `${collection} does not declare this aggregation`);
    const stages = stagesOf(pipeline, args);
    return this.run(name, 'always', () => this.model.aggregate<R>(stages).allowDiskUse(true).exec());
  }

  /** Runs an operation with retry, metrics and our own errors; each verb goes through here once. */
  protected async run<R>(verb: string, mode: RetryMode, operation: (failures: number) => Promise<R>): Promise<R> {
    const { collection } = this.definition;
    const { metrics } = this.#context;
    const startedAt = performance.now();
    let outcome: 'ok' | 'error' = 'error';
    try {
      const result = await withRetry(operation, mode, undefined, { onRetry: () => metrics?.retry(collection, verb) });
      outcome = 'ok';
      return result;
    } catch (error) {
      throw storeError(error, collection);
    } finally {
      metrics?.operation(collection, verb, outcome, (performance.now() - startedAt) / 1000);
    }
  }

  /** The filter, passing by what was soft-deleted. */
  protected visible(filter: Filter): Filter {
    return this.#softDeletes && !('deletedAt' in filter) ? { ...filter, deletedAt: null } : filter;
  }

  /** To be called after a write that went around the verbs above. */
  protected async forget(ids: readonly Types.ObjectId[]): Promise<void> {
    await this.#cached?.forget(ids.map(id => id.toHexString()));
  }

  protected async read(filter: Filter, { limit, sort, projection, withinMs }: FindOptions): Promise<Stored<T>[]> {
    const query = this.model.find(filter, projection ?? null, {
      ...(sort ? { sort } : {}),
      ...(limit ? { limit } : {}),
      ...(withinMs ? { maxTimeMS: withinMs } : {}),
    });
    // One batch holds the whole page, so its length does not change the number of commands.
    return (await query
      .batchSize(limit ? limit + 1 : 500)
      .lean()
      .exec()) as unknown as Stored<T>[];
  }

  async #changeOne(verb: string, filter: Filter, update: Update, sort?: SortKeys): Promise<Stored<T> | null> {
    const change = stamped(update, this.#context.now());
    const options = { ...validated, returnDocument: 'after', lean: true, ...(sort ? { sort } : {}) } as const;
    return this.run(verb, 'if-not-done', async () => {
      const document = await this.model.findOneAndUpdate(trustFilter(filter), change, options);
      if (document) await this.forget([document['_id'] as Types.ObjectId]);
      return document as Stored<T> | null;
    });
  }

  #question<K extends keyof Q & string>(
    name: K,
    args: QueryArgs<Q, K>,
  ): { filter: Filter; sort: SortKeys | undefined } {
    const query = this.definition.queries?.[name];
    if (!query) throw new AppError('INTERNAL', `${this.definition.collection} declares no query ${name}`);
    return { filter: this.visible(filterOf(query, args as ArgsOf<never>)), sort: query.sort };
  }

  /** Casts, validates and completes a new document. */
  async #prepare(fields: T): Promise<Record<string, unknown>> {
    refuseUnsafeKeys(fields);
    const now = this.#context.now();
    try {
      const hydrated = new this.model({ ...fields, createdAt: now, updatedAt: now });
      await hydrated.validate();
      return hydrated.toObject({ depopulate: true, flattenMaps: true }) as Record<string, unknown>;
    } catch (error) {
      throw storeError(error, this.definition.collection);
    }
  }

  /** The schema's defaults for a document about to be made by an upsert, except where the update itself speaks. */
  #defaults(filtered: readonly string[], parts: readonly unknown[]): Filter {
    const spoken = new Set(
      [...filtered, ...parts.flatMap(part => Object.keys(part as Filter))].map(path => path.split('.')[0]),
    );
    const { createdAt, updatedAt, version, _id, ...defaults } = new this.model({}).toObject() as Filter;
    return Object.fromEntries(Object.entries(defaults).filter(([path]) => !spoken.has(path)));
  }

  #known(id: Id): Types.ObjectId {
    const key = asId('id', id);
    if (!key) throw this.#notFound();
    return key;
  }

  #notFound(): AppError {
    return new AppError('NOT_FOUND', `There is none of the ${this.definition.collection} with this id`);
  }

  get #softDeletes(): boolean {
    return this.definition.schema.path('deletedAt') !== undefined;
  }
}

export type QueryArgs<Q extends QueryTable, K extends keyof Q> =
  Q[K] extends NamedQuery<infer Args> ? ArgsOf<Args> : never;

const validated = { runValidators: true } as const;

const isDuplicate = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && (error as { code?: unknown }).code === 11000;

function isOwnIdTaken(error: unknown): boolean {
  return isDuplicate(error) && Object.keys((error as { keyPattern?: object }).keyPattern ?? {}).join() === '_id';
}

function checkFields(fields: unknown, known: readonly string[] | undefined): void {
  if (!Array.isArray(fields) || fields.length === 0) throw invalidField('fields', 'must be a list of field names');
  for (const field of fields) {
    if (typeof field !== 'string' || !(known?.includes(field) ?? /^[A-Za-z]\w*$/.test(field))) {
      throw invalidField('fields', known ? `may name ${known.join(', ')}` : 'must be names of fields');
    }
  }
}

function pick<A extends object>(full: A, fields: readonly string[] | undefined): Partial<A> {
  if (!fields) return full;
  return Object.fromEntries(
    fields.filter(field => Object.hasOwn(full, field)).map(field => [field, full[field as keyof A]]),
  ) as Partial<A>;
}
