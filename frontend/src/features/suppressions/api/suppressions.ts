import { infiniteQueryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import type { SuppressionsCreatePayload, SuppressionsListData } from '../../../lib/api-types.ts';
import { type Query, request } from '../../../lib/http.ts';

export type Suppression = SuppressionsListData['items'][number];

export const suppressionsQuery = (query: Query) =>
  infiniteQueryOptions({
    queryKey: ['suppressions', 'list', query],
    queryFn: ({ pageParam, signal }) =>
      request<SuppressionsListData>('GET', 'api/suppressions', {
        query: { ...query, limit: 100, cursor: pageParam },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: page => page.nextCursor ?? undefined,
    refetchOnWindowFocus: false,
  });

/** Whoever is blocked or allowed again may be called or not: what the rules said is asked again, too. */
function useRefresh() {
  const queries = useQueryClient();
  return () => {
    void queries.invalidateQueries({ queryKey: ['calls', 'verdict'] });
    return queries.invalidateQueries({ queryKey: ['suppressions'] });
  };
}

export function useAddSuppression() {
  const onSuccess = useRefresh();
  return useMutation({
    mutationFn: (wish: SuppressionsCreatePayload) => request('POST', 'api/suppressions', { body: wish }),
    onSuccess,
  });
}

export function useLiftSuppression(id: string) {
  const onSuccess = useRefresh();
  return useMutation({
    mutationFn: (reason: string) =>
      request('DELETE', `api/suppressions/${encodeURIComponent(id)}`, { body: { reason } }),
    onSuccess,
  });
}
