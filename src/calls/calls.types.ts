import type { AmdPolicy } from '../agents/agents.types.ts';
import type { DialFacts, PastAttempt } from '../compliance/dial-facts.ts';
import type { Verdict } from '../compliance/may-dial.ts';
import type { EngineKind } from '../engines/engine-contract.ts';
import type { TransferOrder } from '../handoff/handoff.types.ts';
import type { CallDirection, CallState } from './call-state.ts';

/** A call as the API shows it: lists have all of it but the long fields. */
export interface CallView {
  readonly id: string;
  /** The carrier's id; null until its answer arrived. */
  readonly sid: string | null;
  /** Grows with every change of its document. */
  readonly seq: number;
  /** The same as `id`. */
  readonly attemptId: string;
  readonly direction: CallDirection;
  readonly to: string;
  readonly from: string;
  readonly status: CallState;
  readonly createdAt: string;
  readonly [field: string]: unknown;
}

/** What is asked of `place`; the same as the body of `POST /api/calls`. */
export interface CallOrder {
  readonly to: string;
  readonly agentId?: string;
  readonly from?: string;
  readonly variables?: Readonly<Record<string, string | number | boolean>>;
  readonly record?: boolean;
  readonly amd?: Partial<AmdPolicy>;
  readonly maxMinutes?: number;
  readonly contentClass?: string;
  readonly emergencyReason?: string;
}

/** Who asks for a call, and vouches for consent where no content class is given. */
export interface Asker {
  readonly kind: string;
  readonly id: string;
  readonly label: string;
  /** Only an administrator declares an emergency. */
  readonly role?: string;
}

/** The calls feature, as other features may use it. */
export interface Calls {
  /**
   * Asks whether the call may be made, writes the attempt down, reserves what it needs, and dials. Rejects with an `AppError` when
   * nobody was dialled. `call.sid` is null when the carrier's answer was lost: then it may ring nevertheless.
   */
  place(order: CallOrder, asker: Asker, idempotencyKey?: string): Promise<{ call: CallView; repeated: boolean }>;
  /** What `place` would be told, without placing anything. */
  verdict(order: CallOrder, asker: Asker): Promise<Verdict>;
  /** Ends a live call, named by our id or the carrier's, and keeps who asked; throws `CALL_ENDED` when it has ended already. */
  end(callId: string, asker?: Asker): Promise<CallView>;
  /** The call by our id or the carrier's, with everything the API shows of one call; throws `CALL_NOT_FOUND`. */
  get(callId: string): Promise<CallView>;
}

/**
 * Why there is no room for a call. `CALLS_FULL` this installation · `CAMPAIGN_FULL` its campaign · `ENGINE_FULL` the agent's vendor ·
 * `OVERLOADED` this process.
 */
export type NoRoom = 'CALLS_FULL' | 'CAMPAIGN_FULL' | 'ENGINE_FULL' | 'OVERLOADED' | 'DRAINING';

/** How many calls a campaign may have at once. */
export interface CampaignPlaces {
  readonly campaignId: string;
  readonly most: number;
}

/** What a campaign knows of a call that the rules ask about. */
export type CampaignDialFacts = {
  readonly [F in
    | 'disclosure'
    | 'recording'
    | 'abandonment'
    | 'campaign'
    | 'schedule'
    | 'bookedFor'
    | 'talkMinutes']: DialFacts[F];
};

/** The call of one person of a campaign, with everything that is fixed before it is written. */
export interface CampaignCallOrder {
  /** Fixed with the claim: the call is written under this id once, or not at all. */
  readonly callId: string;
  readonly to: string;
  /** Null for the agent's own, or the installation's. */
  readonly from: string | null;
  /** Null for the default agent. */
  readonly agentId: string | null;
  readonly campaign: { readonly id: string; readonly name: string; readonly most: number };
  readonly contact: { readonly id: string; readonly name: string | null };
  readonly variant: string | null;
  readonly contentClass: string;
  readonly emergency: DialFacts['emergency'];
  /** What the campaign's mapping and the contact's own fields give. */
  readonly variables: Readonly<Record<string, string | number | boolean>>;
  readonly wishes: Pick<CallOrder, 'amd' | 'record' | 'maxMinutes'>;
  readonly facts: CampaignDialFacts;
}

/** Whether the claim is still this process's: `halted` when the campaign does not run any more. */
export type ClaimState = 'ours' | 'lost' | 'halted';

