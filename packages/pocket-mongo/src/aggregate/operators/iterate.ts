import { typeName } from '../../bson/types.ts';
import { bind, checkVariableName, compile, type Scope } from '../compiler.ts';
import { asNumber, fail, isNullish, isTruthy } from '../values.ts';
import { define, namedFields } from './registry.ts';

/** Compiles `in` with the element bound to `name`. */
function elementScope(scope: Scope, name: string): { scope: Scope; slot: number } {
  checkVariableName(name);
  return bind(scope, name);
}

function variableName(value: unknown): string {
  if (value === undefined) return 'this';
  if (typeof value !== 'string') throw fail(16866, `'as' must be a variable name`);
  return value;
}

define('$map', (argument, scope) => {
  const fields = namedFields('$map', argument, ['input', 'in'], ['as']);
  const input = compile(fields['input'], scope);
  const inner = elementScope(scope, variableName(fields['as']));
  const body = compile(fields['in'], inner.scope);
  return frame => {
    const array = input(frame);
    if (isNullish(array)) return null;
    if (!Array.isArray(array)) throw fail(16883, `input to $map must be an array not ${typeName(array)}`);
    return array.map(element => {
      frame[inner.slot] = element;
      return body(frame) ?? null;
    });
  };
});

define('$filter', (argument, scope) => {
  const fields = namedFields('$filter', argument, ['input', 'cond'], ['as', 'limit']);
  const input = compile(fields['input'], scope);
  const inner = elementScope(scope, variableName(fields['as']));
  const condition = compile(fields['cond'], inner.scope);
  const limit = Object.hasOwn(fields, 'limit') ? compile(fields['limit'], scope) : undefined;
  return frame => {
    const array = input(frame);
    if (isNullish(array)) return null;
    if (!Array.isArray(array)) throw fail(28651, `input to $filter must be an array not ${typeName(array)}`);
    const most = limit ? filterLimit(limit(frame)) : Number.POSITIVE_INFINITY;
    const result: unknown[] = [];
    for (const element of array) {
      if (result.length >= most) break;
      frame[inner.slot] = element;
      if (isTruthy(condition(frame))) result.push(element);
    }
    return result;
  };
});

function filterLimit(value: unknown): number {
  if (isNullish(value)) return Number.POSITIVE_INFINITY;
  const limit = asNumber(value);
  if (!Number.isInteger(limit))
    throw fail(327391, `$filter: limit must be represented as a 32-bit integral value: ${String(value)}`);
  if (limit < 1) throw fail(327392, `$filter: limit must be greater than 0: ${limit}`);
  return limit;
}

define('$reduce', (argument, scope) => {
  const fields = namedFields('$reduce', argument, ['input', 'initialValue', 'in'], []);
  const input = compile(fields['input'], scope);
  const initial = compile(fields['initialValue'], scope);
  const element = bind(scope, 'this');
  const value = bind(element.scope, 'value');
  const body = compile(fields['in'], value.scope);
  return frame => {
    const array = input(frame);
    if (isNullish(array)) return null;
    if (!Array.isArray(array))
      throw fail(40080, `$reduce requires that 'input' be an array, found: ${typeName(array)}`);
    let result = initial(frame);
    for (const item of array) {
      frame[element.slot] = item;
      frame[value.slot] = result;
      result = body(frame);
    }
    return result;
  };
});
