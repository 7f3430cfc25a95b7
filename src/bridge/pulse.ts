import type { Clock } from '../jobs/clock.ts';

/** One timer for all sessions: whatever they wait for, they look at it ten times a second. */
export interface Pulse {
  /** Calls `beat` until the returned function is called. */
  add(beat: (now: number) => void): () => void;
  readonly size: number;
  /** How late the timer came, smoothed: what audio waits in this process because it has too much to do. */
  readonly latenessMs: number;
}

export const pulseMs = 100;
/** Late beats count at once, and are forgotten over about a second. */
const forgetting = 0.8;

/** Beats only while somebody listens, so an idle process has no timer. A listener's mistake stays its own. */
export function createPulse(clock: Clock, onError: (error: unknown) => void): Pulse {
  const beats = new Set<(now: number) => void>();
  let stop: (() => void) | undefined;
  let dueAt = 0;
  let latenessMs = 0;

  const schedule = () => {
    dueAt = clock.now() + pulseMs;
    stop = clock.after(pulseMs, run);
  };
  const run = () => {
    const now = clock.now();
    latenessMs = Math.max(now - dueAt, latenessMs * forgetting);
    for (const beat of beats) {
      try {
        beat(now);
      } catch (error) {
        onError(error);
      }
    }
    if (beats.size > 0) schedule();
    else stop = undefined;
  };

  return {
    get size() {
      return beats.size;
    },
    get latenessMs() {
      return stop ? latenessMs : 0;
    },
    add(beat) {
      beats.add(beat);
      if (!stop) schedule();
      return () => {
        beats.delete(beat);
        if (beats.size > 0) return;
        stop?.();
        stop = undefined;
        latenessMs = 0;
      };
    },
  };
}
