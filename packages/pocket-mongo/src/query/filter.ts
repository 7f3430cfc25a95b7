import type { Collation } from '../bson/collation.ts';
import { type Path, parsePath } from '../bson/paths.ts';
import { bsonType, bsonTypes, type Document, isDocument } from '../bson/types.ts';
import { CommandError, unsupported } from '../errors.ts';
import {
  type BitOperator,
  bits,
  equals,
  hasType,
  modulo,
  type Ordering,
  oneOf,
  ordered,
  sizeOperand,
} from './operators.ts';
import { compileRegex, compileRegexValue } from './regex.ts';
import { anyValueAt, type Tracker, type ValueTest } from './walk.ts';

/** An expression ready to evaluate on a document, as the aggregation part compiles it. */
export type ExpressionCompiler = (
  expression: unknown,
  options: { let?: Document | undefined; collation?: Collation | undefined },
) => (document: Document) => unknown;

export interface FilterOptions {
  readonly collation?: Collation | undefined;
  /** Compiles `$expr`; without it `$expr` is refused. */
  readonly compileExpression?: ExpressionCompiler | undefined;
  /** Variables for `$expr`. */
  readonly let?: Document | undefined;
  /** Decides `$text`, usually from postings of the text index; without it `$text` is refused. */
  readonly text?: ((spec: unknown) => (document: Document) => boolean) | undefined;
}

export interface Filter {
  readonly matches: (document: Document) => boolean;
  /** The position of the array element that made the document match, for `$` in updates and projections. */
  readonly arrayPosition: (document: Document) => number | undefined;
}

/** A condition on a whole document. */
type Node = (document: unknown, tracker?: Tracker) => boolean;

/** A condition under one path: how to test a single value, and whether arrays at the end of the path open up. */
interface Condition {
  readonly expand: boolean;
  readonly negated: boolean;
  readonly test: ValueTest;
  /** For `$all` and `$not`: conditions that must all hold (or not all), each searching the path by itself. */
  readonly group?: readonly Condition[];
}

/** Compiles a query filter; an unknown operator or a malformed operand is refused in MongoDB's words. */
export function compileFilter(filter: unknown, options: FilterOptions = {}): Filter {
  const node = compileNode(filter ?? {}, options);
  return {
    matches: document => node(document),
    arrayPosition: document => {
      const tracker: Tracker = { position: undefined };
      return node(document, tracker) ? tracker.position : undefined;
    },
  };
}

/** Compiles a condition on one value, the way `$pull` and array filters apply one to elements. */
export function compileValueTest(condition: unknown, options: FilterOptions = {}): ValueTest {
  return valueTestOf(fieldConditions('', condition, options));
}

const always: Node = () => true;

function compileNode(filter: unknown, options: FilterOptions): Node {
  if (!isDocument(filter)) throw new CommandError('BadValue', 'the match filter must be an expression in an object');
  const nodes: Node[] = [];
  for (const [name, operand] of Object.entries(filter)) {
    const node =
      name.startsWith('$') && !isReferenceField(name)
        ? topLevel(name, operand, options)
        : field(name, operand, options);
    if (node) nodes.push(node);
  }
  return conjunction(nodes);
}

function conjunction(nodes: readonly Node[]): Node {
  if (nodes.length === 0) return always;
  if (nodes.length === 1) return nodes[0]!;
  return (document, tracker) => {
    for (const node of nodes) {
      if (!node(document, tracker)) {
        if (tracker) tracker.position = undefined;
        return false;
      }
    }
    return true;
  };
}

/** The fields of a DBRef start with a dollar and are still fields. */
function isReferenceField(name: string): boolean {
  return name === '$ref' || name === '$id' || name === '$db' || /^\$(?:ref|id|db)\./.test(name);
}

function topLevel(name: string, operand: unknown, options: FilterOptions): Node | undefined {
  switch (name) {
    case '$and':
      return conjunction(clauses(name, operand, options));
    case '$or': {
      const nodes = clauses(name, operand, options);
      return (document, tracker) => nodes.some(node => node(document, tracker));
    }
    case '$nor': {
      const nodes = clauses(name, operand, options);
      return document => !nodes.some(node => node(document));
    }
    case '$comment':
      return undefined;
    case '$expr':
      return expression(operand, options);
    case '$text': {
      if (!options.text) throw new CommandError('IndexNotFound', 'text index required for $text query');
      const matches = options.text(operand);
      return document => matches(document as Document);
    }
    case '$alwaysTrue':
      return always;
    case '$alwaysFalse':
      return () => false;
    case '$where':
    case '$jsonSchema':
    case '$sampleRate':
      throw unsupported(name);
    default:
      throw new CommandError(
        'BadValue',
        `unknown top level operator: ${name}. If you have a field name that starts with a '$' symbol, consider using $getField or $setField.`,
      );
  }
}

