import { mongo, Schema, type Types } from 'mongoose';
import { BaseRepository } from '../store/base-repository.ts';
import { filterOf, namedQuery } from '../store/query-table.ts';
import { asScalar, invalidField } from '../store/scalar.ts';
import { defineSchema, type Stored } from '../store/schema.ts';
import type { RepositoryContext } from '../store/store.ts';
import { CompactDay, PathNames } from './compact-day.ts';
import { type DayDelta, slotsPerDay } from './contribution-protocol.ts';

/** Counters of a quarter of an hour, by direction, outcome and more; `contribution-protocol.ts` names them. */
export type SlotCounts = Readonly<Record<string, unknown>>;

/** One UTC day of one selection (all calls, a campaign, an agent, both, a campaign's variant), quarter by quarter. */
export interface Rollup {
  /** Generation, scope and day in one text. */
  readonly key: string;
  readonly generation: number;
  readonly scope: string;
  readonly day: string;
  readonly campaignId: Types.ObjectId | null;
  readonly agentId: Types.ObjectId | null;
  /** The last batch that was added; batches are added in order, so none is added twice. */
  readonly seq: number;
  readonly slots: Readonly<Record<string, SlotCounts>>;
  /** The same counters in few bytes, as they were after this batch: right as long as `seq` is the same. A release that does not know it leaves it behind. */
  readonly packed: PackedCounters | null;
  /** What `packed` says is older than the counters. */
  readonly packDue: boolean;
}

export interface PackedCounters {
  readonly seq: number;
  readonly bytes: Uint8Array;
}

/** A day as readers look for it. */
export interface RollupHead {
  readonly key: string;
  readonly seq: number;
  /** Its counters are there in few bytes, too. */
  readonly isPacked: boolean;
}

export type PackedDay = Pick<Rollup, 'key' | 'seq'> & { readonly bytes: Uint8Array };

const schema = defineSchema(
  {
    key: { type: String, required: true, immutable: true },
    generation: { type: Number, required: true },
    scope: { type: String, required: true },
    day: { type: String, required: true },
    campaignId: { type: Schema.Types.ObjectId, default: null },
    agentId: { type: Schema.Types.ObjectId, default: null },
    seq: { type: Number, default: 0 },
    slots: { type: Schema.Types.Mixed, default: {} },
    packed: { type: Schema.Types.Mixed, default: null },
    packDue: { type: Boolean, default: false },
  },
  {
    indexes: [
      { keys: { key: 1 }, unique: true },
      { keys: { generation: 1 } },
      { keys: { campaignId: 1, generation: 1 }, where: { campaignId: { $type: 'objectId' } } },
      { keys: { createdAt: -1, _id: -1 } },
      // The longest unchanged first.
      { keys: { packDue: 1, updatedAt: 1 }, where: { packDue: true } },
    ],
  },
);

const queries = {
  byKeys: namedQuery({ keys: ['string'] }, ({ keys }) => ({ key: { $in: keys } })),
  below: namedQuery({ generation: 'number' }, ({ generation }) => ({ generation: { $lt: generation } })),
  of: namedQuery({ generation: 'number' }, ({ generation }) => ({ generation })),
  ofCampaign: namedQuery({ generation: 'number', campaignId: 'id' }, ({ generation, campaignId }) => ({
    generation,
    campaignId,
  })),
  toPack: namedQuery({ before: 'date' }, ({ before }) => ({ packDue: true, updatedAt: { $lt: before } }), {
    sort: { updatedAt: 1 },
  }),
};

export const rollupKey = (generation: number, scope: string, day: string): string => `${generation}|${scope}|${day}`;

/** Figures of the past, added up as calls end. */
export class RollupRepository extends BaseRepository<Rollup, typeof queries, Record<string, unknown>> {
  constructor(context: RepositoryContext) {
    super(context, { collection: 'rollups', schema, queries, omittedFromLists: ['slots', 'packed'] });
  }

  toApi({ scope, day, seq }: Stored<Rollup>): Record<string, unknown> {
    return { scope, day, seq };
  }

