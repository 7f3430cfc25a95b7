import { typeName } from '../../bson/types.ts';
import { comparer } from '../compiler.ts';
import { fail, isNullish } from '../values.ts';
import { binary, positional, variadic } from './registry.ts';

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
