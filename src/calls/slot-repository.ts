import { Schema, type Types } from 'mongoose';
import { BaseRepository } from '../store/base-repository.ts';
import { namedQuery } from '../store/query-table.ts';
import { defineSchema, type Lease, type Stored } from '../store/schema.ts';
import type { RepositoryContext } from '../store/store.ts';

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
      { keys: { createdAt: -1, _id: -1 } },
    ],
  },
);

const queries = {
  inPool: namedQuery({ pool: 'string' }, ({ pool }) => ({ pool })),
  takenIn: namedQuery({ pool: 'string', now: 'date' }, ({ pool, now }) => ({ pool, 'lease.until': { $gt: now } })),
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

  /** A free slot for this call, or null when all are taken. */
  take(pool: string, callId: Types.ObjectId, owner: string, now: Date, leaseMs: number): Promise<Stored<Slot> | null> {
    return this.claim('inPool', { pool }, { owner, now, leaseMs, update: { $set: { callId } } });
  }

  taken(pool: string, now: Date): Promise<number> {
    return this.count('takenIn', { pool, now });
  }
}
