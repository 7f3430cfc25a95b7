import { jittered } from './backoff.ts';
import type { Clock } from './clock.ts';

export interface Poller {
  /** Polls as soon as possible; while one poll is under way the next one follows it. */
  wake(): void;
  /** Polls at this moment if nothing wakes it before. */
  wakeAt(time: number): void;
  /** Polls no more; resolves when the poll under way has ended. */
  stop(): Promise<void>;
}

export interface PollerOptions {
  clock: Clock;
  random: () => number;
  intervalMs: number;
  poll: () => Promise<void>;
  /** A poll that throws is told here, and the next one comes in its time. */
  onError: (error: unknown) => void;
}

/** Calls `poll` again and again, never twice at once, in intervals spread by lot. */
export function startPoller({ clock, random, intervalMs, poll, onError }: PollerOptions): Poller {
  let stopped = false;
  let asked = false;
  let underWay: Promise<void> | undefined;
  let cancel = () => {};
  let wakesAt = Number.POSITIVE_INFINITY;

  function sleepUntil(time: number): void {
    cancel();
    wakesAt = time;
    cancel = clock.after(Math.max(0, time - clock.now()), wake);
  }

  function wake(): void {
    if (stopped) return;
    asked = true;
    underWay ??= run();
  }

  async function run(): Promise<void> {
    while (asked && !stopped) {
      asked = false;
      sleepUntil(clock.now() + jittered(intervalMs, random()));
      try {
        await poll();
      } catch (error) {
        onError(error);
      }
    }
    underWay = undefined;
  }

  wake();
  return {
    wake,
    wakeAt(time) {
      if (!stopped && time < wakesAt) sleepUntil(time);
    },
    async stop() {
      stopped = true;
      cancel();
      await underWay;
    },
  };
}
