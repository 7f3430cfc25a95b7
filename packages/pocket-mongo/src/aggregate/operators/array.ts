import { typeName } from '../../bson/types.ts';
import { CommandError } from '../../errors.ts';
import { compileSort } from '../../query/sort.ts';
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
import { asNumber, type Document, fail, isDocument, isNullish, isNumber, isTruthy, setOwn } from '../values.ts';
import {
  binary,
  countOf,
  define,
  fold,
  named,
  namedFields,
  positional,
  unary,
  unaryOrNull,
  variadic,
} from './registry.ts';

unary('$isArray', value => Array.isArray(value));

unary('$size', value => {
  if (!Array.isArray(value)) {
    throw fail(17124, `The argument to $size must be an array, but was of type: ${typeName(value)}`);
  }
  return value.length;
});

function wholeIndex(name: string, value: unknown, code = 28690): number {
  const index = asNumber(value);
  if (!isNumber(value) || !Number.isInteger(index)) {
    throw fail(code, `${name}'s second argument must be representable as a 32-bit integer: ${String(value)}`);
  }
  return index;
}

binary('$arrayElemAt', (array, position) => {
  if (isNullish(array) || isNullish(position)) return null;
  if (!Array.isArray(array))
    throw fail(28689, `$arrayElemAt's first argument must be an array, but is ${typeName(array)}`);
  return array.at(wholeIndex('$arrayElemAt', position, 28691));
});

positional('$slice', 2, 3, ([array, first, second], _scope) => {
  if (isNullish(array) || isNullish(first)) return null;
  if (!Array.isArray(array))
    throw fail(28724, `First argument to $slice must be an array, but is of type: ${typeName(array)}`);
  const position = wholeIndex('$slice', first, 28726);
  if (second === undefined) return position >= 0 ? array.slice(0, position) : array.slice(position);
  if (second === null) return null;
  const count = wholeIndex('$slice', second, 28728);
  if (count <= 0) throw fail(28729, `Third argument to $slice must be positive: ${count}`);
  const from = position >= 0 ? position : Math.max(0, array.length + position);
  return array.slice(from, from + count);
});

define('$concatArrays', (argument, scope) => {
  const list = Array.isArray(argument) ? argument : [argument];
  const parts = list.map(part => compile(part, scope));
  return fold(frame => {
    const result: unknown[] = [];
    for (const part of parts) {
      const value = part(frame);
      if (isNullish(value)) return null;
      if (!Array.isArray(value)) throw fail(28664, `$concatArrays only supports arrays, not ${typeName(value)}`);
      for (const element of value) result.push(element);
    }
    return result;
  }, parts);
});

unaryOrNull('$reverseArray', value => {
  if (!Array.isArray(value))
    throw fail(34435, `The argument to $reverseArray must be an array, but was of type: ${typeName(value)}`);
  return value.toReversed();
});

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

binary('$in', (value, array, scope) => {
  if (!Array.isArray(array)) throw fail(40081, `$in requires an array as a second argument, found: ${typeName(array)}`);
  const compare = comparer(scope);
  return array.some(element => compare(value, element) === 0);
});

positional('$indexOfArray', 2, 4, ([array, value, start, end], scope) => {
  if (isNullish(array)) return null;
  if (!Array.isArray(array))
    throw fail(40090, `$indexOfArray requires an array as a first argument, found: ${typeName(array)}`);
  const compare = comparer(scope);
  const bound = (index: unknown, fallback: number): number => {
    if (index === undefined) return fallback;
    const whole = asNumber(index);
    if (!Number.isInteger(whole))
      throw fail(40096, `$indexOfArray requires an integral index, found a value of type: ${typeName(index)}`);
    if (whole < 0) throw fail(40097, `$indexOfArray requires a nonnegative index, found: ${whole}`);
    return whole;
  };
  const last = Math.min(bound(end, array.length), array.length);
  for (let at = bound(start, 0); at < last; at += 1) if (compare(array[at], value) === 0) return at;
  return -1;
});

