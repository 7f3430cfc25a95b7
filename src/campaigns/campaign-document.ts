import { Schema, type Types } from 'mongoose';
import type { AmdPolicy } from '../agents/agents.types.ts';
import { contentClasses } from '../compliance/dial-facts.ts';
import type { Schedule } from '../compliance/schedule.ts';
import { defineSchema } from '../store/schema.ts';
import { type CampaignState, campaignStates } from './campaign-state.ts';

/** Agents or texts that are compared; each person belongs to one for ever. */
export interface CampaignVariant {
  readonly name: string;
  /** Null for the campaign's agent. */
  readonly agentId: Types.ObjectId | null;
  /** Share among the weights of all. */
  readonly weight: number;
  readonly variables: Readonly<Record<string, string>>;
}

/** What one of the agent's variables is filled from: a field of the person, such as `firstName` or `customFields.plan`, or a fixed text. */
export type VariableSource = { readonly field: string } | { readonly value: string };

export interface RetryRules {
  readonly maxAttempts: number;
  /** Minutes until the next attempt by outcome, and by how many such outcomes there were; the last one repeats. */
  readonly afterMinutes: Readonly<Record<string, readonly number[]>>;
}

export interface CampaignBudget {
  readonly amount: number;
  readonly currency: string;
  readonly per: 'total' | 'month';
}

/** When dialling stops by itself because calls fail. */
export interface BreakerRules {
  readonly inARow: number;
  readonly share: number;
  readonly ofAtLeast: number;
  readonly withinSeconds: number;
  readonly pauseSeconds: number;
}

/** Why a campaign is paused or in error, and what helps. */
export interface CampaignCause {
  readonly code: string;
  readonly message: string;
  readonly at: Date;
}

export interface Campaign {
  readonly name: string;
  readonly description: string;
  readonly state: CampaignState;
  readonly cause: CampaignCause | null;
  /** Null for the default agent. */
  readonly agentId: Types.ObjectId | null;
  readonly variants: readonly CampaignVariant[];
  /** Numbers to call from in rotation; none for the agent's own. */
  readonly callerIds: readonly string[];
  /** Whether a caller id with the person's area code goes first. */
  readonly localPresence: boolean;
  readonly lists: readonly Types.ObjectId[];
  readonly variables: Readonly<Record<string, VariableSource>>;
  readonly contentClass: (typeof contentClasses)[number];
  readonly emergencyReason: string | null;
  /** The administrator who declared an emergency. */
  readonly emergencyBy: string | null;
  readonly seller: { readonly legalName: string; readonly callbackNumber: string | null } | null;
  readonly schedule: Schedule | null;
  readonly pace: { readonly callsPerSecond: number; readonly maxConcurrent: number };
  readonly retry: RetryRules | null;
  readonly amd: Partial<AmdPolicy> | null;
  /** Null until somebody decided: a campaign without a decision does not start. */
  readonly record: boolean | null;
  readonly maxMinutes: number | null;
  readonly budget: CampaignBudget | null;
  /** Among campaigns: 0 to 9, higher first when the account's pace is short. */
  readonly priority: number;
  readonly breaker: BreakerRules | null;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
  /** Number of the last entry of its log. */
  readonly eventSeq: number;
  readonly createdBy: string | null;
  /** Set on the demo of the first start. */
  readonly origin: string | null;
  /** People are being added: until then it does not complete. */
  readonly addingUntil: Date;
  /** How often that began; whoever completes it makes sure that it did not meanwhile. */
  readonly adds: number;
  /** Its live calls are to be ended, not waited for. */
  readonly endCalls: boolean;
  /** What happened to it and is not in its log yet: written together with the change, so that no change goes unrecorded. */
  readonly outbox: readonly OutboxEntry[];
  readonly noteDue: boolean;
}

/** An entry of the log that waits for its number. */
export interface OutboxEntry {
  readonly id: Types.ObjectId;
  readonly type: string;
  readonly by: string;
  readonly at: Date;
  readonly data: Readonly<Record<string, unknown>>;
}

const mixed = { type: Schema.Types.Mixed, default: null } as const;
const cause = new Schema(
  {
    code: { type: String, required: true },
    message: { type: String, required: true },
    at: { type: Date, required: true },
  },
  { _id: false },
);

export const campaignSchema = defineSchema(
  {
    name: { type: String, required: true, maxlength: 120 },
    description: { type: String, default: '', maxlength: 2000 },
    state: { type: String, enum: campaignStates, default: 'idle' },
    cause: { type: cause, default: null },
    agentId: { type: Schema.Types.ObjectId, default: null },
    variants: { type: [Schema.Types.Mixed], default: [] },
    callerIds: { type: [String], default: [] },
    localPresence: { type: Boolean, default: false },
    lists: { type: [Schema.Types.ObjectId], default: [] },
    variables: { type: Schema.Types.Mixed, default: {} },
    contentClass: { type: String, required: true, enum: contentClasses },
    emergencyReason: { type: String, default: null, maxlength: 500 },
    emergencyBy: { type: String, default: null },
    seller: mixed,
    schedule: mixed,
    pace: {
      callsPerSecond: { type: Number, default: 1, min: 0.001 },
      maxConcurrent: { type: Number, default: 20, min: 1 },
    },
    retry: mixed,
    amd: mixed,
    record: { type: Boolean, default: null },
    maxMinutes: { type: Number, default: null },
    budget: mixed,
    priority: { type: Number, default: 0, min: 0, max: 9 },
    breaker: mixed,
    startedAt: { type: Date, default: null },
    endedAt: { type: Date, default: null },
    eventSeq: { type: Number, default: 0 },
    createdBy: { type: String, default: null },
    origin: { type: String, default: null, maxlength: 40 },
    addingUntil: { type: Date, default: () => new Date(0) },
    adds: { type: Number, default: 0 },
    endCalls: { type: Boolean, default: false },
    outbox: { type: [Schema.Types.Mixed], default: [] },
    noteDue: { type: Boolean, default: false },
  },
  {
    softDelete: true,
    indexes: [
      { keys: { createdAt: -1, _id: -1 } },
      { keys: { state: 1, createdAt: -1, _id: -1 } },
      { keys: { agentId: 1, createdAt: -1, _id: -1 } },
      // Of several first starts at once, one makes the demo; and one that was deleted is not made again.
      { keys: { origin: 1 }, unique: true, where: { origin: { $type: 'string' } } },
      { keys: { noteDue: 1 }, where: { noteDue: true } },
      { keys: { endCalls: 1 }, where: { endCalls: true } },
    ],
  },
);
