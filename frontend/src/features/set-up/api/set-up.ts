import { queryOptions } from '@tanstack/react-query';
import type { AdminPreflightListData, CallsListData, CampaignsListData } from '../../../lib/api-types.ts';
import { request } from '../../../lib/http.ts';

export type InstallationCheck = AdminPreflightListData['preflight'];

/** Whether calls can be placed at all. The server asks the vendors for it, so it is not asked in passing. */
export const installationCheckQuery = queryOptions({
  queryKey: ['set-up', 'check'],
  queryFn: ({ signal }) =>
    request<AdminPreflightListData>('GET', 'api/admin/preflight', { signal, timeoutMs: 30_000 }).then(
      ({ preflight }) => preflight,
    ),
  staleTime: 60_000,
  refetchOnWindowFocus: false,
});

/** Whether any call was ever made. */
export const anyCallQuery = queryOptions({
  queryKey: ['calls', 'any'],
  queryFn: ({ signal }) =>
    request<CallsListData>('GET', 'api/calls', { query: { limit: 1 }, signal }).then(({ items }) => items.length),
});

/** Whether any campaign was ever started, and one that waits for it. */
export const firstCampaignQuery = queryOptions({
  queryKey: ['campaigns', 'first'],
  queryFn: ({ signal }) =>
    request<CampaignsListData>('GET', 'api/campaigns', { query: { limit: 50 }, signal }).then(({ items }) => ({
      started: items.some(({ startedAt }) => startedAt !== null),
      waiting: items.find(({ state }) => state === 'idle') ?? null,
    })),
});
