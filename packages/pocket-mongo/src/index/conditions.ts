import { BSONRegExp } from 'bson';
import type { Collation } from '../bson/collation.ts';
import { regexParts } from '../bson/compare.ts';
import { bsonType, bsonTypes, type Document, isDocument } from '../bson/types.ts';
import { isOperatorDocument } from '../query/filter.ts';
import { compileRegex } from '../query/regex.ts';
import { comparisonInterval, type Interval, pointAt, prefixIntervals, sortPoints } from './intervals.ts';

/** What one part of a filter says about a path, as far as an index can use it. */
export interface Condition {
  /** The keys that can match; undefined when all can. */
  readonly intervals: readonly Interval[] | undefined;
  /** Only documents that have the path can match: so a sparse index knows them all. */
  readonly present: boolean;
}

/** A filter as an index sees it. The rest of the filter is tested on each document anyway, so leaving things out is safe. */
export interface Conditions {
  readonly byPath: ReadonlyMap<string, readonly Condition[]>;
  /** The alternatives of each `$or`. */
  readonly alternatives: readonly (readonly Document[])[];
  /** The operand of `$text`, if there is one. */
  readonly text: unknown;
}

/** Takes a filter apart into conditions that all must hold. */
export function conditionsOf(filter: Document, collation: Collation | undefined): Conditions {
  const byPath = new Map<string, Condition[]>();
  const alternatives: Document[][] = [];
  let text: unknown;
  const add = (path: string, condition: Condition) => {
    // `list.0` means an element and a field called "0", and an index knows only the element.
    if (hasNumber(path)) return;
    const list = byPath.get(path);
    if (list) list.push(condition);
    else byPath.set(path, [condition]);
  };
  const visit = (clause: Document, prefix: string) => {
    for (const [name, operand] of Object.entries(clause)) {
      if (name === '$and' && Array.isArray(operand)) {
        for (const each of operand) if (isDocument(each)) visit(each, prefix);
      } else if (name === '$or' && Array.isArray(operand) && prefix === '') {
        if (operand.every(isDocument)) alternatives.push(operand);
      } else if (name === '$text') text = operand;
      else if (!name.startsWith('$')) visitField(prefix + name, operand);
    }
  };
  const visitField = (path: string, operand: unknown) => {
    if (!isOperatorDocument(operand)) {
      add(path, equality(operand));
      return;
    }
    for (const [operator, argument] of Object.entries(operand)) {
      if (operator === '$elemMatch' && isDocument(argument) && !isOperatorDocument(argument)) {
        // Each condition on the element is one on the path through the array.
        visit(argument, `${path}.`);
        add(path, { intervals: undefined, present: true });
        continue;
      }
      const condition = operatorCondition(operator, argument, operand, collation);
      if (condition) add(path, condition);
    }
  };
  visit(filter, '');
  return { byPath, alternatives, text };
}

/** Has the path a part that may be a position in an array? */
export const hasNumber = (path: string): boolean => /(?:^|\.)\d+(?:\.|$)/.test(path);

function equality(operand: unknown): Condition {
  if (bsonType(operand) === bsonTypes.regex) return regex(operand, '');
  // An array matches as a whole or as an element, which keys of single elements cannot tell.
  if (Array.isArray(operand)) return { intervals: undefined, present: true };
  const isNull = operand === null || operand === undefined;
  return { intervals: [pointAt(isNull ? null : operand)], present: !isNull };
}

function operatorCondition(
  operator: string,
  argument: unknown,
  all: Document,
  collation: Collation | undefined,
): Condition | undefined {
  switch (operator) {
    case '$eq':
      return bsonType(argument) === bsonTypes.regex ? undefined : equality(argument);
    case '$in':
      return oneOf(argument, collation);
    case '$gt':
    case '$gte':
    case '$lt':
    case '$lte': {
      const interval = comparisonInterval(operator, argument);
      return interval && { intervals: [interval], present: argument !== null };
    }
    case '$all':
      return Array.isArray(argument) && argument.length > 0 && !isOperatorDocument(argument[0])
        ? equality(argument[0])
        : undefined;
    case '$exists':
      return argument === true || argument === 1
        ? { intervals: undefined, present: true }
        : { intervals: [pointAt(null)], present: false };
    case '$ne':
      return { intervals: undefined, present: argument === null };
    case '$regex':
      return regex(argument, all['$options']);
    case '$elemMatch':
      return isDocument(argument) ? elementCondition(argument, collation) : undefined;
    default:
      return undefined;
  }
}

function oneOf(argument: unknown, collation: Collation | undefined): Condition | undefined {
  if (!Array.isArray(argument)) return undefined;
  const plain = argument.every(value => !Array.isArray(value) && bsonType(value) !== bsonTypes.regex);
  if (!plain) return { intervals: undefined, present: argument.every(value => value !== null) };
  const intervals = sortPoints(
    argument.map(value => value ?? null),
    collation,
  );
  return { intervals, present: argument.every(value => value !== null && value !== undefined) };
}

/** Within `$elemMatch` all comparisons mean the same element, so that one of them may stand for all. */
function elementCondition(argument: Document, collation: Collation | undefined): Condition {
  for (const [operator, operand] of Object.entries(argument)) {
    const condition = operatorCondition(operator, operand, argument, collation);
    if (condition?.intervals) return { ...condition, present: true };
  }
  return { intervals: undefined, present: true };
}

/** Only an anchored expression without options starts with letters that an index can look up. */
function regex(expression: unknown, extraOptions: unknown): Condition {
  const { pattern, options } =
    typeof expression === 'string'
      ? { pattern: expression, options: '' }
      : regexParts(expression as Parameters<typeof regexParts>[0]);
  const { prefix } = compileRegex(pattern, typeof extraOptions === 'string' ? extraOptions : options);
  const self = typeof expression === 'string' ? new BSONRegExp(expression) : expression;
  return { intervals: prefix ? prefixIntervals(prefix, self) : undefined, present: true };
}
