import type { SpokenTurn } from '../bridge/bridge.types.ts';

/** What a transcript proves about who was on the line. */
export interface Dialogue {
  /** The agent was heard, be it one word. */
  readonly agentHeard: boolean;
  readonly callerSpoke: boolean;
  /** The caller spoke, was spoken to, and spoke again: a greeting on a machine does not. */
  readonly exchange: boolean;
}

/** Reads a transcript for the signs of a conversation. */
export function dialogueIn(turns: readonly (Pick<SpokenTurn, 'role' | 'text' | 'heardText'> | null)[]): Dialogue {
  let agentHeard = false;
  let callerRuns = 0;
  let last: SpokenTurn['role'] | undefined;
  for (const turn of turns) {
    // A place whose turn has not been written yet.
    if (turn === null) continue;
    const { role, text, heardText } = turn;
    if ((heardText ?? text).trim() === '') continue;
    // A person in the agent's place is heard, too, whatever they said.
    if (role !== 'caller') agentHeard = true;
    else if (last !== 'caller') callerRuns += 1;
    last = role;
  }
  return { agentHeard, callerSpoke: callerRuns > 0, exchange: callerRuns > 1 };
}
