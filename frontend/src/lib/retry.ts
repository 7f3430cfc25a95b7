import { ApiError } from './api-error.ts';

const MOST_REPEATS = 3;

/** Reads are repeated after silence, overload and server faults; an answer that would be the same again is not asked for twice. */
export function shouldRepeatRead(failures: number, error: unknown): boolean {
  if (failures >= MOST_REPEATS) return false;
  if (!(error instanceof ApiError)) return false;
  // Waiting longer than a reader would: better to show the error and its remedy now.
  if ((error.retryAfterSeconds ?? 0) > 30) return false;
  return error.status === 0 || error.status === 429 || error.status >= 500;
}

/** Doubling from half a second, spread by `random` so that many tabs do not return at once; the server's own Retry-After wins. */
export function repeatDelayMs(failures: number, error: unknown, random = Math.random()): number {
  if (error instanceof ApiError && error.retryAfterSeconds !== undefined) return error.retryAfterSeconds * 1000;
  return Math.min(500 * 2 ** failures, 8_000) * (0.75 + random / 2);
}
