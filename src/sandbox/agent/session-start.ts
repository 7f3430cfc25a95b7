import { type AgentDocument, fillVariables, isPlain, variablesIn } from './agent-document.ts';
import type { AgentViolationKind } from './agent-ledger.ts';
import type { Initiation } from './client-messages.ts';
import type { ErrorType } from './close-codes.ts';

/** What a conversation goes by after its first message was read. */
export interface SessionTerms {
  firstMessage: string;
  language: string;
  textOnly: boolean;
  clientEvents: readonly string[];
  maxDurationMs: number;
  variables: Record<string, string | number | boolean>;
}

export type SessionStart =
  | { ok: true; terms: SessionTerms }
  | { ok: false; errorType: ErrorType; reason: string; kind: AgentViolationKind };

/** Checks overrides and variables as the vendor does: a single one that is not allowed, or missing, refuses the session. */
export function startSession(
  agent: AgentDocument,
  initiation: Initiation,
  system: Record<string, string | number>,
): SessionStart {
  const { conversation_config: config, platform_settings: settings } = agent;
  const override = initiation.conversation_config_override ?? {};
  const refused = refusedOverride(override, settings.overrides.conversation_config_override);
  if (refused) {
    return {
      ok: false,
      errorType: 'override_error',
      reason: `Override for field '${refused}' is not allowed by config`,
      kind: 'override-refused',
    };
  }
  const language = override.agent?.language ?? config.agent.language;
  if (language !== config.agent.language && !(language in config.language_presets)) {
    // The vendor closes without saying why; the ledger says it.
    return { ok: false, errorType: 'override_error', reason: '', kind: 'override-refused' };
  }
  const given = initiation.dynamic_variables ?? {};
  const reserved = Object.keys(given).filter(name => name.startsWith('system__'));
  if (reserved.length) {
    return {
      ok: false,
      errorType: 'value_error',
      reason: `Dynamic variables starting with system__ are reserved: ${reserved.join(', ')}`,
      kind: 'ws-field-invalid',
    };
  }
  const template = override.agent?.first_message ?? config.agent.first_message;
  const { prompt } = config.agent;
  const places: [string, string][] = [
    ['first message', template],
    ['prompt', override.agent?.prompt?.prompt ?? prompt.prompt],
    ['tools', JSON.stringify(prompt.tools)],
  ];
  for (const [place, text] of places) {
    const missing = variablesIn(text).filter(name => !(name in given));
    if (!missing.length) continue;
    const list = missing.map(name => `'${name}'`).join(', ');
    return {
      ok: false,
      errorType: 'missing_dynamic_variable',
      reason: `Missing required dynamic variables in ${place}: {${list}}`,
      kind: 'variables-missing',
    };
  }
  const variables = { ...given, ...system };
  return {
    ok: true,
    terms: {
      firstMessage: fillVariables(template, variables),
      language,
      textOnly: override.conversation?.text_only ?? config.conversation.text_only,
      clientEvents: override.conversation?.client_events ?? config.conversation.client_events,
      maxDurationMs: 1_000 * (override.conversation?.max_duration_seconds ?? config.conversation.max_duration_seconds),
      variables,
    },
  };
}

/** The name of the first field that is overridden without permission; a null counts as absent. */
function refusedOverride(override: object, allowed: unknown): string | undefined {
  for (const [field, value] of Object.entries(override)) {
    if (value === null || value === undefined) continue;
    const permission = isPlain(allowed) ? allowed[field] : undefined;
    if (permission === true) continue;
    if (isPlain(value)) {
      const inner = refusedOverride(value, permission);
      if (inner) return inner;
    } else return field;
  }
  return undefined;
}
