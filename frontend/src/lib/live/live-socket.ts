import type { QueryClient } from '@tanstack/react-query';
import { io, type Socket } from 'socket.io-client';
import type { CallSide } from '../../../../src/handoff/handoff.types.ts';
import type {
  CallLetGo,
  CallLevels,
  ClientCommands,
  CommandAnswer,
  HandshakeAuth,
  ServerEvents,
} from '../../../../src/live/live-contract.ts';
import { type HeldTranscript, noTranscript, watchBegins, withTurns } from '../../../../src/live/live-state-protocol.ts';
import { address } from '../address.ts';
import { ApiError, networkError } from '../api-error.ts';
import { request } from '../http.ts';
import type { Session } from '../session.ts';
import { type CallLogEntry, withEntries } from './call-log.ts';
import { browserFrames, createEventQueue } from './event-queue.ts';
import { createAlertAsking } from './live-alerts.ts';
import { callLogKey, createLiveCache, eventsOf, type LiveEvent, transcriptKey } from './live-cache.ts';
import { campaignKey, campaignLogKey, campaignStatsKey } from './live-campaigns.ts';
import { liveLink } from './live-link.ts';

type CommandName = Exclude<keyof ClientCommands, 'call:microphone'>;
type ArgsOf<N extends CommandName> = Parameters<ClientCommands[N]>[0];
type AnswerOf<N extends CommandName> = Exclude<Parameters<Parameters<ClientCommands[N]>[1]>[0], { error: unknown }>;

/** Sound and sudden news of the one call that is listened to. */
export interface LineListener {
  audio(sid: string, side: CallSide, seq: number, bytes: Uint8Array): void;
  letGo(event: CallLetGo): void;
  /** How loud a watched call is, told also to those who do not hear it. */
  levels(event: CallLevels): void;
  /** The connection is lost: whoever spoke is off the line. */
  lost(): void;
}

export interface LiveConnection {
  /** Gives a command and resolves with its answer; rejects with an ApiError that says why not. */
  ask<N extends CommandName>(name: N, args: ArgsOf<N>, timeoutMs?: number): Promise<AnswerOf<N>>;
  speak(sid: string, seq: number, bytes: Uint8Array): void;
  /** Keeps one call's transcript and log in the cache until what it returns is called. */
  watch(callId: string): () => void;
  /** Keeps one campaign's state, figures and log up to date in the cache until what it returns is called. */
  watchCampaign(id: string): () => void;
  listenToLine(listener: LineListener): () => void;
  stop(): void;
}

const answerWithinMs = 8_000;
const retryMs = 3_000;
const mostLogEntries = 200;

