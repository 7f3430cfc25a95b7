import { infiniteQueryOptions } from '@tanstack/react-query';
import type { CallsListData } from './api-types.ts';
import { request } from './http.ts';
import { restMs } from './looking-again.ts';

export type CallOf = CallsListData['items'][number];

const followMs = 10_000;

/** The calls of one campaign or with one person, newest first; with `follow` new ones come by themselves while only the first are looked at. */
export const callsOf = (filter: { readonly campaignId: string } | { readonly contactId: string }, follow = false) =>
  infiniteQueryOptions({
    queryKey: ['calls', 'of', filter],
    queryFn: ({ pageParam, signal }) =>
      request<CallsListData>('GET', 'api/calls', { query: { ...filter, limit: 50, cursor: pageParam }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: page => page.nextCursor ?? undefined,
    refetchInterval: ({ state: { data } }) => ((data?.pages.length ?? 1) > 1 ? false : follow ? followMs : restMs),
  });
