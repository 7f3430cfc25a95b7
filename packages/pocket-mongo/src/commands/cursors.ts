import { randomBytes } from 'node:crypto';
import { encodeDocument } from '../bson/encode.ts';
import type { Document } from '../bson/types.ts';
import { CommandError } from '../errors.ts';
import { encodeCursorReply, maxBatchBytes } from '../wire/cursor-reply.ts';

const idleMs = 10 * 60_000;
/** Once the connection that opened a cursor is gone, another of the same client has this long to ask for more. */
const orphanMs = 60_000;
const defaultBatch = 101;

/** What is left of a result. Documents never change once stored, so references are a snapshot. */
interface Cursor {
  readonly id: bigint;
  readonly namespace: string;
  readonly connectionId: number;
  readonly session: string | undefined;
  readonly documents: Iterator<Document>;
  /** Encoded but too large for the last batch. */
  waiting: Uint8Array | undefined;
  expiresAt: number;
}

export interface CursorOptions {
  readonly namespace: string;
  readonly connectionId: number;
  readonly session: string | undefined;
  readonly batchSize: number | undefined;
  readonly singleBatch?: boolean | undefined;
  readonly noTimeout?: boolean | undefined;
}

/** The open cursors of a server; a result that fits its first batch never becomes one. */
export class Cursors {
  readonly #open = new Map<bigint, Cursor>();

  get size(): number {
    return this.#open.size;
  }

  /** The reply to a command that returns documents; keeps a cursor when there are more. */
  reply(documents: Iterable<Document>, options: CursorOptions, now: number): Uint8Array {
    const cursor: Cursor = {
      id: newCursorId(),
      namespace: options.namespace,
      connectionId: options.connectionId,
      session: options.session,
      documents: documents[Symbol.iterator](),
      waiting: undefined,
      expiresAt: options.noTimeout ? Number.POSITIVE_INFINITY : now + idleMs,
    };
    const [batch, more] = nextBatch(cursor, options.batchSize ?? defaultBatch);
    const keep = more && !options.singleBatch;
    if (keep) this.#open.set(cursor.id, cursor);
    return encodeCursorReply('firstBatch', batch, keep ? cursor.id : 0n, options.namespace);
  }

  /** The next batch of an open cursor. */
  more(id: bigint, namespace: string, batchSize: number | undefined, now: number): Uint8Array {
    const cursor = this.#open.get(id);
    if (!cursor) throw new CommandError('CursorNotFound', `cursor id ${id} not found`);
    if (cursor.namespace !== namespace) {
      throw new CommandError('Unauthorized', `The cursor ${id} belongs to ${cursor.namespace}, not to ${namespace}`);
    }
    if (cursor.expiresAt !== Number.POSITIVE_INFINITY) cursor.expiresAt = now + idleMs;
    const [batch, more] = nextBatch(cursor, batchSize ?? Number.POSITIVE_INFINITY);
    if (!more) this.#open.delete(id);
    return encodeCursorReply('nextBatch', batch, more ? id : 0n, namespace);
  }

  /** Closes a cursor; false when there is none with this id. */
  kill(id: bigint): boolean {
    return this.#open.delete(id);
  }

  /** The client says it will not use these sessions any more. */
  endSessions(sessions: ReadonlySet<string>): void {
    for (const cursor of this.#open.values()) {
      if (cursor.session !== undefined && sessions.has(cursor.session)) this.#open.delete(cursor.id);
    }
  }

  /** A pooled client may carry on over another connection, so its cursors stay a little longer. */
  connectionClosed(connectionId: number, now: number): void {
    for (const cursor of this.#open.values()) {
      if (cursor.connectionId === connectionId) cursor.expiresAt = Math.min(cursor.expiresAt, now + orphanMs);
    }
  }

  /** Without any client left nobody can ask for more. */
  closeAll(): void {
    this.#open.clear();
  }

  /** Closes what nobody asked for in a long time. */
  closeIdle(now: number): void {
    for (const cursor of this.#open.values()) {
      if (cursor.expiresAt <= now) this.#open.delete(cursor.id);
    }
  }
}

function nextBatch(cursor: Cursor, count: number): [Uint8Array[], boolean] {
  const batch: Uint8Array[] = [];
  let bytes = 0;
  while (batch.length < count) {
    const encoded = cursor.waiting ?? encodeNext(cursor.documents);
    cursor.waiting = undefined;
    if (!encoded) return [batch, false];
    if (batch.length > 0 && bytes + encoded.length + 10 > maxBatchBytes) {
      cursor.waiting = encoded;
      return [batch, true];
    }
    batch.push(encoded);
    bytes += encoded.length + 10;
  }
  // Looking one further tells whether a cursor is needed; a batch of exactly all documents needs none.
  cursor.waiting = encodeNext(cursor.documents);
  return [batch, cursor.waiting !== undefined];
}

function encodeNext(documents: Iterator<Document>): Uint8Array | undefined {
  const next = documents.next();
  return next.done ? undefined : encodeDocument(next.value);
}

/** Positive and hard to guess: a client can only continue cursors it was told of. */
function newCursorId(): bigint {
  return randomBytes(8).readBigInt64LE() & 0x7fffffffffffffffn || 1n;
}
