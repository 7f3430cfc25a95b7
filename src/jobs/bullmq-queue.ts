import { type Job, WaitingError, Worker } from 'bullmq';
import { describeRedisError, type RedisLink } from '../store/redis.ts';
import { type Poller, startPoller } from './poller.ts';
import type { JobQueue } from './queue.ts';
import { createQueue, type Feed, type FeedParts, type QueueOptions } from './queue-base.ts';
import { createRedisOffers, type Offer, RedisRefused } from './redis-offers.ts';
import { pullDue } from './store-queue.ts';

export interface BullmqQueueOptions extends QueueOptions {
  redis: RedisLink;
  /** Keeps installations that share one Redis apart; each has its own store. */
  prefix?: string;
}

/**
 * The runner with Redis. Jobs are written to the store first; BullMQ carries their ids to the processes, which claim them
 * in the store. Redis may therefore forget anything at any time: what it was told is told again, and while it is away
 * the jobs are claimed straight from the store.
 */
export const createBullmqQueue = ({ redis, prefix = 'parley-jobs', ...options }: BullmqQueueOptions): JobQueue =>
  createQueue(options, parts => createBullmqFeed(parts, redis, prefix));

/** An offer that nobody took is repeated after this: its process may have died between writing and offering. */
const firstOfferMs = 10_000;
/** Later repeats guard against a Redis that lost its last second; they cost a round through the backlog each. */
const nextOfferMs = 5 * 60_000;
const offersAtOnce = 500;
const goodbyeMs = 2_000;

function createBullmqFeed(parts: FeedParts, redis: RedisLink, prefix: string): Feed {
  const { store, pool, clock, random, logger, pollMs, onStoreTrouble } = parts;
  const offers = createRedisOffers(redis, prefix);
  const workers = new Map<string, Worker>();
  const unsent: Offer[] = [];
  let sending: Promise<void> | undefined;
  let connection: ReturnType<RedisLink['openBlocking']> | undefined;
  let poller: Poller | undefined;
  let offerAllAgain = false;
  let refused = false;
  let stopped = false;

  const inUse = () => redis.state === 'ready';
  const unsubscribe = [
    redis.onReady(() => poller?.wake()),
    redis.onAway(() => {
      offers.reset();
      poller?.wake();
    }),
  ];

  async function poll(): Promise<void> {
    if (!inUse()) return pullDue(parts);
    try {
      await offerDue();
      refused = false;
    } catch (error) {
      if (!(error instanceof RedisRefused)) throw error;
      if (inUse() && !refused)
        logger.warn({ reason: describeRedisError(error.cause) }, 'Redis takes no jobs; they run from the store');
      refused = true;
      offerAllAgain = true;
      await pullDue(parts);
    }
  }

  async function offerDue(): Promise<void> {
    if ((await offers.hasForgotten()) || offerAllAgain) {
      const count = await store.offerAllAgain(new Date(clock.now()));
      offerAllAgain = false;
      if (count > 0) logger.info({ count }, 'jobs that Redis may have lost are offered again');
    }
    for (let full = true; full && !stopped; ) {
      const now = clock.now();
      const due = await store.takeOffers(new Date(now), new Date(now + nextOfferMs), offersAtOnce);
      await offers.send(due);
      full = due.length === offersAtOnce;
    }
  }

  // Offers wait for each other, so that a burst of enqueues becomes a few round trips; the enqueuer waits for the store only.
  async function sendUnsent(): Promise<void> {
    while (unsent.length > 0) {
      try {
        await offers.send(unsent.splice(0, offersAtOnce));
      } catch {
        unsent.length = 0;
        offerAllAgain = true;
        poller?.wake();
      }
    }
    sending = undefined;
  }

  async function carry(bullJob: Job<{ id: string }>, token?: string): Promise<void> {
    let taken: boolean;
    try {
      taken = await pool.runById(bullJob.queueName, bullJob.data.id);
    } catch (error) {
      // The offer is used up; once the store answers again everything due is offered anew.
      onStoreTrouble(error);
      offerAllAgain = true;
      return;
    }
    if (taken) {
      // Redis may have gone while the job ran; then this slot takes its next job from the store.
      if (!inUse()) pool.pull(bullJob.queueName);
      return;
    }
    await bullJob.moveToWait(token);
    throw new WaitingError();
  }

  return {
    offerAt: (dueAt, now) => (dueAt <= now && inUse() && !stopped ? new Date(now.getTime() + firstOfferMs) : dueAt),
    enqueued(job) {
      if (stopped) return;
      if (job.dueAt.getTime() > clock.now()) return poller?.wakeAt(job.dueAt.getTime());
      // Before the start nobody may run anything; the first poll finds the job.
      if (!inUse()) return poller && pool.pull(job.name);
      unsent.push(job);
      sending ??= sendUnsent();
    },
    lookAt: time => poller?.wakeAt(time),
    handlerAdded(type) {
      connection ??= redis.openBlocking('jobs');
      const worker = new Worker<{ id: string }>(type.name, carry, {
        connection,
        prefix,
        concurrency: type.concurrency,
        runRetryDelay: 500,
        removeOnComplete: { count: 0 },
        removeOnFail: { count: 0 },
      });
      // Connection troubles are told by the link, once; a lock that a flush took away does no harm.
      worker.on('error', error => logger.debug({ reason: nameOf(error) }, 'BullMQ worker'));
      workers.set(type.name, worker);
    },
    start() {
      poller = startPoller({ clock, random, intervalMs: pollMs, poll, onError: onStoreTrouble });
    },
    async stop() {
      stopped = true;
      for (const off of unsubscribe) off();
      await Promise.all([...workers.values()].map(worker => worker.pause(true)));
      await poller?.stop();
      await sending;
    },
    async close() {
      const all = [...workers.values()];
      if (inUse()) {
        // BullMQ tells Redis what ended; should that hang, Redis finds out by itself.
        await Promise.race([
          Promise.all(all.map(worker => worker.close())),
          new Promise<void>(resolve => void clock.after(goodbyeMs, resolve)),
        ]);
      }
      await Promise.all(all.map(worker => worker.close(true)));
      connection?.disconnect();
      offers.reset();
    },
  };
}

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : typeof error);