const longestRange = 2_000_000;

positional('$range', 2, 3, ([start, end, step]) => {
  const whole = (value: unknown, code: number, what: string): number => {
    const number = asNumber(value);
    if (!isNumber(value) || (number | 0) !== number)
      throw fail(
        code,
        `$range requires a numeric ${what} that is a 32-bit integer, found value of type: ${typeName(value)}`,
      );
    return number;
  };
  const from = whole(start, 34443, 'starting value');
  const to = whole(end, 34445, 'ending value');
  const by = step === undefined ? 1 : whole(step, 34447, 'step value');
  if (by === 0) throw fail(34449, '$range requires a non-zero step value');
  const result: number[] = [];
  if (Math.abs((to - from) / by) > longestRange)
    throw new CommandError('BSONObjectTooLarge', '$range would make an array over 16 MB');
  for (let value = from; by > 0 ? value < to : value > to; value += by) result.push(value);
  return result;
});

define('$zip', (argument, scope) => {
  const fields = namedFields('$zip', argument, ['inputs'], ['useLongestLength', 'defaults']);
  if (!Array.isArray(fields['inputs']) || fields['inputs'].length === 0)
    throw fail(34465, '$zip requires at least one input array');
  const inputs = fields['inputs'].map(part => compile(part, scope));
  const longest = fields['useLongestLength'] ?? false;
  if (typeof longest !== 'boolean') throw fail(34463, 'useLongestLength must be a bool');
  const defaults = compile(fields['defaults'] ?? [], scope);
  if (fields['defaults'] !== undefined && !longest)
    throw fail(34466, 'cannot specify defaults unless useLongestLength is true');
  return frame => {
    const arrays = inputs.map(input => input(frame));
    if (arrays.some(isNullish)) return null;
    for (const array of arrays) {
      if (!Array.isArray(array)) throw fail(34468, `$zip found a non-array expression in input: ${typeName(array)}`);
    }
    const lengths = (arrays as unknown[][]).map(array => array.length);
    const fill = defaults(frame) as unknown[];
    if (fill.length > 0 && fill.length !== arrays.length)
      throw fail(34467, 'defaults and inputs must have the same length');
    const length = longest ? Math.max(...lengths) : Math.min(...lengths);
    return Array.from({ length }, (_, row) =>
      (arrays as unknown[][]).map((array, column) => (row < array.length ? array[row] : (fill[column] ?? null))),
    );
  };
});

define('$sortArray', (argument, scope) => {
  const fields = namedFields('$sortArray', argument, ['input', 'sortBy'], []);
  const input = compile(fields['input'], scope);
  const order = fields['sortBy'];
  const compare = comparer(scope);
  const direction = asNumber(order);
  if (isNumber(order) && direction !== 1 && direction !== -1)
    throw fail(2942505, 'The sort order must be either 1 or -1');
  const byKeys = isDocument(order) ? compileSort(order, { collation: scope.shared.options.collation }) : undefined;
  if (!byKeys && !isNumber(order)) throw fail(2942507, 'The $sortArray sortBy must be 1, -1 or a sort pattern');
  return frame => {
    const array = input(frame);
    if (isNullish(array)) return null;
    if (!Array.isArray(array))
      throw fail(2942504, `The input argument to $sortArray must be an array, but was of type: ${typeName(array)}`);
    return array.toSorted(byKeys ?? ((a, b) => direction * compare(a, b)));
  };
});

unaryOrNull('$arrayToObject', value => {
  if (!Array.isArray(value)) throw fail(40386, `$arrayToObject requires an array input, found: ${typeName(value)}`);
  const result: Document = {};
  for (const entry of value) {
    const [key, content] = Array.isArray(entry) ? pairOfArray(entry) : pairOfDocument(entry);
    if (key.includes('\0')) throw fail(4940400, 'Key field cannot contain an embedded null byte');
    setOwn(result, key, content);
  }
  return result;
});

