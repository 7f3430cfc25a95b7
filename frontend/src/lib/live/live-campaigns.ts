import type { InfiniteData } from '@tanstack/react-query';
import type { CampaignEventAdded, CampaignProgress, CampaignStatus } from '../../../../src/live/live-contract.ts';
import type { CampaignsDetailData, CampaignsEventsListData, CampaignsStatsListData } from '../api-types.ts';

export type Campaign = CampaignsDetailData['campaign'];
export type CampaignStats = CampaignsStatsListData['stats'];
export type CampaignEntry = CampaignsEventsListData['items'][number];
export type CampaignLog = InfiniteData<CampaignsEventsListData>;

/** Figures with the place of the event that told them; null where they were asked for. */
export interface HeldStats {
  readonly stats: CampaignStats;
  readonly seq: number | null;
}

export const campaignKey = (id: string) => ['campaigns', 'one', id] as const;
/** Below the lists of campaigns: whatever has them read again has this counted again. */
export const runningCampaignsKey = ['campaigns', 'list', 'running-count'] as const;
export const campaignStatsKey = (id: string) => ['campaigns', 'stats', id] as const;
/** One for each kind of entries; `''` is all of them. */
export const campaignLogKey = (id: string, type?: string) =>
  type === undefined ? (['campaigns', 'log', id] as const) : (['campaigns', 'log', id, type] as const);

export type CampaignLiveEvent =
  | { readonly name: 'campaign:status'; readonly payload: CampaignStatus }
  | { readonly name: 'campaign:progress'; readonly payload: CampaignProgress }
  | { readonly name: 'campaign:event'; readonly payload: CampaignEventAdded };

/** The campaign after an event: whole each time, and dropped when what is held is newer. */
export function withStatus(held: Campaign | undefined, { campaign }: Pick<CampaignStatus, 'campaign'>): Campaign {
  const told = campaign as Campaign;
  return held && held.version >= told.version ? held : told;
}

/** The figures after an event. Answers carry no place, so any event may follow them. */
export function withProgress(held: HeldStats, { stats, seq }: Pick<CampaignProgress, 'stats' | 'seq'>): HeldStats {
  return held.seq !== null && seq <= held.seq ? held : { stats: stats as CampaignStats, seq };
}

/** The log, newest first, with one more entry where it belongs. Older than all that was fetched: it comes with the next page. */
export function withLogEntry(held: CampaignLog, entry: CampaignEntry, type = ''): CampaignLog {
  if (type !== '' && entry.type !== type) return held;
  const { pages } = held;
  if (pages.some(({ items }) => items.some(({ seq }) => seq === entry.seq))) return held;
  const at = pages.findIndex(({ items }) => items.some(({ seq }) => seq < entry.seq));
  const last = pages.length - 1;
  if (at === -1 && pages[last]?.nextCursor !== null) return held;
  return {
    ...held,
    pages: pages.map((page, index) =>
      index === (at === -1 ? last : at)
        ? { ...page, items: [...page.items, entry].sort((a, b) => b.seq - a.seq) }
        : page,
    ),
  };
}
