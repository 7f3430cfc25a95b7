import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import iconv from 'iconv-lite';
import type { Types } from 'mongoose';
import { AppError } from '../errors.ts';
import type { FileStorage } from '../store/file-storage.ts';
import { asId, invalidField } from '../store/scalar.ts';
import type { Stored } from '../store/schema.ts';
import { checkFields } from './contact-entry.ts';
import type { ContactListRepository } from './contact-list-repository.ts';
import { delimiterOf, encodingOf, type ImportFormat } from './import-format.ts';
import { columnsProblem, guessColumns, guessHeader, type ImportColumn } from './import-mapping.ts';
import type { Import, ImportRepository } from './import-repository.ts';
import { refused, rowsOf } from './import-rows.ts';
import type { ImportRunner } from './import-runner.ts';
import { watchUpload } from './import-upload.ts';

export interface ImportService {
  /**
   * Keeps a file and guesses how it is to be read. Throws `IMPORT_REPEATED` for a file that was imported before, unless `again`, and
   * `IMPORT_FILE_REFUSED` for one that is no table.
   */
  upload(file: UploadedFile): Promise<Stored<Import>>;
  /** Throws `NOT_FOUND`; an import of the other target is none. */
  get(id: string, target: Import['target']): Promise<Stored<Import>>;
  /** Changes how a file that was not started yet is read. */
  change(found: Stored<Import>, changes: ImportChanges): Promise<Stored<Import>>;
  /** Begins reading; one that runs or is done stays as it is, one that failed goes on. */
  start(found: Stored<Import>): Promise<Stored<Import>>;
  /** Ends reading behind the batch that is being written; what was written stays. */
  stop(found: Stored<Import>): Promise<Stored<Import>>;
}

export interface UploadedFile {
  readonly target: Import['target'];
  readonly fileName: string;
  readonly content: Readable;
  readonly by: string;
  readonly again: boolean;
}

export interface ImportChanges {
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

const rowsShown = 11;

export function createImports({
  imports,
  lists,
  files,
  runner,
  defaultCountry,
  now,
}: ImportServiceOptions): ImportService {
  async function shown(head: AsyncIterable<Uint8Array>, format: ImportFormat): Promise<string[][]> {
    const rows: string[][] = [];
    for await (const { cells } of rowsOf(head, format)) {
      // A preview is for looking at: long cells are cut.
      rows.push(cells.map(cell => cell.slice(0, 200)));
      if (rows.length === rowsShown) break;
    }
    return rows;
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
    async upload({ target, fileName, content, by, again }) {
      const fileKey = `imports/${randomUUID()}`;
      const { stream, impression } = watchUpload(content);
      const { bytes, hash } = await files.put(fileKey, stream, { contentType: 'text/csv' });
      try {
        const seen = impression();
        const told = encodingOf(seen);
        if ('problem' in told) throw refused(told.problem);
        if (!again) {
          const before = (await imports.ofFile(hash)).find(
            each => each.target === target && ['waiting', 'running', 'done'].includes(each.state),
          );
          if (before)
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
        const { encoding } = told;
        const format = { encoding, delimiter: delimiterOf(iconv.decode(seen.head, encoding)) };
        const rows = await shown(await files.read(fileKey), format);
        if (rows.length === 0) throw refused('has no rows');
        return await imports.create({
          target,
          fileKey,
          fileName: fileName.slice(0, 255) || 'upload.csv',
          bytes,
          hash,
          ...format,
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
      const anew = (['encoding', 'delimiter', 'hasHeader', 'country'] as const).some(
        field => next[field] !== found[field],
      );
      if (anew) {
        const rows = await shown(await files.read(found.fileKey), next);
        Object.assign(changes, view(rows, next.hasHeader, next.country, found.target));
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
