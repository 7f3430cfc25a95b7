import type { AudioFormat, EngineOverrides } from '../engine-contract.ts';
import { type AudioMessage, readAudioMessage } from './audio-message-protocol.ts';

/** What a server message means to us. Kinds that a telephone call has no use for are `ignored`; `unknown` ones are new. */
export type ServerMessage =
  | AudioMessage
  | { readonly kind: 'metadata'; readonly conversationId: string; readonly input: string; readonly output: string }
  | { readonly kind: 'ping'; readonly eventId: number; readonly latencyMs: number | null }
  | { readonly kind: 'interruption'; readonly eventId: number | null }
  | { readonly kind: 'caller-said'; readonly text: string; readonly eventId: number | null; readonly final: boolean }
  | { readonly kind: 'agent-said'; readonly text: string; readonly eventId: number | null }
  | {
      readonly kind: 'correction';
      readonly original: string;
      readonly corrected: string;
      readonly eventId: number | null;
    }
  | {
      readonly kind: 'tool-call';
      readonly id: string;
      readonly name: string;
      /** Null when they are no object. */
      readonly arguments: Readonly<Record<string, unknown>> | null;
      readonly expectsResult: boolean;
    }
  | { readonly kind: 'queue'; readonly status: 'waiting' | 'admitted' | 'timed_out' }
  | {
      readonly kind: 'error';
      readonly errorType: string | null;
      readonly code: number | null;
      readonly message: string;
    }
  | { readonly kind: 'tool-progress'; readonly finished: boolean; readonly data: ToolProgress }
  | { readonly kind: 'mcp-call'; readonly id: string; readonly name: string; readonly state: string }
  | { readonly kind: 'guardrail'; readonly name: string | null }
  | { readonly kind: 'complaint'; readonly name: string | null; readonly code: number | null }
  | { readonly kind: 'ignored' }
  | { readonly kind: 'unknown'; readonly type: string }
  | { readonly kind: 'unreadable'; readonly why: 'not-json' | 'not-an-object' | 'field' | 'audio' | 'too-long' };

export interface ToolProgress {
  readonly tool: string;
  readonly toolType: string | null;
  readonly toolCallId: string | null;
  readonly status: string | null;
}

/** Everything but audio is short: the longest, a tool's whole result, is cut by the vendor at 64 KB. */
const longestText = 1024 * 1024;

/** Reads one text frame of the server. Never throws: what cannot be read says why. */
export function readServerMessage(frame: Buffer): ServerMessage {
  const audio = readAudioMessage(frame);
  if (audio) return audio;
  if (frame.length > longestText) return { kind: 'unreadable', why: 'too-long' };
  let value: unknown;
  try {
    value = JSON.parse(frame.toString());
  } catch {
    return { kind: 'unreadable', why: 'not-json' };
  }
  const message = asObject(value);
  if (!message) return { kind: 'unreadable', why: 'not-an-object' };
  const type = message['type'];
  if (typeof type !== 'string') return { kind: 'unreadable', why: 'field' };
  const reader = Object.hasOwn(readers, type) ? readers[type as keyof typeof readers] : undefined;
  if (!reader) return { kind: 'unknown', type: type.replace(/[^\w.-]/g, '').slice(0, 64) };
  return reader(message) ?? { kind: 'unreadable', why: 'field' };
}

type Fields = Readonly<Record<string, unknown>>;
type Reader = (message: Fields) => ServerMessage | undefined;

const asObject = (value: unknown): Fields | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
const wholeOf = (value: unknown): number | null => (Number.isSafeInteger(value) ? (value as number) : null);
const nameOf = (value: unknown): string | null => textOf(value)?.slice(0, 128) ?? null;
const ignored: Reader = () => ({ kind: 'ignored' });

const said =
  (final: boolean, event: string): Reader =>
  message => {
    const fields = asObject(message[event]);
    const text = textOf(fields?.['user_transcript']);
    return text === undefined
      ? undefined
      : { kind: 'caller-said', text, eventId: wholeOf(fields?.['event_id']), final };
  };

