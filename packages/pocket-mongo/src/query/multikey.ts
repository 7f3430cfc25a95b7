import { parsePath } from '../bson/paths.ts';
import { isDocument } from '../bson/types.ts';

/** Thrown when two paths of one key run through different arrays; callers turn it into their own error. */
export class ParallelArrays extends Error {
  readonly paths: readonly string[];

  constructor(paths: readonly string[]) {
    super(`parallel arrays: ${paths.join(', ')}`);
    this.paths = paths;
  }
}

/** A path being resolved: the value reached, and the parts still to go. */
interface Pending {
  readonly value: unknown;
  readonly parts: readonly string[];
}

/**
 * All keys a document has for a compound pattern, as an index would hold them: one for each element of an array the paths run through. A
 * missing value is null, an empty array at the end of a path is `undefined` (which sorts first).
 */
export function multikeys(document: unknown, paths: readonly (readonly string[])[]): unknown[][] {
  const keys: unknown[][] = [];
  expand(
    paths.map(parts => ({ value: document, parts })),
    paths,
    keys,
  );
  return keys;
}

/** Walks one path through documents and by array positions; stops at the end or at an array that opens up. */
function descend({ value, parts }: Pending): Pending {
  let current = value;
  let at = 0;
  for (; at < parts.length; at += 1) {
    const name = parts[at]!;
    if (Array.isArray(current)) {
      const index = parsePath(name).indexes[0]!;
      // A number means the position, unless the elements are documents that have such a field themselves.
      if (index < 0 || current.some(item => isDocument(item) && Object.hasOwn(item, name))) break;
      current = current[index];
    } else if (isDocument(current) && Object.hasOwn(current, name)) current = current[name];
    else return { value: undefined, parts: [] };
  }
  return { value: current, parts: at === 0 ? parts : parts.slice(at) };
}

function expand(pendings: readonly Pending[], paths: readonly (readonly string[])[], keys: unknown[][]): void {
  const reached = pendings.map(descend);
  const open = reached.flatMap(({ value }, i) => (Array.isArray(value) ? [i] : []));
  if (open.length === 0) {
    keys.push(reached.map(({ value }) => (value === undefined ? null : value)));
    return;
  }
  const array = reached[open[0]!]!.value as unknown[];
  for (const i of open) {
    if (reached[i]!.value !== array) throw new ParallelArrays([paths[open[0]!]!.join('.'), paths[i]!.join('.')]);
  }
  if (array.length === 0) {
    const fixed = reached.map(({ value, parts }, i): unknown => {
      if (open.includes(i)) return parts.length === 0 ? emptyArray : null;
      return value === undefined ? null : value;
    });
    keys.push(fixed.map(value => (value === emptyArray ? undefined : value)));
    return;
  }
  for (const item of array) {
    const next = reached.map((pending, i): Pending => {
      if (!open.includes(i)) return { value: closed(pending.value), parts: [] };
      // An element that is an array itself does not open up again at the end of the path.
      if (pending.parts.length === 0) return { value: closed(item), parts: [] };
      return { value: isDocument(item) ? item : undefined, parts: pending.parts };
    });
    expandClosed(next, paths, keys);
  }
}

const emptyArray = Symbol('empty array');

/** Shields a finished value from opening up in the next round. */
class Closed {
  readonly value: unknown;
  constructor(value: unknown) {
    this.value = value;
  }
}

function closed(value: unknown): unknown {
  return Array.isArray(value) ? new Closed(value) : value;
}

function expandClosed(pendings: readonly Pending[], paths: readonly (readonly string[])[], keys: unknown[][]): void {
  const from = keys.length;
  expand(pendings, paths, keys);
  for (let i = from; i < keys.length; i += 1) {
    keys[i] = keys[i]!.map(value => (value instanceof Closed ? value.value : value));
  }
}