function pairOfArray(entry: unknown[]): [string, unknown] {
  if (entry.length !== 2)
    throw fail(40397, `$arrayToObject requires an array of size 2 arrays,found array of size: ${entry.length}`);
  if (typeof entry[0] !== 'string')
    throw fail(
      40395,
      `$arrayToObject requires an array of key-value pairs, where the key must be of type string. Found key type: ${typeName(entry[0])}`,
    );
  return [entry[0], entry[1]];
}

function pairOfDocument(entry: unknown): [string, unknown] {
  if (!isDocument(entry)) throw fail(40398, `Unrecognised input type format for $arrayToObject: ${typeName(entry)}`);
  if (Object.keys(entry).length !== 2)
    throw fail(
      40392,
      `$arrayToObject requires an object keys of 'k' and 'v'. Found incorrect number of keys:${Object.keys(entry).length}`,
    );
  if (!Object.hasOwn(entry, 'k') || !Object.hasOwn(entry, 'v'))
    throw fail(
      40393,
      `$arrayToObject requires an object with keys 'k' and 'v'. Missing either or both keys from: ${JSON.stringify(entry)}`,
    );
  if (typeof entry['k'] !== 'string')
    throw fail(
      40394,
      `$arrayToObject requires an object with keys 'k' and 'v', where the value of 'k' must be of type string. Found type: ${typeName(entry['k'])}`,
    );
  return [entry['k'], entry['v']];
}

unaryOrNull('$objectToArray', value => {
  if (!isDocument(value)) throw fail(40390, `$objectToArray requires a document input, found: ${typeName(value)}`);
  return Object.entries(value).map(([k, v]) => ({ k, v }));
});

variadic('$mergeObjects', values => {
  // A single argument that is an array is a list of documents, as with other accumulators used as expressions.
  const list = values.length === 1 && Array.isArray(values[0]) ? values[0] : values;
  const result: Document = {};
  for (const value of list) {
    if (isNullish(value)) continue;
    if (!isDocument(value))
      throw fail(
        40400,
        `$mergeObjects requires object inputs, but input ${String(value)} is of type ${typeName(value)}`,
      );
    for (const [key, content] of Object.entries(value)) setOwn(result, key, content);
  }
  return result;
});

define('$getField', (argument, scope) => {
  const fields: Document =
    isDocument(argument) && !Object.keys(argument).some(key => key.startsWith('$'))
      ? namedFields('$getField', argument, ['field'], ['input'])
      : { field: argument };
  const field = compile(fields['field'], scope);
  const input: Evaluate = Object.hasOwn(fields, 'input')
    ? compile(fields['input'], scope)
    : compile('$$CURRENT', scope);
  const known = constantOf(field);
  if (known && typeof known.value !== 'string')
    throw fail(5654602, `$getField requires 'field' to evaluate to type String, but got ${typeName(known.value)}`);
  return frame => {
    const name = field(frame);
    if (typeof name !== 'string')
      throw fail(3041704, `$getField requires 'field' to evaluate to type String, but got ${typeName(name)}`);
    const document = input(frame);
    if (isNullish(document)) return document;
    return isDocument(document) && Object.hasOwn(document, name) ? document[name] : undefined;
  };
});

function fieldSetter(name: string, required: string[]): void {
  define(name, (argument, scope) => {
    const fields = namedFields(name, argument, required, []);
    const field = constantOf(compile(fields['field'], scope));
    if (typeof field?.value !== 'string')
      throw fail(4161107, `${name} requires 'field' to evaluate to a constant string`);
    const key = field.value;
    const input = compile(fields['input'], scope);
    const value = required.includes('value') ? compile(fields['value'], scope) : constant(undefined);
    return frame => {
      const document = input(frame);
      if (isNullish(document)) return null;
      if (!isDocument(document)) throw fail(4161105, `${name} requires 'input' to evaluate to type Object`);
      const result = { ...document };
      const content = value(frame);
      if (content === undefined) delete result[key];
      else setOwn(result, key, content);
      return result;
    };
  });
}

