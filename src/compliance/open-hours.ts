import type { DayHours, WeekOfHours } from './data/pack.ts';
import { dayOfNumber, type LocalDate } from './holidays.ts';
import { dayMs, minuteMs, wallTime, whenWallReaches } from './local-time.ts';

/** Minutes of a day in which something is open, from the first inclusive to the second exclusive, in order. */
export type OpenMinutes = readonly (readonly [from: number, to: number])[];
/** Of Sunday to Saturday. */
export type OpenWeek = readonly OpenMinutes[];

/** When something is open by the clock on the wall. */
export interface OpenHours {
  readonly week: OpenWeek;
  /** Whether the whole day is closed, whatever the week says. */
  readonly closedOn?: (date: LocalDate) => boolean;
}

/** Minutes of the day of a text such as `09:30`; `24:00` is the end of the day. Undefined when it is none. */
export function minutesOf(text: string): number | undefined {
  const [, hours, minutes] = /^([01]\d|2[0-4]):([0-5]\d)$/.exec(text) ?? [];
  const sum = Number(hours) * 60 + Number(minutes);
  return sum <= 24 * 60 ? sum : undefined; // NaN compares false as well
}

/** A week as packs write it. */
export function openWeek({ weekdays, saturday, sunday }: WeekOfHours): OpenWeek {
  const working = openMinutes(weekdays);
  return [openMinutes(sunday), working, working, working, working, working, openMinutes(saturday)];
}

function openMinutes(hours: DayHours): OpenMinutes {
  if (hours === null) return [];
  return [hours].flat().map(range => {
    const [from, to] = range.split('-').map(minutesOf);
    if (from === undefined || to === undefined || from >= to) throw new RangeError(`${range} are no hours of a day`);
    return [from, to] as const;
  });
}

/** Puts ranges of minutes in order and joins those that touch or overlap. */
export function joined(ranges: OpenMinutes): OpenMinutes {
  const result: [number, number][] = [];
  for (const [from, to] of [...ranges].sort(([one], [other]) => one - other)) {
    const last = result.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else result.push([from, to]);
  }
  return result;
}

/** What both weeks allow. */
export function bothWeeks(one: OpenWeek, other: OpenWeek): OpenWeek {
  return one.map((ranges, weekday) =>
    ranges.flatMap(([from, to]) =>
      other[weekday]!.map(([start, end]) => [Math.max(from, start), Math.min(to, end)] as const).filter(
        ([start, end]) => start < end,
      ),
    ),
  );
}

/** Closes every range earlier, so that what begins in it also ends in it. */
export const closingEarlier = (week: OpenWeek, minutes: number): OpenWeek =>
  minutes === 0
    ? week
    : week.map(ranges => ranges.map(([from, to]) => [from, to - minutes] as const).filter(([from, to]) => from < to));

/** Whether it is open at this moment. */
export const isOpen = (hours: OpenHours, zone: string, at: number): boolean =>
  nextOnWall(hours, wallTime(zone, at)).now;

/** The first moment from `at` on at which it is open; null when there is none before `until`. */
export function nextOpen(hours: OpenHours, zone: string, at: number, until: number): number | null {
  let moment = at;
  while (moment <= until) {
    const wall = wallTime(zone, moment);
    const { now, next } = nextOnWall(hours, wall);
    if (now) return moment;
    // A change of the clock on the way shows another time, from which it is looked at anew.
    moment = whenWallReaches(zone, moment, next);
  }
  return null;
}

/** The first moment from `at` on at which it is not open; `until` when it is open until then. */
export function nextClosed(hours: OpenHours, zone: string, at: number, until: number): number {
  let moment = at;
  while (moment < until) {
    const { now, next } = nextOnWall(hours, wallTime(zone, moment), true);
    if (!now) return moment;
    moment = whenWallReaches(zone, moment, next);
  }
  return until;
}

/** Whether it is open at a time on the wall; if not, the next opening of that day, or the day's end. With `untilEnd` an open time leads to its end. */
function nextOnWall(
  { week, closedOn }: OpenHours,
  wall: number,
  untilEnd = false,
): { readonly now: boolean; readonly next: number } {
  const days = Math.floor(wall / dayMs);
  const midnight = days * dayMs;
  const tomorrow = midnight + dayMs;
  const weekday = (((days + 4) % 7) + 7) % 7; // 1970 began on a Thursday
  const ranges = week[weekday]!;
  if (ranges.length === 0 || closedOn?.(dayOfNumber(days))) return { now: false, next: tomorrow };
  for (const [from, to] of ranges) {
    if (wall < midnight + from * minuteMs) return { now: false, next: midnight + from * minuteMs };
    if (wall < midnight + to * minuteMs) return { now: true, next: untilEnd ? midnight + to * minuteMs : wall };
  }
  return { now: false, next: tomorrow };
}
