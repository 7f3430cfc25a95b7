/** Grants calls their moment of dialling at the account's rate, first in, first out. */
export interface CallQueue {
  /** When a call that is created now will be dialled; undefined when more than a day's worth of calls is waiting. */
  reserve(now: number): number | undefined;
}

const longestWaitMs = 24 * 3_600_000;

export function createCallQueue(callsPerSecond: number): CallQueue {
  const intervalMs = 1_000 / callsPerSecond;
  let nextAt = 0;
  return {
    reserve(now) {
      const at = Math.max(now, nextAt);
      if (at - now >= longestWaitMs) return undefined;
      nextAt = at + intervalMs;
      return at;
    },
  };
}
