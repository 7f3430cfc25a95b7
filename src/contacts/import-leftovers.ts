import { randomUUID } from 'node:crypto';
import { Type } from 'typebox';
import { defineJob, type JobQueue } from '../jobs/queue.ts';
import type { FileStorage } from '../store/file-storage.ts';
import { type ImportRepository, type ImportState, unreadStates } from './import-repository.ts';

const folder = 'imports';
/** Longer than any upload takes. */
const untouchedMs = 6 * 60 * 60_000;

/** Where a file is kept until it was read; the key tells when it came. */
export const newFileKey = (now: Date): string => `${folder}/${now.getTime()}-${randomUUID()}`;

const sweepJob = defineJob('contacts.sweep-import-files', {
  payload: Type.Object({}, { additionalProperties: false }),
});

export interface LeftoverOptions {
  readonly imports: Pick<ImportRepository, 'ofFileKey'>;
  readonly files: Pick<FileStorage, 'keys' | 'remove'>;
  readonly jobs: Pick<JobQueue, 'process' | 'schedule'>;
  readonly now: () => Date;
}

/** Removes what a crash left behind: files that no import knows yet, and files of imports that have ended. */
export function sweepImportFiles({ imports, files, jobs, now }: LeftoverOptions): void {
  const wanted: readonly ImportState[] = unreadStates;
  jobs.process(sweepJob, async (_, { signal }) => {
    const before = now().getTime() - untouchedMs;
    for await (const key of files.keys(folder)) {
      signal.throwIfAborted();
      const came = Number(/^imports\/(\d{13})-/.exec(key)?.[1]);
      if (!(came < before)) continue;
      const found = await imports.ofFileKey(key);
      if (!found || !wanted.includes(found.state)) await files.remove(key);
    }
  });
  jobs.schedule(sweepJob, { cron: '23 * * * *', payload: {} });
}
