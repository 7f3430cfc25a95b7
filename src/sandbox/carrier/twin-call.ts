import type { RecognisedStretch } from '../audio/fingerprint.ts';
import type { CallOrder, StatusHook } from './call-order.ts';
import type { CallState } from './call-state.ts';

/** One call as the twin's REST API knows it. */
export interface TwinCall {
  sid: string;
  to: string;
  from: string;
  direction: 'outbound-api' | 'outbound-dial' | 'inbound';
  state: CallState;
  order: CallOrder;
  status?: StatusHook;
  createdAt: number;
  updatedAt: number;
  answeredAt?: number;
  endedAt?: number;
  answeredBy?: string;
  parentSid?: string;
  phoneNumberSid?: string;
  queueTimeMs: number;
  sipResponseCode?: number;
  /** The SequenceNumber of the next status callback. */
  nextSequence: number;
  /** Who is at the other end, by the scenario's id. */
  personId?: string;
  personName?: string;
  /** The clips that were recognised in what was played to the person, in order. */
  heard: RecognisedStretch[];
  /** Things worth knowing that no API answer tells, in order. */
  notes: string[];
}

export type RecordingState = 'in-progress' | 'paused' | 'stopped' | 'processing' | 'completed' | 'absent' | 'deleted';

export interface TwinRecording {
  sid: string;
  callSid: string;
  state: RecordingState;
  channels: 1 | 2;
  track: 'inbound' | 'outbound' | 'both';
  source: string;
  createdAt: number;
  updatedAt: number;
  startedAt: number;
  durationSeconds?: number;
}

export const billedSeconds = (call: TwinCall): number | undefined =>
  call.answeredAt === undefined || call.endedAt === undefined
    ? undefined
    : Math.max(0, Math.ceil((call.endedAt - call.answeredAt) / 1_000));
