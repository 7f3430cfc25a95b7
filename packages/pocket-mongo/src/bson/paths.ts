import { isDocument } from './types.ts';

/** A dotted path, split once. */
export interface Path {
  readonly text: string;
  readonly parts: readonly string[];
  /** For each part the array index it may mean, or -1. */
  readonly indexes: readonly number[];
}

/** Splits a dotted path; parts that are plain decimal numbers may also address array elements. */
export function parsePath(text: string): Path {
  const parts = text.split('.');
  return { text, parts, indexes: parts.map(arrayIndex) };
}

/** The array index a path part means, or -1: "0" and "10" do, "01", "-1" and "x" do not. */
export function arrayIndex(part: string): number {
  return /^(?:0|[1-9]\d{0,9})$/.test(part) ? Number(part) : -1;
}

/**
 * The value a path leads to through documents alone; arrays are entered only by index. This is how updates address a place, queries
 * look at every element instead.
 */
export function valueAt(root: unknown, path: readonly string[]): unknown {
  let value = root;
  for (const part of path) {
    if (Array.isArray(value)) {
      const index = arrayIndex(part);
      if (index < 0) return undefined;
      value = value[index];
    } else if (isDocument(value) && Object.hasOwn(value, part)) {
      value = value[part];
    } else return undefined;
  }
  return value;
}
