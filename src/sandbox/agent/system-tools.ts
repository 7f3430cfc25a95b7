import type { AgentToolUse } from '../scenarios/scenario.ts';

/** Tools that the vendor runs itself, and that mean something where a bridge of ours holds the telephone line. */
export const systemTools = [
  'end_call',
  'voicemail_detection',
  'skip_turn',
  'language_detection',
  'transfer_to_number',
  'play_keypad_touch_tone',
] as const;
export type SystemTool = (typeof systemTools)[number];

export const isSystemTool = (name: string): name is SystemTool => (systemTools as readonly string[]).includes(name);

/** An entry of `built_in_tools`. */
export const builtInTool = (name: SystemTool) => ({
  type: 'system' as const,
  name,
  description: '',
  params: { system_tool_type: name },
});

const nativeOnly = 'The conversation is not a native telephone call.';

/** What comes of a system tool over a socket, in the vendor's form: what needs the vendor's own telephone line fails. */
export function systemResult(name: SystemTool, { parameters = {} }: Pick<AgentToolUse, 'parameters'>, said: string) {
  const given = (field: string) => (typeof parameters[field] === 'string' ? parameters[field] : null);
  const reason = given('reason');
  const done = { result_type: `${name}_success`, status: 'success' };
  const failed = { status: 'error', error: nativeOnly, details: null };
  switch (name) {
    case 'end_call':
      return { ...done, reason, message: said };
    case 'voicemail_detection':
      return { ...done, voicemail_message: said, reason };
    case 'skip_turn':
      return { ...done, reason };
    case 'language_detection':
      return { ...done, reason, language: given('language') };
    case 'transfer_to_number':
      return { result_type: 'transfer_to_number_error', ...failed };
    case 'play_keypad_touch_tone':
      return { result_type: 'play_dtmf_error', ...failed };
  }
}
