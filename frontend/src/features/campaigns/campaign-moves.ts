import type { StateKind } from '../../components/state-mark.tsx';
import type { CampaignState, CampaignStats } from './api/campaigns.ts';

export type Act = 'start' | 'pause' | 'resume' | 'stop' | 'delete';

const acts: Record<CampaignState, readonly Act[]> = {
  idle: ['start', 'stop', 'delete'],
  starting: ['pause', 'stop'],
  running: ['pause', 'stop'],
  pausing: ['stop'],
  paused: ['resume', 'stop'],
  resuming: ['pause', 'stop'],
  error: ['resume', 'stop'],
  completed: ['delete'],
  stopped: ['delete'],
};

/** What can be done with a campaign in this state by somebody with these rights, the likeliest first. */
export const actsOn = (state: CampaignState, rights: { readonly run: boolean; readonly remove: boolean }): Act[] =>
  acts[state].filter(act => (act === 'delete' ? rights.remove : rights.run));

export const stateMarks: Record<CampaignState, StateKind> = {
  idle: 'idle',
  starting: 'ringing',
  running: 'running',
  pausing: 'ringing',
  paused: 'attention',
  resuming: 'ringing',
  completed: 'passed',
  error: 'failed',
  stopped: 'blocked',
};

type Counted = Pick<CampaignStats, 'total' | 'waiting' | 'dialing' | 'inCall' | 'done' | 'blocked'>;

/** How many calls are on their way or on the line. */
export const onLineOf = ({ dialing, inCall }: Counted): number => dialing + inCall;
export const finishedOf = ({ done, blocked }: Counted): number => done + blocked;
