import { fail } from '../values.ts';
import { dayOfYear, isoTime, isoWeek, lengths, localTime, weekdayOf, weekOf } from './calendar.ts';
import { findZone, fromLocal, utcZone, type Zone } from './zone.ts';

const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

const pad = (value: number, width: number): string => String(value).padStart(width, '0');

function offsetText(offset: number): string {
  const minutes = Math.abs(offset) / 60_000;
  return `${offset < 0 ? '-' : '+'}${pad(Math.floor(minutes / 60), 2)}${pad(Math.floor(minutes % 60), 2)}`;
}

const writers: Record<string, (local: number, date: Date, offset: number) => string> = {
  Y: (_local, date) => pad(year(date.getUTCFullYear()), 4),
  G: local => pad(year(isoWeek(local).year), 4),
  m: (_local, date) => pad(date.getUTCMonth() + 1, 2),
  d: (_local, date) => pad(date.getUTCDate(), 2),
  H: (_local, date) => pad(date.getUTCHours(), 2),
  M: (_local, date) => pad(date.getUTCMinutes(), 2),
  S: (_local, date) => pad(date.getUTCSeconds(), 2),
  L: (_local, date) => pad(date.getUTCMilliseconds(), 3),
  j: local => pad(dayOfYear(local), 3),
  w: local => String(weekdayOf(local) + 1),
  u: local => String(isoWeek(local).day),
  U: local => pad(weekOf(local), 2),
  V: local => pad(isoWeek(local).week, 2),
  b: (_local, date) => (months[date.getUTCMonth()] ?? '').slice(0, 3),
  B: (_local, date) => months[date.getUTCMonth()] ?? '',
  z: (_local, _date, offset) => offsetText(offset),
  Z: (_local, _date, offset) => `${offset < 0 ? '-' : '+'}${pad(Math.abs(offset) / 60_000, 3)}`,
  '%': () => '%',
};

function year(value: number): number {
  if (value < 0 || value > 9999)
    throw fail(18537, `$dateToString is only defined on year 0-9999, tried to use year ${value}`);
  return value;
}

type Part = string | { readonly letter: string };
const parsedFormats = new Map<string, readonly Part[]>();

function partsOf(format: string): readonly Part[] {
  const known = parsedFormats.get(format);
  if (known) return known;
  const parts: Part[] = [];
  for (let at = 0; at < format.length; at += 1) {
    const text = format[at] as string;
    if (text !== '%') {
      parts.push(text);
      continue;
    }
    at += 1;
    const letter = format[at];
    if (letter === undefined) throw fail(18535, "Unmatched '%' at end of format string");
    if (!Object.hasOwn(writers, letter)) throw fail(18536, `Invalid format character '%${letter}' in format string`);
    parts.push({ letter });
  }
  if (parsedFormats.size > 500) parsedFormats.clear();
  parsedFormats.set(format, parts);
  return parts;
}

/** Writes a date in the zone; without a format as ISO 8601, with a Z only where it is UTC. */
export function formatDate(date: Date, format: string | undefined, zone: Zone | 'UTC'): string {
  const place = zone === 'UTC' ? utcZone : zone;
  const offset = place.offsetAt(date.getTime());
  const local = date.getTime() + offset;
  const shown = new Date(local);
  const pattern = format ?? (place.isUtc ? '%Y-%m-%dT%H:%M:%S.%LZ' : '%Y-%m-%dT%H:%M:%S.%L');
  let text = '';
  for (const part of partsOf(pattern)) {
    text += typeof part === 'string' ? part : writers[part.letter]?.(local, shown, offset);
  }
  return text;
}

interface Fields {
  year?: number;
  month?: number;
  day?: number;
  hour?: number;
  minute?: number;
  second?: number;
  millisecond?: number;
  dayOfYear?: number;
  isoYear?: number;
  isoWeek?: number;
  isoDay?: number;
  offset?: number;
}

/** Why a text is no date; the operator adds its own words. */
export class DateTextError extends Error {}

function momentOf(fields: Fields, zone: Zone | undefined, mayHaveOffset: boolean): Date {
  const { hour = 0, minute = 0, second = 0, millisecond = 0 } = fields;
  if (hour > 23 || minute > 59 || second > 59) throw new DateTextError('an out-of-range time');
  let local: number;
  if (fields.isoYear !== undefined || fields.isoWeek !== undefined) {
    if (fields.isoYear === undefined || fields.isoWeek === undefined)
      throw new DateTextError('an ISO week needs its year');
    local = isoTime(fields.isoYear, fields.isoWeek, fields.isoDay ?? 1);
  } else if (fields.year === undefined) throw new DateTextError('an incomplete date/time string has been found');
  else if (fields.dayOfYear !== undefined) local = localTime(fields.year, 1, fields.dayOfYear);
  else {
    const { year, month = 1, day = 1 } = fields;
    local = localTime(year, month, day);
    const check = new Date(local);
    if (check.getUTCMonth() + 1 !== month || check.getUTCDate() !== day)
      throw new DateTextError('no such day in the calendar');
  }
  local += hour * lengths.hour + minute * lengths.minute + second * 1000 + millisecond;
  if (fields.offset !== undefined) {
    if (!mayHaveOffset) {
      throw new DateTextError(
        'you cannot pass in a date/time string with GMT offset together with a timezone argument',
      );
    }
    return new Date(local - fields.offset);
  }
  return new Date(fromLocal(local, zone ?? utcZone));
}

