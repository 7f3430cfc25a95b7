import { holidayOn, isCalendar, type LocalDate } from './holidays.ts';
import { dayMs, isTimeZone } from './local-time.ts';
import { joined, minutesOf, nextClosed, nextOpen, type OpenHours, type OpenMinutes } from './open-hours.ts';

/** One window of every week. One that ends before it begins, or at the same time, runs over midnight into the next day. */
export interface ScheduleWindow {
  /** 0 is Sunday. */
  readonly day: number;
  /** `HH:MM`. */
  readonly from: string;
  /** `HH:MM`; `24:00` is the end of the day. */
  readonly to: string;
}

/** When a campaign wants to call. It narrows what the law allows and never widens it. */
export interface Schedule {
  /** `contact` for whoever is called, else an IANA name. */
  readonly timeZone: string;
  readonly windows: readonly ScheduleWindow[];
  /** A moment, or a day `YYYY-MM-DD` by the schedule's clock: from its beginning, to its end. */
  readonly startsAt?: string | null;
  readonly endsAt?: string | null;
  /** Days `YYYY-MM-DD`, or names of calendars such as `US`. */
  readonly holidays?: readonly string[];
}

/** The hours of a campaign that names none: business hours of the working week, Saturday, no holidays. */
export const defaultSchedule: Schedule = {
  timeZone: 'contact',
  windows: [
    ...[1, 2, 3, 4, 5].map(day => ({ day, from: '09:00', to: '20:00' })),
    { day: 6, from: '10:00', to: '18:00' },
  ],
  holidays: ['US'],
};

export interface ScheduleProblem {
  readonly field: string;
  readonly problem: string;
}

const datePattern = /^\d{4}-\d{2}-\d{2}$/;
const momentPattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})$/;
const isDate = (text: string): boolean =>
  datePattern.test(text) && !Number.isNaN(Date.parse(text)) && new Date(text).toISOString().startsWith(text);
const isMoment = (text: string): boolean => momentPattern.test(text) && !Number.isNaN(Date.parse(text));

/** Everything wrong with a schedule; nothing when it can be used. */
export function scheduleProblems({ timeZone, windows, startsAt, endsAt, holidays = [] }: Schedule): ScheduleProblem[] {
  const problems: ScheduleProblem[] = [];
  const say = (field: string, problem: string) => problems.push({ field: `schedule.${field}`, problem });
  if (timeZone !== 'contact' && !isTimeZone(timeZone))
    say('timeZone', 'is neither contact nor an IANA name such as America/New_York');
  if (windows.length === 0) say('windows', 'has no window, so nobody could ever be called; give at least one');
  windows.forEach(({ day, from, to }, index) => {
    if (!Number.isInteger(day) || day < 0 || day > 6) say(`windows.${index}.day`, 'must be 0 (Sunday) to 6 (Saturday)');
    const begin = minutesOf(from);
    if (begin === undefined || begin === 24 * 60)
      say(`windows.${index}.from`, 'must be a time of the day such as 09:00');
    if (minutesOf(to) === undefined) say(`windows.${index}.to`, 'must be a time of the day such as 17:30, or 24:00');
    if (from === to) say(`windows.${index}.to`, 'is the same as from; for a whole day write 00:00 to 24:00');
  });
  for (const [field, text] of Object.entries({ startsAt, endsAt })) {
    if (text && !isDate(text) && !isMoment(text))
      say(field, 'must be a day such as 2026-12-01, or a time with its zone such as 2026-12-01T09:00:00Z');
  }
  if (problems.length === 0 && startsAt && endsAt && Date.parse(startsAt) > Date.parse(endsAt))
    say('endsAt', 'lies before startsAt');
  holidays.forEach((each, index) => {
    if (!isDate(each) && !isCalendar(each))
      say(`holidays.${index}`, 'must be a day such as 2026-12-24, or a calendar such as US');
  });
  return problems;
}

