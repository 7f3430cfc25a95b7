import { Type } from 'typebox';
import type { Ending } from '../bridge/bridge.types.ts';
import { defineJob, type JobQueue, PermanentJobFailure } from '../jobs/queue.ts';
import type { Logger } from '../ops/logger.ts';
import type { Stored } from '../store/schema.ts';
import { refuseUnsafeKeys } from '../store/store-errors.ts';
import type { Carrier } from '../telephony/carrier-contract.ts';
import type { Call } from './call-document.ts';
import type { CallEventLog } from './call-event-log.ts';
import type { CallLifecycle } from './call-lifecycle.ts';
import { endingReasons } from './call-outcome.ts';
import type { CallRepository } from './call-repository.ts';
import { isFinalCallState } from './call-state.ts';
import { reportOf } from './carrier-report.ts';
import type { LifecycleMetrics } from './lifecycle-metrics.ts';

/** Ends calls: the first word about why is kept, and the carrier's leg is hung up, however long that takes. */
export interface CallEndings {
  /** Notes why a call ends unless that is known, and hangs up. Never rejects. */
  end(callId: string, ending: Ending): Promise<void>;
  /** Only notes it: the carrier's leg is ended by what it was told to do. Never rejects; null when it was known or cannot be written yet. */
  note(callId: string, ending: Ending): Promise<Stored<Call> | null>;
  /** Whether this process is ending the call, be it that the store does not know yet. */
  isEnding(callId: string): boolean;
  /** The carrier's id of a call whose stream was let in here, for the day when the store cannot be asked. */
  remember(callId: string, sid: string): void;
  close(): void;
}

export interface EndingOptions {
  readonly calls: CallRepository;
  readonly carrier: Pick<Carrier, 'call' | 'hangUp'>;
  readonly lifecycle: Pick<CallLifecycle, 'changed' | 'conclude' | 'status'>;
  readonly eventLog: CallEventLog;
  readonly jobs: Pick<JobQueue, 'enqueue' | 'process'>;
  readonly metrics: LifecycleMetrics;
  readonly logger: Logger;
  /** How long to wait before a note is tried again that the store did not take. */
  readonly retryMs?: number;
}

const hangUpJob = defineJob('calls.hang-up', {
  payload: Type.Object({ callId: Type.String() }, { additionalProperties: false }),
  backoff: { firstMs: 1_000, longestMs: 30_000 },
  maxAttempts: 20,
  timeLimitMs: 30_000,
});

/** The carrier speaks its message to a machine; sessions that notice their stream's end must not cut it. */
const isPlaying = (call: Stored<Call>): boolean => call.terminationReason === endingReasons.leavingMessage;
/** As far as we know it waits in the carrier's queue. */
const isWaiting = ({ state }: Stored<Call>): boolean => state === 'claimed' || state === 'queued';
/** Somebody decided to end the call, whatever plays. */
const isCommand = ({ source }: Ending): boolean => source === 'api' || source === 'system';

