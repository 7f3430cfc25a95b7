import { callsText } from '../../strings/calls.ts';

const words = callsText.askers;

/** Who asked for a call, from what is kept of them: `user:<id>`, `key:<id>`, `campaign:<id>`. */
export function askerOf(requestedBy: string, me?: string): string {
  const [kind = '', id] = requestedBy.split(':');
  if (kind === 'user' && id !== undefined && id === me) return words.you;
  return words.kinds[kind] ?? requestedBy;
}
