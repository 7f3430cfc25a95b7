import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import type {
  ApiKeysCreateData,
  ApiKeysCreatePayload,
  ApiKeysDeleteData,
  ApiKeysListData,
  PermissionsListData,
} from '../../../lib/api-types.ts';
import { request } from '../../../lib/http.ts';

export type ApiKey = ApiKeysListData['items'][number];

export const apiKeysQuery = infiniteQueryOptions({
  queryKey: ['api-keys'],
  queryFn: ({ pageParam, signal }) =>
    request<ApiKeysListData>('GET', 'api/api-keys', { query: { limit: 100, cursor: pageParam }, signal }),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: page => page.nextCursor ?? undefined,
});

export const permissionsQuery = queryOptions({
  queryKey: ['permissions'],
  queryFn: ({ signal }) => request<PermissionsListData>('GET', 'api/permissions', { signal }),
  staleTime: Number.POSITIVE_INFINITY, // the table changes only with a new version of the server
});

export function useCreateApiKey() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (key: ApiKeysCreatePayload) => request<ApiKeysCreateData>('POST', 'api/api-keys', { body: key }),
    onSuccess: () => queries.invalidateQueries({ queryKey: apiKeysQuery.queryKey }),
    gcTime: 0, // the answer holds the secret: gone from memory with the dialog
  });
}

export function useRevokeApiKey() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => request<ApiKeysDeleteData>('DELETE', `api/api-keys/${encodeURIComponent(id)}`),
    onSuccess: () => queries.invalidateQueries({ queryKey: apiKeysQuery.queryKey }),
  });
}
