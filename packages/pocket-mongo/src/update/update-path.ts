import { compareStrings } from '../bson/compare.ts';
import { arrayIndex, valueAt } from '../bson/paths.ts';
import type { Document } from '../bson/types.ts';
import { CommandError } from '../errors.ts';
import type { ArrayFilters } from './array-filters.ts';
import { describe } from './describe.ts';

/** A path of an update, checked; `dynamic` when `$`, `$[]` or `$[id]` makes it depend on the document. */
export interface UpdatePath {
  readonly text: string;
  readonly parts: readonly string[];
  readonly dynamic: boolean;
}

const positional = /^\$(?:\[(.*)\])?$/;

/** Splits and checks a path that an update operator names. */
export function parseUpdatePath(text: string, filters?: ArrayFilters): UpdatePath {
  if (text === '') throw new CommandError('EmptyFieldName', 'An empty update path is not valid.');
  const parts = text.split('.');
  let dynamic = false;
  parts.forEach((part, i) => {
    if (part === '') {
      throw new CommandError(
        'EmptyFieldName',
        `The update path '${text}' contains an empty field name, which is not allowed.`,
      );
    }
    const match = positional.exec(part);
    if (match) {
      if (i === 0) {
        throw new CommandError(
          'BadValue',
          `Cannot have positional (i.e. '${part}') element in the first position in path '${text}'`,
        );
      }
      dynamic = true;
      if (match[1]) filters?.use(match[1], text);
    }
  });
  if (parts.filter(part => part === '$').length > 1) {
    throw new CommandError('BadValue', `Too many positional (i.e. '$') elements found in path '${text}'`);
  }
  return { text, parts, dynamic };
}

/** The places a path means in this document. */
export function resolvePath(
  path: UpdatePath,
  document: Document,
  position: () => number | undefined,
  filters: ArrayFilters | undefined,
): string[][] {
  if (!path.dynamic) return [path.parts as string[]];
  let prefixes: string[][] = [[]];
  for (const part of path.parts) {
    const match = positional.exec(part);
    if (!match) prefixes = prefixes.map(prefix => [...prefix, part]);
    else if (part === '$') {
      const index = position();
      if (index === undefined) {
        throw new CommandError('BadValue', 'The positional operator did not find the match needed from the query.');
      }
      prefixes = prefixes.map(prefix => [...prefix, String(index)]);
    } else prefixes = prefixes.flatMap(prefix => selectElements(prefix, match[1], document, filters));
  }
  return prefixes;
}

function selectElements(
  prefix: string[],
  identifier: string | undefined,
  document: Document,
  filters: ArrayFilters | undefined,
): string[][] {
  const value = valueAt(document, prefix);
  if (value === undefined) {
    throw new CommandError(
      'BadValue',
      `The path '${prefix.join('.')}' must exist in the document in order to apply array updates.`,
    );
  }
  if (!Array.isArray(value)) {
    throw new CommandError(
      'BadValue',
      `Cannot apply array updates to non-array element ${prefix.at(-1)}: ${describe(value)}`,
    );
  }
  const selected: string[][] = [];
  value.forEach((item, i) => {
    if (!identifier || filters?.matches(identifier, item)) selected.push([...prefix, String(i)]);
  });
  return selected;
}

/** MongoDB's order of application, and so of new fields: by parts, names by bytes and numbers by value. */
export function comparePaths(a: readonly string[], b: readonly string[]): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i += 1) {
    if (a[i] === b[i]) continue;
    const x = arrayIndex(a[i]!);
    const y = arrayIndex(b[i]!);
    if (x >= 0 && y >= 0) return x - y;
    return compareStrings(a[i]!, b[i]!);
  }
  return a.length - b.length;
}

/** Refuses two changes to one place, or to a place and something inside it. */
export function refuseConflicts(paths: readonly (readonly string[])[]): void {
  interface Level {
    readonly children: Map<string, Level>;
    ends: boolean;
  }
  const root: Level = { children: new Map(), ends: false };
  for (const path of paths) {
    let level = root;
    path.forEach((part, i) => {
      let child = level.children.get(part);
      if (!child) {
        child = { children: new Map(), ends: false };
        level.children.set(part, child);
      } else if (child.ends || i === path.length - 1) {
        const at = path.slice(0, i + 1).join('.');
        throw new CommandError(
          'ConflictingUpdateOperators',
          `Updating the path '${path.join('.')}' would create a conflict at '${at}'`,
        );
      }
      level = child;
    });
    level.ends = true;
  }
}
