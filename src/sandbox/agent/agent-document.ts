import type { Agent, Scenario } from '../scenarios/scenario.ts';
import type { AudioFormat } from './audio-format.ts';
import { defaultClientEvents } from './server-messages.ts';
import { builtInTool, isSystemTool, systemTools } from './system-tools.ts';

export interface ToolDocument {
  type: 'client' | 'webhook';
  name: string;
  description: string;
  expects_response?: boolean;
  response_timeout_secs?: number;
  api_schema?: {
    url: string;
    method?: string;
    request_headers?: Record<string, string | { variable_name: string }>;
  };
}

/** An agent in the vendor's own form, as far as the twin goes by it. */
export interface AgentDocument {
  agent_id: string;
  name: string;
  conversation_config: {
    asr: { user_input_audio_format: AudioFormat; provider: string };
    turn: { turn_timeout: number; silence_end_call_timeout: number; turn_eagerness: 'patient' | 'normal' | 'eager' };
    tts: { agent_output_audio_format: AudioFormat; voice_id: string; model_id: string };
    conversation: { text_only: boolean; max_duration_seconds: number; client_events: string[] };
    language_presets: Record<string, object>;
    agent: {
      first_message: string;
      language: string;
      disable_first_message_interruptions: boolean;
      dynamic_variables: { dynamic_variable_placeholders: Record<string, string | number | boolean> };
      prompt: {
        prompt: string;
        llm: string;
        tools: ToolDocument[];
        tool_ids: string[];
        built_in_tools: Record<string, object | null>;
      };
    };
  };
  platform_settings: {
    auth: { enable_auth: boolean; allowlist: { hostname: string }[] };
    overrides: { conversation_config_override: Record<string, unknown> };
    call_limits: { agent_concurrency_limit: number; daily_limit: number; bursting_enabled: boolean };
    queueing_config: { enabled: boolean; wait_timeout_seconds: number };
    privacy: { record_voice: boolean; retention_days: number };
  };
  metadata: { created_at_unix_secs: number; updated_at_unix_secs: number };
  phone_numbers: object[];
  access_info: { is_creator: boolean; creator_name: string; creator_email: string; role: string };
  tags: string[];
}

/** Where the product answers server tools: `{tool}` in the address is the tool's name. Without it all tools are client tools. */
export interface ServerTools {
  url: string;
  headers?: Record<string, string>;
}

export const agentIdOf = (agent: Pick<Agent, 'id'>): string => `agent_${agent.id.replaceAll('-', '_')}`;

/** An agent of a scenario as the vendor would describe it: mu-law both ways, needing no variables, first message and language overridable. */
export function createAgentDocument(
  agent: Agent,
  scenario: Scenario,
  nowMs: number,
  serverTools?: ServerTools,
): AgentDocument {
  const seconds = Math.floor(nowMs / 1_000);
  const toolNames = new Set(
    scenario.people
      .filter(person => person.agent === agent.id)
      .flatMap(person => person.dialogue.flatMap(each => (each.who === 'agent' ? each.line.tools : [])))
      .map(tool => tool.name),
  );
  return {
    agent_id: agentIdOf(agent),
    name: agent.name,
    conversation_config: {
      asr: { user_input_audio_format: 'ulaw_8000', provider: 'scribe_realtime' },
      turn: { turn_timeout: 7, silence_end_call_timeout: -1, turn_eagerness: 'normal' },
      tts: { agent_output_audio_format: 'ulaw_8000', voice_id: `voice_${agent.voice}`, model_id: 'eleven_flash_v2_5' },
      conversation: {
        text_only: false,
        max_duration_seconds: 600,
        client_events: [
          ...defaultClientEvents,
          'agent_response_correction',
          'client_tool_call',
          'agent_tool_response',
          'client_error',
        ],
      },
      language_presets: {},
      agent: {
        first_message: agent.firstMessage,
        language: 'en',
        disable_first_message_interruptions: false,
        dynamic_variables: { dynamic_variable_placeholders: {} },
        prompt: {
          prompt: `You are ${agent.name}. Follow the script of the scenario.`,
          llm: 'gemini-2.5-flash',
          tools: [...toolNames].filter(name => !isSystemTool(name)).map(name => toolDocument(name, serverTools)),
          tool_ids: [],
          // A tool that no script uses is switched off, as all but `end_call` are on a new agent.
          built_in_tools: Object.fromEntries(
            systemTools.map(name => [name, name === 'end_call' || toolNames.has(name) ? builtInTool(name) : null]),
          ),
        },
      },
    },
    platform_settings: {
      auth: { enable_auth: true, allowlist: [] },
      overrides: {
        conversation_config_override: { agent: { first_message: true, language: true, prompt: { prompt: true } } },
      },
      call_limits: { agent_concurrency_limit: -1, daily_limit: 100_000, bursting_enabled: true },
      queueing_config: { enabled: true, wait_timeout_seconds: 180 },
      privacy: { record_voice: true, retention_days: -1 },
    },
    metadata: { created_at_unix_secs: seconds, updated_at_unix_secs: seconds },
    phone_numbers: [],
    access_info: {
      is_creator: true,
      creator_name: 'Sandbox',
      creator_email: 'sandbox@example.com',
      role: 'admin',
    },
    tags: agent.business ? [agent.business] : [],
  };
}

function toolDocument(name: string, serverTools: ServerTools | undefined): ToolDocument {
  const common = { name, description: `${name} of the scenario`, response_timeout_secs: 20 };
  if (!serverTools) return { type: 'client', ...common, expects_response: true };
  return {
    type: 'webhook',
    ...common,
    api_schema: {
      url: serverTools.url.replaceAll('{tool}', encodeURIComponent(name)),
      method: 'POST',
      request_headers: serverTools.headers ?? {},
    },
  };
}

/** Merges a partial document into one, as PATCH does: objects field by field, lists and values whole. */
export function mergeDocument<T>(target: T, patch: unknown): T {
  if (!isPlain(target) || !isPlain(patch)) return patch as T;
  const merged: Record<string, unknown> = { ...target };
  for (const [key, value] of Object.entries(patch)) {
    if (key === '__proto__') continue;
    merged[key] = isPlain(value) && isPlain(merged[key]) ? mergeDocument(merged[key], value) : value;
  }
  return merged as T;
}

export const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const variable = /\{\{\s*([\w.-]+)\s*\}\}/g;

/** The variables that a text expects of the client; those of the system are always there. */
export const variablesIn = (text: string): string[] =>
  [...new Set([...text.matchAll(variable)].map(match => match[1]!))].filter(name => !name.startsWith('system__'));

export const fillVariables = (text: string, values: Record<string, unknown>): string =>
  text.replace(variable, (whole, name: string) => (name in values ? String(values[name]) : whole));
