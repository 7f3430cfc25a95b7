import { typeName } from '../../bson/types.ts';
import { CommandError } from '../../errors.ts';
import { compileSort } from '../../query/sort.ts';
import { comparer, compile } from '../compiler.ts';
import { asNumber, fail, isDocument, isNullish, isNumber, isTruthy } from '../values.ts';
import { binary, countOf, define, fold, named, namedFields, positional, unary, unaryOrNull } from './registry.ts';

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
