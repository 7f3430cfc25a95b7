import { Long } from 'bson';
import { typeName } from '../../bson/types.ts';
import { CommandError } from '../../errors.ts';
import { compile, type Evaluate } from '../compiler.ts';
import {
  boundariesBetween,
  dayOfYear,
  isoTime,
  isoWeek,
  lengths,
  localTime,
  readUnit,
  readWeekday,
  truncate,
  weekdayOf,
  weekOf,
} from '../dates/calendar.ts';
import { DateTextError, formatDate, parseDateFormat, parseDateText } from '../dates/format.ts';
import { shiftMoment } from '../dates/shift.ts';
import { findZone, fromLocal, toLocal, utcZone, type Zone } from '../dates/zone.ts';
import { asMoment, asNumber, fail, isDocument, isNullish, isNumber } from '../values.ts';
import { define, fold, named, namedFields } from './registry.ts';

/** Null when the zone is null or missing although one was given; then the whole operator is null. */
function zoneOf(value: unknown, given: boolean): Zone | null {
  if (!given) return utcZone;
  if (isNullish(value)) return null;
  if (typeof value !== 'string') throw fail(40517, `timezone must evaluate to a string, found ${typeName(value)}`);
  return findZone(value);
}

function requireMoment(value: unknown): Date {
  const moment = asMoment(value);
  if (!moment) throw fail(16006, `can't convert from BSON type ${typeName(value)} to Date`);
  return moment;
}

/** `{$year: date}`, `{$year: [date]}` and `{$year: {date, timezone}}`. */
function datePart(name: string, read: (local: number) => unknown): void {
  define(name, (argument, scope) => {
    let expression = argument;
    let zone: Evaluate | undefined;
    if (isDocument(argument) && !Object.keys(argument).some(key => key.startsWith('$'))) {
      const fields = namedFields(name, argument, ['date'], ['timezone']);
      expression = fields['date'];
      if (Object.hasOwn(fields, 'timezone')) zone = compile(fields['timezone'], scope);
    } else if (Array.isArray(argument)) {
      if (argument.length !== 1)
        throw fail(40536, `${name} accepts exactly one argument if given an array, but was given ${argument.length}`);
      expression = argument[0];
    }
    const date = compile(expression, scope);
    return fold(
      frame => {
        const value = date(frame);
        if (isNullish(value)) return null;
        const place = zoneOf(zone?.(frame), zone !== undefined);
        return place ? read(toLocal(requireMoment(value).getTime(), place)) : null;
      },
      zone ? [date, zone] : [date],
    );
  });
}

datePart('$year', local => new Date(local).getUTCFullYear());
datePart('$month', local => new Date(local).getUTCMonth() + 1);
datePart('$dayOfMonth', local => new Date(local).getUTCDate());
datePart('$hour', local => new Date(local).getUTCHours());
datePart('$minute', local => new Date(local).getUTCMinutes());
datePart('$second', local => new Date(local).getUTCSeconds());
datePart('$millisecond', local => new Date(local).getUTCMilliseconds());
datePart('$dayOfYear', dayOfYear);
datePart('$dayOfWeek', local => weekdayOf(local) + 1);
datePart('$week', weekOf);
datePart('$isoWeek', local => isoWeek(local).week);
datePart('$isoWeekYear', local => Long.fromNumber(isoWeek(local).year));
datePart('$isoDayOfWeek', local => isoWeek(local).day);

named('$dateToString', ['date'], ['format', 'timezone', 'onNull'], (values, _scope, given) => {
  const { date, format, timezone, onNull } = values;
  const zone = zoneOf(timezone, given.has('timezone'));
  if (isNullish(date)) return given.has('onNull') ? onNull : null;
  if (!zone || (given.has('format') && isNullish(format))) return null;
  if (format !== undefined && typeof format !== 'string')
    throw fail(
      18533,
      `$dateToString requires that 'format' be a string, found: ${typeName(format)} with value ${String(format)}`,
    );
  return formatDate(requireMoment(date), format, zone);
});

