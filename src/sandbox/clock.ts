/** A timer that was set on a twin clock; cancelling it twice, or after it fired, does nothing. */
export interface TwinTimer {
  cancel(): void;
}

/**
 * Time as the simulated telephone network sees it. Everything that belongs to the call (ringing, speech, limits) runs on this
 * clock and can be sped up; network timeouts stay on real time, because the far side's computer does not get faster.
 */
export interface TwinClock {
  readonly scale: number;
  /** Milliseconds since the epoch, in twin time. */
  now(): number;
  after(twinMs: number, run: () => void): TwinTimer;
  /** Resolves after so much twin time, or at once when the signal is aborted. Never rejects. */
  wait(twinMs: number, signal?: AbortSignal): Promise<void>;
}

const longestTimerMs = 2_000_000_000; // setTimeout fires at once above 2^31-1

/** A clock that starts at the present moment and runs `scale` times as fast as the real one. */
export function createTwinClock(scale = 1): TwinClock {
  if (!(scale > 0 && scale <= 1000)) throw new RangeError(`clock scale must be above 0 and at most 1000, not ${scale}`);
  const epoch = Date.now();
  const origin = performance.now();
  const clock: TwinClock = {
    scale,
    now: () => epoch + (performance.now() - origin) * scale,
    after(twinMs, run) {
      const timer = setTimeout(run, Math.min(longestTimerMs, Math.max(0, twinMs / scale)));
      return { cancel: () => clearTimeout(timer) };
    },
    wait(twinMs, signal) {
      return new Promise(resolve => {
        if (signal?.aborted) return resolve();
        const done = () => {
          timer.cancel();
          signal?.removeEventListener('abort', done);
          resolve();
        };
        const timer = clock.after(twinMs, done);
        signal?.addEventListener('abort', done, { once: true });
      });
    },
  };
  return clock;
}
