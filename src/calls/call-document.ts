import { Schema, type Types } from 'mongoose';
import type { AmdPolicy } from '../agents/agents.types.ts';
import { defineSchema } from '../store/schema.ts';
import {
  type CallDirection,
  type CallOutcome,
  type CallState,
  callDirections,
  callOutcomes,
  callStates,
  type TerminationSource,
  terminationSources,
} from './call-state.ts';
import type { CallFlag } from './calls.types.ts';
import type { CallAnalysis, ConversationNote } from './conversation-record.ts';
import type { CallCost } from './cost-protocol.ts';
import type { TransferLeg } from './transfer-legs.ts';

/** One attempt to speak with somebody; written before anything is dialled. */
export interface Call {
  /** The carrier's id; null until its answer arrived. */
  readonly sid: string | null;
  readonly direction: CallDirection;
  /** E.164, `anonymous` where an inbound call does not tell, or a keyed hash once the call was erased. */
  readonly to: string;
  readonly from: string;
  /** The digits of both numbers from the last to the first, so that their last digits find them. */
  readonly numbers: readonly string[];
  readonly state: CallState;
  /** Of the last status callback that counted; late ones have lower numbers. */
  readonly lastSequence: number;
  readonly agentId: Types.ObjectId | null;
  /** The version of the agent it runs with, whatever is saved meanwhile. */
  readonly agentVersion: number | null;
  readonly engine: string | null;
  readonly conversationId: string | null;
  readonly contactId: Types.ObjectId | null;
  readonly contactName: string | null;
  readonly campaignId: Types.ObjectId | null;
  /** As the campaign was named when the call was placed; it outlives the campaign. */
  readonly campaignName: string | null;
  /** Of the campaign, that the contact belongs to. */
  readonly variant: string | null;
  /** Which try at its person in its campaign it is, from 1; null of other calls. */
  readonly attempt: number | null;
  /** Why it was allowed, rule by rule; evidence that is kept. */
  readonly verdict: Record<string, unknown> | null;
  readonly answeredAt: Date | null;
  readonly endedAt: Date | null;
  readonly durationSeconds: number | null;
  readonly answeredBy: string | null;
  readonly outcome: CallOutcome | null;
  readonly result: string;
  readonly terminationSource: TerminationSource | null;
  readonly terminationReason: string | null;
  /** Its end was written down and not yet announced to other systems. */
  readonly unannounced: boolean;
  /** When the carrier was about to be asked for it; until then an attempt can be taken back without asking anybody. */
  readonly dialledAt: Date | null;
  /** What the vendor said where a call failed because of it: its code and words. */
  readonly cause: Readonly<Record<string, unknown>> | null;
  /** The number while an outbound call to it lives, else null: unique, so a second live call to it cannot be written. */
  readonly liveTo: string | null;
  /** What the request asked for. */
  readonly variables: Readonly<Record<string, string | number | boolean>>;
  readonly policy: CallPolicy | null;
  readonly contentClass: string | null;
  /** The user or key that asked for it. */
  readonly requestedBy: string | null;
  /** Hash of the one-time token its next media stream must bring; null once it was used. */
  readonly streamToken: string | null;
  readonly streamTokenUntil: Date | null;
  /** Hash of the token that was used last, so that a second use is told from a made-up one. */
  readonly usedToken: string | null;
  /** How many media streams it has had. */
  readonly streams: number;
  /** The process that holds its sockets, and the stream it holds. */
  readonly processId: string | null;
  readonly streamSid: string | null;
  /** How it was passed on: state (`dialling`, `joined`, `ended`, `failed`), to whom, by whom, and why not. */
  readonly transfer: Readonly<Record<string, unknown>> | null;
  /** Phones that were answered while it was passed on: each costs something, whether or not they talked. */
  readonly legs: readonly TransferLeg[];
  /** How often its stream was resumed after a loss. */
  readonly resumes: number;
  /** Detection of answering machines: verdict, when it came, what was done. */
  readonly amd: Readonly<Record<string, unknown>> | null;
  /** Check of the first sentence that was heard. */
  readonly firstTurn: Readonly<Record<string, unknown>> | null;
  /** Why it needs a person now; once it has ended, all the reasons there were. */
  readonly flags: readonly CallFlag[];
  readonly latency: Readonly<Record<string, unknown>> | null;
  readonly media: Readonly<Record<string, unknown>> | null;
  /** `off`, `requested`, `recording`, `recorded` (the carrier has it), `stored`, `absent`, `failed`, `expired`, `erased`. */
  readonly recording: string;
  /** What the vendor made of each conversation of the call, of all of them in words, and of the whole call. */
  readonly conversations: readonly ConversationNote[];
  readonly summary: string | null;
  readonly analysis: CallAnalysis | null;
  /** When the vendor is asked for what it did not report; null when nothing is missing, or it was given up. */
  readonly reportDueAt: Date | null;
  readonly reportTries: number;
  /** What is to be known of the recording beside its state: channels, where it begins, what went wrong. */
  readonly recordingInfo: Readonly<Record<string, unknown>> | null;
  /** When an administrator had its record erased; what is left is the evidence that must be kept. */
  readonly erasedAt: Date | null;
  /** `pending` while something of it is still to be removed. */
  readonly erasure: 'pending' | 'done' | null;
  readonly cost: CallCost | null;
  /** What was counted of it in figures, and by which batch. */
  readonly figures: { readonly seq: number; readonly counted: unknown } | null;
  /** Whether it changed since it was counted; set by every write that changes what counts. */
  readonly figuresDue: boolean;
  /** When the carrier is asked for its price; null when it is known, not to be had, or was given up. */
  readonly priceDueAt: Date | null;
  readonly priceTries: number;
  /** Number of the last event that was given out. */
  readonly eventSeq: number;
  /** The command that moved it last, where that was one for many calls. */
  readonly movedBy: Types.ObjectId | null;
  /** Hash of who asked and of the key they gave, so that the same request placed twice is one call; unique. */
  readonly idempotencyKey: string | null;
  /** Hash of what was asked with that key. */
  readonly requestHash: string | null;
}

