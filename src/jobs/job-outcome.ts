import { AppError } from '../errors.ts';
import { nextAttemptAt } from './backoff.ts';
import type { JobProblem, Outcome } from './job-record.ts';
import { type JobType, PermanentJobFailure, RetryJobAt } from './queue.ts';

/** A done job is kept for a day: long enough to be looked at and for a late copy of its tick to be recognised. */
export const keepDoneMs = 24 * 60 * 60_000;
/** A dead letter waits a month for somebody to replay or discard it. */
export const keepDeadMs = 30 * 24 * 60 * 60_000;

/** Why the signal of a running job was aborted. */
export type AbortCause = 'time-limit' | 'lease-lost' | 'drain';

export interface Failure {
  error: unknown;
  /** The attempt that failed, counted from 1. */
  attempt: number;
  now: number;
  random: number;
}

/** What follows from a failed attempt: another one later, or a dead letter. */
export function afterFailure(type: JobType<object>, { error, attempt, now, random }: Failure): Outcome {
  const problem = problemOf(error);
  const hopeless =
    error instanceof PermanentJobFailure || (error instanceof AppError && error.code === 'JOB_PAYLOAD_INVALID');
  if (hopeless || attempt >= type.maxAttempts) {
    return { kind: 'dead', now: new Date(now), keepUntil: new Date(now + keepDeadMs), problem };
  }
  const planned = nextAttemptAt(attempt, now, random, type.backoff);
  // The far side's word counts, within reason: never in the past, and no further than a day ahead.
  const asked = error instanceof RetryJobAt ? error.at.getTime() : Number.NaN;
  const dueAt = Number.isNaN(asked) ? planned : Math.min(Math.max(asked, now), now + 24 * 60 * 60_000);
  return { kind: 'retry', dueAt: new Date(dueAt), problem };
}

/** What administrators are shown: our own sentences. Foreign ones may hold numbers, addresses and keys; they stay in the log. */
export function problemOf(error: unknown): JobProblem {
  if (error instanceof AppError || error instanceof JobCutOff) return { code: error.code, message: error.message };
  if (error instanceof PermanentJobFailure || error instanceof RetryJobAt) {
    return { code: error.name, message: error.message };
  }
  const name = error instanceof Error ? error.name : typeof error;
  return {
    code: name.slice(0, 100),
    message: 'The attempt failed unexpectedly; the log has the cause under this job id',
  };
}

/** An attempt that ended without its handler's word. */
export class JobCutOff extends Error {
  override readonly name = 'JobCutOff';
  readonly code: 'JOB_TIME_LIMIT' | 'JOB_NEVER_RETURNED' | 'JOB_STOPPED';

  constructor(code: JobCutOff['code'], message: string) {
    super(message);
    this.code = code;
  }
}
