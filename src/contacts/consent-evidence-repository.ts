import { Schema } from 'mongoose';
import { BaseRepository } from '../store/base-repository.ts';
import { namedQuery } from '../store/query-table.ts';
import { defineSchema, expiresBy, type Stored } from '../store/schema.ts';
import type { RepositoryContext } from '../store/store.ts';
import type { ConsentEvent } from './consent-state.ts';

/** What a deleted person had agreed to: the proof outlives the person's record, under the keyed hash of the number alone. */
export interface ConsentEvidence {
  readonly contactId: string;
  readonly phoneHash: string;
  readonly history: readonly ConsentEvent[];
  readonly expiresAt: Date;
}

const schema = defineSchema(
  {
    contactId: { type: String, required: true },
    phoneHash: { type: String, required: true },
    history: { type: [Schema.Types.Mixed], default: [] },
    expiresAt: { type: Date, required: true },
  },
  {
    indexes: [
      { keys: { contactId: 1 }, unique: true },
      { keys: { phoneHash: 1, createdAt: -1, _id: -1 } },
      { keys: { createdAt: -1, _id: -1 } },
      expiresBy('expiresAt'),
    ],
  },
);

const queries = { ofContact: namedQuery({ contactId: 'string' }, ({ contactId }) => ({ contactId })) };

export class ConsentEvidenceRepository extends BaseRepository<
  ConsentEvidence,
  typeof queries,
  Record<string, unknown>
> {
  constructor(context: RepositoryContext) {
    super(context, {
      collection: 'consentEvidence',
      schema,
      queries,
      filters: { phoneHash: { type: 'string' } },
    });
  }

  toApi({ _id, contactId, phoneHash, history, expiresAt, createdAt }: Stored<ConsentEvidence>) {
    return {
      id: _id.toHexString(),
      contactId,
      phoneHash,
      history: history.map(({ at, recordedAt, ...event }) => ({
        ...event,
        at: at.toISOString(),
        recordedAt: recordedAt.toISOString(),
      })),
      deletedAt: createdAt.toISOString(),
      keptUntil: expiresAt.toISOString(),
    };
  }

  /** Keeps what a person had agreed to; again for the same person is the same. */
  async keep({ contactId, phoneHash, history, expiresAt }: ConsentEvidence): Promise<void> {
    await this.upsert('ofContact', { contactId }, { $set: { phoneHash, history, expiresAt } });
  }
}
