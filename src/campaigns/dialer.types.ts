import type { CampaignFacts } from '../compliance/dial-facts.ts';
import type { Verdict } from '../compliance/may-dial.ts';

/** One person whose turn has come, claimed for this process alone. */
export interface ClaimedPerson {
  readonly id: string;
  readonly campaignId: string;
  readonly contactId: string;
  readonly phone: string;
  /** The attempt that is being made, from 1. */
  readonly attempt: number;
  /** Fixed with the claim: the call of this attempt is written under this id or not at all. */
  readonly callId: string;
  readonly priority: number;
  /** Since when they have been due. */
  readonly dueAt: Date;
  /** The time for which they asked to be called. */
  readonly bookedFor: Date | null;
  /** Outcomes of the attempts so far, oldest first. */
  readonly outcomes: readonly string[];
  /** The campaign's variant they belong to, for ever. */
  readonly variant: string | null;
  /** Of the lease; a claim that was lost meanwhile is told apart by it. */
  readonly fence: number;
}

/** What came of an attempt at once. */
export type DialResult =
  | { readonly kind: 'dialled'; readonly callId: string }
  /** Nobody was dialled: the person waits or is blocked, as the verdict says. */
  | { readonly kind: 'refused'; readonly verdict: Verdict }
  /** Nobody was dialled, and the person is not the cause: no room, no budget, a failing carrier. */
  | { readonly kind: 'held'; readonly code: string; readonly message: string; readonly retryAt: Date | null }
  /** It may ring; the calls' reconciler finds out. */
  | { readonly kind: 'in-doubt'; readonly callId: string };

/** The people of one campaign who are due, as the dialer takes them. */
export interface DialQueue {
  /** Claims at most this many, in order of turn. */
  claim(campaignId: string, most: number, now: Date): Promise<ClaimedPerson[]>;
  /** Back into the queue, as if never claimed, due at `dueAt`. */
  putBack(person: ClaimedPerson, dueAt: Date, verdict: Verdict | null): Promise<boolean>;
  /** Refused for good. */
  block(person: ClaimedPerson, verdict: Verdict): Promise<boolean>;
  /** When somebody is due next; null when nobody waits. */
  nextDue(campaignId: string, now: Date): Promise<Date | null>;
}

/** Moments at which calls may be placed, given out over all processes. */
export interface Pacing {
  /** Reserves up to `most` moments; none when the next lies further ahead than a process may reserve, and then when to ask again. */
  reserve(
    campaignId: string,
    callsPerSecond: number,
    most: number,
    now: number,
  ): Promise<{ readonly moments: readonly number[]; readonly askAgainAt: number }>;
}

/** Everything that a step of the dialer needs from outside. The dry run has one in memory. */
export interface DialerWorld {
  now(): number;
  readonly queue: DialQueue;
  readonly pacing: Pacing;
  /** Whether this person may be dialled now, with the campaign's facts. */
  judge(person: ClaimedPerson, campaign: CampaignFacts): Promise<Verdict>;
  /** Reserves what the call needs, writes the attempt and dials. */
  dial(person: ClaimedPerson): Promise<DialResult>;
  /** Resolves at that moment of this world's clock. */
  until(moment: number): Promise<void>;
}
