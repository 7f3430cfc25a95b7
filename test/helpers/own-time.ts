import { AsyncLocalStorage } from 'node:async_hooks';

/** Time that a test moves on for what it does itself. */
export interface OwnTime {
  /** For the application. */
  readonly now: () => Date;
  by(ms: number): void;
  /** What is done here, and whatever follows from it, happens at the moved time. */
  run<T>(work: () => T): T;
}

/**
 * The application's own rounds, which run by schedule, keep the real time: they find nothing due, and so take nothing away from a
 * test that makes its rounds by hand, however long that takes.
 */
export function ownTime(): OwnTime {
  const ahead = new AsyncLocalStorage<number>();
  let moved = 0;
  return {
    now: () => new Date(Date.now() + (ahead.getStore() ?? 0)),
    by(ms) {
      moved += ms;
    },
    run: work => ahead.run(moved, work),
  };
}
