import { Schema, type Types } from 'mongoose';
import { BaseRepository } from '../store/base-repository.ts';
import { namedQuery } from '../store/query-table.ts';
import { asScalar } from '../store/scalar.ts';
import { defineSchema, type Stored } from '../store/schema.ts';
import type { RepositoryContext } from '../store/store.ts';
import type { BookedEntry } from './budget-repository.ts';

/** What one call takes out of one budget. */
export interface BudgetEntry {
  readonly key: string;
  readonly callId: Types.ObjectId;
  readonly campaignId: Types.ObjectId;
  readonly expectedMicros: number;
  /** What it cost; null while that is not known. */
  readonly micros: number | null;
  /** It is not in the budget as it is now. */
  readonly countDue: boolean;
  readonly counted: { readonly seq: number; readonly micros: number } | null;
  /** When the call is asked what it cost, in case nobody told; null when it said its last word. */
  readonly checkAt: Date | null;
  readonly checks: number;
}

const never = new Date(0);

const schema = defineSchema(
  {
    key: { type: String, required: true, immutable: true },
    callId: { type: Schema.Types.ObjectId, required: true, immutable: true },
    campaignId: { type: Schema.Types.ObjectId, required: true },
    expectedMicros: { type: Number, required: true },
    micros: { type: Number, default: null },
    countDue: { type: Boolean, default: false },
    counted: { type: Schema.Types.Mixed, default: null },
    checkAt: { type: Date, default: null },
    checks: { type: Number, default: 0 },
  },
  {
    indexes: [
      { keys: { callId: 1, key: 1 }, unique: true },
      { keys: { createdAt: -1, _id: -1 } },
      { keys: { checkAt: 1 }, where: { checkAt: { $gt: never } } },
      { keys: { key: 1, countDue: 1 }, where: { countDue: true } },
    ],
  },
);

const queries = {
  of: namedQuery({ callId: 'id', key: 'string' }, ({ callId, key }) => ({ callId, key })),
  ofCall: namedQuery({ callId: 'id' }, ({ callId }) => ({ callId })),
  due: namedQuery({ key: 'string' }, ({ key }) => ({ key, countDue: true })),
  anyDue: namedQuery({}, () => ({ countDue: true, key: { $gte: '' } })),
  toCheck: namedQuery({ now: 'date' }, ({ now }) => ({ checkAt: { $gt: never, $lte: now } }), { sort: { checkAt: 1 } }),
};

type Id = Types.ObjectId | string;

export class BudgetEntryRepository extends BaseRepository<BudgetEntry, typeof queries, Record<string, unknown>> {
  constructor(context: RepositoryContext) {
    super(context, { collection: 'budgetEntries', schema, queries });
  }

  toApi({ key, callId, expectedMicros, micros }: Stored<BudgetEntry>): Record<string, unknown> {
    return { key, callId: callId.toHexString(), expectedMicros, micros };
  }

  /** Written before the reservation, so that one is always found by its call. */
  async open(key: string, callId: Id, campaignId: Id, expectedMicros: number, checkAt: Date): Promise<void> {
    await this.upsert('of', { callId, key }, { $setOnInsert: { campaignId, expectedMicros }, $set: { checkAt } });
  }

  ofCall(callId: Id): Promise<Stored<BudgetEntry>[]> {
    return this.find('ofCall', { callId });
  }

  /** The call cost this; null when there is no such entry. */
  cost(callId: Id, key: string, micros: number, checkAt: Date | null): Promise<Stored<BudgetEntry> | null> {
    return this.change('of', { callId, key }, { $set: { micros, countDue: true, checkAt } });
  }

  async checkLater(callId: Id, key: string, checkAt: Date | null): Promise<void> {
    await this.change('of', { callId, key }, { $set: { checkAt }, $inc: { checks: 1 } });
  }

  /** The call lives on; asking it was not in vain. */
  async postpone(callId: Id, key: string, checkAt: Date): Promise<void> {
    await this.change('of', { callId, key }, { $set: { checkAt } });
  }

  due(key: string, atMost: number): Promise<Stored<BudgetEntry>[]> {
    return this.find('due', { key }, { limit: Math.min(atMost, 1_000) });
  }

  /** A budget into which something is to be booked. */
  async anyDue(): Promise<string[]> {
    return [...new Set((await this.find('anyDue', {})).map(({ key }) => key))];
  }

  toCheck(now: Date): Promise<Stored<BudgetEntry>[]> {
    return this.find('toCheck', { now });
  }

  /** Notes what batch `seq` booked; an entry that changed meanwhile stays due. Doing it again, also late, changes nothing. */
  async markBooked(seq: number, batch: readonly BookedEntry[]): Promise<void> {
    for (const { id, version, micros } of batch) {
      const _id = asScalar('id', id, 'id');
      const counted = { seq: asScalar('seq', seq, 'number'), micros: asScalar('micros', micros, 'number') };
      await this.run('markBooked', 'always', async () => {
        const same = { _id, version: asScalar('version', version, 'number') };
        const { matchedCount } = await this.model.collection.updateOne(same, { $set: { counted, countDue: false } });
        if (matchedCount > 0) return;
        const older = { _id, $or: [{ counted: null }, { 'counted.seq': { $lt: counted.seq } }] };
        await this.model.collection.updateOne(older, { $set: { counted } });
      });
    }
  }
}
