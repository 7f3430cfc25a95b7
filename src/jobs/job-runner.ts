import { EventEmitter } from 'node:events';
import type { Logger } from 'pino';
import type { Clock } from './clock.ts';
import type { JobMetrics } from './job-metrics.ts';
import { type AbortCause, afterFailure, JobCutOff, keepDoneMs } from './job-outcome.ts';
import type { ClaimedJob, JobRecord, JobStore, Outcome } from './job-record.ts';
import type { JobEvents, JobHandler, JobType } from './queue.ts';

export interface RunnerOptions {
  store: JobStore;
  clock: Clock;
  random: () => number;
  logger: Logger;
  metrics: JobMetrics;
  /** How long a claim holds without renewal: how late a job of a killed process runs again. */
  leaseMs: number;
  /** How long an aborted handler may tidy up before its slot is given to others. */
  abortGraceMs: number;
}

export interface JobRunner {
  readonly events: EventEmitter<JobEvents>;
  /** Runs a claimed job to its end and writes that down; never rejects. */
  run(job: ClaimedJob, type: JobType<object>, handler: JobHandler<object>): Promise<void>;
  /** Aborts every running handler and hands their jobs back. */
  abortAll(): void;
}

type HandlerEnd = { ok: true } | { ok: false; error: unknown } | { ok: 'abandoned' };