/** What is asked of the dialer while its call is being placed. */
export interface CampaignCallTurns {
  /** Asked when all is ready; resolves shortly before the call's moment, or to false when there is none. Nothing was written by then. */
  readonly turn: () => Promise<boolean>;
  /** Asked last before the request is sent. */
  readonly stillOurs: () => Promise<ClaimState>;
  readonly pace: CallPace;
}

/** The moment of a call. */
export interface CallPace {
  /** When the request may be sent, asked before the last write; null when the moment was missed and there is no other one soon. */
  readonly moment: () => Promise<number | null>;
  readonly until: (moment: number) => Promise<void>;
}

/** What became of a campaign's call. */
export interface CampaignCall {
  readonly id: string;
  readonly campaignId: string | null;
  readonly sid: string | null;
  readonly createdAt: Date;
  /** Null when nobody was dialled. */
  readonly dialledAt: Date | null;
  readonly answeredAt: Date | null;
  readonly endedAt: Date | null;
  readonly engine: string | null;
  /** Null until it is known. */
  readonly outcome: string | null;
  readonly terminationSource: string | null;
  readonly terminationReason: string | null;
  readonly cause: Readonly<Record<string, unknown>> | null;
}

/** Calls, as far as campaigns place and follow them. */
export interface CampaignCalls {
  /** Whether the person may be dialled now. */
  judge(order: CampaignCallOrder): Promise<Verdict>;
  /**
   * Takes what the call needs, writes it under its id, waits for its turn and dials. Rejects with an `AppError` when nobody was dialled;
   * `known` is false when the carrier's answer was lost: then it may ring nevertheless.
   */
  place(
    order: CampaignCallOrder,
    verdict: Verdict,
    turns: CampaignCallTurns,
  ): Promise<{ readonly known: boolean; readonly engine: string }>;
  /** Those of these calls that were written. */
  byIds(ids: readonly string[]): Promise<ReadonlyMap<string, CampaignCall>>;
  /** What came of the call, such as `callback`; of one that does not exist, nothing is written. */
  resulted(callId: string, result: string): Promise<void>;
  /** Of the calls the campaign made since then: how many were answered by people, and how many of those heard nobody. */
  abandonment(campaignId: string, since: Date): Promise<{ readonly answered: number; readonly abandoned: number }>;
}

/** Who may have a call now; counted in the store, over all processes. */
export interface Admission {
  /**
   * Takes what an outbound call needs, or throws an `AppError` with a `NoRoom` code; to be asked before dialling. With a campaign it also
   * takes one of the places the campaign may have at once.
   */
  outbound(callId: string, engine: EngineKind, campaign?: CampaignPlaces): Promise<void>;
  /** How many more calls the campaign may have at this moment. */
  placesLeft(campaign: CampaignPlaces): Promise<number>;
  /** The same for an inbound call, which may also use what is kept for such; null when it may come in. Never throws. */
  inbound(callId: string, engine: EngineKind): Promise<NoRoom | null>;
  /** This process holds the call's sockets now and keeps its place alive. */
  adopt(callId: string): Promise<void>;
  /** The call has ended; its place is free for the next, whichever process held it. */
  free(callId: string): Promise<void>;
  /** The vendor refused a session because it is full: fewer calls are let in for a while. */
  vendorFull(engine: EngineKind): Promise<void>;
}

/** What other features need to know of a call whose recording they keep. */
export interface RecordedCall {
  readonly id: string;
  readonly sid: string | null;
  readonly answeredAt: Date | null;
  readonly endedAt: Date | null;
  readonly erasedAt: Date | null;
}

/** Passing live calls on, in the process that holds them. */
export interface CallTransfers {
  /** Resolves when the carrier has taken the order; what becomes of it comes as events of the call. */
  pass(callId: string, asker: Asker, order: TransferOrder): Promise<CallView>;
}

/** What must be known of a call to act on it while it lives. */
export interface HeldCall {
  readonly id: string;
  readonly sid: string | null;
  readonly endedAt: Date | null;
  /** Why it is being ended, once somebody said so. */
  readonly terminationReason: string | null;
  /** The process that holds its sockets, or held them last; null before its first stream. */
  readonly processId: string | null;
}

/** What was written down of a call until now, oldest first. */
/** Why a call needs, or needed, a person; nothing that was said is quoted. */
export interface CallFlag {
  readonly kind: string;
  readonly level: 'urgent' | 'attention';
  readonly reason: string;
  readonly at: string;
}

