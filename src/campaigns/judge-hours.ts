import { dayOfNumber } from '../compliance/holidays.ts';
import { dayMs, minuteMs, wallTime } from '../compliance/local-time.ts';
import { locate } from '../compliance/location.ts';
import { minutesOf, type OpenWeek } from '../compliance/open-hours.ts';
import { normalisePhone } from '../compliance/phone.ts';
import type { PlaceLaw } from '../compliance/place-rules.ts';
import { type Schedule, scheduleHoliday } from '../compliance/schedule.ts';
import type { JudgedSettings } from './judge-facts.ts';

/** How long after the time somebody asked for a call is the one they asked for. */
const bookedForMs = 30 * minuteMs;

/** Whether a call at this moment is one that the person asked for. */
export const wasAskedFor = (bookings: readonly number[], at: number): boolean =>
  bookings.some(booked => booked <= at && at < booked + bookedForMs);

/** Where the people of a number may be, worked out from the number alone and from the zone that a person set. */
export interface Whereabouts {
  readonly zones: readonly string[];
  readonly ownZone: string | null;
  readonly laws: readonly PlaceLaw[];
}

/** Null when nothing tells: then nobody should have been called. */
export function whereaboutsOf(phone: string, ownZone: string | null): Whereabouts | null {
  const number = normalisePhone(phone, 'US');
  if (!number.ok) return null;
  const place = locate(number, ownZone === null ? null : { timeZone: ownZone, consent: null, revokedAt: null });
  return 'problem' in place ? null : { zones: place.zones, ownZone: place.ownZone, laws: place.laws };
}

/**
 * Why nobody should be dialled there at this moment; null when they may be. It reads windows by itself, minute by minute of the wall
 * clock, and not by the leaps with which the dialer looks for the next opening, so that a mistake there shows here.
 */
export function hoursProblem(
  place: Whereabouts,
  { contentClass, schedule }: Pick<JudgedSettings, 'contentClass' | 'schedule'>,
  at: number,
  bookings: readonly number[] = [],
): string | null {
  if (wasAskedFor(bookings, at)) return null;
  if (contentClass !== 'emergency') {
    for (const zone of place.zones) {
      const wall = wallTime(zone, at);
      const law = place.laws.find(({ hours }) => !inWeek(hours.week, wall) || hours.closedOn?.(dateOf(wall)));
      if (law) return `${clock(wall)} in ${zone}, outside of the hours that the law leaves there`;
    }
  }
  if (schedule === null) return null;
  const zones = schedule.timeZone !== 'contact' ? [schedule.timeZone] : place.ownZone ? [place.ownZone] : place.zones;
  const zone = zones.find(each => !inSchedule(schedule, wallTime(each, at), at));
  return zone === undefined ? null : `${clock(wallTime(zone, at))} in ${zone}, outside of the campaign’s schedule`;
}

const dateOf = (wall: number) => dayOfNumber(Math.floor(wall / dayMs));
const minuteOf = (wall: number): number => Math.floor((wall - Math.floor(wall / dayMs) * dayMs) / minuteMs);
const clock = (wall: number): string => {
  const text = new Date(wall).toISOString();
  return `${text.slice(0, 10)} ${text.slice(11, 16)}`;
};

const inWeek = (week: OpenWeek, wall: number): boolean =>
  week[dateOf(wall).weekday]!.some(([from, to]) => from <= minuteOf(wall) && minuteOf(wall) < to);

function inSchedule(schedule: Schedule, wall: number, at: number): boolean {
  const date = dateOf(wall);
  const today = new Date(wall).toISOString().slice(0, 10);
  const { startsAt, endsAt } = schedule;
  if (startsAt && (startsAt.length === 10 ? today < startsAt : at < Date.parse(startsAt))) return false;
  if (endsAt && (endsAt.length === 10 ? today > endsAt : at >= Date.parse(endsAt))) return false;
  if (scheduleHoliday(schedule, date) !== undefined) return false;
  const minute = minuteOf(wall);
  return schedule.windows.some(({ day, from, to }) => {
    const [begin, end] = [minutesOf(from)!, minutesOf(to)!];
    if (begin < end) return date.weekday === day && begin <= minute && minute < end;
    // Over midnight: the evening of its day, and the morning of the next.
    return (date.weekday === day && begin <= minute) || (date.weekday === (day + 1) % 7 && minute < end);
  });
}
