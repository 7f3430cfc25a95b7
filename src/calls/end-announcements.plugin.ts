import fp from 'fastify-plugin';
import { Type } from 'typebox';
import { defineJob } from '../jobs/queue.ts';
import type { CallRepository } from './call-repository.ts';
import type { CallView } from './calls.types.ts';
import { createEndAnnouncements } from './end-announcements.ts';

export interface EndAnnouncementServices {
  readonly calls: CallRepository;
  readonly announce: (call: CallView) => Promise<void>;
  readonly now: () => Date;
}

declare module 'fastify' {
  interface FastifyInstance {
    /** One round over ends of calls that were not announced; it also runs by schedule. */
    announceEnds: () => Promise<number>;
  }
}

const announceJob = defineJob('calls.announce-ends', {
  payload: Type.Object({}, { additionalProperties: false }),
  maxAttempts: 1,
  timeLimitMs: 60_000,
  concurrency: 1,
});

/** Announces the end of each call to other systems, and sweeps up what dead processes left unannounced. */
export const endAnnouncementsPlugin = fp<EndAnnouncementServices>(
  async (app, { calls, announce, now }) => {
    const { events, logging } = app.operations;
    const logger = logging.component('calls');
    const announcements = createEndAnnouncements({ calls, events, announce, logger, now });
    app.decorate('announceEnds', () => announcements.sweep());
    app.jobs.process(announceJob, async () => {
      const count = await announcements.sweep();
      if (count > 0) logger.info({ count }, 'ends of calls were announced that a process had left unannounced');
    });
    app.jobs.schedule(announceJob, { cron: '*/30 * * * * *', payload: {}, catchUpMs: 30_000 });
    app.addHook('onClose', () => announcements.close());
  },
  { name: 'end-announcements', dependencies: ['store', 'jobs'] },
);
