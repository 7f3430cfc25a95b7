import {
  bind,
  checkVariableName,
  comparer,
  compile,
  constant,
  constantOf,
  type Evaluate,
  type Scope,
} from '../compiler.ts';
import { fail, isDocument, isNullish, isTruthy } from '../values.ts';
import { compileArguments, define, fold, namedFields } from './registry.ts';

/** Comparisons order any two values by BSON type, then value; a missing field is below null. */
function comparison(name: string, verdict: (order: number) => unknown): void {
  define(name, (argument, scope) => {
    const [a, b] = compileArguments(name, argument, scope, 2, 2) as [Evaluate, Evaluate];
    const compare = comparer(scope);
    return fold(frame => verdict(compare(a(frame), b(frame))), [a, b]);
  });
}

comparison('$eq', order => order === 0);
comparison('$ne', order => order !== 0);
comparison('$gt', order => order > 0);
comparison('$gte', order => order >= 0);
comparison('$lt', order => order < 0);
comparison('$lte', order => order <= 0);
comparison('$cmp', order => Math.sign(order));

define('$and', (argument, scope) => {
  const parts = compileArguments('$and', argument, scope, 0, Number.POSITIVE_INFINITY);
  return fold(frame => parts.every(part => isTruthy(part(frame))), parts);
});

define('$or', (argument, scope) => {
  const parts = compileArguments('$or', argument, scope, 0, Number.POSITIVE_INFINITY);
  return fold(frame => parts.some(part => isTruthy(part(frame))), parts);
});

define('$not', (argument, scope) => {
  const [part] = compileArguments('$not', argument, scope, 1, 1) as [Evaluate];
  return fold(frame => !isTruthy(part(frame)), [part]);
});

define('$literal', argument => constant(argument));
define('$const', argument => constant(argument));
define('$expr', (argument, scope) => compile(argument, scope));

define('$cond', (argument, scope) => {
  let branches: unknown[];
  if (Array.isArray(argument)) {
    if (argument.length !== 3) {
      throw fail(16020, `Expression $cond takes exactly 3 arguments. ${argument.length} were passed in.`);
    }
    branches = argument;
  } else {
    if (!isDocument(argument)) throw fail(16020, 'Expression $cond takes exactly 3 arguments. 1 were passed in.');
    for (const key of Object.keys(argument)) {
      if (!['if', 'then', 'else'].includes(key)) throw fail(17083, `Unrecognized parameter to $cond: ${key}`);
    }
    if (!Object.hasOwn(argument, 'if')) throw fail(17080, "Missing 'if' parameter to $cond");
    if (!Object.hasOwn(argument, 'then')) throw fail(17081, "Missing 'then' parameter to $cond");
    if (!Object.hasOwn(argument, 'else')) throw fail(17082, "Missing 'else' parameter to $cond");
    branches = [argument['if'], argument['then'], argument['else']];
  }
  const [when, then, otherwise] = branches.map(part => compile(part, scope)) as [Evaluate, Evaluate, Evaluate];
  const known = constantOf(when);
  if (known) return isTruthy(known.value) ? then : otherwise;
  return frame => (isTruthy(when(frame)) ? then(frame) : otherwise(frame));
});

define('$ifNull', (argument, scope) => {
  if (!Array.isArray(argument) || argument.length < 2) {
    const count = Array.isArray(argument) ? argument.length : 1;
    throw fail(1257300, `$ifNull needs at least two arguments, had: ${count}`);
  }
  const parts = argument.map(part => compile(part, scope));
  const last = parts.length - 1;
  return fold(frame => {
    for (let index = 0; index < last; index += 1) {
      const value = parts[index]?.(frame);
      if (!isNullish(value)) return value;
    }
    return parts[last]?.(frame);
  }, parts);
});

define('$switch', (argument, scope) => {
  if (!isDocument(argument)) throw fail(40060, '$switch requires an object as an argument, found: scalar');
  for (const key of Object.keys(argument)) {
    if (key !== 'branches' && key !== 'default') throw fail(40067, `$switch found an unknown argument: ${key}`);
  }
  const list = argument['branches'];
  if (!Array.isArray(list)) throw fail(40061, `$switch expected an array for 'branches'`);
  if (list.length === 0) throw fail(40068, '$switch requires at least one branch.');
  const branches = list.map(branch => compileBranch(branch, scope));
  const fallback = Object.hasOwn(argument, 'default') ? compile(argument['default'], scope) : undefined;
  return frame => {
    for (const [when, then] of branches) if (isTruthy(when(frame))) return then(frame);
    if (fallback) return fallback(frame);
    throw fail(40066, '$switch could not find a matching branch for an input, and no default was specified.');
  };
});

function compileBranch(branch: unknown, scope: Scope): [Evaluate, Evaluate] {
  if (!isDocument(branch)) throw fail(40062, '$switch expected each branch to be an object');
  for (const key of Object.keys(branch)) {
    if (key !== 'case' && key !== 'then') throw fail(40063, `$switch found an unknown argument to a branch: ${key}`);
  }
  if (!Object.hasOwn(branch, 'case')) throw fail(40064, "$switch requires each branch have a 'case' expression");
  if (!Object.hasOwn(branch, 'then')) throw fail(40065, "$switch requires each branch have a 'then' expression.");
  return [compile(branch['case'], scope), compile(branch['then'], scope)];
}

define('$let', (argument, scope) => {
  const fields = namedFields('$let', argument, ['vars', 'in'], []);
  if (!isDocument(fields['vars'])) throw fail(16876, 'invalid parameter: expected an object (vars)');
  let inner = scope;
  const bindings: [number, Evaluate][] = [];
  for (const [name, expression] of Object.entries(fields['vars'])) {
    checkVariableName(name);
    // Each value is evaluated outside the new scope: variables of one $let do not see each other.
    const value = compile(expression, scope);
    const bound = bind(inner, name);
    inner = bound.scope;
    bindings.push([bound.slot, value]);
  }
  const body = compile(fields['in'], inner);
  return frame => {
    const values = bindings.map(([, value]) => value(frame));
    bindings.forEach(([slot], index) => {
      frame[slot] = values[index];
    });
    return body(frame);
  };
});

define('$meta', (argument, scope) => {
  const { meta } = scope.shared.options;
  if (typeof argument !== 'string') throw fail(17307, '$meta only supports string arguments');
  if (argument !== 'textScore' && argument !== 'indexKey')
    throw fail(17308, `Unsupported argument to $meta: ${argument}`);
  if (!meta) return () => undefined;
  return frame => meta(frame[0] as Record<string, unknown>, argument);
});

define('$rand', argument => {
  if (
    (!isDocument(argument) || Object.keys(argument).length > 0) &&
    !(Array.isArray(argument) && argument.length === 0)
  ) {
    throw fail(3040501, '$rand does not currently accept arguments');
  }
  return () => Math.random();
});
