import type { Events } from '../events.ts';
import type { CallEventLog } from './call-event-log.ts';
import type { CallRepository } from './call-repository.ts';
import type { CallView, RecordedCalls, RecordingMove } from './calls.types.ts';

/** From which states of a call's recording each other one is reached; what is erased stays so. */
const movesTo: Readonly<Record<RecordingMove['to'], readonly string[]>> = {
  stored: ['off', 'requested', 'recording', 'recorded', 'absent', 'failed'],
  absent: ['off', 'requested', 'recording', 'recorded'],
  failed: ['requested', 'recording', 'recorded'],
  expired: ['stored'],
};

export interface RecordedCallsOptions {
  readonly calls: CallRepository;
  readonly eventLog: CallEventLog;
  readonly events: Pick<Events, 'publish'>;
}

/** What the recordings feature may see of calls, and tell them. */
export function createRecordedCalls({ calls, eventLog, events }: RecordedCallsOptions): RecordedCalls {
  return {
    async find(callId) {
      const call = await calls.findById(callId);
      if (!call) return null;
      const { sid, answeredAt, endedAt, erasedAt } = call;
      return { id: call._id.toHexString(), sid, answeredAt, endedAt, erasedAt: erasedAt ?? null };
    },
    async move(callId, { to, info, data }) {
      const call = await calls.moveRecording(callId, movesTo[to], to, { info });
      if (!call) return false;
      eventLog.add(call, { type: `recording.${to}`, source: 'system', data });
      events.publish('calls.changed', { call: calls.toApi(call) as CallView, fields: ['recording', 'recordingInfo'] });
      return true;
    },
  };
}
