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

/** What is read of a callback. Nothing else of it is kept: the carrier tells of persons in it, and in a rush thousands wait. */
export const fieldsRead = (form: CarrierForm) => ({
  CallSid: copied(field(form, 'CallSid')),
  CallStatus: field(form, 'CallStatus'),
  SequenceNumber: field(form, 'SequenceNumber'),
  Timestamp: field(form, 'Timestamp'),
  CallDuration: field(form, 'CallDuration'),
  SipResponseCode: field(form, 'SipResponseCode'),
  AnsweredBy: field(form, 'AnsweredBy'),
  MachineDetectionDuration: field(form, 'MachineDetectionDuration'),
  RecordingSid: field(form, 'RecordingSid'),
  RecordingStatus: field(form, 'RecordingStatus'),
  RecordingStartTime: field(form, 'RecordingStartTime'),
  RecordingDuration: field(form, 'RecordingDuration'),
  RecordingChannels: field(form, 'RecordingChannels'),
  StreamSid: field(form, 'StreamSid'),
  StreamEvent: field(form, 'StreamEvent'),
  StreamError: field(form, 'StreamError'),
  ErrorCode: field(form, 'ErrorCode'),
  ErrorMessage: field(form, 'ErrorMessage'),
});

/** What was cut out of a text keeps all of it, here the whole body, for as long as it lives. */
const copied = (text: string | null): string | null => text && Buffer.from(text).toString();

/** The first of each; null where it is missing or empty. */
export type CallbackFields = Readonly<ReturnType<typeof fieldsRead>>;

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
export function readStatus(fields: CallbackFields, now: Date): StatusReport | null {
  const sid = callSidIn(fields);
  const state = callStates.find(each => each === fields.CallStatus);
  if (sid === null || state === undefined || state === 'claimed') return null;
  const final = isFinalCallState(state);
  const code = fields.ErrorCode;
  return {
    sid,
    state,
    final,
    // A number's own callback may come without: its only news is the end, which counts in any case.
    sequence: wholeNumber(fields.SequenceNumber) ?? (final ? 1_000 : 0),
    at: momentOf(fields.Timestamp, now),
    durationSeconds: final ? wholeNumber(fields.CallDuration) : null,
    sipCode: wholeNumber(fields.SipResponseCode),
    answeredBy: readVerdict(fields)?.answeredBy ?? null,
    error: code === null ? null : { code: code.slice(0, 20), message: fields.ErrorMessage?.slice(0, 300) ?? null },
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
export function readVerdict(fields: CallbackFields): VerdictFields | null {
  const answeredBy = fields.AnsweredBy;
  if (answeredBy === null || !/^[a-z_]{2,40}$/.test(answeredBy)) return null;
  return { answeredBy, detectionMs: wholeNumber(fields.MachineDetectionDuration) };
}

const recordingStatuses = { 'in-progress': 'running', completed: 'completed', absent: 'absent' } as const;

/** Reads a recording callback; null when it names no recording, or a state that we do not know. */
export function readRecording(fields: CallbackFields): Omit<RecordingReport, 'callId'> | null {
  const sid = fields.RecordingSid;
  const told = fields.RecordingStatus ?? '';
  if (sid === null || !/^RE[0-9a-f]{32}$/.test(sid) || !Object.hasOwn(recordingStatuses, told)) return null;
  const status = recordingStatuses[told as keyof typeof recordingStatuses];
  const startedAt = Date.parse(fields.RecordingStartTime ?? '');
  const channels = wholeNumber(fields.RecordingChannels);
  return {
    sid,
    status,
    channels: channels === 1 || channels === 2 ? channels : null,
    durationSeconds: status === 'completed' ? wholeNumber(fields.RecordingDuration) : null,
    startedAt: Number.isNaN(startedAt) ? null : new Date(startedAt),
    errorCode: fields.ErrorCode?.slice(0, 20) ?? null,
  };
}
