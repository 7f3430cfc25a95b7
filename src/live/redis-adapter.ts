import { createAdapter } from '@socket.io/redis-streams-adapter';
import type { Redis } from 'ioredis';
import type { RedisLink } from '../store/redis.ts';

/** Events that Redis keeps for those who come back within two minutes; older ones go. */
const mostKept = 10_000;

/**
 * Brings events to the clients of every process through one stream in Redis. The connections that wait there are the link's own kind:
 * they wait for Redis to come back, where the adapter's would ask again without a pause.
 */
export function redisAdapter(redis: RedisLink): ReturnType<typeof createAdapter> {
  return createAdapter(
    forgiving(redis.client, () => forgiving(redis.openBlocking('live'))),
    {
      streamName: 'parley:live',
      channelPrefix: 'parley:live',
      sessionKeyPrefix: 'parley:live:session:',
      maxLen: mostKept,
    },
  );
}

/**
 * The same client for somebody who does not wait for every answer: the adapter sends words to other processes, and notes who left, and never
 * looks back. What fails then, as everything does in the moment Redis is lost, would be a rejection that nobody handles, which ends a
 * process.
 */
function forgiving(client: Redis, duplicate?: () => Redis): Redis {
  return new Proxy(client, {
    get(target, name) {
      if (name === 'duplicate' && duplicate) return duplicate;
      const value = Reflect.get(target, name, target) as unknown;
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        const answer: unknown = value.apply(target, args);
        if (answer instanceof Promise) answer.catch(() => undefined);
        return answer;
      };
    },
  });
}
