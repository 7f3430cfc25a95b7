/** What the vendor's error types close the socket with. */
export const closeCodes = {
  invalid_message: 1008,
  telephony_agent_error: 1008,
  mcp_tool_error: 1008,
  mcp_https_error: 1008,
  value_error: 1008,
  missing_fields: 1008,
  override_error: 1008,
  missing_dynamic_variable_transfer: 1008,
  missing_dynamic_variable: 1008,
  safety_violation: 1002,
  llm_timeout: 1002,
  transport_receive_timeout: 1002,
  asyncio_timeout: 1002,
  http_exception: 1002,
  llm_error: 1002,
  custom_llm_error: 1002,
  cascade_brain_error: 1002,
  asr_transcription_error: 1002,
  vad_error: 1002,
  turn_probability_error: 1002,
  tts_cascade_error: 1002,
  redis_timeout_error: 1002,
  max_duration_exceeded: 1000,
  unknown_websocket_crash: 1011,
} as const;
export type ErrorType = keyof typeof closeCodes;

/** Codes a fault may ask for besides those of the error types; 1006 is a socket that dies without a close frame. */
export const documentedCodes: readonly number[] = [1000, 1002, 1006, 1008, 1011, 3000, 3008, 4300];

const longestReason = 123;

/** A close reason as long as the WebSocket rule allows: 123 bytes, cut between characters. */
export function fittingReason(reason: string): string {
  let fitting = reason;
  while (Buffer.byteLength(fitting) > longestReason) fitting = [...fitting].slice(0, -1).join('');
  return fitting;
}
