import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { AnyJson } from './trivial-product.ts';

/** The rules of the protocol as data: which messages each side may send. */
export function createMessageSchema() {
  const file = new URL('../fixtures/elevenlabs/ws-messages.schema.json', import.meta.url);
  const schema = JSON.parse(readFileSync(file, 'utf8')) as AnyJson;
  const ajv = new Ajv2020({ strict: false });
  ajv.addSchema(schema);
  const validator = (name: string) => {
    const fits = ajv.compile({ $ref: `${schema['$id']}#/$defs/${name}` });
    return (message: unknown): boolean => fits(message);
  };
  return { fitsClient: validator('clientToServer'), fitsServer: validator('serverToClient') };
}
const { fitsServer } = createMessageSchema();

type Kind = 'string' | 'integer' | 'number' | 'boolean' | 'object' | 'array';
interface Shape {
  /** The field that holds the rest. */
  inside?: string;
  required: Record<string, Kind>;
  optional?: Record<string, Kind>;
}

const tool: Shape['required'] = { tool_name: 'string', tool_call_id: 'string', tool_type: 'string' };
const toolState: Shape['optional'] = {
  is_blocked: 'boolean',
  is_called: 'boolean',
  event_id: 'integer',
  status: 'string',
};

/** Required and optional fields of the messages that a conversation makes, closed: the twin may send nothing else. */
const shapes: Record<string, Shape> = {
  conversation_initiation_metadata: {
    inside: 'conversation_initiation_metadata_event',
    required: {
      conversation_id: 'string',
      agent_output_audio_format: 'string',
      user_input_audio_format: 'string',
    },
  },
  ping: { inside: 'ping_event', required: { event_id: 'integer' }, optional: { ping_ms: 'integer' } },
  audio: {
    inside: 'audio_event',
    required: { audio_base_64: 'string', event_id: 'integer' },
    optional: { alignment: 'object', is_final: 'boolean' },
  },
  interruption: { inside: 'interruption_event', required: { event_id: 'integer' } },
  user_transcript: {
    inside: 'user_transcription_event',
    required: { user_transcript: 'string', event_id: 'integer' },
  },
  tentative_user_transcript: {
    inside: 'tentative_user_transcription_event',
    required: { user_transcript: 'string', event_id: 'integer' },
  },
  agent_response: {
    inside: 'agent_response_event',
    required: { agent_response: 'string', event_id: 'integer', response_id: 'string', response_type: 'string' },
  },
  agent_response_correction: {
    inside: 'agent_response_correction_event',
    required: {
      original_agent_response: 'string',
      corrected_agent_response: 'string',
      event_id: 'integer',
      response_id: 'string',
    },
  },
  agent_response_complete: { inside: 'agent_response_complete_event', required: { event_id: 'integer' } },
  agent_chat_response_part: {
    inside: 'text_response_part',
    required: { text: 'string', type: 'string', event_id: 'integer', response_id: 'string' },
  },
  client_tool_call: {
    inside: 'client_tool_call',
    required: {
      tool_name: 'string',
      tool_call_id: 'string',
      parameters: 'object',
      event_id: 'integer',
      expects_response: 'boolean',
    },
  },
  agent_tool_request: {
    inside: 'agent_tool_request',
    required: { ...tool, event_id: 'integer' },
    optional: {
      expects_response: 'boolean',
      disable_interruptions: 'boolean',
      response_timeout_secs: 'integer',
      execution_mode: 'string',
    },
  },
  agent_tool_response: {
    inside: 'agent_tool_response',
    required: { ...tool, is_error: 'boolean' },
    optional: toolState,
  },
  agent_tool_response_full_payload: {
    inside: 'agent_tool_response_full_payload',
    required: { ...tool, is_error: 'boolean', full_tool_result: 'string' },
    optional: { ...toolState, truncated: 'boolean' },
  },
  queue_status: { inside: 'queue_status_event', required: { status: 'string' } },
  vad_score: { inside: 'vad_score_event', required: { vad_score: 'number' } },
  error: {
    inside: 'error_event',
    required: { code: 'integer' },
    optional: {
      message: 'string',
      error_type: 'string',
      reason: 'string',
      debug_message: 'string',
      details: 'object',
    },
  },
  client_error: {
    inside: 'error_event',
    required: { code: 'integer', error_name: 'string' },
    optional: { message: 'string' },
  },
};

const kindOf = (value: unknown, wanted: Kind): boolean => {
  if (wanted === 'array') return Array.isArray(value);
  if (wanted === 'integer') return Number.isInteger(value);
  if (wanted === 'object') return typeof value === 'object' && !Array.isArray(value);
  return typeof value === wanted;
};

/** What is wrong with a message of the twin, by the rules of the protocol and our own list of required fields. */
export function serverMessageProblem(message: AnyJson): string | undefined {
  const type = String(message['type']);
  if (!fitsServer(message)) return `the schema refuses ${JSON.stringify(message).slice(0, 300)}`;
  const shape = shapes[type];
  if (!shape) return `the twin sent an unknown type ${type}`;
  const body = (message[shape.inside!] ?? {}) as AnyJson;
  const extra = Object.keys(message).filter(key => key !== 'type' && key !== shape.inside);
  if (extra.length) return `${type} has extra fields ${extra.join(', ')}`;
  for (const [field, kind] of Object.entries(shape.required)) {
    if (!kindOf(body[field], kind)) return `${type}.${field} is ${JSON.stringify(body[field])}, no ${kind}`;
  }
  for (const [field, value] of Object.entries(body)) {
    if (field in shape.required) continue;
    const kind = shape.optional?.[field];
    if (!kind) return `${type}.${field} does not exist`;
    if (value !== null && !kindOf(value, kind)) return `${type}.${field} is no ${kind}`;
  }
  return undefined;
}
