import type { Clock } from '../jobs/clock.ts';

/** One timer for all sessions: whatever they wait for, they look at it ten times a second. */
export interface Pulse {
  /** Calls `beat` until the returned function is called. */
  add(beat: (now: number) => void): () => void;
  readonly size: number;
  /** How late the timer came, smoothed: what audio waits in this process because it has too much to do. */
  readonly latenessMs: number;
  /** The same as a mean over about a quarter of a second, which one standstill alone does not move far. */
  readonly meanLatenessMs: number;
  /** Counts the timer's beats. */
  readonly beats: number;
}

/** Sessions take turns within a tenth of a second, or all of them together would make audio wait. */
const turns = 10;
const turnMs = 10;
/** Late beats count at once, and are forgotten over about a second. */
const forgetting = 0.98;
const share = 0.04;

/** Beats only while somebody listens, so an idle process has no timer. A listener's mistake stays its own. */
export function createPulse(clock: Clock, onError: (error: unknown) => void): Pulse {
  const listeners = Array.from({ length: turns }, () => new Set<(now: number) => void>());
  let size = 0;
  let turn = 0;
  let beats = 0;
  let stop: (() => void) | undefined;
  let dueAt = 0;
  let latenessMs = 0;
  let meanLatenessMs = 0;

  const schedule = () => {
    dueAt = clock.now() + turnMs;
    stop = clock.after(turnMs, run);
  };
  const run = () => {
    const now = clock.now();
    const late = Math.max(0, now - dueAt);
    latenessMs = Math.max(late, latenessMs * forgetting);
    meanLatenessMs += (late - meanLatenessMs) * share;
    beats += 1;
    // After a late beat more than one turn is due.
    const due = Math.min(turns, 1 + Math.floor(late / turnMs));
    for (let count = 0; count < due; count += 1) {
      turn = (turn + 1) % turns;
      for (const beat of listeners[turn]!) {
        try {
          beat(now);
        } catch (error) {
          onError(error);
        }
      }
    }
    if (size > 0) schedule();
    else stop = undefined;
  };

  return {
    get size() {
      return size;
    },
    get latenessMs() {
      return stop ? latenessMs : 0;
    },
    get meanLatenessMs() {
      return stop ? meanLatenessMs : 0;
    },
    get beats() {
      return beats;
    },
    add(beat) {
      const least = listeners.reduce((one, other) => (other.size < one.size ? other : one));
      least.add(beat);
      size += 1;
      if (!stop) schedule();
      return () => {
        if (!least.delete(beat)) return;
        size -= 1;
        if (size > 0) return;
        stop?.();
        stop = undefined;
        latenessMs = meanLatenessMs = 0;
      };
    },
  };
}
