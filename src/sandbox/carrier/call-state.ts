/** States of a call; `initiated` is known from callbacks only, the REST API shows it as queued. */
export type CallState =
  | 'queued'
  | 'initiated'
  | 'ringing'
  | 'in-progress'
  | 'completed'
  | 'busy'
  | 'failed'
  | 'no-answer'
  | 'canceled';

const moves: Record<CallState, readonly CallState[]> = {
  queued: ['initiated', 'ringing', 'in-progress', 'canceled', 'failed'],
  // Some destinations are answered without a ringing signal ever arriving.
  initiated: ['ringing', 'in-progress', 'busy', 'failed', 'no-answer', 'canceled'],
  ringing: ['in-progress', 'busy', 'failed', 'no-answer', 'canceled'],
  'in-progress': ['completed', 'failed'],
  completed: [],
  busy: [],
  failed: [],
  'no-answer': [],
  canceled: [],
};

export const callStates = Object.keys(moves) as readonly CallState[];

export const mayMove = (from: CallState, to: CallState): boolean => moves[from].includes(to);

export const isFinal = (state: CallState): boolean => moves[state].length === 0;

/** The status a REST answer shows. */
export const restStatus = (state: CallState): string => (state === 'initiated' ? 'queued' : state);

export type StatusEvent = 'initiated' | 'ringing' | 'answered' | 'completed';
export const statusEvents: readonly StatusEvent[] = ['initiated', 'ringing', 'answered', 'completed'];

/** The name under which a callback for this state is subscribed to; a queued call has none. */
export function statusEventOf(state: CallState): StatusEvent | undefined {
  if (state === 'queued') return undefined;
  if (state === 'initiated' || state === 'ringing') return state;
  return state === 'in-progress' ? 'answered' : 'completed';
}
