import { mongo, Schema, type Types } from 'mongoose';
import { BaseRepository, type Id } from '../store/base-repository.ts';
import { namedQuery } from '../store/query-table.ts';
import { defineSchema, expiresBy, type Stored } from '../store/schema.ts';
import type { RepositoryContext } from '../store/store.ts';

export const receiptStates = ['received', 'done', 'failed'] as const;

/** Messages of vendors are kept this long, to be worked through again. */
export const receiptsKeptDays = 7;

/** A vendor's message as it came in: what it was about, and what became of it. */
export interface WebhookReceipt {
  /** Which vendor. */
  readonly source: string;
  /** What makes a doubled delivery the same one. */
  readonly key: string;
  readonly type: string;
  readonly callId: Types.ObjectId | null;
  readonly state: (typeof receiptStates)[number];
  readonly attempts: number;
  readonly problem: string | null;
  /** The bytes as they were signed, compressed; null where nothing is kept of them, and after erasing. */
  readonly body: Buffer | null;
  readonly expiresAt: Date;
}

const schema = defineSchema(
  {
    source: { type: String, required: true, immutable: true },
    key: { type: String, required: true, immutable: true },
    type: { type: String, required: true },
    callId: { type: Schema.Types.ObjectId, default: null },
    state: { type: String, enum: receiptStates, default: 'received' },
    attempts: { type: Number, default: 0 },
    problem: { type: String, default: null },
    body: { type: Schema.Types.Mixed, default: null },
    expiresAt: { type: Date, required: true },
  },
  {
    indexes: [
      expiresBy('expiresAt'),
      { keys: { source: 1, key: 1 }, unique: true },
      { keys: { callId: 1, createdAt: -1, _id: -1 } },
      { keys: { state: 1, createdAt: -1, _id: -1 } },
      { keys: { createdAt: -1, _id: -1 } },
    ],
  },
);

const queries = {
  same: namedQuery({ source: 'string', key: 'string' }, ({ source, key }) => ({ source, key })),
  byId: namedQuery({ id: 'id' }, ({ id }) => ({ _id: id })),
  about: namedQuery({ callId: 'id' }, ({ callId }) => ({ callId })),
  leftLying: namedQuery({ before: 'date' }, ({ before }) => ({ state: 'received', createdAt: { $lt: before } }), {
    sort: { createdAt: -1 },
  }),
};

export class WebhookReceiptRepository extends BaseRepository<WebhookReceipt, typeof queries, Record<string, unknown>> {
  constructor(context: RepositoryContext) {
    super(context, {
      collection: 'webhookReceipts',
      schema,
      queries,
      stateField: 'state',
      filters: { callId: { type: 'id' }, state: { type: 'string', values: receiptStates } },
      omittedFromLists: ['body'],
    });
  }

  toApi({
    _id,
    source,
    type,
    callId,
    state,
    attempts,
    problem,
    createdAt,
  }: Stored<WebhookReceipt>): Record<string, unknown> {
    return {
      id: _id.toHexString(),
      source,
      type,
      callId: callId?.toHexString() ?? null,
      state,
      attempts,
      problem,
      createdAt: createdAt.toISOString(),
    };
  }

  /** Writes a message down once; `first` is false for a doubled delivery, which must change nothing. */
  async receive(
    receipt: Pick<WebhookReceipt, 'source' | 'key' | 'type' | 'callId' | 'body' | 'expiresAt'>,
  ): Promise<{ receipt: Stored<WebhookReceipt>; first: boolean }> {
    const { source, key, ...fields } = receipt;
    const { document, created } = await this.upsert('same', { source, key }, { $setOnInsert: fields });
    return { receipt: document, first: created };
  }

  /** What came of an attempt to work it through. */
  settle(
    id: Id,
    fields: Partial<Pick<WebhookReceipt, 'type' | 'callId' | 'state' | 'problem' | 'body'>>,
  ): Promise<Stored<WebhookReceipt> | null> {
    return this.change('byId', { id }, { $set: fields, $inc: { attempts: 1 } });
  }

  /** Messages that were taken and not worked through since this moment. */
  leftLying(before: Date, limit: number): Promise<Stored<WebhookReceipt>[]> {
    return this.find('leftLying', { before }, { limit });
  }

  /** Takes away what was said on a call; that there was a message stays. */
  eraseBodiesOf(callId: Id): Promise<number> {
    return this.changeMany('about', { callId }, { $set: { body: null } });
  }
}

/** The stored bytes, as the driver gives them back. */
export function bytesOf(body: unknown): Buffer | null {
  if (Buffer.isBuffer(body)) return body;
  return body instanceof mongo.Binary ? Buffer.from(body.buffer.subarray(0, body.length())) : null;
}
