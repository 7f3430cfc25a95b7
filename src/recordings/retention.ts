import { Type } from 'typebox';
import { defineJob, type JobQueue } from '../jobs/queue.ts';
import type { Logger } from '../ops/logger.ts';
import type { RecordingRemoval } from './recording-removal.ts';

/** What is kept as long as audio is: words of calls. */
export interface KeptTranscripts {
  countBefore(before: Date): Promise<number>;
  removeBefore(before: Date, signal?: AbortSignal): Promise<number>;
}

export interface RetentionOptions {
  readonly days: number;
  readonly removal: RecordingRemoval;
  readonly transcripts: KeptTranscripts;
  readonly jobs: Pick<JobQueue, 'enqueue' | 'process' | 'schedule'>;
  readonly logger: Logger;
  readonly now: () => Date;
}

export interface Retention {
  readonly days: number;
  cutOff(days: number): Date;
  /** What would be removed. */
  due(before: Date): Promise<{ recordings: number; bytes: number; transcripts: number }>;
  /** Promises a round that removes what is older. */
  later(days: number): Promise<void>;
  /** One round. */
  round(days: number, signal?: AbortSignal): Promise<RetentionReport>;
}

export interface RetentionReport {
  readonly recordings: number;
  readonly bytes: number;
  readonly transcripts: number;
  /** Files that an earlier round could not remove, and files that belonged to nothing. */
  readonly left: number;
  readonly orphans: number;
}

const dayMs = 24 * 60 * 60_000;

const cleanUpJob = defineJob('recordings.clean-up', {
  payload: Type.Object(
    { days: Type.Optional(Type.Integer({ minimum: 1, maximum: 3650 })) },
    { additionalProperties: false },
  ),
  maxAttempts: 5,
  backoff: { firstMs: 60_000, longestMs: 60 * 60_000 },
  timeLimitMs: 4 * 60 * 60_000,
  concurrency: 1,
});

/** Removes audio and transcripts when their time is over: every night, and when somebody asks for it. */
export function createRetention({ days, removal, transcripts, jobs, logger, now }: RetentionOptions): Retention {
  const cutOff = (kept: number): Date => new Date(now().getTime() - kept * dayMs);

  async function round(kept: number, signal?: AbortSignal): Promise<RetentionReport> {
    const before = cutOff(kept);
    const expired = await removal.expire(before, signal);
    const words = await transcripts.removeBefore(before, signal);
    return { ...expired, transcripts: words, ...(await removal.sweep(signal)) };
  }

  jobs.process(cleanUpJob, async ({ days: asked }, { signal }) => {
    const report = await round(asked ?? days, signal);
    if (Object.values(report).some(count => count > 0)) logger.info(report, 'recordings and transcripts were removed');
  });
  jobs.schedule(cleanUpJob, { cron: '17 3 * * *', payload: {}, catchUpMs: 12 * 60 * 60_000 });

  return {
    days,
    cutOff,
    round,
    async due(before) {
      return { ...(await removal.expiring(before)), transcripts: await transcripts.countBefore(before) };
    },
    async later(kept) {
      await jobs.enqueue(cleanUpJob, { days: kept }, { dedupeKey: `asked-${kept}` });
    },
  };
}
