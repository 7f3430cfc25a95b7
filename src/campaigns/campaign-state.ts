/** The states of a campaign. `stopped` and `completed` are final. */
export const campaignStates = [
  'idle',
  'starting',
  'running',
  'pausing',
  'paused',
  'resuming',
  'completed',
  'error',
  'stopped',
] as const;
export type CampaignState = (typeof campaignStates)[number];

export type CampaignMove =
  | 'start'
  | 'started'
  | 'pause'
  | 'paused'
  | 'resume'
  | 'resumed'
  | 'complete'
  | 'stop'
  | 'fail';

/** Every legal move. What is not here is refused to a person, and ignored when it is a late event. */
const table: Record<CampaignState, Partial<Record<CampaignMove, CampaignState>>> = {
  idle: { start: 'starting', stop: 'stopped', fail: 'error' },
  starting: { started: 'running', pause: 'pausing', stop: 'stopped', fail: 'error' },
  running: { pause: 'pausing', complete: 'completed', stop: 'stopped', fail: 'error' },
  pausing: { paused: 'paused', stop: 'stopped', fail: 'error' },
  paused: { resume: 'resuming', stop: 'stopped', fail: 'error' },
  resuming: { resumed: 'running', pause: 'pausing', stop: 'stopped', fail: 'error' },
  error: { resume: 'resuming', stop: 'stopped' },
  completed: {},
  stopped: {},
};

/** Where a move leads, or undefined when it is not possible from here. */
export const campaignAfter = (state: CampaignState, move: CampaignMove): CampaignState | undefined =>
  table[state][move];

/** The states a move may begin in, for the one conditional write that makes it. */
export const statesAllowing = (move: CampaignMove): CampaignState[] =>
  campaignStates.filter(state => table[state][move] !== undefined);

/** Campaigns of these states may still dial, now or later. */
export const openStates = ['idle', 'starting', 'running', 'pausing', 'paused', 'resuming', 'error'] as const;
export const isEnded = (state: CampaignState): boolean => state === 'stopped' || state === 'completed';

/** Where each person of a campaign stands. */
export const contactStates = ['waiting', 'dialing', 'in-call', 'done', 'blocked'] as const;
/** Somebody taken out stays behind as this, so that their lists do not bring them back. */
export const queueStates = [...contactStates, 'removed'] as const;
export type ContactState = (typeof queueStates)[number];
