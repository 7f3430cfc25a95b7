import { createAdapter } from '@socket.io/redis-streams-adapter';
import type { RedisLink } from '../store/redis.ts';

/** Events that Redis keeps for those who come back within two minutes; older ones go. */
const mostKept = 10_000;

/**
 * Brings events to the clients of every process through one stream in Redis. The connections that wait there are the link's own kind:
 * they wait for Redis to come back, where the adapter's would ask again without a pause.
 */
export function redisAdapter(redis: RedisLink): ReturnType<typeof createAdapter> {
  const client = new Proxy(redis.client, {
    get(target, name) {
      if (name === 'duplicate') return () => redis.openBlocking('live');
      const value = Reflect.get(target, name, target) as unknown;
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return createAdapter(client, {
    streamName: 'parley:live',
    channelPrefix: 'parley:live',
    sessionKeyPrefix: 'parley:live:session:',
    maxLen: mostKept,
  });
}
