import { randomUUID } from 'node:crypto';
import { type JobsOptions, Queue } from 'bullmq';
import type { RedisLink } from '../store/redis.ts';
import type { JobPriority, JobRecord } from './job-record.ts';

/** What Redis is told of a job: enough to find and order it. The payload stays in the store. */
export type Offer = Pick<JobRecord, 'id' | 'name' | 'priority' | 'claims'>;

/** Redis is away or takes nothing; told apart from a store that does not answer. */
export class RedisRefused extends Error {
  override readonly name = 'RedisRefused';
}

/** Everything here rejects with RedisRefused when Redis does not do what it is asked. */
export interface RedisOffers {
  /** Puts jobs before the workers of all processes; an offer that is there already is not doubled. */
  send(offers: readonly Offer[]): Promise<void>;
  /** True when Redis no longer knows what it was told: flushed, restarted empty, or seen for the first time. */
  hasForgotten(): Promise<boolean>;
  /** To be called when Redis was lost; producers are made anew. */
  reset(): void;
}

// In BullMQ a lower number goes first, and 0 is a queue of its own.
const rank: Record<JobPriority, number> = { high: 1, normal: 2, low: 3 };

export function createRedisOffers(redis: RedisLink, prefix: string): RedisOffers {
  const producers = new Map<string, Queue>();
  const markerKey = `${prefix}:marker`;
  let marker: string | undefined;

  function producer(name: string): Queue {
    const known = producers.get(name);
    if (known) return known;
    // A producer asks Redis for its version once, at birth, and never works when that failed: hence `reset`.
    const queue = new Queue(name, {
      connection: redis.client,
      prefix,
      skipWaitingForReady: true,
      skipMetasUpdate: true,
    });
    queue.on('error', () => undefined);
    producers.set(name, queue);
    return queue;
  }

  function reset(): void {
    for (const queue of producers.values()) void queue.close().catch(() => undefined);
    producers.clear();
  }

  return {
    reset,
    async send(offers) {
      const byName = new Map<string, Offer[]>();
      for (const offer of offers) {
        const group = byName.get(offer.name);
        if (group) group.push(offer);
        else byName.set(offer.name, [offer]);
      }
      try {
        for (const [name, group] of byName) {
          await producer(name).addBulk(
            group.map(({ id, claims, priority }) => ({ name, data: { id }, opts: optionsOf(id, claims, priority) })),
          );
        }
      } catch (error) {
        reset();
        throw new RedisRefused('an offer was not taken', { cause: error });
      }
    },
    async hasForgotten() {
      const found = await readMarker();
      const forgotten = found !== marker;
      marker = found;
      return forgotten;
    },
  };

  async function readMarker(): Promise<string | undefined> {
    try {
      const known = await redis.client.get(markerKey);
      if (known !== null) return known;
      await redis.client.set(markerKey, randomUUID(), 'NX');
      // Read back: of several processes that find it missing, one writes it, and all must notice.
      return (await redis.client.get(markerKey)) ?? undefined;
    } catch (error) {
      throw new RedisRefused('the marker cannot be read', { cause: error });
    }
  }
}

function optionsOf(id: string, claims: number, priority: JobPriority): JobsOptions {
  return {
    // One offer per claim to come: repeating it is harmless, and the offer after a failed attempt is another one.
    jobId: `${id}-${claims}`,
    priority: rank[priority],
    attempts: 1,
    removeOnComplete: true,
    removeOnFail: true,
  };
}