export interface CallPast {
  readonly answeredAt: Date | null;
  readonly events: readonly {
    readonly seq: number;
    readonly type: string;
    readonly at: string;
    readonly data: Readonly<Record<string, unknown>>;
  }[];
}

/** What became of a call's recording. */
export interface RecordingMove {
  readonly to: 'stored' | 'absent' | 'failed' | 'expired';
  /** What the call says about its recording beside the state. */
  readonly info: Readonly<Record<string, unknown>> | null;
  /** Of the call's event. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** Calls, as far as the recordings feature may see them. */
export interface RecordedCalls {
  find(callId: string): Promise<RecordedCall | null>;
  /** Moves the state of the call's recording forward; false when it was there, past it, or erased. */
  move(callId: string, move: RecordingMove): Promise<boolean>;
}

/** What of a concluded call counts in figures. */
export interface CallFacts {
  readonly createdAt: Date;
  readonly direction: CallDirection;
  readonly outcome: string;
  readonly result: string;
  readonly answered: boolean;
  readonly seconds: number;
  /** In the currency of sums. */
  readonly costMicros: number;
  /** A part of the cost could not be added for want of a rate. */
  readonly costIncomplete: boolean;
  readonly success: 'success' | 'failure' | 'unknown' | null;
  readonly campaignId: string | null;
  readonly agentId: string | null;
  /** Of the campaign; null where it compares none. */
  readonly variant: string | null;
  readonly firstWordMs: number | null;
  readonly turnsMs: readonly number[];
}

/** A concluded call, and what was counted of it so far. */
export interface CountableCall {
  readonly id: string;
  /** Grows with every change of the call. */
  readonly version: number;
  /** Whether it changed since it was counted. */
  readonly due: boolean;
  readonly facts: CallFacts;
  /** As it was handed to `settle`. */
  readonly counted: unknown;
}

/** What was counted of one call, in its state of that version. */
export interface CallCount {
  readonly id: string;
  readonly version: number;
  readonly counted: unknown;
}

/** Calls as those who count them see them. */
export interface CallFigures {
  due(limit: number): Promise<CountableCall[]>;
  /** Notes what batch `seq` counted; a call that changed meanwhile stays due. Doing it again, also late, changes nothing. */
  settle(seq: number, counts: readonly CallCount[]): Promise<void>;
  /** Concluded calls in the order of their ids. */
  after(id: string | null, limit: number): Promise<{ readonly calls: CountableCall[]; readonly last: string | null }>;
  /** Concluded calls of one campaign, in batches. */
  ofCampaign(campaignId: string): AsyncIterable<readonly CountableCall[]>;
  /** These must be counted again. */
  recount(ids: readonly string[]): Promise<void>;
  /** Calls that have not ended. */
  active(selection: { readonly campaignId?: string; readonly agentId?: string }): Promise<number>;
}

/** A call that was dialled, as a judge reads it. Times are milliseconds since 1970. */
export interface DialledCall {
  readonly id: string;
  /** The number, or its keyed hash once the call was erased. */
  readonly to: string;
  readonly campaignId: string | null;
  readonly contactId: string | null;
  readonly sid: string | null;
  readonly writtenAt: number;
  readonly dialledAt: number;
  readonly endedAt: number | null;
  readonly outcome: string | null;
}

/** Outbound calls that were dialled, for judging runs of campaigns. */
export interface DialledCalls {
  /** In the order in which they were written. */
  between(from: Date, until: Date): AsyncIterable<DialledCall>;
  /** All calls to these numbers or keyed hashes since then, oldest first. */
  toAny(numbers: readonly string[], since: Date): Promise<DialledCall[]>;
  numberOf(callId: string): Promise<string | null>;
  /** What caps and pauses count of calls to these numbers or keyed hashes since then, by what stands there. */
  pastAttemptsTo(numbers: readonly string[], since: Date): Promise<ReadonlyMap<string, readonly PastAttempt[]>>;
}

/** A call as it is named beside the person it was with. */
export interface PersonsCall {
  readonly id: string;
  readonly at: string;
  /** Null while it goes on. */
  readonly outcome: string | null;
}

/** Places that calls of a campaign take up. */
export interface CallPlaces {
  /** Calls that hold one although they have ended. */
  leaked(campaignId: string): Promise<string[]>;
  free(callIds: readonly string[]): Promise<void>;
}
