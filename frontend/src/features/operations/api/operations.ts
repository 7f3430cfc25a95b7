import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import type {
  AdminCampaignsListData,
  AdminCampaignsRepairCreateData,
  AdminCampaignsResetStuckCreateData,
  AdminCampaignsStopCreateData,
  AdminCapacityListData,
  AdminJobsListData,
  AdminKillSwitchListData,
  AdminProcessesListData,
  AdminSessionsListData,
  AdminWebhookReceiptsListData,
} from '../../../lib/api-types.ts';
import { request } from '../../../lib/http.ts';

export type Capacity = AdminCapacityListData;
export type ServingProcess = AdminProcessesListData['items'][number];
export type Standing = AdminCampaignsListData['campaigns'][number];
export type StopReport = AdminCampaignsStopCreateData;
export type ResetReport = AdminCampaignsResetStuckCreateData;
export type RepairReport = AdminCampaignsRepairCreateData;
export type Job = AdminJobsListData['items'][number];
export type JobState = Job['state'];
export type Receipt = AdminWebhookReceiptsListData['items'][number];
export type ReceiptState = Receipt['state'];
export type Session = AdminSessionsListData['items'][number];

const refreshMs = 5_000;
/** Counting every campaign anew takes its time on a large store. */
const longMs = 60_000;

export const capacityQuery = queryOptions({
  queryKey: ['operations', 'capacity'],
  queryFn: ({ signal }) => request<Capacity>('GET', 'api/admin/capacity', { signal }),
  refetchInterval: refreshMs,
});

export const processesQuery = queryOptions({
  queryKey: ['operations', 'processes'],
  queryFn: ({ signal }) =>
    request<AdminProcessesListData>('GET', 'api/admin/processes', { signal }).then(({ items }) => items),
  refetchInterval: refreshMs,
});

export const killSwitchQuery = queryOptions({
  queryKey: ['kill-switch'],
  queryFn: ({ signal }) =>
    request<AdminKillSwitchListData>('GET', 'api/admin/kill-switch', { signal }).then(({ killSwitch }) => killSwitch),
  refetchInterval: refreshMs,
});

export function useTurnKillSwitch() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (wish: { on: boolean; reason?: string }) =>
      request<AdminKillSwitchListData>('PUT', 'api/admin/kill-switch', { body: wish }),
    onSuccess: ({ killSwitch }) => queries.setQueryData(killSwitchQuery.queryKey, killSwitch),
  });
}

export const standingQuery = queryOptions({
  queryKey: ['operations', 'standing'],
  queryFn: ({ signal }) => request<AdminCampaignsListData>('GET', 'api/admin/campaigns', { signal, timeoutMs: longMs }),
  refetchInterval: 10_000,
});

/** What campaigns are and whom they call changed for every page that shows them. */
function useCampaignsChanged() {
  const queries = useQueryClient();
  return () => {
    void queries.invalidateQueries({ queryKey: ['campaigns'] });
    return queries.invalidateQueries({ queryKey: standingQuery.queryKey });
  };
}

export function useStopAll() {
  const onSuccess = useCampaignsChanged();
  return useMutation({
    mutationFn: () => request<StopReport>('POST', 'api/admin/campaigns/stop', { body: {}, timeoutMs: longMs }),
    onSuccess,
  });
}

/** With `dryRun` it is only said who could be released. */
export function useResetStuck() {
  const changed = useCampaignsChanged();
  return useMutation({
    mutationFn: (dryRun: boolean) =>
      request<ResetReport>('POST', 'api/admin/campaigns/reset-stuck', { body: { dryRun }, timeoutMs: longMs }),
    onSuccess: ({ dryRun }) => (dryRun ? undefined : changed()),
  });
}

const repairOf = (id: string, dryRun: boolean, signal?: AbortSignal) =>
  request<RepairReport>('POST', `api/admin/campaigns/${encodeURIComponent(id)}/repair`, {
    body: { dryRun },
    timeoutMs: longMs,
    ...(signal ? { signal } : {}),
  });

/** What would be put right; nothing is changed by asking. */
export const repairPlanQuery = (id: string) =>
  queryOptions({
    queryKey: ['operations', 'repair', id],
    queryFn: ({ signal }) => repairOf(id, true, signal),
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
  });

export function useRepair(id: string) {
  const onSuccess = useCampaignsChanged();
  return useMutation({ mutationFn: () => repairOf(id, false), onSuccess });
}

export const jobsQuery = (filter: { state?: JobState; name?: string }) =>
  infiniteQueryOptions({
    queryKey: ['jobs', filter],
    queryFn: ({ pageParam, signal }) =>
      request<AdminJobsListData>('GET', 'api/admin/jobs', {
        query: { ...filter, limit: 50, cursor: pageParam },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: page => page.nextCursor ?? undefined,
  });

function useJobsChanged() {
  const queries = useQueryClient();
  return () => queries.invalidateQueries({ queryKey: ['jobs'] });
}

export function useReplayJob() {
  const onSuccess = useJobsChanged();
  return useMutation({
    mutationFn: (id: string) => request('POST', `api/admin/jobs/${encodeURIComponent(id)}/replay`),
    onSuccess,
  });
}

export function useDiscardJob() {
  const onSuccess = useJobsChanged();
  return useMutation({
    mutationFn: (id: string) => request('DELETE', `api/admin/jobs/${encodeURIComponent(id)}`),
    onSuccess,
  });
}

export const receiptsQuery = (filter: { state?: ReceiptState; callId?: string }) =>
  infiniteQueryOptions({
    queryKey: ['receipts', filter],
    queryFn: ({ pageParam, signal }) =>
      request<AdminWebhookReceiptsListData>('GET', 'api/admin/webhook-receipts', {
        query: { ...filter, limit: 50, cursor: pageParam },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: page => page.nextCursor ?? undefined,
  });

export function useReplayReceipt() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => request('POST', `api/admin/webhook-receipts/${encodeURIComponent(id)}/replay`),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['receipts'] }),
  });
}

export const sessionsQuery = queryOptions({
  queryKey: ['operations', 'sessions'],
  queryFn: ({ signal }) =>
    request<AdminSessionsListData>('GET', 'api/admin/sessions', { signal }).then(({ items }) => items),
  refetchInterval: 3_000,
});
