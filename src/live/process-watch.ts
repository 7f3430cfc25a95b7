import '../analytics/analytics-events.ts';
import type { Events } from '../events.ts';
import type { Dependencies } from '../ops/dependencies.ts';
import type { FanOut } from './fan-out.ts';
import { createProcessRegister, type ProcessRegister, type RegisterOptions } from './process-register.ts';
import type { ProcessFigures } from './process-repository.ts';

export interface ProcessWatchOptions {
  readonly register: Omit<RegisterOptions, 'figures'>;
  /** What changes also while no call does: figures are told with calls, and would be old on a quiet day. */
  readonly measured: () => Pick<ProcessFigures, 'delayMs' | 'memoryBytes' | 'uptimeSeconds'>;
  readonly events: Pick<Events, 'on'>;
  readonly dependencies: Pick<Dependencies, 'register'>;
  readonly fanOut: Pick<FanOut, 'send'>;
}

/** Which processes share the store: told with the figures, and a trouble of readiness where they cannot hear each other. */
export interface ProcessWatch {
  look(): Promise<void>;
  all(): ReturnType<ProcessRegister['all']>;
  mixed(): ProcessRegister['mixed'];
  close(): Promise<void>;
  stop(): void;
}

export function createProcessWatch({
  register,
  measured,
  events,
  dependencies,
  fanOut,
}: ProcessWatchOptions): ProcessWatch {
  let own: ProcessFigures | null = null;
  const processes = createProcessRegister({ ...register, figures: () => own && { ...own, ...measured() } });
  dependencies.register({
    name: 'live-events',
    critical: false,
    check: () =>
      processes.trouble
        ? { state: 'degraded', detail: processes.trouble, remedy: 'Set REDIS_URL to the same Redis for all of them.' }
        : { state: 'up' },
  });
  const stop = events.on('metrics.tick', ({ at, processes: [mine], ...figures }) => {
    own = mine ?? null;
    const all = [...(mine ? [mine] : []), ...processes.others];
    fanOut.send('metrics', 'metrics:update', {
      seq: at.getTime(),
      at: at.toISOString(),
      ...figures,
      processes: all,
    });
  });
  return {
    look: () => processes.look(),
    all: () => processes.all(),
    mixed: () => processes.mixed,
    close: () => processes.close(),
    stop,
  };
}
