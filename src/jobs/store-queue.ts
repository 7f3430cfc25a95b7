import { type Poller, startPoller } from './poller.ts';
import type { JobQueue } from './queue.ts';
import { createQueue, type Feed, type FeedParts, type QueueOptions } from './queue-base.ts';

/** The runner without Redis: claims straight from the store, at once for jobs enqueued here, by polling for others'. */
export const createStoreQueue = (options: QueueOptions): JobQueue => createQueue(options, createStoreFeed);

export function createStoreFeed({ store, pool, clock, random, pollMs, onStoreTrouble }: FeedParts): Feed {
  let poller: Poller | undefined;

  return {
    offerAt: dueAt => dueAt,
    enqueued({ name, dueAt }) {
      if (!poller) return;
      if (dueAt.getTime() <= clock.now()) pool.pull(name);
      else poller.wakeAt(dueAt.getTime());
    },
    lookAt: time => poller?.wakeAt(time),
    handlerAdded: ({ name }) => pool.pull(name),
    start() {
      const poll = () => pullDue({ store, pool, clock });
      poller = startPoller({ clock, random, intervalMs: pollMs, poll, onError: onStoreTrouble });
    },
    stop: async () => poller?.stop(),
    close: async () => {},
  };
}

/** Fills free slots with due jobs from the store. */
export async function pullDue({ store, pool, clock }: Pick<FeedParts, 'store' | 'pool' | 'clock'>): Promise<void> {
  const names = pool.idleNames();
  // One question for all names: an idle process costs the store one indexed look per interval.
  if (names.length > 0 && (await store.anyDue(names, new Date(clock.now())))) for (const name of names) pool.pull(name);
}
