import { compareValues } from '../bson/compare.ts';
import { type Document, isDocument } from '../bson/types.ts';
import { compileFilter, isOperatorDocument } from '../query/filter.ts';
import type { Conditions } from './conditions.ts';
import { comparisonInterval, type Interval, isPoint } from './intervals.ts';

/**
 * Does every document that meets the query's conditions also meet this partial filter? Only then a partial index knows
 * all the documents the query wants. Unsure means no.
 */
export function implies(query: Conditions, partial: Document): boolean {
  return Object.entries(partial).every(([name, operand]) => {
    if (name === '$and' && Array.isArray(operand)) {
      return operand.every(each => isDocument(each) && implies(query, each));
    }
    if (name.startsWith('$')) return false;
    const operators = isOperatorDocument(operand) ? Object.entries(operand) : [['$eq', operand] as const];
    return operators.every(([operator, argument]) => impliesOne(query, name, operator, argument));
  });
}

function impliesOne(query: Conditions, path: string, operator: string, argument: unknown): boolean {
  const conditions = query.byPath.get(path) ?? [];
  if (operator === '$exists' && (argument === true || argument === 1)) return conditions.some(each => each.present);
  const { matches } = compileFilter({ value: { [operator]: argument } });
  return conditions.some(({ intervals }) => {
    if (!intervals) return false;
    return intervals.every(interval =>
      isPoint(interval) ? matches({ value: interval.low }) : liesWithin(interval, operator, argument),
    );
  });
}

/** A range lies within a comparison when it does not reach beyond it on the side the comparison limits. */
function liesWithin(inner: Interval, operator: string, argument: unknown): boolean {
  if (!['$gt', '$gte', '$lt', '$lte'].includes(operator)) return false;
  const outer = comparisonInterval(operator, argument);
  if (!outer) return false;
  const low = compareValues(inner.low, outer.low);
  const high = compareValues(inner.high, outer.high);
  const lowFits = low > 0 || (low === 0 && (outer.lowIncluded || !inner.lowIncluded));
  const highFits = high < 0 || (high === 0 && (outer.highIncluded || !inner.highIncluded));
  return lowFits && highFits;
}
