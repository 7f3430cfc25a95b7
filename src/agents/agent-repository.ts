import { Schema } from 'mongoose';
import type { EngineKind, EngineOverrides, VendorAgent } from '../engines/engine-contract.ts';
import { BaseRepository } from '../store/base-repository.ts';
import { namedQuery } from '../store/query-table.ts';
import { defineSchema, type Stored } from '../store/schema.ts';
import type { RepositoryContext } from '../store/store.ts';
import type { AmdPolicy } from './agents.types.ts';

/** What the vendor says of its agent; its prompt, voice, knowledge and tools stay there. */
export type KnownOfVendor = Omit<VendorAgent, 'id'>;

/** Who speaks: our record of a voice agent. Its `version` counts every save, and a call keeps the one it ran with. */
export interface Agent {
  readonly name: string;
  /** The vendor's service that makes it speak. */
  readonly engine: EngineKind;
  readonly vendorAgentId: string;
  /** What sessions replace of the vendor's agent. */
  readonly overrides: EngineOverrides;
  readonly callerId: string | null;
  readonly speaksAs: string | null;
  readonly business: string | null;
  readonly amd: Partial<AmdPolicy> | null;
  readonly record: boolean | null;
  readonly maxMinutes: number | null;
  readonly silenceSeconds: number | null;
  readonly farewell: string | null;
  /** As last read; null before that. */
  readonly vendor: KnownOfVendor | null;
  /** Set on the one that was made at the first start. */
  readonly origin: string | null;
}

const text = (maxlength: number) => ({ type: String, default: null, maxlength });

const schema = defineSchema(
  {
    name: { type: String, required: true, maxlength: 120 },
    engine: { type: String, required: true },
    vendorAgentId: { type: String, required: true, maxlength: 128 },
    overrides: { type: Schema.Types.Mixed, default: {} },
    callerId: text(16),
    speaksAs: text(120),
    business: text(200),
    amd: { type: Schema.Types.Mixed, default: null },
    record: { type: Boolean, default: null },
    maxMinutes: { type: Number, default: null },
    silenceSeconds: { type: Number, default: null },
    farewell: text(500),
    vendor: { type: Schema.Types.Mixed, default: null },
    origin: text(40),
  },
  {
    softDelete: true,
    indexes: [
      { keys: { deletedAt: 1, createdAt: -1, _id: -1 } },
      { keys: { deletedAt: 1, name: 1, _id: 1 } },
      // Of several first starts at once, one makes the agent; and one that was archived is not made again.
      { keys: { origin: 1 }, unique: true, where: { origin: { $type: 'string' } } },
    ],
  },
);

const queries = {
  byId: namedQuery({ id: 'id' }, ({ id }) => ({ _id: id })),
  byOrigin: namedQuery({ origin: 'string' }, ({ origin }) => ({ origin })),
  all: namedQuery({}, () => ({}), { sort: { createdAt: -1, _id: -1 } }),
};

/** Agents are archived, never removed: calls refer to them for years. */
export class AgentRepository extends BaseRepository<Agent, typeof queries, Record<string, unknown>> {
  constructor(context: RepositoryContext) {
    super(context, {
      collection: 'agents',
      schema,
      queries,
      sorts: ['createdAt', 'name'],
      immutable: ['engine', 'origin'],
      cacheTtlMs: 2000,
    });
  }

  toApi(agent: Stored<Agent>): Record<string, unknown> {
    const { vendor } = agent;
    return {
      id: agent._id.toHexString(),
      version: agent.version,
      name: agent.name,
      engine: agent.engine,
      vendorAgentId: agent.vendorAgentId,
      overrides: agent.overrides ?? {},
      callerId: agent.callerId ?? null,
      speaksAs: agent.speaksAs ?? null,
      business: agent.business ?? null,
      amd: agent.amd ?? null,
      record: agent.record ?? null,
      maxMinutes: agent.maxMinutes ?? null,
      silenceSeconds: agent.silenceSeconds ?? null,
      farewell: agent.farewell ?? null,
      vendor: vendor && {
        name: vendor.name,
        firstMessage: vendor.firstMessage,
        input: vendor.input,
        output: vendor.output,
        variables: [...vendor.variables],
        permitted: [...vendor.overrides],
        languages: [...(vendor.languages ?? [])],
        maxSeconds: vendor.maxDurationSeconds,
        endsSilenceAfterSeconds: vendor.endsSilenceAfterSeconds ?? null,
      },
      createdAt: agent.createdAt.toISOString(),
      updatedAt: agent.updatedAt.toISOString(),
    };
  }

  /** As it stands in the store now, whatever was read a moment ago. */
  fresh(id: string): Promise<Stored<Agent> | null> {
    return this.first('byId', { id });
  }

  byOrigin(origin: string): Promise<Stored<Agent> | null> {
    return this.first('byOrigin', { origin });
  }

  /** Newest first. */
  all(limit = 200): Promise<Stored<Agent>[]> {
    return this.find('all', {}, { limit });
  }
}
