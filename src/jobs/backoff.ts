/** How long to wait between attempts: doubling from `firstMs`, never above `longestMs`. */
export interface Backoff {
  firstMs: number;
  longestMs: number;
}

export const defaultBackoff: Backoff = { firstMs: 5_000, longestMs: 60 * 60_000 };

/**
 * The moment of the next attempt after `failedAttempts` (1 = the first one failed). `random` is in [0, 1).
 *
 * Half of the delay is fixed and half is drawn: the fixed half keeps a struggling far side from being hit at once, the
 * drawn half keeps a thousand jobs that failed together from coming back together.
 */
export function nextAttemptAt(failedAttempts: number, now: number, random: number, backoff: Backoff): number {
  // 2^30 is past every limit in use; without the bound a job with many attempts would compute infinity.
  const doublings = Math.min(30, Math.max(0, failedAttempts - 1));
  const delay = Math.min(backoff.longestMs, backoff.firstMs * 2 ** doublings);
  return now + Math.round(delay / 2 + (delay / 2) * random);
}

/** A poll interval spread by ±25 %, so that processes started together do not ask the store in step. */
export const jittered = (intervalMs: number, random: number): number => Math.round(intervalMs * (0.75 + random / 2));
