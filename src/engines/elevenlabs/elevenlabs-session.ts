import type {
  AgentCallContext,
  AudioFormat,
  EngineEnd,
  EngineListener,
  EngineReservation,
  EngineSession,
} from '../engine-contract.ts';
import { isEngineError } from '../engine-error.ts';
import type { EngineMetrics } from '../engine-metrics.ts';
import {
  activityMessage,
  contextMessage,
  dtmfMessage,
  initiationMessage,
  type ServerMessage,
  toolResultMessage,
  userMessage,
} from './elevenlabs-protocol.ts';
import { SocketEar, type SocketOwner } from './session-ear.ts';
import { closeCodeLabel, endOfClose, endOfFailure, endOfUpgrade } from './session-end-protocol.ts';
import { Inbox, type InboxActions } from './session-inbox.ts';
import { type SessionLimits, sessionLimits } from './session-limits.ts';
import { SessionSocket } from './session-socket.ts';
import { leftOutOverrides, sessionInitiation } from './session-start-protocol.ts';
import { SessionTimers } from './session-timers.ts';

export interface SessionParts {
  readonly reserve: (agent: AgentCallContext['agent'], signal: AbortSignal) => Promise<EngineReservation>;
  readonly metrics: EngineMetrics;
  readonly limits?: Partial<SessionLimits>;
  /** A mistake of ours while a message was worked on; the session ends, the process goes on. */
  readonly onError?: (error: unknown) => void;
}

const mostKeys = 32;
const mostEarly = 20;

const lost = (reason: string, message?: string): EngineEnd => ({
  kind: 'lost',
  reason,
  detail: message === undefined ? {} : { message },
});

/** Opens a conversation. Whatever happens, the listener is told `ended` exactly once, and then nothing is left behind. */
export const openElevenLabsSession = (
  context: AgentCallContext,
  listener: EngineListener,
  parts: SessionParts,
): EngineSession => new ElevenLabsSession(context, listener, parts);

class ElevenLabsSession implements EngineSession, InboxActions, SocketOwner {
  readonly kind = 'elevenlabs';
  conversationId: string | null = null;
  private readonly context: AgentCallContext;
  private readonly listener: EngineListener;
  private readonly parts: SessionParts;
  private readonly limits: SessionLimits;
  private readonly timers = new SessionTimers();
  private readonly inbox: Inbox;
  private readonly startedAt = performance.now();
  /** Ends the asking for an address; there is nothing to end once there is one. */
  private abort: AbortController | null = null;
  private state: 'opening' | 'ready' | 'closing' | 'ended' = 'opening';
  private socket: SessionSocket | undefined;
  /** What was said to an agent that was not there yet, such as who answered. */
  private early: string[] = [];
  private keys = '';
  private lastHeardAt = this.startedAt;
  /** How the agent said that it ends the conversation. */
  private toldEnd: EngineEnd | undefined;
  private probed = false;

  constructor(context: AgentCallContext, listener: EngineListener, parts: SessionParts) {
    this.context = context;
    this.listener = listener;
    this.parts = parts;
    this.limits = parts.limits ? { ...sessionLimits, ...parts.limits } : sessionLimits;
    this.inbox = new Inbox(context, listener, this);
    const { timers, limits } = this;
    timers.after('start', limits.startMs, () => this.finish(lost('start-timeout')));
    timers.after('silence', limits.silenceMs, () => this.guarded(() => this.watchSilence()));
    // The listener hears nothing before it holds the session.
    timers.after('begin', 0, () => this.begin());
  }

  get bufferedBytes(): number {
    return this.socket?.bufferedBytes ?? 0;
  }

  sendAudio(base64: Buffer | string) {
    if (this.state === 'ready' && base64.length > 0) this.socket!.sendAudio(base64);
  }

