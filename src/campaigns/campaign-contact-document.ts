import { Schema, type Types } from 'mongoose';
import { defineSchema, type Lease, phoneField } from '../store/schema.ts';
import { type ContactState, queueStates } from './campaign-state.ts';

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
  /** Taken out because they were deleted: nothing of them stays once that is counted. */
  readonly forget: boolean;
}

/** Somebody who joins a campaign. */
export interface NewPerson {
  readonly contactId: Types.ObjectId;
  readonly phone: string;
  readonly priority: number;
  readonly variant: string | null;
}

export const campaignContactSchema = defineSchema(
  {
    campaignId: { type: Schema.Types.ObjectId, required: true, immutable: true },
    contactId: { type: Schema.Types.ObjectId, required: true, immutable: true },
    phone: phoneField,
    state: { type: String, enum: queueStates, default: 'waiting' },
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
    forget: { type: Boolean, default: false },
  },
  {
    leased: true,
    indexes: [
      { keys: { campaignId: 1, contactId: 1 }, unique: true },
      { keys: { campaignId: 1, state: 1, dueAt: 1 } },
      { keys: { campaignId: 1, state: 1, bookedFor: 1 }, where: { bookedFor: { $gt: new Date(0) } } },
      { keys: { campaignId: 1, state: 1, priority: -1, dueAt: 1 } },
      { keys: { campaignId: 1, createdAt: -1, _id: -1 } },
      { keys: { campaignId: 1, state: 1, createdAt: -1, _id: -1 } },
      { keys: { campaignId: 1, lastOutcome: 1, createdAt: -1, _id: -1 } },
      { keys: { campaignId: 1, state: 1, lastOutcome: 1, createdAt: -1, _id: -1 } },
      { keys: { contactId: 1 } },
      { keys: { callId: 1 }, where: { callId: { $type: 'objectId' } } },
      { keys: { state: 1, 'lease.until': 1 } },
      { keys: { campaignId: 1, _id: 1 }, where: { countDue: true }, name: 'countDue' },
      { keys: { campaignId: 1, forget: 1 }, where: { forget: true } },
    ],
  },
);
