import type { Caps } from '../compliance/dial-facts.ts';
import type { Schedule } from '../compliance/schedule.ts';
import type { ContactState } from './campaign-state.ts';

// Every time here is milliseconds since 1970.

/** How a campaign was set from a moment on, as far as the judge asks. */
export interface JudgedSettings {
  readonly from: number;
  readonly contentClass: string;
  readonly schedule: Schedule | null;
  readonly callsPerSecond: number;
  readonly maxConcurrent: number;
  /** Null for the usual number. */
  readonly maxAttempts: number | null;
}

/** A stretch of time; `to` null while it lasts. */
export interface JudgedSpan {
  readonly from: number;
  readonly to: number | null;
}

/** The campaign that is judged, with its history. */
export interface JudgedCampaign {
  readonly id: string;
  readonly name: string;
  /** Oldest first, at least one: the first is how it was made. */
  readonly settings: readonly JudgedSettings[];
  /** When it ran; null when its log does not tell. */
  readonly running: readonly JudgedSpan[] | null;
}

/** What the installation sets for all campaigns. */
export interface JudgedInstallation {
  /** Null when nobody says. */
  readonly callsPerSecond: number | null;
  readonly caps: Caps;
  /** When the kill switch was on. */
  readonly stopped: readonly JudgedSpan[];
}

/** One call that was dialled, of whichever campaign or of none. */
export interface JudgedCall {
  readonly id: string;
  /** The number, or the keyed hash of one whose call was erased. */
  readonly to: string;
  readonly campaignId: string | null;
  readonly contactId: string | null;
  /** The carrier's id; null when it never had the call, or its answer was lost. */
  readonly sid: string | null;
  readonly dialledAt: number;
  readonly endedAt: number | null;
  readonly outcome: string | null;
}

/** An attempt as the campaign's log tells it. */
export interface JudgedDial {
  readonly at: number;
  readonly contactId: string;
  readonly callId: string;
  /** From 1. */
  readonly attempt: number;
  /** Since when the person had been due. */
  readonly dueAt: number;
  /** They had asked for this time, which goes before others. */
  readonly booked: boolean;
}

/** A person of the campaign, as their document says now. */
export interface JudgedPerson {
  readonly contactId: string;
  readonly phone: string;
  readonly state: ContactState;
  readonly dueAt: number;
}

/** What else is known of a number. */
export interface JudgedNumber {
  /** Since when it must not be called; null when it may. */
  readonly suppressedSince: number | null;
  /** The zone that stands with the person now, and when they were changed last. */
  readonly zone: { readonly name: string; readonly changedAt: number } | null;
  /** For which times people with this number asked to be called. */
  readonly bookings: readonly number[];
  /** Attempts that the queue counts, by person of the campaign. */
  readonly attempts: ReadonlyMap<string, number>;
}

export const judgeRules = [
  'windows',
  'caps',
  'suppression',
  'pace',
  'at-most-once',
  'concurrency',
  'nobody-starved',
  'kill-switch',
  'running',
] as const;
export type JudgeRule = (typeof judgeRules)[number];

/** One breach of one rule. Names ids and never a number. */
export interface Violation {
  readonly rule: JudgeRule;
  readonly at: string;
  readonly callId: string | null;
  readonly contactId: string | null;
  readonly message: string;
}

export interface RuleReport {
  readonly rule: JudgeRule;
  readonly result: 'pass' | 'fail' | 'not-judged';
  /** How many calls, or people, were looked at. */
  readonly checked: number;
  readonly violations: number;
  /** The first of them. */
  readonly examples: readonly Violation[];
  /** What the rule could not be asked about, and why. */
  readonly unsure: readonly string[];
}

export interface Judgement {
  readonly campaignId: string;
  readonly name: string;
  readonly verdict: 'pass' | 'fail';
  readonly calls: number;
  readonly numbers: number;
  readonly people: number;
  readonly rules: readonly RuleReport[];
}

/** How it was set at this moment. */
export const settingsAt = ({ settings }: Pick<JudgedCampaign, 'settings'>, at: number): JudgedSettings =>
  settings.findLast(each => each.from <= at) ?? settings[0]!;

/** Every way it was set in the time from `from` to `to`. */
export function settingsWithin({ settings }: JudgedCampaign, from: number, to: number): readonly JudgedSettings[] {
  if (settings.length === 1) return settings;
  const first = Math.max(
    0,
    settings.findLastIndex(each => each.from <= from),
  );
  const some = settings.slice(first).filter(each => each.from <= to);
  return some.length > 0 ? some : settings.slice(0, 1);
}
