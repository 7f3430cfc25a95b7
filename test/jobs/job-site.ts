import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { startPocketMongo } from 'pocket-mongo';
import { Registry } from 'prom-client';
import suite from 'tap';
import { createBullmqQueue } from '../../src/jobs/bullmq-queue.ts';
import type { JobStore } from '../../src/jobs/job-record.ts';
import { JobRepository } from '../../src/jobs/job-repository.ts';
import type { JobQueue } from '../../src/jobs/queue.ts';
import type { QueueOptions } from '../../src/jobs/queue-base.ts';
import { createStoreQueue } from '../../src/jobs/store-queue.ts';
import { createMemoryCache } from '../../src/store/cache.ts';
import { openConnection } from '../../src/store/connection.ts';
import { inDatabase } from '../../src/store/mongodb-uri.ts';
import { openRedis, type RedisLink } from '../../src/store/redis.ts';
import { startRedis, type TestRedis } from '../helpers/redis.ts';
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
const logger = pino({ enabled: false });

/** One embedded server for all tests of a file; each site has a database of its own in it. */
let server: ReturnType<typeof startPocketMongo> | undefined;
let databases = 0;

async function startServer(): Promise<string> {
  server ??= (async () => {
    const dir = await mkdtemp(join(tmpdir(), 'parley-jobs-'));
    const started = await startPocketMongo({ dir });
    suite.teardown(async () => {
      await started.close();
      await rm(dir, { recursive: true, force: true });
    });
    return started;
  })();
  return (await server).uri;
}

async function openStore(t: Teardown): Promise<() => Promise<JobRepository>> {
  databases += 1;
  const uri = inDatabase(await startServer(), `jobs${databases}`);
  const closes: (() => Promise<void>)[] = [];
  t.teardown(() => Promise.all(closes.map(close => close())));
  return async () => {
    const connection = await openConnection({ uri, poolMax: 10, logger });
    closes.push(() => connection.close());
    const repository = new JobRepository({
      connection: connection.mongoose,
      cache: createMemoryCache(),
      now: () => new Date(),
      register: () => {},
    });
    if (closes.length === 1) await repository.ensureIndexes();
    return repository;
  };
}

function common(store: JobStore, clock: ManualClock, options: Partial<QueueOptions>): QueueOptions {
  return { store, logger, registry: new Registry(), clock, random: () => 0.5, leaseMs, pollMs, ...options };
}

/** The site of the runner without Redis. */
export async function openStoreSite(t: Teardown): Promise<JobSite> {
  const repository = await openStore(t);
  const clock = createManualClock();
  const queues: JobQueue[] = [];
  t.teardown(() => endAll(queues, clock));
  return {
    clock,
    store: await repository(),
    async queue(options = {}) {
      const queue = createStoreQueue(common(await repository(), clock, options));
      queues.push(queue);
      return queue;
    },
  };
}

/** The site of the runner with Redis, a real one that the test may kill. */
export async function openRedisSite(t: Teardown): Promise<RedisSite> {
  const repository = await openStore(t);
  const redis = await startRedis(t);
  const clock = createManualClock();
  const links: RedisLink[] = [];
  const queues: JobQueue[] = [];
  t.teardown(async () => {
    await endAll(queues, clock);
    await Promise.all(links.map(link => link.close()));
  });
  return {
    clock,
    redis,
    store: await repository(),
    link: () => links.at(-1)!,
    async queue(options = {}) {
      const link = openRedis({ url: redis.url, logger });
      links.push(link);
      await new Promise<void>(resolve => link.onReady(resolve));
      const queue = createBullmqQueue({ ...common(await repository(), clock, options), redis: link });
      queues.push(queue);
      return queue;
    },
  };
}

/** Ends what a failed test left running too: its handlers may wait for an answer that never comes. */
async function endAll(queues: readonly JobQueue[], clock: ManualClock): Promise<void> {
  const drains = queues.map(queue => queue.drain(0));
  let ended = false;
  const all = Promise.all(drains).then(() => {
    ended = true;
  });
  while (!ended) {
    clock.advance(100);
    await new Promise<void>(resolve => setImmediate(resolve));
  }
  await all;
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
