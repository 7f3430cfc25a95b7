import { Worker } from 'node:worker_threads';
import { AppError, type ErrorCode } from '../errors.ts';
import type { BatchRules, RowBatch } from './import-batches.ts';

export type ToImportThread =
  | { readonly kind: 'chunk'; readonly bytes: Uint8Array | null }
  | { readonly kind: 'written' };

type FromImportThread =
  | { readonly kind: 'more' }
  | { readonly kind: 'batch'; readonly batch: RowBatch }
  | ({ readonly kind: 'shown' } & ShownWorkbook)
  | { readonly kind: 'done' }
  | {
      readonly kind: 'failed';
      readonly known?: { readonly code: ErrorCode; readonly message: string };
      readonly text?: string;
    };

/** What a thread is started for: to read a file batch by batch, or to look at the sheets and first rows of a workbook. */
export type ImportThreadWork =
  | { readonly kind: 'read'; readonly rules: BatchRules }
  | { readonly kind: 'show'; readonly sheet: string | null };

/** The sheets of a workbook, and the first rows of one of them. */
export interface ShownWorkbook {
  readonly sheets: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** What a hostile file may take before its thread is ended, and only its thread. A workbook is held as a whole. */
const mostHeapMb = { csv: 256, workbook: 768 };

/**
 * Reads a file in a thread of its own, because rows cost a hundred times what a frame of audio does. `write` is called for one batch after
 * the other, and again before the one before is written: the thread is a few batches ahead, and no more.
 */
export async function readInThread(
  chunks: AsyncIterable<Uint8Array>,
  rules: BatchRules,
  write: (batch: RowBatch) => Promise<void>,
): Promise<void> {
  await inThread(chunks, { kind: 'read', rules }, rules.format.kind === 'xlsx' ? 'workbook' : 'csv', { write });
}

/** Looks at a workbook in a thread of its own, too: unpacking it alone takes seconds. */
export async function showInThread(chunks: AsyncIterable<Uint8Array>, sheet: string | null): Promise<ShownWorkbook> {
  let found: ShownWorkbook | undefined;
  await inThread(chunks, { kind: 'show', sheet }, 'workbook', {
    show: shown => {
      found = shown;
    },
  });
  return found!;
}

interface ThreadReports {
  readonly write?: (batch: RowBatch) => Promise<void>;
  readonly show?: (shown: ShownWorkbook) => void;
}

async function inThread(
  chunks: AsyncIterable<Uint8Array>,
  work: ImportThreadWork,
  size: keyof typeof mostHeapMb,
  { write = async () => {}, show = () => {} }: ThreadReports,
): Promise<void> {
  const resourceLimits = { maxOldGenerationSizeMb: mostHeapMb[size], maxYoungGenerationSizeMb: 32 };
  const worker = new Worker(workerEntry(), { execArgv: [], workerData: work, resourceLimits });
  const source = chunks[Symbol.asyncIterator]();
  const tell = (message: ToImportThread) => worker.postMessage(message);
  const writing = new Set<Promise<void>>();
  try {
    await new Promise<void>((resolve, reject) => {
      const feed = async () => {
        const { done, value } = await source.next();
        tell({ kind: 'chunk', bytes: done ? null : value });
      };
      const take = (batch: RowBatch) => {
        const taken = write(batch).then(() => tell({ kind: 'written' }));
        writing.add(taken);
        taken.then(() => writing.delete(taken), reject);
      };
      const allWritten = () => Promise.all(writing);
      worker.on('message', (message: FromImportThread) => {
        if (message.kind === 'more') feed().catch(reject);
        else if (message.kind === 'batch') take(message.batch);
        else if (message.kind === 'shown') show({ sheets: message.sheets, rows: message.rows });
        else if (message.kind === 'done') allWritten().then(() => resolve(), reject);
        else if (message.known)
          allWritten().then(() => reject(new AppError(message.known!.code, message.known!.message)), reject);
        else reject(new Error(message.text ?? 'the thread that reads the file failed'));
      });
      worker.on('error', error => {
        const outgrew = (error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY';
        reject(
          outgrew
            ? new AppError('IMPORT_FILE_REFUSED', 'The file takes more memory than an import may have', {
                cause: error,
              })
            : error,
        );
      });
      worker.on('exit', () =>
        allWritten().then(() => reject(new Error('the thread that reads the file ended early')), reject),
      );
    });
  } finally {
    await worker.terminate();
    await Promise.allSettled(writing);
    await source.return?.();
  }
}

/** From the sources it runs in tests and in `npm run dev` only, where a thread does not inherit the loader that makes TypeScript run. */
function workerEntry(): URL {
  if (!import.meta.url.endsWith('.ts')) return new URL('./import-worker.js', import.meta.url);
  const worker = JSON.stringify(new URL('./import-worker.ts', import.meta.url).href);
  const loader = JSON.stringify(import.meta.resolve('tsx/esm/api'));
  const code = `import { register } from ${loader}; register(); await import(${worker});`;
  return new URL(`data:text/javascript,${encodeURIComponent(code)}`);
}
