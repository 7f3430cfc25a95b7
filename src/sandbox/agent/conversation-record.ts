import type { AgentDocument } from './agent-document.ts';
import type { AgentFault } from './agent-faults.ts';
import type { Initiation } from './client-messages.ts';
import type { ConversationRecording } from './conversation-recorder.ts';
import type { ToolOutcome } from './tool-runner.ts';

export type ConversationStatus = 'initiated' | 'in-progress' | 'processing' | 'done' | 'failed';

export interface RecordedTurn {
  role: 'user' | 'agent';
  message: string | null;
  atMs: number;
  medium?: string;
  interrupted?: boolean;
  original?: string;
  tools?: ToolOutcome[];
}

/** What is kept of a conversation; times are twin time. */
export interface ConversationRecord {
  readonly id: string;
  readonly agent: AgentDocument;
  readonly startedAt: number;
  readonly authorization: 'public' | 'signed_url' | 'authorization_header';
  status: ConversationStatus;
  acceptedAt: number | undefined;
  endedAt: number | undefined;
  queued: boolean;
  burst: boolean;
  initiation: Initiation | undefined;
  variables: Record<string, string | number | boolean>;
  turns: RecordedTurn[];
  terminationReason: string;
  /** Spoken at the moment. */
  language: string;
  error: { code: number; reason: string } | null;
  feedback: { likes: number; dislikes: number };
  /** Of the whole conversation, once it ended. */
  rating: 'like' | 'dislike' | null;
  /** Begins when the conversation is accepted, where the agent's privacy settings allow it. */
  recording: ConversationRecording | undefined;
  /** Of the person whom the client named. */
  personFaults: readonly AgentFault[];
}

const seconds = (ms: number) => Math.floor(ms / 1_000);
const creditsPerSecond = 10;
const dollarsPerMinute = 0.08;

export const durationSecs = (record: ConversationRecord, now: number): number =>
  record.acceptedAt === undefined ? 0 : Math.max(0, Math.round(((record.endedAt ?? now) - record.acceptedAt) / 1_000));

/** The conversation as `GET /v1/convai/conversations/{id}` and the post-call webhook's `data` show it. */
export function conversationDocument(record: ConversationRecord, now: number): Record<string, unknown> {
  const length = durationSecs(record, now);
  const credits = length * creditsPerSecond;
  const started = record.acceptedAt ?? record.startedAt;
  return {
    agent_id: record.agent.agent_id,
    agent_name: record.agent.name,
    conversation_product: 'agent',
    status: record.status,
    user_id: record.initiation?.user_id ?? null,
    branch_id: null,
    version_id: 'agtvrsn_1',
    environment: record.initiation?.environment ?? 'production',
    conversation_id: record.id,
    ...audioFlags(record),
    has_auxiliary_audio: false,
    tag_ids: [],
    visited_agents: [],
    transcript: record.turns.map(turn => turnDocument(turn, started)),
    metadata: {
      start_time_unix_secs: seconds(record.startedAt),
      accepted_time_unix_secs: record.acceptedAt === undefined ? null : seconds(record.acceptedAt),
      call_duration_secs: length,
      queue_wait_secs: record.queued && record.acceptedAt ? seconds(record.acceptedAt - record.startedAt) : null,
      cost: credits,
      cost_fiat: Math.round((length / 60) * dollarsPerMinute * 1e6) / 1e6,
      termination_reason: record.terminationReason,
      error: record.error,
      warnings: [],
      main_language: record.language,
      text_only: false,
      authorization_method: record.authorization,
      conversation_initiation_source: record.initiation?.source_info?.source ?? 'unknown',
      conversation_initiation_source_version: record.initiation?.source_info?.version ?? null,
      phone_call: null,
      batch_call: null,
      charging: {
        dev_discount: false,
        is_burst: record.burst,
        tier: 'creator',
        llm_usage: { irreversible_generation: { model_usage: {} }, initiated_generation: { model_usage: {} } },
        llm_price: 0,
        llm_charge: 0,
        call_charge: record.burst ? 2 * credits : credits,
        free_minutes_consumed: 0,
        free_llm_dollars_consumed: 0,
      },
      feedback: {
        ...{ type: record.rating === null ? null : 'thumbs', overall_score: record.rating, ...record.feedback },
        ...{ rating: null, comment: null },
      },
      deletion_settings: { deletion_time_unix_secs: null, delete_transcript_and_pii: false, delete_audio: false },
      features_usage: {},
      timezone: null,
    },
    analysis: record.status === 'done' ? analysis(record) : null,
    conversation_initiation_client_data: {
      conversation_config_override: record.initiation?.conversation_config_override ?? {},
      custom_llm_extra_body: record.initiation?.custom_llm_extra_body ?? {},
      user_id: record.initiation?.user_id ?? null,
      dynamic_variables: { ...record.variables, system__call_duration_secs: length },
    },
  };
}

