import type { RetryRules } from './campaign-document.ts';

/** What calls are assumed to come to: shares among each other, and how long such a call takes, ringing included. */
export interface Assumption {
  readonly outcome: string;
  readonly share: number;
  readonly seconds: number;
}

/** Stated with every dry run, as its figures are worth no more than these. */
export const usualAssumptions: readonly Assumption[] = [
  { outcome: 'conversation', share: 30, seconds: 120 },
  { outcome: 'voicemail', share: 30, seconds: 35 },
  { outcome: 'no-answer', share: 30, seconds: 30 },
  { outcome: 'busy', share: 7, seconds: 5 },
  { outcome: 'failed', share: 3, seconds: 2 },
];

/** One person as the dry run begins. */
export interface DryPerson {
  readonly contactId: string;
  readonly phone: string;
  readonly priority: number;
  readonly dueAt: number;
  readonly bookedFor: number | null;
  readonly attempts: number;
  readonly outcomes: readonly string[];
}

export interface DryPlan {
  readonly campaignId: string;
  readonly people: readonly DryPerson[];
  readonly callsPerSecond: number;
  readonly accountCallsPerSecond: number;
  readonly maxConcurrent: number;
  readonly retry: RetryRules | null;
  readonly assumptions: readonly Assumption[];
  readonly seed: number;
  readonly from: number;
  /** Nothing is looked at after this. */
  readonly until: number;
}

/** How many of some calls are somebody's first, second or a later try. */
export interface ByTry {
  readonly first: number;
  readonly second: number;
  readonly later: number;
}

export interface DryHour {
  readonly hour: string;
  readonly dialled: number;
  readonly byTry: ByTry;
  readonly byOutcome: Readonly<Record<string, number>>;
}

export interface NotDialled {
  readonly code: string;
  readonly message: string;
  readonly people: number;
  /** Some of them, by contact id. */
  readonly examples: readonly string[];
}

/** Where people stand at the moment the dry run begins, each counted once. */
export interface DryStanding {
  /** Nothing keeps them from being called at once. */
  readonly dialable: number;
  /** Everybody else, by the rule that keeps them from it. */
  readonly rules: readonly {
    readonly code: string;
    /** As it was told of the first of them. */
    readonly message: string;
    readonly people: number;
    /** A later moment is enough; otherwise something has to change first. */
    readonly waits: boolean;
  }[];
}

export interface DryDial {
  readonly at: number;
  readonly contactId: string;
  readonly attempt: number;
  readonly outcome: string;
  readonly seconds: number;
}

export interface DryRunResult {
  readonly standing: DryStanding;
  readonly dialled: number;
  readonly hours: readonly DryHour[];
  /** Whoever was not dialled once, by the reason that was told last. */
  readonly notDialled: readonly NotDialled[];
  readonly byOutcome: Readonly<Record<string, number>>;
  readonly left: number;
  /** When nobody was left; null when somebody was at the end. */
  readonly endsAt: number | null;
  readonly dials: readonly DryDial[];
}
