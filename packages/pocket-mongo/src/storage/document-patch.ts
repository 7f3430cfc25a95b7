import { encodeDocument } from '../bson/encode.ts';
import type { Document } from '../bson/types.ts';

/** What a change made of a document, in BSON: its `_id` with the fields that differ, as they are and as they were. */
export interface DocumentPatch {
  readonly encoded: Uint8Array;
  /** The names of these fields. */
  readonly fields: ReadonlySet<string>;
  /** By so much it made the document longer. */
  readonly growth: number;
}

/** Of a short document, or where more of the fields changed, the whole is as quickly encoded. */
const leastFields = 8;
const mostShare = 0.5;

/**
 * Most changes leave most of a document alone: the very same values are in both. Undefined where not a few fields have other values or were
 * added behind the others, so that the whole document has to be written.
 */
export function patchOf(before: Document, after: Document): DocumentPatch | undefined {
  const names = Object.keys(before);
  const later = Object.keys(after);
  if (names.length < leastFields || later.length < names.length || before['_id'] !== after['_id']) return undefined;
  const most = names.length * mostShare;
  const is: Document = { _id: after['_id'] };
  const was: Document = { _id: before['_id'] };
  const fields = new Set<string>();
  for (let i = 0; i < later.length; i++) {
    const name = later[i]!;
    const isOld = i < names.length;
    // Taken away, or in another order.
    if (isOld && names[i] !== name) return undefined;
    if (isOld && before[name] === after[name]) continue;
    fields.add(name);
    // Assigning to `__proto__` makes no field; one that is undefined is no field, as is told only by the whole.
    if (fields.size > most || name === '__proto__' || after[name] === undefined) return undefined;
    is[name] = after[name];
    if (isOld) was[name] = before[name];
  }
  const encoded = encodeDocument(is);
  return { encoded, fields, growth: encoded.length - encodeDocument(was).length };
}

/** A document with what its patch of so many bytes says, and how many bytes it has then. */
export function patched(
  { document, bytes }: { readonly document: Document; readonly bytes: number },
  patch: Document,
  patchBytes: number,
): [document: Document, bytes: number] {
  const was = Object.fromEntries(
    Object.keys(patch)
      .filter(name => Object.hasOwn(document, name))
      .map(name => [name, document[name]]),
  );
  return [{ ...document, ...patch }, bytes + patchBytes - encodeDocument(was).length];
}
