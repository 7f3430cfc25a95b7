import type { AudioFormat } from './audio-format.ts';

/** A message to the client; `control.inject` may send any other one of the vendor's list. */
export interface ServerMessage {
  type: string;
  [field: string]: unknown;
}

/** Messages that a client receives whatever the agent's list of client events says. */
const always = new Set(['conversation_initiation_metadata', 'queue_status', 'error', 'ping']);
export const defaultClientEvents = [
  'audio',
  'interruption',
  'agent_response',
  'user_transcript',
  'tentative_user_transcript',
  'conversation_initiation_metadata',
  'ping',
];

export const isWanted = (type: string, clientEvents: readonly string[]): boolean =>
  always.has(type) || clientEvents.includes(type);

export const metadata = (conversationId: string, output: AudioFormat, input: AudioFormat): ServerMessage => ({
  type: 'conversation_initiation_metadata',
  conversation_initiation_metadata_event: {
    conversation_id: conversationId,
    agent_output_audio_format: output,
    user_input_audio_format: input,
  },
});

export const ping = (eventId: number, pingMs: number | undefined): ServerMessage => ({
  type: 'ping',
  ping_event: { event_id: eventId, ping_ms: pingMs ?? null },
});

export const audio = (bytes: Buffer, eventId: number, isFinal?: boolean): ServerMessage => ({
  type: 'audio',
  audio_event: {
    audio_base_64: bytes.toString('base64'),
    event_id: eventId,
    ...(isFinal === undefined ? {} : { is_final: isFinal }),
  },
});

export const interruption = (eventId: number): ServerMessage => ({
  type: 'interruption',
  interruption_event: { event_id: eventId },
});

export const userTranscript = (text: string, eventId: number): ServerMessage => ({
  type: 'user_transcript',
  user_transcription_event: { user_transcript: text, event_id: eventId },
});

export const tentativeTranscript = (text: string, eventId: number): ServerMessage => ({
  type: 'tentative_user_transcript',
  tentative_user_transcription_event: { user_transcript: text, event_id: eventId },
});

export const agentResponse = (text: string, eventId: number, responseId: string): ServerMessage => ({
  type: 'agent_response',
  agent_response_event: { agent_response: text, event_id: eventId, response_id: responseId, response_type: 'voice' },
});

export const correction = (
  original: string,
  corrected: string,
  eventId: number,
  responseId: string,
): ServerMessage => ({
  type: 'agent_response_correction',
  agent_response_correction_event: {
    original_agent_response: original,
    corrected_agent_response: corrected,
    event_id: eventId,
    response_id: responseId,
  },
});

export const responseComplete = (eventId: number): ServerMessage => ({
  type: 'agent_response_complete',
  agent_response_complete_event: { event_id: eventId },
});

export const responsePart = (
  type: 'start' | 'delta' | 'stop',
  text: string,
  eventId: number,
  responseId: string,
): ServerMessage => ({
  type: 'agent_chat_response_part',
  text_response_part: { text, type, event_id: eventId, response_id: responseId },
});

export interface ToolCallFields {
  name: string;
  callId: string;
  type: 'client' | 'webhook' | 'system';
  eventId: number;
}

export const clientToolCall = (
  { name, callId, eventId }: ToolCallFields,
  parameters: object,
  expectsResponse: boolean,
): ServerMessage => ({
  type: 'client_tool_call',
  client_tool_call: {
    tool_name: name,
    tool_call_id: callId,
    parameters,
    event_id: eventId,
    expects_response: expectsResponse,
  },
});

export const toolRequest = (call: ToolCallFields, expectsResponse: boolean, timeoutSecs: number): ServerMessage => ({
  type: 'agent_tool_request',
  agent_tool_request: {
    tool_name: call.name,
    tool_call_id: call.callId,
    tool_type: call.type,
    event_id: call.eventId,
    expects_response: expectsResponse,
    disable_interruptions: false,
    response_timeout_secs: Math.ceil(timeoutSecs),
    execution_mode: 'immediate',
  },
});

const outcome = (call: ToolCallFields, isError: boolean) => ({
  tool_name: call.name,
  tool_call_id: call.callId,
  tool_type: call.type,
  is_error: isError,
  is_blocked: false,
  is_called: true,
  event_id: call.eventId,
  status: isError ? 'error' : 'success',
});

export const toolResponse = (call: ToolCallFields, isError: boolean): ServerMessage => ({
  type: 'agent_tool_response',
  agent_tool_response: outcome(call, isError),
});

const longestPayload = 65_536;
export const toolPayload = (call: ToolCallFields, isError: boolean, result: string): ServerMessage => ({
  type: 'agent_tool_response_full_payload',
  agent_tool_response_full_payload: {
    ...outcome(call, isError),
    full_tool_result: result.slice(0, longestPayload),
    truncated: result.length > longestPayload,
  },
});

export const queueStatus = (status: 'waiting' | 'admitted' | 'timed_out'): ServerMessage => ({
  type: 'queue_status',
  queue_status_event: { status },
});

export const vadScore = (score: number): ServerMessage => ({
  type: 'vad_score',
  vad_score_event: { vad_score: score },
});

export const errorMessage = (code: number, errorType: string, message: string): ServerMessage => ({
  type: 'error',
  error_event: { code, message, error_type: errorType, reason: message, debug_message: null, details: {} },
});

export const clientError = (name: string, message: string): ServerMessage => ({
  type: 'client_error',
  error_event: { code: 1008, error_name: name, message },
});