/** A recording exists when the conversation is done with, never before. */
export function audioFlags({ recording, status }: ConversationRecord) {
  const ready = recording !== undefined && (status === 'done' || status === 'failed');
  const [user, response] = [ready && recording.hasCaller, ready && recording.hasAgent];
  return { has_audio: user || response, has_user_audio: user, has_response_audio: response };
}

function turnDocument(turn: RecordedTurn, started: number) {
  return {
    role: turn.role,
    message: turn.message,
    time_in_call_secs: Math.max(0, seconds(turn.atMs - started)),
    interrupted: turn.interrupted ?? false,
    original_message: turn.original ?? null,
    source_medium: turn.medium ?? null,
    feedback: null,
    llm_override: null,
    conversation_turn_metrics: null,
    rag_retrieval_info: null,
    llm_usage: null,
    tool_calls: (turn.tools ?? []).map(tool => ({
      type: tool.type,
      request_id: tool.callId,
      tool_name: tool.name,
      params_as_json: JSON.stringify(tool.parameters),
      tool_has_been_called: true,
      tool_details: toolDetails(tool),
    })),
    tool_results: (turn.tools ?? []).map(tool => ({
      type: tool.type,
      request_id: tool.callId,
      tool_name: tool.name,
      result_value: tool.result,
      is_error: tool.isError,
      is_blocked: false,
      tool_has_been_called: true,
      tool_latency_secs: tool.latencySecs,
      error_type: '',
      raw_error_message: '',
      dynamic_variable_updates: [],
      ...(tool.details ? { result: tool.details } : {}),
    })),
  };
}

const toolDetails = (tool: ToolOutcome) => {
  if (tool.type === 'system') return null;
  return tool.type === 'client'
    ? { type: 'client', parameters: JSON.stringify(tool.parameters) }
    : {
        type: 'webhook',
        method: 'POST',
        url: tool.url ?? '',
        headers: {},
        path_params: {},
        query_params: {},
        body: JSON.stringify(tool.parameters),
      };
};

function analysis(record: ConversationRecord) {
  const callerTurns = record.turns.filter(turn => turn.role === 'user').length;
  return {
    call_successful: callerTurns > 0 ? 'success' : 'unknown',
    call_success_score: null,
    transcript_summary: `The conversation had ${record.turns.length} turns, ${callerTurns} of them by the caller.`,
    call_summary_title: record.agent.name,
    evaluation_criteria_results: {},
    data_collection_results: {},
    evaluation_criteria_results_list: [],
    data_collection_results_list: [],
  };
}

/** The short form, `GET …/summary`: what was said, without tools and times. */
export function conversationDigest(record: ConversationRecord, now: number, mostMessages: number) {
  const { conversation_id, agent_id, status, message_count, call_successful, ...summary } = conversationSummary(
    record,
    now,
    true,
  );
  const messages = record.turns.flatMap(({ role, message }) => (message ? [{ role, message }] : []));
  const omitted = messages.length > mostMessages;
  return {
    ...{ conversation_id, agent_id, status, message_count: messages.length, call_successful },
    call_summary_title: summary.call_summary_title,
    transcript_summary: summary.transcript_summary,
    messages: omitted ? null : messages,
    messages_omitted: omitted,
    note: 'GET /v1/convai/conversations/{conversation_id} gives the full transcript.',
  };
}

/** One line of the list of conversations. */
export function conversationSummary(record: ConversationRecord, now: number, withSummary: boolean) {
  const result = record.status === 'done' ? analysis(record) : undefined;
  return {
    agent_id: record.agent.agent_id,
    agent_name: record.agent.name,
    branch_id: null,
    version_id: 'agtvrsn_1',
    conversation_id: record.id,
    start_time_unix_secs: seconds(record.startedAt),
    call_duration_secs: durationSecs(record, now),
    message_count: record.turns.length,
    status: record.status,
    termination_reason: record.terminationReason,
    call_successful: result?.call_successful ?? 'unknown',
    call_success_score: null,
    transcript_summary: withSummary ? (result?.transcript_summary ?? null) : null,
    call_summary_title: withSummary ? (result?.call_summary_title ?? null) : null,
    main_language: record.language,
    conversation_initiation_source: record.initiation?.source_info?.source ?? 'unknown',
    tool_names: [...new Set(record.turns.flatMap(turn => (turn.tools ?? []).map(tool => tool.name)))],
    direction: null,
    rating: null,
    sentiment_analysis: null,
    tag_ids: [],
  };
}
