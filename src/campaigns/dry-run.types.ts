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

export interface DryHour {
  readonly hour: string;
  readonly dialled: number;
  readonly byOutcome: Readonly<Record<string, number>>;
}

export interface NotDialled {
  readonly code: string;
  readonly message: string;
  readonly people: number;
  /** Some of them, by contact id. */
  readonly examples: readonly string[];
}

export interface DryDial {
  readonly at: number;
  readonly contactId: string;
  readonly attempt: number;
  readonly outcome: string;
  readonly seconds: number;
}

export interface DryRunResult {
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
