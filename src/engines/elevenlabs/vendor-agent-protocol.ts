import type { EngineOverrides, VendorAgent, VendorAgentSummary } from '../engine-contract.ts';
import { audioFormatOf } from './elevenlabs-protocol.ts';

type Fields = Readonly<Record<string, unknown>>;

const asFields = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
const inside = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>((found, step) => asFields(found)[step], value);
const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** An agent's configuration as the vendor describes it, reduced to what a call depends on; undefined when it is none. */
export function vendorAgentOf(document: unknown): VendorAgent | undefined {
  const id = textOf(inside(document, 'agent_id'));
  const config = asFields(inside(document, 'conversation_config'));
  if (!id) return undefined;
  const formatAt = (...path: string[]) => audioFormatOf(textOf(inside(config, ...path)) ?? '') ?? null;
  const secondsAt = (...path: string[]) => {
    const seconds = inside(config, ...path);
    return typeof seconds === 'number' && seconds > 0 ? seconds : null;
  };
  const firstMessage = textOf(inside(config, 'agent', 'first_message')) ?? '';
  return {
    id,
    name: textOf(inside(document, 'name')) ?? id,
    firstMessage: firstMessage === '' ? null : firstMessage,
    input: formatAt('asr', 'user_input_audio_format'),
    output: formatAt('tts', 'agent_output_audio_format'),
    variables: expectedVariables(config),
    overrides: permittedOverrides(inside(document, 'platform_settings', 'overrides', 'conversation_config_override')),
    languages: languagesOf(config),
    maxDurationSeconds: secondsAt('conversation', 'max_duration_seconds'),
    // Off is -1 there.
    endsSilenceAfterSeconds: secondsAt('turn', 'silence_end_call_timeout'),
  };
}

/** One page of the vendor's list; undefined when it is none. */
export function vendorAgentPage(
  document: unknown,
): { readonly agents: VendorAgentSummary[]; readonly next: string | null } | undefined {
  const items = inside(document, 'agents');
  if (!Array.isArray(items)) return undefined;
  const agents = items.flatMap(item => {
    const id = textOf(inside(item, 'agent_id'));
    return id && inside(item, 'archived') !== true ? [{ id, name: textOf(inside(item, 'name')) ?? id }] : [];
  });
  const next = inside(document, 'has_more') === true ? textOf(inside(document, 'next_cursor')) : undefined;
  return { agents, next: next ?? null };
}

const places: Readonly<Record<keyof EngineOverrides, readonly string[]>> = {
  firstMessage: ['agent', 'first_message'],
  prompt: ['agent', 'prompt', 'prompt'],
  language: ['agent', 'language'],
  voiceId: ['tts', 'voice_id'],
};

/** Only `true` permits: what is missing or unknown is not allowed. */
const permittedOverrides = (settings: unknown): (keyof EngineOverrides)[] =>
  (Object.keys(places) as (keyof EngineOverrides)[]).filter(field => inside(settings, ...places[field]) === true);

const languagesOf = (config: Fields): string[] => {
  const own = textOf(inside(config, 'agent', 'language'));
  return [...new Set([...(own ? [own] : []), ...Object.keys(asFields(config['language_presets']))])].slice(0, 100);
};

const placeholder = /\{\{\s*([\w.-]+)\s*\}\}/g;

/** Every variable that a session must supply: those of the first message, the prompt and the tools, without the vendor's own. */
function expectedVariables(config: Fields): string[] {
  const agent = asFields(config['agent']);
  const names = new Set<string>();
  const read = (value: unknown, depth: number): void => {
    if (depth > 40) return;
    if (typeof value === 'string') for (const [, name] of value.matchAll(placeholder)) names.add(name!);
    if (typeof value !== 'object' || value === null) return;
    for (const [key, part] of Object.entries(value)) {
      // What a tool's answer is written to is filled by the vendor itself.
      if (key === 'assignments') continue;
      if ((key === 'dynamic_variable' || key === 'variable_name') && typeof part === 'string' && part !== '')
        names.add(part);
      read(part, depth + 1);
    }
  };
  read(agent['first_message'], 0);
  read(inside(agent, 'prompt', 'prompt'), 0);
  read(inside(agent, 'prompt', 'tools'), 0);
  return [...names].filter(name => !name.startsWith('system__')).sort();
}
