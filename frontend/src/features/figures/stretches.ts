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

/** A bar or a point of a chart: an hour, or a day where the range is long. */
export interface Bucket {
  readonly from: number;
  readonly to: number;
  readonly calls: number;
  readonly answered: number;
  readonly conversations: number;
  readonly spend: number;
  /** It is not over yet. */
  readonly running: boolean;
}

interface HourFigures {
  readonly at: string;
  readonly calls: number;
  readonly answered: number;
  readonly conversations: number;
  readonly spend: { readonly amount: string };
}

const hourMs = 3_600_000;
/** More bars than this cannot be told apart. */
const mostHours = 72;

export const isByDay = (hours: readonly unknown[]): boolean => hours.length > mostHours;

/** Hours as they are, or gathered into the days of the viewer's calendar. */
export function bucketsOf(hours: readonly HourFigures[], now: number): Bucket[] {
  const byDay = isByDay(hours);
  const buckets: { -readonly [K in keyof Bucket]: Bucket[K] }[] = [];
  let day = '';
  for (const [place, hour] of hours.entries()) {
    const from = Date.parse(hour.at);
    // An hour ends where the next begins: clocks are put forward and back.
    const to = place + 1 < hours.length ? Date.parse(hours[place + 1]!.at) : from + hourMs;
    const itsDay = new Date(from).toDateString();
    if (!byDay || itsDay !== day)
      buckets.push({ from, to, calls: 0, answered: 0, conversations: 0, spend: 0, running: false });
    day = itsDay;
    const bucket = buckets.at(-1)!;
    bucket.to = to;
    bucket.calls += hour.calls;
    bucket.answered += hour.answered;
    bucket.conversations += hour.conversations;
    bucket.spend += Number(hour.spend.amount);
    bucket.running = now >= bucket.from && now < bucket.to;
  }
  return buckets;
}

/** Below this many calls a share says nothing. */
const fewestForShare = 10;

export const answerRateOf = ({ calls, answered }: Pick<Bucket, 'calls' | 'answered'>): number | null =>
  calls < fewestForShare ? null : answered / calls;

/** How a figure compares with the one before: a share of it, or null where there was nothing to compare with. */
export const changeOf = (now: number, before: number): number | null => (before > 0 ? (now - before) / before : null);
