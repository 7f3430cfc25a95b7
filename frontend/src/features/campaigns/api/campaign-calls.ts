import { infiniteQueryOptions } from '@tanstack/react-query';
import type { CallsListData } from '../../../lib/api-types.ts';
import { request } from '../../../lib/http.ts';

export type CampaignCall = CallsListData['items'][number];

const followMs = 10_000;

/** The calls of a campaign, newest first; while it makes some and only the first are looked at, new ones come by themselves. */
export const campaignCallsQuery = (id: string, follow: boolean) =>
  infiniteQueryOptions({
    queryKey: ['calls', 'of-campaign', id],
    queryFn: ({ pageParam, signal }) =>
      request<CallsListData>('GET', 'api/calls', { query: { campaignId: id, limit: 50, cursor: pageParam }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: page => page.nextCursor ?? undefined,
    refetchInterval: ({ state: { data } }) => (follow && (data?.pages.length ?? 1) === 1 ? followMs : false),
  });
