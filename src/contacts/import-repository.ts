import { Schema } from 'mongoose';
import { BaseRepository } from '../store/base-repository.ts';
import { namedQuery } from '../store/query-table.ts';
import { defineSchema, type Stored } from '../store/schema.ts';
import type { RepositoryContext } from '../store/store.ts';

export const importStates = ['waiting', 'running', 'done', 'failed', 'stopped'] as const;

/** One file of people on its way into the contacts. */
export interface Import {
  readonly fileName: string;
  readonly bytes: number;
  /** Of the file's content, so that the same file is not imported twice. */
  readonly hash: string;
  readonly mapping: Record<string, unknown>;
  readonly by: string;
  readonly state: (typeof importStates)[number];
  readonly rowsRead: number;
  readonly added: number;
  readonly merged: number;
  readonly rejected: number;
}

const count = { type: Number, default: 0 } as const;

const schema = defineSchema(
  {
    fileName: { type: String, required: true, maxlength: 255 },
    bytes: { type: Number, required: true },
    hash: { type: String, required: true },
    mapping: { type: Schema.Types.Mixed, default: {} },
    by: { type: String, required: true },
    state: { type: String, enum: importStates, default: 'waiting' },
    rowsRead: count,
    added: count,
    merged: count,
    rejected: count,
  },
  {
    leased: true,
    indexes: [
      { keys: { hash: 1, createdAt: -1 } },
      { keys: { createdAt: -1, _id: -1 } },
      { keys: { state: 1, createdAt: -1, _id: -1 } },
    ],
  },
);

const queries = {
  byHash: namedQuery({ hash: 'string' }, ({ hash }) => ({ hash }), { sort: { createdAt: -1 } }),
};

export class ImportRepository extends BaseRepository<Import, typeof queries, Record<string, unknown>> {
  constructor(context: RepositoryContext) {
    super(context, {
      collection: 'imports',
      schema,
      queries,
      stateField: 'state',
      filters: { state: { type: 'string', values: importStates } },
    });
  }

  toApi(document: Stored<Import>): Record<string, unknown> {
    const { _id, fileName, bytes, hash, mapping, by, state, rowsRead, added, merged, rejected, createdAt } = document;
    return {
      id: _id.toHexString(),
      fileName,
      bytes,
      hash,
      mapping,
      by,
      state,
      rowsRead,
      added,
      merged,
      rejected,
      createdAt: createdAt.toISOString(),
    };
  }

  /** The last import of a file with this content. */
  lastOf(hash: string): Promise<Stored<Import> | null> {
    return this.first('byHash', { hash });
  }
}