function clauses(name: string, operand: unknown, options: FilterOptions): Node[] {
  if (!Array.isArray(operand)) throw new CommandError('BadValue', `${name} must be an array`);
  if (operand.length === 0) throw new CommandError('BadValue', '$and/$or/$nor must be a nonempty array');
  return operand.map(clause => {
    if (!isDocument(clause)) throw new CommandError('BadValue', '$or/$and/$nor entries need to be full objects');
    return compileNode(clause, options);
  });
}

function expression(operand: unknown, options: FilterOptions): Node {
  if (!options.compileExpression) throw unsupported('$expr in this place');
  const evaluate = options.compileExpression(operand, { let: options.let, collation: options.collation });
  return document => isTruthy(evaluate(document as Document));
}

/** Truth as aggregation expressions see it: false, null, missing and every zero are false. */
export function isTruthy(value: unknown): boolean {
  if (value === undefined || value === null || value === false) return false;
  return !equals(0)(value);
}

function field(name: string, operand: unknown, options: FilterOptions): Node {
  const path = parsePath(name);
  return conjunction(fieldConditions(name, operand, options).map(condition => nodeOf(path, condition)));
}

function nodeOf(path: Path, condition: Condition): Node {
  if (condition.group) {
    const inner = conjunction(condition.group.map(member => nodeOf(path, member)));
    return condition.negated ? document => !inner(document) : inner;
  }
  const { expand, test, negated } = condition;
  if (negated) return document => !anyValueAt(document, path, expand, test);
  const only = path.parts[0]!;
  if (path.parts.length > 1 || !expand) return (document, tracker) => anyValueAt(document, path, expand, test, tracker);
  // Most filters name top-level scalars: these skip the general walk.
  return (document, tracker) => {
    const value = Object.hasOwn(document as Document, only) ? (document as Document)[only] : undefined;
    if (!Array.isArray(value)) return test(value, tracker);
    return anyValueAt(document, path, expand, test, tracker);
  };
}

/** The conditions as one test of a single value, for `$elemMatch` on values: nothing opens up, a negation negates the value. */
function valueTestOf(conditions: readonly Condition[]): ValueTest {
  const tests = conditions.map(({ test, negated, group }): ValueTest => {
    if (group) {
      const inner = valueTestOf(group);
      return negated ? value => !inner(value) : inner;
    }
    return negated ? value => !test(value) : test;
  });
  return (value, tracker) => tests.every(test => test(value, tracker));
}

/** Does the operand consist of operators? As in MongoDB the first field decides; the fields of a DBRef do not count. */
export function isOperatorDocument(operand: unknown): operand is Document {
  if (!isDocument(operand)) return false;
  for (const name in operand) return name.startsWith('$') && !isReferenceField(name);
  return false;
}

function fieldConditions(name: string, operand: unknown, options: FilterOptions): Condition[] {
  if (!isOperatorDocument(operand)) return [implicitEquality(operand, options)];
  const conditions: Condition[] = [];
  for (const [operator, argument] of Object.entries(operand)) {
    const condition = compileOperator(name, operator, argument, operand, options);
    if (condition) conditions.push(condition);
  }
  return conditions;
}

function implicitEquality(operand: unknown, options: FilterOptions): Condition {
  if (bsonType(operand) === bsonTypes.regex) return positive(regexTest(operand));
  return positive(equals(operand, options.collation));
}

const positive = (test: ValueTest, expand = true): Condition => ({ expand, negated: false, test });
const negative = (test: ValueTest, expand = true): Condition => ({ expand, negated: true, test });

/** A regular expression matches strings, and itself as a stored value. */
function regexTest(operand: unknown, options?: string): ValueTest {
  const regex = compileRegexValue(operand, options);
  const same = bsonType(operand) === bsonTypes.regex && options === undefined ? equals(operand) : () => false;
  return value => (typeof value === 'string' ? regex.test(value) : same(value));
}

function compileOperator(
  name: string,
  operator: string,
  argument: unknown,
  all: Document,
  options: FilterOptions,
): Condition | undefined {
  const { collation } = options;
  switch (operator) {
    case '$eq':
      return positive(equals(argument, collation));
    case '$ne':
      if (bsonType(argument) === bsonTypes.regex) throw new CommandError('BadValue', "Can't have regex as arg to $ne.");
      return negative(equals(argument, collation));
    case '$gt':
    case '$gte':
    case '$lt':
    case '$lte':
      if (bsonType(argument) === bsonTypes.regex) {
        throw new CommandError('BadValue', `Can't have RegEx as arg to predicate over field '${name}'.`);
      }
      return positive(ordered(operator as Ordering, argument, collation));
    case '$in':
      return positive(oneOf(listOperand(operator, argument), collation));
    case '$nin':
      return negative(oneOf(listOperand(operator, argument), collation));
    case '$exists':
      return (isTruthy(argument) ? positive : negative)(value => value !== undefined);
    case '$type':
      return positive(hasType(argument));
    case '$mod':
      return positive(modulo(argument));
    case '$regex':
      return regexOperator(argument, all);
    case '$options':
      if (!Object.hasOwn(all, '$regex')) throw new CommandError('BadValue', '$options needs a $regex');
      return undefined;
    case '$size': {
      const size = sizeOperand(argument);
      return positive(value => Array.isArray(value) && value.length === size, false);
    }
    case '$all':
      return allOperator(argument, options);
    case '$elemMatch':
      return positive(elemMatchTest(argument, options), false);
    case '$not':
      return notOperator(name, argument, options);
    case '$bitsAllSet':
    case '$bitsAllClear':
    case '$bitsAnySet':
    case '$bitsAnyClear':
      return positive(bits(operator as BitOperator, argument));
    case '$comment':
      return undefined;
    case '$geoWithin':
    case '$geoIntersects':
    case '$within':
    case '$near':
    case '$nearSphere':
    case '$geoNear':
    case '$maxDistance':
    case '$minDistance':
      throw unsupported(operator);
    default:
      throw new CommandError('BadValue', `unknown operator: ${operator}`);
  }
}