named('$dateFromString', ['dateString'], ['format', 'timezone', 'onError', 'onNull'], (values, _scope, given) => {
  const { dateString, format, timezone, onError, onNull } = values;
  const zone = zoneOf(timezone, given.has('timezone'));
  if (isNullish(dateString)) return given.has('onNull') ? onNull : null;
  if (!zone || (given.has('format') && isNullish(format))) return null;
  if (format !== undefined && typeof format !== 'string')
    throw fail(40684, `$dateFromString requires that 'format' be a string, found: ${typeName(format)}`);
  try {
    if (typeof dateString !== 'string')
      throw new DateTextError(`$dateFromString requires that 'dateString' be a string, found: ${typeName(dateString)}`);
    const mayHaveOffset = !given.has('timezone');
    return format === undefined
      ? parseDateText(dateString, zone, mayHaveOffset)
      : parseDateFormat(dateString, format, zone, mayHaveOffset);
  } catch (error) {
    if (!(error instanceof DateTextError)) throw error;
    if (given.has('onError')) return onError;
    throw new CommandError('ConversionFailure', `Error parsing date string '${String(dateString)}'; ${error.message}`);
  }
});

named('$dateToParts', ['date'], ['timezone', 'iso8601'], ({ date, timezone, iso8601 }, _scope, given) => {
  const zone = zoneOf(timezone, given.has('timezone'));
  if (isNullish(date) || !zone || (given.has('iso8601') && isNullish(iso8601))) return null;
  if (given.has('iso8601') && typeof iso8601 !== 'boolean')
    throw fail(40521, `iso8601 must evaluate to a bool, found ${typeName(iso8601)}`);
  const local = toLocal(requireMoment(date).getTime(), zone);
  const shown = new Date(local);
  const time = {
    hour: shown.getUTCHours(),
    minute: shown.getUTCMinutes(),
    second: shown.getUTCSeconds(),
    millisecond: shown.getUTCMilliseconds(),
  };
  if (iso8601) {
    const iso = isoWeek(local);
    return { isoWeekYear: iso.year, isoWeek: iso.week, isoDayOfWeek: iso.day, ...time };
  }
  return { year: shown.getUTCFullYear(), month: shown.getUTCMonth() + 1, day: shown.getUTCDate(), ...time };
});

const timeParts = ['hour', 'minute', 'second', 'millisecond'];
const dateParts = ['year', 'month', 'day', 'isoWeekYear', 'isoWeek', 'isoDayOfWeek', ...timeParts];

named('$dateFromParts', [], [...dateParts, 'timezone'], (values, _scope, given) => {
  const iso = given.has('isoWeekYear');
  for (const part of iso ? ['year', 'month', 'day'] : ['isoWeek', 'isoDayOfWeek']) {
    if (given.has(part))
      throw fail(iso ? 40489 : 40525, '$dateFromParts does not allow mixing natural dates with ISO dates');
  }
  if (!iso && !given.has('year'))
    throw fail(40516, `$dateFromParts requires either 'year' or 'isoWeekYear' to be present`);
  const zone = zoneOf(values['timezone'], given.has('timezone'));
  if (!zone) return null;
  for (const part of given) if (isNullish(values[part])) return null;
  const read = (part: string, fallback: number): number => {
    if (!given.has(part)) return fallback;
    const value = asNumber(values[part]);
    if (!isNumber(values[part]) || !Number.isInteger(value))
      throw fail(
        40515,
        `'${part}' must evaluate to an integer, found ${typeName(values[part])} with value ${String(values[part])}`,
      );
    return value;
  };
  const year = read(iso ? 'isoWeekYear' : 'year', 1970);
  if (year < (iso ? 1 : 1) || year > 9999)
    throw fail(
      iso ? 31095 : 40523,
      `'${iso ? 'isoWeekYear' : 'year'}' must evaluate to an integer in the range 1 to 9999, found ${year}`,
    );
  const day = iso
    ? isoTime(year, read('isoWeek', 1), read('isoDayOfWeek', 1))
    : localTime(year, read('month', 1), read('day', 1));
  const time =
    read('hour', 0) * lengths.hour +
    read('minute', 0) * lengths.minute +
    read('second', 0) * 1000 +
    read('millisecond', 0);
  return new Date(fromLocal(day + time, zone));
});

