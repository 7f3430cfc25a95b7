import { mongo, Schema, Types } from 'mongoose';
import { BaseRepository, type Id } from '../store/base-repository.ts';
import { namedQuery } from '../store/query-table.ts';
import { defineSchema, expiresBy, type Stored } from '../store/schema.ts';
import type { RepositoryContext } from '../store/store.ts';
import type { RejectedRow } from './import-batches.ts';

/** A row of a file that became nobody, and why; kept a month for whoever mends the file. */
export interface StoredRejection extends RejectedRow {
  readonly importId: Types.ObjectId;
  readonly expiresAt: Date;
}

const schema = defineSchema(
  {
    importId: { type: Schema.Types.ObjectId, required: true },
    row: { type: Number, required: true },
    line: { type: Number, required: true },
    column: { type: String, default: '' },
    reason: { type: String, required: true },
    cells: { type: [String], default: [] },
    expiresAt: { type: Date, required: true },
  },
  {
    indexes: [
      { keys: { importId: 1, row: 1, _id: 1 } },
      { keys: { importId: 1, row: 1 }, unique: true },
      expiresBy('expiresAt'),
    ],
  },
);

const queries = {
  ofImport: namedQuery({ importId: 'id' }, ({ importId }) => ({ importId }), { sort: { row: 1 } }),
};

export class RejectedRowRepository extends BaseRepository<StoredRejection, typeof queries, Record<string, unknown>> {
  constructor(context: RepositoryContext) {
    super(context, {
      collection: 'importRejections',
      schema,
      queries,
      filters: { importId: { type: 'id' } },
      listedWithin: ['importId'],
      sorts: ['row'],
      defaultSort: 'row',
    });
  }

  toApi({ row, line, column, reason, cells }: Stored<StoredRejection>): Record<string, unknown> {
    return { row, line, column, reason, cells };
  }

  /** Every rejected row of an import, in the order of the file. */
  ofImport(importId: Id): AsyncGenerator<Stored<StoredRejection>> {
    return this.each('ofImport', { importId });
  }

  /** Writes rows down; those that were written before a crash already are left as they are. */
  async keep(importId: Types.ObjectId, rows: readonly RejectedRow[], expiresAt: Date, now: Date): Promise<void> {
    if (rows.length === 0) return;
    const documents = rows.map(row => ({
      _id: new Types.ObjectId(),
      importId,
      ...row,
      expiresAt,
      schemaVersion: 1,
      version: 1,
      createdAt: now,
      updatedAt: now,
    }));
    await this.run('keep', 'if-not-done', () =>
      this.model.collection.insertMany(documents, { ordered: false }).catch(error => {
        const problems = error instanceof mongo.MongoBulkWriteError ? [error.writeErrors].flat() : [];
        if (problems.length === 0 || problems.some(({ code }) => code !== 11000)) throw error;
      }),
    );
  }
}
