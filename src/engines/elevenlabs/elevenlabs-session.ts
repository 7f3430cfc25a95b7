import { type RawData, WebSocket } from 'ws';
import type {
  AgentCallContext,
  EngineEnd,
  EngineListener,
  EngineReservation,
  EngineSession,
} from '../engine-contract.ts';
import { isEngineError } from '../engine-error.ts';
import type { EngineMetrics } from '../engine-metrics.ts';
import {
  activityMessage,
  audioMessage,
  contextMessage,
  dtmfMessage,
  initiationMessage,
  readServerMessage,
  toolResultMessage,
  userMessage,
} from './elevenlabs-protocol.ts';
import { closeCodeLabel, endOfClose, endOfFailure, endOfUpgrade } from './session-end-protocol.ts';
import { createInbox, type InboxActions } from './session-inbox.ts';
import { leftOutOverrides, sessionInitiation } from './session-start-protocol.ts';
import { createSessionTimers } from './session-timers.ts';

export interface SessionLimits {
  /** From opening until the metadata, fetching an address included. */
  readonly startMs: number;
  /** Nothing at all was received: the other half is gone, whatever the socket says. */
  readonly silenceMs: number;
  /** Keys pressed within this of each other are one answer. */
  readonly keysMs: number;
  /** How long the server may take to close after it said that it ends the call, and to confirm our close. */
  readonly endCallMs: number;
  readonly closeMs: number;
  /** How long a greeting that could not be left out is kept from being heard. */
  readonly greetingMs: number;
}

export const sessionLimits: SessionLimits = {
  startMs: 15_000,
  silenceMs: 15_000,
  keysMs: 800,
  endCallMs: 10_000,
  closeMs: 1_000,
  greetingMs: 4_000,
};

export interface SessionParts {
  readonly reserve: (agent: AgentCallContext['agent'], signal: AbortSignal) => Promise<EngineReservation>;
  readonly metrics: EngineMetrics;
  readonly limits?: Partial<SessionLimits>;
  /** A mistake of ours while a message was worked on; the session ends, the process goes on. */
  readonly onError?: (error: unknown) => void;
}

/** Audio of whole sentences and more comes in one frame; anything longer is no speech. */
const longestFrame = 16 * 1024 * 1024;
/** Minutes of caller audio that the network does not take: whoever fills this buffer gets no more in. */
const fullBuffer = 1024 * 1024;
const mostKeys = 32;
const mostEarly = 20;

const lost = (reason: string, message?: string): EngineEnd => ({
  kind: 'lost',
  reason,
  detail: message === undefined ? {} : { message },
});

