import fp from 'fastify-plugin';
import type { RedisLink } from './redis.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** Null without REDIS_URL: whoever uses it has a way without. */
    redis: RedisLink | null;
  }
}

/** Opens Redis when REDIS_URL is set, and decorates `app.redis`. Losing it degrades the readiness, never more. */
export const redisPlugin = fp(
  async app => {
    const { config, logging, metrics, dependencies } = app.operations;
    if (!config.REDIS_URL) {
      app.decorate('redis', null);
      return;
    }
    const { openRedis } = await import('./redis.ts'); // with its packages, only where it is used
    const redis = openRedis({
      url: config.REDIS_URL,
      logger: logging.component('redis'),
      registry: metrics.registry,
    });
    app.decorate('redis', redis);
    app.addHook('onClose', () => redis.close());
    dependencies.register({
      name: 'redis',
      critical: false,
      check: async () => {
        const { status, latencyMs } = await redis.health();
        if (status === 'up' && latencyMs !== null) return { state: 'up', latencyMs };
        return { state: 'degraded', detail: 'Redis is away; the product goes on without it, slower' };
      },
    });
  },
  { name: 'redis' },
);
