import { Schema, Types } from 'mongoose';
import { AppError } from '../errors.ts';
import { BaseRepository, type ClaimTerms, type Id } from '../store/base-repository.ts';
import { filterOf, namedQuery } from '../store/query-table.ts';
import { defineSchema, type Lease, type Stored } from '../store/schema.ts';
import type { RepositoryContext } from '../store/store.ts';
import { stamped } from '../store/update.ts';

/** The right to have one call at once; a fixed number of them exists for the whole installation. */
export interface Slot {
  /** What it limits, such as `calls` or `engine:elevenlabs`. */
  readonly pool: string;
  readonly number: number;
  readonly callId: Types.ObjectId | null;
  readonly lease: Lease;
}

const schema = defineSchema(
  {
    pool: { type: String, required: true, immutable: true },
    number: { type: Number, required: true, immutable: true },
    callId: { type: Schema.Types.ObjectId, default: null },
  },
  {
    leased: true,
    indexes: [
      { keys: { pool: 1, number: 1 }, unique: true },
      { keys: { pool: 1, 'lease.until': 1 } },
      { keys: { callId: 1 } },
      { keys: { 'lease.owner': 1, 'lease.until': 1 } },
      { keys: { createdAt: -1, _id: -1 } },
    ],
  },
);

const queries = {
  inPool: namedQuery({ pool: 'string' }, ({ pool }) => ({ pool })),
  takenIn: namedQuery({ pool: 'string', now: 'date' }, ({ pool, now }) => ({ pool, 'lease.until': { $gt: now } })),
  between: namedQuery({ pool: 'string', from: 'number', below: 'number' }, ({ pool, from, below }) => ({
    pool,
    number: { $gte: from, $lt: below },
  })),
  freeIn: namedQuery(
    { pool: 'string', from: 'number', below: 'number', now: 'date' },
    ({ pool, from, below, now }) => ({
      pool,
      number: { $gte: from, $lt: below },
      'lease.until': { $lte: now },
    }),
  ),
  freeSlot: namedQuery({ id: 'id', now: 'date' }, ({ id, now }) => ({ _id: id, 'lease.until': { $lte: now } })),
  ofCallsIn: namedQuery({ pool: 'string', callIds: ['id'] }, ({ pool, callIds }) => ({
    callId: { $in: callIds },
    pool,
  })),
  ofCall: namedQuery({ callId: 'id' }, ({ callId }) => ({ callId })),
  ofCalls: namedQuery({ callIds: ['id'] }, ({ callIds }) => ({ callId: { $in: callIds } })),
  heldBy: namedQuery({ owner: 'string', now: 'date' }, ({ owner, now }) => ({
    'lease.owner': owner,
    'lease.until': { $gt: now },
  })),
  numbered: namedQuery({ pool: 'string', number: 'number' }, ({ pool, number }) => ({ pool, number })),
};

/** Leases on concurrent calls, counted over all processes: a slot of a dead process frees itself. */
export class SlotRepository extends BaseRepository<Slot, typeof queries, Record<string, unknown>> {
  constructor(context: RepositoryContext) {
    super(context, { collection: 'slots', schema, queries });
  }

  toApi({ pool, number, callId, ...slot }: Stored<Slot>): Record<string, unknown> {
    return { id: slot._id.toHexString(), pool, number, callId: callId?.toHexString() ?? null };
  }

  /** Makes sure that the pool has this many slots; more of them are left alone and used up by their holders. */
  async provide(pool: string, count: number): Promise<void> {
    for (let number = 0; number < count; number++) await this.upsert('numbered', { pool, number }, {});
  }

  /** How many slots the pool has, taken or not; their numbers have no gap. */
  provided(pool: string): Promise<number> {
    return this.count('inPool', { pool });
  }

  /** Adds the slots from `from` to below `below`; another process may be adding the same ones. */
  async grow(pool: string, from: number, below: number): Promise<void> {
    const numbers = Array.from({ length: Math.max(0, below - from) }, (_, index) => from + index);
    const { errors } = await this.createMany(numbers.map(number => ({ pool, number }) as Slot));
    const refused = errors.find(({ code }) => code !== 'DUPLICATE');
    if (refused) throw new AppError('STORE_UNAVAILABLE', `Slots could not be added: ${refused.message}`);
  }

