import { fail } from '../values.ts';

/** How far a place's wall clock is from UTC, in milliseconds, at any moment. */
export interface Zone {
  readonly isUtc: boolean;
  offsetAt(utc: number): number;
}

const minute = 60_000;
const day = 86_400_000;

export const utcZone: Zone = { isUtc: true, offsetAt: () => 0 };

const zones = new Map<string, Zone>([
  ['UTC', utcZone],
  ['GMT', utcZone],
  ['Z', utcZone],
]);

/** The zone of an Olson name (`America/Argentina/Buenos_Aires`) or an offset (`+05:30`, `-0300`, `+02`). */
export function findZone(name: string): Zone {
  const known = zones.get(name);
  if (known) return known;
  const zone = fixedZone(name) ?? namedZone(name);
  // Names come from clients; the bound keeps a hostile one from filling memory with spellings.
  if (zones.size > 1000) zones.clear();
  zones.set(name, zone);
  return zone;
}

function fixedZone(name: string): Zone | undefined {
  const match = /^([+-])(\d\d)(?::?(\d\d))?$/.exec(name);
  if (!match) return undefined;
  const [, sign, hours, minutes = '0'] = match;
  if (Number(minutes) > 59) return undefined;
  const offset = (Number(hours) * 60 + Number(minutes)) * minute * (sign === '-' ? -1 : 1);
  return { isUtc: offset === 0, offsetAt: () => offset };
}

function namedZone(name: string): Zone {
  // Intl also takes offsets in forms that MongoDB refuses, so only names reach it.
  let format: Intl.DateTimeFormat;
  try {
    if (!/^[A-Za-z][\w+\-/]*$/.test(name)) throw new RangeError('not a name');
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch {
    throw fail(40485, `unrecognized time zone identifier: "${name}"`);
  }
  return new CachedZone(format);
}

interface Span {
  readonly before: number;
  readonly after: number;
  readonly change: number;
}

/** Asks Intl twice a day at most: within a UTC day the offset changes never or once. */
class CachedZone implements Zone {
  readonly isUtc = false;
  private readonly format: Intl.DateTimeFormat;
  private readonly days = new Map<number, Span>();

  constructor(format: Intl.DateTimeFormat) {
    this.format = format;
  }

  offsetAt(utc: number): number {
    const index = Math.floor(utc / day);
    let span = this.days.get(index);
    if (!span) {
      if (this.days.size > 40_000) this.days.clear();
      span = this.inspect(index);
      this.days.set(index, span);
    }
    return utc < span.change ? span.before : span.after;
  }

  private inspect(index: number): Span {
    const before = this.ask(index * day);
    const after = this.ask((index + 1) * day - 1000);
    let [low, high] = [index * day, (index + 1) * day];
    if (before === after) return { before, after, change: high };
    while (high - low > 1000) {
      const middle = Math.floor((low + high) / 2000) * 1000;
      if (this.ask(middle) === before) low = middle;
      else high = middle;
    }
    return { before, after, change: high };
  }

  private ask(utc: number): number {
    const parts: Record<string, string> = {};
    for (const { type, value } of this.format.formatToParts(utc)) parts[type] = value;
    const year = parts['era'] === 'BC' ? 1 - Number(parts['year']) : Number(parts['year']);
    const number = (name: string): number => Number(parts[name]);
    const local = new Date(0);
    local.setUTCFullYear(year, number('month') - 1, number('day'));
    local.setUTCHours(number('hour'), number('minute'), number('second'), 0);
    return local.getTime() - Math.floor(utc / 1000) * 1000;
  }
}

/** The wall clock of the zone, written as if it were UTC. */
export const toLocal = (utc: number, zone: Zone): number => utc + zone.offsetAt(utc);

/**
 * The moment when the wall clock shows `local`. A time that a spring change skips moves forward with the clock; one that
 * autumn repeats is the first of the two.
 */
export function fromLocal(local: number, zone: Zone): number {
  const before = zone.offsetAt(local - zone.offsetAt(local) - day);
  const after = zone.offsetAt(local - zone.offsetAt(local) + day);
  if (before === after && zone.offsetAt(local - before) === before) return local - before;
  if (zone.offsetAt(local - before) === before) return local - before;
  return zone.offsetAt(local - after) === after ? local - after : local - before;
}
