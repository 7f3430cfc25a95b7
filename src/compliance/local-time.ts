import { IANAZone } from 'luxon';

export const minuteMs = 60_000;
export const dayMs = 86_400_000;

const knownZones = new Set<string>();

/** Whether this is the name of a time zone with its changes of the clock; fixed offsets and abbreviations are none. */
export function isTimeZone(name: string): boolean {
  if (knownZones.has(name)) return true;
  const valid = /^(?:[A-Z][\w+-]*\/[\w+/-]+|UTC)$/.test(name) && IANAZone.isValidZone(name);
  // There are some hundreds of them, and looking one up is dear.
  if (valid) knownZones.add(name);
  return valid;
}

/** Clocks change at full quarters of an hour since 1970, so an offset holds for the rest of its quarter. */
const quarterMs = 900_000;
const remembered = new Map<string, Map<number, number>>();

/** Milliseconds that the clock of a zone is ahead of UTC at this moment. */
export function offsetAt(zone: string, at: number): number {
  const quarter = Math.floor(at / quarterMs);
  let offsets = remembered.get(zone);
  if (!offsets) {
    if (!IANAZone.isValidZone(zone)) throw new RangeError(`${zone} is no time zone`);
    offsets = new Map();
    remembered.set(zone, offsets);
  }
  let offset = offsets.get(quarter);
  if (offset === undefined) {
    // Asking the platform takes ten times as long as the rest of a verdict; few moments are asked about at a time.
    if (offsets.size >= 256) offsets.clear();
    offset = IANAZone.create(zone).offset(at) * minuteMs;
    offsets.set(quarter, offset);
  }
  return offset;
}

/** What a clock on the wall shows, as milliseconds since 1970 on that wall. */
export const wallTime = (zone: string, at: number): number => at + offsetAt(zone, at);

/** The wall clock as people read it: `2026-11-20T08:30`. */
export const wallText = (zone: string, at: number): string => new Date(wallTime(zone, at)).toISOString().slice(0, 16);

/**
 * The moment at which the wall clock, running on from `at`, reaches `wall`, at most a day ahead; or the earlier moment at which the
 * clock is changed before it gets there, from where the caller reads it again.
 */
export function whenWallReaches(zone: string, at: number, wall: number): number {
  const offset = offsetAt(zone, at);
  const reached = wall - offset;
  if (offsetAt(zone, reached) === offset) return reached;
  // The change lies between; it comes at a full quarter.
  let before = Math.floor(at / quarterMs);
  let after = Math.floor(reached / quarterMs);
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (offsetAt(zone, middle * quarterMs) === offset) before = middle;
    else after = middle;
  }
  return after * quarterMs;
}
