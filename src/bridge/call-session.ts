import type { AgentCallContext, Engine, EngineEnd, EngineSession, EngineToolCall } from '../engines/engine-contract.ts';
import type { Clock } from '../jobs/clock.ts';
import type { ToolBox } from '../tools/tools.types.ts';
import { instructions } from './agent-instructions.ts';
import { AgentLane } from './agent-lane.ts';
import { type AgentFormats, AgentLink } from './agent-link.ts';
import type { Announcement } from './announcement.ts';
import type { CallDesk, CallPlan, Ending, LiveSession, MediaFigures, SessionView, SpokenTurn } from './bridge.types.ts';
import { CallLatency } from './call-latency.ts';
import { CallerLane } from './caller-lane.ts';
import { Farewell, type FarewellPatience } from './farewell.ts';
import type { Pulse } from './pulse.ts';
import type { SessionObserver } from './session-observer.ts';
import type { SessionRules } from './session-rules.ts';
import { nextSessionState, type SessionEvent, type SessionState } from './session-state.ts';
import { SilenceWatch } from './silence-watch.ts';
import type { StreamListener, StreamSocket } from './stream-socket.ts';
import { TurnLog } from './turn-log.ts';

/** What sessions share. */
export interface SessionParts {
  readonly clock: Clock;
  readonly pulse: Pulse;
  readonly rules: SessionRules;
  readonly desk: CallDesk;
  readonly tools: ToolBox;
  readonly apology: Announcement;
  readonly observer: SessionObserver;
  /** How many caller frames go into one message, by how much this process has to do. */
  readonly pressure: () => number;
}

/** Written turns are at most this old. */
const writeTurnsMs = 300;
/** An answer that ended so long ago has come to its end. */
const settledMs = 300;
const minuteMs = 60_000;
/** An agent whose socket takes nothing for so long is gone, whatever it says. */
const stuckMs = 10_000;
const mostEarlyKeys = 32;
/** The carrier ends the call thirty seconds after the limit; until then a goodbye has to be over. */
const limitPatience: FarewellPatience = { finishMs: 4_000, answerMs: 5_000, speakMs: 14_000 };
const messagePatience: FarewellPatience = { finishMs: 0, answerMs: 10_000, speakMs: 90_000 };

/** One call between its caller and its agent, from the first stream to the end, over as many sockets as that takes. */
export class CallSession implements LiveSession {
  readonly callId: string;
  readonly callSid: string;
  readonly startedAt: Date;
  readonly plan: CallPlan;
  private readonly parts: SessionParts;
  private readonly link: AgentLink;
  private readonly caller: CallerLane;
  private readonly agent = new AgentLane();
  private readonly log: TurnLog;
  private readonly latency: CallLatency;
  private readonly silence: SilenceWatch;
  private readonly abort = new AbortController();
  private state: SessionState = 'connecting';
  private stream: StreamSocket | null = null;
  private streamLostAt = 0;
  private missedWords = false;
  private gapsBefore = 0;
  private keys: string[] = [];
  private tools = 0;
  private farewell: Farewell | null = null;
  private goodbye: string | null = null;
  private ending: Ending | null = null;
  private toldLimit = false;
  private firstTurnTold = false;
  private wroteTurnsAt = 0;
  private turnsChanged = false;
  private stuckSince: number | null = null;
  private stopPulse: () => void = () => {};
  private onClosed: () => void = () => {};

  constructor(plan: CallPlan, engine: Engine, parts: SessionParts) {
    const now = parts.clock.now();
    this.plan = plan;
    this.parts = parts;
    this.callId = plan.callId;
    this.callSid = plan.callSid;
    this.startedAt = new Date(now);
    this.caller = new CallerLane(parts.pressure);
    this.log = new TurnLog(plan.callId, parts.desk.journal, plan.answeredAt.getTime(), plan.resume?.turns ?? []);
    this.latency = new CallLatency(plan.answeredAt.getTime(), now, plan.resume === null);
    this.silence = new SilenceWatch(plan.silenceMs, now);
    this.firstTurnTold = plan.resume !== null;
    this.link = new AgentLink(
      engine,
      parts.rules,
      reopened => this.agentContext(reopened),
      this.agentListener(),
      parts.clock,
    );
  }

