import { present, type RawSearch, readMoment, readOneOf } from './address-words.ts';

/** A stretch of time as the address says it: by name, or from and to as moments. Neither is all time. */
export interface RangeSearch {
  readonly range?: RangeName;
  readonly from?: string;
  readonly to?: string;
}

export const rangeNames = ['today', 'yesterday', '7d', '30d', '90d'] as const;
export type RangeName = (typeof rangeNames)[number];

export function readRange(raw: RawSearch): RangeSearch {
  const range = readOneOf(raw, 'range', rangeNames);
  return range ? { range } : present({ from: readMoment(raw, 'from'), to: readMoment(raw, 'to') });
}

/** The moments of a range, `until` not included; null where it is open. Days begin at midnight in the viewer's zone. */
export function momentsOf(
  { range, from, to }: RangeSearch,
  now: number,
): { since: string | null; until: string | null } {
  switch (range) {
    case undefined:
      return { since: from ?? null, until: to ?? null };
    case 'yesterday':
      return { since: midnight(now, -1), until: midnight(now, 0) };
    case 'today':
      return { since: midnight(now, 0), until: null };
    default:
      // The running day counts: seven days are today and the six before it.
      return { since: midnight(now, 1 - Number.parseInt(range, 10)), until: null };
  }
}

/** The beginning of a day so many days from now. By the calendar, since days have 23 to 25 hours. */
function midnight(now: number, days: number): string {
  const day = new Date(now);
  day.setHours(0, 0, 0, 0);
  day.setDate(day.getDate() + days);
  return day.toISOString();
}

/** What a field of date and time shows for a moment, in the viewer's zone. */
export function localField(moment: string | undefined): string {
  const at = new Date(moment ?? Number.NaN);
  if (Number.isNaN(at.getTime())) return '';
  const two = (value: number) => String(value).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** The same for a field of a day alone. */
export const localDay = (moment: string | undefined): string => localField(moment).slice(0, 10);

/** The moment typed into such a field; undefined when it was emptied or cannot be read. */
export function momentOfField(typed: string): string | undefined {
  const at = Date.parse(typed);
  return Number.isNaN(at) ? undefined : new Date(at).toISOString();
}

/** The name of the viewer's time zone, such as Europe/Vienna. */
export const ownTimeZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;