/** The one live connection of this tab. It follows the session: a fresh token is passed on, and nothing is tried while nobody is signed in. */
export function connectLive({ session, queries }: { session: Session; queries: QueryClient }): LiveConnection {
  const url = new URL(address('socket.io'));
  let tokenInUse: string | null = null;
  let stopped = false;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let listener: LineListener | null = null;
  const watched = new Map<string, number>();
  const watchedCampaigns = new Map<string, number>();

  const queue = createEventQueue<LiveEvent>(browserFrames, events => cache.apply(events));
  const cache = createLiveCache({
    queries,
    push: event => queue.push(event),
  });
  const alerts = createAlertAsking(queries);
  const socket: Socket<ServerEvents, ClientCommands> = io(url.origin, {
    path: url.pathname,
    // Polling would need every request to reach the same process.
    transports: ['websocket'],
    reconnectionDelay: 500,
    reconnectionDelayMax: 4_000,
    timeout: 10_000,
    auth: give => {
      session.token().then(token => {
        tokenInUse = token;
        give({ token: token ?? '', batch: true, since: cache.held() } satisfies HandshakeAuth);
      });
    },
  });

  const lost = () => {
    if (liveLink.get().state === 'up') {
      liveLink.set({ state: 'away', since: Date.now() });
      listener?.lost();
    }
  };
  const connectLater = () => {
    clearTimeout(retry);
    retry = setTimeout(() => {
      if (!stopped && session.state.get().name === 'signed-in') socket.connect();
    }, retryMs);
  };

  socket.on('connect', () => {
    liveLink.set({ state: 'up' });
    for (const callId of watched.keys()) void tellAll(callId);
    for (const id of watchedCampaigns.keys()) followCampaign(id);
  });
  socket.on('disconnect', reason => {
    lost();
    // Cut by the server on purpose: then the library leaves it to us. A session that ended shows itself at the next token.
    if (reason === 'io server disconnect') {
      if (tokenInUse !== null) void session.renew(tokenInUse).finally(connectLater);
    }
  });
  socket.on('connect_error', () => {
    if (liveLink.get().state === 'connecting') liveLink.set({ state: 'refused', since: Date.now() });
    if (socket.active) return; // the library tries again
    void session.renew(tokenInUse ?? '').finally(connectLater);
  });
  socket.on('live:batch', batch => {
    queue.push(...eventsOf(batch));
    // Loudness is for the eye at this moment: it enters neither queue nor cache.
    for (const [name, payload] of batch.events) {
      if (name === 'call:levels') listener?.levels(payload as CallLevels);
      else if (name === 'alerts:changed') alerts.changed();
    }
  });
  socket.on('alerts:changed', () => alerts.changed());
  socket.on('call:levels', event => listener?.levels(event));
  for (const name of [
    'calls:snapshot',
    'call:started',
    'call:updated',
    'call:transcript',
    'call:ended',
    'call:event',
    'campaign:status',
    'campaign:progress',
    'campaign:event',
  ] as const)
    socket.on(name, (payload: unknown) => queue.push({ name, payload } as LiveEvent));
  socket.on('call:audio', (sid, side, seq, bytes) => listener?.audio(sid, side, seq, new Uint8Array(bytes)));
  socket.on('call:letgo', event => listener?.letGo(event));

  const stopFollowing = session.state.subscribe(() => {
    const { name } = session.state.get();
    if (name === 'signed-out') return stop();
    if (name !== 'signed-in') return;
    session.token().then(token => {
      if (stopped || token === null || token === tokenInUse) return;
      tokenInUse = token;
      if (socket.connected) ask('auth:renew', { token }).catch(() => {});
      else socket.connect();
    });
  });
  const beat = setInterval(() => cache.tick(), 1_000);

  async function ask<N extends CommandName>(
    name: N,
    args: ArgsOf<N>,
    timeoutMs = answerWithinMs,
  ): Promise<AnswerOf<N>> {
    if (!socket.connected) throw networkError(new Error('the live connection is lost'));
    const emit = socket.timeout(timeoutMs).emitWithAck as unknown as (
      name: string,
      args: unknown,
    ) => Promise<CommandAnswer>;
    const answer = await emit.call(socket.timeout(timeoutMs), name, args).catch((cause: unknown) => {
      throw networkError(cause);
    });
    if ('error' in answer) throw new ApiError({ status: 409, ...answer.error });
    return answer as AnswerOf<N>;
  }

  /** Everything said and written down on a watched call until now; what follows comes as events. */
  async function tellAll(callId: string): Promise<void> {
    const log = request<{ items: CallLogEntry[] }>('GET', `api/calls/${encodeURIComponent(callId)}/events`, {
      query: { limit: mostLogEntries },
    });
    const transcript = (change: (before: HeldTranscript) => HeldTranscript) =>
      queries.setQueryData<HeldTranscript>(transcriptKey(callId), before => change(before ?? noTranscript));
    transcript(watchBegins);
    const answer = await ask('call:watch', { sid: callId }).catch(() => null);
    if (!watched.has(callId)) return;
    if (answer) transcript(before => withTurns(before, answer.transcript));
    const { items } = await log.catch(() => ({ items: [] }));
    queries.setQueryData<readonly CallLogEntry[]>(callLogKey(callId), before => withEntries(before ?? [], items));
  }

  /** What was missed until now is read; what follows comes as events. */
  function followCampaign(id: string): void {
    ask('campaign:watch', { id })
      .catch(() => {}) // the pages ask by themselves, only less often
      .then(() => {
        for (const queryKey of [campaignKey(id), campaignStatsKey(id), campaignLogKey(id)])
          void queries.invalidateQueries({ queryKey });
      });
  }

  function stop() {
    stopped = true;
    clearTimeout(retry);
    clearInterval(beat);
    stopFollowing();
    queue.stop();
    alerts.stop();
    socket.disconnect();
    listener?.lost();
    liveLink.set({ state: 'off' });
  }

  liveLink.set({ state: 'connecting' });

  return {
    ask,
    speak: (sid, seq, bytes) => void socket.volatile.emit('call:microphone', sid, seq, bytes),
    watch(callId) {
      watched.set(callId, (watched.get(callId) ?? 0) + 1);
      if (watched.get(callId) === 1 && socket.connected) void tellAll(callId);
      return () => {
        const others = (watched.get(callId) ?? 1) - 1;
        if (others > 0) return void watched.set(callId, others);
        watched.delete(callId);
        if (socket.connected) ask('call:unwatch', { sid: callId }).catch(() => {});
        queries.removeQueries({ queryKey: transcriptKey(callId) });
        queries.removeQueries({ queryKey: callLogKey(callId) });
      };
    },
    watchCampaign(id) {
      watchedCampaigns.set(id, (watchedCampaigns.get(id) ?? 0) + 1);
      if (watchedCampaigns.get(id) === 1 && socket.connected) followCampaign(id);
      return () => {
        const others = (watchedCampaigns.get(id) ?? 1) - 1;
        if (others > 0) return void watchedCampaigns.set(id, others);
        watchedCampaigns.delete(id);
        if (socket.connected) ask('campaign:unwatch', { id }).catch(() => {});
      };
    },
    listenToLine(next) {
      listener = next;
      return () => {
        if (listener === next) listener = null;
      };
    },
    stop,
  };
}
