import { decodeDocument } from '../bson/decode.ts';
import { encodeDocument } from '../bson/encode.ts';
import type { Document } from '../bson/types.ts';
import type { CatalogChange } from './change-log.ts';

/** A whole document; the `_id` and those fields of one that changed; the `_id` of one that went. */
export type DocumentOperation = 'put' | 'patch' | 'delete';
const documentOperations = ['put', 'patch', 'delete'] as const;

/**
 * What a frame says: a sequence of BSON documents. A catalog change is one document; `put`, `patch` and `delete` are followed by
 * as many documents as they announce, so that stored documents are written just as they were encoded.
 */
export type Operation =
  | { readonly kind: DocumentOperation; readonly ns: string; readonly documents: Uint8Array[] }
  | { readonly kind: 'change'; readonly change: CatalogChange }
  /** Closes a snapshot: without it the snapshot is not whole. */
  | { readonly kind: 'end'; readonly documents: number };

/** Collects operations of one commit in the order they happened. */
export class OperationBuffer {
  #parts: Uint8Array[] = [];
  #open: { kind: DocumentOperation; ns: string; documents: Uint8Array[] } | undefined;
  bytes = 0;

  /** Neighbouring changes of one collection share their announcement. */
  add(kind: DocumentOperation, ns: string, document: Uint8Array): void {
    if (this.#open?.kind !== kind || this.#open.ns !== ns) {
      this.#closeRun();
      this.#open = { kind, ns, documents: [] };
    }
    this.#open.documents.push(document);
    this.bytes += document.length;
  }

  change(change: CatalogChange): void {
    this.#closeRun();
    this.#push(encodeDocument({ change }));
  }

  end(documents: number): void {
    this.#closeRun();
    this.#push(encodeDocument({ end: documents }));
  }

  get isEmpty(): boolean {
    return this.#parts.length === 0 && this.#open === undefined;
  }

  /** Everything collected, encoded; the buffer is empty afterwards. */
  take(): Buffer {
    this.#closeRun();
    const payload = Buffer.concat(this.#parts);
    this.#parts = [];
    this.bytes = 0;
    return payload;
  }

  #closeRun(): void {
    if (!this.#open) return;
    const { kind, ns, documents } = this.#open;
    this.#parts.push(encodeDocument({ [kind]: ns, n: documents.length }), ...documents);
    this.#open = undefined;
  }

  #push(part: Uint8Array): void {
    this.#parts.push(part);
    this.bytes += part.length;
  }
}

/** The operations of a frame; throws when the payload is not what `OperationBuffer` writes. */
export function* readOperations(payload: Buffer): Generator<Operation, void, undefined> {
  let offset = 0;
  const next = (): Buffer => {
    const length = offset + 4 <= payload.length ? payload.readInt32LE(offset) : 0;
    if (length < 5 || offset + length > payload.length) throw new Error('an operation is cut short');
    offset += length;
    return payload.subarray(offset - length, offset);
  };
  while (offset < payload.length) {
    const head: Document = decodeDocument(next());
    if (head['change']) yield { kind: 'change', change: head['change'] as CatalogChange };
    else if (head['end'] !== undefined) yield { kind: 'end', documents: Number(head['end']) };
    else {
      const kind = documentOperations.find(name => typeof head[name] === 'string');
      if (!kind) throw new Error('an operation is unknown');
      const ns = String(head[kind]);
      const documents = Array.from({ length: Number(head['n']) }, next);
      yield { kind, ns, documents };
    }
  }
}
