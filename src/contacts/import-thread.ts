import { Worker } from 'node:worker_threads';
import { AppError, type ErrorCode } from '../errors.ts';
import type { BatchRules, RowBatch } from './import-batches.ts';

export type ToImportThread =
  | { readonly kind: 'chunk'; readonly bytes: Uint8Array | null }
  | { readonly kind: 'written' };

type FromImportThread =
  | { readonly kind: 'more' }
  | { readonly kind: 'batch'; readonly batch: RowBatch }
  | { readonly kind: 'done' }
  | {
      readonly kind: 'failed';
      readonly known?: { readonly code: ErrorCode; readonly message: string };
      readonly text?: string;
    };

/** What a hostile file may take before its thread is ended, and only its thread. */
const resourceLimits = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 32 };

/**
 * Reads a file in a thread of its own, because rows cost a hundred times what a frame of audio does. `write` is called batch by batch;
 * the thread is never more than two batches ahead of it.
 */
export async function readInThread(
  chunks: AsyncIterable<Uint8Array>,
  rules: BatchRules,
  write: (batch: RowBatch) => Promise<void>,
): Promise<void> {
  const worker = new Worker(workerEntry(), { execArgv: [], workerData: rules, resourceLimits });
  const source = chunks[Symbol.asyncIterator]();
  const tell = (message: ToImportThread) => worker.postMessage(message);
  let writing = Promise.resolve();
  try {
    await new Promise<void>((resolve, reject) => {
      const feed = async () => {
        const { done, value } = await source.next();
        tell({ kind: 'chunk', bytes: done ? null : value });
      };
      const take = async (batch: RowBatch) => {
        await write(batch);
        tell({ kind: 'written' });
      };
      worker.on('message', (message: FromImportThread) => {
        if (message.kind === 'more') feed().catch(reject);
        else if (message.kind === 'batch') {
          writing = writing.then(() => take(message.batch));
          writing.catch(reject);
        } else if (message.kind === 'done') writing.then(resolve, reject);
        else if (message.known)
          writing.then(() => reject(new AppError(message.known!.code, message.known!.message)), reject);
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
        writing.then(() => reject(new Error('the thread that reads the file ended early')), reject),
      );
    });
  } finally {
    await worker.terminate();
    await writing.catch(() => undefined);
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
