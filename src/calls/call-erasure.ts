import { Type } from 'typebox';
import { AppError } from '../errors.ts';
import type { Events } from '../events.ts';
import type { Announcements } from '../hooks/hooks-events.ts';
import { defineJob, type JobQueue } from '../jobs/queue.ts';
import type { Logger } from '../ops/logger.ts';
import type { RecordingDesk } from '../recordings/recordings.types.ts';
import type { Stored } from '../store/schema.ts';
import type { Call } from './call-document.ts';
import type { CallEventLog } from './call-event-log.ts';
import type { CallEventRepository } from './call-event-repository.ts';
import type { CallRepository } from './call-repository.ts';
import type { CallView } from './calls.types.ts';
import { erasedFields } from './erased-fields.ts';
import type { KeptCallbacks } from './kept-callbacks.ts';
import type { TranscriptRepository } from './transcript-repository.ts';

export interface CallErasureOptions {
  readonly calls: CallRepository;
  readonly events: Pick<CallEventRepository, 'removeOf'>;
  /** Gathers events for a moment; what waits there when a call is erased would come after the removal. */
  readonly eventLog: Pick<CallEventLog, 'written'>;
  readonly transcripts: Pick<TranscriptRepository, 'removeOf'>;
  readonly recordings: Pick<RecordingDesk, 'erase'>;
  readonly announcements: Pick<Announcements, 'erase'>;
  readonly receipts: { eraseBodiesOf(callId: string): Promise<number> };
  /** What the carrier told while the store was away is brought there first, so that what it wrote is removed as well. */
  readonly held: Pick<KeptCallbacks, 'delivered'>;
  /** The keyed hash under which a number stays as evidence. */
  readonly hashOf: (phone: string) => Promise<string>;
  readonly jobs: Pick<JobQueue, 'enqueue' | 'process'>;
  readonly domain: Pick<Events, 'publish'>;
  readonly logger: Logger;
  readonly now: () => Date;
}

export interface ErasureReport {
  readonly call: CallView;
  /** False while something is still to be removed, which goes on by itself. */
  readonly complete: boolean;
  readonly removed: Readonly<Record<'events' | 'transcripts' | 'recordings' | 'messages' | 'webhooks', number>>;
}

export interface CallErasure {
  /** Erases the record of an ended call; again is the same. Throws `CALL_NOT_ENDED`. */
  erase(call: Stored<Call>): Promise<ErasureReport>;
}

const eraseJob = defineJob('calls.erase', {
  payload: Type.Object({ callId: Type.String() }, { additionalProperties: false }),
  backoff: { firstMs: 10_000, longestMs: 60 * 60_000 },
  maxAttempts: 40,
  timeLimitMs: 5 * 60_000,
});

/** Whatever was on its way when a call was erased has arrived by then, and is removed as well. */
const stragglersMs = 60_000;
const mostTries = 8;
/** The store is there when a call is erased, so what waits is on its way. */
const heldPatienceMs = 2_000;

/**
 * Erasing: a job is promised first, then one write makes the call an erased one, and everything else follows from that write. Whatever
 * a crash leaves undone the job does; whatever arrives later finds an erased call and is not written.
 */
export function createCallErasure(options: CallErasureOptions): CallErasure {
  const { calls, jobs, logger, now } = options;

  async function decide(found: Stored<Call>): Promise<Stored<Call>> {
    let call: Stored<Call> | null = found;
    for (let tries = 0; call && tries < mostTries; tries += 1) {
      if (call.erasedAt) return call;
      if (!call.endedAt) throw new AppError('CALL_NOT_ENDED', 'This call has not ended; end it before it is erased.');
      if (call.outcome === null)
        throw new AppError('CALL_NOT_ENDED', 'This call ended a moment ago and is being concluded; try again shortly.');
      const phone = call.direction === 'inbound' ? call.from : call.to;
      const hash = phone.startsWith('+') ? await options.hashOf(phone) : null;
      const erased = await calls.erase(call, erasedFields(call, now(), hash));
      if (erased) {
        options.domain.publish('calls.changed', { call: calls.toApi(erased), fields: ['erasedAt', 'to', 'from'] });
        return erased;
      }
      call = await calls.findById(call._id);
    }
    throw new AppError('VERSION_CONFLICT', 'Somebody else is writing to this call; try again.');
  }

  /** Each step may be done again, and fails without keeping the others from being done. */
  async function remove(call: Stored<Call>): Promise<Pick<ErasureReport, 'complete' | 'removed'>> {
    const callId = call._id.toHexString();
    let complete = true;
    const step = async (what: string, work: () => Promise<number>): Promise<number> => {
      try {
        return await work();
      } catch (error) {
        complete = false;
        logger.warn({ err: error, attemptId: callId, what }, 'a part of an erased call could not be removed yet');
        return 0;
      }
    };
    // Not an order of ours that something be removed, so it counts for nothing; but nothing is complete before it.
    if (!(await options.held.delivered(heldPatienceMs))) {
      complete = false;
      logger.warn({ attemptId: callId }, 'callbacks still wait on the disk; an erased call is looked at again');
    }
    await options.eventLog.written();
    const removed = {
      events: await step('events', () => options.events.removeOf(callId)),
      transcripts: await step('transcript', () => options.transcripts.removeOf(callId)),
      messages: await step('messages to other systems', () => options.announcements.erase(`call:${callId}`)),
      webhooks: await step('what vendors told', () => options.receipts.eraseBodiesOf(callId)),
      recordings: await step('recordings', async () => {
        const report = await options.recordings.erase(callId, call.sid);
        if (!report.complete) complete = false;
        return report.recordings;
      }),
    };
    return { complete, removed };
  }

  jobs.process(eraseJob, async ({ callId }) => {
    const call = await calls.findById(callId);
    // Promised before the write that decides; when that never came, nothing is to be erased.
    if (!call?.erasedAt) return;
    const { complete } = await remove(call);
    if (!complete) throw new Error('not everything of this call could be removed yet');
    await calls.erasureDone(call._id);
  });

  return {
    async erase(found) {
      const callId = found._id.toHexString();
      if (!found.endedAt) throw new AppError('CALL_NOT_ENDED', 'This call has not ended; end it before it is erased.');
      const runAt = new Date(now().getTime() + stragglersMs);
      await jobs.enqueue(eraseJob, { callId }, { dedupeKey: callId, runAt });
      const call = await decide(found);
      const report = await remove(call);
      const done = report.complete ? ((await calls.erasureDone(call._id)) ?? call) : call;
      return { call: calls.toApi(done), ...report };
    },
  };
}
