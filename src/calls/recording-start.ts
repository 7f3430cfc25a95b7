import type { Logger } from '../ops/logger.ts';
import type { RecordingDesk } from '../recordings/recordings.types.ts';
import type { Stored } from '../store/schema.ts';
import type { Carrier, CarrierError, CarrierRecording } from '../telephony/carrier-contract.ts';
import type { Call } from './call-document.ts';
import type { CallEventLog } from './call-event-log.ts';
import type { CallLifecycle } from './call-lifecycle.ts';
import type { CallRepository } from './call-repository.ts';
import type { CallView } from './calls.types.ts';
import type { LifecycleMetrics } from './lifecycle-metrics.ts';

export interface RecordingStartOptions {
  readonly calls: Pick<CallRepository, 'findById' | 'moveRecording'>;
  readonly carrier: Pick<Carrier, 'startRecording' | 'recordingsOf'>;
  readonly lifecycle: Pick<CallLifecycle, 'changed'>;
  readonly recordings: Pick<RecordingDesk, 'started'>;
  readonly eventLog: CallEventLog;
  readonly metrics: LifecycleMetrics;
  readonly logger: Logger;
  readonly now: () => Date;
  recordingCallback(callId: string): string;
  /** Pauses between tries to start a recording while the carrier is away. */
  readonly pausesMs?: readonly number[];
}

export interface RecordingStart {
  /**
   * Asks the carrier to record a live call: once, over all processes and repetitions. A call that was taken over from a process which died
   * while it asked is recorded once, too.
   */
  begin(call: Stored<Call>): Promise<void>;
  /** A call ended of which this process, or a dead one, may never have learned whether it was recorded. Never rejects. */
  ended(call: CallView): void;
  settled(): Promise<void>;
}

type WasRecorded = Pick<CarrierRecording, 'sid'> | undefined;

export function createRecordingStart(options: RecordingStartOptions): RecordingStart {
  const { calls, carrier, eventLog, metrics, logger, pausesMs = [500, 1_500, 4_000] } = options;
  /** Calls for which this process waits for the carrier's answer. */
  const asking = new Set<string>();
  const working = new Set<Promise<unknown>>();

  async function move(callId: string, from: string[], to: string, data: Record<string, unknown>): Promise<boolean> {
    const call = await calls.moveRecording(callId, from, to);
    if (!call) return false;
    eventLog.add(call, { type: `recording.${to}`, source: 'system', data });
    options.lifecycle.changed(call, ['recording']);
    return true;
  }

  async function startedBefore(sid: string): Promise<WasRecorded> {
    return (await carrier.recordingsOf(sid)).find(({ status }) => status !== 'absent' && status !== 'deleted');
  }

  async function noteStarted(callId: string, recordingSid: string): Promise<void> {
    // Its callback says so as well, in whole seconds; this moment is closer.
    const noted = options.recordings.started(callId, recordingSid, options.now());
    await noted.catch(error => logger.warn({ err: error, attemptId: callId }, 'a recording could not be noted'));
    await move(callId, ['requested'], 'recording', { recordingSid });
  }

  async function ask(callId: string, sid: string, { processId }: Stored<Call>, takenOver: boolean): Promise<void> {
    for (let failures = 0; ; failures += 1) {
      try {
        // Whoever has the call now asks as well, after having looked for ours.
        if (failures > 0 && (await calls.findById(callId))?.processId !== processId) return;
        const before = takenOver ? await startedBefore(sid) : undefined;
        const recording = before ?? (await carrier.startRecording(sid, options.recordingCallback(callId)));
        if (!before) metrics.recordings.inc({ result: 'started' });
        return await noteStarted(callId, recording.sid);
      } catch (error) {
        const { fault, code, vendorCode, message } = error as Partial<CarrierError>;
        const pauseMs = pausesMs[failures];
        if ((fault === 'unavailable' || fault === 'busy') && pauseMs !== undefined) {
          await new Promise(resolve => setTimeout(resolve, pauseMs).unref());
          continue;
        }
        metrics.recordings.inc({ result: 'failed' });
        logger.warn({ err: error, attemptId: callId }, 'a recording could not be started');
        const data = { code: code ?? null, vendorCode: vendorCode ?? null, problem: message };
        await move(callId, ['requested'], 'failed', data);
        return;
      }
    }
  }

  async function findOut(callId: string, sid: string): Promise<void> {
    const before = await startedBefore(sid);
    if (before) await noteStarted(callId, before.sid);
    else await move(callId, ['requested'], 'absent', {});
  }

  return {
    async begin(call) {
      const callId = call._id.toHexString();
      const { sid, recording } = call;
      if (sid === null || asking.has(callId)) return;
      asking.add(callId);
      try {
        const takenOver = recording === 'requested';
        // Whoever moves the state asks the carrier.
        if (takenOver || (await move(callId, ['off'], 'requested', {}))) await ask(callId, sid, call, takenOver);
      } finally {
        asking.delete(callId);
      }
    },
    ended({ id, sid, recording }) {
      if (recording !== 'requested' || sid === null || asking.has(id)) return;
      const work = findOut(id, sid)
        .catch(error => logger.warn({ err: error, attemptId: id }, 'whether an ended call was recorded is not known'))
        .finally(() => working.delete(work));
      working.add(work);
    },
    async settled() {
      while (working.size > 0) await Promise.all(working);
    },
  };
}
