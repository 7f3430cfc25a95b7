import type { Document } from '../bson/types.ts';

/** Where a store's changes go, in the order they were made. */
export interface ChangeLog {
  /** A document was stored, new or in place of the one with its `_id`. */
  put(namespace: string, encoded: Uint8Array): void;
  /** Fields of a stored document have other values, or are new; `encoded` holds its `_id` and these. */
  patch(namespace: string, encoded: Uint8Array): void;
  /** A document went; `encodedId` is `{_id: ...}`. */
  delete(namespace: string, encodedId: Uint8Array): void;
  /** Collections or indexes changed. */
  change(change: CatalogChange): void;
}

export type CatalogChange =
  | { readonly op: 'create'; readonly ns: string; readonly options: Document }
  | { readonly op: 'drop'; readonly ns: string }
  | { readonly op: 'rename'; readonly ns: string; readonly to: string }
  | { readonly op: 'createIndex'; readonly ns: string; readonly spec: Document }
  | { readonly op: 'dropIndex'; readonly ns: string; readonly name: string }
  | { readonly op: 'alterIndex'; readonly ns: string; readonly name: string; readonly changes: Document };
