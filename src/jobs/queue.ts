import type { EventEmitter } from 'node:events';
import type { Logger } from 'pino';
import type { Static, TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import type { TLocalizedValidationError } from 'typebox/error';
import { AppError } from '../errors.ts';
import { type Backoff, defaultBackoff } from './backoff.ts';
import type { JobPage, JobPriority, JobQuery, JobRecord } from './job-record.ts';

/**
 * Work that must happen although this process may die. Enqueued means written to MongoDB; every job runs at least once,
 * possibly twice, on any process that handles its type. Two runners keep this contract: see docs/jobs.md.
 */
export interface JobQueue {
  /** Promises the job: when this resolves it survives a crash. A second job with an open `dedupeKey` is not made. */
  enqueue<P extends object>(type: JobType<P>, payload: P, options?: EnqueueOptions): Promise<Enqueued>;
  /** Says who does this type of work in this process; without a handler its jobs wait for a process that has one. */
  process<P extends object>(type: JobType<P>, handler: JobHandler<P>): void;
  /** Enqueues one job per tick, over all processes together; a tick is skipped while the job of an earlier one is open. */
  schedule<P extends object>(type: JobType<P>, schedule: Schedule<P>): void;
  /** Begins to claim jobs and to follow schedules; enqueueing works before that. */
  start(): void;
  /** Claims nothing more, waits for what runs, and after `limitMs` hands the rest back for another process. */
  drain(limitMs: number): Promise<DrainReport>;

  list(query: JobQuery): Promise<JobPage>;
  /** Gives a dead letter a fresh set of attempts; refused with a code when it is not dead. */
  replay(id: string): Promise<JobRecord>;
  /** Removes a dead or waiting job for good; refused with a code while it runs. */
  discard(id: string): Promise<void>;

  /** What happens to jobs in this process, told after it was written down. */
  readonly events: EventEmitter<JobEvents>;
}

export interface EnqueueOptions {
  /** While a job of this type with this key is open (waiting or running), enqueueing it again changes nothing. */
  dedupeKey?: string;
  /** Not before this moment; at once when absent or past. */
  runAt?: Date;
  /** Among due jobs of one type, `high` goes first. */
  priority?: JobPriority;
}

export interface Enqueued {
  id: string;
  /** False when an open job with the same dedupe key was found; `id` is then that job's. */
  created: boolean;
}

export interface JobContext {
  readonly id: string;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** True when a failure now makes a dead letter. */
  readonly lastAttempt: boolean;
  /** Aborts at the time limit, when the lease is lost, and at the end of a drain; the result of an aborted run may be dropped. */
  readonly signal: AbortSignal;
  readonly enqueuedAt: Date;
  readonly logger: Logger;
}

export type JobHandler<P> = (payload: P, context: JobContext) => Promise<void> | void;

export interface Schedule<P> {
  /** Five fields, or six with seconds first. */
  cron: string;
  /** IANA name; UTC when absent, which knows no daylight saving. */
  timeZone?: string;
  payload: P | ((tick: Date) => P);
  /** A tick missed while no process ran is made up for when it is not older than this. */
  catchUpMs?: number;
}

export interface DrainReport {
  finished: number;
  /** Jobs handed back unfinished; another process, or the next start, runs them. */
  handedBack: number;
}

export interface JobEvents {
  done: [JobRecord];
  /** An attempt failed and another one will follow at `dueAt`. */
  retrying: [JobRecord];
  dead: [JobRecord];
  /** Stopped before it finished and given back, without counting the attempt. */
  handedBack: [JobRecord];
  /** The lease ran out under a running handler: another process may run the job, and our result was dropped. */
  lost: [JobRecord];
}

/** Thrown by a handler for which a further attempt is pointless: the job becomes a dead letter at once. */
export class PermanentJobFailure extends Error {
  override readonly name = 'PermanentJobFailure';
}

/** Thrown by a handler that was told when to come back (a `Retry-After`); it counts as a failed attempt. */
export class RetryJobAt extends Error {
  override readonly name = 'RetryJobAt';
  readonly at: Date;

  constructor(at: Date, message: string, options?: ErrorOptions) {
    super(message, options);
    this.at = at;
  }
}

/** One kind of job: its name, what its payload looks like, and how it is tried. */
export interface JobType<P extends object> {
  readonly name: string;
  readonly maxAttempts: number;
  readonly backoff: Backoff;
  readonly timeLimitMs: number;
  readonly concurrency: number;
  readonly keepKey: boolean;
  /** Returns the payload as its type, or throws JOB_PAYLOAD_INVALID naming the field. */
  check(payload: unknown): P;
}

export interface JobTypeSettings<S extends TSchema> {
  /** Payloads carry ids, never names, numbers or secrets: they are shown to administrators. */
  payload: S;
  /** Attempts in all before the job becomes a dead letter; 8 by default, about half an hour with the default backoff. */
  maxAttempts?: number;
  backoff?: Backoff;
  /** An attempt is aborted after this and counts as failed; 60 s by default. */
  timeLimitMs?: number;
  /** How many jobs of this type one process runs at once; 5 by default. */
  concurrency?: number;
  /** Whether the dedupe key stays taken after the job is done, as long as its record is kept (a day). */
  keepKey?: boolean;
}

const largestPayloadBytes = 64 * 1024;

/** Defines a kind of job in one place for those who enqueue it and those who do it. */
export function defineJob<S extends TSchema>(name: string, settings: JobTypeSettings<S>): JobType<Static<S> & object> {
  // The name is a Redis key, a metric label and a log field.
  if (!/^[a-z][a-z0-9]*([.-][a-z0-9]+)*$/.test(name)) {
    throw new TypeError(`job name "${name}" must look like "recordings.fetch": lower case, dots and hyphens`);
  }
  const {
    maxAttempts = 8,
    backoff = defaultBackoff,
    timeLimitMs = 60_000,
    concurrency = 5,
    keepKey = false,
  } = settings;
  for (const [field, value] of Object.entries({ maxAttempts, timeLimitMs, concurrency })) {
    if (!Number.isInteger(value) || value < 1)
      throw new TypeError(`${field} of job "${name}" must be a whole number above 0`);
  }
  const validator = Compile(settings.payload);
  return {
    name,
    maxAttempts,
    backoff,
    timeLimitMs,
    concurrency,
    keepKey,
    check(payload) {
      if (!validator.Check(payload)) {
        throw new AppError('JOB_PAYLOAD_INVALID', `Job "${name}": ${firstProblem(validator.Errors(payload))}`);
      }
      const bytes = Buffer.byteLength(JSON.stringify(payload));
      if (bytes > largestPayloadBytes) {
        throw new AppError(
          'JOB_PAYLOAD_INVALID',
          `Job "${name}": payload has ${bytes} bytes, at most ${largestPayloadBytes} are taken; pass an id instead`,
        );
      }
      return payload as Static<S> & object;
    },
  };
}

function firstProblem(errors: readonly TLocalizedValidationError[]): string {
  // An unknown field is reported twice; the entry of keyword "boolean" only says that its schema is false.
  const error = errors.find(({ keyword }) => keyword !== 'boolean');
  if (error?.keyword === 'additionalProperties')
    return `${error.params.additionalProperties.join(', ')} is not a field of it`;
  return `${error?.instancePath.slice(1).replaceAll('/', '.') || 'payload'} ${error?.message ?? 'is not valid'}`;
}
