import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { Readable } from 'node:stream';
import { ContactRepository } from '../../../src/contacts/contact-repository.ts';
import { type Import, ImportRepository } from '../../../src/contacts/import-repository.ts';
import { createImportRunner } from '../../../src/contacts/import-runner.ts';
import { RejectedRowRepository } from '../../../src/contacts/rejected-row-repository.ts';
import type { JobContext, JobHandler } from '../../../src/jobs/queue.ts';
import { createLogging } from '../../../src/ops/logger.ts';
import { createMemoryCache } from '../../../src/store/cache.ts';
import { openConnection } from '../../../src/store/connection.ts';
import { startEmbedded } from '../../../src/store/embedded.ts';
import { LocalFiles } from '../../../src/store/local-files.ts';
import { createStore } from '../../../src/store/open-store.ts';
import { createSealer } from '../../../src/store/seal.ts';

/**
 * Imports a file of a million people, a twentieth of them junk, and says how many rows a second that is and what the process takes
 * beside the store. `BENCH_ROWS` changes how many, `BENCH_URI` the store (an embedded one of 8 GB in this process when absent).
 */
const rows = Number(process.env['BENCH_ROWS'] ?? 1_000_000);
const folder = await mkdtemp(join(process.env['BENCH_DIR'] ?? tmpdir(), 'import-bench-'));
const logger = createLogging({ level: 'error', secrets: [], destination: process.stderr }).component('bench');
const embedded = process.env['BENCH_URI']
  ? undefined
  : await startEmbedded({ dataDir: folder, memoryMb: 8_192, logger });
const link = await openConnection({ uri: process.env['BENCH_URI'] ?? embedded!.uri, poolMax: 10, logger });
const now = () => new Date();
const store = createStore({ link, logger, cache: createMemoryCache(), now });
const files = new LocalFiles(join(folder, 'files'), createSealer());
const imports = new ImportRepository(store);
const contacts = new ContactRepository(store);
const rejections = new RejectedRowRepository(store);
for (const repository of [imports, contacts, rejections]) await repository.ensureIndexes();

/** Milliseconds of the whole run by what was waited for. */
const waited: Record<string, number> = {};
function watched(target: object, name: string): void {
  const methods = target as Record<string, (...args: unknown[]) => Promise<unknown>>;
  const method = methods[name]!.bind(target);
  methods[name] = async (...args) => {
    const from = performance.now();
    try {
      return await method(...args);
    } finally {
      waited[name] = Math.round((waited[name] ?? 0) + performance.now() - from);
    }
  };
}
for (const name of ['withPhones', 'writeBatch']) watched(contacts, name);
watched(imports, 'advance');
watched(rejections, 'keep');

let handler: JobHandler<{ importId: string }> | undefined;
const jobs = {
  enqueue: async () => ({ id: '1', created: true }),
  process: (type: { name: string }, given: unknown) => {
    if (type.name === 'contacts.import') handler = given as typeof handler;
  },
  schedule: () => {},
};
createImportRunner({ imports, contacts, rejections, suppressions: {} as never, files, jobs: jobs as never, now });

async function* file() {
  yield 'phone,firstName,lastName,email,company,plan\n';
  for (let from = 0; from < rows; from += 1_000) {
    const lines = Array.from({ length: Math.min(1_000, rows - from) }, (_, place) => {
      const index = from + place;
      const phone = index % 20 === 19 ? 'none' : `+1212${String(2_000_000 + index).padStart(7, '0')}`;
      return `${phone},Ada,Example ${index},ada${index}@example.com,"Roofs, ${index % 100}",gold\n`;
    });
    yield lines.join('');
  }
}
const kept = await files.put('imports/source', Readable.from(file(), { objectMode: false }));
const column = (header: string, index: number, to = header) => ({
  column: index + 1,
  header,
  to,
  type: 'text' as const,
});
const made = await imports.create({
  target: 'contacts',
  fileName: 'people.csv',
  fileKey: 'imports/source',
  bytes: kept.bytes,
  hash: kept.hash,
  columns: [
    ...['phone', 'firstName', 'lastName', 'email', 'company'].map((header, index) => column(header, index)),
    column('plan', 5, 'customFields.plan'),
  ],
  by: 'bench',
  state: 'waiting',
} as unknown as Import);

let longestGapMs = 0;
let last = performance.now();
const ticks = setInterval(() => {
  const at = performance.now();
  const gap = at - last - 5;
  longestGapMs = Math.max(longestGapMs, gap);
  if (gap > 50) stalls.push(gap);
  last = at;
}, 5);
const stalls: number[] = [];
let [heap, rss] = [0, 0];
const samples = setInterval(() => {
  const memory = process.memoryUsage();
  heap = Math.max(heap, memory.heapUsed);
  rss = Math.max(rss, memory.rss);
}, 500);
const startedAt = performance.now();
const context = { signal: new AbortController().signal, lastAttempt: true } as unknown as JobContext;
await handler!({ importId: made._id.toHexString() }, context);
const seconds = (performance.now() - startedAt) / 1000;
clearInterval(ticks);
clearInterval(samples);
const done = await imports.findById(made._id);
console.log(
  JSON.stringify({
    rows,
    state: done?.state,
    added: done?.added,
    merged: done?.merged,
    rejected: done?.rejected,
    seconds: Math.round(seconds * 10) / 10,
    rowsPerSecond: Math.round(rows / seconds),
    mostHeapMb: Math.round(heap / 1024 ** 2),
    // With the embedded store in it, and the thread that reads.
    mostRssMb: Math.round(rss / 1024 ** 2),
    longestStallMs: Math.round(longestGapMs),
    stallsOver50Ms: stalls.length,
    waitedMs: waited,
  }),
);
await store.close();
await embedded?.close();
await rm(folder, { recursive: true, force: true });
