import { Schema, type Types } from 'mongoose';
import { BaseRepository } from '../store/base-repository.ts';
import { namedQuery } from '../store/query-table.ts';
import { defineSchema, phoneField, type Stored } from '../store/schema.ts';
import type { RepositoryContext } from '../store/store.ts';

/** A telephone number of ours: who answers it, and whether calls may come from it. */
export interface OwnNumber {
  readonly phone: string;
  readonly label: string;
  readonly agentId: Types.ObjectId | null;
  /** Spoken when no agent answers. */
  readonly text: string | null;
  readonly callerId: boolean;
  readonly connected: boolean;
  readonly problem: string | null;
}

const schema = defineSchema(
  {
    phone: phoneField,
    label: { type: String, default: '', maxlength: 120 },
    agentId: { type: Schema.Types.ObjectId, default: null },
    text: { type: String, default: null },
    callerId: { type: Boolean, default: true },
    connected: { type: Boolean, default: false },
    problem: { type: String, default: null },
  },
  {
    indexes: [{ keys: { phone: 1 }, unique: true }, { keys: { agentId: 1 } }, { keys: { createdAt: -1, _id: -1 } }],
  },
);

const queries = {
  byPhone: namedQuery({ phone: 'string' }, ({ phone }) => ({ phone })),
  ofAgent: namedQuery({ agentId: 'id' }, ({ agentId }) => ({ agentId })),
};

export class NumberRepository extends BaseRepository<OwnNumber, typeof queries, Record<string, unknown>> {
  constructor(context: RepositoryContext) {
    super(context, { collection: 'numbers', schema, queries, immutable: ['phone'] });
  }

  toApi({
    _id,
    phone,
    label,
    agentId,
    text,
    callerId,
    connected,
    problem,
  }: Stored<OwnNumber>): Record<string, unknown> {
    return {
      id: _id.toHexString(),
      phone,
      label,
      agentId: agentId?.toHexString() ?? null,
      text,
      callerId,
      connected,
      problem,
    };
  }

  findByPhone(phone: string): Promise<Stored<OwnNumber> | null> {
    return this.first('byPhone', { phone });
  }

  answeredBy(agentId: Types.ObjectId | string): Promise<Stored<OwnNumber>[]> {
    return this.find('ofAgent', { agentId });
  }
}
