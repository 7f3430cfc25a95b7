import type { mongo } from 'mongoose';

export interface MigrationContext {
  /** Aborted when the lock is lost; a long step looks at it, backfills do by themselves. */
  readonly signal: AbortSignal;
  /** Runs a piece of work once: recorded when done, skipped when the migration is resumed, only named in a dry run. */
  step(name: string, work: (db: mongo.Db) => Promise<void>): Promise<void>;
  /** Changes all documents that match, in small batches; resumes behind the last finished batch. */
  backfill(name: string, backfill: Backfill): Promise<void>;
}

export interface Backfill {
  readonly collection: string;
  /** Which documents still need the change; a document that has it must no longer match. */
  readonly filter: mongo.Document;
  /** The update one document needs, null for none. What it throws names the document to the operator, so no values in the message. */
  change(document: mongo.Document): mongo.Document | null;
  readonly batchSize?: number;
}

/**
 * One step of the store's history. Forward only, and only adding: the previous release keeps running on the migrated data,
 * so what it reads stays for one more release. Every part must be harmless when it runs a second time.
 */
export interface Migration {
  readonly number: number;
  readonly name: string;
  up(context: MigrationContext): Promise<void>;
}
