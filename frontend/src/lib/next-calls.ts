import { queryOptions } from '@tanstack/react-query';
import type { CampaignsNextCallsListData } from './api-types.ts';
import { request } from './http.ts';

export type NextCalls = CampaignsNextCallsListData['next'];

/** Asked while nobody is on the line; nothing tells of it by itself. */
export const nextCallsQuery = queryOptions({
  queryKey: ['campaigns', 'next-calls'],
  queryFn: ({ signal }) =>
    request<CampaignsNextCallsListData>('GET', 'api/campaigns/next-calls', { signal }).then(({ next }) => next),
  refetchInterval: 10_000,
});
