import type { Collation } from '../bson/collation.ts';
import { compareValues } from '../bson/compare.ts';
import type { Document } from '../bson/types.ts';
import { keyExtractor } from '../index/index-keys.ts';

/** Every different value a path has in the documents, in MongoDB's order; arrays count by their elements. */
export function distinctValues(
  documents: readonly Document[],
  path: string,
  collation: Collation | undefined,
): unknown[] {
  const extract = keyExtractor([path.split('.')]);
  const values: unknown[] = [];
  for (const document of documents) {
    const { keys, present } = extract(document);
    // The keys of an index, except that here a missing value is none.
    if (present) for (const [value] of keys) if (value !== undefined) values.push(value);
  }
  values.sort((a, b) => compareValues(a, b, collation));
  return values.filter((value, i) => i === 0 || compareValues(values[i - 1], value, collation) !== 0);
}
