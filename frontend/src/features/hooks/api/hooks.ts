import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import type {
  HooksCreateData,
  HooksCreatePayload,
  HooksDeliveriesListData,
  HooksDetailData,
  HooksListData,
  HooksPartialUpdateData,
  HooksPartialUpdatePayload,
  HooksRotateSecretCreateData,
} from '../../../lib/api-types.ts';
import { request } from '../../../lib/http.ts';
import { restMs } from '../../../lib/looking-again.ts';

export type ListedHook = HooksListData['items'][number];
export type Hook = HooksDetailData['hook'];
export type Delivery = HooksDeliveriesListData['items'][number];
export type DeliveryState = Delivery['state'];
export type HookEvent = HooksCreatePayload['events'][number];
export type NewHook = HooksCreatePayload;

const path = (id: string) => `api/hooks/${encodeURIComponent(id)}`;
const movingMs = 3_000;

export const hooksQuery = infiniteQueryOptions({
  queryKey: ['hooks', 'list'],
  queryFn: ({ pageParam, signal }) =>
    request<HooksListData>('GET', 'api/hooks', { query: { limit: 100, cursor: pageParam }, signal }),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: page => page.nextCursor ?? undefined,
});

export const hookQuery = (id: string) =>
  queryOptions({
    queryKey: ['hooks', 'one', id],
    queryFn: ({ signal }) => request<HooksDetailData>('GET', path(id), { signal }).then(({ hook }) => hook),
  });

/** Looked at again while something is on its way. */
export const deliveriesQuery = (id: string, state: DeliveryState | undefined) =>
  infiniteQueryOptions({
    queryKey: ['hooks', 'deliveries', id, state ?? null],
    queryFn: ({ pageParam, signal }) =>
      request<HooksDeliveriesListData>('GET', `${path(id)}/deliveries`, {
        query: { limit: 50, state, cursor: pageParam },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: page => page.nextCursor ?? undefined,
    refetchInterval: ({ state: { data } }) =>
      data?.pages.some(({ items }) => items.some(each => each.state === 'waiting')) ? movingMs : restMs,
  });

function useRefresh() {
  const queries = useQueryClient();
  return () => queries.invalidateQueries({ queryKey: ['hooks'] });
}

export function useAddHook() {
  const onSuccess = useRefresh();
  return useMutation({
    mutationFn: (hook: NewHook) => request<HooksCreateData>('POST', 'api/hooks', { body: hook }),
    onSuccess,
    gcTime: 0, // the answer holds the secret: gone from memory with the dialog
  });
}

export function useChangeHook(id: string) {
  const onSuccess = useRefresh();
  return useMutation({
    mutationFn: (change: HooksPartialUpdatePayload) =>
      request<HooksPartialUpdateData>('PATCH', path(id), { body: change }),
    onSuccess,
  });
}

export function useRotateSecret(id: string) {
  return useMutation({
    mutationFn: () => request<HooksRotateSecretCreateData>('POST', `${path(id)}/rotate-secret`),
    gcTime: 0,
  });
}

export function useTestHook(id: string) {
  const onSuccess = useRefresh();
  return useMutation({ mutationFn: () => request('POST', `${path(id)}/test`), onSuccess });
}

export function useRemoveHook(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => request('DELETE', path(id)),
    onSuccess: () => queries.invalidateQueries({ queryKey: hooksQuery.queryKey }),
  });
}

export function useReplayDelivery(id: string) {
  const onSuccess = useRefresh();
  return useMutation({
    mutationFn: (deliveryId: string) =>
      request('POST', `${path(id)}/deliveries/${encodeURIComponent(deliveryId)}/replay`),
    onSuccess,
  });
}

export function useReplayGivenUp(id: string) {
  const onSuccess = useRefresh();
  return useMutation({
    mutationFn: () => request<{ queued: number }>('POST', `${path(id)}/deliveries/replay`),
    onSuccess,
  });
}

export function useDiscardGivenUp(id: string) {
  const onSuccess = useRefresh();
  return useMutation({
    mutationFn: () => request<{ discarded: number }>('POST', `${path(id)}/deliveries/discard`),
    onSuccess,
  });
}
