/**
 * Jobs per second in both runners, on the embedded store with every write synced before it is acknowledged:
 *   npx tsx scripts/bench/store/jobs.ts [jobs=3000] [rounds=3]
 * The rounds of the two runners alternate, so that a noisy machine disturbs both alike; medians are printed.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { Type } from 'typebox';
import { createBullmqQueue } from '../../../src/jobs/bullmq-queue.ts';
import { JobRepository } from '../../../src/jobs/job-repository.ts';
import { defineJob, type JobQueue } from '../../../src/jobs/queue.ts';
import { createStoreQueue } from '../../../src/jobs/store-queue.ts';
import { createMemoryCache } from '../../../src/store/cache.ts';
import { openConnection } from '../../../src/store/connection.ts';
import { startEmbedded } from '../../../src/store/embedded.ts';
import { inDatabase } from '../../../src/store/mongodb-uri.ts';
import { createStore } from '../../../src/store/open-store.ts';
import { openRedis } from '../../../src/store/redis.ts';
import { redisMissing, startRedis } from '../../../test/helpers/redis.ts';

const jobCount = Number(process.argv[2] ?? 3_000);
const rounds = Number(process.argv[3] ?? 3);
const together = 32;
const logger = pino({ level: 'silent' });
const noop = defineJob('bench', { payload: Type.Object({ n: Type.Integer() }), concurrency: together });

interface Figures {
  enqueued: number;
  done: number;
  firstMs: number;
}

const closes: (() => unknown)[] = [];
const onEnd = { teardown: (close: () => unknown) => void closes.unshift(close) };

const dataDir = await mkdtemp(join(tmpdir(), 'parley-bench-'));
onEnd.teardown(() => rm(dataDir, { recursive: true, force: true }));
const embedded = await startEmbedded({ dataDir, logger });
onEnd.teardown(() => embedded.close());

async function measure(
  runner: string,
  round: number,
  open: (jobs: JobRepository) => Promise<JobQueue>,
): Promise<Figures> {
  const uri = inDatabase(embedded.uri, `${runner}${round}`);
  const link = await openConnection({ uri, poolMax: 50, logger });
  const jobs = new JobRepository(createStore({ link, logger, cache: createMemoryCache(), now: () => new Date() }));
  await jobs.ensureIndexes();
  const queue = await open(jobs);

  const enqueued = await perSecond(() => inLanes(jobCount, n => queue.enqueue(noop, { n })));
  let left = jobCount;
  let begin = () => {};
  const done = await perSecond(
    () =>
      new Promise<void>(resolve => {
        queue.process(noop, () => begin());
        queue.events.on('done', () => {
          left -= 1;
          if (left === 0) resolve();
        });
        queue.start();
      }),
  );

  const waits: number[] = [];
  for (let n = 0; n < 50; n += 1) {
    const startedAt = performance.now();
    const begun = new Promise<void>(resolve => {
      begin = resolve;
    });
    await queue.enqueue(noop, { n });
    await begun;
    waits.push(performance.now() - startedAt);
  }
  await queue.drain(5_000);
  await link.close();
  return { enqueued, done, firstMs: median(waits) };
}

/** Calls `work` for 0…count-1, a fixed number at a time. */
async function inLanes(count: number, work: (n: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: together }, lane));
}

async function perSecond(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (jobCount / (performance.now() - startedAt)) * 1_000;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

const runners: Record<string, (jobs: JobRepository) => Promise<JobQueue>> = {
  store: async jobs => createStoreQueue({ store: jobs, logger, registry: new Registry() }),
};
if (redisMissing) process.stdout.write(`BullMQ is left out: ${redisMissing}\n`);
else {
  const redis = await startRedis(onEnd);
  const link = openRedis({ url: redis.url, logger });
  onEnd.teardown(() => link.close());
  if (link.state !== 'ready') await new Promise<void>(resolve => void link.onReady(resolve));
  let prefix = 0;
  runners['bullmq'] = async jobs => {
    prefix += 1;
    return createBullmqQueue({ store: jobs, logger, registry: new Registry(), redis: link, prefix: `bench${prefix}` });
  };
}

const results: Record<string, Figures[]> = {};
try {
  for (let round = 0; round < rounds; round += 1) {
    for (const [runner, open] of Object.entries(runners)) {
      results[runner] ??= [];
      results[runner].push(await measure(runner, round, open));
    }
  }
} finally {
  for (const close of closes) await close();
}

process.stdout.write(`${jobCount} jobs, ${together} at a time, medians of ${rounds} rounds\n`);
process.stdout.write('runner   enqueued/s   done/s   enqueue to start, ms\n');
const summary = Object.entries(results).map(([runner, figures]) => ({
  runner,
  enqueued: median(figures.map(figure => figure.enqueued)),
  done: median(figures.map(figure => figure.done)),
  firstMs: median(figures.map(figure => figure.firstMs)),
}));
for (const { runner, enqueued, done, firstMs } of summary) {
  process.stdout.write(
    `${runner.padEnd(8)} ${enqueued.toFixed(0).padStart(10)} ${done.toFixed(0).padStart(8)} ${firstMs.toFixed(1).padStart(22)}\n`,
  );
}
const [store, bullmq] = summary;
if (store && bullmq)
  process.stdout.write(`bullmq does ${(bullmq.done / store.done).toFixed(2)} times the jobs of store\n`);
