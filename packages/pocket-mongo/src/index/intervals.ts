import { Binary, BSONRegExp, ObjectId, Timestamp } from 'bson';
import type { Collation } from '../bson/collation.ts';
import { compareValues } from '../bson/compare.ts';
import { bsonType } from '../bson/types.ts';

/** Keys from `low` to `high`; a point when both are the same. */
export interface Interval {
  readonly low: unknown;
  readonly lowIncluded: boolean;
  readonly high: unknown;
  readonly highIncluded: boolean;
}

export const pointAt = (value: unknown): Interval => ({
  low: value,
  lowIncluded: true,
  high: value,
  highIncluded: true,
});

export const isPoint = (interval: Interval): boolean => interval.low === interval.high;

const included = (low: unknown, high: unknown): Interval => ({ low, lowIncluded: true, high, highIncluded: true });
const below = (low: unknown, high: unknown): Interval => ({ low, lowIncluded: true, high, highIncluded: false });

const firstObjectId = new ObjectId('000000000000000000000000');
const lastObjectId = new ObjectId('ffffffffffffffffffffffff');

/** All values of each type: a comparison only ever matches values of its operand's type. */
const brackets: Readonly<Record<number, Interval>> = {
  1: included(Number.NaN, Number.POSITIVE_INFINITY),
  2: below('', {}),
  3: below({}, []),
  5: below(new Binary(new Uint8Array()), firstObjectId),
  7: included(firstObjectId, lastObjectId),
  8: included(false, true),
  9: below(new Date(Number.NaN), new Timestamp({ t: 0, i: 0 })),
  17: below(new Timestamp({ t: 0, i: 0 }), new BSONRegExp('')),
};

/** The keys a comparison can match, or undefined when an index cannot say (arrays, regular expressions, code). */
export function comparisonInterval(operator: string, operand: unknown): Interval | undefined {
  const type = bsonType(operand);
  if (type === 10) return operator === '$gte' || operator === '$lte' ? pointAt(null) : undefined;
  const bracket = brackets[type === 16 || type === 18 || type === 19 ? 1 : type];
  if (!bracket) return undefined;
  if (operator === '$gt') return { ...bracket, low: operand, lowIncluded: false };
  if (operator === '$gte') return { ...bracket, low: operand, lowIncluded: true };
  if (operator === '$lt') return { ...bracket, high: operand, highIncluded: false };
  return { ...bracket, high: operand, highIncluded: true };
}

/** The strings that start with a prefix, and the regular expression itself, which matches when it is stored. */
export function prefixIntervals(prefix: string, expression: unknown): Interval[] {
  // Behind every string that starts with the prefix: the last character there is, which no text goes on with for long.
  const strings: Interval = {
    low: prefix,
    lowIncluded: true,
    high: `${prefix}\u{10ffff}\u{10ffff}`,
    highIncluded: true,
  };
  return [strings, pointAt(expression)];
}

/** What lies in both lists of intervals, each in ascending order. */
export function intersect(
  a: readonly Interval[],
  b: readonly Interval[],
  collation: Collation | undefined,
): Interval[] {
  const result: Interval[] = [];
  for (const x of a) {
    for (const y of b) {
      const lows = compareValues(x.low, y.low, collation);
      const highs = compareValues(x.high, y.high, collation);
      const low = lows > 0 || (lows === 0 && !x.lowIncluded) ? x : y;
      const high = highs < 0 || (highs === 0 && !x.highIncluded) ? x : y;
      const order = compareValues(low.low, high.high, collation);
      if (order > 0 || (order === 0 && !(low.lowIncluded && high.highIncluded))) continue;
      result.push(
        order === 0
          ? pointAt(low.low)
          : { low: low.low, lowIncluded: low.lowIncluded, high: high.high, highIncluded: high.highIncluded },
      );
    }
  }
  return result;
}

/** In ascending order, each point once. */
export function sortPoints(values: readonly unknown[], collation: Collation | undefined): Interval[] {
  const sorted = [...values].sort((a, b) => compareValues(a, b, collation));
  return sorted.filter((value, i) => i === 0 || compareValues(sorted[i - 1], value, collation) !== 0).map(pointAt);
}

/** Do the ends depend on how strings are ordered? Then only an index with the same collation can serve. */
export function dependsOnCollation(intervals: readonly Interval[]): boolean {
  const stringy = (value: unknown) => [2, 3, 4, 14].includes(bsonType(value));
  return intervals.some(({ low, high }) => stringy(low) || stringy(high));
}
