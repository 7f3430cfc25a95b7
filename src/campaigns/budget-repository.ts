import { Schema, type Types } from 'mongoose';
import { BaseRepository } from '../store/base-repository.ts';
import { namedQuery } from '../store/query-table.ts';
import { defineSchema, type Stored } from '../store/schema.ts';
import type { RepositoryContext } from '../store/store.ts';

/** A reservation of a batch, and the amount that was added for it. */
export interface BookedEntry {
  readonly id: Types.ObjectId;
  readonly version: number;
  readonly micros: number;
}

/** Money of one campaign and period, or of the installation and a month, in millionths of COST_CURRENCY. */
export interface Budget {
  readonly key: string;
  readonly spentMicros: number;
  /** Spent and reserved together: what is compared with the cap. */
  readonly committedMicros: number;
  /** What is reserved, by call. */
  readonly open: Readonly<Record<string, number>>;
  /** The cap at which it was warned. */
  readonly warnedMicros: number;
  readonly seq: number;
  readonly state: 'idle' | 'noting';
  readonly batch: readonly BookedEntry[] | null;
  readonly owner: string | null;
  readonly heldUntil: Date;
}

const schema = defineSchema(
  {
    key: { type: String, required: true, immutable: true },
    spentMicros: { type: Number, default: 0 },
    committedMicros: { type: Number, default: 0 },
    open: { type: Schema.Types.Mixed, default: {} },
    warnedMicros: { type: Number, default: 0 },
    seq: { type: Number, default: 0 },
    state: { type: String, enum: ['idle', 'noting'], default: 'idle' },
    batch: { type: Schema.Types.Mixed, default: null },
    owner: { type: String, default: null },
    heldUntil: { type: Date, default: () => new Date(0) },
  },
  { indexes: [{ keys: { key: 1 }, unique: true }, { keys: { createdAt: -1, _id: -1 } }] },
);

const queries = {
  of: namedQuery({ key: 'string' }, ({ key }) => ({ key })),
  room: namedQuery({ key: 'string', most: 'number', callId: 'id' }, ({ key, most, callId }) => ({
    key,
    committedMicros: { $lte: most },
    [`open.${callId.toHexString()}`]: { $exists: false },
  })),
  standing: namedQuery({ key: 'string', seq: 'number', state: 'string' }, ({ key, seq, state }) => ({
    key,
    seq,
    state,
  })),
  unwarned: namedQuery({ key: 'string', from: 'number', cap: 'number' }, ({ key, from, cap }) => ({
    key,
    committedMicros: { $gte: from },
    warnedMicros: { $ne: cap },
  })),
};

export class BudgetRepository extends BaseRepository<Budget, typeof queries, Record<string, unknown>> {
  constructor(context: RepositoryContext) {
    super(context, { collection: 'budgets', schema, queries, omittedFromLists: ['batch', 'open'] });
  }

  toApi({ key, spentMicros, committedMicros }: Stored<Budget>): Record<string, unknown> {
    return { key, spentMicros, reservedMicros: committedMicros - spentMicros };
  }

  async of(key: string): Promise<Stored<Budget>> {
    return (await this.first('of', { key })) ?? (await this.upsert('of', { key }, {})).document;
  }

  /** Reserves for a call what still fits under the cap; null when it does not, or is reserved already. */
  reserve(key: string, callId: Types.ObjectId, micros: number, cap: number): Promise<Stored<Budget> | null> {
    return this.change(
      'room',
      { key, most: cap - micros, callId },
      {
        $inc: { committedMicros: micros },
        $set: { [`open.${callId.toHexString()}`]: micros },
      },
    );
  }

  /** Adds a batch of what calls cost and gives back what was reserved for them; null when another one was faster. */
  book(
    { key, seq, open }: Stored<Budget>,
    micros: number,
    calls: readonly string[],
    batch: readonly BookedEntry[],
    { owner, until }: { readonly owner: string; readonly until: Date },
  ): Promise<Stored<Budget> | null> {
    const reserved = [...new Set(calls)].filter(call => open[call] !== undefined);
    const free = reserved.reduce((sum, call) => sum + open[call]!, 0);
    return this.change(
      'standing',
      { key, seq, state: 'idle' },
      {
        $inc: { spentMicros: micros, committedMicros: micros - free, seq: 1 },
        $set: { state: 'noting', batch, owner, heldUntil: until },
        ...(reserved.length > 0
          ? { $unset: Object.fromEntries(reserved.map(call => [`open.${call}`, '' as const])) }
          : {}),
      },
    );
  }

  async noted(key: string, seq: number): Promise<void> {
    await this.change('standing', { key, seq, state: 'noting' }, { $set: { state: 'idle', batch: null, owner: null } });
  }

  /** True for the one who is to warn that so much of this cap is committed. */
  async warn(key: string, from: number, cap: number): Promise<boolean> {
    return (await this.change('unwarned', { key, from, cap }, { $set: { warnedMicros: cap } })) !== null;
  }
}
