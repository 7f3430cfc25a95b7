import type { Verdict } from '../compliance/may-dial.ts';

/** What a step of the dialer itself must know of a campaign; worlds know more. */
export interface DialledCampaign {
  readonly id: string;
  readonly callsPerSecond: number;
  /** Among campaigns, when the account's pace is short: 0 to 9, higher first. */
  readonly priority: number;
}

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
  /** Why they were not called when it was asked last. */
  readonly lastRefusal: { readonly code: string; readonly at: Date } | null;
}

/** What came of an attempt at once. */
export type DialResult =
  | { readonly kind: 'dialled'; readonly callId: string }
  /** Nobody was dialled: the person waits or is blocked, as the verdict says. */
  | { readonly kind: 'refused'; readonly verdict: Verdict }
  /** The carrier says that this number cannot be called; the person is settled by their call. */
  | { readonly kind: 'failed'; readonly callId: string; readonly code: string; readonly message: string }
  /** Nobody was dialled, and the person is not the cause: no room, no budget, a failing carrier. */
  | { readonly kind: 'held'; readonly code: string; readonly message: string; readonly retryAt: number | null }
  /** It may ring; the calls' reconciler finds out. */
  | { readonly kind: 'in-doubt'; readonly callId: string }
  /** The claim went to another process meanwhile, and so did everything about the person. */
  | { readonly kind: 'lost' };

/** The people of one campaign who are due, as the dialer takes them. */
export interface DialQueue {
  /** How many are due, counted up to `most`, and when the next one is due after them; null when nobody waits. */
  look(campaignId: string, most: number, now: Date): Promise<{ readonly due: number; readonly next: Date | null }>;
  /** Claims whoever's turn it is; null when nobody is due. */
  claim(campaignId: string, now: Date): Promise<ClaimedPerson | null>;
  /** Back into the queue, as if never claimed, due at `dueAt`; false when the claim was lost. */
  putBack(person: ClaimedPerson, dueAt: Date, verdict: Verdict | null): Promise<boolean>;
  /** Refused for good; false when the claim was lost. */
  block(person: ClaimedPerson, verdict: Verdict): Promise<boolean>;
}

/** Moments at which calls may be placed, given out over all processes; never closer than the pace allows. */
export interface Pacing {
  /** Up to `most` moments of the campaign; none when the next lies further ahead than a process may reserve. */
  reserve(campaign: DialledCampaign, most: number, now: number): Promise<Moments>;
  /** When anything is to be done for the next moment, if that is later and known without asking the store. */
  nextAt?(campaign: DialledCampaign, now: number): number | null;
  /**
   * The account's next moment for a call, not before its own one, told so long before it comes; null when there is none soon enough.
   */
  accountTurn(campaign: DialledCampaign, from: number, aheadMs: number): Promise<number | null>;
  /** This moment, or when it was missed another one that keeps the pace; null when there is none soon. */
  onTime(campaign: DialledCampaign, moment: number): Promise<number | null>;
  /** The same in the last moment, without asking anybody. */
  shift(campaign: DialledCampaign, moment: number): number;
}

export interface Moments {
  /** `Infinity` for one that is settled by `accountTurn`, when the call is ready. */
  readonly moments: readonly number[];
  /** When it makes sense to ask again. */
  readonly askAgainAt: number;
}

/** How many calls of a campaign may begin. */
export interface Room {
  readonly calls: number;
  /** When to ask again where it is none; null when something else tells. */
  readonly askAgainAt: number | null;
}

/** Something the dialer decided about one person, for the campaign's log. */
export interface DialDecision {
  readonly type: 'contact.refused' | 'contact.dialled' | 'contact.in-doubt' | 'contact.failed';
  readonly at: number;
  readonly person: ClaimedPerson;
  readonly code: string | null;
  /** In plain language. */
  readonly text: string;
  /** When they are due next; null when they are not, or nobody knows yet. */
  readonly dueAt: Date | null;
}

/** Resolves to the call's moment, so long before it comes; null when there is none soon. */
export type DialTurn = (aheadMs?: number) => Promise<number | null>;

/** Everything that a step of the dialer needs from outside. The dry run has one in memory. */
export interface DialerWorld<C extends DialledCampaign = DialledCampaign> {
  now(): number;
  /** Resolves at that moment of this world's clock. */
  until(moment: number): Promise<void>;
  readonly queue: DialQueue;
  readonly pacing: Pacing;
  /** Asked before anybody is claimed: whether the campaign runs, its places, an open breaker. */
  room(campaign: C): Promise<Room>;
  /** Whether this person may be dialled now, with the campaign's facts. */
  judge(person: ClaimedPerson, campaign: C): Promise<Verdict>;
  /**
   * Reserves what the call needs, writes the attempt, waits for its turn and dials. Must ask `turn` when everything is ready, and not
   * dial when it resolves to null. Never rejects.
   */
  dial(person: ClaimedPerson, campaign: C, verdict: Verdict, turn: DialTurn): Promise<DialResult>;
  note(decision: DialDecision, campaign: C): void;
}

/** What the dialer does with a campaign beside dialling for it. */
export interface DialerMoves {
  /** Into `error`; false when it had ended, or is in error already. */
  fail(campaignId: string, cause: { readonly code: string; readonly message: string }): Promise<boolean>;
  /** Stops claiming; live calls finish. */
  pause(campaignId: string, cause: { readonly code: string; readonly message: string }): Promise<boolean>;
  /** Adds an entry to the campaign's log; resolves when it is written. */
  note(
    campaignId: string,
    type: string,
    data: Readonly<Record<string, unknown>>,
    options?: { readonly contactId?: string; readonly once?: string; readonly at?: Date },
  ): Promise<void>;
}
