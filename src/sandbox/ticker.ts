import type { TwinClock } from './clock.ts';

export interface Ticker {
  /** Calls `tick` once per 20 ms of twin time until the returned function is called. */
  add(tick: () => void): () => void;
  readonly size: number;
  close(): void;
}

export const frameMs = 20;
const phases = 4;
const phaseMs = frameMs / phases;
/** After a stall longer than this (a suspended laptop) the missed frames are given up; shorter ones are caught up in a burst, as a network would. */
const longestCatchUpMs = 5_000;
/** Catching up is done in small portions: sockets that are not read in between would make the delay worse. */
const mostPhasesAtOnce = 2 * phases;

/**
 * One timer for all calls. It counts frames from the moment it started instead of adding up delays, so it cannot drift; calls
 * are spread over four phases so that hundreds of them do not all send in the same millisecond.
 */
export function createTicker(clock: TwinClock): Ticker {
  const groups = Array.from({ length: phases }, () => new Set<() => void>());
  let size = 0;
  let nextGroup = 0;
  let origin = 0;
  let done = 0;
  let timer: { cancel(): void } | undefined;
  let closed = false;

  const schedule = (atOnce = false) => {
    if (atOnce) {
      const immediate = setImmediate(run);
      timer = { cancel: () => clearImmediate(immediate) };
      return;
    }
    timer = clock.after(Math.max(0, origin + (done + 1) * phaseMs - clock.now()), run);
  };
  const run = () => {
    const due = Math.floor((clock.now() - origin) / phaseMs);
    if ((due - done) * phaseMs > longestCatchUpMs) done = due - 1;
    const until = Math.min(due, done + mostPhasesAtOnce);
    while (done < until && !closed) {
      done += 1;
      for (const tick of groups[done % phases]!) tick();
    }
    timer = undefined;
    if (size > 0 && !closed) schedule(done < due);
  };

  return {
    get size() {
      return size;
    },
    add(tick) {
      const group = groups[nextGroup++ % phases]!;
      group.add(tick);
      size += 1;
      if (!timer && !closed) {
        origin = clock.now();
        done = 0;
        schedule();
      }
      return () => {
        if (group.delete(tick)) size -= 1;
      };
    },
    close() {
      closed = true;
      timer?.cancel();
    },
  };
}
