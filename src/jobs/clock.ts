/** Time as an argument: what the queue needs to know the hour and to be woken, so that tests move the hands themselves. */
export interface Clock {
  now(): number;
  /** Calls `wake` once after `delayMs`; the returned function takes that back. */
  after(delayMs: number, wake: () => void): () => void;
}

// Node fires a timer with a longer delay at once; waking early is harmless, everyone here looks at the clock again.
const longestTimerMs = 2_147_483_647;

export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, wake) {
    const timer = setTimeout(wake, Math.min(Math.max(0, delayMs), longestTimerMs));
    return () => clearTimeout(timer);
  },
};
