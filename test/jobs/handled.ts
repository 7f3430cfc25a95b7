import type { JobContext, JobEvents, JobHandler, JobQueue } from '../../src/jobs/queue.ts';

/** One run of a handler, which ends when the test says how. */
export interface Run<P> {
  readonly payload: P;
  readonly context: JobContext;
  finish(): void;
  fail(error: unknown): void;
}

/** A handler in the hands of the test: each run is taken with `next`, and ended by it. */
export interface Handled<P> {
  readonly handler: JobHandler<P>;
  /** The next run that nobody took yet, waiting for it when there is none. */
  next(): Promise<Run<P>>;
  readonly runs: readonly Run<P>[];
  /** Runs that have begun and not ended. */
  readonly active: number;
}

export function handled<P>(): Handled<P> {
  const runs: Run<P>[] = [];
  const waiting: ((run: Run<P>) => void)[] = [];
  let taken = 0;
  let active = 0;
  return {
    runs,
    get active() {
      return active;
    },
    handler: (payload, context) =>
      new Promise<void>((finish, fail) => {
        active += 1;
        const end = <A extends unknown[]>(settle: (...args: A) => void) => {
          return (...args: A) => {
            active -= 1;
            settle(...args);
          };
        };
        const run: Run<P> = { payload, context, finish: end(() => finish()), fail: end(fail) };
        runs.push(run);
        const taker = waiting.shift();
        if (taker) {
          taken += 1;
          taker(run);
        }
      }),
    next() {
      const run = runs[taken];
      if (run) {
        taken += 1;
        return Promise.resolve(run);
      }
      return new Promise(resolve => waiting.push(resolve));
    },
  };
}

/** The next event of this kind, of this job when an id is given. */
export function told(queue: JobQueue, event: keyof JobEvents, id?: string): Promise<JobEvents['done'][0]> {
  return new Promise(resolve => {
    const listener = (job: JobEvents['done'][0]) => {
      if (id !== undefined && job.id !== id) return;
      queue.events.off(event, listener);
      resolve(job);
    };
    queue.events.on(event, listener);
  });
}
