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
  /** Attempts that were made or are being made. */
  readonly attempts: number;
  /** 0 to 9, higher first. */
  readonly priority: number;
  readonly dueAt: Date;
  /** The time for which they asked to be called; null when they did not, or that call was made. */
  readonly bookedFor: Date | null;
  /** The variant they belong to, for ever. */
  readonly variant: string | null;
  /** The call that is being made or was made last. It is fixed with the claim, before the call is written. */
  readonly callId: Types.ObjectId | null;
  /** Of every attempt, oldest first. */
  readonly outcomes: readonly string[];
  readonly lastOutcome: string | null;
  /** Why they were not called when it was asked last: code, message, permanent, dueAt, at. */
  readonly verdict: Record<string, unknown> | null;
  /** Whether it changed since the tally counted it, and what was counted by which batch. */
  readonly countDue: boolean;
  readonly counted: { readonly seq: number; readonly counted: unknown } | null;
  readonly lease: Lease;
}

const schema = defineSchema(
  {
    campaignId: { type: Schema.Types.ObjectId, required: true, immutable: true },
    contactId: { type: Schema.Types.ObjectId, required: true, immutable: true },
    phone: phoneField,
    state: { type: String, enum: contactStates, default: 'waiting' },
    attempts: { type: Number, default: 0 },
    priority: { type: Number, default: 0, min: 0, max: 9 },
    dueAt: { type: Date, required: true },
    bookedFor: { type: Date, default: null },
    variant: { type: String, default: null },
    callId: { type: Schema.Types.ObjectId, default: null },
    outcomes: { type: [String], default: [] },
    lastOutcome: { type: String, default: null },
    verdict: { type: Schema.Types.Mixed, default: null },
    countDue: { type: Boolean, default: true },
    counted: { type: Schema.Types.Mixed, default: null },
  },
  {
    leased: true,
    indexes: [
      { keys: { campaignId: 1, contactId: 1 }, unique: true },
      { keys: { campaignId: 1, state: 1, dueAt: 1 } },
      { keys: { campaignId: 1, state: 1, priority: -1, dueAt: 1 } },
      { keys: { campaignId: 1, createdAt: -1, _id: -1 } },
      { keys: { campaignId: 1, state: 1, createdAt: -1, _id: -1 } },
      { keys: { contactId: 1 } },
      { keys: { callId: 1 }, where: { callId: { $type: 'objectId' } } },
      { keys: { state: 1, 'lease.until': 1 } },
      { keys: { campaignId: 1, _id: 1 }, where: { countDue: true }, name: 'countDue' },
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
      { owner, now, leaseMs, update: { $set: { state: 'dialing', countDue: true }, $inc: { attempts: 1 } } },
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
