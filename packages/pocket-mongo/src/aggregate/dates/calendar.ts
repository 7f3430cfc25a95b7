import { fail } from '../values.ts';

/** Calendar rules over wall-clock milliseconds (`local`); zones are the caller's business. */
export const units = ['year', 'quarter', 'month', 'week', 'day', 'hour', 'minute', 'second', 'millisecond'] as const;
export type Unit = (typeof units)[number];

export const lengths = {
  week: 604_800_000,
  day: 86_400_000,
  hour: 3_600_000,
  minute: 60_000,
  second: 1000,
  millisecond: 1,
};

export const weekdays = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];

export function readUnit(name: string, value: unknown): Unit {
  if (typeof value !== 'string') throw fail(5439013, `${name} requires 'unit' to be a string`);
  if (!units.includes(value as Unit))
    throw fail(9, `${name} parameter 'unit' value cannot be recognized as a time unit: ${value}`);
  return value as Unit;
}

export function readWeekday(name: string, value: unknown): number {
  if (typeof value !== 'string') throw fail(5439015, `${name} requires 'startOfWeek' to be a string`);
  const text = value.toLowerCase();
  const index = weekdays.findIndex(day => day === text || (text.length === 3 && day.startsWith(text)));
  if (index < 0)
    throw fail(9, `${name} parameter 'startOfWeek' value cannot be recognized as a day of a week: ${value}`);
  return index;
}

/** Milliseconds of a calendar date; out-of-range parts carry over, and years below 100 mean themselves. */
export function localTime(
  year: number,
  month: number,
  day: number,
  hour = 0,
  minute = 0,
  second = 0,
  millisecond = 0,
): number {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second, millisecond);
  return date.getTime();
}

export const dayNumber = (local: number): number => Math.floor(local / lengths.day);

export const weekdayOf = (local: number): number => (((dayNumber(local) + 4) % 7) + 7) % 7;

export function dayOfYear(local: number): number {
  return dayNumber(local) - dayNumber(localTime(new Date(local).getUTCFullYear(), 1, 1)) + 1;
}

/** Week of the year from Sunday to Saturday; the days before the first Sunday are week 0. */
export const weekOf = (local: number): number => Math.floor((dayOfYear(local) - 1 + 7 - weekdayOf(local)) / 7);

/** The ISO week: weeks start on Monday, and belong to the year that has their Thursday. */
export function isoWeek(local: number): { year: number; week: number; day: number } {
  const day = ((weekdayOf(local) + 6) % 7) + 1;
  const thursday = local + (4 - day) * lengths.day;
  const year = new Date(thursday).getUTCFullYear();
  return { year, week: Math.floor((dayOfYear(thursday) - 1) / 7) + 1, day };
}

export function isoTime(year: number, week: number, day: number): number {
  const fourth = localTime(year, 1, 4);
  const monday = fourth - ((weekdayOf(fourth) + 6) % 7) * lengths.day;
  return monday + ((week - 1) * 7 + day - 1) * lengths.day;
}

const monthNumber = (local: number): number => {
  const date = new Date(local);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
};

/** Adds months and stays in the month meant: 31 January plus one month is the last day of February. */
export function addMonths(local: number, months: number): number {
  const date = new Date(local);
  const target = monthNumber(local) + months;
  const [year, month] = [Math.floor(target / 12), ((target % 12) + 12) % 12];
  const last = new Date(localTime(year, month + 2, 0)).getUTCDate();
  return (
    localTime(year, month + 1, Math.min(date.getUTCDate(), last)) +
    (((local % lengths.day) + lengths.day) % lengths.day)
  );
}

/** How many starts of a unit lie between two wall-clock times. */
export function boundariesBetween(start: number, end: number, unit: Unit, startOfWeek: number): number {
  switch (unit) {
    case 'year':
      return new Date(end).getUTCFullYear() - new Date(start).getUTCFullYear();
    case 'quarter':
      return Math.floor(monthNumber(end) / 3) - Math.floor(monthNumber(start) / 3);
    case 'month':
      return monthNumber(end) - monthNumber(start);
    case 'week': {
      const week = (local: number): number => Math.floor((dayNumber(local) + 4 - startOfWeek) / 7);
      return week(end) - week(start);
    }
    default:
      return Math.floor(end / lengths[unit]) - Math.floor(start / lengths[unit]);
  }
}

const firstMonth = 2000 * 12;
const reference = Date.UTC(2000, 0, 1);

/** The start of the bin that a wall-clock time falls into; bins are counted from the year 2000, as MongoDB does. */
export function truncate(local: number, unit: Unit, size: number, startOfWeek: number): number {
  const months = { year: 12, quarter: 3, month: 1 } as const;
  if (unit === 'year' || unit === 'quarter' || unit === 'month') {
    const bin = months[unit] * size;
    const start = firstMonth + Math.floor((monthNumber(local) - firstMonth) / bin) * bin;
    return localTime(Math.floor(start / 12), (((start % 12) + 12) % 12) + 1, 1);
  }
  let origin = reference;
  // 1 January 2000 was a Saturday; weeks are counted from the first start of a week after it.
  if (unit === 'week') origin += ((startOfWeek - 6 + 7) % 7) * lengths.day;
  const bin = lengths[unit] * size;
  return origin + Math.floor((local - origin) / bin) * bin;
}
