import type { Clock } from '../../src/jobs/clock.ts';

/** A clock whose hands are moved by the test; timers fire in order while they pass. */
export interface ManualClock extends Clock {
  advance(ms: number): void;
  /** How many timers are set. */
  readonly pending: number;
}

export function createManualClock(start = Date.parse('2026-03-02T10:00:00Z')): ManualClock {
  let now = start;
  let order = 0;
  const timers = new Map<number, { at: number; wake: () => void }>();

  function next(until: number): { id: number; at: number; wake: () => void } | undefined {
    let first: { id: number; at: number; wake: () => void } | undefined;
    for (const [id, timer] of timers) {
      if (timer.at <= until && (!first || timer.at < first.at)) first = { id, ...timer };
    }
    return first;
  }

  return {
    now: () => now,
    after(delayMs, wake) {
      const id = order++;
      timers.set(id, { at: now + Math.max(0, delayMs), wake });
      return () => void timers.delete(id);
    },
    advance(ms) {
      const until = now + ms;
      for (let timer = next(until); timer; timer = next(until)) {
        timers.delete(timer.id);
        now = Math.max(now, timer.at);
        timer.wake();
      }
      now = until;
    },
    get pending() {
      return timers.size;
    },
  };
}
