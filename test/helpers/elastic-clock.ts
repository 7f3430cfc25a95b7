import type { TwinClock, TwinTimer } from '../../src/sandbox/clock.ts';

interface Waiting {
  readonly at: number;
  run(): void;
}

/** How far a beat moves time on at most, however late it comes. */
const mostMsPerBeat = 5;

/** Time of this process that leaves out whatever held the process up. */
let elapsedMs = 0;
let beatAt = performance.now();
const waiting = new Set<Waiting>();
const beat = setInterval(() => {
  const until = elapsedMs + Math.min(mostMsPerBeat, performance.now() - beatAt);
  beatAt = performance.now();
  // One after the other, each at its own time: what a timer sets off may be due within the same beat.
  for (let next = firstUntil(until); next; next = firstUntil(until)) {
    drop(next);
    elapsedMs = Math.max(elapsedMs, next.at);
    next.run();
  }
  elapsedMs = until;
}, 1);
beat.unref();

function firstUntil(until: number): Waiting | undefined {
  let first: Waiting | undefined;
  for (const each of waiting) if (each.at <= until && (!first || each.at < first.at)) first = each;
  return first;
}

function drop(one: Waiting): void {
  waiting.delete(one);
  if (waiting.size === 0) beat.unref();
}

/**
 * A fast clock for twins that talk over real sockets. Between two beats the event loop has read its sockets, and a beat moves time on
 * by 5 ms (times the scale) at most: a machine that is busy makes these clocks slow instead of making messages late, all of them alike.
 */
export function elasticClock(scale: number): TwinClock {
  const epoch = Date.now();
  const origin = elapsedMs;
  const after = (twinMs: number, run: () => void): TwinTimer => {
    const one = { at: elapsedMs + Math.max(0, twinMs / scale), run };
    waiting.add(one);
    beat.ref();
    return { cancel: () => drop(one) };
  };
  return {
    scale,
    now: () => epoch + (elapsedMs - origin) * scale,
    after,
    wait(twinMs, signal) {
      return new Promise(resolve => {
        if (signal?.aborted) return resolve();
        const done = () => {
          pending.cancel();
          signal?.removeEventListener('abort', done);
          resolve();
        };
        const pending = after(twinMs, done);
        signal?.addEventListener('abort', done, { once: true });
      });
    },
  };
}