  /** A free slot for this call, or null when all are taken; `from` and `below` leave out numbers that are kept for others. */
  take(
    pool: string,
    callId: Id,
    { owner, now, leaseMs }: Pick<ClaimTerms, 'owner' | 'now' | 'leaseMs'>,
    { from = 0, below = Number.MAX_SAFE_INTEGER }: { from?: number; below?: number } = {},
  ): Promise<Stored<Slot> | null> {
    const update = { $set: { callId: new Types.ObjectId(callId) } };
    return this.claim('between', { pool, from, below }, { owner, now, leaseMs, update });
  }

  /** Slots for several calls, and the ids of those that got one; null when none is free. */
  async takeSome(
    pool: string,
    callIds: readonly string[],
    { owner, now, leaseMs }: Pick<ClaimTerms, 'owner' | 'now' | 'leaseMs'>,
    { from = 0, below = Number.MAX_SAFE_INTEGER }: { from?: number; below?: number } = {},
    chance: () => number = Math.random,
  ): Promise<Set<string> | null> {
    const most = callIds.length;
    const free = await this.find('freeIn', { pool, from, below, now }, { limit: Math.min(most * 2, 1_000) });
    if (free.length === 0) return null;
    // Other processes look at the same ones.
    const chosen = free.map(slot => ({ slot, place: chance() })).sort((one, other) => one.place - other.place);
    const changes = chosen.slice(0, most).map(({ slot }, index) => {
      const callId = new Types.ObjectId(callIds[index]);
      const $set = { callId, 'lease.owner': owner, 'lease.until': new Date(now.getTime() + leaseMs) };
      return { args: { id: slot._id, now }, update: { $set, $inc: { 'lease.fence': 1 } } };
    });
    if ((await this.changeEach('freeSlot', changes)) === changes.length)
      return new Set(callIds.slice(0, changes.length));
    const taken = await this.find('ofCallsIn', { pool, callIds }, { limit: most });
    return new Set(taken.flatMap(({ callId }) => (callId ? [callId.toHexString()] : [])));
  }

  /** Gives all slots of these calls back, whoever holds them. */
  async free(...callIds: Id[]): Promise<void> {
    const filter = filterOf(queries.ofCalls, { callIds });
    const $set = { callId: null, 'lease.owner': '', 'lease.until': new Date(0) };
    // Every call comes here at its end; nothing of this needs to be cast or validated.
    await this.run('ofCalls', 'if-not-done', () =>
      this.model.collection.updateMany(filter, stamped({ $set }, new Date())),
    );
  }

  /** The slots of a call go to another holder, because its sockets did. */
  async adopt(callId: Id, owner: string, now: Date, leaseMs: number): Promise<void> {
    const until = new Date(now.getTime() + leaseMs);
    await this.changeMany('ofCall', { callId }, { $set: { 'lease.owner': owner, 'lease.until': until } });
  }

  /** Extends everything that this owner still holds. */
  async renewAll(owner: string, now: Date, leaseMs: number): Promise<void> {
    const until = new Date(now.getTime() + leaseMs);
    await this.changeMany('heldBy', { owner, now }, { $set: { 'lease.until': until } });
  }

  /** The calls whose slots this owner holds. */
  async callsHeldBy(owner: string, now: Date): Promise<string[]> {
    const held = await this.find('heldBy', { owner, now }, { limit: 100_000 });
    return [...new Set(held.flatMap(({ callId }) => (callId ? [callId.toHexString()] : [])))];
  }

  /** The slots of a pool that are taken. */
  heldIn(pool: string, now: Date): Promise<Stored<Slot>[]> {
    return this.find('takenIn', { pool, now }, { limit: 10_000 });
  }

  taken(pool: string, now: Date): Promise<number> {
    return this.count('takenIn', { pool, now });
  }
}
