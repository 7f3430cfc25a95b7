import { randomUUID } from 'node:crypto';
import type { Clock } from './clock.ts';
import type { Claim, JobStore } from './job-record.ts';
import type { JobRunner } from './job-runner.ts';
import type { DrainReport, JobHandler, JobType } from './queue.ts';

export interface PoolOptions {
  store: JobStore;
  runner: JobRunner;
  clock: Clock;
  leaseMs: number;
  /** The store did not answer a claim; whoever feeds the pool asks again later. */
  onStoreTrouble: (error: unknown) => void;
}

/** The slots of this process: who handles what, how many at once, and how they end. */
export interface JobPool {
  add(type: JobType<object>, handler: JobHandler<object>): void;
  readonly types: readonly JobType<object>[];
  type(name: string): JobType<object> | undefined;
  /** Claims and runs jobs of this name while there are some and a slot is free. */
  pull(name: string): void;
  /** Runs this one job in the next free slot if it is still due. False when this pool claims nothing more; rejects when the store did not answer. */
  runById(name: string, id: string): Promise<boolean>;
  /** Names with a free slot. */
  idleNames(): string[];
  stopClaiming(): void;
  /** Waits for what runs; after `limitMs` aborts it and hands it back. */
  drain(limitMs: number): Promise<DrainReport>;
}

interface Entry {
  type: JobType<object>;
  handler: JobHandler<object>;
  busy: number;
  /** Somebody asked for a pull while a claim was under way that may have looked too early. */
  asked: boolean;
  waiters: (() => void)[];
}

export function createJobPool({ store, runner, clock, leaseMs, onStoreTrouble }: PoolOptions): JobPool {
  const entries = new Map<string, Entry>();
  const underWay = new Set<Promise<unknown>>();
  let stopped = false;

  function newClaim(): Claim {
    const now = clock.now();
    return { now: new Date(now), token: randomUUID(), leaseUntil: new Date(now + leaseMs) };
  }

  function release(entry: Entry): void {
    entry.busy -= 1;
    entry.waiters.shift()?.();
  }

  function track<T>(work: Promise<T>): Promise<T> {
    underWay.add(work);
    return work.finally(() => underWay.delete(work));
  }

  function pull(name: string): void {
    const entry = entries.get(name);
    if (!entry || stopped) return;
    entry.asked = true;
    if (entry.busy < entry.type.concurrency) void track(lane(entry));
  }

  // A lane holds one slot and takes job after job. It opens the next lane only when it found something, so that one
  // enqueued job costs two claims, not as many as there are slots.
  async function lane(entry: Entry): Promise<void> {
    entry.busy += 1;
    try {
      while (!stopped) {
        entry.asked = false;
        const job = await store.claimNext(entry.type.name, newClaim());
        if (job) {
          pull(entry.type.name);
          await runner.run(job, entry.type, entry.handler);
        } else if (!entry.asked) return;
      }
    } catch (error) {
      onStoreTrouble(error);
    } finally {
      release(entry);
    }
  }

  async function byId(entry: Entry, id: string): Promise<boolean> {
    while (entry.busy >= entry.type.concurrency) await new Promise<void>(resolve => entry.waiters.push(resolve));
    if (stopped) return false;
    entry.busy += 1;
    try {
      const job = await store.claimById(id, newClaim());
      if (job) await runner.run(job, entry.type, entry.handler);
      return true;
    } finally {
      release(entry);
    }
  }

  return {
    add(type, handler) {
      if (entries.has(type.name)) throw new TypeError(`job "${type.name}" has a handler already`);
      entries.set(type.name, { type, handler, busy: 0, asked: false, waiters: [] });
    },
    get types() {
      return [...entries.values()].map(({ type }) => type);
    },
    type: name => entries.get(name)?.type,
    pull,
    async runById(name, id) {
      const entry = entries.get(name);
      return entry && !stopped ? track(byId(entry, id)) : false;
    },
    idleNames: () =>
      [...entries.values()].filter(({ busy, type }) => busy < type.concurrency).map(({ type }) => type.name),
    stopClaiming() {
      stopped = true;
    },
    async drain(limitMs) {
      stopped = true;
      let finished = 0;
      let handedBack = 0;
      const countFinished = () => {
        finished += 1;
      };
      const countBack = () => {
        handedBack += 1;
      };
      for (const event of ['done', 'retrying', 'dead'] as const) runner.events.on(event, countFinished);
      runner.events.on('handedBack', countBack);
      const cancel = clock.after(limitMs, () => runner.abortAll());
      // Claims under way when the drain began may still bring a job; it counts as running.
      while (underWay.size > 0) await Promise.allSettled(underWay);
      cancel();
      for (const event of ['done', 'retrying', 'dead'] as const) runner.events.off(event, countFinished);
      runner.events.off('handedBack', countBack);
      return { finished, handedBack };
    },
  };
}
