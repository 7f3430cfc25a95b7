import { mongo } from 'mongoose';
import { AppError } from '../errors.ts';
import type { Backfill } from './migration.ts';

export interface BackfillProgress {
  readonly lastId?: unknown;
  readonly changed: number;
}

export interface BackfillHooks {
  readonly signal: AbortSignal;
  /** Called behind every batch, before the next one begins. */
  save(progress: BackfillProgress): Promise<void>;
}

/** The document that stopped a backfill; the message is for the operator. */
export class BackfillStopped extends Error {
  readonly collection: string;
  readonly documentId: unknown;

  constructor(collection: string, documentId: unknown, problem: string, cause: unknown) {
    super(problem, { cause });
    this.name = 'BackfillStopped';
    this.collection = collection;
    this.documentId = documentId;
  }
}

const maxRaces = 10;

/** Walks over the matching documents by id and changes each, unless another writer is at it: then it is read again. */
export async function runBackfill(
  db: mongo.Db,
  { collection: name, filter, change, batchSize = 500 }: Backfill,
  from: BackfillProgress,
  { signal, save }: BackfillHooks,
): Promise<BackfillProgress> {
  const collection = db.collection(name);
  let { lastId, changed } = from;
  for (;;) {
    signal.throwIfAborted();
    const behind = lastId === undefined ? filter : { $and: [filter, { _id: { $gt: lastId } }] };
    const batch = await collection
      .find(behind, { sort: { _id: 1 }, limit: batchSize, batchSize: batchSize + 1 })
      .toArray();
    if (batch.length === 0) return { lastId, changed };
    changed += await changeBatch(collection, filter, batch, change);
    lastId = batch.at(-1)?._id;
    await save({ lastId, changed });
  }
}

async function changeBatch(
  collection: mongo.Collection,
  filter: mongo.Document,
  batch: readonly mongo.WithId<mongo.Document>[],
  change: Backfill['change'],
): Promise<number> {
  let changed = 0;
  let pending = [...batch];
  for (let races = 0; pending.length > 0; races += 1) {
    if (races > maxRaces) throw stopped(collection, pending[0]?._id, 'other writers keep changing it', undefined);
    const writes = plan(collection, pending, change);
    const written = await write(collection, writes);
    changed += written;
    if (written === writes.length) break;
    // Somebody was faster with the rest; whatever of it still needs the change is read again.
    const ids = writes.map(({ id }) => id);
    pending = await collection.find({ $and: [filter, { _id: { $in: ids } }] }).toArray();
  }
  return changed;
}

interface PlannedWrite {
  readonly id: mongo.BSON.ObjectId;
  readonly operation: { updateOne: { filter: mongo.Document; update: mongo.Document } };
}

function plan(
  collection: mongo.Collection,
  documents: readonly mongo.WithId<mongo.Document>[],
  change: Backfill['change'],
): PlannedWrite[] {
  const writes: PlannedWrite[] = [];
  for (const document of documents) {
    const { _id: id, version } = document;
    let update: mongo.Document | null;
    try {
      update = change(document);
    } catch (error) {
      throw stopped(collection, id, error instanceof Error ? error.message : String(error), error);
    }
    if (!update) continue;
    // Counted as a change like any other, so that a compare-and-set of a running process notices it.
    const counted = version === undefined ? update : { ...update, $inc: { ...update['$inc'], version: 1 } };
    const filter = version === undefined ? { _id: id } : { _id: id, version };
    writes.push({ id, operation: { updateOne: { filter, update: counted } } });
  }
  return writes;
}

/** Writes those that nobody changed since they were read, and says how many these were. */
async function write(collection: mongo.Collection, writes: readonly PlannedWrite[]): Promise<number> {
  if (writes.length === 0) return 0;
  try {
    const operations = writes.map(({ operation }) => operation);
    return (await collection.bulkWrite(operations, { ordered: true })).matchedCount;
  } catch (error) {
    if (!(error instanceof mongo.MongoBulkWriteError)) throw error;
    const first = Array.isArray(error.writeErrors) ? error.writeErrors[0] : error.writeErrors;
    const { codeName } = (first?.err ?? {}) as { codeName?: string };
    const problem = `the store refused the change (${codeName ?? first?.code})`;
    throw stopped(collection, writes[first?.index ?? 0]?.id, problem, error);
  }
}

const stopped = (collection: mongo.Collection, id: unknown, problem: string, cause: unknown) =>
  new BackfillStopped(collection.collectionName, id, problem, cause);

/** Says in one line which document stopped which migration, and what the operator can do. */
export function migrationFailed(title: string, error: unknown): AppError {
  if (error instanceof BackfillStopped) {
    return new AppError(
      'MIGRATION_FAILED',
      `Migration ${title} stopped at document ${String(error.documentId)} of ${error.collection}: ${error.message}. ` +
        'Batches before it are done and the previous release keeps working; mend that document and start again',
      { cause: error, details: { collection: error.collection, documentId: String(error.documentId) } },
    );
  }
  if (error instanceof AppError) return error;
  return new AppError(
    'MIGRATION_FAILED',
    `Migration ${title} failed; what it finished is kept, the previous release keeps working, and the next start resumes it`,
    { cause: error },
  );
}
