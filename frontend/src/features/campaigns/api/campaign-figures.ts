import { queryOptions } from '@tanstack/react-query';
import type { AnalyticsDashboardListData } from '../../../lib/api-types.ts';
import { ownTimeZone } from '../../../lib/date-range.ts';
import { request } from '../../../lib/http.ts';
import { restMs } from '../../../lib/looking-again.ts';
import { lifeOf } from '../campaign-figures.ts';
import type { Campaign } from './campaigns.ts';

export type CampaignFigures = AnalyticsDashboardListData;

/** What the campaign's calls came to along the time. */
export const campaignFiguresQuery = (campaign: Campaign) =>
  queryOptions({
    queryKey: ['campaigns', 'figures', campaign.id, campaign.startedAt, campaign.endedAt],
    queryFn: ({ signal }) =>
      request<CampaignFigures>('GET', 'api/analytics/dashboard', {
        query: { ...lifeOf(campaign, Date.now()), campaignId: campaign.id, timeZone: ownTimeZone() },
        signal,
      }),
    enabled: campaign.startedAt !== null,
    refetchInterval: restMs,
  });
