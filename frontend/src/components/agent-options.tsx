import type { Agent } from '../lib/agents.ts';
import { text } from '../strings/en.ts';

/** Agents to choose from. Whoever is chosen is one of them also while they load and when archived, or the field would show another choice. */
export function AgentOptions({ agents, chosen }: { agents: readonly Agent[] | undefined; chosen: string }) {
  const isMissing = chosen !== '' && !agents?.some(({ id }) => id === chosen);
  const missing = { id: chosen, name: agents ? text.archivedAgent : text.loadingMore };
  // In one list: the option that is chosen stays the same one when the others come.
  return [...(isMissing ? [missing] : []), ...(agents ?? [])].map(({ id, name }) => (
    <option key={id} value={id}>
      {name}
    </option>
  ));
}
