/** When a number is answered by its agent; outside of that its text is spoken. */
export interface OpeningHours {
  /** IANA name; windows and holidays are read on its clocks. */
  readonly timeZone: string;
  readonly windows: readonly OpeningWindow[];
  /** Days, as `2026-12-25`, on which nothing opens. */
  readonly holidays: readonly string[];
}

export interface OpeningWindow {
  /** 0 is Sunday; the day on which it begins. */
  readonly day: number;
  readonly from: string;
  /** `24:00` is the day's end; not later than `from`, it ends on the next day. */
  readonly to: string;
}

const minutesADay = 24 * 60;

/**
 * Whether a number is open at this moment. What counts is what clocks on the wall there show, so an hour that is left out or comes
 * twice needs no rule of its own. A window that begins on a holiday does not open, and a holiday closes what began the day before.
 */
export function isOpen({ timeZone, windows, holidays }: OpeningHours, at: Date): boolean {
  const { date, day, minute } = wallClock(timeZone, at);
  if (holidays.includes(date)) return false;
  const yesterday = dayBefore(date);
  return windows.some(window => {
    const from = minuteOf(window.from);
    const to = minuteOf(window.to);
    const overnight = to <= from;
    if (window.day === day && minute >= from && (overnight || minute < to)) return true;
    return overnight && window.day === (day + 6) % 7 && minute < to && !holidays.includes(yesterday);
  });
}

/** What is wrong with these hours, in words for whoever wrote them, and the field it is about; null when nothing is. */
export function hoursProblem({ timeZone, windows, holidays }: OpeningHours): { field: string; problem: string } | null {
  if (!isTimeZone(timeZone)) {
    return { field: 'hours.timeZone', problem: 'is not a time zone; use an IANA name such as America/New_York' };
  }
  for (const [index, { from, to }] of windows.entries()) {
    if (from === to) {
      return { field: `hours.windows.${index}`, problem: 'begins when it ends; a whole day is from 00:00 to 24:00' };
    }
  }
  const wrong = holidays.findIndex(date => !isDate(date));
  if (wrong >= 0) return { field: `hours.holidays.${wrong}`, problem: 'is not a day of the calendar' };
  return null;
}

const minuteOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

const isDate = (text: string): boolean => {
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
};

const dayBefore = (date: string): string =>
  new Date(Date.parse(`${date}T00:00:00Z`) - minutesADay * 60_000).toISOString().slice(0, 10);

/** Making a formatter takes a hundred times as long as using it; there are few zones. */
const formatters = new Map<string, Intl.DateTimeFormat>();

/** What a clock and a calendar there show. */
function wallClock(timeZone: string, at: Date): { date: string; day: number; minute: number } {
  let formatter = formatters.get(timeZone);
  if (!formatter) {
    const parts = { year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' } as const;
    formatter = new Intl.DateTimeFormat('en-CA', { timeZone, hourCycle: 'h23', ...parts });
    formatters.set(timeZone, formatter);
  }
  const part = Object.fromEntries(formatter.formatToParts(at).map(({ type, value }) => [type, value]));
  const date = `${part['year']}-${part['month']}-${part['day']}`;
  return {
    date,
    day: new Date(`${date}T00:00:00Z`).getUTCDay(),
    minute: Number(part['hour']) * 60 + Number(part['minute']),
  };
}
