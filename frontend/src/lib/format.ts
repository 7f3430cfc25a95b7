/** Times and amounts as §7 of the design words them, by the viewer's locale and zone. Pure: now, locale and zone are arguments. */
export type FormatOptions = { now: number; locale?: string; timeZone?: string };

const DAY_MS = 86_400_000;

const dayKey = (at: number, timeZone: string | undefined) =>
  new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(at);

/** "today 14:32", "yesterday 09:05", "Thu, 19 Mar, 14:32", and with the year once it is another one. */
export function formatWhen(at: number, { now, locale, timeZone }: FormatOptions): string {
  const time = new Intl.DateTimeFormat(locale, { timeZone, hour: '2-digit', minute: '2-digit' }).format(at);
  const day = dayKey(at, timeZone);
  for (const offset of [0, -1, 1]) {
    if (day !== dayKey(now + offset * DAY_MS, timeZone)) continue;
    return `${new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(offset, 'day')} ${time}`;
  }
  const sameYear = day.slice(0, 4) === dayKey(now, timeZone).slice(0, 4);
  return new Intl.DateTimeFormat(locale, {
    timeZone,
    ...(sameYear ? { weekday: 'short' as const } : { year: 'numeric' as const }),
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
  }).format(at);
}

/**
 * What was given as a date alone, such as a consent, is kept as the first moment of that day in UTC. It is told as that day everywhere:
 * as a moment it would be the evening before, west of there. Anything else is a moment.
 */
export function formatDayOrWhen(written: string, { now, locale, timeZone }: FormatOptions): string {
  const at = Date.parse(written);
  if (!/T00:00:00(?:\.000)?Z$/.test(written))
    return formatWhen(at, { now, ...(locale && { locale }), ...(timeZone && { timeZone }) });
  return new Intl.DateTimeFormat(locale, { timeZone: 'UTC', year: 'numeric', month: 'short', day: 'numeric' }).format(
    at,
  );
}

/** Date, time to the second and zone, for the tooltip beside a short time. */
export function formatFullTime(at: number, { locale, timeZone }: Omit<FormatOptions, 'now'> = {}): string {
  return new Intl.DateTimeFormat(locale, {
    timeZone,
    weekday: 'long',
    year: 'numeric',
    month: 'long',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    timeZoneName: 'short',
  }).format(at);
}

/** A clock time with seconds, as in "Connection lost at 14:32:10". */
export function formatClock(at: number, { locale, timeZone }: Omit<FormatOptions, 'now'> = {}): string {
  const options = { timeZone, hour: '2-digit', minute: '2-digit', second: '2-digit' } as const;
  return new Intl.DateTimeFormat(locale, options).format(at);
}

/** "2 min 14 s", "3 h 5 min", "4 d 2 h": the two largest units. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const [d, h, m, s] = [
    Math.floor(whole / 86_400),
    Math.floor(whole / 3_600) % 24,
    Math.floor(whole / 60) % 60,
    whole % 60,
  ];
  if (d > 0) return h > 0 ? `${d} d ${h} h` : `${d} d`;
  if (h > 0) return m > 0 ? `${h} h ${m} min` : `${h} h`;
  if (m > 0) return s > 0 ? `${m} min ${s} s` : `${m} min`;
  return `${s} s`;
}

/** "0.4 s", "2.1 s", "14 s": a stretch within a call, in milliseconds. */
export const formatBrief = (ms: number): string =>
  ms < 10_000 ? `${(Math.max(0, ms) / 1_000).toFixed(1)} s` : formatDuration(ms / 1_000);

/** Minutes and seconds of what goes on: 02:14, and 61:05 after an hour. */
export function formatTicking(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(Math.floor(whole / 60))}:${two(whole % 60)}`;
}

/** A waiting time, rounded up so that trying again then works: "1 minute", "4 minutes", "20 seconds". */
export function formatWait(seconds: number, locale = 'en'): string {
  const [count, unit] =
    seconds > 59 ? [Math.ceil(seconds / 60), 'minute'] : [Math.max(1, Math.ceil(seconds)), 'second'];
  return new Intl.NumberFormat(locale, { style: 'unit', unit: unit as string, unitDisplay: 'long' }).format(
    count as number,
  );
}

/** "680 ms", "4.2 ms": fractions only where they matter. */
export function formatMs(ms: number, locale?: string): string {
  return `${new Intl.NumberFormat(locale, { maximumFractionDigits: ms < 10 ? 1 : 0 }).format(ms)} ms`;
}

/** Memory in MB of a million bytes, as the operating systems' tools show it. */
export function formatBytes(bytes: number, locale?: string): string {
  return `${new Intl.NumberFormat(locale, { maximumFractionDigits: 0 }).format(bytes / 1_000_000)} MB`;
}

/** "912 bytes", "48 kB", "3.2 MB": what a file weighs. */
export function formatSize(bytes: number, locale?: string): string {
  const [amount, unit] =
    bytes < 1_000 ? [bytes, 'byte'] : bytes < 1_000_000 ? [bytes / 1_000, 'kilobyte'] : [bytes / 1_000_000, 'megabyte'];
  return new Intl.NumberFormat(locale, {
    style: 'unit',
    unit,
    unitDisplay: unit === 'byte' ? 'long' : 'short',
    maximumFractionDigits: amount < 10 && unit !== 'byte' ? 1 : 0,
  }).format(amount);
}

/** "$0.054", "$12.40": small amounts to a tenth of a cent. `amount` is exact decimal text. */
export function formatMoney(amount: string, currency: string, locale?: string): string {
  const value = Number(amount);
  const digits = value !== 0 && Math.abs(value) < 1 ? 3 : 2;
  try {
    return new Intl.NumberFormat(locale, {
      style: 'currency',
      currency,
      minimumFractionDigits: 2,
      maximumFractionDigits: digits,
    }).format(value);
  } catch {
    return `${amount} ${currency}`; // a currency that this browser does not know
  }
}

export const formatCount = (count: number, locale?: string): string => new Intl.NumberFormat(locale).format(count);

/** "62 %", "4.5 %": a share between 0 and 1. */
export const formatShare = (share: number, locale?: string): string =>
  new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: share < 0.1 ? 1 : 0 }).format(share);
