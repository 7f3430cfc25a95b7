import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import type {
  CampaignsContactsListData,
  CampaignsContactsNextListData,
  CampaignsCreateData,
  CampaignsCreatePayload,
  CampaignsDryRunListData,
  CampaignsEventsListData,
  CampaignsListData,
  CampaignsPartialUpdateData,
  CampaignsPartialUpdatePayload,
  CampaignsPreflightListData,
  CampaignsStatsListData,
} from '../../../lib/api-types.ts';
import { request } from '../../../lib/http.ts';
import {
  type Campaign,
  type CampaignEntry,
  type CampaignStats,
  campaignKey,
  campaignLogKey,
  campaignStatsKey,
  type HeldStats,
} from '../../../lib/live/live-campaigns.ts';
import { liveLink } from '../../../lib/live/live-link.ts';
import { restMs } from '../../../lib/looking-again.ts';

export type { Campaign, CampaignEntry, CampaignStats };
export type ListedCampaign = CampaignsListData['items'][number];
export type CampaignState = Campaign['state'];
export type CampaignPerson = CampaignsContactsListData['items'][number];
export type PersonState = CampaignPerson['state'];
export type Preflight = CampaignsPreflightListData['preflight'];
export type Finding = Preflight['findings'][number];
export type DryRun = CampaignsDryRunListData['dryRun'];
export type NewCampaign = CampaignsCreatePayload;
export type CampaignChange = CampaignsPartialUpdatePayload;

const path = (id: string) => `api/campaigns/${encodeURIComponent(id)}`;
/** States in which something happens without anybody's doing. */
export const moving: readonly CampaignState[] = ['starting', 'running', 'pausing', 'resuming'];

/** Nobody is called any more. */
export const isOver = (state: CampaignState): boolean => state === 'completed' || state === 'stopped';

const listMs = 5_000;
const untoldMs = 4_000;
/** What the live connection tells is asked for seldom, and often while it is away. */
const followMs = () => (liveLink.get().state === 'up' ? restMs : untoldMs);

