import { CommandError, unsupported } from '../../errors.ts';
import { compile, constant, constantOf, type Evaluate, type Scope } from '../compiler.ts';
import { asNumber, fail, isDocument, isNullish, isNumber } from '../values.ts';

type Compiler = (argument: unknown, scope: Scope, name: string) => Evaluate;

const operators = new Map<string, Compiler>();

/** The general form: the operator compiles its argument as it likes. */
export function define(name: string, compiler: Compiler): void {
  operators.set(name, compiler);
}

const refused = new Set([
  '$function',
  '$accumulator',
  '$where',
  '$encStrContains',
  '$encStrEndsWith',
  '$encStrStartsWith',
]);

export function compileOperator(name: string, argument: unknown, scope: Scope): Evaluate {
  const compiler = operators.get(name);
  if (compiler) return compiler(argument, scope, name);
  if (refused.has(name)) throw unsupported(name);
  throw new CommandError('InvalidPipelineOperator', `Unrecognized expression '${name}'`);
}

export const operatorNames = (): string[] => [...operators.keys()];

/** A fixed number of arguments: the list, or the argument itself where one is enough. */
export function compileArguments(
  name: string,
  argument: unknown,
  scope: Scope,
  least: number,
  most: number,
): Evaluate[] {
  const list = Array.isArray(argument) ? argument : [argument];
  if (list.length < least || list.length > most) {
    throw least === most
      ? fail(16020, `Expression ${name} takes exactly ${least} arguments. ${list.length} were passed in.`)
      : fail(
          28667,
          `Expression ${name} takes at least ${least} arguments, and at most ${most}, but ${list.length} were passed in.`,
        );
  }
  return list.map(part => compile(part, scope));
}

/** Evaluates once, now, when nothing depends on a document. A failing constant fails when it is reached, as a branch may never be. */
export function fold(evaluate: Evaluate, parts: readonly Evaluate[]): Evaluate {
  if (!parts.every(part => constantOf(part))) return evaluate;
  try {
    return constant(evaluate([]));
  } catch {
    return evaluate;
  }
}

export function unary(name: string, apply: (value: unknown, scope: Scope) => unknown): void {
  define(name, (argument, scope) => {
    const [part] = compileArguments(name, argument, scope, 1, 1) as [Evaluate];
    return fold(frame => apply(part(frame), scope), [part]);
  });
}

/** One argument, and null for null or missing. */
export function unaryOrNull(name: string, apply: (value: unknown, scope: Scope) => unknown): void {
  unary(name, (value, scope) => (isNullish(value) ? null : apply(value, scope)));
}

export function binary(name: string, apply: (a: unknown, b: unknown, scope: Scope) => unknown): void {
  define(name, (argument, scope) => {
    const [a, b] = compileArguments(name, argument, scope, 2, 2) as [Evaluate, Evaluate];
    return fold(frame => apply(a(frame), b(frame), scope), [a, b]);
  });
}

export function positional(
  name: string,
  least: number,
  most: number,
  apply: (values: unknown[], scope: Scope) => unknown,
): void {
  define(name, (argument, scope) => {
    const parts = compileArguments(name, argument, scope, least, most);
    return fold(
      frame =>
        apply(
          parts.map(part => part(frame)),
          scope,
        ),
      parts,
    );
  });
}

/** Any number of arguments. */
export function variadic(name: string, apply: (values: unknown[], scope: Scope) => unknown): void {
  positional(name, 0, Number.POSITIVE_INFINITY, apply);
}

/** The fields of an operator that names its arguments; unknown and absent ones are refused by name. */
export function namedFields(
  name: string,
  argument: unknown,
  required: readonly string[],
  optional: readonly string[],
): Record<string, unknown> {
  if (!isDocument(argument)) {
    throw new CommandError('FailedToParse', `${name} only supports an object as its argument`);
  }
  for (const key of Object.keys(argument)) {
    if (!required.includes(key) && !optional.includes(key)) {
      throw new CommandError('FailedToParse', `Unrecognized argument to ${name}: '${key}'`);
    }
  }
  for (const key of required) {
    if (!Object.hasOwn(argument, key)) throw new CommandError('FailedToParse', `Missing '${key}' parameter to ${name}`);
  }
  return argument;
}

/** An operator with named arguments, all evaluated first; absent ones are `undefined`. */
export function named(
  name: string,
  required: readonly string[],
  optional: readonly string[],
  apply: (values: Record<string, unknown>, scope: Scope, given: ReadonlySet<string>) => unknown,
): void {
  define(name, (argument, scope) => {
    const fields = namedFields(name, argument, required, optional);
    const keys = Object.keys(fields);
    const given: ReadonlySet<string> = new Set(keys);
    const parts = keys.map(key => compile(fields[key], scope));
    const evaluate: Evaluate = frame => {
      const values: Record<string, unknown> = {};
      for (let index = 0; index < keys.length; index += 1) values[keys[index] as string] = parts[index]?.(frame);
      return apply(values, scope, given);
    };
    return fold(evaluate, parts);
  });
}

/** The `n` of $firstN and its relatives. */
export function countOf(name: string, value: unknown): number {
  const count = asNumber(value);
  if (!isNumber(value) || !Number.isInteger(count))
    throw fail(5787902, `Value for 'n' must be of integral type, but found ${String(value)} in ${name}`);
  if (count <= 0) throw fail(5787908, `'n' must be greater than 0, found ${count} in ${name}`);
  return count;
}
