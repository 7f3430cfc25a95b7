import { Readable } from 'node:stream';
import iconv from 'iconv-lite';
import type { Types } from 'mongoose';
import { AppError } from '../errors.ts';
import type { FileStorage } from '../store/file-storage.ts';
import { asId, invalidField } from '../store/scalar.ts';
import type { Stored } from '../store/schema.ts';
import { checkFields } from './contact-entry.ts';
import type { ContactListRepository } from './contact-list-repository.ts';
import {
  delimiterOf,
  encodingOf,
  type FileImpression,
  type ImportFormat,
  isOldWorkbook,
  isZip,
} from './import-format.ts';
import { newFileKey } from './import-leftovers.ts';
import { columnsProblem, guessColumns, guessHeader, type ImportColumn } from './import-mapping.ts';
import { shownRows } from './import-preview.ts';
import { formatOf, type Import, type ImportRepository } from './import-repository.ts';
import { refused } from './import-rows.ts';
import type { ImportRunner } from './import-runner.ts';
import { sourceOf } from './import-source.ts';
import { type ShownWorkbook, showInThread } from './import-thread.ts';
import { watchUpload } from './import-upload.ts';
import { oldWorkbookProblem } from './workbook-archive.ts';

export interface ImportService {
  /**
   * Keeps a file and guesses how it is to be read. Throws `IMPORT_REPEATED` for a file that was imported before, unless `again`, and
   * `IMPORT_FILE_REFUSED` for one that is no table.
   */
  upload(file: UploadedFile): Promise<Stored<Import>>;
  /** The same for rows that were fetched from elsewhere. */
  take(rows: FetchedRows): Promise<Stored<Import>>;
  /** Throws `NOT_FOUND`; an import of the other target is none. */
  get(id: string, target: Import['target']): Promise<Stored<Import>>;
  /** Changes how a file that was not started yet is read. */
  change(found: Stored<Import>, changes: ImportChanges): Promise<Stored<Import>>;
  /** Begins reading; one that runs or is done stays as it is, one that failed goes on. */
  start(found: Stored<Import>): Promise<Stored<Import>>;
  /** Ends reading behind the batch that is being written; what was written stays. */
  stop(found: Stored<Import>): Promise<Stored<Import>>;
}

interface FileOrder {
  readonly target: Import['target'];
  readonly fileName: string;
  readonly by: string;
  /** Also when the same content was imported before. */
  readonly again: boolean;
}

export interface UploadedFile extends FileOrder {
  readonly content: Readable;
}

export interface FetchedRows extends FileOrder {
  /** As `keptRow` writes them. */
  readonly rows: AsyncIterable<string>;
  readonly sheet: string;
}

export interface ImportChanges {
  readonly sheet?: string;
  readonly encoding?: string;
  readonly delimiter?: string;
  readonly hasHeader?: boolean;
  readonly country?: string;
  readonly columns?: readonly {
    readonly column: number;
    readonly to: string | null;
    readonly type?: ImportColumn['type'];
  }[];
  readonly lists?: readonly string[];
  readonly tags?: readonly string[];
  readonly consent?: Import['consent'];
  readonly reason?: string;
}

export interface ImportServiceOptions {
  readonly imports: ImportRepository;
  readonly lists: Pick<ContactListRepository, 'findById'>;
  readonly files: FileStorage;
  readonly runner: ImportRunner;
  readonly defaultCountry: string;
  readonly now: () => Date;
}