function listOperand(operator: string, argument: unknown): unknown[] {
  if (!Array.isArray(argument)) throw new CommandError('BadValue', `${operator} needs an array`);
  for (const item of argument) {
    if (isOperatorDocument(item)) throw new CommandError('BadValue', `cannot nest $ under ${operator}`);
  }
  return argument;
}

function regexOperator(argument: unknown, all: Document): Condition {
  const extra = all['$options'];
  const isRegex = bsonType(argument) === bsonTypes.regex;
  if (!isRegex && typeof argument !== 'string') throw new CommandError('BadValue', '$regex has to be a string');
  if (extra === undefined) return positive(regexTest(argument));
  if (typeof extra !== 'string') throw new CommandError('BadValue', '$options has to be a string');
  if (isRegex && (argument as { options?: string; flags?: string }).options) {
    throw new CommandError('Location51075', 'options set in both $regex and $options');
  }
  if (!isRegex) {
    const regex = compileRegex(argument as string, extra);
    return positive(value => typeof value === 'string' && regex.test(value));
  }
  return positive(regexTest(argument, extra));
}

function notOperator(name: string, argument: unknown, options: FilterOptions): Condition {
  if (bsonType(argument) === bsonTypes.regex) return negative(regexTest(argument));
  if (!isDocument(argument)) throw new CommandError('BadValue', '$not needs a regex or a document');
  if (Object.keys(argument).length === 0) throw new CommandError('BadValue', '$not cannot be empty');
  for (const operator of Object.keys(argument)) {
    if (!operator.startsWith('$')) throw new CommandError('BadValue', `unknown operator: ${operator}`);
  }
  const group = Object.entries(argument).flatMap(([operator, operand]) => {
    const condition = compileOperator(name, operator, operand, argument, options);
    return condition ? [condition] : [];
  });
  return { expand: true, negated: true, test: () => true, group };
}

/** `$all`: every listed value occurs. Each value searches the path by itself. */
function allOperator(argument: unknown, options: FilterOptions): Condition {
  if (!Array.isArray(argument)) throw new CommandError('BadValue', '$all needs an array');
  if (argument.length === 0) return positive(() => false);
  const elemMatches = argument.filter(item => isDocument(item) && Object.keys(item)[0] === '$elemMatch').length;
  if (elemMatches > 0 && elemMatches < argument.length) throw new CommandError('BadValue', 'no $ expressions in $all');
  const members = argument.map(item => {
    if (elemMatches > 0) return positive(elemMatchTest((item as Document)['$elemMatch'], options), false);
    if (isOperatorDocument(item)) throw new CommandError('BadValue', 'no $ expressions in $all');
    return implicitEquality(item, options);
  });
  return { expand: true, negated: false, test: () => true, group: members };
}

function elemMatchTest(argument: unknown, options: FilterOptions): ValueTest {
  if (!isDocument(argument)) throw new CommandError('BadValue', '$elemMatch needs an Object');
  const matches = elementTest(argument, options);
  return (value, tracker) => {
    if (!Array.isArray(value)) return false;
    const index = value.findIndex(item => matches(item));
    if (index >= 0 && tracker) tracker.position = index;
    return index >= 0;
  };
}

const logical = new Set(['$and', '$or', '$nor', '$expr', '$where', '$comment', '$jsonSchema', '$text']);

/** The test `$elemMatch` makes on each element: operators look at the element itself, fields at the document or array it is. */
export function elementTest(argument: Document, options: FilterOptions): ValueTest {
  const first = Object.keys(argument)[0];
  if (first !== undefined && isOperatorDocument(argument) && !logical.has(first)) {
    return valueTestOf(fieldConditions('', argument, options));
  }
  const node = compileNode(argument, options);
  return item => {
    if (isDocument(item)) return node(item);
    return Array.isArray(item) && node(Object.fromEntries(item.entries()));
  };
}