const isoShape =
  /^\s*(\d{4})-?(\d\d)-?(\d\d)(?:(?:[T\s]+)(\d\d):?(\d\d)(?::?(\d\d)(?:[.,](\d{1,9}))?)?)?\s*(Z|UTC|GMT|[+-]\d\d(?::?\d\d)?|[A-Z][A-Za-z]+(?:\/[\w+-]+)+)?\s*$/i;
const wordShape =
  /^\s*(?:(\d{1,2})\.?\s+([A-Za-z]{3,9})\.?,?\s+(\d{4})|([A-Za-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4}))(?:[\s,]+(?:at\s+)?(\d{1,2}):(\d\d)(?::(\d\d))?\s*([ap]\.?m\.?)?)?\s*(Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?\s*$/i;

/** Reads the usual forms of a date: ISO 8601 with any of its parts after the day left out, and dates with named months. */
export function parseDateText(text: string, zone: Zone | undefined, mayHaveOffset = true): Date {
  const iso = isoShape.exec(text);
  if (iso) {
    const [, year, month, day, hour, minute, second, fraction, place] = iso;
    return momentOf(
      {
        year: Number(year),
        month: Number(month),
        day: Number(day),
        hour: Number(hour ?? 0),
        minute: Number(minute ?? 0),
        second: Number(second ?? 0),
        millisecond: fraction ? Math.floor(Number(`0.${fraction}`) * 1000 + 1e-9) : 0,
        ...fixedOffset(place),
      },
      place?.includes('/') ? namedPlace(place, mayHaveOffset) : zone,
      mayHaveOffset,
    );
  }
  const words = wordShape.exec(text);
  if (!words) throw new DateTextError('unexpected characters');
  const [, day1, month1, year1, month2, day2, year2, hour = '0', minute = '0', second = '0', half, place] = words;
  const clock = half ? (Number(hour) % 12) + (/^p/i.test(half) ? 12 : 0) : Number(hour);
  const fields = { year: Number(year1 ?? year2), month: monthNamed(month1 ?? month2 ?? ''), day: Number(day1 ?? day2) };
  return momentOf(
    { ...fields, hour: clock, minute: Number(minute), second: Number(second), ...fixedOffset(place) },
    zone,
    mayHaveOffset,
  );
}

function namedPlace(place: string, allowed: boolean): Zone {
  if (!allowed)
    throw new DateTextError(
      'you cannot pass in a date/time string with time zone information together with a timezone argument',
    );
  return findZone(place);
}

function fixedOffset(place: string | undefined): { offset: number } | undefined {
  if (!place || place.includes('/')) return undefined;
  return { offset: findZone(place.toUpperCase()).offsetAt(0) };
}

function monthNamed(name: string): number {
  const text = name.toLowerCase();
  const index = months.findIndex(month => month.toLowerCase() === text || month.slice(0, 3).toLowerCase() === text);
  if (index < 0) throw new DateTextError(`unknown month ${name}`);
  return index + 1;
}

/** ISO 8601 and its relatives in UTC, or undefined: what `$toDate` reads. */
export function parseIsoDate(text: string): Date | undefined {
  try {
    return parseDateText(text, utcZone);
  } catch {
    return undefined;
  }
}

const readers: Record<string, readonly [string, (text: string) => Fields]> = {
  Y: ['(\\d{4})', text => ({ year: Number(text) })],
  G: ['(\\d{4})', text => ({ isoYear: Number(text) })],
  m: ['(\\d{1,2})', text => ({ month: Number(text) })],
  d: ['(\\d{1,2})', text => ({ day: Number(text) })],
  H: ['(\\d{1,2})', text => ({ hour: Number(text) })],
  M: ['(\\d{1,2})', text => ({ minute: Number(text) })],
  S: ['(\\d{1,2})', text => ({ second: Number(text) })],
  L: ['(\\d{1,3})', text => ({ millisecond: Number(text.padEnd(3, '0')) })],
  j: ['(\\d{1,3})', text => ({ dayOfYear: Number(text) })],
  u: ['([1-7])', text => ({ isoDay: Number(text) })],
  V: ['(\\d{1,2})', text => ({ isoWeek: Number(text) })],
  b: ['([A-Za-z]{3})', text => ({ month: monthNamed(text) })],
  B: ['([A-Za-z]{3,9})', text => ({ month: monthNamed(text) })],
  z: ['(Z|[A-Za-z]{3}|[+-]\\d\\d:?\\d\\d)', text => ({ offset: findZone(text.toUpperCase()).offsetAt(0) })],
  Z: ['([+-]\\d{1,4})', text => ({ offset: Number(text) * 60_000 })],
  '%': ['(%)', () => ({})],
};

/** Reads a date written in exactly the given format. */
export function parseDateFormat(text: string, format: string, zone: Zone | undefined, mayHaveOffset = true): Date {
  const read: ((text: string) => Fields)[] = [];
  let source = '';
  for (const part of partsOf(format)) {
    if (typeof part === 'string') {
      source += part.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
      continue;
    }
    const reader = readers[part.letter];
    if (!reader) throw fail(18536, `Invalid format character '%${part.letter}' in format string`);
    source += reader[0];
    read.push(reader[1]);
  }
  const match = new RegExp(`^${source}$`).exec(text);
  if (!match) throw new DateTextError(`it does not match the format "${format}"`);
  const fields: Fields = {};
  read.forEach((reader, index) => {
    Object.assign(fields, reader(match[index + 1] as string));
  });
  return momentOf(fields, zone, mayHaveOffset);
}
