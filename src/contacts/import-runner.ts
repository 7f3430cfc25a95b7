import { Type } from 'typebox';
import { AppError } from '../errors.ts';
import { defineJob, type JobContext, type JobQueue } from '../jobs/queue.ts';
import type { FileStorage } from '../store/file-storage.ts';
import type { Stored } from '../store/schema.ts';
import { addEntries } from './contact-adding.ts';
import type { ContactRepository } from './contact-repository.ts';
import { importsKeptDays } from './contacts.types.ts';
import type { RowBatch } from './import-batches.ts';
import { createImportOrder } from './import-order.ts';
import { formatOf, type Import, type ImportRepository, type ImportState } from './import-repository.ts';
import { readInThread } from './import-thread.ts';
import type { RejectedRowRepository } from './rejected-row-repository.ts';
import type { SuppressionService } from './suppression-service.ts';

export interface ImportRunnerOptions {
  readonly imports: ImportRepository;
  readonly contacts: ContactRepository;
  readonly rejections: Pick<RejectedRowRepository, 'keep'>;
  readonly suppressions: Pick<SuppressionService, 'addMany'>;
  readonly files: Pick<FileStorage, 'read' | 'remove'>;
  readonly jobs: Pick<JobQueue, 'enqueue' | 'process' | 'schedule'>;
  readonly now: () => Date;
}

export interface ImportRunner {
  /** Promises that an import which waits will be read; again is the same. */
  begin(id: string): Promise<void>;
}

const runJob = defineJob('contacts.import', {
  payload: Type.Object({ importId: Type.String() }, { additionalProperties: false }),
  // A file of a million rows on a slow store; the lease is renewed all the while.
  timeLimitMs: 6 * 60 * 60_000,
  concurrency: 1,
});
const lookAfterJob = defineJob('contacts.look-after-imports', {
  payload: Type.Object({}, { additionalProperties: false }),
});

const keptMs = importsKeptDays * 24 * 60 * 60_000;

/** Reads uploaded files into the store. Which rows were written stands with the import, so that any process goes on where one died. */
export function createImportRunner({
  imports,
  contacts,
  rejections,
  suppressions,
  files,
  jobs,
  now,
}: ImportRunnerOptions): ImportRunner {
  const begin = async (id: string) => {
    await jobs.enqueue(runJob, { importId: id }, { dedupeKey: id });
  };

  const conclude = async (
    found: Stored<Import>,
    from: ImportState[],
    to: ImportState,
    problem: Import['problem'] = null,
  ) => {
    const moved = await imports.moveState(found._id, from, to, { $set: { problem, firstRows: [], finishedAt: now() } });
    // A failed one may be started again.
    if (moved && to !== 'failed') await files.remove(found.fileKey);
  };

  async function write(found: Stored<Import>, { firstRow, entries, rejected }: RowBatch) {
    const at = now();
    const kept = rejections.keep(found._id, rejected, new Date(at.getTime() + keptMs), at);
    const [counts] = await Promise.all([entriesOf(found, entries, firstRow, at), kept]);
    return { ...counts, rejected: rejected.length };
  }

  async function entriesOf(found: Stored<Import>, entries: RowBatch['entries'], firstRow: number, at: Date) {
    const id = found._id.toHexString();
    if (found.target === 'suppressions') {
      const phones = entries.map(({ phone }) => phone);
      const { added } = await suppressions.addMany(phones, found.reason ?? found.fileName, 'import');
      return { added, merged: phones.length - added };
    }
    const context = { lists: found.lists, tags: found.tags, origin: `import:${id}`, by: `import:${id}`, now: at };
    const outcomes = await addEntries(contacts, entries, context, `${id}:${firstRow}`);
    const added = outcomes.filter(({ kind }) => kind === 'added').length;
    return { added, merged: outcomes.length - added };
  }

  async function run(found: Stored<Import>, { signal }: JobContext): Promise<void> {
    const { _id, bytes } = found;
    let fed = 0;
    let { rowsRead } = found;
    let stopped = false;
    const content = await files.read(found.fileKey);
    const counted = (async function* () {
      for await (const chunk of content) {
        signal.throwIfAborted();
        fed += chunk.length;
        yield chunk;
      }
    })();
    const rules = {
      target: found.target,
      columns: found.columns,
      country: found.country,
      consent: found.consent,
      now: now(),
      format: formatOf(found),
      hasHeader: found.hasHeader,
      afterRow: rowsRead,
    };
    const halt = new AppError('CONFLICT', 'The import was stopped');
    const inOrder = createImportOrder(
      batch => write(found, batch),
      async (batch, counts) => {
        const bytesRead = Math.min(batch.share === null ? fed : Math.round(batch.share * bytes), bytes);
        const noted = await imports.advance(_id, rowsRead, { rowsRead: batch.lastRow, bytesRead }, counts);
        stopped ||= noted?.state !== 'running';
        // Another process was first: the batches behind are its own to note, or each of us would take the other for the one that goes on.
        if (!noted) throw halt;
        rowsRead = batch.lastRow;
      },
    );
    try {
      await readInThread(counted, rules, async batch => {
        signal.throwIfAborted();
        if (!stopped) await inOrder(batch);
        if (stopped) throw halt;
      });
    } catch (error) {
      if (error !== halt) throw error;
    }
    await conclude(found, ['stopping'], 'stopped');
    if (!stopped) await conclude(found, ['running'], 'done');
  }

  jobs.process(runJob, async ({ importId }, context) => {
    let found = await imports.findById(importId);
    if (found?.state === 'waiting')
      found = await imports.moveState(importId, 'waiting', 'running', {
        $set: { startedAt: found.startedAt ?? now() },
      });
    if (found?.state === 'stopping') return conclude(found, ['stopping'], 'stopped');
    if (found?.state !== 'running') return;
    try {
      await run(found, context);
    } catch (error) {
      const faulty =
        error instanceof AppError && (error.code === 'IMPORT_FILE_REFUSED' || error.code === 'FILE_NOT_FOUND');
      if (!faulty && !context.lastAttempt) throw error;
      if (context.signal.aborted) throw error;
      const problem = faulty
        ? { code: error.code, message: error.message }
        : error instanceof AppError && error.code === 'STORE_UNAVAILABLE'
          ? { code: error.code, message: `${error.message}. Start it again then to go on where it ended.` }
          : {
              code: 'INTERNAL',
              message: 'Reading failed again and again; the log has the cause. Start it again to go on where it ended.',
            };
      await conclude(found, ['running', 'stopping'], 'failed', problem);
      if (!faulty) throw error;
    }
  });

  jobs.process(lookAfterJob, async () => {
    const at = now();
    // A crash between the two writes of a start leaves an import that nobody reads.
    for (const state of ['waiting', 'running', 'stopping'] as const)
      for (const { _id } of await imports.inState(state, at)) await begin(_id.toHexString());
    for (const state of ['uploaded', 'failed'] as const)
      for (const old of await imports.inState(state, new Date(at.getTime() - keptMs)))
        await conclude(old, [state], 'stopped', old.problem);
  });
  jobs.schedule(lookAfterJob, { cron: '* * * * *', payload: {} });

  return { begin };
}
