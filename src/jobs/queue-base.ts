import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { AppError } from '../errors.ts';
import { type Clock, systemClock } from './clock.ts';
import { createJobMetrics } from './job-metrics.ts';
import { createJobPool, type JobPool } from './job-pool.ts';
import type { JobRecord, JobStore, NewJob } from './job-record.ts';
import { createJobRunner } from './job-runner.ts';
import type { EnqueueOptions, JobHandler, JobQueue, JobType, Schedule } from './queue.ts';
import { createSchedules } from './schedules.ts';

export interface QueueOptions {
  store: JobStore;
  logger: Logger;
  registry: Registry;
  clock?: Clock;
  random?: () => number;
  /** How long a claim holds without renewal: how late a job of a killed process runs again. */
  leaseMs?: number;
  /** How often the store is asked for work that nobody announced here. */
  pollMs?: number;
  /** How long an aborted handler may tidy up. */
  abortGraceMs?: number;
}

/** What a feed knows about a job that was just written down. */
export type EnqueuedJob = Pick<JobRecord, 'id' | 'name' | 'priority' | 'claims'> & { dueAt: Date };

/** How jobs find their way from the store into the pool: the difference between the two runners. */
export interface Feed {
  /** When Redis must be offered a job that is written down now. */
  offerAt(dueAt: Date, now: Date): Date;
  enqueued(job: EnqueuedJob): void;
  /** A job becomes due then, so have a look. */
  lookAt(time: number): void;
  handlerAdded(type: JobType<object>): void;
  start(): void;
  /** Brings no further jobs into the pool. */
  stop(): Promise<void>;
  /** Called after the last job ended. */
  close(): Promise<void>;
}

export interface FeedParts {
  store: JobStore;
  pool: JobPool;
  clock: Clock;
  random: () => number;
  logger: Logger;
  pollMs: number;
  onStoreTrouble: (error: unknown) => void;
}

/** Everything the two runners have in common: enqueueing, running, schedules, dead letters, drain. */
export function createQueue(options: QueueOptions, createFeed: (parts: FeedParts) => Feed): JobQueue {
  const { store, registry, logger, clock = systemClock, random = Math.random } = options;
  const { leaseMs = 30_000, pollMs = 1_000, abortGraceMs = 2_000 } = options;
  const metrics = createJobMetrics(registry, () => store.census(), clock.now);
  let silentUntil = 0;
  // Every poll and every slot meets the same outage; it is told every half minute.
  const onStoreTrouble = (error: unknown) => {
    if (clock.now() < silentUntil) return;
    silentUntil = clock.now() + 30_000;
    logger.warn({ err: error }, 'the store cannot be asked for jobs; trying again');
  };
  const runner = createJobRunner({ store, clock, random, logger, metrics, leaseMs, abortGraceMs });
  const pool = createJobPool({ store, runner, clock, leaseMs, onStoreTrouble });
  const feed = createFeed({ store, pool, clock, random, logger, pollMs, onStoreTrouble });
  runner.events.on('retrying', ({ dueAt }) => dueAt && feed.lookAt(dueAt.getTime()));
  const schedules = createSchedules({
    clock,
    logger,
    async enqueueTick(type, payload, tick, at) {
      // The key keeps a slow job from piling up ticks behind it; the tick keeps other processes from enqueueing it too.
      await write(type, payload, { dedupeKey: 'schedule' }, { tick, dueAt: at });
    },
  });
  let started = false;
  let draining: ReturnType<JobQueue['drain']> | undefined;

  async function write(
    type: JobType<object>,
    payload: object,
    { dedupeKey, runAt, priority = 'normal' }: EnqueueOptions,
    scheduled: { tick?: string; dueAt?: Date } = {},
  ) {
    type.check(payload);
    const now = new Date(clock.now());
    const dueAt = scheduled.dueAt ?? (runAt && runAt > now ? runAt : now);
    const job: NewJob = { name: type.name, payload, priority, dueAt, offerAt: feed.offerAt(dueAt, now), now };
    if (dedupeKey !== undefined) job.dedupeKey = dedupeKey;
    if (scheduled.tick !== undefined) job.tick = scheduled.tick;
    const { id, created } = await store.insert(job);
    if (created) feed.enqueued({ id, name: type.name, priority, claims: 0, dueAt });
    return { id, created };
  }

  return {
    events: runner.events,
    enqueue: (type, payload, enqueueOptions = {}) => write(type, payload, enqueueOptions),
    process<P extends object>(type: JobType<P>, handler: JobHandler<P>) {
      // The runner hands a handler only what its own type's check returned.
      pool.add(type, handler as JobHandler<object>);
      if (started) feed.handlerAdded(type);
    },
    schedule<P extends object>(type: JobType<P>, schedule: Schedule<P>) {
      schedules.add(type, schedule as Schedule<object>);
    },
    start() {
      if (started) return;
      started = true;
      feed.start();
      for (const type of pool.types) feed.handlerAdded(type);
      schedules.start();
    },
    drain(limitMs) {
      draining ??= (async () => {
        schedules.stop();
        pool.stopClaiming();
        await feed.stop();
        const report = await pool.drain(limitMs);
        await feed.close();
        return report;
      })();
      return draining;
    },
    list: query => store.page(query),
    async replay(id) {
      const now = new Date(clock.now());
      const job = await store.replay(id, now);
      if (job === 'duplicate') {
        throw new AppError('JOB_DUPLICATE', 'A newer job with the same key is open; discard this one or wait for it');
      }
      if (!job) throw await refusal(id, 'JOB_NOT_DEAD', 'Only a dead job can be replayed');
      feed.enqueued({ ...job, dueAt: now });
      return job;
    },
    async discard(id) {
      if (!(await store.discard(id))) {
        throw await refusal(id, 'JOB_NOT_REMOVABLE', 'Only a dead or waiting job can be discarded');
      }
    },
  };

  async function refusal(id: string, code: 'JOB_NOT_DEAD' | 'JOB_NOT_REMOVABLE', sentence: string): Promise<AppError> {
    const job = await store.job(id);
    if (!job) return new AppError('JOB_NOT_FOUND', 'There is no such job');
    return new AppError(code, `${sentence}; this one is ${job.state}`, { details: { state: job.state } });
  }
}
