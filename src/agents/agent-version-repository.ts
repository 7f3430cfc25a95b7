import { Schema, Types } from 'mongoose';
import { BaseRepository } from '../store/base-repository.ts';
import { namedQuery } from '../store/query-table.ts';
import { defineSchema, type Stored } from '../store/schema.ts';
import type { RepositoryContext } from '../store/store.ts';
import type { AgentProfile } from './agents.types.ts';

/** One version of an agent as it was saved; never changed again. */
export interface AgentVersion {
  readonly agentId: Types.ObjectId;
  readonly number: number;
  readonly profile: AgentProfile;
  readonly savedAt: Date;
}

const schema = defineSchema(
  {
    agentId: { type: Schema.Types.ObjectId, required: true, immutable: true },
    number: { type: Number, required: true, immutable: true },
    profile: { type: Schema.Types.Mixed, required: true, immutable: true },
    savedAt: { type: Date, required: true, immutable: true },
  },
  { indexes: [{ keys: { agentId: 1, number: -1, _id: -1 }, unique: true }] },
);

const queries = {
  ofAgent: namedQuery({ agentId: 'id', number: 'number' }, ({ agentId, number }) => ({ agentId, number })),
};

/** Calls refer to versions for as long as they are kept. */
export class AgentVersionRepository extends BaseRepository<AgentVersion, typeof queries, Record<string, unknown>> {
  constructor(context: RepositoryContext) {
    super(context, {
      collection: 'agentVersions',
      schema,
      queries,
      filters: { agentId: { type: 'id' } },
      listedWithin: ['agentId'],
      sorts: ['number'],
    });
  }

  toApi({ number, profile, savedAt }: Stored<AgentVersion>): Record<string, unknown> {
    // Fields that an older release did not write.
    const whole = { ...profile, vendorSilenceSeconds: profile.vendorSilenceSeconds ?? null };
    return { version: number, savedAt: savedAt.toISOString(), profile: whole };
  }

  async profileOf(agentId: string, number: number): Promise<AgentProfile | null> {
    return (await this.first('ofAgent', { agentId, number }))?.profile ?? null;
  }

  /** Keeps a version unless it is kept already. */
  async keep(agentId: string, number: number, profile: AgentProfile, savedAt: Date): Promise<void> {
    await this.upsert(
      'ofAgent',
      { agentId: new Types.ObjectId(agentId), number },
      { $setOnInsert: { profile, savedAt } },
    );
  }
}