const toolProgress =
  (finished: boolean, event: string): Reader =>
  message => {
    const fields = asObject(message[event]);
    const tool = nameOf(fields?.['tool_name']);
    if (!fields || tool === null) return undefined;
    const status = nameOf(fields['status']) ?? (fields['is_error'] === true ? 'error' : null);
    return {
      kind: 'tool-progress',
      finished,
      data: { tool, toolType: nameOf(fields['tool_type']), toolCallId: nameOf(fields['tool_call_id']), status },
    };
  };

const readers = {
  // A message with audio that `readAudioMessage` did not take is one of a form that cannot be played.
  audio: () => ({ kind: 'unreadable', why: 'audio' }),
  conversation_initiation_metadata: message => {
    const fields = asObject(message['conversation_initiation_metadata_event']);
    const conversationId = textOf(fields?.['conversation_id']);
    if (!fields || !conversationId) return undefined;
    return {
      kind: 'metadata',
      conversationId: conversationId.slice(0, 128),
      output: textOf(fields['agent_output_audio_format']) ?? '',
      // Older servers leave it out.
      input: textOf(fields['user_input_audio_format']) ?? 'pcm_16000',
    };
  },
  ping: message => {
    const fields = asObject(message['ping_event']);
    const eventId = wholeOf(fields?.['event_id']);
    const latency = fields?.['ping_ms'];
    if (eventId === null) return undefined;
    return { kind: 'ping', eventId, latencyMs: typeof latency === 'number' && latency >= 0 ? latency : null };
  },
  interruption: message => ({
    kind: 'interruption',
    eventId: wholeOf(asObject(message['interruption_event'])?.['event_id']),
  }),
  user_transcript: said(true, 'user_transcription_event'),
  tentative_user_transcript: said(false, 'tentative_user_transcription_event'),
  agent_response: message => {
    const fields = asObject(message['agent_response_event']);
    const text = textOf(fields?.['agent_response']);
    return text === undefined ? undefined : { kind: 'agent-said', text, eventId: wholeOf(fields?.['event_id']) };
  },
  agent_response_correction: message => {
    const fields = asObject(message['agent_response_correction_event']);
    const corrected = textOf(fields?.['corrected_agent_response']);
    if (!fields || corrected === undefined) return undefined;
    const original = textOf(fields['original_agent_response']) ?? '';
    return { kind: 'correction', original, corrected, eventId: wholeOf(fields['event_id']) };
  },
  client_tool_call: message => {
    const fields = asObject(message['client_tool_call']);
    const id = textOf(fields?.['tool_call_id']);
    const name = textOf(fields?.['tool_name']);
    if (!fields || !id || name === undefined) return undefined;
    const given = fields['parameters'];
    return {
      kind: 'tool-call',
      id,
      name: name.slice(0, 128),
      arguments: given === undefined || given === null ? {} : (asObject(given) ?? null),
      // Absent in older messages, where an answer is harmless.
      expectsResult: fields['expects_response'] !== false,
    };
  },
  queue_status: message => {
    const status = asObject(message['queue_status_event'])?.['status'];
    return status === 'waiting' || status === 'admitted' || status === 'timed_out'
      ? { kind: 'queue', status }
      : undefined;
  },
  error: message => {
    const fields = asObject(message['error_event']) ?? message; // an older form is flat
    const text = textOf(fields['message']) ?? textOf(fields['reason']) ?? '';
    return {
      kind: 'error',
      errorType: nameOf(fields['error_type']),
      code: wholeOf(fields['code']),
      message: text.slice(0, 500),
    };
  },
  agent_tool_request: toolProgress(false, 'agent_tool_request'),
  agent_tool_response: toolProgress(true, 'agent_tool_response'),
  mcp_tool_call: message => {
    const fields = asObject(message['mcp_tool_call']);
    const id = textOf(fields?.['tool_call_id']);
    const state = nameOf(fields?.['state']);
    if (!fields || !id || state === null) return undefined;
    return { kind: 'mcp-call', id, name: nameOf(fields['tool_name']) ?? '', state };
  },
  guardrail_triggered: message => ({
    kind: 'guardrail',
    name: nameOf(asObject(message['guardrail_triggered_event'])?.['guardrail_name']),
  }),
  client_error: message => {
    const fields = asObject(message['error_event']);
    return { kind: 'complaint', name: nameOf(fields?.['error_name']), code: wholeOf(fields?.['code']) };
  },
  agent_response_complete: ignored,
  agent_response_metadata: ignored,
  agent_chat_response_part: ignored,
  agent_reasoning_response_part: ignored,
  agent_tool_response_full_payload: ignored,
  mcp_connection_status: ignored,
  asr_initiation_metadata: ignored,
  internal_turn_probability: ignored,
  internal_tentative_agent_response: ignored,
  context_usage: ignored,
  vad_score: ignored,
  agent_typing: ignored,
  external_agent_connected: ignored,
  external_agent_disconnected: ignored,
  rich_content: ignored,
  dtmf_request: ignored,
} as const satisfies Record<string, Reader>;