export function createCallEndings(options: EndingOptions): CallEndings {
  const { calls, carrier, jobs, metrics, logger, eventLog, retryMs = 2_000 } = options;
  const sids = new Map<string, string>();
  const unsaid = new Map<string, Ending>();
  const ending = new Set<string>();
  let retry: NodeJS.Timeout | undefined;

  async function write(callId: string, { source, reason, detail }: Ending): Promise<Stored<Call> | null> {
    const noted = await calls.noteEnding(callId, source, reason, storable(detail));
    if (noted) {
      eventLog.add(noted, { type: 'call.ending', source, data: { reason, ...(storable(detail) ?? {}) } });
      options.lifecycle.changed(noted, ['terminationSource', 'terminationReason']);
    }
    return noted;
  }

  /** What the store did not take is said again, in order, until it does. */
  function sayLater(callId: string, word: Ending): void {
    if (!unsaid.has(callId)) unsaid.set(callId, word);
    retry ??= setTimeout(() => {
      retry = undefined;
      void sayAgain();
    }, retryMs).unref();
  }

  async function sayAgain(): Promise<void> {
    for (const [callId, word] of [...unsaid]) {
      unsaid.delete(callId);
      await write(callId, word).catch(() => sayLater(callId, word));
    }
  }

  async function note(callId: string, word: Ending): Promise<Stored<Call> | null> {
    try {
      return await write(callId, word);
    } catch (error) {
      logger.warn({ err: error, attemptId: callId }, 'why a call ends could not be written yet');
      sayLater(callId, word);
      return null;
    }
  }

  const later = (callId: string): Promise<unknown> =>
    jobs
      .enqueue(hangUpJob, { callId }, { dedupeKey: callId, runAt: new Date(Date.now() + 1_000), priority: 'high' })
      .catch(error =>
        logger.error(
          { err: error, attemptId: callId },
          'a call could not be hung up; the carrier ends it at its limit',
        ),
      );

  async function hangUp(callId: string, sid: string): Promise<void> {
    try {
      await carrier.hangUp(sid);
      metrics.hangUps.inc({ result: 'done' });
    } catch (error) {
      metrics.hangUps.inc({ result: 'again-later' });
      logger.warn({ err: error, attemptId: callId, callSid: sid }, 'the carrier did not hang up; trying again');
      await later(callId);
    }
  }

  /** As long as the carrier was not asked for it, an attempt ends with this one write. */
  async function withdrawn(callId: string, { source }: Ending): Promise<boolean> {
    const call = await calls.withdraw(callId, new Date()).catch(() => null);
    if (!call) return false;
    eventLog.add(call, { type: 'call.canceled', source });
    options.lifecycle.changed(call, ['status', 'endedAt']);
    await options.lifecycle.conclude(call);
    return true;
  }

  /** The carrier tells nobody of a call that was cancelled while it waited in its queue: it is asked. */
  async function look(callId: string, sid: string): Promise<void> {
    try {
      const found = await carrier.call(sid);
      if (found && isFinalCallState(found.status))
        await options.lifecycle.status(callId, reportOf(found, new Date()), 'reconciler');
    } catch (error) {
      logger.info({ err: error, attemptId: callId, callSid: sid }, 'a call that was hung up is looked at again later');
    }
  }

  jobs.process(hangUpJob, async ({ callId }) => {
    const call = await calls.findById(callId);
    if (!call || call.endedAt) return;
    // An attempt without a name cannot be hung up; the reconciler finds its name or gives it up.
    if (call.sid === null) throw new Error('the carrier’s id of this call is not known yet');
    await carrier.hangUp(call.sid).catch((error: { fault?: string }) => {
      if (error.fault === 'order')
        throw new PermanentJobFailure('the carrier refuses to end this call', { cause: error });
      throw error;
    });
    metrics.hangUps.inc({ result: 'done' });
    if (isWaiting(call)) await look(callId, call.sid);
  });

  async function end(callId: string, word: Ending): Promise<void> {
    ending.add(callId);
    try {
      const noted = await note(callId, word);
      const known = sids.get(callId);
      const call = noted ?? (await calls.findById(callId).catch(() => undefined));
      if (call === null) return;
      if (call?.endedAt) return;
      if (call && !noted && isPlaying(call) && !isCommand(word)) return;
      const sid = call?.sid ?? known;
      if (!sid) {
        if (!(await withdrawn(callId, word))) await later(callId);
        return;
      }
      await hangUp(callId, sid);
      if (call && isWaiting(call)) await look(callId, sid);
    } catch (error) {
      logger.error({ err: error, attemptId: callId }, 'a call could not be ended');
    } finally {
      ending.delete(callId);
      sids.delete(callId);
    }
  }

  return {
    end,
    note,
    isEnding: callId => ending.has(callId) || unsaid.has(callId),
    remember: (callId, sid) => void sids.set(callId, sid),
    close: () => clearTimeout(retry),
  };
}

/** What a vendor said, as the store takes it; what it cannot take is told in words. */
function storable(detail: Ending['detail']): Readonly<Record<string, unknown>> | null {
  if (detail === undefined || Object.keys(detail).length === 0) return null;
  try {
    refuseUnsafeKeys(detail);
    return detail;
  } catch {
    return { detail: JSON.stringify(detail).slice(0, 1_000) };
  }
}
