import type { Path } from '../bson/paths.ts';
import { isDocument } from '../bson/types.ts';

/** Remembers which array element satisfied the query, for the positional operators. */
export interface Tracker {
  position: number | undefined;
}

/** A condition on one value; `undefined` is a missing one. */
export type ValueTest = (value: unknown, tracker?: Tracker) => boolean;

/**
 * Does any value at the path satisfy the test? Arrays on the way are entered: each document in them is searched, and a numeric part also
 * picks the element of that position. With `expand` an array at the end offers its elements first and then itself.
 */
export function anyValueAt(root: unknown, path: Path, expand: boolean, test: ValueTest, tracker?: Tracker): boolean {
  return visit(root, path, 0, expand, test, tracker);
}

function visit(value: unknown, path: Path, at: number, expand: boolean, test: ValueTest, tracker?: Tracker): boolean {
  if (at === path.parts.length) return visitEnd(value, expand, test, tracker);
  if (Array.isArray(value)) return visitArray(value, path, at, expand, test, tracker);
  if (!isDocument(value)) return test(undefined);
  const name = path.parts[at]!;
  return visit(Object.hasOwn(value, name) ? value[name] : undefined, path, at + 1, expand, test, tracker);
}

function visitEnd(value: unknown, expand: boolean, test: ValueTest, tracker?: Tracker): boolean {
  if (expand && Array.isArray(value)) {
    for (let i = 0; i < value.length; i += 1) {
      if (test(value[i], tracker)) {
        if (tracker) tracker.position = i;
        return true;
      }
    }
  }
  return test(value, tracker);
}

function visitArray(
  array: unknown[],
  path: Path,
  at: number,
  expand: boolean,
  test: ValueTest,
  tracker?: Tracker,
): boolean {
  const index = path.indexes[at]!;
  for (let i = 0; i < array.length; i += 1) {
    const item = array[i];
    if (visitElement(item, i === index, path, at, expand, test, tracker)) {
      // The outermost array decides: it is the one `$` in an update stands for.
      if (tracker) tracker.position = i;
      return true;
    }
  }
  return false;
}

function visitElement(
  item: unknown,
  addressed: boolean,
  path: Path,
  at: number,
  expand: boolean,
  test: ValueTest,
  tracker?: Tracker,
): boolean {
  const document = isDocument(item);
  if (document && visit(item, path, at, expand, test, tracker)) return true;
  if (!addressed) return false;
  // A path that ends with the position means that element as it is; its own elements are not searched.
  if (at === path.parts.length - 1) return test(item, tracker);
  return (document || Array.isArray(item)) && visit(item, path, at + 1, expand, test, tracker);
}