export function createJobRunner(options: RunnerOptions): JobRunner {
  const { store, clock, random, metrics, leaseMs, abortGraceMs } = options;
  const events = new EventEmitter<JobEvents>();
  const running = new Set<(cause: AbortCause) => void>();
  let closing = false;

  async function run(job: ClaimedJob, type: JobType<object>, handler: JobHandler<object>): Promise<void> {
    const logger = options.logger.child({ job: job.name, jobId: job.id, attempt: job.attempts });
    if (job.attempts > type.maxAttempts) {
      // Every attempt began and none of them came back, not even with a failure: the job ends its processes.
      const error = new JobCutOff(
        'JOB_NEVER_RETURNED',
        'Every attempt ended with its process, before its handler returned',
      );
      await settle(job, afterFailure(type, { error, attempt: job.attempts, now: clock.now(), random: 0 }), logger);
      return;
    }
    const startedAt = clock.now();
    const controller = new AbortController();
    let cause: AbortCause | undefined;
    let abandon = (_end: HandlerEnd) => {};
    const abandoned = new Promise<HandlerEnd>(resolve => {
      abandon = resolve;
    });
    const timers = new Set<() => void>();

    function abort(why: AbortCause): void {
      if (cause) return;
      cause = why;
      controller.abort(cutOff(why, type));
      timers.add(clock.after(abortGraceMs, () => abandon({ ok: 'abandoned' })));
    }

    const stopRenewing = keepLease(job, () => abort('lease-lost'));
    timers.add(clock.after(type.timeLimitMs, () => abort('time-limit')));
    running.add(abort);
    const work = callHandler(job, type, handler, controller.signal, logger);
    const end = await Promise.race([work, abandoned]);
    running.delete(abort);
    for (const cancel of timers) cancel();
    if (end.ok === 'abandoned') logger.warn({ cause }, 'job handler ignores its abort signal and was left behind');
    metrics.observe(job.name, clock.now() - startedAt);

    await settle(job, outcomeOf(job, type, end, cause, controller.signal.reason), logger);
    stopRenewing();
  }

  function outcomeOf(
    job: ClaimedJob,
    type: JobType<object>,
    end: HandlerEnd,
    cause: AbortCause | undefined,
    reason: unknown,
  ): Outcome {
    const now = clock.now();
    if (end.ok === true) {
      return { kind: 'done', now: new Date(now), keepUntil: new Date(now + keepDoneMs), freeKey: !type.keepKey };
    }
    // Not the job's fault; should the lease be gone already, this write changes nothing.
    if (cause === 'drain' || cause === 'lease-lost') return { kind: 'handedBack', dueAt: new Date(now) };
    // Past the limit the handler's own error is mostly "aborted"; the limit is what people must read.
    const error = cause || end.ok === 'abandoned' ? reason : end.error;
    return afterFailure(type, { error, attempt: job.attempts, now, random: random() });
  }

  /** Renews the lease at a third of its length until stopped, and says when it is lost or may be. */
  function keepLease(job: ClaimedJob, onLost: () => void): () => void {
    let until = job.leaseUntil.getTime();
    let stopped = false;
    let cancel = () => {};
    let renewAt = clock.now() + leaseMs / 3;
    const arm = () => {
      if (!stopped) cancel = clock.after(Math.max(0, renewAt - clock.now()), () => void renew());
    };
    async function renew(): Promise<void> {
      const now = clock.now();
      // Counted from here, so that a slow store does not stretch the rhythm.
      renewAt = now + leaseMs / 3;
      try {
        if (await store.extendLease(job.id, job.token, new Date(now + leaseMs))) until = now + leaseMs;
        else if (!stopped) return onLost();
      } catch {
        // A store that is away for a moment may still answer before the lease ends.
        if (clock.now() >= until && !stopped) return onLost();
      }
      arm();
    }
    arm();
    return () => {
      stopped = true;
      cancel();
    };
  }

  async function settle(job: ClaimedJob, outcome: Outcome, logger: Logger): Promise<void> {
    const giveUpAt = clock.now() + leaseMs;
    for (;;) {
      try {
        const ours = await store.settle(job.id, job.token, outcome);
        tell(job, ours ? outcome : undefined, logger);
        return;
      } catch (error) {
        if (closing || clock.now() >= giveUpAt) {
          // The lease runs out and another process repeats the job: at least once, as promised.
          logger.error({ err: error }, 'the end of a job could not be written down; it will run again');
          return tell(job, undefined, logger);
        }
        await new Promise<void>(resolve => void clock.after(Math.min(1_000, leaseMs / 10), resolve));
      }
    }
  }

  function tell(job: ClaimedJob, outcome: Outcome | undefined, logger: Logger): void {
    const record: JobRecord = { ...job };
    switch (outcome?.kind) {
      case 'done':
        metrics.done.inc({ name: job.name });
        emit('done', { ...record, state: 'done', dueAt: null, finishedAt: outcome.now });
        return;
      case 'retry':
        metrics.failed.inc({ name: job.name });
        logger.warn({ code: outcome.problem.code, dueAt: outcome.dueAt }, 'job attempt failed; another one follows');
        emit('retrying', { ...record, state: 'queued', dueAt: outcome.dueAt, problem: outcome.problem });
        return;
      case 'dead':
        metrics.failed.inc({ name: job.name });
        metrics.dead.inc({ name: job.name });
        logger.error(
          { code: outcome.problem.code },
          'job is a dead letter; replay or discard it under /api/admin/jobs',
        );
        emit('dead', { ...record, state: 'dead', dueAt: null, problem: outcome.problem, finishedAt: outcome.now });
        return;
      case 'handedBack':
        logger.info('job handed back unfinished');
        emit('handedBack', { ...record, state: 'queued', dueAt: outcome.dueAt });
        return;
      default:
        logger.warn('the lease of a job was lost; its result was dropped');
        emit('lost', record);
    }
  }

  function emit<K extends keyof JobEvents>(event: K, record: JobRecord): void {
    try {
      (events as EventEmitter).emit(event, record);
    } catch (error) {
      options.logger.error({ err: error }, 'a listener of job events threw');
    }
  }

  return {
    events,
    run,
    abortAll() {
      closing = true;
      for (const abort of [...running]) abort('drain');
    },
  };

  async function callHandler(
    job: ClaimedJob,
    type: JobType<object>,
    handler: JobHandler<object>,
    signal: AbortSignal,
    logger: Logger,
  ): Promise<HandlerEnd> {
    try {
      // Checked again: the record may have been written by another release.
      await handler(type.check(job.payload), {
        id: job.id,
        attempt: job.attempts,
        lastAttempt: job.attempts >= type.maxAttempts,
        signal,
        enqueuedAt: job.createdAt,
        logger,
      });
      return { ok: true };
    } catch (error) {
      if (!signal.aborted) logger.debug({ err: error }, 'job handler threw');
      return { ok: false, error };
    }
  }
}

function cutOff(cause: AbortCause, type: JobType<object>): JobCutOff {
  if (cause === 'time-limit') return new JobCutOff('JOB_TIME_LIMIT', `No end within ${type.timeLimitMs} ms`);
  return new JobCutOff('JOB_STOPPED', cause === 'drain' ? 'The process is stopping' : 'The lease of the job was lost');
}