  get turns(): readonly SpokenTurn[] {
    return this.log.turns;
  }

  /** Whether the call's next stream may join, because its last one is gone or about to be. */
  get isOpen(): boolean {
    return this.state !== 'closed' && this.ending === null;
  }

  start(stream: StreamSocket, onClosed: () => void) {
    this.onClosed = onClosed;
    this.parts.observer.started();
    this.event('stream-started', 'twilio', { streamSid: stream.streamSid });
    this.stopPulse = this.parts.pulse.add(now => this.look(now));
    this.take(stream);
    // The caller may have hung up while the stream's token was looked at. Where only the line broke, they will be back.
    if (this.isOpen) this.link.open();
  }

  /** The call's next stream: the old one is gone, whether we noticed or not. */
  resume(stream: StreamSocket) {
    const now = this.parts.clock.now();
    if (this.stream) this.loseStream(1006, now);
    const lostMs = Math.round(now - this.streamLostAt);
    this.move('streamBack');
    this.caller.restart();
    this.take(stream);
    if (this.link.state === 'ready') this.move('agentReady');
    this.silence.busy(now);
    this.event('stream-resumed', 'twilio', { streamSid: stream.streamSid, lostMs });
    if (this.missedWords) this.link.session?.prompt(instructions.lineWasCut(true));
    else this.link.session?.addContext(instructions.lineWasCut(false));
    this.missedWords = false;
  }

  view(): SessionView {
    const { caller, agent } = this;
    const date = (at: number | null) => (at === null ? null : new Date(at));
    return {
      callId: this.callId,
      callSid: this.callSid,
      streamSid: this.stream?.streamSid ?? null,
      direction: this.plan.direction,
      state: this.state === 'closed' ? 'ending' : this.state,
      agent: this.link.state,
      startedAt: this.startedAt,
      lastCallerAudioAt: date(caller.lastAudioAt),
      lastAgentAudioAt: date(agent.lastAudioAt),
      queuedMs: Math.round(caller.queuedMs + agent.ledger.queuedMs(this.parts.clock.now())),
      figures: this.figures(),
    };
  }

  addContext(text: string) {
    if (this.state !== 'closed') this.link.session?.addContext(text);
  }

  sayAndEnd(farewell: string | null, ending: Ending) {
    this.bidFarewell(ending, farewell === null ? null : instructions.goodbye(farewell));
  }

  leaveMessage(message: string, ending: Ending) {
    if (this.ending || this.state === 'closed') return;
    this.agent.clear(this.parts.clock.now());
    this.bidFarewell(ending, message, messagePatience);
  }

  end(ending: Ending) {
    this.finish(this.ending ?? ending);
  }

  /** This process goes: the call stays, and the carrier brings it to another one. */
  leave(): void {
    if (this.state === 'closed') return;
    this.close('process-stops');
    this.stream?.close(1001);
    this.stream = null;
    this.onClosed();
  }

  // ---- the caller's side ----

  private take(stream: StreamSocket) {
    this.stream = stream;
    this.agent.attach(stream, this.parts.clock.now());
    stream.attach(this.streamListener(stream));
  }

  private streamListener(stream: StreamSocket): StreamListener {
    const { caller, agent } = this;
    const current = () => this.stream === stream;
    return {
      media: (message, now) => {
        if (current()) caller.media(message, now);
      },
      mark: (name, now) => {
        if (current() && agent.ledger.reach(name, now)) this.turnsChanged = true;
      },
      dtmf: (digit, now) => {
        if (current()) this.keyPressed(digit, now);
      },
      closed: ({ stopped, code }, now) => {
        if (!current()) return;
        if (!stopped) return this.loseStream(code, now);
        this.finish(this.ending ?? { source: 'twilio', reason: 'caller-hung-up' });
      },
    };
  }

  private keyPressed(digit: string, now: number) {
    this.silence.callerHeard(now);
    this.event('dtmf', 'twilio', { digit });
    if (this.link.state === 'ready') this.link.session?.sendDtmf(digit);
    else if (this.keys.length < mostEarlyKeys) this.keys.push(digit);
  }

