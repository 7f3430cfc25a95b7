/** The states of a call, in the order in which they can come. */
export const callStates = [
  'claimed',
  'queued',
  'initiated',
  'ringing',
  'in-progress',
  'completed',
  'busy',
  'no-answer',
  'failed',
  'canceled',
] as const;
export type CallState = (typeof callStates)[number];

export const finalCallStates = [
  'completed',
  'busy',
  'no-answer',
  'failed',
  'canceled',
] as const satisfies readonly CallState[];

const rank: Record<CallState, number> = {
  claimed: 0,
  queued: 1,
  initiated: 2,
  ringing: 3,
  'in-progress': 4,
  completed: 5,
  busy: 5,
  'no-answer': 5,
  failed: 5,
  canceled: 5,
};

export const isFinalCallState = (state: CallState): boolean => rank[state] === 5;

/** The states a call may be in for this one to be news. Calls only move forward, and a final state is never left. */
export const statesBefore = (state: CallState): CallState[] => callStates.filter(each => rank[each] < rank[state]);

export const callOutcomes = [
  'conversation',
  'voicemail',
  'message-left',
  'no-answer',
  'busy',
  'failed',
  'invalid-number',
  'canceled',
  'opt-out',
  'abandoned',
] as const;
export type CallOutcome = (typeof callOutcomes)[number];

/** Who ended a call; `elevenlabs` means the agent, whatever its engine. */
export const terminationSources = ['elevenlabs', 'twilio', 'api', 'amd', 'system', 'websocket'] as const;
export type TerminationSource = (typeof terminationSources)[number];

export const callDirections = ['outbound', 'inbound'] as const;
export type CallDirection = (typeof callDirections)[number];
