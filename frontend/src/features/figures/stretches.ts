import type { Bucket } from '../../lib/call-buckets.ts';
import { momentsOf, type RangeSearch } from '../../lib/date-range.ts';

/** What is asked of the server for a range. */
export function stretchOf(range: RangeSearch, now: number): { from?: string; to?: string } {
  const { since, until } = momentsOf(range, now);
  return { ...(since ? { from: since } : {}), ...(until ? { to: until } : {}) };
}

/**
 * The period before a range that is named by days: as many days earlier, until the same time of day, since a morning is not to be held
 * against an evening. null where the range is one of moments, for which the server knows the stretch before.
 */
export function stretchBefore({ range }: RangeSearch, now: number): { from: string; to: string } | null {
  if (!range) return null;
  const days = range === 'today' || range === 'yesterday' ? 1 : Number.parseInt(range, 10);
  const { since, until } = momentsOf({ range }, now);
  const earlier = (at: number | string) => {
    const moment = new Date(at);
    moment.setDate(moment.getDate() - days);
    return moment.toISOString();
  };
  return since ? { from: earlier(since), to: earlier(until ?? now) } : null;
}

/** Below this many calls a share says nothing. */
const fewestForShare = 10;

export const answerRateOf = ({ calls, answered }: Pick<Bucket, 'calls' | 'answered'>): number | null =>
  calls < fewestForShare ? null : answered / calls;

/** How long people waited for answers in the stretch that begins then; null where no answer was measured. */
export function delaysOf(
  delays: readonly { readonly at: string; readonly p50: number; readonly p95: number; readonly turns: number }[],
  from: number,
): { readonly p50: number | null; readonly p95: number | null; readonly turns: number } {
  const found = delays.find(({ at }) => Date.parse(at) === from);
  return found && found.turns > 0
    ? { p50: found.p50, p95: found.p95, turns: found.turns }
    : { p50: null, p95: null, turns: 0 };
}

/** How a figure compares with the one before: a share of it, or null where there was nothing to compare with. */
export const changeOf = (now: number, before: number): number | null => (before > 0 ? (now - before) / before : null);