  /** The connection broke without a word: the call may come back to us over another one. */
  private loseStream(code: number, now: number) {
    const { stream, parts } = this;
    this.stream = null;
    this.streamLostAt = now;
    this.gapsBefore += stream?.gaps ?? 0;
    stream?.terminate();
    if (this.state === 'closed') return;
    this.missedWords ||= !this.agent.drained;
    this.agent.attach(null, now);
    this.turnsChanged = true;
    parts.observer.lost('carrier', code);
    this.event('stream-lost', 'twilio', { code });
    this.move('streamLost');
    // Nobody is left to say goodbye to.
    if (this.ending) this.finish(this.ending);
  }

  // ---- the agent's side ----

  private agentContext(reopened: boolean): AgentCallContext {
    const { plan } = this;
    const { agent, reservation } = plan;
    const conversation = reopened || plan.resume ? this.log.asText() : '';
    return {
      callId: plan.callId,
      agent: { vendorAgentId: agent.vendorAgentId, permitted: agent.permitted, firstMessage: agent.firstMessage },
      variables: plan.variables,
      overrides: agent.overrides,
      ...(reservation && !reopened ? { reservation } : {}),
      ...(conversation === '' ? {} : { resume: { conversation } }),
    };
  }

  private agentListener() {
    const now = () => this.parts.clock.now();
    return {
      ready: (session: EngineSession, formats: AgentFormats, conversationId: string, reopened: boolean) =>
        this.agentReady(session, formats, conversationId, reopened),
      lost: (end: EngineEnd) => this.agentLost(end),
      gone: (end: EngineEnd, failed: boolean) => this.agentGone(end, failed),
      queued: (waiting: boolean) => this.event(waiting ? 'agent-queued' : 'agent-admitted', 'elevenlabs'),
      audio: (base64: Buffer | string, eventId: number) => this.agentAudio(base64, eventId, now()),
      interrupted: (eventId: number) => this.interrupted(eventId, now()),
      transcript: (turn: { role: 'agent' | 'caller'; text: string; eventId: number | null }, final: boolean) => {
        const at = now();
        if (turn.role === 'caller') {
          const to = this.caller.soundAt ?? at;
          this.log.callerSaid(turn.text, final, this.caller.speechFrom ?? to, to);
        } else if (final) this.agent.text(turn.eventId, turn.text);
        this.turnsChanged = true;
      },
      corrected: (eventId: number | null, original: string, corrected: string) => {
        this.agent.corrected(eventId, original, corrected);
        this.turnsChanged = true;
      },
      toolCall: (call: EngineToolCall, session: EngineSession) => void this.runTool(call, session),
      note: (type: string, data: Readonly<Record<string, unknown>>) => {
        if (type !== 'ping') this.event(`agent-${type}`, 'elevenlabs', data);
      },
    };
  }

  private agentReady(
    session: EngineSession,
    { input, output }: AgentFormats,
    conversationId: string,
    reopened: boolean,
  ) {
    const now = this.parts.clock.now();
    this.agent.open(output);
    this.caller.connect(session, input);
    for (const digit of this.keys.splice(0)) session.sendDtmf(digit);
    const connectMs = this.latency.ready(now);
    if (connectMs !== null) this.parts.observer.agentReady(connectMs);
    this.parts.desk.journal.note(this.callId, { conversationId, engine: session.kind });
    this.event(reopened ? 'agent-reopened' : 'agent-ready', 'elevenlabs', { conversationId, afterMs: connectMs });
    this.silence.busy(now);
    this.move('agentReady');
  }

  private agentLost(end: EngineEnd) {
    const now = this.parts.clock.now();
    this.caller.disconnect();
    // The rest of a sentence without its end helps nobody; the next agent is told how far the caller heard.
    this.agent.clear(now);
    this.writeTurns(now);
    this.parts.observer.lost('agent', end.detail.closeCode ?? null);
    this.event('agent-lost', 'elevenlabs', { reason: end.reason, ...end.detail });
  }

