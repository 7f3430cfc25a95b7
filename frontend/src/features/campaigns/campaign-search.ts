import { present, type RawSearch, readOneOf, readWord } from '../../lib/address-words.ts';
import type { CampaignState, PersonState } from './api/campaigns.ts';

/** In the order in which lists of choices have them. A test holds them against the server's. */
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
] as const satisfies readonly CampaignState[];
export const personStates = [
  'waiting',
  'dialing',
  'in-call',
  'done',
  'blocked',
] as const satisfies readonly PersonState[];

export interface CampaignsSearch {
  readonly state?: CampaignState;
}

export const readCampaignsSearch = (raw: RawSearch): CampaignsSearch =>
  present({ state: readOneOf(raw, 'state', campaignStates) });

export const campaignTabs = ['overview', 'queue', 'calls', 'log', 'versions', 'check', 'forecast', 'rules'] as const;
export type CampaignTab = (typeof campaignTabs)[number];

/** What of one campaign's page lives in its address; the overview is usual. */
export interface CampaignSearch {
  readonly tab?: CampaignTab;
  /** Of the people in the queue. */
  readonly state?: PersonState;
  /** Of the entries in the log. */
  readonly type?: string;
}

export const readCampaignSearch = (raw: RawSearch): CampaignSearch =>
  present({
    tab: readOneOf(raw, 'tab', campaignTabs),
    state: readOneOf(raw, 'state', personStates),
    type: readWord(raw, 'type')?.slice(0, 60),
  });
