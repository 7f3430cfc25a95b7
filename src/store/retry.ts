import { setTimeout as delay } from 'node:timers/promises';
import { mongo } from 'mongoose';

/** What may be repeated: `always` for reads and writes that end the same, `if-not-done` where a second time would count twice. */
export type RetryMode = 'always' | 'if-not-done';

export interface RetryPolicy {
  readonly attempts: number;
  readonly firstDelayMs: number;
  readonly maxDelayMs: number;
  /** No new attempt begins after this; a request that waited so long has lost its caller. */
  readonly budgetMs: number;
}

export const operationRetry: RetryPolicy = { attempts: 4, firstDelayMs: 40, maxDelayMs: 500, budgetMs: 10_000 };

export interface RetryHooks {
  readonly signal?: AbortSignal;
  /** `failures` is 1 after the first failed attempt. */
  readonly onRetry?: (error: unknown, failures: number, delayMs: number) => void;
}

/** Runs an operation again after transient errors, as far as its mode allows, and throws the last error unchanged. */
export async function withRetry<R>(
  operation: (failures: number) => Promise<R>,
  mode: RetryMode,
  policy: RetryPolicy = operationRetry,
  { signal, onRetry }: RetryHooks = {},
): Promise<R> {
  const deadline = performance.now() + policy.budgetMs;
  for (let failures = 0; ; ) {
    try {
      return await operation(failures);
    } catch (error) {
      failures += 1;
      const repeatable = mode === 'always' ? isTransient(error) : wasNotDone(error);
      const pauseMs = backoffMs(failures, policy, Math.random());
      if (!repeatable || failures >= policy.attempts || performance.now() + pauseMs > deadline) throw error;
      onRetry?.(error, failures, pauseMs);
      await delay(pauseMs, undefined, signal ? { signal } : {});
    }
  }
}

/** Doubles with each failure up to the maximum; between half and all of it by chance, so that many waiters do not return as one. */
export function backoffMs(failures: number, policy: Pick<RetryPolicy, 'firstDelayMs' | 'maxDelayMs'>, chance: number) {
  const full = Math.min(policy.maxDelayMs, policy.firstDelayMs * 2 ** (failures - 1));
  return full / 2 + (full / 2) * chance;
}

/** Codes with which a server says that it did nothing, and that another moment or another node will. */
const notDoneCodes = new Set([
  91, // ShutdownInProgress
  112, // WriteConflict
  189, // PrimarySteppedDown
  10107, // NotWritablePrimary
  11600, // InterruptedAtShutdown
  11602, // InterruptedDueToReplStateChange
  13435, // NotPrimaryNoSecondaryOk
  13436, // NotPrimaryOrSecondary
]);

/** The operation certainly had no effect: it never left us, or the server refused it for the moment. */
export function wasNotDone(error: unknown): boolean {
  if (error instanceof mongo.MongoServerError) return notDoneCodes.has(Number(error.code));
  if (error instanceof mongo.MongoServerSelectionError) return true;
  // The driver exports no class for this one; it is thrown while waiting for a connection, before anything is sent.
  if (error instanceof Error && error.name === 'MongoPoolClearedError') return true;
  return error instanceof mongo.MongoNetworkError && 'beforeHandshake' in error && error.beforeHandshake === true;
}

/** The operation may or may not have happened, and the cause passes by itself. */
export function isTransient(error: unknown): boolean {
  return wasNotDone(error) || error instanceof mongo.MongoNetworkError;
}