const pcmRates = new Set([8000, 16000, 22050, 24000, 44100, 48000]);

/** The vendor's name of an audio format in our terms; undefined for one we cannot play. */
export function audioFormatOf(name: string): AudioFormat | undefined {
  if (name === 'ulaw_8000') return { encoding: 'mulaw', sampleRate: 8000 };
  const rate = Number(/^pcm_(\d{4,5})$/.exec(name)?.[1]);
  return pcmRates.has(rate) ? { encoding: 'pcm16', sampleRate: rate } : undefined;
}

export interface Initiation {
  readonly variables: Readonly<Record<string, string | number | boolean>>;
  readonly overrides: EngineOverrides;
  readonly userId: string;
}

/** The first message of a session. Only what is really replaced is named: each field not permitted ends the session. */
export function initiationMessage({ variables, overrides, userId }: Initiation): string {
  const { firstMessage, prompt, language, voiceId } = overrides;
  const agent = {
    ...(firstMessage === undefined ? {} : { first_message: firstMessage }),
    ...(language === undefined ? {} : { language }),
    ...(prompt === undefined ? {} : { prompt: { prompt } }),
  };
  const override = {
    ...(Object.keys(agent).length ? { agent } : {}),
    ...(voiceId === undefined ? {} : { tts: { voice_id: voiceId } }),
  };
  return JSON.stringify({
    type: 'conversation_initiation_client_data',
    ...(Object.keys(override).length ? { conversation_config_override: override } : {}),
    // Names of the vendor's own are reserved, and one of them would end the session.
    dynamic_variables: Object.fromEntries(Object.entries(variables).filter(([name]) => !name.startsWith('system__'))),
    user_id: userId,
  });
}

const audioHead = new Uint8Array(Buffer.from('{"user_audio_chunk":"'));
const audioTail = new Uint8Array(Buffer.from('"}'));

/** Caller audio as a message, spliced around the base64 without a string in between. */
export function audioMessage(base64: Buffer | string): Buffer {
  const message = Buffer.allocUnsafe(audioMessageLength(base64));
  writeAudioMessage(message, 0, base64);
  return message;
}

export const audioMessageLength = (base64: Buffer | string): number =>
  audioHead.length + base64.length + audioTail.length;

export function writeAudioMessage(target: Buffer, at: number, base64: Buffer | string): void {
  target.set(audioHead, at);
  const start = at + audioHead.length;
  if (typeof base64 === 'string') target.write(base64, start, 'latin1');
  else target.set(base64, start);
  target.set(audioTail, start + base64.length);
}

export const pongMessage = (eventId: number): string => `{"type":"pong","event_id":${eventId}}`;
export const activityMessage = '{"type":"user_activity"}';

export const userMessage = (text: string): string => JSON.stringify({ type: 'user_message', text });

/** Keys that the caller pressed: they ask for an answer, as words do. */
export const dtmfMessage = (digits: string): string =>
  JSON.stringify({ type: 'user_message', text: digits, source_medium: 'dtmf' });

export const contextMessage = (text: string): string => JSON.stringify({ type: 'contextual_update', text });

export const toolResultMessage = (toolCallId: string, result: string, isError: boolean): string =>
  JSON.stringify({ type: 'client_tool_result', tool_call_id: toolCallId, result, is_error: isError });

/** Nobody on a telephone call can approve a tool, and silence would make the agent wait for minutes. */
export const mcpRefusal = (toolCallId: string): string =>
  JSON.stringify({ type: 'mcp_tool_approval_result', tool_call_id: toolCallId, is_approved: false });