function shifter(name: string, sign: 1 | -1): void {
  named(name, ['startDate', 'unit', 'amount'], ['timezone'], ({ startDate, unit, amount, timezone }, _scope, given) => {
    if (isNullish(startDate) || isNullish(unit) || isNullish(amount)) return null;
    const zone = zoneOf(timezone, given.has('timezone'));
    if (!zone) return null;
    const start = asMoment(startDate);
    if (!start) throw fail(5166403, `${name} requires startDate to be convertible to a date`);
    const step = readUnit(name, unit);
    const count = asNumber(amount) * sign;
    if (!isNumber(amount) || !Number.isInteger(count))
      throw fail(5166405, `${name} expects integer amount of time units`);
    const result = new Date(shiftMoment(start.getTime(), step, count, zone));
    if (Number.isNaN(result.getTime())) throw fail(5166406, `${name} overflowed`);
    return result;
  });
}

shifter('$dateAdd', 1);
shifter('$dateSubtract', -1);

named('$dateDiff', ['startDate', 'endDate', 'unit'], ['timezone', 'startOfWeek'], (values, _scope, given) => {
  const { startDate, endDate, unit, timezone, startOfWeek } = values;
  if (isNullish(startDate) || isNullish(endDate) || isNullish(unit)) return null;
  const zone = zoneOf(timezone, given.has('timezone'));
  if (!zone) return null;
  const [start, end] = [asMoment(startDate), asMoment(endDate)];
  if (!start) throw fail(5166307, `$dateDiff requires 'startDate' to be a date, but got ${typeName(startDate)}`);
  if (!end) throw fail(5166307, `$dateDiff requires 'endDate' to be a date, but got ${typeName(endDate)}`);
  const step = readUnit('$dateDiff', unit);
  if (step === 'week' && given.has('startOfWeek') && isNullish(startOfWeek)) return null;
  const first = step === 'week' && given.has('startOfWeek') ? readWeekday('$dateDiff', startOfWeek) : 0;
  const [from, to] = [start.getTime(), end.getTime()];
  let count = boundariesBetween(toLocal(from, zone), toLocal(to, zone), step, first);
  // A change of the clocks adds or removes hours that the wall clock does not count.
  if (step === 'hour' || step === 'minute' || step === 'second' || step === 'millisecond') {
    count -= Math.trunc((zone.offsetAt(to) - zone.offsetAt(from)) / lengths[step]);
  }
  return Long.fromNumber(count);
});

named('$dateTrunc', ['date', 'unit'], ['binSize', 'timezone', 'startOfWeek'], (values, _scope, given) => {
  const { date, unit, binSize, timezone, startOfWeek } = values;
  if (isNullish(date) || isNullish(unit) || (given.has('binSize') && isNullish(binSize))) return null;
  const zone = zoneOf(timezone, given.has('timezone'));
  if (!zone) return null;
  const moment = asMoment(date);
  if (!moment) throw fail(5439012, `$dateTrunc requires 'date' to be a date, but got ${typeName(date)}`);
  const step = readUnit('$dateTrunc', unit);
  if (step === 'week' && given.has('startOfWeek') && isNullish(startOfWeek)) return null;
  const first = step === 'week' && given.has('startOfWeek') ? readWeekday('$dateTrunc', startOfWeek) : 0;
  const size = given.has('binSize') ? asNumber(binSize) : 1;
  if (given.has('binSize') && (!isNumber(binSize) || !Number.isInteger(size)))
    throw fail(
      5439017,
      `$dateTrunc requires 'binSize' to be a 64-bit integer, but got value '${String(binSize)}' of type ${typeName(binSize)}`,
    );
  if (size <= 0) throw fail(5439018, `$dateTrunc requires 'binSize' to be greater than 0, but got value ${size}`);
  const utc = moment.getTime();
  const local = toLocal(utc, zone);
  const start = truncate(local, step, size, first);
  // Below a day the start is so many milliseconds ago, which keeps the two hours apart that autumn shows twice.
  const exact = step === 'hour' || step === 'minute' || step === 'second' || step === 'millisecond';
  return new Date(exact ? utc - (local - start) : fromLocal(start, zone));
});
