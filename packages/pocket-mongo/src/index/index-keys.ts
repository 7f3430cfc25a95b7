import { isDocument } from '../bson/types.ts';
import { CommandError } from '../errors.ts';

/** The values one document has for the fields of an index, one list per entry of the index. */
export interface ExtractedKeys {
  readonly keys: unknown[][];
  /** False when the document has none of the fields, which a sparse index leaves out. */
  readonly present: boolean;
  /** By field of the index: the path went through an array, so that one document has several keys. */
  readonly multikey: readonly boolean[] | undefined;
}

/** A place on the way along a path: what was found so far and which components are left. */
interface Walk {
  value: unknown;
  at: number;
  found: boolean;
}

const missing: Walk = { value: undefined, at: 0, found: false };

/** A function that reads from documents the keys of an index over `paths` (each split at its dots). */
export function keyExtractor(paths: readonly (readonly string[])[]): (document: object) => ExtractedKeys {
  const flat = paths.every(path => path.length === 1) ? paths.map(path => path[0]!) : undefined;
  return document => (flat && flatKeys(document, flat)) || walkKeys(document, paths);
}

/** The common case: top-level fields without arrays. Undefined when an array asks for the long way. */
function flatKeys(document: object, names: readonly string[]): ExtractedKeys | undefined {
  const key: unknown[] = new Array(names.length);
  let present = false;
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!;
    if (Object.hasOwn(document, name)) {
      const value = (document as Record<string, unknown>)[name];
      if (Array.isArray(value)) return undefined;
      key[i] = value === undefined ? null : value;
      present = true;
    } else {
      key[i] = null;
    }
  }
  return { keys: [key], present, multikey: undefined };
}

function walkKeys(document: object, paths: readonly (readonly string[])[]): ExtractedKeys {
  const multikey = paths.map(() => false);
  const keys: unknown[][] = [];
  let present = false;
  const expand = (walks: readonly Walk[]): void => {
    const reached = walks.map((walk, field) => advance(walk, paths[field]!));
    let array: unknown[] | undefined;
    for (let field = 0; field < reached.length; field++) {
      const { value, found } = reached[field]!;
      if (!found || !Array.isArray(value) || walks[field]!.at > paths[field]!.length) continue;
      if (array && array !== value) {
        throw new CommandError('CannotIndexParallelArrays', 'cannot index parallel arrays');
      }
      array = value;
    }
    if (!array) {
      if (reached.some(walk => walk.found)) present = true;
      keys.push(reached.map(walk => (walk.found && walk.value !== undefined ? walk.value : null)));
      return;
    }
    present = true;
    for (let field = 0; field < reached.length; field++) if (reached[field]!.value === array) multikey[field] = true;
    if (array.length === 0) {
      keys.push(
        reached.map((walk, field) => emptyArrayKey(walk, walk.value === array, walk.at === paths[field]!.length)),
      );
      return;
    }
    for (const element of array) {
      expand(
        reached.map((walk, field) => {
          if (walk.value !== array) return walk.found ? { ...walk, at: paths[field]!.length + 1 } : missing;
          if (walk.at === paths[field]!.length) return { value: element, at: walk.at + 1, found: true };
          // Arrays directly inside arrays are not searched through, only documents are.
          return isDocument(element) ? { value: element, at: walk.at, found: true } : missing;
        }),
      );
    }
  };
  expand(paths.map(() => ({ value: document, at: 0, found: true })));
  return { keys, present, multikey: multikey.includes(true) ? multikey : undefined };
}

/** An empty array itself has the key `undefined`, which sorts before null; below it there is nothing. */
function emptyArrayKey(walk: Walk, inArray: boolean, atEnd: boolean): unknown {
  if (inArray) return atEnd ? undefined : null;
  return walk.found && walk.value !== undefined ? walk.value : null;
}

/** Follows the path through documents until it ends, leads nowhere, or meets an array. */
function advance(walk: Walk, path: readonly string[]): Walk {
  let { value, at } = walk;
  if (!walk.found) return missing;
  while (at < path.length) {
    const name = path[at]!;
    if (Array.isArray(value)) {
      // `list.0` reads one element; any other name applies to every element.
      if (!/^\d+$/.test(name)) return { value, at, found: true };
      if (Number(name) >= value.length) return missing;
      value = value[Number(name)];
    } else if (isDocument(value) && Object.hasOwn(value, name)) {
      value = value[name];
    } else {
      return missing;
    }
    at++;
  }
  return { value, at, found: true };
}
