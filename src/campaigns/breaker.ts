import type { BreakerRules } from './campaign-document.ts';

export const defaultBreaker: BreakerRules = {
  inARow: 5,
  share: 0.5,
  ofAtLeast: 20,
  withinSeconds: 120,
  pauseSeconds: 60,
};
/** Opened so often within an hour, it waits for a person. */
export const mostOpenings = 3;
const hourMs = 3_600_000;
/** A trial call of which nothing is heard for this long was lost with its process; another one may be made. */
export const trialMs = 180_000;

/** What calls came to lately, as one process saw them; only what is younger than the rules look back. */
export interface BreakerWindow {
  readonly results: readonly { readonly at: number; readonly failed: boolean }[];
}

export const emptyWindow: BreakerWindow = { results: [] };

/** Whether a circuit is open; shared by all processes. */
export interface BreakerState {
  /** Null while calls may be made. */
  readonly openUntil: Date | null;
  /** While somebody makes the one call that shows whether it works again. */
  readonly trialUntil: Date | null;
  readonly openings: readonly Date[];
}

export const closedBreaker: BreakerState = { openUntil: null, trialUntil: null, openings: [] };

/** Adds what came of one call, and whether that is enough to open the circuit. */
export function withResult(
  { results }: BreakerWindow,
  failed: boolean,
  now: number,
  rules: BreakerRules,
): { readonly window: BreakerWindow; readonly opens: boolean } {
  const since = now - rules.withinSeconds * 1000;
  // What lies in the future was noted before the clock was set back.
  const young = [...results.filter(({ at }) => at > since && at <= now), { at: now, failed }];
  // Enough to judge by both rules; a fast campaign has thousands in two minutes.
  const kept = young.slice(-Math.max(1_000, rules.ofAtLeast, rules.inARow));
  const row = kept.slice(-rules.inARow);
  const inARow = row.length === rules.inARow && row.every(each => each.failed);
  const failures = kept.filter(each => each.failed).length;
  const tooMany = kept.length >= rules.ofAtLeast && failures > kept.length * rules.share;
  const opens = failed && (inARow || tooMany);
  return { window: opens ? emptyWindow : { results: kept }, opens };
}

export type BreakerAnswer =
  | { readonly kind: 'closed' }
  | { readonly kind: 'open'; readonly until: number }
  /** Its time is over: one call shows whether it works again. */
  | { readonly kind: 'trial' };

export function breakerAnswer({ openUntil, trialUntil }: BreakerState, now: number): BreakerAnswer {
  if (openUntil === null) return { kind: 'closed' };
  if (now < openUntil.getTime()) return { kind: 'open', until: openUntil.getTime() };
  if (trialUntil !== null && now < trialUntil.getTime()) return { kind: 'open', until: trialUntil.getTime() };
  return { kind: 'trial' };
}

/** The state once it opens, and whether it did so too often to go on without a person. */
export function opened(
  { openings }: BreakerState,
  now: number,
  { pauseSeconds }: BreakerRules,
): { readonly state: BreakerState; readonly givesUp: boolean } {
  const lately = [...openings.filter(at => at.getTime() > now - hourMs), new Date(now)];
  return {
    state: { openUntil: new Date(now + pauseSeconds * 1000), trialUntil: null, openings: lately },
    givesUp: lately.length >= mostOpenings,
  };
}

/** What a call says about those who took part in it; nobody at home, a busy line and a machine are no failures. */
export interface CallFate {
  readonly outcome: string;
  readonly terminationSource: string | null;
  readonly terminationReason: string | null;
  readonly cause: Readonly<Record<string, unknown>> | null;
}

/** Reasons for which the agent's side is to blame. */
const engineReasons: ReadonlySet<string> = new Set(['agent-unavailable']);
const carrierReasons: ReadonlySet<string> = new Set(['carrier-refused', 'unknown-to-carrier']);
/** What the carrier refuses for a reason that another rule looks after: too fast, a full queue, the account, the number. */
const otherFaults: ReadonlySet<unknown> = new Set(['busy', 'queue-full', 'account', 'number']);

export type Blamed = 'campaign' | 'engine' | 'carrier';

/** Whose failure an ended call was; nobody's when it only did not reach anybody, null when it says nothing. */
export function failuresOf({ outcome, terminationReason, cause }: CallFate): ReadonlySet<Blamed> | null {
  // A lost answer counted when it was lost.
  if (terminationReason === 'never-placed' || otherFaults.has(cause?.['fault']) || outcome === 'canceled') return null;
  const reason = terminationReason ?? '';
  if (engineReasons.has(reason) && outcome !== 'conversation') return new Set(['campaign', 'engine']);
  if (outcome !== 'failed') return new Set();
  return new Set(carrierReasons.has(reason) ? ['campaign', 'carrier'] : ['campaign']);
}