  sendDtmf(digit: string) {
    if (this.state !== 'ready' || !/^[0-9*#A-D]$/.test(digit)) return;
    this.keys += digit;
    if (digit === '#' || this.keys.length >= mostKeys) this.flushKeys();
    else this.timers.after('keys', this.limits.keysMs, () => this.flushKeys());
  }

  addContext(words: string) {
    this.tell(contextMessage(words));
  }

  prompt(words: string) {
    this.tell(userMessage(words));
  }

  keepAlive() {
    if (this.state === 'ready') this.send(activityMessage);
  }

  answerTool(toolCallId: string, result: string, isError: boolean) {
    if (this.state === 'ready' && this.inbox.takeToolCall(toolCallId))
      this.send(toolResultMessage(toolCallId, result, isError));
  }

  close(reason: string) {
    this.leave({ kind: 'closed', reason, detail: {} });
  }

  // ---- what messages make it do ----

  send(message: string) {
    this.socket?.send(message);
  }

  ready(id: string, formats: { input: AudioFormat; output: AudioFormat }) {
    const { context, listener, startedAt } = this;
    this.conversationId = id;
    this.state = 'ready';
    this.timers.cancel('start');
    this.parts.metrics.connected('elevenlabs', (performance.now() - startedAt) / 1000);
    for (const field of leftOutOverrides(context)) listener.note('complaint', { name: 'override-left-out', field });
    listener.ready({ ...formats, conversationId: id });
    for (const message of this.early.splice(0)) this.send(message);
  }

  notUnderstood(problem: 'unknown' | 'unreadable') {
    this.parts.metrics.message('elevenlabs', problem);
  }

  refuse(end: EngineEnd) {
    this.finish(end);
  }

  agentEnds(reason: string) {
    const end: EngineEnd = { kind: 'agent', reason, detail: {} };
    this.toldEnd = end;
    this.timers.after('end-call', this.limits.endCallMs, () => this.leave(end));
  }

  greetingTimer(run: () => void) {
    this.timers.after('greeting', this.limits.greetingMs, run);
  }

  // ---- its beginning ----

  private begin() {
    const { context } = this;
    const { reservation } = context;
    const usable = reservation?.vendorAgentId === context.agent.vendorAgentId && reservation.expiresAt > new Date();
    if (usable) this.guarded(() => this.connect(reservation, true));
    else void this.fetchAndConnect();
  }

  private async fetchAndConnect(): Promise<void> {
    const abort = new AbortController();
    this.abort = abort;
    try {
      const reservation = await this.parts.reserve(this.context.agent, abort.signal);
      this.abort = null;
      if (this.state === 'opening') this.connect(reservation, false);
    } catch (error) {
      if (this.state !== 'opening') return;
      this.finish(isEngineError(error) ? endOfFailure(error) : lost('unreachable'));
    }
  }

  private connect(reservation: EngineReservation, mayAskAgain: boolean) {
    const ear = new SocketEar(this, mayAskAgain);
    this.socket = ear.socket = new SessionSocket(reservation.secret, this.limits.startMs, ear);
  }

  // ---- what its socket tells; each is asked first whether it is still this session's ----

  isLive(socket: SessionSocket | undefined): boolean {
    return this.socket === socket && this.state !== 'ended' && this.state !== 'closing';
  }

  opened() {
    this.send(initiationMessage(sessionInitiation(this.context)));
  }

  audio(base64: Buffer, eventId: number): boolean {
    if (this.state !== 'ready') return false;
    this.heard();
    try {
      this.inbox.audio(base64, eventId);
    } catch (error) {
      this.mistake(error);
    }
    return true;
  }

  message(message: ServerMessage | null) {
    this.heard();
    this.guarded(() => (message ? this.inbox.receive(message, this.lastHeardAt) : this.inbox.binary()));
  }

  heard() {
    this.lastHeardAt = performance.now();
    this.probed = false;
  }

  refused(status: number, mayAskAgain: boolean) {
    // An address fetched ahead, perhaps by another process, may have run out or been used; a fresh one tells.
    if (!mayAskAgain || (status !== 401 && status !== 403)) return this.finish(endOfUpgrade(status));
    const { socket } = this;
    this.socket = undefined;
    socket?.terminate();
    void this.fetchAndConnect();
  }

  failed(code: string, connecting: boolean) {
    if (code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') this.finish(lost('message-too-large'));
    else if (code.startsWith('WS_ERR_')) this.finish(lost('protocol-broken', code));
    // A connection that broke later is told by `closed`.
    else if (connecting || this.conversationId === null) this.finish(lost('unreachable', code));
  }

  closed(code: number, reason: string) {
    const { inbox } = this;
    this.guarded(() =>
      this.finish(
        endOfClose({ code, reason, error: inbox.lastError, established: inbox.established }, this.toldEnd?.reason),
      ),
    );
  }

  // ---- its end ----

  private finish(end: EngineEnd) {
    if (this.state === 'ended') return;
    const { metrics, onError } = this.parts;
    this.state = 'ended';
    this.timers.clear();
    this.abort?.abort();
    this.socket?.terminate();
    metrics.ended('elevenlabs', end.kind, closeCodeLabel(end.detail.closeCode));
    try {
      this.listener.ended(end);
    } catch (error) {
      onError?.(error);
    }
  }

  /** Says goodbye to the server and ends, at the latest when it does not answer. */
  private leave(end: EngineEnd) {
    if (this.state === 'closing' || this.state === 'ended') return;
    const { socket, timers, limits } = this;
    const open = socket?.isOpen === true;
    this.state = 'closing';
    timers.clear();
    if (!open) {
      this.abort?.abort();
      socket?.terminate();
    }
    timers.after('close', open ? limits.closeMs : 0, () => this.finish(end));
    socket?.onceClosed(() => this.finish(end));
    if (open) socket?.close(1000, 'User ended conversation');
  }

  private guarded(run: () => void) {
    try {
      run();
    } catch (error) {
      this.mistake(error);
    }
  }

  private mistake(error: unknown) {
    this.parts.onError?.(error);
    this.finish(lost('internal-error'));
  }

  private watchSilence() {
    const { inbox, limits } = this;
    const limit = Math.max(limits.silenceMs, 3 * inbox.longestPingGapMs);
    const quiet = performance.now() - this.lastHeardAt;
    if (quiet >= limit && (inbox.pinged || this.probed)) return this.finish(lost('silent'));
    if (quiet >= limit && this.socket?.isOpen) {
      // An agent may be set not to send pings; then the socket itself is asked for a sign of life.
      // One that is still connecting cannot be asked yet; the limit on starting holds meanwhile.
      this.probed = true;
      this.socket.ping();
    }
    const again = Math.max(20, quiet >= limit ? limit / 2 : limit - quiet);
    this.timers.after('silence', again, () => this.guarded(() => this.watchSilence()));
  }

  private flushKeys() {
    if (this.keys !== '') this.send(dtmfMessage(this.keys));
    this.keys = '';
    this.timers.cancel('keys');
  }

  private tell(message: string) {
    if (this.state === 'ready') this.send(message);
    else if (this.state === 'opening' && this.early.length < mostEarly) this.early.push(message);
  }
}
