import { Schema, Types } from 'mongoose';
import { AppError } from '../errors.ts';
import { BaseRepository } from '../store/base-repository.ts';
import { type BulkReport, bulkReport } from '../store/bulk.ts';
import { namedQuery } from '../store/query-table.ts';
import { asId, invalidField } from '../store/scalar.ts';
import { defineSchema, type Stored } from '../store/schema.ts';
import type { RepositoryContext } from '../store/store.ts';
import { refuseUnsafeKeys } from '../store/store-errors.ts';

/** One thing that happened on a call; written once, never changed. */
export interface CallEvent {
  readonly callId: Types.ObjectId;
  /** Counts up within the call. */
  readonly seq: number;
  readonly type: string;
  readonly at: Date;
  readonly source: string;
  readonly data: Record<string, unknown>;
}

/** An event whose id was given when it happened; a second one with this id is refused. */
export interface NewCallEvent extends CallEvent {
  readonly _id: Types.ObjectId;
}

const once = { required: true, immutable: true } as const;

const schema = defineSchema(
  {
    callId: { type: Schema.Types.ObjectId, ...once },
    seq: { type: Number, ...once },
    type: { type: String, ...once },
    at: { type: Date, ...once },
    source: { type: String, ...once },
    data: { type: Schema.Types.Mixed, default: {}, immutable: true },
  },
  {
    indexes: [
      { keys: { callId: 1, seq: 1, _id: 1 }, name: 'callId_seq' },
      { keys: { callId: 1, seq: 1 }, unique: true },
    ],
  },
);

const queries = {
  ofCall: namedQuery({ callId: 'id' }, ({ callId }) => ({ callId }), { sort: { seq: 1 } }),
  byIds: namedQuery({ ids: ['id'] }, ({ ids }) => ({ _id: { $in: ids } })),
};

/** What happened, call by call. The unique number within a call makes a doubled append fail instead of lying. */
export class CallEventRepository extends BaseRepository<CallEvent, typeof queries, Record<string, unknown>> {
  constructor(context: RepositoryContext) {
    super(context, {
      collection: 'callEvents',
      schema,
      queries,
      filters: { callId: { type: 'id' } },
      listedWithin: ['callId'],
      sorts: ['seq'],
      defaultSort: 'seq',
    });
  }

  toApi({ seq, type, at, source, data }: Stored<CallEvent>): Record<string, unknown> {
    return { seq, type, at: at.toISOString(), source, data };
  }

  append(event: CallEvent): Promise<Stored<CallEvent>> {
    return this.create(event);
  }

  /** Writes all it can; those that are there already are among the errors. */
  async appendAll(events: readonly NewCallEvent[]): Promise<BulkReport> {
    const now = new Date();
    const documents: { index: number; document: Record<string, unknown> }[] = [];
    const refused: { index: number; error: AppError }[] = [];
    for (const [index, event] of events.entries()) {
      try {
        documents.push({ index, document: documentOf(event, now) });
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        refused.push({ index, error });
      }
    }
    return this.run('appendAll', 'if-not-done', () =>
      bulkReport(documents, refused, this.definition.collection, batch =>
        this.model.collection.insertMany(batch, { ordered: false }),
      ),
    );
  }

  /** Which of these events are in the store. */
  async known(ids: readonly (Types.ObjectId | string)[]): Promise<Set<string>> {
    const found = new Set<string>();
    for (let at = 0; at < ids.length; at += 500) {
      const part = ids.slice(at, at + 500);
      const events = await this.find('byIds', { ids: part }, { limit: part.length });
      for (const event of events) found.add(event._id.toHexString());
    }
    return found;
  }

  ofCall(callId: Types.ObjectId | string): AsyncGenerator<Stored<CallEvent>> {
    return this.each('ofCall', { callId });
  }

  removeOf(callId: Types.ObjectId | string): Promise<number> {
    return this.removeMany('ofCall', { callId });
  }
}

/** What is written of an event. Several come with each callback, so their few fields are checked here and not by the schema's machinery. */
function documentOf({ _id, callId, seq, type, at, source, data }: NewCallEvent, now: Date): Record<string, unknown> {
  const id = asId('_id', _id);
  const call = asId('callId', callId);
  if (!id || !call) throw invalidField(id ? 'callId' : '_id', 'must be an id');
  if (!Number.isSafeInteger(seq)) throw invalidField('seq', 'must be a whole number');
  if (typeof type !== 'string' || typeof source !== 'string') throw invalidField('type', 'must be a text');
  if (!(at instanceof Date) || Number.isNaN(at.getTime())) throw invalidField('at', 'must be a date');
  if (typeof data !== 'object' || data === null) throw invalidField('data', 'must be an object');
  refuseUnsafeKeys(data, 'data');
  const common = { schemaVersion: 1, version: 1, createdAt: now, updatedAt: now };
  return { _id: new Types.ObjectId(id), callId: new Types.ObjectId(call), seq, type, at, source, data, ...common };
}
