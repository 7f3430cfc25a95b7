import type { CallDirection, CallOutcome, CallState, TerminationSource } from './call-state.ts';
import type { Dialogue } from './dialogue.ts';

/** All that decides what a call was. */
export interface OutcomeFacts {
  /** The final state. */
  readonly state: CallState;
  readonly direction: CallDirection;
  /** Verdict about an answering machine; null when none came. */
  readonly answeredBy: string | null;
  /** Whether one was asked for. */
  readonly machineDetection: boolean;
  readonly treatUnknownAsHuman: boolean;
  readonly terminationSource: TerminationSource | null;
  readonly terminationReason: string | null;
  readonly result: string;
  readonly sipCode: number | null;
  readonly dialogue: Dialogue;
}

/** Reasons of endings that say what the call was, whatever else happened on it. */
export const endingReasons = {
  optOut: 'opt-out',
  /** A message is being played; it becomes `messageLeft` when it was played to its end. */
  leavingMessage: 'leaving-message',
  messageLeft: 'message-left',
  machine: 'machine',
  /** The agent understood by itself that it talked to a mailbox. */
  voicemailDetected: 'voicemail-detected',
  invalidNumber: 'invalid-number',
} as const;

/** What came of a call that somebody else took. */
export const transferred = 'transferred';

/** Why an inbound call was not given to an agent. */
export const turnedAway = ['no-agent', 'closed', 'full', 'draining', 'agent-unavailable'] as const;

/** Codes with which networks say that a number does not exist: gone, not found, incomplete, nowhere. */
const noSuchNumber: ReadonlySet<number> = new Set([404, 410, 484, 604]);

export const isMachine = (answeredBy: string | null): boolean =>
  answeredBy !== null && (answeredBy.startsWith('machine') || answeredBy === 'fax');

/** What came of an ended call; one of the fixed list, for every combination of facts. */
export function outcomeOf(facts: OutcomeFacts): CallOutcome {
  const { state, terminationReason: reason, terminationSource: source, dialogue } = facts;
  if (reason === endingReasons.optOut || facts.result === endingReasons.optOut) return 'opt-out';
  if (state === 'busy' || state === 'no-answer' || state === 'canceled') return state;
  if (state !== 'completed') {
    const invalid =
      reason === endingReasons.invalidNumber || (facts.sipCode !== null && noSuchNumber.has(facts.sipCode));
    return invalid ? 'invalid-number' : 'failed';
  }
  // Whoever took the call from the agent talked to the caller.
  if (facts.result === transferred) return 'conversation';
  if (facts.direction === 'inbound') return inboundOutcome(facts);
  if (reason === endingReasons.messageLeft) return 'message-left';
  if (source === 'amd' || reason === endingReasons.voicemailDetected) return 'voicemail';
  if (isMachine(facts.answeredBy)) return dialogue.exchange ? 'conversation' : 'voicemail';
  // Somebody, or something, answered and got nothing from us. Without a proof that it was a machine it counts against us.
  if (!dialogue.agentHeard) return 'abandoned';
  if (facts.answeredBy === 'human') return 'conversation';
  return nobodyToldOutcome(facts);
}

/** No verdict, or an unknown one, is never a person; words that were exchanged are. */
function nobodyToldOutcome({ machineDetection, treatUnknownAsHuman, dialogue }: OutcomeFacts): CallOutcome {
  if (dialogue.exchange) return 'conversation';
  if (!machineDetection || treatUnknownAsHuman) return dialogue.callerSpoke ? 'conversation' : 'no-answer';
  return dialogue.callerSpoke ? 'voicemail' : 'no-answer';
}

function inboundOutcome({ terminationReason, dialogue }: OutcomeFacts): CallOutcome {
  if (dialogue.agentHeard) return 'conversation';
  // A text that says why nobody can talk is an answer we planned, not a caller we lost.
  return turnedAway.some(each => each === terminationReason) ? 'no-answer' : 'abandoned';
}
