import type { AmdPolicy } from '../agents/agents.types.ts';
import { isMachine } from './call-outcome.ts';
import type { Dialogue } from './dialogue.ts';

/** `human`, `fax`, `unknown`, `machine_start`, `machine_end_beep`, …: as the carrier says it. */
export type AmdVerdict = string;

export interface AmdFacts {
  readonly policy: AmdPolicy;
  readonly verdict: AmdVerdict;
  readonly ended: boolean;
  /** Somebody has ended the call already; it only has to be hung up. */
  readonly ending: boolean;
  /** A colleague has the call, or somebody took it: they know what answered better than a machine does. */
  readonly person?: boolean;
  /** What was said until the verdict came. */
  readonly dialogue: Dialogue;
}

/**
 * `hang-up` · `tell-agent` it goes on talking, knowing · `play-message` the text is spoken by the carrier ·
 * `agent-message` the agent speaks it · `none`, with the reason why nothing is done.
 */
export type AmdAction = 'none' | 'hang-up' | 'tell-agent' | 'play-message' | 'agent-message';

export interface AmdDecision {
  readonly action: AmdAction;
  readonly reason: string;
}

/** Actions that only the process with the call's sockets can do. */
export const needsSession = (action: AmdAction): boolean => action === 'tell-agent' || action === 'agent-message';

const nothing = (reason: string): AmdDecision => ({ action: 'none', reason });

/** What to do about a verdict. Only a machine is acted upon: to hang up on a silent person would abandon them. */
export function decideOnVerdict({ policy, verdict, ended, ending, person = false, dialogue }: AmdFacts): AmdDecision {
  if (ended) return nothing('ended');
  if (policy.mode === 'off') return nothing('not-asked');
  if (!isMachine(verdict)) return nothing(verdict === 'human' ? 'human' : 'unknown');
  if (ending) return nothing('ending');
  if (person) return nothing('person');
  // A machine does not answer what it is asked: the verdict came late, or is wrong, and a person must not be cut off for it.
  if (dialogue.exchange) return nothing('conversation');
  if (policy.onMachine === 'continue') return { action: 'tell-agent', reason: verdict };
  if (policy.onMachine === 'hang-up' || verdict === 'fax') return { action: 'hang-up', reason: verdict };
  return { action: policy.message?.trim() ? 'play-message' : 'agent-message', reason: verdict };
}

/** How long after the answer a verdict is awaited: what the carrier was given, and time for it to reach us. */
export const verdictDueMs = (timeoutSeconds: number): number => timeoutSeconds * 1_000 + 5_000;

/** What the transcript showed of who answered, to hold against the verdict. */
export function shownBy(dialogue: Dialogue): 'conversation' | 'one-sided' | 'silent' {
  if (dialogue.exchange) return 'conversation';
  return dialogue.callerSpoke ? 'one-sided' : 'silent';
}
