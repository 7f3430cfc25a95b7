import type { Collation } from '../bson/collation.ts';
import type { Document } from '../bson/types.ts';
import type { Collection } from '../storage/collection.ts';
import type { StoredRecord } from './stored-record.ts';

export interface PlanRequest {
  readonly filter: Document;
  readonly sort?: Document | undefined;
  readonly hint?: unknown;
  readonly collation: Collation | undefined;
  /** How many documents are wanted at most. */
  readonly wanted: number | undefined;
}

/** How a query finds its documents. */
export interface Plan {
  /** The records come in the order the query asked for. */
  readonly sorted: boolean;
  readonly text: { readonly scores: ReadonlyMap<Document, number> } | undefined;
  /** Every matching record once, and perhaps others; counts the index keys it looks at. */
  records(work: { keysExamined: number }): Iterable<StoredRecord>;
}

export function planQuery(collection: Collection | undefined, _request: PlanRequest): Plan {
  return { sorted: false, text: undefined, records: () => collection?.records ?? [] };
}
