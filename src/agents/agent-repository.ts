import { Schema } from 'mongoose';
import { BaseRepository } from '../store/base-repository.ts';
import { defineSchema, type Stored } from '../store/schema.ts';
import type { RepositoryContext } from '../store/store.ts';

/** Who speaks: our record of a voice agent. Its `version` counts every save, and a call keeps the one it ran with. */
export interface Agent {
  readonly name: string;
  /** The vendor's service that makes it speak. */
  readonly engine: string;
  readonly vendorAgentId: string | null;
  /** Engine settings and limits, as its feature defines them. */
  readonly settings: Record<string, unknown>;
}

const schema = defineSchema(
  {
    name: { type: String, required: true, maxlength: 120 },
    engine: { type: String, required: true },
    vendorAgentId: { type: String, default: null },
    settings: { type: Schema.Types.Mixed, default: {} },
  },
  {
    softDelete: true,
    indexes: [{ keys: { deletedAt: 1, createdAt: -1, _id: -1 } }, { keys: { deletedAt: 1, name: 1, _id: 1 } }],
  },
);

/** Agents are archived, never removed: calls refer to them for years. */
export class AgentRepository extends BaseRepository<Agent, Record<never, never>, Record<string, unknown>> {
  constructor(context: RepositoryContext) {
    super(context, { collection: 'agents', schema, sorts: ['createdAt', 'name'], cacheTtlMs: 2000 });
  }

  toApi({ _id, name, engine, vendorAgentId, settings, version, createdAt }: Stored<Agent>): Record<string, unknown> {
    return {
      ...settings,
      id: _id.toHexString(),
      name,
      engine,
      vendorAgentId,
      version,
      createdAt: createdAt.toISOString(),
    };
  }
}