fieldSetter('$setField', ['field', 'input', 'value']);
fieldSetter('$unsetField', ['field', 'input']);

/** Sets: order does not matter and each value counts once. */
function distinct(values: readonly unknown[], compare: (a: unknown, b: unknown) => number): unknown[] {
  const sorted = values.toSorted(compare);
  return sorted.filter((value, index) => index === 0 || compare(sorted[index - 1], value) !== 0);
}

function requireArrays(name: string, values: unknown[], code: number): asserts values is unknown[][] {
  for (const value of values) {
    if (!Array.isArray(value))
      throw fail(code, `All operands of ${name} must be arrays. One argument is of type: ${typeName(value)}`);
  }
}

variadic('$setUnion', (values, scope) => {
  if (values.some(isNullish)) return null;
  requireArrays('$setUnion', values, 17043);
  return distinct(values.flat(), comparer(scope));
});

variadic('$setIntersection', (values, scope) => {
  if (values.some(isNullish)) return null;
  requireArrays('$setIntersection', values, 17047);
  const compare = comparer(scope);
  const [first = [], ...others] = values;
  return distinct(first, compare).filter(value =>
    others.every(other => other.some(item => compare(item, value) === 0)),
  );
});

binary('$setDifference', (a, b, scope) => {
  if (isNullish(a) || isNullish(b)) return null;
  requireArrays('$setDifference', [a, b], 17048);
  const compare = comparer(scope);
  const result: unknown[] = [];
  for (const value of a as unknown[]) {
    if (!(b as unknown[]).some(item => compare(item, value) === 0) && !result.some(item => compare(item, value) === 0))
      result.push(value);
  }
  return result;
});

positional('$setEquals', 2, Number.POSITIVE_INFINITY, (values, scope) => {
  requireArrays('$setEquals', values, 17044);
  const compare = comparer(scope);
  const [first = [], ...others] = values.map(value => distinct(value, compare));
  return others.every(
    other => other.length === first.length && other.every((value, index) => compare(value, first[index]) === 0),
  );
});

binary('$setIsSubset', (a, b, scope) => {
  requireArrays('$setIsSubset', [a, b], 17046);
  const compare = comparer(scope);
  return (a as unknown[]).every(value => (b as unknown[]).some(item => compare(item, value) === 0));
});

const elementsOf = (name: string, value: unknown): unknown[] | null => {
  if (value === null || value === undefined) return null;
  if (!Array.isArray(value)) throw fail(5787908, `${name} requires an array, found: ${typeName(value)}`);
  return value;
};

for (const [name, every] of [
  ['$allElementsTrue', true],
  ['$anyElementTrue', false],
] as const) {
  unary(name, value => {
    const list = Array.isArray(value) ? value : undefined;
    if (!list) throw fail(17040, `${name}'s argument must be an array, but is ${typeName(value)}`);
    return every ? list.every(isTruthy) : list.some(isTruthy);
  });
}

named(
  '$firstN',
  ['n', 'input'],
  [],
  ({ n, input }) => elementsOf('$firstN', input)?.slice(0, countOf('$firstN', n)) ?? null,
);
named(
  '$lastN',
  ['n', 'input'],
  [],
  ({ n, input }) => elementsOf('$lastN', input)?.slice(-countOf('$lastN', n)) ?? null,
);
named('$minN', ['n', 'input'], [], ({ n, input }, scope) => extremes('$minN', n, input, comparer(scope)));
named('$maxN', ['n', 'input'], [], ({ n, input }, scope) => {
  const compare = comparer(scope);
  return extremes('$maxN', n, input, (a, b) => compare(b, a));
});

function extremes(
  name: string,
  n: unknown,
  input: unknown,
  compare: (a: unknown, b: unknown) => number,
): unknown[] | null {
  const list = elementsOf(name, input);
  if (!list) return null;
  const present = list.filter(value => !isNullish(value));
  return present.sort(compare).slice(0, countOf(name, n));
}