  /** Adds a batch, each of its parts once, however often and by however many processes this is done. */
  async add(generation: number, seq: number, deltas: readonly DayDelta[]): Promise<void> {
    const now = new Date();
    const operations = deltas.map(delta => {
      const { key, fields } = identityOf(generation, delta);
      const counters = delta.counts.map(([path, count]) => [`slots.${checkedPath(path)}`, count] as const);
      return {
        updateOne: {
          filter: { key, seq: { $lt: asScalar('seq', seq, 'number') } },
          update: {
            $inc: { ...Object.fromEntries(counters), version: 1 },
            $set: { seq, updatedAt: now, packDue: true },
            $setOnInsert: { ...fields, schemaVersion: 1, createdAt: now },
          },
          upsert: true,
        },
      };
    });
    if (operations.length === 0) return;
    await this.run('add', 'always', async () => {
      // A document that has this batch already does not match, and making a second one fails: that is how it is passed by.
      await this.model.collection.bulkWrite(operations, { ordered: false }).catch(error => {
        if (!isAllDuplicates(error)) throw error;
      });
    });
  }

  /** Sums of everything, as the documents of a generation that nobody reads yet. */
  async write(generation: number, seq: number, sums: readonly DayDelta[]): Promise<void> {
    const now = new Date();
    const names = new PathNames();
    const documents = sums.map(sum => {
      const { key, fields } = identityOf(generation, sum);
      const slots: Record<string, Record<string, unknown>> = {};
      for (const [path, count] of sum.counts) put(slots, checkedPath(path).split('.'), count);
      const bytes = CompactDay.of(slots, names).packed(names);
      const packed = bytes && { seq, bytes: new mongo.Binary(bytes) };
      return {
        ...fields,
        key,
        seq,
        slots,
        packed,
        packDue: false,
        schemaVersion: 1,
        version: 1,
        createdAt: now,
        updatedAt: now,
      };
    });
    for (let at = 0; at < documents.length; at += 200) {
      await this.run('write', 'if-not-done', () => this.model.collection.insertMany(documents.slice(at, at + 200)));
    }
  }

  /** Other counters for a day, while nothing is added to any: what it says is of this batch from now on. */
  async replace(generation: number, seq: number, day: DayDelta): Promise<void> {
    const { key, fields } = identityOf(generation, day);
    const slots: Record<string, Record<string, unknown>> = {};
    for (const [path, count] of day.counts) put(slots, checkedPath(path).split('.'), count);
    const now = new Date();
    const $set = { slots, seq: asScalar('seq', seq, 'number'), packed: null, packDue: true, updatedAt: now };
    const $setOnInsert = { ...fields, schemaVersion: 1, createdAt: now };
    const filter = { key, seq: { $lt: $set.seq } };
    const update = { $set, $inc: { version: 1 }, $setOnInsert };
    await this.run('replace', 'always', async () => {
      // One that has a later batch does not match, and making a second one fails: what came later stays.
      await this.model.collection.updateOne(filter, update, { upsert: true }).catch(error => {
        if ((error as { code?: unknown }).code !== 11_000) throw error;
      });
    });
  }

  /** Removes what was begun of a generation. */
  clear(generation: number): Promise<number> {
    return this.removeMany('of', { generation });
  }

  /** Removes the generations before this one. */
  clearBelow(generation: number): Promise<number> {
    return this.removeMany('below', { generation });
  }

  /** Which of these documents exist, with the batch they are of. */
  async heads(keys: readonly string[]): Promise<RollupHead[]> {
    const found = await this.#read('heads', keys, { key: 1, seq: 1, 'packed.seq': 1 });
    return found.map(({ key, seq, packed }) => ({ key, seq, isPacked: packed?.seq === seq }));
  }

  /** The counters of these days in few bytes; without those that changed since they were packed. */
  async packedDays(keys: readonly string[]): Promise<PackedDay[]> {
    const found = await this.#read('packedDays', keys, { key: 1, seq: 1, packed: 1 });
    return found.flatMap(({ key, seq, packed }) =>
      packed?.seq === seq ? [{ key, seq, bytes: bytesOf(packed.bytes) }] : [],
    );
  }

  whole(keys: readonly string[]): Promise<Stored<Rollup>[]> {
    return this.#read('whole', keys, { packed: 0 });
  }

  /** What is said of a campaign, of its agents and of its variants, day by day. */
  async ofCampaign(generation: number, campaignId: Types.ObjectId | string): Promise<Map<string, DayDelta>> {
    const days = new Map<string, DayDelta>();
    for await (const { key, scope, day, slots } of this.each('ofCampaign', { generation, campaignId }))
      days.set(key, { scope, day, counts: countsOf(slots) });
    return days;
  }