export const campaignsQuery = (state: CampaignState | undefined) =>
  infiniteQueryOptions({
    queryKey: ['campaigns', 'list', state ?? ''],
    queryFn: ({ pageParam, signal }) =>
      request<CampaignsListData>('GET', 'api/campaigns', { query: { state, limit: 50, cursor: pageParam }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: page => page.nextCursor ?? undefined,
    refetchInterval: ({ state: { data } }) =>
      data?.pages.some(({ items }) => items.some(each => moving.includes(each.state))) ? listMs : restMs,
  });

export const campaignQuery = (id: string) =>
  queryOptions({
    queryKey: campaignKey(id),
    queryFn: ({ signal }) =>
      request<{ campaign: Campaign }>('GET', path(id), { signal }).then(({ campaign }) => campaign),
    refetchInterval: followMs,
  });

export const campaignStatsQuery = (id: string) =>
  queryOptions({
    queryKey: campaignStatsKey(id),
    queryFn: ({ signal }): Promise<HeldStats> =>
      request<CampaignsStatsListData>('GET', `${path(id)}/stats`, { signal }).then(({ stats }) => ({
        stats,
        seq: null,
      })),
    refetchInterval: followMs,
  });

/** When it ends at a pace that is only thought of; null where nobody can say. */
export const endAtPaceQuery = (id: string, pace: { callsPerSecond: number; maxConcurrent: number } | null) =>
  queryOptions({
    queryKey: ['campaigns', 'end-at-pace', id, pace?.callsPerSecond, pace?.maxConcurrent],
    queryFn: ({ signal }) =>
      request<CampaignsStatsListData>('GET', `${path(id)}/stats`, { query: pace ?? {}, signal }).then(
        ({ stats }) => stats.estimatedEndAt,
      ),
    enabled: pace !== null,
    staleTime: 10_000,
  });

export const campaignLogQuery = (id: string, type: string) =>
  infiniteQueryOptions({
    queryKey: campaignLogKey(id, type),
    queryFn: ({ pageParam, signal }) =>
      request<CampaignsEventsListData>('GET', `${path(id)}/events`, {
        query: { type: type === '' ? undefined : type, limit: 50, cursor: pageParam },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: page => page.nextCursor ?? undefined,
  });

export const queueQuery = (id: string, state: PersonState | undefined, follow: boolean) =>
  infiniteQueryOptions({
    queryKey: ['campaigns', 'queue', id, state ?? ''],
    queryFn: ({ pageParam, signal }) =>
      request<CampaignsContactsListData>('GET', `${path(id)}/contacts`, {
        query: { state, limit: 50, cursor: pageParam },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: page => page.nextCursor ?? undefined,
    // People are not told one by one; more than the first page is left alone while somebody reads.
    refetchInterval: ({ state: { data } }) => ((data?.pages.length ?? 1) > 1 ? false : follow ? listMs : restMs),
  });

/** The few who are called next; nobody is while it is over. */
export const nextPeopleQuery = (id: string, state: CampaignState) =>
  queryOptions({
    queryKey: ['campaigns', 'next-people', id],
    queryFn: ({ signal }) =>
      request<CampaignsContactsNextListData>('GET', `${path(id)}/contacts/next`, { signal }).then(
        ({ items }): CampaignPerson[] => items,
      ),
    enabled: !isOver(state),
    refetchInterval: moving.includes(state) ? listMs : restMs,
  });

export const preflightQuery = (id: string) =>
  queryOptions({
    queryKey: ['campaigns', 'preflight', id],
    queryFn: ({ signal }) =>
      request<CampaignsPreflightListData>('GET', `${path(id)}/preflight`, { signal }).then(
        ({ preflight }) => preflight,
      ),
    staleTime: 15_000,
    refetchOnWindowFocus: false,
  });

const forecastMs = 60_000;

export const dryRunQuery = (id: string) =>
  queryOptions({
    queryKey: ['campaigns', 'dry-run', id],
    queryFn: ({ signal }) =>
      request<CampaignsDryRunListData>('GET', `${path(id)}/dry-run`, { signal, timeoutMs: forecastMs }).then(
        ({ dryRun }) => dryRun,
      ),
    staleTime: 60_000,
    refetchOnWindowFocus: false,
    retry: false,
  });

export type Move = 'start' | 'pause' | 'resume' | 'stop';

export function useMoveCampaign(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ move, atOnce }: { move: Move; atOnce: boolean }) =>
      request<{ campaign: Campaign }>('POST', `${path(id)}/${move}`, {
        ...(move === 'pause' || move === 'stop' ? { body: { when: atOnce ? 'at-once' : 'after-calls' } } : {}),
      }),
    onSuccess: ({ campaign }) => keep(queries, campaign),
  });
}

export function useDeleteCampaign(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => request<{ deleted: boolean }>('DELETE', path(id)),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['campaigns', 'list'] }),
  });
}

export function useChangeCampaign(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (change: CampaignChange) => request<CampaignsPartialUpdateData>('PATCH', path(id), { body: change }),
    onSuccess: ({ campaign }) => keep(queries, campaign),
  });
}

export function useCreateCampaign() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (wishes: NewCampaign) => request<CampaignsCreateData>('POST', 'api/campaigns', { body: wishes }),
    onSuccess: ({ campaign }) => keep(queries, campaign),
  });
}

export function useRequeue(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (personId: string) => request('POST', `${path(id)}/contacts/${encodeURIComponent(personId)}/requeue`),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['campaigns', 'queue', id] }),
  });
}

export function useRemovePerson(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (personId: string) => request('DELETE', `${path(id)}/contacts/${encodeURIComponent(personId)}`),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['campaigns', 'queue', id] }),
  });
}

/** What an answer says holds at once; whatever was worked out from the campaign before is asked for anew. */
function keep(queries: ReturnType<typeof useQueryClient>, campaign: Campaign): void {
  queries.setQueryData<Campaign>(campaignKey(campaign.id), held =>
    held && held.version > campaign.version ? held : campaign,
  );
  for (const part of ['list', 'preflight', 'dry-run', 'stats', 'log'])
    void queries.invalidateQueries({
      queryKey: part === 'list' ? ['campaigns', part] : ['campaigns', part, campaign.id],
    });
}
