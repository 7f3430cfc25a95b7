import { Schema, type Types } from 'mongoose';
import { BaseRepository, type Id } from '../store/base-repository.ts';
import { namedQuery } from '../store/query-table.ts';
import { defineSchema, type Stored } from '../store/schema.ts';
import type { RepositoryContext } from '../store/store.ts';
import {
  type CampaignMove,
  type CampaignState,
  campaignAfter,
  campaignStates,
  statesAllowing,
} from './campaign-state.ts';

export const contentClasses = ['telemarketing', 'informational', 'emergency'] as const;

export interface Campaign {
  readonly name: string;
  readonly description: string;
  readonly state: CampaignState;
  /** Why it is paused or in error, for a person. */
  readonly cause: string | null;
  readonly agentId: Types.ObjectId | null;
  readonly contentClass: (typeof contentClasses)[number];
  readonly pace: { readonly callsPerSecond: number; readonly maxConcurrent: number };
  /** Schedule, retry rules, machine policy, budget: as their features define them. */
  readonly rules: Record<string, unknown>;
}

const schema = defineSchema(
  {
    name: { type: String, required: true, maxlength: 120 },
    description: { type: String, default: '', maxlength: 2000 },
    state: { type: String, enum: campaignStates, default: 'idle' },
    cause: { type: String, default: null },
    agentId: { type: Schema.Types.ObjectId, default: null },
    contentClass: { type: String, required: true, enum: contentClasses },
    pace: {
      callsPerSecond: { type: Number, default: 1, min: 0.001 },
      maxConcurrent: { type: Number, default: 20, min: 1 },
    },
    rules: { type: Schema.Types.Mixed, default: {} },
  },
  {
    indexes: [
      { keys: { createdAt: -1, _id: -1 } },
      { keys: { state: 1, createdAt: -1, _id: -1 } },
      { keys: { agentId: 1, createdAt: -1, _id: -1 } },
    ],
  },
);

const queries = {
  inState: namedQuery({ state: 'string' }, ({ state }) => ({ state }), { sort: { createdAt: -1, _id: -1 } }),
};

export class CampaignRepository extends BaseRepository<Campaign, typeof queries, Record<string, unknown>> {
  constructor(context: RepositoryContext) {
    super(context, {
      collection: 'campaigns',
      schema,
      queries,
      stateField: 'state',
      filters: { state: { type: 'string', values: campaignStates }, agentId: { type: 'id' } },
    });
  }

  toApi(campaign: Stored<Campaign>): Record<string, unknown> {
    const { _id, name, description, state, cause, agentId, contentClass, pace, rules, createdAt } = campaign;
    return {
      ...rules,
      id: _id.toHexString(),
      name,
      description,
      state,
      cause,
      agentId: agentId?.toHexString() ?? null,
      contentClass,
      pace: { ...pace },
      createdAt: createdAt.toISOString(),
    };
  }

  running(): Promise<Stored<Campaign>[]> {
    return this.find('inState', { state: 'running' });
  }

  /** Makes a move in one conditional write; null when the campaign is in no state that allows it. Of two at once, one wins. */
  async move(id: Id, move: CampaignMove, cause: string | null = null): Promise<Stored<Campaign> | null> {
    for (const from of statesAllowing(move)) {
      const to = campaignAfter(from, move);
      const moved = to && (await this.moveState(id, from, to, { $set: { cause } }));
      if (moved) return moved;
    }
    return null;
  }
}