  /** Days that are to be packed and have not changed since this moment, longest unchanged first. */
  async toPack(before: Date, limit: number): Promise<string[]> {
    const filter = filterOf(queries.toPack, { before });
    const projection = { _id: 0, key: 1 } as const;
    const found = await this.run('toPack', 'always', () =>
      this.read(filter, { limit, sort: queries.toPack.sort!, projection }),
    );
    return found.map(({ key }) => key);
  }

  /** Keeps the counters in few bytes beside the counters, unless they changed; null for what cannot be packed. Says nothing new, so the version stays. */
  async pack(key: string, seq: number, bytes: Uint8Array | null): Promise<void> {
    const filter = { key: asScalar('key', key, 'string'), seq: asScalar('seq', seq, 'number') };
    if (bytes !== null && !(bytes instanceof Uint8Array)) throw invalidField('bytes', 'must be bytes');
    const packed = bytes && { seq: filter.seq, bytes: new mongo.Binary(bytes) };
    await this.run('pack', 'always', () =>
      this.model.collection.updateOne(filter, { $set: { packed, packDue: false } }),
    );
  }

  /** These are to be packed: a release that did not know of it wrote them. */
  async packLater(keys: readonly string[]): Promise<void> {
    const filter = filterOf(queries.byKeys, { keys });
    await this.run('packLater', 'always', () => this.model.collection.updateMany(filter, { $set: { packDue: true } }));
  }

  async #read(
    verb: string,
    keys: readonly string[],
    projection: Readonly<Record<string, 0 | 1>>,
  ): Promise<Stored<Rollup>[]> {
    const filter = filterOf(queries.byKeys, { keys });
    if (keys.length === 0) return [];
    return this.run(verb, 'always', () => this.read(filter, { limit: keys.length + 1, projection }));
  }
}

/** The driver hands bytes over in a wrapping of its own. */
const bytesOf = (bytes: Uint8Array | mongo.Binary): Uint8Array =>
  bytes instanceof mongo.Binary ? bytes.buffer.subarray(0, bytes.position) : bytes;

function identityOf(generation: number, { scope, day }: DayDelta) {
  if (
    typeof scope !== 'string' ||
    !/^(all|(-|[0-9a-f]{24})\/(-|[0-9a-f]{24})(\/[\w%!~*'().-]{1,1000})?)$/.test(scope)
  ) {
    throw invalidField('scope', 'must be all, or a campaign and an agent, or a variant of a campaign');
  }
  if (typeof day !== 'string' || !/^\d{4}-\d\d-\d\d$/.test(day)) throw invalidField('day', 'must be a date');
  const [campaignId = '-', agentId = '-'] = scope === 'all' ? [] : scope.split('/');
  const idOf = (text: string) => (text === '-' ? null : asScalar('scope', text, 'id'));
  const key = rollupKey(asScalar('generation', generation, 'number'), scope, day);
  return { key, fields: { generation, scope, day, campaignId: idOf(campaignId), agentId: idOf(agentId) } };
}

function checkedPath(path: unknown): string {
  if (
    typeof path === 'string' &&
    /^\d{1,2}(\.[a-z0-9-]{1,40}){1,3}$/.test(path) &&
    Number.parseInt(path, 10) < slotsPerDay
  ) {
    return path;
  }
  throw invalidField('counts', 'must name counters of a quarter of an hour');
}

/** Counters of a document by their paths. */
function countsOf(tree: unknown, prefix = ''): (readonly [path: string, count: number])[] {
  return Object.entries((tree ?? {}) as object).flatMap(([name, value]) =>
    typeof value === 'number' ? [[`${prefix}${name}`, value] as const] : countsOf(value, `${prefix}${name}.`),
  );
}

function put(target: Record<string, unknown>, [name = '', ...rest]: readonly string[], count: number): void {
  if (rest.length === 0) {
    target[name] = count;
    return;
  }
  const inner = (target[name] ?? {}) as Record<string, unknown>;
  target[name] = inner;
  put(inner, rest, count);
}

const isAllDuplicates = (error: unknown): boolean =>
  error instanceof mongo.MongoBulkWriteError &&
  [error.writeErrors].flat().every(({ code }) => code === 11_000) &&
  error.result.getWriteConcernError() === undefined;