/** What the store keeps of a stream's token. */
export type StreamTokenHash = Pick<Call, 'streamToken' | 'streamTokenUntil'>;

/** What applies to a call while it runs, fixed when it is placed, so that any process can serve it. */
export interface CallPolicy {
  readonly amd: AmdPolicy;
  readonly record: boolean;
  readonly maxSeconds: number;
  readonly silenceMs: number;
}

/** With an id where that was fixed before, so that it cannot be written twice. */
export type NewCall = Pick<Call, 'direction' | 'to' | 'from'> & Partial<Call> & { readonly _id?: Types.ObjectId };

const reference = { type: Schema.Types.ObjectId, default: null } as const;
const text = { type: String, default: null } as const;
const mixed = { type: Schema.Types.Mixed, default: null } as const;
const party = {
  type: String,
  required: true,
  match: /^(\+[1-9]\d{6,14}|anonymous|hmac-sha256:[0-9a-f]{64})$/,
} as const;
const isNumber = (party: unknown): party is string => typeof party === 'string' && party.startsWith('+');
const backwards = (phone: string): string => [...phone.slice(1)].reverse().join('');
export const newestFirst = { createdAt: -1, _id: -1 } as const;
/** Before everything: what comes after it has a date. */
export const never = new Date(0);

export const callSchema = defineSchema(
  {
    sid: text,
    direction: { type: String, required: true, enum: callDirections },
    to: party,
    from: party,
    numbers: {
      type: [String],
      default(this: { to?: unknown; from?: unknown }) {
        return [this.to, this.from].filter(isNumber).map(backwards);
      },
    },
    state: { type: String, enum: callStates, default: 'claimed' },
    lastSequence: { type: Number, default: -1 },
    agentId: reference,
    agentVersion: { type: Number, default: null },
    engine: text,
    conversationId: text,
    contactId: reference,
    contactName: text,
    campaignId: reference,
    campaignName: text,
    variant: text,
    attempt: { type: Number, default: null },
    verdict: { type: Schema.Types.Mixed, default: null },
    answeredAt: { type: Date, default: null },
    endedAt: { type: Date, default: null },
    durationSeconds: { type: Number, default: null },
    answeredBy: text,
    outcome: { type: String, enum: [...callOutcomes, null], default: null },
    result: { type: String, default: 'none' },
    terminationSource: { type: String, enum: [...terminationSources, null], default: null },
    terminationReason: text,
    unannounced: { type: Boolean, default: false },
    dialledAt: { type: Date, default: null },
    cause: mixed,
    liveTo: text,
    variables: { type: Schema.Types.Mixed, default: {} },
    policy: mixed,
    contentClass: text,
    requestedBy: text,
    streamToken: text,
    streamTokenUntil: { type: Date, default: null },
    usedToken: text,
    streams: { type: Number, default: 0 },
    processId: text,
    streamSid: text,
    transfer: mixed,
    legs: { type: [Schema.Types.Mixed], default: [] },
    resumes: { type: Number, default: 0 },
    amd: mixed,
    firstTurn: mixed,
    flags: { type: [Schema.Types.Mixed], default: [] },
    latency: mixed,
    media: mixed,
    recording: { type: String, default: 'off' },
    conversations: { type: [Schema.Types.Mixed], default: [] },
    summary: text,
    analysis: mixed,
    reportDueAt: { type: Date, default: null },
    reportTries: { type: Number, default: 0 },
    recordingInfo: mixed,
    erasedAt: { type: Date, default: null },
    erasure: { type: String, enum: ['pending', 'done', null], default: null },
    cost: mixed,
    figures: mixed,
    figuresDue: { type: Boolean, default: false },
    priceDueAt: { type: Date, default: null },
    priceTries: { type: Number, default: 0 },
    eventSeq: { type: Number, default: 0 },
    movedBy: reference,
    idempotencyKey: text,
    requestHash: text,
  },
  {
    indexes: [
      { keys: { sid: 1 }, unique: true, where: { sid: { $type: 'string' } } },
      { keys: { liveTo: 1 }, unique: true, where: { liveTo: { $type: 'string' } } },
      { keys: { idempotencyKey: 1 }, unique: true, where: { idempotencyKey: { $type: 'string' } } },
      { keys: { conversationId: 1 }, where: { conversationId: { $type: 'string' } } },
      { keys: newestFirst },
      { keys: { reportDueAt: 1 }, where: { reportDueAt: { $gt: never } } },
      { keys: { figuresDue: 1 }, where: { figuresDue: true } },
      { keys: { priceDueAt: 1 }, where: { priceDueAt: { $gt: never } } },
      { keys: { endedAt: 1, ...newestFirst } },
      { keys: { endedAt: 1, updatedAt: 1 } },
      { keys: { sid: 1, endedAt: 1, createdAt: 1 } },
      { keys: { unannounced: 1, endedAt: 1 }, where: { unannounced: true } },
      { keys: { processId: 1 }, where: { 'amd.state': 'pending' } },
      { keys: { to: 1, endedAt: 1, ...newestFirst } },
      { keys: { to: 1, ...newestFirst } },
      { keys: { from: 1, ...newestFirst } },
      { keys: { state: 1, ...newestFirst } },
      { keys: { outcome: 1, ...newestFirst } },
      { keys: { outcome: 1, endedAt: 1 } },
      { keys: { direction: 1, ...newestFirst } },
      { keys: { result: 1, ...newestFirst } },
      { keys: { numbers: 1, ...newestFirst } },
      { keys: { durationSeconds: 1, ...newestFirst } },
      { keys: { agentId: 1, ...newestFirst } },
      { keys: { campaignId: 1, ...newestFirst } },
      { keys: { campaignId: 1, outcome: 1, createdAt: 1 } },
      { keys: { contactId: 1, ...newestFirst } },
    ],
  },
);
