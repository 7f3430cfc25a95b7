import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { address } from '../../../lib/address.ts';
import type {
  CallsCountListData,
  CallsCreateData,
  CallsCreatePayload,
  CallsDetailData,
  CallsEventsListData,
  CallsListData,
  CallsRecordDeleteData,
  CallsRecordingsListData,
  CallsTranscriptListData,
  CallsVerdictCreateData,
  RecordingsLinkCreateData,
  RecordingsPeaksListData,
} from '../../../lib/api-types.ts';
import { type Query, request, requestFile } from '../../../lib/http.ts';
import { restMs } from '../../../lib/looking-again.ts';

export type ListedCall = CallsListData['items'][number];
export type Call = CallsDetailData['call'];
export type CallEvent = CallsEventsListData['items'][number];
export type Recording = CallsRecordingsListData['items'][number];
export type Turn = CallsTranscriptListData['turns'][number];
export type Verdict = CallsVerdictCreateData['verdict'];
export type CallOrder = CallsCreatePayload;

const perPage = 100;
const path = (sid: string) => `api/calls/${encodeURIComponent(sid)}`;

/** Further pages go on from where the first one began, so rows do not move while somebody reads. */
export const callsQuery = (query: Query, sort: string) =>
  infiniteQueryOptions({
    queryKey: ['calls', 'list', query, sort],
    queryFn: ({ pageParam, signal }) =>
      request<CallsListData>('GET', 'api/calls', {
        query: { ...query, sort, limit: perPage, cursor: pageParam },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: page => page.nextCursor ?? undefined,
    // Asked for anew by whoever looks, not under their eyes.
    refetchOnWindowFocus: false,
    staleTime: 30_000,
  });

/** How many match, counted by the server up to a bound. */
export const callCountQuery = (query: Query) =>
  queryOptions({
    queryKey: ['calls', 'count', query],
    queryFn: ({ signal }) => request<CallsCountListData>('GET', 'api/calls/count', { query, signal }),
    refetchOnWindowFocus: false,
    staleTime: 30_000,
  });

export const exportCalls = (query: Query): Promise<Blob> => requestFile('api/calls/export', { query });

const liveMs = 3_000;

export const callQuery = (sid: string) =>
  queryOptions({
    queryKey: ['calls', 'one', sid],
    queryFn: ({ signal }) => request<CallsDetailData>('GET', path(sid), { signal }).then(({ call }) => call),
    refetchInterval: ({ state }) => (state.data ? pauseBeforeNews(state.data) : false),
  });

/** What comes after a call (last words, recording, cost) is here by then as a rule. */
const afterwardsMs = 5 * 60_000;

function pauseBeforeNews({ endedAt }: Pick<Call, 'endedAt'>): number {
  return endedAt === null || Date.now() - Date.parse(endedAt) < afterwardsMs ? liveMs : restMs;
}

export const transcriptQuery = (call: Call) =>
  queryOptions({
    queryKey: ['calls', 'transcript', call.id],
    queryFn: ({ signal }) => request<CallsTranscriptListData>('GET', `${path(call.id)}/transcript`, { signal }),
    refetchInterval: () => pauseBeforeNews(call),
    enabled: call.erasedAt === null,
  });

/** Every event: a long call has a few hundred. */
export const eventsQuery = (call: Call) =>
  queryOptions({
    queryKey: ['calls', 'events', call.id],
    queryFn: async ({ signal }) => {
      const events: CallEvent[] = [];
      for (let cursor: string | undefined; ; ) {
        const query = { limit: 200, sort: 'seq', cursor };
        const page = await request<CallsEventsListData>('GET', `${path(call.id)}/events`, { query, signal });
        events.push(...page.items);
        if (page.nextCursor === null || events.length >= mostEvents) return events;
        cursor = page.nextCursor;
      }
    },
    refetchInterval: () => pauseBeforeNews(call),
  });
const mostEvents = 2_000;

/** A list that is empty now may fill as soon as the carrier records. */
export const recordingsQuery = (call: Call) =>
  queryOptions({
    queryKey: ['calls', 'recordings', call.id],
    queryFn: ({ signal }) => request<CallsRecordingsListData>('GET', `${path(call.id)}/recordings`, { signal }),
    select: ({ items }) => items,
    refetchInterval: ({ state }) =>
      state.data?.items.some(each => each.state === 'announced') ? liveMs : pauseBeforeNews(call),
    enabled: call.recording !== 'off' && call.erasedAt === null,
  });

const soundPath = (id: string) => `api/recordings/${encodeURIComponent(id)}`;

/** The whole file, to save it. */
export const fetchRecording = (id: string): Promise<Blob> => requestFile(soundPath(id), { query: { download: true } });

export const fetchPeaks = (id: string, signal: AbortSignal): Promise<RecordingsPeaksListData> =>
  request<RecordingsPeaksListData>('GET', `${soundPath(id)}/peaks`, { signal });

/** An address that the browser plays from by itself, piece by piece, for fifteen minutes. */
export async function fetchSoundAddress(id: string, signal: AbortSignal): Promise<string> {
  const { url } = await request<RecordingsLinkCreateData>('POST', `${soundPath(id)}/link`, { signal });
  // By the way this page came, whatever the installation is called from outside.
  return address(`${soundPath(id)}/play${new URL(url).search}`);
}

/** Asks without placing anything; equal questions within a few seconds are one. */
export const verdictQuery = (order: CallOrder | null) =>
  queryOptions({
    queryKey: ['calls', 'verdict', order],
    queryFn: ({ signal }) =>
      request<CallsVerdictCreateData>('POST', 'api/calls/verdict', { body: order, signal }).then(
        ({ verdict }) => verdict,
      ),
    enabled: order !== null,
    gcTime: 0,
  });

export function usePlaceCall() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ order, key }: { order: CallOrder; key: string }) =>
      request<CallsCreateData>('POST', 'api/calls', { body: order, headers: { 'idempotency-key': key } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['calls', 'list'] }),
  });
}

export function useEraseCall(sid: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => request<CallsRecordDeleteData>('DELETE', `${path(sid)}/record`),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['calls'] }),
  });
}
