import { Schema, type Types } from 'mongoose';
import { BaseRepository } from '../store/base-repository.ts';
import { namedQuery } from '../store/query-table.ts';
import { defineSchema, type Stored } from '../store/schema.ts';
import type { RepositoryContext } from '../store/store.ts';
import { type ImportFormat, importKinds } from './import-format.ts';
import type { ImportColumn, RowRules } from './import-mapping.ts';

/** `uploaded` waits for a person to look at the preview; `stopping` for the batch that is being written. */
export const importStates = ['uploaded', 'waiting', 'running', 'stopping', 'done', 'failed', 'stopped'] as const;
/** Their file is still needed. */
export const unreadStates = ['uploaded', 'waiting', 'running', 'stopping', 'failed'] as const;
export type ImportState = (typeof importStates)[number];
export const importTargets = ['contacts', 'suppressions'] as const;

/** One file of people on its way into the contacts, or of numbers into the do-not-call list. */
export interface Import {
  readonly target: (typeof importTargets)[number];
  readonly fileName: string;
  /** Where the file is kept until it was read. */
  readonly fileKey: string;
  readonly bytes: number;
  /** Of the file's content, so that the same file is not imported twice. */
  readonly hash: string;
  readonly kind: ImportFormat['kind'];
  /** Of a workbook or of Google Sheets. */
  readonly sheet: string | null;
  readonly sheets: readonly string[];
  readonly encoding: string;
  readonly delimiter: string;
  readonly hasHeader: boolean;
  /** Where numbers without + are read. */
  readonly country: string;
  readonly columns: readonly ImportColumn[];
  /** The first rows as they stand in the file; gone once it was read. */
  readonly firstRows: readonly (readonly string[])[];
  readonly lists: readonly Types.ObjectId[];
  readonly tags: readonly string[];
  readonly consent: RowRules['consent'];
  /** Of an import of suppressions. */
  readonly reason: string | null;
  readonly by: string;
  readonly state: ImportState;
  /** Rows of the file behind which reading goes on; written together with the counts, after the rows themselves. */
  readonly rowsRead: number;
  readonly bytesRead: number;
  readonly added: number;
  readonly merged: number;
  readonly rejected: number;
  readonly problem: { readonly code: string; readonly message: string } | null;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
}

/** Documents of before there were workbooks are CSV. */
export const formatOf = ({ kind = 'csv', sheet = null, encoding, delimiter }: ImportFormat): ImportFormat => ({
  kind,
  sheet,
  encoding,
  delimiter,
});

const count = { type: Number, default: 0 } as const;
const newestFirst = { createdAt: -1, _id: -1 } as const;

const schema = defineSchema(
  {
    target: { type: String, enum: importTargets, default: 'contacts' },
    fileName: { type: String, required: true, maxlength: 255 },
    fileKey: { type: String, default: '' },
    bytes: { type: Number, required: true },
    hash: { type: String, required: true },
    kind: { type: String, enum: importKinds, default: 'csv' },
    sheet: { type: String, default: null },
    sheets: { type: [String], default: [] },
    encoding: { type: String, default: 'utf-8' },
    delimiter: { type: String, default: ',' },
    hasHeader: { type: Boolean, default: true },
    country: { type: String, default: 'US' },
    columns: { type: [Schema.Types.Mixed], default: [] },
    firstRows: { type: [Schema.Types.Mixed], default: [] },
    lists: { type: [Schema.Types.ObjectId], default: [] },
    tags: { type: [String], default: [] },
    consent: { type: Schema.Types.Mixed, default: null },
    reason: { type: String, default: null },
    by: { type: String, required: true },
    state: { type: String, enum: importStates, default: 'uploaded' },
    rowsRead: count,
    bytesRead: count,
    added: count,
    merged: count,
    rejected: count,
    problem: { type: Schema.Types.Mixed, default: null },
    startedAt: { type: Date, default: null },
    finishedAt: { type: Date, default: null },
  },
  {
    indexes: [
      { keys: { hash: 1, createdAt: -1 } },
      { keys: { fileKey: 1 } },
      { keys: newestFirst },
      { keys: { target: 1, ...newestFirst } },
      { keys: { state: 1, ...newestFirst } },
      { keys: { state: 1, createdAt: 1 } },
    ],
  },
);

const queries = {
  byHash: namedQuery({ hash: 'string' }, ({ hash }) => ({ hash }), { sort: { createdAt: -1 } }),
  byFileKey: namedQuery({ fileKey: 'string' }, ({ fileKey }) => ({ fileKey })),
  reading: namedQuery({ id: 'id', rowsRead: 'number', states: ['string'] }, ({ id, rowsRead, states }) => ({
    _id: id,
    rowsRead,
    state: { $in: states },
  })),
  inState: namedQuery(
    { state: 'string', before: 'date' },
    ({ state, before }) => ({ state, createdAt: { $lt: before } }),
    {
      sort: { createdAt: 1 },
    },
  ),
};

export interface ImportView {
  readonly id: string;
  readonly target: string;
  readonly fileName: string;
  readonly bytes: number;
  readonly state: ImportState;
  readonly [field: string]: unknown;
}

export class ImportRepository extends BaseRepository<Import, typeof queries, ImportView> {
  constructor(context: RepositoryContext) {
    super(context, {
      collection: 'imports',
      schema,
      queries,
      stateField: 'state',
      filters: {
        target: { type: 'string', values: importTargets },
        state: { type: 'string', values: importStates },
      },
      omittedFromLists: ['firstRows'],
    });
  }

  toApi(document: Stored<Import>): ImportView {
    const { _id, createdAt, updatedAt: _u, schemaVersion: _s, version: _v, deletedAt: _d, ...fields } = document;
    const { firstRows, startedAt, finishedAt, lists, fileKey: _file, ...plain } = fields;
    return {
      ...plain,
      id: _id.toHexString(),
      lists: lists.map(list => list.toHexString()),
      ...(firstRows ? { firstRows } : {}),
      startedAt: startedAt?.toISOString() ?? null,
      finishedAt: finishedAt?.toISOString() ?? null,
      createdAt: createdAt.toISOString(),
    };
  }

  /** Imports of a file with this content, newest first. */
  ofFile(hash: string): Promise<Stored<Import>[]> {
    return this.find('byHash', { hash }, { limit: 20 });
  }

  /** The import that a kept file belongs to. */
  ofFileKey(fileKey: string): Promise<Stored<Import> | null> {
    return this.first('byFileKey', { fileKey });
  }

  /** Everything in this state that was uploaded before. */
  inState(state: ImportState, before: Date): Promise<Stored<Import>[]> {
    return this.find('inState', { state, before });
  }

  /**
   * Notes a batch that was written. Null when another process noted it first or the import was stopped and concluded; then whoever
   * reads here has to stop.
   */
  advance(
    id: Types.ObjectId,
    rowsRead: number,
    to: { readonly rowsRead: number; readonly bytesRead: number },
    counts: { readonly added: number; readonly merged: number; readonly rejected: number },
  ): Promise<Stored<Import> | null> {
    const { added, merged, rejected } = counts;
    return this.change(
      'reading',
      { id, rowsRead, states: ['running', 'stopping'] },
      { $set: { rowsRead: to.rowsRead, bytesRead: to.bytesRead }, $inc: { added, merged, rejected } },
    );
  }
}
