import type { StatusEvent } from './call-state.ts';
import { statusEvents } from './call-state.ts';
import { checkFrom, checkTo, isTestSender, type OwnNumbers } from './phone-number-rules.ts';
import type { RecordingOrder } from './recording-order.ts';
import { parseRecordingOrder } from './recording-order.ts';
import { FormReader } from './request-form.ts';
import { TwilioError } from './twilio-errors.ts';

export interface Hook {
  url: string;
  method: 'GET' | 'POST';
}
export interface StatusHook extends Hook {
  events: ReadonlySet<StatusEvent>;
}
export interface AmdOrder {
  mode: 'Enable' | 'DetectMessageEnd';
  timeoutMs: number;
  speechThresholdMs: number;
  speechEndThresholdMs: number;
  silenceTimeoutMs: number;
  async: boolean;
  callback?: Hook;
}
export type Instructions = { kind: 'url'; hook: Hook } | { kind: 'twiml'; twiml: string };

/** Everything a REST client asked for when it placed a call. */
export interface CallOrder {
  to: string;
  from: string;
  instructions: Instructions;
  fallback?: Hook;
  status?: StatusHook;
  ringTimeoutMs: number;
  timeLimitMs: number;
  sendDigits?: string;
  amd?: AmdOrder;
  recording?: RecordingOrder;
  callerName?: string;
}

const known = new Set(
  `To From Url Twiml ApplicationSid Method FallbackUrl FallbackMethod StatusCallback StatusCallbackMethod StatusCallbackEvent
  Timeout TimeLimit SendDigits MachineDetection MachineDetectionTimeout MachineDetectionSpeechThreshold
  MachineDetectionSpeechEndThreshold MachineDetectionSilenceTimeout AsyncAmd AsyncAmdStatusCallback AsyncAmdStatusCallbackMethod
  Record RecordingChannels RecordingTrack RecordingStatusCallback RecordingStatusCallbackMethod RecordingStatusCallbackEvent Trim
  CallerId CallReason CallToken Byoc SipAuthUsername SipAuthPassword ClientNotificationUrl`.split(/\s+/),
);

export const longestCallMs = 14_400_000;
const longestTwiml = 4_000;

/** Reads and checks the form of `POST Calls.json`; throws the error Twilio answers, and lists what it would accept but never do. */
export function parseCallOrder(
  form: URLSearchParams,
  own: OwnNumbers,
): { order: CallOrder; warnings: string[]; unknown: string[]; testOnly: boolean } {
  const read = new FormReader(form);
  const warnings: string[] = [];
  const to = read.text('To');
  const from = read.text('From');
  if (!to) throw new TwilioError(21201);
  if (!from) throw new TwilioError(21213);
  checkFrom(from, own);
  checkTo(to, from);

  const order: CallOrder = {
    to,
    from,
    instructions: parseInstructions(read),
    ringTimeoutMs: read.integer('Timeout', 60, 1, 600, 21208) * 1_000,
    timeLimitMs: read.integer('TimeLimit', longestCallMs / 1_000, 1, longestCallMs / 1_000, 20001) * 1_000,
  };
  const fallback = read.hook('FallbackUrl', 'FallbackMethod', 21205);
  if (fallback) order.fallback = fallback;
  const status = parseStatusHook(read, warnings);
  if (status) order.status = status;
  const digits = read.text('SendDigits');
  if (digits !== undefined) {
    if (!/^[0-9A-D#*wW]{1,32}$/.test(digits)) throw new TwilioError(21206, digits.slice(0, 40));
    order.sendDigits = digits;
  }
  const amd = parseAmd(read, warnings);
  if (amd && digits) warnings.push('MachineDetection is ignored because SendDigits was given');
  else if (amd) order.amd = amd;
  if (read.boolean('Record', false)) order.recording = parseRecordingOrder(read, 'OutboundAPI', 'trim-silence');
  const unknown = [...new Set(form.keys())].filter(name => !known.has(name));
  return { order, warnings, unknown, testOnly: isTestSender(from) };
}

function parseInstructions(read: FormReader): Instructions {
  if (read.text('ApplicationSid')) throw new TwilioError(21218, 'this account has no applications; give Url or Twiml');
  const hook = read.hook('Url', 'Method', 21205);
  if (hook) return { kind: 'url', hook };
  const twiml = read.text('Twiml');
  if (!twiml) throw new TwilioError(21205, 'one of Url, Twiml and ApplicationSid is required');
  if (twiml.length > longestTwiml) throw new TwilioError(20001, `Twiml is longer than ${longestTwiml} characters`);
  return { kind: 'twiml', twiml };
}

/** A wrong event name is accepted, warned about in the debugger (21626), and silences all callbacks of the call. */
export function parseStatusHook(read: FormReader, warnings: string[]): StatusHook | undefined {
  const hook = read.hook('StatusCallback', 'StatusCallbackMethod', 21609);
  if (!hook) return undefined;
  const wanted = read.all('StatusCallbackEvent').flatMap(value => value.split(' ').filter(Boolean));
  const wrong = wanted.filter(event => !statusEvents.includes(event as StatusEvent));
  if (wrong.length) {
    warnings.push(`21626 Invalid StatusCallbackEvent ${wrong.join(' ')}: no status callback will be made`);
    return undefined;
  }
  return { ...hook, events: new Set(wanted.length ? (wanted as StatusEvent[]) : ['completed']) };
}

function parseAmd(read: FormReader, warnings: string[]): AmdOrder | undefined {
  const mode = read.text('MachineDetection');
  if (mode === undefined || mode === '') return undefined;
  if (mode !== 'Enable' && mode !== 'DetectMessageEnd') throw new TwilioError(21234, `MachineDetection ${mode}`);
  const amd: AmdOrder = {
    mode,
    timeoutMs: read.integer('MachineDetectionTimeout', 30, 3, 59, 21234) * 1_000,
    speechThresholdMs: read.integer('MachineDetectionSpeechThreshold', 2_400, 1_000, 6_000, 21234),
    speechEndThresholdMs: read.integer('MachineDetectionSpeechEndThreshold', 1_200, 500, 5_000, 21234),
    silenceTimeoutMs: read.integer('MachineDetectionSilenceTimeout', 5_000, 2_000, 10_000, 21234),
    async: read.boolean('AsyncAmd', false),
  };
  const callback = read.hook('AsyncAmdStatusCallback', 'AsyncAmdStatusCallbackMethod', 21609);
  if (callback && amd.async) amd.callback = callback;
  if (amd.async && !callback)
    warnings.push('21262 AsyncAmd without AsyncAmdStatusCallback: the verdict is only on the call');
  return amd;
}
