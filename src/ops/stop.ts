import type { FastifyInstance } from 'fastify';
import type { Logger } from './logger.ts';

/** npm and the terminal may each deliver one signal within milliseconds: that is one wish, not two. */
const sameWishMs = 1000;

export interface ProcessEvents {
  on(event: 'SIGTERM' | 'SIGINT', listener: () => void): unknown;
  on(event: 'uncaughtException' | 'unhandledRejection', listener: (error: unknown) => void): unknown;
}

export interface StopOptions {
  readonly app: FastifyInstance;
  readonly log: Logger;
  readonly events: ProcessEvents;
  readonly exit: (code: number) => void;
  readonly now?: () => number;
}

/**
 * Ends the process in order: the first signal drains and exits 0, another one at least a second later ends at once.
 * What nobody caught leaves the process in an unknown state: it takes no new work, lets its calls end, and exits 1.
 */
export function stopInOrder({ app, log, events, exit, now = Date.now }: StopOptions): void {
  let beganAt: number | undefined;
  // By kind: a log hides what stands under `name`, which is a person's elsewhere.
  const live = () => Object.fromEntries(app.operations.drain.live().map(({ name, count }) => [name, count] as const));

  const stop = async (code: number) => {
    beganAt = now();
    const { drain, config } = app.operations;
    log.info({ live: live(), timeoutSeconds: config.DRAIN_TIMEOUT_SECONDS }, 'draining; a second signal ends at once');
    try {
      const ended = await drain.begin(config.DRAIN_TIMEOUT_SECONDS * 1000);
      if (!ended) log.warn({ live: live() }, 'drain time is up; what is still alive is cut');
      await app.close();
      log.info('stopped');
      exit(code);
    } catch (error) {
      log.error({ err: error }, 'could not stop in order');
      exit(1);
    }
  };

  const onSignal = () => {
    if (beganAt === undefined) void stop(0);
    else if (now() - beganAt >= sameWishMs) {
      log.warn({ live: live() }, 'second signal: stopping at once');
      exit(1);
    }
  };
  const onUnexpected = (kind: string) => (error: unknown) => {
    log.fatal({ err: error instanceof Error ? error : new Error(String(error)) }, kind);
    if (beganAt === undefined) void stop(1);
  };

  events.on('SIGTERM', onSignal);
  events.on('SIGINT', onSignal);
  events.on('uncaughtException', onUnexpected('uncaught exception'));
  events.on('unhandledRejection', onUnexpected('unhandled rejection'));
}
