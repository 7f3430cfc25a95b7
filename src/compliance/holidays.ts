import { type HolidayRule, holidayCalendars } from './data/holidays.ts';

/** A day of the calendar where somebody is. `weekday` 0 is Sunday. */
export interface LocalDate {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly weekday: number;
}

const dayMs = 86_400_000;
const dayNumber = (year: number, month: number, day: number): number => Date.UTC(year, month - 1, day) / dayMs;

/** The day as days since 1970, and back; a calendar day has no zone. */
export const numberOfDay = ({ year, month, day }: LocalDate): number => dayNumber(year, month, day);
export function dayOfNumber(days: number): LocalDate {
  const date = new Date(days * dayMs);
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    weekday: date.getUTCDay(),
  };
}

/** Whether a calendar of ours has this name. */
export const isCalendar = (name: string): boolean => Object.hasOwn(holidayCalendars, name);

/** The holiday of a calendar that this day is; undefined on an ordinary day. */
export function holidayOn(calendar: string, date: LocalDate): string | undefined {
  return holidayCalendars[calendar]?.days.find(rule => falls(rule, date))?.name;
}

function falls(rule: HolidayRule, date: LocalDate): boolean {
  // Most days are far from most holidays, and every leap over a night asks about all of them.
  if ('easter' in rule) return date.month <= 6 && numberOfDay(date) === easterSunday(date.year) + rule.easter;
  if ('fixed' in rule) return fallsFixed(rule, date);
  const [month, weekday, week] = rule.weekday;
  if (date.month !== month) return false;
  if (rule.everyYears && date.year % rule.everyYears !== 0) return false;
  return numberOfDay(date) === nthWeekday(date.year, month, weekday, week) + (rule.plus ?? 0);
}

function fallsFixed(rule: Extract<HolidayRule, { fixed: unknown }>, date: LocalDate): boolean {
  if (rule.only && !rule.only.includes(date.weekday)) return false;
  const is = ({ month, day }: LocalDate) => month === rule.fixed[0] && day === rule.fixed[1];
  if (is(date)) return true;
  if (!rule.observed || (date.weekday !== 1 && date.weekday !== 5)) return false;
  // Friday stands in for a Saturday, Monday for a Sunday; over the turn of the year as well.
  if (date.weekday === 5) return is(dayOfNumber(numberOfDay(date) + 1));
  return is(dayOfNumber(numberOfDay(date) - 1));
}

function nthWeekday(year: number, month: number, weekday: number, week: number): number {
  if (week < 0) {
    const last = dayNumber(year, month + 1, 0);
    return last - ((dayOfNumber(last).weekday - weekday + 7) % 7) + (week + 1) * 7;
  }
  const first = dayNumber(year, month, 1);
  return first + ((weekday - dayOfNumber(first).weekday + 7) % 7) + (week - 1) * 7;
}

/** Easter Sunday of the Gregorian calendar as days since 1970, by the usual reckoning with golden number and epact. */
function easterSunday(year: number): number {
  const golden = year % 19;
  const century = Math.floor(year / 100);
  const skipped = century - Math.floor(century / 4);
  const lunar = Math.floor((8 * century + 13) / 25);
  const epact = (skipped - lunar + 19 * golden + 15) % 30;
  const moon = epact - Math.floor(epact / 28) * (1 - Math.floor(29 / (epact + 1)) * Math.floor((21 - golden) / 11));
  const weekday = (year + Math.floor(year / 4) + moon + 2 - century + Math.floor(century / 4)) % 7;
  const fromMarch = moon - weekday;
  const month = 3 + Math.floor((fromMarch + 40) / 44);
  return dayNumber(year, month, fromMarch + 28 - 31 * Math.floor(month / 4));
}
