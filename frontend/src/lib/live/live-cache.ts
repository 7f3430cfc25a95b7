import type { QueryClient } from '@tanstack/react-query';
import type {
  CallEventAdded,
  CallTranscript,
  LiveBatch,
  LiveCall,
  MetricsUpdate,
} from '../../../../src/live/live-contract.ts';
import { type HeldTranscript, sinceOf, withTurn } from '../../../../src/live/live-state-protocol.ts';
import { ApiError } from '../api-error.ts';
import { request } from '../http.ts';
import { type CallLogEntry, withEntries } from './call-log.ts';
import { applyWallEvents, isQuiet, type LiveCalls, noLiveCalls, type WallEvent } from './live-calls.ts';
import {
  type Campaign,
  type CampaignLiveEvent,
  type CampaignLog,
  campaignKey,
  campaignLogKey,
  campaignStatsKey,
  type HeldStats,
  runningCampaignsKey,
  withLogEntry,
  withProgress,
  withStatus,
} from './live-campaigns.ts';

export const liveCallsKey = ['live', 'calls'] as const;
export const transcriptKey = (callId: string) => ['live', 'transcript', callId] as const;
export const callLogKey = (callId: string) => ['live', 'log', callId] as const;

/** Told by the socket alone, so nothing of it grows old or is compared field by field. */
export const toldByServer = {
  enabled: false,
  staleTime: Infinity,
  gcTime: Infinity,
  structuralSharing: false,
} as const;

export type LiveEvent =
  | WallEvent
  | CampaignLiveEvent
  | { readonly name: 'call:event'; readonly payload: CallEventAdded }
  | { readonly name: 'metrics:update'; readonly payload: Pick<MetricsUpdate, 'campaignsRunning'> };

const names = new Set<string>([
  'calls:snapshot',
  'call:started',
  'call:updated',
  'call:transcript',
  'call:ended',
  'call:event',
  'campaign:status',
  'campaign:progress',
  'campaign:event',
  'metrics:update',
] satisfies LiveEvent['name'][]);

/** The events of a batch that this page knows; a newer server may tell more. */
export const eventsOf = ({ events }: LiveBatch): LiveEvent[] =>
  events.filter(([name]) => names.has(name)).map(([name, payload]) => ({ name, payload }) as LiveEvent);

/** Where live events end up: one write for each query, however many events there are. */
export interface LiveCache {
  apply(events: readonly LiveEvent[]): void;
  /** Once a second: lets ended calls go, and asks for calls of which nothing was heard for long. */
  tick(): void;
  /** What the server need not repeat when it is connected to again. */
  held(): (readonly [id: string, seq: number])[];
}

interface Options {
  readonly queries: QueryClient;
  readonly push: (event: LiveEvent) => void;
}

/** More at once would be a burst of its own. */
const mostFetches = 4;

export function createLiveCache({ queries, push }: Options): LiveCache {
  const toFetch = new Set<string>();
  const fetching = new Set<string>();
  const calls = () => queries.getQueryData<LiveCalls>(liveCallsKey);

  function fetchMissed(): void {
    for (const id of toFetch) {
      if (fetching.size >= mostFetches) return;
      if (fetching.has(id)) continue;
      toFetch.delete(id);
      fetching.add(id);
      request<{ call: LiveCall }>('GET', `api/calls/${encodeURIComponent(id)}`)
        .then(({ call }) => push({ name: 'fetched', payload: { id, call } }))
        .catch((error: unknown) => {
          if (error instanceof ApiError && error.status === 404) push({ name: 'fetched', payload: { id, call: null } });
        })
        .finally(() => {
          fetching.delete(id);
          fetchMissed();
        });
    }
  }

  function applyToWall(events: readonly WallEvent[]): void {
    const before = calls();
    // Before the first snapshot nobody knows what the list is.
    if (!before && !events.some(({ name }) => name === 'calls:snapshot')) return;
    const { calls: after, missed } = applyWallEvents(before ?? noLiveCalls, events, Date.now());
    if (after !== before) queries.setQueryData(liveCallsKey, after);
    for (const id of missed) toFetch.add(id);
    if (toFetch.size > 0) fetchMissed();
  }

  function applyToTranscripts(events: readonly CallTranscript[]): void {
    for (const [callId, told] of byCall(events)) {
      queries.setQueryData<HeldTranscript>(
        transcriptKey(callId),
        before => before && told.reduce<HeldTranscript>(withTurn, before),
      );
    }
  }

  function applyToLogs(events: readonly CallEventAdded[]): void {
    for (const [callId, told] of byCall(events)) {
      const added = told.map(({ event }) => event);
      queries.setQueryData<readonly CallLogEntry[]>(callLogKey(callId), before => before && withEntries(before, added));
    }
  }

  function applyToCampaign(event: CampaignLiveEvent): void {
    const { campaignId } = event.payload;
    if (event.name === 'campaign:status')
      queries.setQueryData<Campaign>(campaignKey(campaignId), before => withStatus(before, event.payload));
    else if (event.name === 'campaign:progress')
      queries.setQueryData<HeldStats>(
        campaignStatsKey(campaignId),
        before => before && withProgress(before, event.payload),
      );
    else
      for (const [key] of queries.getQueriesData({ queryKey: campaignLogKey(campaignId) }))
        queries.setQueryData<CampaignLog>(
          key,
          before => before && withLogEntry(before, event.payload.entry, String(key[3] ?? '')),
        );
  }

  return {
    apply(events) {
      const wall: WallEvent[] = [];
      const turns: CallTranscript[] = [];
      const entries: CallEventAdded[] = [];
      for (const event of events) {
        if (event.name === 'campaign:status' || event.name === 'campaign:progress' || event.name === 'campaign:event') {
          applyToCampaign(event);
          continue;
        }
        if (event.name === 'metrics:update') {
          const { campaignsRunning } = event.payload;
          queries.setQueryData<number>(runningCampaignsKey, before =>
            before === undefined ? before : campaignsRunning,
          );
          continue;
        }
        if (event.name === 'call:event') entries.push(event.payload);
        else wall.push(event);
        if (event.name === 'call:transcript') turns.push(event.payload);
      }
      if (wall.length > 0) applyToWall(wall);
      if (turns.length > 0) applyToTranscripts(turns);
      if (entries.length > 0) applyToLogs(entries);
    },
    tick() {
      if (!calls()) return;
      applyToWall([{ name: 'tick', payload: null }]);
      const now = Date.now();
      for (const [id, entry] of calls()!.entries) if (isQuiet(entry, now)) toFetch.add(id);
      fetchMissed();
    },
    held: () => sinceOf(calls()?.held ?? noLiveCalls.held),
  };
}

function byCall<T extends { readonly callId: string }>(events: readonly T[]): Map<string, T[]> {
  const found = new Map<string, T[]>();
  for (const event of events) {
    const list = found.get(event.callId);
    if (list) list.push(event);
    else found.set(event.callId, [event]);
  }
  return found;
}
