import type { RecordingReport } from '../recordings/recordings.types.ts';
import { type CallState, callStates, isFinalCallState } from './call-state.ts';

/** A callback's fields as they came: texts, of which a hostile or careless sender may give one twice. */
export type CarrierForm = Readonly<Record<string, unknown>>;

/** One field; the first when it came several times, null when it is missing or empty. */
export function field(form: CarrierForm, name: string): string | null {
  const value = form[name];
  const first: unknown = Array.isArray(value) ? value[0] : value;
  return typeof first === 'string' && first !== '' ? first : null;
}

/** The carrier's id of the call; null when it is none. */
export function callSidIn(form: CarrierForm): string | null {
  const sid = field(form, 'CallSid');
  return sid !== null && /^CA[0-9a-f]{32}$/.test(sid) ? sid : null;
}

export interface StatusReport {
  readonly sid: string;
  readonly state: CallState;
  readonly sequence: number;
  readonly at: Date;
  readonly final: boolean;
  readonly durationSeconds: number | null;
  readonly sipCode: number | null;
  readonly answeredBy: string | null;
  /** The carrier's own words where dialling failed. */
  readonly error: { readonly code: string; readonly message: string | null } | null;
}

/** Reads a status callback; null when it tells of no call or of a status that we do not know. */
export function readStatus(form: CarrierForm, now: Date): StatusReport | null {
  const sid = callSidIn(form);
  const state = callStates.find(each => each === field(form, 'CallStatus'));
  if (sid === null || state === undefined || state === 'claimed') return null;
  const final = isFinalCallState(state);
  const code = field(form, 'ErrorCode');
  return {
    sid,
    state,
    final,
    // A number's own callback may come without: its only news is the end, which counts in any case.
    sequence: wholeNumber(field(form, 'SequenceNumber')) ?? (final ? 1_000 : 0),
    at: momentOf(field(form, 'Timestamp'), now),
    durationSeconds: final ? wholeNumber(field(form, 'CallDuration')) : null,
    sipCode: wholeNumber(field(form, 'SipResponseCode')),
    answeredBy: readVerdict(form)?.answeredBy ?? null,
    error:
      code === null ? null : { code: code.slice(0, 20), message: field(form, 'ErrorMessage')?.slice(0, 300) ?? null },
  };
}

const wholeNumber = (text: string | null): number | null =>
  text !== null && /^\d{1,9}$/.test(text) ? Number(text) : null;

/**
 * When it happened, by the carrier's clock, which tells whole seconds. A time in the future or long past is a clock that is wrong;
 * then it happened now, as far as we know.
 */
function momentOf(text: string | null, now: Date): Date {
  const told = text === null ? Number.NaN : Date.parse(text);
  const age = now.getTime() - told;
  return age > 1_000 && age < 24 * 60 * 60_000 ? new Date(told) : now;
}

export interface VerdictFields {
  readonly answeredBy: string;
  readonly detectionMs: number | null;
}

/** Reads the verdict about an answering machine; null when it names none. */
export function readVerdict(form: CarrierForm): VerdictFields | null {
  const answeredBy = field(form, 'AnsweredBy');
  if (answeredBy === null || !/^[a-z_]{2,40}$/.test(answeredBy)) return null;
  return { answeredBy, detectionMs: wholeNumber(field(form, 'MachineDetectionDuration')) };
}

const recordingStatuses = { 'in-progress': 'running', completed: 'completed', absent: 'absent' } as const;

/** Reads a recording callback; null when it names no recording, or a state that we do not know. */
export function readRecording(form: CarrierForm): Omit<RecordingReport, 'callId'> | null {
  const sid = field(form, 'RecordingSid');
  const told = field(form, 'RecordingStatus') ?? '';
  if (sid === null || !/^RE[0-9a-f]{32}$/.test(sid) || !Object.hasOwn(recordingStatuses, told)) return null;
  const status = recordingStatuses[told as keyof typeof recordingStatuses];
  const startedAt = Date.parse(field(form, 'RecordingStartTime') ?? '');
  const channels = wholeNumber(field(form, 'RecordingChannels'));
  return {
    sid,
    status,
    channels: channels === 1 || channels === 2 ? channels : null,
    durationSeconds: status === 'completed' ? wholeNumber(field(form, 'RecordingDuration')) : null,
    startedAt: Number.isNaN(startedAt) ? null : new Date(startedAt),
    errorCode: field(form, 'ErrorCode')?.slice(0, 20) ?? null,
  };
}
