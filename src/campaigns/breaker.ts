import type { BreakerRules } from './campaign-document.ts';
import { clockSkewMs } from './pacer.ts';

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

/** What calls came to lately. */
export interface BreakerWindow {
  /** When a call worked last; 0 when none did. */
  readonly workedAt: number;
  /** Failures since then, by their time, however long ago: a slow campaign has few calls in two minutes. Oldest first, no more than matter. */
  readonly row: readonly number[];
  /** Calls by the time of their ends, in twelve parts of the time that is looked back. */
  readonly parts: readonly WindowPart[];
}

interface WindowPart {
  readonly at: number;
  readonly calls: number;
  readonly failed: number;
}

export const emptyWindow: BreakerWindow = { workedAt: 0, row: [], parts: [] };
const partsOfWindow = 12;

/** Whether a circuit is open; shared by all processes. */
export interface BreakerState {
  /** Null while calls may be made. */
  readonly openUntil: Date | null;
  /** While somebody makes the one call that shows whether it works again. */
  readonly trialUntil: Date | null;
  readonly openings: readonly Date[];
  /** What all processes saw since something failed; null while nothing did. */
  readonly window: BreakerWindow | null;
}

export const closedBreaker: BreakerState = { openUntil: null, trialUntil: null, openings: [], window: null };

/** Adds what came of one call, and whether that is enough to open the circuit. */
export function withResult(
  window: BreakerWindow,
  failed: boolean,
  now: number,
  rules: BreakerRules,
): { readonly window: BreakerWindow; readonly opens: boolean } {
  const part = { at: partOf(now, rules), calls: 1, failed: failed ? 1 : 0 };
  return joined(window, { workedAt: failed ? 0 : now, row: failed ? [now] : [], parts: [part] }, now, rules);
}

/** What is known, and what somebody saw besides; in whatever order they are told of it. */
export function joined(
  known: BreakerWindow,
  seen: BreakerWindow,
  now: number,
  rules: BreakerRules,
): { readonly window: BreakerWindow; readonly opens: boolean } {
  const since = now - rules.withinSeconds * 1000;
  const lengthMs = partMs(rules);
  const parts = new Map<number, WindowPart>();
  for (const { at, calls, failed } of [...known.parts, ...seen.parts]) {
    // What lies in the future was noted before the clock was set back.
    if (at + lengthMs <= since || at > now) continue;
    const same = parts.get(at);
    parts.set(at, { at, calls: calls + (same?.calls ?? 0), failed: failed + (same?.failed ?? 0) });
  }
  const workedAt = Math.max(...[known, seen].map(each => (each.workedAt <= now ? each.workedAt : 0)));
  const row = [...known.row, ...seen.row]
    .filter(at => at <= now && at >= workedAt)
    .sort((one, other) => one - other)
    .slice(-rules.inARow);
  const [calls, failed] = sumOf([...parts.values()]);
  const tooMany = calls >= rules.ofAtLeast && failed > calls * rules.share;
  const opens = seen.parts.some(part => part.failed > 0) && (row.length >= rules.inARow || tooMany);
  return { window: opens ? emptyWindow : { workedAt, row, parts: [...parts.values()] }, opens };
}

/** Whether calls that work matter, because others failed. */
export const hasFailures = (window: BreakerWindow, now: number, { withinSeconds }: BreakerRules): boolean =>
  window.row.length > 0 ||
  window.parts.some(({ at, failed }) => failed > 0 && at > now - withinSeconds * 1000 && at <= now);

const partMs = ({ withinSeconds }: BreakerRules): number => (withinSeconds * 1000) / partsOfWindow;
const partOf = (at: number, rules: BreakerRules): number => Math.floor(at / partMs(rules)) * partMs(rules);
const sumOf = (parts: readonly WindowPart[]): readonly [number, number] => [
  parts.reduce((sum, each) => sum + each.calls, 0),
  parts.reduce((sum, each) => sum + each.failed, 0),
];

export type BreakerAnswer =
  | { readonly kind: 'closed' }
  | { readonly kind: 'open'; readonly until: number }
  /** Its time is over: one call shows whether it works again. */
  | { readonly kind: 'trial' };

export function breakerAnswer(
  { openUntil, trialUntil, openings }: Pick<BreakerState, 'openUntil' | 'trialUntil' | 'openings'>,
  now: number,
): BreakerAnswer {
  if (openUntil === null) return { kind: 'closed' };
  // Opened in the future: the clock was set back since, and nobody waits until it is that late again.
  const isTold = Number(openings.at(-1) ?? 0) <= now + clockSkewMs;
  if (now < openUntil.getTime() && isTold) return { kind: 'open', until: openUntil.getTime() };
  if (trialUntil !== null && now < trialUntil.getTime() && trialUntil.getTime() <= now + trialMs + clockSkewMs)
    return { kind: 'open', until: trialUntil.getTime() };
  return { kind: 'trial' };
}

/** The state once it opens, and whether it did so too often to go on without a person. */
export function opened(
  { openings }: Pick<BreakerState, 'openings'>,
  now: number,
  { pauseSeconds }: BreakerRules,
): { readonly state: BreakerState; readonly givesUp: boolean } {
  const lately = [...openings.filter(at => at.getTime() > now - hourMs), new Date(now)];
  return {
    state: { openUntil: new Date(now + pauseSeconds * 1000), trialUntil: null, openings: lately, window: null },
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
