import type { Logger } from '../ops/logger.ts';
import type { RecordingDesk } from '../recordings/recordings.types.ts';
import type { Carrier, CarrierError } from '../telephony/carrier-contract.ts';
import type { CallEventLog } from './call-event-log.ts';
import type { CallLifecycle } from './call-lifecycle.ts';
import type { CallRepository } from './call-repository.ts';
import type { LifecycleMetrics } from './lifecycle-metrics.ts';

export interface RecordingStartOptions {
  readonly calls: Pick<CallRepository, 'moveRecording'>;
  readonly carrier: Pick<Carrier, 'startRecording'>;
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

/** Asks the carrier to record a live call: once, over all processes and repetitions. */
export function createRecordingStart(options: RecordingStartOptions): (callId: string, sid: string) => Promise<void> {
  const { calls, carrier, eventLog, metrics, logger, pausesMs = [500, 1_500, 4_000] } = options;

  async function move(callId: string, from: string[], to: string, data: Record<string, unknown>): Promise<boolean> {
    const call = await calls.moveRecording(callId, from, to);
    if (!call) return false;
    eventLog.add(call, { type: `recording.${to}`, source: 'system', data });
    options.lifecycle.changed(call, ['recording']);
    return true;
  }

  return async (callId, sid) => {
    // Whoever moves the state asks the carrier.
    if (!(await move(callId, ['off'], 'requested', {}))) return;
    for (let failures = 0; ; failures += 1) {
      try {
        const recording = await carrier.startRecording(sid, options.recordingCallback(callId));
        metrics.recordings.inc({ result: 'started' });
        // Its callback says so as well, in whole seconds; this moment is closer.
        const noted = options.recordings.started(callId, recording.sid, options.now());
        await noted.catch(error => logger.warn({ err: error, attemptId: callId }, 'a recording could not be noted'));
        await move(callId, ['requested'], 'recording', { recordingSid: recording.sid });
        return;
      } catch (error) {
        const { fault, code, vendorCode, message } = error as Partial<CarrierError>;
        const pauseMs = pausesMs[failures];
        if ((fault === 'unavailable' || fault === 'busy') && pauseMs !== undefined) {
          await new Promise(resolve => setTimeout(resolve, pauseMs).unref());
          continue;
        }
        metrics.recordings.inc({ result: 'failed' });
        logger.warn({ err: error, attemptId: callId }, 'a recording could not be started');
        await move(callId, ['requested'], 'failed', {
          code: code ?? null,
          vendorCode: vendorCode ?? null,
          problem: message,
        });
        return;
      }
    }
  };
}
