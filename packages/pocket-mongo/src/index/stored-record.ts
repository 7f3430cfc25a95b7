import type { Document } from '../bson/types.ts';

/**
 * A document's place in its collection. The record stays while the document behind it is replaced, so indexes over
 * unchanged fields need no change; the document itself is never modified, so readers may keep it.
 */
export interface StoredRecord {
  /** Ascending in the order of insertion. */
  readonly id: number;
  document: Document;
  /** The size of the document in BSON. */
  bytes: number;
}
