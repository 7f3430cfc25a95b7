import { Schema, type Types } from 'mongoose';
import { BaseRepository } from '../store/base-repository.ts';
import { namedQuery } from '../store/query-table.ts';
import { defineSchema, type Stored } from '../store/schema.ts';
import type { RepositoryContext } from '../store/store.ts';

/** What one hour of calls adds up to, for one campaign, agent, direction and outcome. */
export interface RollupKey {
  readonly hour: Date;
  readonly campaignId: Types.ObjectId | null;
  readonly agentId: Types.ObjectId | null;
  readonly direction: string;
  readonly outcome: string;
}

export interface RollupCounts {
  readonly calls: number;
  readonly answered: number;
  readonly durationSeconds: number;
}

export interface Rollup extends RollupKey, RollupCounts {
  /** The key's parts in one text: a unique index over nullable parts would have to compare nulls. */
  readonly key: string;
}

const count = { type: Number, default: 0 } as const;

const schema = defineSchema(
  {
    key: { type: String, required: true, immutable: true },
    hour: { type: Date, required: true },
    campaignId: { type: Schema.Types.ObjectId, default: null },
    agentId: { type: Schema.Types.ObjectId, default: null },
    direction: { type: String, required: true },
    outcome: { type: String, required: true },
    calls: count,
    answered: count,
    durationSeconds: count,
  },
  {
    indexes: [{ keys: { key: 1 }, unique: true }, { keys: { hour: 1 } }, { keys: { createdAt: -1, _id: -1 } }],
  },
);

const queries = {
  byKey: namedQuery({ key: 'string' }, ({ key }) => ({ key })),
  between: namedQuery({ from: 'date', to: 'date' }, ({ from, to }) => ({ hour: { $gte: from, $lt: to } }), {
    sort: { hour: 1 },
  }),
};

export class RollupRepository extends BaseRepository<Rollup, typeof queries, Record<string, unknown>> {
  constructor(context: RepositoryContext) {
    super(context, { collection: 'rollups', schema, queries });
  }

  toApi({ hour, direction, outcome, calls, answered, durationSeconds }: Stored<Rollup>): Record<string, unknown> {
    return { hour: hour.toISOString(), direction, outcome, calls, answered, durationSeconds };
  }

  /** Adds to the counters of an hour; whoever calls makes sure that it happens once per call. */
  async add(parts: RollupKey, counts: RollupCounts): Promise<void> {
    const { hour, campaignId, agentId, direction, outcome } = parts;
    const key = [
      hour.toISOString(),
      campaignId?.toHexString() ?? '',
      agentId?.toHexString() ?? '',
      direction,
      outcome,
    ].join('|');
    await this.upsert(
      'byKey',
      { key },
      { $inc: { ...counts }, $setOnInsert: { hour, campaignId, agentId, direction, outcome } },
    );
  }

  between(from: Date, to: Date): AsyncGenerator<Stored<Rollup>> {
    return this.each('between', { from, to });
  }
}
