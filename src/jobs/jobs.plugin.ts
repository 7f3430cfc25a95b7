import fp from 'fastify-plugin';
import { JobRepository } from './job-repository.ts';
import { jobRoutes } from './jobs.routes.ts';
import type { JobQueue } from './queue.ts';
import { createStoreQueue } from './store-queue.ts';

declare module 'fastify' {
  interface FastifyInstance {
    jobs: JobQueue;
  }
}

/** Running jobs may end within this when the process closes; what is left is handed to the others or to the next start. */
const longestDrainMs = 10_000;

/**
 * Decorates `app.jobs`: through Redis when there is one, in this process otherwise. Features add handlers and schedules
 * while they register; claiming begins once the application is ready, and ends before the store closes.
 */
export const jobsPlugin = fp(
  async app => {
    const { config, logging, metrics } = app.operations;
    const options = {
      store: new JobRepository(app.store),
      logger: logging.component('jobs'),
      registry: metrics.registry,
    };
    // Two installations may share one Redis, each with a database of its own.
    const prefix = `parley:jobs:${app.store.connection.name}`;
    // Its packages are loaded only where there is a Redis: they are a fifth of all that is read at start.
    const jobs = app.redis
      ? (await import('./bullmq-queue.ts')).createBullmqQueue({ ...options, redis: app.redis, prefix })
      : createStoreQueue(options);
    app.decorate('jobs', jobs);
    app.addHook('onReady', async () => jobs.start());
    app.addHook('onClose', async () => {
      const report = await jobs.drain(Math.min(longestDrainMs, config.DRAIN_TIMEOUT_SECONDS * 1000));
      if (report.handedBack > 0) options.logger.info(report, 'unfinished jobs were handed back');
    });
    await app.register(jobRoutes);
  },
  { name: 'jobs', dependencies: ['store', 'redis'] },
);
