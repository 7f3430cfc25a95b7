import { Schema } from 'mongoose';
import { BaseRepository } from '../store/base-repository.ts';
import { namedQuery } from '../store/query-table.ts';
import { defineSchema, type Stored } from '../store/schema.ts';
import type { RepositoryContext } from '../store/store.ts';
import type { DayDelta } from './contribution-protocol.ts';

export const logStates = ['idle', 'adding', 'rebuilding'] as const;

/** One batch: what it adds, and what is to be noted on its calls afterwards. */
export interface RollupBatch {
  readonly deltas: readonly DayDelta[];
  readonly calls: readonly { readonly id: string; readonly version: number; readonly counted: unknown }[];
}

/** The one place that says how far counting has come; whoever moves it on does so from the state it saw. */
export interface RollupLog {
  readonly key: string;
  /** Of the last batch, or of the one that is being added. */
  readonly seq: number;
  readonly state: (typeof logStates)[number];
  /** Readers read the documents of this one. */
  readonly generation: number;
  readonly batch: RollupBatch | null;
  readonly owner: string | null;
  /** Until then it is the owner's; afterwards anybody finishes what was begun. */
  readonly heldUntil: Date;
  /** In which money is counted. */
  readonly currency: string | null;
  /** Of documents named by a day: most calls at once. */
  readonly peak: number;
}

const schema = defineSchema(
  {
    key: { type: String, required: true, immutable: true },
    seq: { type: Number, default: 0 },
    state: { type: String, enum: logStates, default: 'idle' },
    generation: { type: Number, default: 1 },
    batch: { type: Schema.Types.Mixed, default: null },
    owner: { type: String, default: null },
    heldUntil: { type: Date, default: () => new Date(0) },
    currency: { type: String, default: null },
    peak: { type: Number, default: 0 },
  },
  { indexes: [{ keys: { key: 1 }, unique: true }, { keys: { createdAt: -1, _id: -1 } }] },
);

const theLog = 'log';

const queries = {
  byKey: namedQuery({ key: 'string' }, ({ key }) => ({ key })),
  standing: namedQuery({ seq: 'number', state: 'string' }, ({ seq, state }) => ({ key: theLog, seq, state })),
  held: namedQuery({ seq: 'number', state: 'string', owner: 'string' }, ({ seq, state, owner }) => ({
    key: theLog,
    seq,
    state,
    owner,
  })),
};

export interface Holding {
  readonly owner: string;
  readonly until: Date;
}

export class RollupLogRepository extends BaseRepository<RollupLog, typeof queries, Record<string, unknown>> {
  constructor(context: RepositoryContext) {
    super(context, { collection: 'rollupLog', schema, queries, omittedFromLists: ['batch'] });
  }

  toApi({ key, seq, state, generation, currency }: Stored<RollupLog>): Record<string, unknown> {
    return { key, seq, state, generation, currency };
  }

  async standing(): Promise<Stored<RollupLog>> {
    return (await this.first('byKey', { key: theLog })) ?? (await this.upsert('byKey', { key: theLog }, {})).document;
  }

  /** Commits to a batch: from here on it will be added, by whoever; null when another one was faster. */
  begin(seq: number, batch: RollupBatch, { owner, until }: Holding): Promise<Stored<RollupLog> | null> {
    const $set = { state: 'adding', batch, owner, heldUntil: until };
    return this.change('standing', { seq, state: 'idle' }, { $set, $inc: { seq: 1 } });
  }

  /** The batch was added and noted. */
  async end(seq: number): Promise<void> {
    await this.change('standing', { seq, state: 'adding' }, { $set: { state: 'idle', batch: null, owner: null } });
  }

  /** Keeps counting away while everything is added up anew; null when something else is going on. */
  beginRebuild(seq: number, { owner, until }: Holding): Promise<Stored<RollupLog> | null> {
    const $set = { state: 'rebuilding', batch: null, owner, heldUntil: until };
    return this.change('standing', { seq, state: 'idle' }, { $set, $inc: { seq: 1 } });
  }

  async stillRebuilding(seq: number, { owner, until }: Holding): Promise<boolean> {
    return (await this.change('held', { seq, state: 'rebuilding', owner }, { $set: { heldUntil: until } })) !== null;
  }

  /** Lets readers turn to the new generation; false when it was taken from us meanwhile. */
  async endRebuild(seq: number, owner: string, currency: string): Promise<boolean> {
    const $set = { state: 'idle', owner: null, currency };
    const done = await this.change('held', { seq, state: 'rebuilding', owner }, { $set, $inc: { generation: 1 } });
    return done !== null;
  }

  /** A rebuild whose process died is as if it had never begun. */
  async dropRebuild(seq: number): Promise<void> {
    await this.change('standing', { seq, state: 'rebuilding' }, { $set: { state: 'idle', owner: null } });
  }

  async setCurrency(seq: number, currency: string): Promise<void> {
    await this.change('standing', { seq, state: 'idle' }, { $set: { currency } });
  }

  /** Notes so many calls at once on this day; answers the most there were. */
  async raisePeak(day: string, calls: number): Promise<number> {
    const { document } = await this.upsert('byKey', { key: `peak|${day}` }, { $max: { peak: calls } });
    return document.peak;
  }
}
