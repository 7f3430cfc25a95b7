import type { Phone, RefusedPhone } from './phone.ts';
import type { Schedule } from './schedule.ts';
import type { Disclosure } from './spoken-disclosure.ts';

/** Why somebody is called; a person sets it. A call with any sales content is telemarketing. */
export const contentClasses = ['telemarketing', 'informational', 'emergency'] as const;
export type ContentClass = (typeof contentClasses)[number];

export const consentKinds = ['express', 'express-written'] as const;
export type ConsentKind = (typeof consentKinds)[number];

/** Agreement to be called; with kind, time and a source it is proof. */
export interface ConsentProof {
  readonly kind: string;
  readonly at: string;
  readonly source: string;
}

/** What we know of whoever has the number. */
export interface KnownContact {
  /** As a person set it, an IANA name. */
  readonly timeZone: string | null;
  readonly consent: ConsentProof | null;
  /** Others that were given and not taken back: a stronger one that has ended hides no newer one. */
  readonly otherConsents?: readonly ConsentProof[];
  /** When the person last took back what they had agreed to. */
  readonly revokedAt: string | null;
}

/** One call to the number that may have rung, whoever asked for it. */
export interface PastAttempt {
  /** Milliseconds since 1970, as everywhere here. */
  readonly at: number;
  readonly endedAt: number | null;
  /** Null while it is not known. */
  readonly outcome: string | null;
  readonly campaignId: string | null;
  /** Null when nobody answered. */
  readonly talkedSeconds: number | null;
  readonly hungUpByThem: boolean;
  /** They said that they are not interested. */
  readonly refused: boolean;
}

/** How often one number is called at most; each no higher than the bounds in caps.ts. */
export interface Caps {
  readonly perDay: number;
  readonly perWeek: number;
}

/** The campaign a call belongs to, as far as it says how often one contact is tried. */
export interface CampaignFacts {
  readonly id: string;
  /** Attempts at this contact so far. */
  readonly attempts: number;
  /** Null for the usual number. */
  readonly maxAttempts: number | null;
  /** Minutes until the next attempt by outcome and number of such outcomes; replaces the usual gap after those it names. */
  readonly afterMinutes: Readonly<Record<string, readonly number[]>> | null;
}

/** A source that has to be bought: `off` until one is configured. */
export type BoughtFact<T> = 'off' | T;

/** Everything the rules look at. What could not be found out stays undefined, and is then never read as "allowed". */
export interface DialFacts {
  readonly killSwitch: { readonly on: boolean; readonly since?: string; readonly reason?: string } | undefined;
  readonly to: Phone | RefusedPhone | undefined;
  /** Null when the number is on no list. */
  readonly suppression: { readonly id: string; readonly since: string; readonly source: string } | null | undefined;
  /** Countries that may be called, as ISO codes. */
  readonly countries: readonly string[] | undefined;
  /** Null when there is no number a call could come from. */
  readonly from: string | null | undefined;
  /** Whether the carrier confirms that `from` is ours. */
  readonly fromIsOurs: boolean | undefined;
  /** The id of a call to the same number that has not ended; null when there is none. */
  readonly liveCall: string | null | undefined;
  /** Null when somebody vouches for this one call instead. */
  readonly contentClass: string | null | undefined;
  /** The user or key that vouches for consent; null when nobody does. */
  readonly vouchedBy: { readonly kind: string; readonly id: string } | null | undefined;

  // What follows is asked of calls with a content class alone.

  /** Who declared an emergency, and why; null for other calls. */
  readonly emergency: { readonly reason: string; readonly byAdmin: boolean } | null | undefined;
  /** Null when we know nobody with this number. */
  readonly contact: KnownContact | null | undefined;
  /** Calls to the number in the last 60 days, newest first. */
  readonly attempts: readonly PastAttempt[] | undefined;
  readonly caps: Caps | undefined;
  /** States in which the seller is registered, such as `US-FL`, with the date of the document. */
  readonly registrations: readonly { readonly region: string; readonly documentDate: string }[] | undefined;
  readonly nationalRegistry: BoughtFact<{ readonly listed: boolean; readonly fileDate: string }> | undefined;
  /** Whether the number got another owner since consent was given. */
  readonly reassignment:
    | BoughtFact<{ readonly answer: 'no' | 'yes' | 'no-data'; readonly checkedAt: string }>
    | undefined;
  readonly litigators: BoughtFact<{ readonly listed: boolean; readonly fileDate: string }> | undefined;
  /** The lowest signature level a call may have, and the last one seen for `from`; null when none is asked for. */
  readonly attestation: { readonly lowest: string; readonly last: string | null } | null | undefined;
  /** What the campaign's first message must say and does not, or that nobody could read it; null for a single call. */
  readonly disclosure: { readonly missing: readonly Disclosure[] | 'unreadable' } | null | undefined;
  /** Whether the campaign records; `recorded` null when nobody has decided; null for a single call. */
  readonly recording: { readonly recorded: boolean | null } | null | undefined;
  /** Of the campaign's last 30 days; null for a single call. */
  readonly abandonment: { readonly answered: number; readonly abandoned: number } | null | undefined;
  /** Calls from `from` in the last 24 hours; null when they are not counted. */
  readonly callsFromToday: number | null | undefined;
  /** Null for a single call. */
  readonly campaign: CampaignFacts | null | undefined;
  /** Null when only the law says when. */
  readonly schedule: Schedule | null | undefined;
  /** The time for which the person asked to be called; null when they did not. */
  readonly bookedFor: string | null | undefined;
  /** How long before the law's hours end the last call begins. */
  readonly talkMinutes: number | undefined;
}