  private agentGone(end: EngineEnd, failed: boolean) {
    this.caller.disconnect();
    const detail = { reason: end.reason, ...end.detail };
    if (failed) this.parts.observer.agentFailed(end.reason);
    this.event(failed ? 'agent-failed' : 'agent-ended', 'elevenlabs', detail);
    if (this.ending || this.state === 'closed') return;
    if (!failed)
      return this.bidFarewell({ source: 'elevenlabs', reason: end.reason, detail: end.detail }, null, {
        finishMs: minuteMs,
      });
    const now = this.parts.clock.now();
    this.agent.clear(now);
    if (this.stream) {
      this.agent.clip(this.parts.apology.bytes, now);
      this.event('apology-played', 'system');
    }
    const finishMs = this.parts.apology.durationMs + 2_000;
    this.bidFarewell({ source: 'system', reason: 'agent-unavailable', detail }, null, { finishMs });
  }

  private agentAudio(base64: Buffer | string, eventId: number, now: number) {
    const intoSilence = this.agent.drained;
    if (!this.agent.audio(base64, eventId, now)) return;
    this.turnsChanged = true;
    this.farewell?.agentSpoke(now);
    if (!intoSilence) return;
    const waited = this.latency.answered(now, this.caller.soundAt);
    if (!waited) return;
    const { observer, rules } = this.parts;
    const [first, ms] = [waited.kind === 'first-word', Math.round(waited.ms)];
    if (first) observer.firstWord(waited.ms);
    else observer.turn(waited.ms);
    const limitMs = first ? rules.slowFirstWordMs : rules.slowTurnMs;
    if (waited.ms > limitMs) this.event(first ? 'first-word-slow' : 'turn-slow', 'system', { ms, limitMs });
  }

  private interrupted(eventId: number, now: number) {
    const cutMs = Math.round(this.agent.ledger.queuedMs(now));
    this.agent.interrupt(eventId, now);
    this.event('interrupted', 'elevenlabs', { cutMs });
    this.writeTurns(now);
  }

  private async runTool(call: EngineToolCall, session: EngineSession): Promise<void> {
    const { plan, parts } = this;
    const { callId, callSid, direction, to, from, variables, answeredAt } = plan;
    const { signal } = this.abort;
    const since = parts.clock.now();
    this.tools += 1;
    this.event('tool-called', 'elevenlabs', { name: call.name, toolCallId: call.toolCallId });
    const context = { callId, callSid, direction, to, from, variables, answeredAt, signal, agentId: plan.agent.id };
    const outcome = await parts.tools.run(call, context);
    this.tools -= 1;
    const ms = Math.round(parts.clock.now() - since);
    this.event('tool-answered', 'system', {
      name: call.name,
      toolCallId: call.toolCallId,
      isError: outcome.isError,
      ms,
    });
    if (call.expectsResult) session.answerTool(call.toolCallId, outcome.result, outcome.isError);
  }

  // ---- time ----

  private look(now: number) {
    if (this.state === 'closed') return;
    this.agent.look(now);
    this.caller.look(now);
    this.link.look(now);
    if (this.turnsChanged || !this.agent.drained) {
      if (now - this.wroteTurnsAt >= writeTurnsMs) this.writeTurns(now);
    }
    this.watchSockets(now);
    if (this.farewell) this.lookAtFarewell(this.farewell, now);
    else if (this.state === 'talking') this.watchLimits(now);
  }

  private watchSockets(now: number) {
    const { rules } = this.parts;
    if (this.stream && now - this.stream.heardAt >= rules.idleMs) this.loseStream(1006, now);
    if (this.state === 'waiting-for-stream' && now - this.streamLostAt >= rules.streamBackMs) {
      return this.finish(this.ending ?? { source: 'websocket', reason: 'stream-lost' });
    }
    if (!this.caller.behind) this.stuckSince = null;
    else {
      this.stuckSince ??= now;
      if (now - this.stuckSince >= stuckMs) this.link.giveUp('agent-stuck');
    }
  }