interface Compiled {
  readonly hours: OpenHours;
  /** The whole time it can be open, by any zone's clock. */
  readonly from: number;
  readonly until: number;
}

const compiled = new WeakMap<Schedule, Compiled>();

/** The first moment from `at` on that lies in the schedule by the clocks of all these zones; null when there is none before `until`. */
export function nextInSchedule(schedule: Schedule, zones: readonly string[], at: number, until: number): number | null {
  const { hours, from, until: end } = compiledOf(schedule);
  return nextOpenEverywhere(hours, zones, Math.max(at, from), Math.min(Math.max(until, until - at + from), end));
}

/** From a moment in the schedule, the first one that is not, by the clock of a zone; `until` when it is open until then. */
export function nextOutOfSchedule(schedule: Schedule, zone: string, at: number, until: number): number {
  const { hours, until: end } = compiledOf(schedule);
  return nextClosed(hours, zone, at, Math.min(until, end));
}

/** The first moment at which hours are open by the clocks of all zones. */
export function nextOpenEverywhere(
  hours: OpenHours,
  zones: readonly string[],
  at: number,
  until: number,
): number | null {
  let moment = at;
  for (let agreed = 0, index = 0; agreed < zones.length; index++) {
    const next = nextOpen(hours, zones[index % zones.length]!, moment, until);
    if (next === null) return null;
    agreed = next === moment ? agreed + 1 : 1;
    moment = next;
  }
  return moment <= until ? moment : null;
}

/** Whether the schedule is over for good: nothing of it is left before its end. */
export function scheduleEnded(schedule: Schedule, zones: readonly string[], at: number): boolean {
  const { until: end } = compiledOf(schedule);
  const horizon = at + 60 * dayMs;
  if (at > end) return true;
  return end <= horizon && nextInSchedule(schedule, zones, at, horizon) === null;
}

/** The name of the holiday that this day is by the schedule. */
export function scheduleHoliday({ holidays = [] }: Schedule, date: LocalDate): string | undefined {
  const text = textOf(date);
  for (const each of holidays) {
    if (each === text) return text;
    const name = holidayOn(each, date);
    if (name !== undefined) return name;
  }
  return undefined;
}

function compiledOf(schedule: Schedule): Compiled {
  let ready = compiled.get(schedule);
  if (!ready) {
    ready = compile(schedule);
    compiled.set(schedule, ready);
  }
  return ready;
}

const textOf = ({ year, month, day }: LocalDate): string =>
  `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;

function compile(schedule: Schedule): Compiled {
  const [problem] = scheduleProblems(schedule);
  if (problem) throw new RangeError(`${problem.field} ${problem.problem}`);
  const { startsAt, endsAt } = schedule;
  const first = startsAt && isDate(startsAt) ? startsAt : undefined;
  const last = endsAt && isDate(endsAt) ? endsAt : undefined;
  return {
    hours: {
      week: weekOf(schedule.windows),
      closedOn: date => {
        const text = textOf(date);
        if ((first !== undefined && text < first) || (last !== undefined && text > last)) return true;
        return scheduleHoliday(schedule, date) !== undefined;
      },
    },
    // A day begins and ends up to fourteen hours from UTC; the wall clock decides within.
    from: startsAt ? Date.parse(startsAt) - (first ? dayMs : 0) : Number.MIN_SAFE_INTEGER,
    until: endsAt ? Date.parse(endsAt) + (last ? 2 * dayMs : -1) : Number.MAX_SAFE_INTEGER,
  };
}

function weekOf(windows: readonly ScheduleWindow[]): OpenMinutes[] {
  const week: [number, number][][] = [[], [], [], [], [], [], []];
  for (const { day, from, to } of windows) {
    const [begin, end] = [minutesOf(from)!, minutesOf(to)!];
    if (begin < end) {
      week[day]!.push([begin, end]);
      continue;
    }
    week[day]!.push([begin, 24 * 60]);
    if (end > 0) week[(day + 1) % 7]!.push([0, end]);
  }
  return week.map(joined);
}
