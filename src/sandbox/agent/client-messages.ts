import Type from 'typebox';
import Schema from 'typebox/schema';
import type { AgentViolationKind } from './agent-ledger.ts';

/** Every message a client may send, closed: a field that is not listed is a mistake of the client. */
const closed = { additionalProperties: false };
const text = Type.String();
const nullable = <T extends Type.TSchema>(schema: T) => Type.Optional(Type.Union([schema, Type.Null()]));
const media = Type.Enum(['audio', 'dtmf', 'text', 'image', 'file']);
const strings = nullable(Type.Array(text));
const unitNumber = nullable(Type.Number({ minimum: 0, maximum: 1 }));

const override = Type.Object(
  {
    agent: nullable(
      Type.Object(
        {
          first_message: nullable(text),
          language: nullable(text),
          max_conversation_duration_message: nullable(text),
          native_mcp_server_ids: strings,
          prompt: nullable(
            Type.Object(
              {
                prompt: nullable(text),
                llm: nullable(text),
                tool_ids: strings,
                native_mcp_server_ids: strings,
                knowledge_base: nullable(
                  Type.Array(
                    Type.Object({
                      type: Type.Enum(['file', 'url', 'text', 'folder']),
                      name: text,
                      id: text,
                      usage_mode: Type.Optional(Type.Enum(['prompt', 'auto'])),
                    }),
                  ),
                ),
              },
              closed,
            ),
          ),
        },
        closed,
      ),
    ),
    tts: nullable(
      Type.Object(
        {
          model_id: nullable(text),
          voice_id: nullable(text),
          stability: unitNumber,
          speed: nullable(Type.Number({ minimum: 0.7, maximum: 1.2 })),
          similarity_boost: unitNumber,
          supported_voices: nullable(Type.Array(Type.Object({ label: text, voice_id: text }))),
          pronunciation_dictionary_locators: nullable(
            Type.Array(Type.Object({ pronunciation_dictionary_id: text, version_id: Type.Union([text, Type.Null()]) })),
          ),
        },
        closed,
      ),
    ),
    asr: nullable(Type.Object({ keywords: strings }, closed)),
    turn: nullable(
      Type.Object(
        {
          soft_timeout_config: nullable(
            Type.Object({ message: nullable(text), additional_soft_timeout_messages: strings }, closed),
          ),
        },
        closed,
      ),
    ),
    conversation: nullable(
      Type.Object(
        {
          text_only: nullable(Type.Boolean()),
          max_duration_seconds: nullable(Type.Integer()),
          client_events: nullable(Type.Array(text, { minItems: 1 })),
        },
        closed,
      ),
    ),
  },
  closed,
);

const file = Type.Object({ type: Type.Optional(Type.Literal('file_input')), file_id: text });

const schemas = {
  user_audio_chunk: Type.Object({ user_audio_chunk: text }, closed),
  pong: Type.Object({ type: Type.Literal('pong'), event_id: Type.Integer() }, closed),
  user_message: Type.Object(
    {
      type: Type.Literal('user_message'),
      text: nullable(text),
      id: Type.Optional(text),
      user_identifier: Type.Optional(text),
      source_medium: Type.Optional(media),
      rich_content_id: Type.Optional(text),
    },
    closed,
  ),
  user_activity: Type.Object({ type: Type.Literal('user_activity') }, closed),
  contextual_update: Type.Object(
    { type: Type.Literal('contextual_update'), text, context_id: Type.Optional(text) },
    closed,
  ),
  client_tool_result: Type.Object(
    {
      type: Type.Literal('client_tool_result'),
      tool_call_id: text,
      result: text,
      is_error: Type.Boolean(),
      error_type: Type.Optional(
        Type.Enum([
          'user_rejected',
          'external_server',
          'external_client',
          'customer_auth',
          'client_timeout',
          'unknown',
        ]),
      ),
    },
    closed,
  ),
  mcp_tool_approval_result: Type.Object(
    { type: Type.Literal('mcp_tool_approval_result'), tool_call_id: text, is_approved: Type.Boolean() },
    closed,
  ),
  feedback: Type.Object(
    {
      type: Type.Literal('feedback'),
      event_id: Type.Integer(),
      score: Type.Union([Type.Literal('like'), Type.Literal('dislike'), Type.Null()]),
    },
    closed,
  ),
  multimodal_message: Type.Object(
    {
      type: Type.Literal('multimodal_message'),
      text: Type.Optional(
        Type.Object({
          type: Type.Optional(Type.Literal('user_message')),
          text: Type.Optional(text),
          id: Type.Optional(text),
          user_identifier: Type.Optional(text),
          source_medium: Type.Optional(media),
        }),
      ),
      file: Type.Optional(file),
      files: Type.Optional(Type.Array(file, { maxItems: 5 })),
    },
    closed,
  ),
  conversation_initiation_client_data: Type.Object(
    {
      type: Type.Literal('conversation_initiation_client_data'),
      conversation_config_override: Type.Optional(override),
      custom_llm_extra_body: Type.Optional(Type.Record(text, Type.Unknown())),
      dynamic_variables: Type.Optional(Type.Record(text, Type.Union([text, Type.Number(), Type.Boolean()]))),
      user_id: nullable(text),
      source_info: Type.Optional(
        Type.Object({ source: nullable(text), version: nullable(Type.String({ maxLength: 50 })) }, closed),
      ),
      branch_id: nullable(text),
      environment: nullable(text),
      starting_workflow_node_id: nullable(text),
      procedure_ids: strings,
      tool_mock_config: Type.Optional(
        Type.Object({
          mocking_strategy: Type.Optional(Type.Enum(['none', 'all', 'selected'])),
          mocked_tool_names: Type.Optional(Type.Array(text)),
          fallback_strategy: Type.Optional(Type.Enum(['raise_error', 'call_real_tool'])),
        }),
      ),
    },
    closed,
  ),
} as const;