/** Opens a conversation. Whatever happens, the listener is told `ended` exactly once, and then nothing is left behind. */
export function openElevenLabsSession(
  context: AgentCallContext,
  listener: EngineListener,
  { reserve, metrics, limits: given, onError }: SessionParts,
): EngineSession {
  const limits = { ...sessionLimits, ...given };
  const startedAt = performance.now();
  const timers = createSessionTimers();
  const abort = new AbortController();
  let state: 'opening' | 'ready' | 'closing' | 'ended' = 'opening';
  let socket: WebSocket | undefined;
  let conversationId: string | null = null;
  /** What was said to an agent that was not there yet, such as who answered. */
  const early: string[] = [];
  let keys = '';
  let lastHeardAt = startedAt;
  let probed = false;

  const finish = (end: EngineEnd) => {
    if (state === 'ended') return;
    state = 'ended';
    timers.clear();
    abort.abort();
    socket?.terminate();
    metrics.ended('elevenlabs', end.kind, closeCodeLabel(end.detail.closeCode));
    try {
      listener.ended(end);
    } catch (error) {
      onError?.(error);
    }
  };
  /** Says goodbye to the server and ends, at the latest when it does not answer. */
  const leave = (end: EngineEnd) => {
    if (state === 'closing' || state === 'ended') return;
    const open = socket?.readyState === WebSocket.OPEN;
    state = 'closing';
    timers.clear();
    if (!open) {
      abort.abort();
      socket?.terminate();
    }
    timers.after('close', open ? limits.closeMs : 0, () => finish(end));
    socket?.once('close', () => finish(end));
    if (open) socket?.close(1000, 'User ended conversation');
  };
  const send = (message: string | Buffer) => {
    if (socket?.readyState === WebSocket.OPEN) socket.send(message, sendAsText);
  };
  const guarded = (run: () => void) => {
    try {
      run();
    } catch (error) {
      onError?.(error);
      finish(lost('internal-error'));
    }
  };

  const watchSilence = () => {
    const limit = Math.max(limits.silenceMs, 3 * inbox.longestPingGapMs);
    const quiet = performance.now() - lastHeardAt;
    if (quiet >= limit && (inbox.pinged || probed)) return finish(lost('silent'));
    if (quiet >= limit) {
      // An agent may be set not to send pings; then the socket itself is asked for a sign of life.
      // One that is still connecting cannot be asked yet; the limit on starting holds meanwhile.
      if (socket?.readyState === WebSocket.OPEN) {
        probed = true;
        socket.ping();
      }
    }
    timers.after('silence', Math.max(20, quiet >= limit ? limit / 2 : limit - quiet), () => guarded(watchSilence));
  };

  const actions: InboxActions = {
    send,
    ready(id, formats) {
      conversationId = id;
      state = 'ready';
      timers.cancel('start');
      metrics.connected('elevenlabs', (performance.now() - startedAt) / 1000);
      for (const field of leftOutOverrides(context)) listener.note('complaint', { name: 'override-left-out', field });
      listener.ready({ ...formats, conversationId: id });
      for (const message of early.splice(0)) send(message);
    },
    notUnderstood: problem => metrics.message('elevenlabs', problem),
    refuse: end => finish(end),
    agentEnds: () =>
      timers.after('end-call', limits.endCallMs, () => leave({ kind: 'agent', reason: 'agent-ended', detail: {} })),
    greetingTimer: run => timers.after('greeting', limits.greetingMs, run),
  };
  const inbox = createInbox(context, listener, actions);

  const connect = (reservation: EngineReservation, mayAskAgain: boolean) => {
    const current = new WebSocket(reservation.secret, {
      perMessageDeflate: false,
      maxPayload: longestFrame,
      handshakeTimeout: limits.startMs,
      followRedirects: false,
    });
    socket = current;
    const live = () => socket === current && state !== 'ended';
    current.on('open', () => live() && current.send(initiationMessage(sessionInitiation(context))));
    current.on('message', (data: RawData, binary: boolean) => {
      if (!live() || state === 'closing') return;
      lastHeardAt = performance.now();
      probed = false;
      // The vendor sends text only; `nodebuffer` is how ws hands over both.
      guarded(() => (binary ? inbox.binary() : inbox.receive(readServerMessage(data as Buffer), lastHeardAt)));
    });
    current.on('pong', () => {
      lastHeardAt = performance.now();
      probed = false;
    });
    current.on('unexpected-response', (_request, response) => {
      const status = response.statusCode ?? 0;
      response.destroy();
      if (!live() || state === 'closing') return;
      // An address fetched ahead, perhaps by another process, may have run out or been used; a fresh one tells.
      if (!mayAskAgain || (status !== 401 && status !== 403)) return finish(endOfUpgrade(status));
      socket = undefined;
      current.terminate();
      void fetchAndConnect();
    });
    current.on('error', error => {
      if (!live() || state === 'closing') return;
      const code = (error as { code?: string }).code ?? '';
      if (code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') finish(lost('message-too-large'));
      else if (code.startsWith('WS_ERR_')) finish(lost('protocol-broken', code));
      // A connection that broke later is told by `close`.
      else if (current.readyState === WebSocket.CONNECTING || conversationId === null)
        finish(lost('unreachable', code));
    });
    current.on('close', (code, reason) => {
      if (!live() || state === 'closing') return;
      guarded(() =>
        finish(endOfClose({ code, reason: String(reason), error: inbox.lastError, established: inbox.established })),
      );
    });
  };

  const fetchAndConnect = async () => {
    try {
      const reservation = await reserve(context.agent, abort.signal);
      if (state === 'opening') connect(reservation, false);
    } catch (error) {
      if (state !== 'opening') return;
      finish(isEngineError(error) ? endOfFailure(error) : lost('unreachable'));
    }
  };

  timers.after('start', limits.startMs, () => finish(lost('start-timeout')));
  timers.after('silence', limits.silenceMs, () => guarded(watchSilence));
  const { reservation } = context;
  const usable = reservation?.vendorAgentId === context.agent.vendorAgentId && reservation.expiresAt > new Date();
  // The listener hears nothing before it holds the session.
  timers.after('begin', 0, () => {
    if (usable) guarded(() => connect(reservation, true));
    else void fetchAndConnect();
  });

  const flushKeys = () => {
    if (keys !== '') send(dtmfMessage(keys));
    keys = '';
    timers.cancel('keys');
  };
  const tell = (message: string) => {
    if (state === 'ready') send(message);
    else if (state === 'opening' && early.length < mostEarly) early.push(message);
  };
  const whileReady = (run: () => void) => {
    if (state === 'ready') run();
  };

  return {
    kind: 'elevenlabs',
    get conversationId() {
      return conversationId;
    },
    get bufferedBytes() {
      return socket?.bufferedAmount ?? 0;
    },
    sendAudio(base64) {
      if (state !== 'ready' || base64.length === 0) return;
      if (socket!.bufferedAmount < fullBuffer) socket!.send(audioMessage(base64), sendAsText);
    },
    sendDtmf(digit) {
      if (state !== 'ready' || !/^[0-9*#A-D]$/.test(digit)) return;
      keys += digit;
      if (digit === '#' || keys.length >= mostKeys) flushKeys();
      else timers.after('keys', limits.keysMs, flushKeys);
    },
    addContext: text => tell(contextMessage(text)),
    prompt: text => tell(userMessage(text)),
    keepAlive: () => whileReady(() => send(activityMessage)),
    answerTool: (toolCallId, result, isError) =>
      whileReady(() => {
        if (inbox.takeToolCall(toolCallId)) send(toolResultMessage(toolCallId, result, isError));
      }),
    close: reason => leave({ kind: 'closed', reason, detail: {} }),
  };
}

/** A buffer is sent as what it is, a text frame. */
const sendAsText = { binary: false } as const;
