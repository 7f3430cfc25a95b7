import { parentPort, workerData } from 'node:worker_threads';
import { AppError } from '../errors.ts';
import { type BatchRules, batchesOf } from './import-batches.ts';
import { shownRows } from './import-preview.ts';
import type { ImportThreadWork, ToImportThread } from './import-thread.ts';
import { openWorkbook } from './workbook-rows.ts';

/** How many batches may wait for the store: while two are written, the next one is read. */
const ahead = 3;

const port = parentPort!;
const chunkWaiters: ((chunk: Uint8Array | null) => void)[] = [];
let written = 0;
let wake = () => {};

port.on('message', (message: ToImportThread) => {
  if (message.kind === 'chunk') chunkWaiters.shift()?.(message.bytes);
  else {
    written += 1;
    wake();
  }
});

async function* chunks(): AsyncGenerator<Uint8Array> {
  for (;;) {
    const chunk = await new Promise<Uint8Array | null>(resolve => {
      chunkWaiters.push(resolve);
      port.postMessage({ kind: 'more' });
    });
    if (chunk === null) return;
    yield chunk;
  }
}

async function read(rules: BatchRules): Promise<void> {
  let sent = 0;
  for await (const batch of batchesOf(chunks(), rules)) {
    port.postMessage({ kind: 'batch', batch });
    sent += 1;
    while (sent - written >= ahead) await new Promise<void>(resolve => (wake = resolve));
  }
}

try {
  const work = workerData as ImportThreadWork;
  if (work.kind === 'show') {
    const book = await openWorkbook(chunks());
    port.postMessage({ kind: 'shown', sheets: book.sheets, rows: await shownRows(await book.rows(work.sheet)) });
  } else {
    await read(work.rules);
  }
  port.postMessage({ kind: 'done' });
} catch (error) {
  const known = error instanceof AppError ? { code: error.code, message: error.message } : undefined;
  port.postMessage({ kind: 'failed', known, text: known ? undefined : String((error as Error)?.stack ?? error) });
} finally {
  port.close();
}
