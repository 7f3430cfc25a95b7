import { slotMs } from './contribution-protocol.ts';

const hourMs = 3_600_000;

/** Reads how far a time zone is from UTC at a moment, in milliseconds; throws a `RangeError` for a zone nobody knows. */
export function zoneClock(timeZone: string): (atMs: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  const read = (atMs: number): number => {
    const parts = Object.fromEntries(format.formatToParts(atMs).map(({ type, value }) => [type, Number(value)]));
    const local = Date.UTC(
      parts['year']!,
      parts['month']! - 1,
      parts['day'],
      parts['hour'],
      parts['minute'],
      parts['second'],
    );
    return local - Math.floor(atMs / 1_000) * 1_000;
  };
  // A zone changes its clock twice a year: most hours are those of their day, whose ends are asked once.
  const known = new Map<number, number>();
  const atHour = (hour: number): number => {
    const before = known.get(hour);
    if (before !== undefined) return before;
    const offset = read(hour * hourMs);
    known.set(hour, offset);
    return offset;
  };
  return atMs => {
    const day = Math.floor(atMs / (24 * hourMs)) * 24;
    const [begin, end] = [atHour(day), atHour(day + 24)];
    return begin === end ? begin : read(atMs);
  };
}

/** The beginning of the local day that a moment is in. */
export function startOfDay(atMs: number, offsetOf: (atMs: number) => number): number {
  const local = atMs + offsetOf(atMs);
  const midnight = Math.floor(local / (24 * hourMs)) * 24 * hourMs;
  // The clock may have been changed since midnight, which is then further away or nearer than it looks.
  const guess = midnight - offsetOf(atMs);
  return midnight - offsetOf(guess);
}

/** Moments at which a new hour of the local clock begins, from the first quarter on; each with the first moment after it. */
export function localHours(
  fromMs: number,
  toMs: number,
  offsetOf: (atMs: number) => number,
): { readonly fromMs: number; readonly toMs: number }[] {
  const hours: { fromMs: number; toMs: number }[] = [];
  let last: string | undefined;
  for (let at = fromMs; at < toMs; at += slotMs) {
    const offset = offsetOf(at);
    // The hour that is repeated in autumn is another hour.
    const name = `${Math.floor((at + offset) / hourMs)}|${offset}`;
    if (name !== last) hours.push({ fromMs: at, toMs: at });
    hours.at(-1)!.toMs = at + slotMs;
    last = name;
  }
  return hours;
}

export const quarterBefore = (ms: number): number => Math.floor(ms / slotMs) * slotMs;
export const quarterAfter = (ms: number): number => Math.ceil(ms / slotMs) * slotMs;
