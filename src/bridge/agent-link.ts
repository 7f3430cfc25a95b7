import type {
  AgentCallContext,
  AudioFormat,
  Engine,
  EngineEnd,
  EngineListener,
  EngineNote,
  EngineSession,
  EngineToolCall,
  EngineTurn,
} from '../engines/engine-contract.ts';
import type { Clock } from '../jobs/clock.ts';
import type { SessionRules } from './session-rules.ts';
import { type AgentState, nextAgentState } from './session-state.ts';

export interface AgentFormats {
  readonly input: AudioFormat;
  readonly output: AudioFormat;
}

/** What the link tells its session. After `gone` nothing comes any more. */
export interface AgentLinkListener {
  ready(session: EngineSession, formats: AgentFormats, conversationId: string, reopened: boolean): void;
  lost(end: EngineEnd): void;
  queued(waiting: boolean): void;
  /** The agent said goodbye, or there will be none: then `failed` is true. */
  gone(end: EngineEnd, failed: boolean): void;
  audio(base64: Buffer | string, eventId: number): void;
  interrupted(eventId: number): void;
  transcript(turn: EngineTurn, final: boolean): void;
  corrected(eventId: number | null, original: string, corrected: string): void;
  toolCall(call: EngineToolCall, session: EngineSession): void;
  note(type: EngineNote, data: Readonly<Record<string, unknown>>): void;
}

/** Waits between attempts to reopen; the last one repeats. */
const retryMs = [0, 250, 500, 1_000];

/** Keeps one agent on the line: opens its session, and opens another with the conversation so far when that one is lost. */
export class AgentLink {
  state: AgentState = 'connecting';
  session: EngineSession | null = null;
  private readonly clock: Clock;
  private readonly engine: Engine;
  private readonly rules: SessionRules;
  private readonly listener: AgentLinkListener;
  private readonly context: (reopened: boolean) => AgentCallContext;
  private epoch = 0;
  private ready = false;
  private deadline: number;
  private queuedSince: number | null = null;
  private retryAt: number | null = null;
  private attempts = 0;
  private reopens: number[] = [];
  private lastEnd: EngineEnd | null = null;

  constructor(
    engine: Engine,
    rules: SessionRules,
    context: (reopened: boolean) => AgentCallContext,
    listener: AgentLinkListener,
    clock: Clock,
  ) {
    this.clock = clock;
    this.engine = engine;
    this.rules = rules;
    this.context = context;
    this.listener = listener;
    this.deadline = clock.now() + rules.readyMs;
  }

  open() {
    const epoch = ++this.epoch;
    const reopened = this.state === 'reopening';
    this.ready = false;
    this.retryAt = null;
    const session = this.engine.open(this.context(reopened), this.listenerFor(epoch, reopened));
    if (epoch === this.epoch) this.session = session;
  }

  /** Nothing is retried any more. */
  close(reason: string) {
    const { session } = this;
    this.epoch += 1;
    this.state = nextAgentState(this.state, 'gone');
    this.session = null;
    this.retryAt = null;
    session?.close(reason);
  }

  /** An agent that left while nobody needed it is called back, and told the conversation so far. */
  comeBack() {
    if (this.state !== 'closed') return;
    this.state = nextAgentState(this.state, 'wanted');
    this.deadline = this.clock.now() + this.rules.reopenMs;
    this.attempts = 0;
    this.queuedSince = null;
    this.lastEnd = null;
    this.open();
  }

  /** The session is of no use although nobody said so. */
  giveUp(reason: string) {
    const { session } = this;
    this.epoch += 1;
    session?.close(reason);
    this.ended({ kind: 'lost', reason, detail: {} }, this.clock.now());
  }

  look(now: number) {
    if (this.state === 'closed') return;
    if (this.state === 'queued') {
      if (this.queuedSince !== null && now - this.queuedSince >= this.rules.queueMs)
        this.fail(this.late('agent-queue-full'));
      return;
    }
    if (this.state === 'ready') return;
    if (now >= this.deadline)
      return this.fail(this.late(this.state === 'reopening' ? 'agent-lost' : 'agent-not-ready'));
    if (this.retryAt !== null && now >= this.retryAt) this.open();
  }

  private late(reason: string): EngineEnd {
    return this.lastEnd ?? { kind: 'lost', reason, detail: {} };
  }

  private listenerFor(epoch: number, reopened: boolean): EngineListener {
    const current = () => epoch === this.epoch;
    const { listener } = this;
    return {
      ready: ({ input, output, conversationId }) => {
        if (!current() || this.ready || !this.session) return;
        this.ready = true;
        this.attempts = 0;
        this.state = nextAgentState(this.state, 'ready');
        listener.ready(this.session, { input, output }, conversationId, reopened);
      },
      audio: (base64, eventId) => {
        if (current()) listener.audio(base64, eventId);
      },
      interrupted: eventId => {
        if (current()) listener.interrupted(eventId);
      },
      transcript: (turn, final) => {
        if (current()) listener.transcript(turn, final);
      },
      corrected: (eventId, original, corrected) => {
        if (current()) listener.corrected(eventId, original, corrected);
      },
      toolCall: call => {
        if (current() && this.session) listener.toolCall(call, this.session);
      },
      queued: waiting => {
        if (!current()) return;
        this.state = nextAgentState(this.state, waiting ? 'waiting' : 'admitted');
        this.queuedSince = waiting ? (this.queuedSince ?? this.clock.now()) : null;
        listener.queued(waiting);
      },
      note: (type, data) => {
        if (current()) listener.note(type, data);
      },
      ended: end => {
        if (current()) this.ended(end, this.clock.now());
      },
    };
  }

  private ended(end: EngineEnd, now: number) {
    this.epoch += 1;
    this.session = null;
    this.lastEnd = end;
    if (end.kind === 'refused') return this.fail(end);
    if (end.kind === 'agent' || end.kind === 'closed') {
      this.state = nextAgentState(this.state, 'gone');
      return this.listener.gone(end, false);
    }
    this.lose(end, now);
  }

  private lose(end: EngineEnd, now: number) {
    const { rules } = this;
    this.queuedSince = null;
    if (this.state === 'ready' || this.state === 'queued') {
      this.reopens = [...this.reopens.filter(at => now - at < 60_000), now];
      if (this.reopens.length > rules.reopensPerMinute) return this.fail(end);
      this.state = nextAgentState(this.state, 'lost');
      this.deadline = now + rules.reopenMs;
      this.attempts = 0;
      this.listener.lost(end);
    }
    this.retryAt = now + retryMs[Math.min(this.attempts, retryMs.length - 1)]!;
    this.attempts += 1;
    if (this.retryAt <= now) this.open();
  }

  private fail(end: EngineEnd) {
    const { session } = this;
    this.epoch += 1;
    this.session = null;
    this.retryAt = null;
    this.state = nextAgentState(this.state, 'gone');
    session?.close('not needed any more');
    this.listener.gone(end, true);
  }
}
