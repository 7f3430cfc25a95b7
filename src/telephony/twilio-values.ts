import {
  type CarrierCall,
  type CarrierNumber,
  type CarrierRecording,
  type CarrierRecordingStatus,
  type CarrierStatus,
  carrierStatuses,
} from './carrier-contract.ts';

/** Reads the carrier's resources: what we rely on must be there and right, all else may be missing, null or new. */

export type Json = Readonly<Record<string, unknown>>;

/** Thrown with the name of the field; the client makes an error of ours from it. */
export class UnreadableField extends Error {}

const broken = (field: string): never => {
  throw new UnreadableField(`${field} is missing or not what it should be`);
};

export const asObject = (value: unknown, what: string): Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : broken(what);

/** A text that must be there, of a bounded length. */
export function textOf(source: Json, field: string): string {
  const value = source[field];
  return typeof value === 'string' && value !== '' && value.length <= 2000 ? value : broken(field);
}

export function optionalText(source: Json, field: string): string | null {
  const value = source[field];
  return typeof value === 'string' && value !== '' ? value.slice(0, 2000) : null;
}

export function sidOf(source: Json, prefix: string, field = 'sid'): string {
  const value = source[field];
  return isSid(value, prefix) ? value : broken(field);
}

export const isSid = (value: unknown, prefix: string): value is string =>
  typeof value === 'string' && value.startsWith(prefix) && /^[A-Z]{2}[0-9a-fA-F]{32}$/.test(value);

/** RFC 2822 as the 2010 API writes it, or ISO 8601; anything else counts as no date. */
export function dateOf(source: Json, field: string): Date | null {
  const value = source[field];
  if (typeof value !== 'string' || value === '' || value.length > 60) return null;
  const ms = Date.parse(value);
  return Number.isNaN(ms) ? null : new Date(ms);
}

/** Whole seconds, as text or as a number. */
export function secondsOf(source: Json, field: string): number | null {
  const value = source[field];
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && /^\d{1,9}$/.test(text) ? Number(text) : null;
}

/** Decimal text, never made a binary fraction. */
export function decimalOf(source: Json, field: string): string | null {
  const value = source[field];
  const text = typeof value === 'number' && Number.isFinite(value) ? String(value) : value;
  return typeof text === 'string' && /^-?\d{1,12}(\.\d{1,12})?$/.test(text) ? text : null;
}

const isStatus = (value: unknown): value is CarrierStatus => carrierStatuses.includes(value as CarrierStatus);

export function callOf(value: unknown): CarrierCall {
  const source = asObject(value, 'the call');
  const status = source['status'];
  return {
    sid: sidOf(source, 'CA'),
    // A state we do not know must not be taken for one we do: whether a call has ended decides about dialling again.
    status: isStatus(status) ? status : broken('status'),
    direction: source['direction'] === 'inbound' ? 'inbound' : 'outbound',
    to: optionalText(source, 'to') ?? '',
    from: optionalText(source, 'from') ?? '',
    parentSid: isSid(source['parent_call_sid'], 'CA') ? source['parent_call_sid'] : null,
    createdAt: dateOf(source, 'date_created'),
    startedAt: dateOf(source, 'start_time'),
    endedAt: dateOf(source, 'end_time'),
    durationSeconds: secondsOf(source, 'duration'),
    answeredBy: optionalText(source, 'answered_by'),
    price: decimalOf(source, 'price'),
    priceCurrency: optionalText(source, 'price_unit'),
  };
}

/** The answer to a dial: the call exists once its id was said, whatever else is odd about it. */
export function placedCallOf(value: unknown): CarrierCall {
  const source = asObject(value, 'the call');
  return callOf(isStatus(source['status']) ? source : { ...source, status: 'queued' });
}

const recordingStatuses: Readonly<Record<string, CarrierRecordingStatus>> = {
  'in-progress': 'running',
  paused: 'running',
  stopped: 'processing',
  processing: 'processing',
  completed: 'completed',
  absent: 'absent',
  deleted: 'deleted',
};

export function recordingOf(value: unknown): CarrierRecording {
  const source = asObject(value, 'the recording');
  const channels = source['channels'];
  const errorCode = source['error_code'];
  return {
    sid: sidOf(source, 'RE'),
    callSid: optionalText(source, 'call_sid'),
    // A state that we do not know yet is none of an end.
    status: recordingStatuses[String(source['status'])] ?? 'processing',
    channels: channels === 1 || channels === 2 ? channels : null,
    durationSeconds: secondsOf(source, 'duration'),
    startedAt: dateOf(source, 'start_time'),
    errorCode: typeof errorCode === 'number' || typeof errorCode === 'string' ? String(errorCode).slice(0, 20) : null,
    price: decimalOf(source, 'price'),
    priceCurrency: optionalText(source, 'price_unit'),
  };
}

export function numberOf(value: unknown): CarrierNumber {
  const source = asObject(value, 'the number');
  const voiceUrl = optionalText(source, 'voice_url') ?? '';
  return {
    sid: sidOf(source, 'PN'),
    phone: textOf(source, 'phone_number'),
    label: optionalText(source, 'friendly_name') ?? '',
    voiceUrl,
    fallbackUrl: optionalText(source, 'voice_fallback_url') ?? '',
    statusCallback: optionalText(source, 'status_callback') ?? '',
    obstacle: obstacleOf(source),
  };
}

/** The carrier asks applications and trunks before a number's own addresses, and ours are asked by POST. */
function obstacleOf(source: Json): string | null {
  if (optionalText(source, 'trunk_sid')) return 'a SIP trunk takes its calls';
  if (optionalText(source, 'voice_application_sid')) return 'an application of the carrier takes its calls';
  if (asObject(source['capabilities'] ?? {}, 'capabilities')['voice'] === false) return 'it cannot take voice calls';
  if (optionalText(source, 'voice_receive_mode') === 'fax') return 'it takes faxes instead of calls';
  const methods = ['voice_method', 'voice_fallback_method', 'status_callback_method'];
  if (methods.some(field => optionalText(source, field) === 'GET')) return 'its addresses are asked by GET';
  return null;
}
