import { addMonths, lengths, type Unit } from './calendar.ts';
import { fromLocal, toLocal, type Zone } from './zone.ts';

/**
 * The moment `count` units later. Days and longer units keep the wall clock across a change of the clocks; hours and
 * shorter ones are exact durations.
 */
export function shiftMoment(start: number, unit: Unit, count: number, zone: Zone): number {
  switch (unit) {
    case 'year':
      return fromLocal(addMonths(toLocal(start, zone), count * 12), zone);
    case 'quarter':
      return fromLocal(addMonths(toLocal(start, zone), count * 3), zone);
    case 'month':
      return fromLocal(addMonths(toLocal(start, zone), count), zone);
    case 'week':
    case 'day':
      return fromLocal(toLocal(start, zone) + count * lengths[unit], zone);
    default:
      return start + count * lengths[unit];
  }
}