export function createImports({
  imports,
  lists,
  files,
  runner,
  defaultCountry,
  now,
}: ImportServiceOptions): ImportService {
  /** The first rows of a kept file, and the sheets that a workbook has. */
  async function look(fileKey: string, format: ImportFormat): Promise<ShownWorkbook> {
    const content = await files.read(fileKey);
    if (format.kind === 'xlsx') return showInThread(content, format.sheet);
    return {
      sheets: format.sheet === null ? [] : [format.sheet],
      rows: await shownRows((await sourceOf(content, format)).rows),
    };
  }

  const view = (
    rows: readonly (readonly string[])[],
    hasHeader: boolean,
    country: string,
    target: Import['target'],
  ) => ({
    hasHeader,
    country,
    columns: guessColumns(rows, hasHeader, country, target),
    firstRows: rows,
  });

  /** Keeps what comes in and looks at it; nothing stays of what is refused. */
  async function keep(
    { target, fileName, by, again }: FileOrder,
    content: Readable,
    formatOfContent: (bytes: number) => ImportFormat,
  ): Promise<Stored<Import>> {
    const fileKey = newFileKey(now());
    const { bytes, hash } = await files.put(fileKey, content);
    try {
      const format = formatOfContent(bytes);
      if (!again) await refuseRepeated(hash, target);
      const { rows, sheets } = await look(fileKey, format);
      // Of a workbook another sheet may be chosen.
      if (rows.length === 0 && sheets.length < 2) throw refused('has no rows');
      return await imports.create({
        target,
        fileKey,
        fileName: fileName.slice(0, 255),
        bytes,
        hash,
        ...format,
        sheet: format.sheet ?? sheets[0] ?? null,
        sheets,
        ...view(rows, guessHeader(rows, defaultCountry), defaultCountry, target),
        by,
        lists: [],
        tags: [],
        consent: null,
        reason: null,
        state: 'uploaded',
        rowsRead: 0,
        bytesRead: 0,
        added: 0,
        merged: 0,
        rejected: 0,
        problem: null,
        startedAt: null,
        finishedAt: null,
      });
    } catch (error) {
      await files.remove(fileKey);
      throw error;
    }
  }

  async function refuseRepeated(hash: string, target: Import['target']): Promise<void> {
    const before = (await imports.ofFile(hash)).find(
      each => each.target === target && ['waiting', 'running', 'done'].includes(each.state),
    );
    if (!before) return;
    throw new AppError(
      'IMPORT_REPEATED',
      'This very file was imported before; upload it with again=true to read it once more',
      {
        details: {
          importId: before._id.toHexString(),
          state: before.state,
          importedAt: before.createdAt.toISOString(),
        },
      },
    );
  }

  const move = async (found: Stored<Import>, changes: Partial<Import>) => {
    try {
      return await imports.changeById(found._id, { $set: changes }, { version: found.version });
    } catch (error) {
      if (error instanceof AppError && error.code === 'VERSION_CONFLICT')
        throw new AppError('CONFLICT', 'The import went on in the meantime; look at it again');
      throw error;
    }
  };

  return {
    async upload({ content, fileName, ...file }) {
      const { stream, impression } = watchUpload(content);
      return keep({ ...file, fileName: fileName || 'upload.csv' }, stream, bytes => formatOfFile(impression(), bytes));
    },
    async take({ rows, sheet, ...file }) {
      const content = Readable.from(rows, { objectMode: false });
      return keep(file, content, () => ({ kind: 'google-sheet', sheet, encoding: 'utf-8', delimiter: ',' }));
    },
    async get(id, target) {
      const found = await imports.findById(id);
      if (found?.target !== target) throw new AppError('NOT_FOUND', 'There is no import with this id');
      return found;
    },
    async change(found, { columns, lists: listIds, consent, ...plain }) {
      if (found.state !== 'uploaded')
        throw new AppError(
          'CONFLICT',
          `How a file is read can be changed before it is started; this one is ${found.state}`,
        );
      const next = { ...found, ...plain };
      const changes: Record<string, unknown> = { ...plain };
      if (plain.sheet !== undefined && !found.sheets.includes(plain.sheet))
        throw invalidField('sheet', `must be one of ${found.sheets.join(', ') || 'no sheets: this is no workbook'}`);
      const anew = (['sheet', 'encoding', 'delimiter', 'hasHeader', 'country'] as const).some(
        field => next[field] !== found[field],
      );
      if (anew) {
        const { rows } = await look(found.fileKey, formatOf(next));
        const hasHeader =
          'sheet' in plain && !('hasHeader' in plain) ? guessHeader(rows, next.country) : next.hasHeader;
        Object.assign(changes, view(rows, hasHeader, next.country, found.target));
      }
      if (columns) {
        const known = (changes['columns'] as ImportColumn[] | undefined) ?? found.columns;
        for (const [index, { column }] of columns.entries()) {
          if (!known.some(each => each.column === column))
            throw invalidField(`columns.${index}.column`, `is not one of the ${known.length} columns`);
        }
        const mapped = known.map(each => {
          const wish = columns.find(({ column }) => column === each.column);
          return wish ? { ...each, to: wish.to, type: wish.type ?? each.type } : each;
        });
        const wrong = columnsProblem(mapped, found.target);
        if (wrong && wrong.field !== 'columns') throw invalidField(wrong.field, wrong.problem);
        changes['columns'] = mapped;
      }
      if (listIds) {
        const ids: Types.ObjectId[] = [];
        for (const [index, list] of listIds.entries()) {
          const id = asId(`lists.${index}`, list);
          if (!id || !(await lists.findById(id))) throw invalidField(`lists.${index}`, 'is not a list that exists');
          ids.push(id);
        }
        changes['lists'] = ids;
      }
      if (consent !== undefined) {
        const checked = consent === null ? null : checkFields({ consent }, now());
        if (checked?.ok === false) throw invalidField(checked.field, checked.problem);
        changes['consent'] = consent;
      }
      return Object.keys(changes).length === 0 ? found : move(found, changes as Partial<Import>);
    },
    async start(found) {
      const id = found._id.toHexString();
      if (found.state === 'uploaded' || found.state === 'failed') {
        const wrong = columnsProblem(found.columns, found.target);
        if (wrong) throw invalidField(wrong.field, wrong.problem);
        const moved = await imports.moveState(found._id, ['uploaded', 'failed'], 'waiting', {
          $set: { problem: null, finishedAt: null },
        });
        await runner.begin(id);
        return moved ?? found;
      }
      if (found.state === 'stopped' || found.state === 'stopping')
        throw new AppError('CONFLICT', 'This import was stopped; upload the file again to read it from the beginning');
      if (found.state !== 'done') await runner.begin(id);
      return found;
    },
    async stop(found) {
      const before = await imports.moveState(found._id, ['uploaded', 'waiting', 'failed'], 'stopped', {
        $set: { firstRows: [], finishedAt: now() },
      });
      if (before) {
        await files.remove(found.fileKey);
        return before;
      }
      const stopping = await imports.moveState(found._id, 'running', 'stopping');
      return stopping ?? (await imports.findById(found._id)) ?? found;
    },
  };
}

/** What a file is, by its first bytes and the spread of its letters; a file that is no table is refused. */
function formatOfFile(seen: FileImpression, bytes: number): ImportFormat {
  if (isZip(seen.head)) return { kind: 'xlsx', sheet: null, encoding: 'utf-8', delimiter: ',' };
  if (isOldWorkbook(seen.head)) throw refused(oldWorkbookProblem(seen.head, bytes));
  const told = encodingOf(seen);
  if ('problem' in told) throw refused(told.problem);
  const { encoding } = told;
  return { kind: 'csv', sheet: null, encoding, delimiter: delimiterOf(iconv.decode(seen.head, encoding)) };
}
