import type { RecordingDesk } from '../recordings/recordings.types.ts';
import type { CallEventLog } from './call-event-log.ts';
import type { CallLifecycle } from './call-lifecycle.ts';
import type { CallRepository } from './call-repository.ts';
import { type CallbackFields, callSidIn, readRecording, readStatus, readVerdict } from './carrier-form.ts';
import type { CallbackKind, CallbackResult, LifecycleMetrics } from './lifecycle-metrics.ts';
import type { MachineDetection } from './machine-detection.ts';

/** What the carrier tells us about calls, however often and in whatever order. */
export type CarrierCallbacks = Readonly<Record<CallbackKind, TakeCallback>>;

/** Resolves when what it says is in the store; `at` is when it came, where that was not just now. */
export type TakeCallback = (callId: string | null, fields: CallbackFields, at?: Date) => Promise<void>;

export interface CallbackOptions {
  readonly calls: CallRepository;
  readonly lifecycle: Pick<CallLifecycle, 'status' | 'changed'>;
  readonly machines: Pick<MachineDetection, 'verdict'>;
  readonly recordings: Pick<RecordingDesk, 'reported'>;
  readonly eventLog: CallEventLog;
  readonly metrics: LifecycleMetrics;
  readonly now: () => Date;
}

/** States of a recording that the carrier tells, in ours. */
const recordingMoves: Readonly<Record<string, { readonly from: readonly string[]; readonly to: string }>> = {
  'in-progress': { from: ['off', 'requested'], to: 'recording' },
  completed: { from: ['off', 'requested', 'recording'], to: 'recorded' },
  absent: { from: ['off', 'requested', 'recording'], to: 'absent' },
};

export function createCarrierCallbacks(options: CallbackOptions): CarrierCallbacks {
  const { calls, eventLog, metrics, now } = options;

  const counted =
    (
      kind: CallbackKind,
      take: (callId: string | null, fields: CallbackFields, at: Date) => Promise<CallbackResult>,
    ): TakeCallback =>
    async (callId, fields, at = now()) => {
      metrics.callbacks.inc({ kind, result: await take(callId, fields, at) });
    };

  /** Our id of the call, from the address or else by the carrier's. */
  const idOf = async (callId: string | null, sid: string): Promise<string | null> =>
    callId ?? (await calls.findBySid(sid))?._id.toHexString() ?? null;

  return {
    status: counted('status', async (callId, fields, at) => {
      const report = readStatus(fields, at);
      return report ? options.lifecycle.status(callId, report) : 'unknown';
    }),

    amd: counted('amd', async (given, fields, at) => {
      const sid = callSidIn(fields);
      const verdict = readVerdict(fields);
      const callId = sid && (await idOf(given, sid));
      return callId && verdict ? options.machines.verdict(callId, { sid, ...verdict, at }) : 'unknown';
    }),

    recording: counted('recording', async (given, fields) => {
      const sid = callSidIn(fields);
      const move = recordingMoves[fields.RecordingStatus ?? ''];
      const callId = sid && move && (await idOf(given, sid));
      if (!callId || !move) return 'unknown';
      const report = readRecording(fields);
      // Before the call says it: a carrier that is not answered tells it again, and nothing of this does harm twice.
      if (report) await options.recordings.reported({ callId, ...report });
      const call = await calls.moveRecording(callId, move.from, move.to, { sid });
      if (!call) return 'doubled';
      const data = {
        recordingSid: fields.RecordingSid?.slice(0, 40) ?? null,
        durationSeconds: Number(fields.RecordingDuration ?? Number.NaN) || null,
      };
      eventLog.add(call, { type: `recording.${move.to}`, source: 'twilio', data });
      options.lifecycle.changed(call, ['recording']);
      return 'applied';
    }),

    // Sessions know their own streams; only what the carrier had to complain about is worth a line.
    stream: counted('stream', async (given, fields) => {
      const sid = callSidIn(fields);
      const event = fields.StreamEvent;
      if (!sid || !event) return 'unknown';
      if (event !== 'stream-error')
        return event === 'stream-started' || event === 'stream-stopped' ? 'confirmed' : 'unknown';
      const callId = await idOf(given, sid);
      const call = callId && (await calls.reserveEvent(callId, sid));
      if (!call) return 'unknown';
      const data = {
        streamSid: fields.StreamSid?.slice(0, 40) ?? null,
        problem: fields.StreamError?.slice(0, 300) ?? null,
      };
      eventLog.add(call, { type: 'stream.error', source: 'twilio', data });
      return 'applied';
    }),
  };
}
