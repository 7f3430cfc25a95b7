import { Schema, type Types } from 'mongoose';
import { BaseRepository } from '../store/base-repository.ts';
import { namedQuery } from '../store/query-table.ts';
import { defineSchema, type Lease, phoneField, type Stored } from '../store/schema.ts';
import type { RepositoryContext } from '../store/store.ts';
import { type ContactState, contactStates } from './campaign-state.ts';

/** One person in one campaign: this collection is the queue. */
export interface CampaignContact {
  readonly campaignId: Types.ObjectId;
  readonly contactId: Types.ObjectId;
  readonly phone: string;
  readonly state: ContactState;
  readonly attempts: number;
  readonly priority: number;
  readonly dueAt: Date;
  /** The call that is being made or was made last. */
  readonly callId: Types.ObjectId | null;
  readonly lastOutcome: string | null;
  readonly verdict: Record<string, unknown> | null;
  readonly lease: Lease;
}

const schema = defineSchema(
  {
    campaignId: { type: Schema.Types.ObjectId, required: true, immutable: true },
    contactId: { type: Schema.Types.ObjectId, required: true, immutable: true },
    phone: phoneField,
    state: { type: String, enum: contactStates, default: 'waiting' },
    attempts: { type: Number, default: 0 },
    priority: { type: Number, default: 0 },
    dueAt: { type: Date, required: true },
    callId: { type: Schema.Types.ObjectId, default: null },
    lastOutcome: { type: String, default: null },
    verdict: { type: Schema.Types.Mixed, default: null },
  },
  {
    leased: true,
    indexes: [
      { keys: { campaignId: 1, contactId: 1 }, unique: true },
      { keys: { campaignId: 1, state: 1, dueAt: 1 } },
      { keys: { campaignId: 1, createdAt: -1, _id: -1 } },
      { keys: { campaignId: 1, state: 1, createdAt: -1, _id: -1 } },
      { keys: { contactId: 1 } },
      { keys: { state: 1, 'lease.until': 1 } },
    ],
  },
);

const queries = {
  due: namedQuery(
    { campaignId: 'id', now: 'date' },
    ({ campaignId, now }) => ({ campaignId, state: 'waiting', dueAt: { $lte: now } }),
    { sort: { dueAt: 1 } },
  ),
  leftBehind: namedQuery({ now: 'date' }, ({ now }) => ({ state: 'dialing', 'lease.until': { $lte: now } })),
  ofContact: namedQuery({ contactId: 'id' }, ({ contactId }) => ({ contactId })),
};

export class CampaignContactRepository extends BaseRepository<
  CampaignContact,
  typeof queries,
  Record<string, unknown>
> {
  constructor(context: RepositoryContext) {
    super(context, {
      collection: 'campaignContacts',
      schema,
      queries,
      stateField: 'state',
      filters: { campaignId: { type: 'id' }, state: { type: 'string', values: contactStates } },
      listedWithin: ['campaignId'],
    });
  }

  toApi(entry: Stored<CampaignContact>): Record<string, unknown> {
    const { _id, contactId, phone, state, attempts, priority, dueAt, lastOutcome, verdict } = entry;
    return {
      id: _id.toHexString(),
      contactId: contactId.toHexString(),
      phone,
      state,
      attempts,
      priority,
      dueAt: dueAt.toISOString(),
      lastOutcome,
      verdict,
    };
  }

  /** The person who has been due longest, for this owner alone; of many processes each person goes to one. */
  claimNext(
    campaignId: Types.ObjectId | string,
    owner: string,
    now: Date,
    leaseMs: number,
  ): Promise<Stored<CampaignContact> | null> {
    return this.claim(
      'due',
      { campaignId, now },
      { owner, now, leaseMs, update: { $set: { state: 'dialing' }, $inc: { attempts: 1 } } },
    );
  }

  /** Claimed by a process that has not been heard of since; what became of the call must be asked before anything is dialled. */
  leftBehind(now: Date): Promise<Stored<CampaignContact>[]> {
    return this.find('leftBehind', { now });
  }

  /** Every campaign a person is in. */
  ofContact(contactId: Types.ObjectId | string): Promise<Stored<CampaignContact>[]> {
    return this.find('ofContact', { contactId });
  }
}
