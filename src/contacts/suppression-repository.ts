import { mongo, Schema, Types } from 'mongoose';
import { BaseRepository } from '../store/base-repository.ts';
import { namedQuery } from '../store/query-table.ts';
import { defineSchema, type Stored } from '../store/schema.ts';
import type { RepositoryContext } from '../store/store.ts';
import { refuseUnsafeKeys } from '../store/store-errors.ts';
import type { OptOutEvidence, SuppressionView } from './suppressions.types.ts';

/** A number that must not be called, kept for ever. After erasing only the HMAC of the number remains. */
export interface Suppression {
  readonly phone: string | null;
  /** Keyed hash of the number, which is what the check before dialling compares. */
  readonly phoneHash: string;
  readonly reason: string;
  readonly source: string;
  readonly evidence?: OptOutEvidence | null;
}

const schema = defineSchema(
  {
    phone: { type: String, default: null, match: /^\+[1-9]\d{6,14}$/ },
    phoneHash: { type: String, required: true },
    reason: { type: String, required: true, maxlength: 500 },
    source: { type: String, default: 'api' },
    evidence: {
      type: new Schema({ callId: String, turn: Number, atMs: Number, words: String }, { _id: false }),
      default: null,
    },
  },
  {
    indexes: [
      { keys: { phoneHash: 1 }, unique: true },
      { keys: { createdAt: -1, _id: -1 } },
      { keys: { 'evidence.callId': 1 }, sparse: true },
      { keys: { source: 1, createdAt: -1, _id: -1 } },
    ],
  },
);

const queries = {
  byHash: namedQuery({ phoneHash: 'string' }, ({ phoneHash }) => ({ phoneHash })),
  ofCall: namedQuery({ callId: 'string' }, ({ callId }) => ({ 'evidence.callId': callId })),
  byHashes: namedQuery({ phoneHashes: ['string'] }, ({ phoneHashes }) => ({ phoneHash: { $in: phoneHashes } })),
};

/** Never cached: an opt-out holds with the next dial, on every process. */
export class SuppressionRepository extends BaseRepository<Suppression, typeof queries, SuppressionView> {
  constructor(context: RepositoryContext) {
    super(context, {
      collection: 'suppressions',
      schema,
      queries,
      apiFields: ['id', 'phone', 'reason', 'source', 'evidence', 'createdAt'],
      filters: { source: { type: 'string' } },
    });
  }

  toApi({ _id, phone, reason, source, evidence, createdAt }: Stored<Suppression>): SuppressionView {
    const { callId, turn = null, atMs = null, words = null } = evidence ?? {};
    const shown = callId === undefined ? null : { callId, turn, atMs, words };
    return { id: _id.toHexString(), phone, reason, source, evidence: shown, createdAt: createdAt.toISOString() };
  }

  /** What is listed of these, by hash. */
  async withHashes(phoneHashes: readonly string[]): Promise<Map<string, Stored<Suppression>>> {
    const found = await this.find('byHashes', { phoneHashes }, { limit: phoneHashes.length });
    return new Map(found.map(each => [each.phoneHash, each]));
  }

  /** Which of these numbers must not be called. */
  async among(phoneHashes: readonly string[]): Promise<Set<string>> {
    const found = await this.find('byHashes', { phoneHashes }, { limit: phoneHashes.length });
    return new Set(found.map(each => each.phoneHash));
  }

  /** Since when they must not be called, by hash; without those that may be. */
  async since(phoneHashes: readonly string[]): Promise<Map<string, Date>> {
    const found = await this.find('byHashes', { phoneHashes }, { limit: phoneHashes.length });
    return new Map(found.map(({ phoneHash, createdAt }) => [phoneHash, createdAt]));
  }

  /** Adds many at once, past the schema; who is listed already stays as it is. Returns those that are new. */
  async addMany(suppressions: readonly Suppression[], now: Date): Promise<Stored<Suppression>[]> {
    const known = await this.among(suppressions.map(({ phoneHash }) => phoneHash));
    const fresh = suppressions.filter(({ phoneHash }) => !known.has(phoneHash));
    refuseUnsafeKeys(fresh);
    const common = { schemaVersion: 1, version: 1, createdAt: now, updatedAt: now };
    const documents = fresh.map(each => ({ _id: new Types.ObjectId(), ...each, ...common }));
    if (documents.length > 0)
      await this.run('addMany', 'if-not-done', () =>
        this.model.collection.insertMany(documents, { ordered: false }).catch(error => {
          // Somebody else listed one in this moment, which is what was wanted.
          const problems = error instanceof mongo.MongoBulkWriteError ? [error.writeErrors].flat() : [];
          if (problems.length === 0 || problems.some(({ code }) => code !== 11000)) throw error;
        }),
      );
    return documents;
  }

  /** An erased call leaves the block, and that it came from a call; the words go. */
  async forgetWords(callId: string): Promise<void> {
    await this.changeMany('ofCall', { callId }, { $set: { 'evidence.words': null } });
  }

  /** Adding a number twice is one suppression; the first reason stays. */
  async add(suppression: Suppression): Promise<{ suppression: Stored<Suppression>; added: boolean }> {
    const { phone, phoneHash, reason, source, evidence } = suppression;
    const { document, created } = await this.upsert(
      'byHash',
      { phoneHash },
      { $setOnInsert: { phone, reason, source, evidence } },
    );
    return { suppression: document, added: created };
  }
}
