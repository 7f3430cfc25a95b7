import type { Collation } from '../bson/collation.ts';
import { compareValues } from '../bson/compare.ts';
import { CommandError } from '../errors.ts';
import { compileOperator } from './operators/registry.ts';
import { type Document, fail, isDocument, ownReader, setOwn } from './values.ts';

/** Values of user variables by name. The bag is read at each evaluation, so its owner may change the values in between. */
export type Variables = Readonly<Record<string, unknown>>;

export interface ExpressionOptions {
  readonly let?: Variables | undefined;
  readonly collation?: Collation | undefined;
  readonly now?: Date | undefined;
  /** Answers `{$meta: name}` for a document: the text score lives beside the document, not in it. */
  readonly meta?: ((document: Document, name: string) => unknown) | undefined;
}

/** The slots of one evaluation: the root document first, then one per bound variable. */
export type Frame = unknown[];
export type Evaluate = (frame: Frame) => unknown;

export interface Scope {
  readonly slots: ReadonlyMap<string, number>;
  readonly shared: { count: number; readonly options: ExpressionOptions; readonly now: Date };
}

/** What `$$REMOVE` and missing fields are: no value at all. */
export const missing = undefined;

export function rootScope(options: ExpressionOptions): Scope {
  return { slots: new Map([['ROOT', 0]]), shared: { count: 1, options, now: options.now ?? new Date() } };
}

/** The scope with one more variable, and the slot that holds its value. */
export function bind(scope: Scope, name: string): { scope: Scope; slot: number } {
  const slot = scope.shared.count++;
  return { scope: { ...scope, slots: new Map(scope.slots).set(name, slot) }, slot };
}

const constants = new WeakMap<Evaluate, { readonly value: unknown }>();

export function constant(value: unknown): Evaluate {
  const evaluate: Evaluate = () => value;
  constants.set(evaluate, { value });
  return evaluate;
}

/** The value of an expression that is the same for every document; undefined when it depends on one. */
export const constantOf = (evaluate: Evaluate): { readonly value: unknown } | undefined => constants.get(evaluate);

export function compile(expression: unknown, scope: Scope): Evaluate {
  if (typeof expression === 'string' && expression.startsWith('$')) {
    return expression.startsWith('$$')
      ? compileVariable(expression.slice(2), scope)
      : compileFieldPath(expression, scope);
  }
  if (Array.isArray(expression)) return compileArray(expression, scope);
  if (!isDocument(expression)) return constant(expression);
  const keys = Object.keys(expression);
  const operator = keys.find(key => key.startsWith('$'));
  if (operator === undefined) return compileObject(expression, keys, scope);
  if (keys.length > 1) {
    const first = keys[0] ?? '';
    throw first.startsWith('$')
      ? fail(15983, `An object representing an expression must have exactly one field: ${JSON.stringify(expression)}`)
      : fail(16410, `FieldPath field names may not start with '$'. Consider using $getField or $setField.`);
  }
  return compileOperator(operator, expression[operator], scope);
}

function compileArray(elements: readonly unknown[], scope: Scope): Evaluate {
  const parts = elements.map(element => compile(element, scope));
  if (parts.every(part => constantOf(part))) return constant(parts.map(part => constantOf(part)?.value ?? null));
  return frame => parts.map(part => part(frame) ?? null);
}

function compileObject(expression: Document, keys: string[], scope: Scope): Evaluate {
  for (const key of keys) {
    if (key.includes('.'))
      throw fail(16412, `FieldPath field names may not contain '.'. Consider using $getField or $setField.`);
    if (key === '') throw fail(40353, "FieldPath must not end with a '.'.");
  }
  const parts = keys.map(key => compile(expression[key], scope));
  const build = (values: (part: Evaluate) => unknown): Document => {
    const result: Document = {};
    for (let index = 0; index < keys.length; index += 1) {
      const value = values(parts[index] as Evaluate);
      if (value !== undefined) setOwn(result, keys[index] as string, value);
    }
    return result;
  };
  if (parts.every(part => constantOf(part))) return constant(build(part => constantOf(part)?.value));
  return frame => build(part => part(frame));
}

function compileFieldPath(expression: string, scope: Scope): Evaluate {
  const path = expression.slice(1);
  const current = scope.slots.get('CURRENT') ?? 0;
  return readPath(pathParts(path), frame => frame[current]);
}

