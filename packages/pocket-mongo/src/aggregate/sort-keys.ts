import { CommandError } from '../errors.ts';
import { descend, pathParts } from './compiler.ts';
import { asNumber, fail, isDocument } from './values.ts';

/**
 * The order of a sort pattern for `$sortArray`, `$topN` and window functions. A missing field sorts as null, and an array
 * by its smallest element upwards or its largest downwards.
 */
export function compileSortKeys(
  pattern: Record<string, unknown>,
  compare: (a: unknown, b: unknown) => number,
): (a: unknown, b: unknown) => number {
  const keys = Object.entries(pattern).map(([path, direction]) => {
    const sign = asNumber(direction);
    if (sign !== 1 && sign !== -1) {
      throw isDocument(direction)
        ? new CommandError('BadValue', 'a $meta sort is only possible in $sort')
        : fail(15975, '$sort key ordering must be 1 (for ascending) or -1 (for descending)');
    }
    return { parts: pathParts(path), sign };
  });
  if (keys.length === 0) throw fail(15976, '$sort stage must have at least one sort key');
  const valueAt = (document: unknown, parts: readonly string[], sign: number): unknown => {
    const value = descend(document, parts, 0);
    if (value === undefined) return null;
    if (!Array.isArray(value)) return value;
    if (value.length === 0) return undefined;
    return value.reduce((best, item) => (sign * compare(item, best) < 0 ? item : best));
  };
  return (a, b) => {
    for (const { parts, sign } of keys) {
      const order = compare(valueAt(a, parts, sign), valueAt(b, parts, sign));
      if (order !== 0) return sign * order;
    }
    return 0;
  };
}
