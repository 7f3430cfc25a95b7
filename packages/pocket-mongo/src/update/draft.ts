import { writeOwn } from '../bson/own-properties.ts';
import { arrayIndex } from '../bson/paths.ts';
import { type Document, isDocument } from '../bson/types.ts';
import { CommandError } from '../errors.ts';
import { describe } from './describe.ts';

/** A change leaves the value as it is. */
export const unchanged = Symbol('unchanged');
/** A change takes the field away (an array element becomes null, so that the others keep their positions). */
export const removed = Symbol('removed');

/** Computes what becomes of the value at a path; `undefined` means that there is none yet. */
export type Change = (current: unknown) => unknown;

/** MongoDB's bound on how far an update may pad an array with nulls. */
const maxPadding = 1_500_000;

/**
 * A document being changed. Stored documents are immutable, so the first change to an object or array copies it; later changes reuse the copy.
 * When nothing changed, `document` is still the original object.
 */
export class Draft {
  document: Document;
  private readonly original: Document;
  private readonly copies = new Set<object>();

  constructor(document: Document) {
    this.document = document;
    this.original = document;
  }

  /** Applies a change at a path; `create` says whether missing parents are built or the change has no effect then. */
  change(path: readonly string[], create: boolean, change: Change): void {
    this.document = this.changeIn(this.document, path, 0, create, change) as Document;
  }

  get isChanged(): boolean {
    return this.document !== this.original;
  }

  private changeIn(container: unknown, path: readonly string[], at: number, create: boolean, change: Change): unknown {
    const name = path[at]!;
    if (isDocument(container)) return this.changeField(container, path, at, create, change);
    if (Array.isArray(container) && arrayIndex(name) >= 0)
      return this.changeElement(container, path, at, create, change);
    if (!create) return container;
    throw new CommandError(
      'PathNotViable',
      `Cannot create field '${name}' in element {${path[at - 1] ?? ''}: ${describe(container)}}`,
    );
  }

  private changeField(
    container: Document,
    path: readonly string[],
    at: number,
    create: boolean,
    change: Change,
  ): unknown {
    const name = path[at]!;
    const exists = Object.hasOwn(container, name);
    const current = exists ? container[name] : undefined;
    const result = this.next(exists, current, path, at, create, change);
    if (result === unchanged || (exists && result === current)) return container;
    if (result === removed) {
      if (!exists) return container;
      const copy = this.copyOf(container);
      delete copy[name];
      return copy;
    }
    const copy = this.copyOf(container);
    writeOwn(copy, name, result);
    return copy;
  }

  private changeElement(
    container: unknown[],
    path: readonly string[],
    at: number,
    create: boolean,
    change: Change,
  ): unknown {
    const index = arrayIndex(path[at]!);
    const exists = index < container.length;
    const current = exists ? container[index] : undefined;
    const result = this.next(exists, current, path, at, create, change);
    if (result === unchanged || (exists && result === current)) return container;
    if (result === removed && (!exists || current === null)) return container;
    if (index > container.length + maxPadding) {
      throw new CommandError('BadValue', `can't backfill array to larger than ${maxPadding} elements`);
    }
    const copy = this.copyOf(container);
    while (copy.length < index) copy.push(null);
    copy[index] = result === removed ? null : result;
    return copy;
  }

  private next(
    exists: boolean,
    current: unknown,
    path: readonly string[],
    at: number,
    create: boolean,
    change: Change,
  ): unknown {
    if (at === path.length - 1) return change(current);
    if (exists) return this.changeIn(current, path, at + 1, create, change);
    if (!create) return unchanged;
    const value = change(undefined);
    if (value === unchanged || value === removed) return unchanged;
    return nested(path, at + 1, value);
  }

  private copyOf<T extends Document | unknown[]>(container: T): T {
    if (this.copies.has(container)) return container;
    const copy = (Array.isArray(container) ? container.slice() : { ...container }) as T;
    this.copies.add(copy);
    return copy;
  }
}

/** Documents for the missing rest of a path; a numeric part of it is a field name, since there is no array to index. */
function nested(path: readonly string[], from: number, value: unknown): Document {
  let result = value;
  for (let i = path.length - 1; i >= from; i -= 1) {
    const parent: Document = {};
    writeOwn(parent, path[i]!, result);
    result = parent;
  }
  return result as Document;
}
