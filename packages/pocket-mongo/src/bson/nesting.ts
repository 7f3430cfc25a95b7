import { CommandError } from '../errors.ts';
import { isDocument } from './types.ts';

/** Documents deeper than this are not stored, whichever way they come. */
export const maxNesting = 100;

/** Refuses a document that nests too deep to be stored. */
export function refuseDeepNesting(document: unknown): void {
  if (nestingDepth(document) > maxNesting) {
    throw new CommandError('Overflow', `Document exceeds maximum nested object depth: ${maxNesting}`);
  }
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
