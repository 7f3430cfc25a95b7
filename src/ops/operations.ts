import type { Config } from '../config.ts';
import type { Events } from '../events.ts';
import type { Dependencies } from './dependencies.ts';
import type { Drain } from './drain.ts';
import type { EventLoopWatch } from './event-loop.ts';
import type { Logging } from './logger.ts';
import type { Metrics } from './metrics.ts';

/** What every feature may lean on: decorated as `app.operations`. */
export interface Operations {
  readonly config: Config;
  readonly version: string;
  readonly startedAt: Date;
  /** This process among all that share the store: the owner of its leases and of the calls whose sockets it holds. */
  readonly processId: string;
  readonly logging: Logging;
  readonly metrics: Metrics;
  readonly dependencies: Dependencies;
  readonly drain: Drain;
  readonly eventLoop: EventLoopWatch;
  /** What features tell each other within this process. */
  readonly events: Events;
}

declare module 'fastify' {
  interface FastifyInstance {
    operations: Operations;
  }
}