/** Splits a field path and refuses the malformed ones in MongoDB's words. */
export function pathParts(path: string): string[] {
  if (path === '') throw fail(16872, "'$' by itself is not a valid FieldPath");
  if (path.endsWith('.')) throw fail(40353, "FieldPath must not end with a '.'.");
  const parts = path.split('.');
  for (const part of parts) {
    if (part === '') throw fail(15998, 'FieldPath field names may not be empty strings.');
    if (part.startsWith('$')) {
      throw fail(16410, `FieldPath field names may not start with '$'. Consider using $getField or $setField.`);
    }
  }
  if (parts.length > 200) throw new CommandError('Overflow', 'FieldPath is too long');
  return parts;
}

function readPath(parts: readonly string[], base: Evaluate): Evaluate {
  const [first, ...rest] = parts;
  if (first === undefined) return base;
  const read = ownReader(first);
  if (rest.length === 0) {
    return frame => {
      const value = base(frame);
      return isDocument(value) ? read(value) : Array.isArray(value) ? collect(value, parts, 0) : missing;
    };
  }
  return frame => descend(base(frame), parts, 0);
}

/** The value at a path; an array on the way yields the array of what its documents have there. */
export function descend(value: unknown, parts: readonly string[], from: number): unknown {
  let current = value;
  for (let index = from; index < parts.length; index += 1) {
    if (Array.isArray(current)) return collect(current, parts, index);
    if (!isDocument(current)) return missing;
    const part = parts[index] as string;
    current = Object.hasOwn(current, part) ? current[part] : missing;
  }
  return current;
}

function collect(elements: readonly unknown[], parts: readonly string[], index: number): unknown[] {
  const result: unknown[] = [];
  for (const element of elements) {
    if (!isDocument(element) && !Array.isArray(element)) continue;
    // An array directly inside an array is not searched.
    if (Array.isArray(element)) continue;
    const value = descend(element, parts, index);
    if (value !== undefined) result.push(value);
  }
  return result;
}

/** Bags of nested pipelines inherit from the outer ones, so that a value set there later is seen. */
export const nestedBag = (outer: Variables | undefined): Document => Object.create(outer ?? null) as Document;

export function isDeclared(bag: Variables, name: string): boolean {
  for (let level: Variables | null = bag; level && level !== Object.prototype; level = Object.getPrototypeOf(level)) {
    if (Object.hasOwn(level, name)) return true;
  }
  return false;
}

const systemVariables = new Set(['ROOT', 'CURRENT', 'REMOVE', 'NOW', 'DESCEND', 'PRUNE', 'KEEP']);

function compileVariable(text: string, scope: Scope): Evaluate {
  const [name = '', ...path] = text === '' ? [] : pathParts(text);
  if (name === '') throw fail(16869, 'empty variable names are not allowed');
  return readPath(path, variable(name, scope));
}

function variable(name: string, scope: Scope): Evaluate {
  const slot = scope.slots.get(name);
  if (slot !== undefined) return frame => frame[slot];
  const { options, now } = scope.shared;
  const bag = options.let;
  if (bag && isDeclared(bag, name)) return () => bag[name];
  switch (name) {
    case 'CURRENT':
      return frame => frame[0];
    case 'REMOVE':
      return constant(missing);
    case 'NOW':
      return constant(now);
    case 'DESCEND':
    case 'PRUNE':
    case 'KEEP':
      return constant(name.toLowerCase());
    case 'CLUSTER_TIME':
    case 'USER_ROLES':
    case 'SEARCH_META':
    case 'JS_SCOPE':
    case 'IS_MR':
      throw new CommandError(
        'NotImplemented',
        `$$${name} is not supported by the embedded store; set MONGODB_URI to a MongoDB server to use it`,
      );
    default:
      throw fail(17276, `Use of undefined variable: ${name}`);
  }
}

/** User variables begin with a lower-case letter, so that they never hide the system's. */
export function checkVariableName(name: string): void {
  if (name === 'CURRENT') return;
  if (name === '') throw fail(16866, 'empty variable names are not allowed');
  if (systemVariables.has(name) || !/^[a-z\u0080-\uffff]/.test(name)) {
    throw fail(16867, `'${name}' starts with an invalid character for a user variable name`);
  }
  if (!/^[\w\u0080-\uffff]*$/.test(name)) {
    throw fail(
      16868,
      `'${name}' contains an invalid character for a variable name: '${name.replace(/[\w\u0080-\uffff]/g, '')[0]}'`,
    );
  }
}

export const comparer = (scope: Scope): ((a: unknown, b: unknown) => number) => {
  const { collation } = scope.shared.options;
  return collation ? (a, b) => compareValues(a, b, collation) : compareValues;
};
