import { Registry } from 'prom-client';
import { createBullmqQueue } from '../../src/jobs/bullmq-queue.ts';
import type { JobStore } from '../../src/jobs/job-record.ts';
import { JobRepository } from '../../src/jobs/job-repository.ts';
import type { JobQueue } from '../../src/jobs/queue.ts';
import type { QueueOptions } from '../../src/jobs/queue-base.ts';
import { createStoreQueue } from '../../src/jobs/store-queue.ts';
import { openRedis, type RedisLink } from '../../src/store/redis.ts';
import { startRedis, type TestRedis } from '../helpers/redis.ts';
import { silent, startTestStore } from '../helpers/store.ts';
import { createManualClock, type ManualClock } from './manual-clock.ts';

interface Teardown {
  teardown(fn: () => unknown): void;
}

/** One installation: a store, perhaps a Redis, and as many processes' queues as a test wants. */
export interface JobSite {
  readonly clock: ManualClock;
  readonly store: JobStore;
  /** A queue as another process would have it: its own connections, the same store. */
  queue(options?: Partial<QueueOptions>): Promise<JobQueue>;
}

export interface RedisSite extends JobSite {
  readonly redis: TestRedis;
  /** The link of the queue opened last. */
  link(): RedisLink;
}

export const leaseMs = 30_000;
export const pollMs = 1_000;

/** One database, and the jobs in it as any number of processes see them, each over connections of its own. */
async function openJobs(t: Teardown): Promise<() => Promise<JobRepository>> {
  const first = await startTestStore(t);
  const jobs = new JobRepository(first);
  await jobs.ensureIndexes();
  return async () => new JobRepository(await startTestStore(t, { uri: first.uri }));
}

function common(store: JobStore, clock: ManualClock, options: Partial<QueueOptions>): QueueOptions {
  return { store, logger: silent, registry: new Registry(), clock, random: () => 0.5, leaseMs, pollMs, ...options };
}

/** The site of the runner without Redis. */
export async function openStoreSite(t: Teardown): Promise<JobSite> {
  const jobs = await openJobs(t);
  const clock = createManualClock();
  return {
    clock,
    store: await jobs(),
    async queue(options = {}) {
      const queue = createStoreQueue(common(await jobs(), clock, options));
      t.teardown(() => end(queue, clock));
      return queue;
    },
  };
}

/** The site of the runner with Redis, a real one that the test may kill. */
export async function openRedisSite(t: Teardown): Promise<RedisSite> {
  const jobs = await openJobs(t);
  const redis = await startRedis(t);
  const clock = createManualClock();
  let latest: RedisLink | undefined;
  return {
    clock,
    redis,
    store: await jobs(),
    link: () => latest!,
    async queue(options = {}) {
      const link = openRedis({ url: redis.url, logger: silent });
      latest = link;
      await new Promise<void>(resolve => link.onReady(resolve));
      const queue = createBullmqQueue({ ...common(await jobs(), clock, options), redis: link });
      t.teardown(async () => {
        await end(queue, clock);
        await link.close();
      });
      return queue;
    },
  };
}

/** Ends a queue whose handlers may wait for a test that failed: its clock goes on until the last is given up. */
async function end(queue: JobQueue, clock: ManualClock): Promise<void> {
  let ended = false;
  const drained = queue.drain(0).finally(() => {
    ended = true;
  });
  while (!ended) {
    clock.advance(100);
    await new Promise<void>(resolve => setImmediate(resolve));
  }
  await drained;
}

/** Waits for a condition that becomes true by itself, looking after every turn of the event loop. */
export async function until<T>(look: () => Promise<T | undefined | false> | T | undefined | false): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    await new Promise<void>(resolve => setImmediate(resolve));
  }
}

/** Waits until no job is waiting or running. */
export async function allEnded(site: JobSite): Promise<void> {
  await until(async () => {
    const queued = await site.store.page({ state: 'queued', limit: 1 });
    return queued.items.length === 0 && (await site.store.page({ state: 'running', limit: 1 })).items.length === 0;
  });
}
