import { queryOptions, useQuery } from '@tanstack/react-query';
import type { CampaignsListData } from './api-types.ts';
import { request } from './http.ts';
import { runningCampaignsKey } from './live/live-campaigns.ts';
import { useMay } from './use-user.ts';

const query = queryOptions({
  queryKey: runningCampaignsKey,
  queryFn: ({ signal }) =>
    request<CampaignsListData>('GET', 'api/campaigns', {
      query: { state: 'running', fields: 'id', limit: 200 },
      signal,
    }).then(({ items }) => items.length),
  // The live connection tells it whenever something happens; this is for hours in which nothing does.
  refetchInterval: 60_000,
  staleTime: 30_000,
});

/** How many campaigns dial now; undefined until it is known, and for whoever may not see campaigns. */
export function useRunningCampaigns(): number | undefined {
  const sees = useMay('campaigns:read');
  const { data } = useQuery({ ...query, enabled: sees });
  return sees ? data : undefined;
}