type Messages = { [K in keyof typeof schemas]: Type.Static<(typeof schemas)[K]> };
export type Initiation = Messages['conversation_initiation_client_data'];
export type ClientMessage =
  | (Messages['user_audio_chunk'] & { type?: undefined })
  | { [K in Exclude<keyof Messages, 'user_audio_chunk'>]: Messages[K] }[Exclude<keyof Messages, 'user_audio_chunk'>];

export type ReadClientMessage =
  | { ok: true; message: ClientMessage }
  | { ok: false; kind: AgentViolationKind; detail: string };

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Reads one text frame of a client; says which rule it breaks when it breaks one. */
export function readClientMessage(frame: string): ReadClientMessage {
  let value: unknown;
  try {
    value = JSON.parse(frame);
  } catch {
    return { ok: false, kind: 'ws-not-json', detail: `not JSON: ${frame.slice(0, 80)}` };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { ok: false, kind: 'ws-not-json', detail: `not a JSON object: ${frame.slice(0, 80)}` };
  }
  const { type } = value as { type?: unknown };
  const name = type === undefined && 'user_audio_chunk' in value ? 'user_audio_chunk' : type;
  if (name === undefined) return { ok: false, kind: 'ws-field-missing', detail: 'the message lacks type' };
  if (
    typeof name !== 'string' ||
    !Object.hasOwn(schemas, name) ||
    (name === 'user_audio_chunk' && type !== undefined)
  ) {
    return { ok: false, kind: 'ws-unknown-type', detail: `no client message has the type ${JSON.stringify(type)}` };
  }
  const problem = problemOf(name as keyof typeof schemas, value);
  if (problem) return problem;
  const message = value as ClientMessage;
  if (message.type === undefined && !base64.test(message.user_audio_chunk)) {
    return { ok: false, kind: 'ws-audio-invalid', detail: 'user_audio_chunk is not base64' };
  }
  return { ok: true, message };
}

function problemOf(name: keyof typeof schemas, value: object): Extract<ReadClientMessage, { ok: false }> | undefined {
  const [fits, errors] = Schema.Errors(schemas[name], value);
  if (fits) return undefined;
  // A choice complains about each of its alternatives; what is unknown or missing says most.
  const error =
    errors.find(each => each.keyword === 'additionalProperties') ??
    errors.find(each => each.keyword === 'required') ??
    errors.find(each => each.keyword !== 'boolean') ??
    errors[0]!;
  const path = `${name}${error.instancePath.replaceAll('/', '.')}`;
  const params = error.params as Record<string, unknown>;
  if (error.keyword === 'additionalProperties') {
    const unknown = (params['additionalProperties'] as string[]).join(', ');
    return { ok: false, kind: 'ws-field-unknown', detail: `${path} has a field that does not exist: ${unknown}` };
  }
  if (error.keyword === 'required') {
    const missing = (params['requiredProperties'] as string[]).join(', ');
    return { ok: false, kind: 'ws-field-missing', detail: `${path} lacks ${missing}` };
  }
  return { ok: false, kind: 'ws-field-invalid', detail: `${path} ${error.message}` };
}
