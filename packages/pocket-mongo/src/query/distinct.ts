import type { Collation } from '../bson/collation.ts';
import { valuesEqual } from '../bson/compare.ts';
import { equalityKey } from '../bson/equality-key.ts';
import { arrayIndex } from '../bson/paths.ts';
import { type Document, isDocument } from '../bson/types.ts';

/** The different values documents have at a path, in the order of their first appearance; the elements of an array count one by one. */
export function distinctValues(documents: Iterable<Document>, path: string, collation?: Collation): unknown[] {
  const parts = path.split('.');
  const keys = new Set<unknown>();
  const values: unknown[] = [];
  const offer = (value: unknown) => {
    const key = equalityKey(value);
    if (keys.has(key)) return;
    keys.add(key);
    // Only strings (and what contains them) can be equal under a collation and yet have different keys.
    if (collation && values.some(known => valuesEqual(known, value, collation))) return;
    values.push(value);
  };
  for (const document of documents) collect(document, parts, 0, offer);
  return values;
}

function collect(value: unknown, parts: readonly string[], at: number, offer: (value: unknown) => void): void {
  if (at === parts.length) {
    if (Array.isArray(value)) for (const item of value) offer(item);
    else if (value !== undefined) offer(value);
    return;
  }
  const name = parts[at]!;
  if (Array.isArray(value)) {
    const index = arrayIndex(name);
    if (index >= 0) collect(value[index], parts, at + 1, offer);
    else for (const item of value) collect(item, parts, at, offer);
  } else if (isDocument(value) && Object.hasOwn(value, name)) collect(value[name], parts, at + 1, offer);
}
