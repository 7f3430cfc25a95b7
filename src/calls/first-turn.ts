import type { SpokenTurn } from '../bridge/bridge.types.ts';
import type { Logger } from '../ops/logger.ts';
import type { RecordingDesk } from '../recordings/recordings.types.ts';
import type { Stored } from '../store/schema.ts';
import type { Carrier, CarrierError } from '../telephony/carrier-contract.ts';
import type { Call } from './call-document.ts';
import type { CallEventLog } from './call-event-log.ts';
import type { CallLifecycle } from './call-lifecycle.ts';
import type { CallRepository } from './call-repository.ts';
import type { LifecycleMetrics } from './lifecycle-metrics.ts';

/** What a first sentence told the callee. */
export interface Disclosure {
  readonly seller: boolean;
  readonly ai: boolean;
}

export interface FirstTurnOptions {
  readonly calls: CallRepository;
  readonly carrier: Pick<Carrier, 'startRecording'>;
  readonly lifecycle: Pick<CallLifecycle, 'changed'>;
  readonly recordings: Pick<RecordingDesk, 'started'>;
  readonly eventLog: CallEventLog;
  readonly metrics: LifecycleMetrics;
  readonly logger: Logger;
  readonly now: () => Date;
  /** Reads the sentence for the seller's name and for saying that an AI speaks. */
  check(text: string, call: Stored<Call>): Promise<Disclosure> | Disclosure;
  recordingCallback(callId: string): string;
  /** Pauses between tries to start a recording while the carrier is away. */
  readonly pausesMs?: readonly number[];
}

export interface FirstTurns {
  /** Never throws and never makes the caller wait. */
  heard(callId: string, turn: SpokenTurn): void;
  settled(): Promise<void>;
}

/** The first sentence of a call: checked for what it must say, and only after it may a recording begin. */
export function createFirstTurns(options: FirstTurnOptions): FirstTurns {
  const { calls, carrier, eventLog, metrics, logger, pausesMs = [500, 1_500, 4_000] } = options;
  const working = new Set<Promise<unknown>>();

  async function take(callId: string, turn: SpokenTurn): Promise<void> {
    const call = await calls.findById(callId);
    if (!call) return;
    const text = turn.heardText ?? turn.text;
    const { seller, ai } = await options.check(text, call);
    const at = options.now();
    const noted = await calls.noteFirstTurn(callId, { at, startMs: turn.startMs, endMs: turn.endMs, seller, ai });
    if (!noted) return;
    metrics.firstTurns.inc({ seller: seller ? 'said' : 'missing', ai: ai ? 'said' : 'missing' });
    // The words themselves are in the transcript, which is erased when its time is over; events stay.
    eventLog.add(noted, { type: 'first-turn.heard', source: 'agent', at, data: { seller, ai, startMs: turn.startMs } });
    options.lifecycle.changed(noted, ['firstTurn']);
    if (noted.policy?.record && noted.sid && !noted.endedAt) await record(callId, noted.sid);
  }

  /** Of all processes and repetitions, the one that moves the state asks the carrier. */
  async function record(callId: string, sid: string): Promise<void> {
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
  }

  async function move(callId: string, from: string[], to: string, data: Record<string, unknown>): Promise<boolean> {
    const call = await calls.moveRecording(callId, from, to);
    if (!call) return false;
    eventLog.add(call, { type: `recording.${to}`, source: 'system', data });
    options.lifecycle.changed(call, ['recording']);
    return true;
  }

  return {
    heard(callId, turn) {
      const work = take(callId, turn)
        .catch(error => logger.warn({ err: error, attemptId: callId }, 'a first sentence could not be checked'))
        .finally(() => working.delete(work));
      working.add(work);
    },
    async settled() {
      while (working.size > 0) await Promise.all(working);
    },
  };
}
