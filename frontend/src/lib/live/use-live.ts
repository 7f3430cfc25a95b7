import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import type { HeldTranscript } from '../../../../src/live/live-state-protocol.ts';
import { session } from '../browser-session.ts';
import { queryClient } from '../query-client.ts';
import { createStore } from '../store.ts';
import { useStore } from '../use-store.ts';
import type { CallLogEntry } from './call-log.ts';
import { callLogKey, liveCallsKey, toldByServer, transcriptKey } from './live-cache.ts';
import type { LiveCalls } from './live-calls.ts';
import type { LiveConnection } from './live-socket.ts';

/** The connection, once its code is loaded. */
const connection = createStore<LiveConnection | null>(null);

/** Keeps the live connection while this user may see calls. Its code comes after the first page. */
export function useLiveConnection(userId: string, wanted: boolean): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: another user is another connection
  useEffect(() => {
    if (!wanted) return;
    let gone = false;
    import('./live-socket.ts')
      .then(({ connectLive }) => {
        if (!gone) connection.set(connectLive({ session, queries: queryClient }));
      })
      .catch(() => {}); // a part of the page that could not be loaded is asked for again with the next page
    return () => {
      gone = true;
      connection.get()?.stop();
      connection.set(null);
      queryClient.removeQueries({ queryKey: ['live'] });
    };
  }, [userId, wanted]);
}

export const useLive = (): LiveConnection | null => useStore(connection);

/** The calls that are on the line now; undefined until the server has told. */
export const useLiveCalls = (): LiveCalls | undefined =>
  useQuery<LiveCalls>({ queryKey: liveCallsKey, queryFn: neverAsked, ...toldByServer }).data;

/** How many calls have not ended; undefined until it is known. */
export function useLiveCount(): number | undefined {
  return useQuery({
    queryKey: liveCallsKey,
    queryFn: neverAsked as () => Promise<LiveCalls>,
    select: ({ entries }) => {
      let count = 0;
      for (const { endedAt } of entries.values()) if (endedAt === null) count += 1;
      return count;
    },
    ...toldByServer,
  }).data;
}

/** What is said and happens on one call, as long as this is on screen. */
export function useWatchedCall(callId: string): {
  transcript: HeldTranscript | undefined;
  log: readonly CallLogEntry[] | undefined;
} {
  const live = useLive();
  useEffect(() => live?.watch(callId), [live, callId]);
  const transcript = useQuery<HeldTranscript>({
    queryKey: transcriptKey(callId),
    queryFn: neverAsked,
    ...toldByServer,
  });
  const log = useQuery<readonly CallLogEntry[]>({ queryKey: callLogKey(callId), queryFn: neverAsked, ...toldByServer });
  return { transcript: transcript.data, log: log.data };
}

/** Keeps a campaign's queries up to date as long as this is on screen. */
export function useWatchedCampaign(id: string): void {
  const live = useLive();
  useEffect(() => live?.watchCampaign(id), [live, id]);
}

const neverAsked = (): Promise<never> => Promise.reject(new Error('the live connection tells this'));