  private watchLimits(now: number) {
    const { plan, silence, caller } = this;
    const limit = plan.answeredAt.getTime() + plan.maxSeconds * 1_000;
    if (now >= limit) {
      return this.bidFarewell(
        { source: 'system', reason: 'max-duration' },
        instructions.goodbye(plan.agent.farewell),
        limitPatience,
      );
    }
    if (!this.toldLimit && now >= limit - minuteMs && plan.maxSeconds >= 90) {
      this.toldLimit = true;
      this.event('limit-near', 'system', { secondsLeft: Math.round((limit - now) / 1_000) });
      this.link.session?.addContext(instructions.oneMinuteLeft);
    }
    if (caller.soundAt !== null) silence.callerHeard(caller.soundAt);
    if (!this.agent.drained) silence.agentHeard(now);
    else if (this.tools > 0 || this.link.state !== 'ready') silence.busy(now);
    const due = silence.look(now);
    if (due === 'ask') {
      this.event('silence', 'system', { afterMs: plan.silenceMs });
      this.link.session?.prompt(instructions.askIfThere);
    } else if (due === 'end') {
      this.bidFarewell({ source: 'system', reason: 'silence' }, instructions.goodbye(plan.agent.farewell));
    }
  }

  private lookAtFarewell(farewell: Farewell, now: number) {
    const { agent, link } = this;
    const sight = { drained: agent.drained, quietMs: agent.quietMs(now), agentGone: link.state === 'closed' };
    const due = farewell.look(now, sight);
    if (due === 'speak' && this.goodbye !== null) link.session?.prompt(this.goodbye);
    if (due === 'done' && this.ending) this.finish(this.ending);
  }

  // ---- writing down, ending ----

  private writeTurns(now: number) {
    this.wroteTurnsAt = now;
    this.turnsChanged = false;
    const answers = this.agent.ledger.takeNews(now);
    this.log.agentHeard(answers, now);
    if (this.firstTurnTold || !this.agent.drained) return;
    if (this.agent.quietMs(now) < settledMs) {
      this.turnsChanged = true;
      return;
    }
    const turn = this.log.firstHeard(answers);
    if (!turn) return;
    this.firstTurnTold = true;
    this.parts.desk.firstTurnHeard(this.callId, turn);
  }

  /** Ends the call after what is being said and, where there are words, after the agent's goodbye. The first ending counts. */
  private bidFarewell(ending: Ending, words: string | null, patience: Partial<FarewellPatience> = {}) {
    if (this.ending || this.state === 'closed') return;
    this.ending = ending;
    if (!this.stream) return this.finish(ending);
    this.goodbye = words;
    this.farewell = new Farewell(this.parts.clock.now(), words !== null, patience);
    this.event('ending', 'system', { reason: ending.reason });
    this.move('endingBegan');
  }

  private finish(ending: Ending) {
    if (this.state === 'closed') return;
    const { desk, clock, rules, observer } = this.parts;
    this.ending = ending;
    this.close(ending.reason);
    observer.ended(ending.source, this.figures());
    let closed = false;
    const close = () => {
      if (closed) return;
      closed = true;
      giveUp();
      this.stream?.close();
      this.stream = null;
      this.onClosed();
    };
    // The carrier is told first, so that it does not take our closing for a loss; it may not keep us waiting.
    const giveUp = clock.after(rules.hangUpMs, close);
    void desk.end(this.callId, ending).then(close, close);
  }

  /** Nothing happens any more but the closing of sockets; what is known is written down. */
  private close(reason: string) {
    const { desk, clock } = this.parts;
    this.move('ended');
    this.stopPulse();
    this.abort.abort();
    this.link.close(reason);
    this.agent.ledger.cut(clock.now());
    this.writeTurns(clock.now());
    desk.journal.note(this.callId, { media: this.figures(), latency: this.latency.figures() });
    this.event('stream-ended', 'system', { reason });
  }

  private figures(): MediaFigures {
    const { caller, agent, stream } = this;
    const { frames, dropped, coalesced, late, peakQueuedMs } = caller.figures;
    return {
      callerFrames: frames,
      agentFrames: agent.figures.frames,
      gaps: this.gapsBefore + (stream?.gaps ?? 0),
      dropped,
      coalesced,
      late,
      peakQueuedMs: Math.round(peakQueuedMs),
      interruptions: agent.figures.interruptions,
    };
  }

  private move(event: SessionEvent) {
    this.state = nextSessionState(this.state, event);
  }

  private event(type: string, source: string, data: Readonly<Record<string, unknown>> = {}) {
    this.parts.desk.journal.event(this.callId, type, source, data, new Date(this.parts.clock.now()));
  }
}
