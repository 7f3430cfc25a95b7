import { CommandError } from '../errors.ts';
import { type Document, isDocument } from './types.ts';

/** Documents deeper than this are not stored, whichever way they come. */
export const maxNesting = 100;

/** Refuses a document that nests too deep to be stored. Values that are in `before`, too, were looked at before. */
export function refuseDeepNesting(document: unknown, before?: Document): void {
  if ((before && isDocument(document) ? newDepth(document, before) : nestingDepth(document)) > maxNesting) {
    throw new CommandError('Overflow', `Document exceeds maximum nested object depth: ${maxNesting}`);
  }
}

/** How many levels a document nests where it differs from what it was. */
function newDepth(document: Document, before: Document): number {
  let deepest = 0;
  for (const name of Object.keys(document)) {
    const value = document[name];
    if (typeof value === 'object' && value !== before[name]) deepest = Math.max(deepest, nestingDepth(value));
  }
  return deepest + 1;
}

/** How many levels of documents and arrays a value nests; a flat document counts one. */
function nestingDepth(value: unknown): number {
  let deepest = 0;
  if (Array.isArray(value)) {
    for (const item of value)
      if (typeof item === 'object' && item !== null) deepest = Math.max(deepest, nestingDepth(item));
    return deepest + 1;
  }
  if (!isDocument(value)) return 0;
  for (const name of Object.keys(value)) {
    const item = value[name];
    if (typeof item === 'object' && item !== null) deepest = Math.max(deepest, nestingDepth(item));
  }
  return deepest + 1;
}
