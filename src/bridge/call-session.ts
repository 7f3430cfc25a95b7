import type { Engine } from '../engines/engine-contract.ts';
import { AppError } from '../errors.ts';
import type { LetGo } from '../handoff/handoff.types.ts';
import { instructions } from './agent-instructions-contract.ts';
import { AgentSide } from './agent-side.ts';
import type { CallPlan, Ending, LiveSession, SessionView, SpokenTurn } from './bridge.types.ts';
import { CallLimits } from './call-limits.ts';
import type { FarewellPatience } from './farewell.ts';
import { SessionCore } from './session-core.ts';
import { SessionEnding } from './session-ending.ts';
import type { SessionParts } from './session-parts.ts';
import { SessionPeople } from './session-people.ts';
import type { StreamListener, StreamSocket } from './stream-socket.ts';

/** What is being said when a call is passed on may be finished, for so long. */
const finishMs = 3_000;
/** The carrier ends the stream itself; a stream that stays is closed. */
const streamEndsMs = 5_000;

const messagePatience: FarewellPatience = { finishMs: 0, answerMs: 10_000, speakMs: 90_000 };

/** One call between its caller and its agent, from the first stream to the end, over as many sockets as that takes. */
export class CallSession implements LiveSession {
  readonly callId: string;
  readonly callSid: string;
  readonly startedAt: Date;
  readonly people: SessionPeople;
  private readonly core: SessionCore;
  private readonly ending: SessionEnding;
  private readonly agentSide: AgentSide;
  private readonly limits: CallLimits;
  private streamLostAt = 0;
  private missedWords = false;
  private stopPulse: () => void = () => {};
  private onClosed: () => void = () => {};

  constructor(plan: CallPlan, engine: Engine, parts: SessionParts) {
    const now = parts.clock.now();
    this.callId = plan.callId;
    this.callSid = plan.callSid;
    this.startedAt = new Date(now);
    this.core = new SessionCore(plan, parts, now);
    this.ending = new SessionEnding(this.core, ending => this.finish(ending));
    this.agentSide = new AgentSide(this.core, this.ending, engine);
    this.core.turns.opening.sayAgain = () => this.agentSide.sayOpeningAgain();
    this.people = new SessionPeople(this.core, this.agentSide, this.ending);
    this.limits = new CallLimits(this.core, this.agentSide, this.ending, this.people);
  }

  get plan(): CallPlan {
    return this.core.plan;
  }

  get resumed(): boolean {
    return this.core.plan.resume !== null;
  }

  get turns(): readonly SpokenTurn[] {
    return this.core.log.turns;
  }

  /** Whether the call's next stream may join, because its last one is gone or about to be. */
  get isOpen(): boolean {
    return !this.ending.decided;
  }

  start(stream: StreamSocket, onClosed: () => void) {
    const { core } = this;
    this.onClosed = onClosed;
    core.parts.observer.started();
    core.event('stream-started', 'twilio', { streamSid: stream.streamSid });
    this.stopPulse = core.parts.pulse.add(now => this.look(now));
    this.take(stream);
    // The caller may have hung up while the stream's token was looked at. Where only the line broke, they will be back.
    if (this.isOpen) this.agentSide.open();
  }

  /** The call's next stream: the old one is gone, whether we noticed or not. */
  resume(stream: StreamSocket) {
    const { core, agentSide } = this;
    const now = core.parts.clock.now();
    if (core.stream) this.loseStream(1006, now);
    const lostMs = Math.round(now - this.streamLostAt);
    core.move('streamBack');
    core.caller.restart();
    this.take(stream);
    if (agentSide.state === 'ready') core.move('agentReady');
    core.silence.busy(now);
    core.event('stream-resumed', 'twilio', { streamSid: stream.streamSid, lostMs });
    // Nobody prompts an agent while a person has the call.
    if (this.missedWords && !core.person) agentSide.session?.prompt(instructions.lineWasCut(true));
    else agentSide.session?.addContext(instructions.lineWasCut(false));
    this.missedWords = false;
  }

  view(): SessionView {
    const { core } = this;
    const { caller, agent, state } = core;
    const date = (at: number | null) => (at === null ? null : new Date(at));
    return {
      callId: this.callId,
      callSid: this.callSid,
      streamSid: core.stream?.streamSid ?? null,
      direction: core.plan.direction,
      state: state === 'closed' ? 'ending' : state,
      agent: this.agentSide.state,
      startedAt: this.startedAt,
      lastCallerAudioAt: date(caller.lastAudioAt),
      lastAgentAudioAt: date(agent.lastAudioAt),
      queuedMs: Math.round(caller.queuedMs + agent.ledger.queuedMs(core.parts.clock.now())),
      figures: core.figures(),
      person: core.person !== null,
      tool: this.agentSide.tool,
      waitsSince: date(core.waitsSince),
    };
  }

  addContext(text: string) {
    if (this.core.state !== 'closed') this.agentSide.session?.addContext(text);
  }

  sayAndEnd(farewell: string | null, ending: Ending, { atOnce = false }: { atOnce?: boolean } = {}) {
    if (atOnce && !this.ending.decided) this.core.agent.clear(this.core.parts.clock.now());
    const words = farewell === null ? null : instructions.goodbye(farewell);
    this.ending.bid(ending, words, atOnce ? { finishMs: 0 } : {});
  }

  leaveMessage(message: string, ending: Ending) {
    // A person who has the call knows what answered it better than a machine does.
    if (this.ending.decided || this.core.person) return;
    this.core.agent.clear(this.core.parts.clock.now());
    this.ending.bid(ending, message, messagePatience);
  }

  end(ending: Ending) {
    this.finish(this.ending.reason ?? ending);
  }

  passOn(): Promise<void> {
    const { core } = this;
    if (this.ending.decided) throw new AppError('CALL_ENDED', 'This call is over or being ended.');
    core.passing = true;
    const until = core.parts.clock.now() + finishMs;
    return new Promise(resolve => {
      const stop = core.parts.pulse.add(now => {
        const finished = core.agent.drained && core.agent.quietMs(now) >= 300;
        if (core.state !== 'closed' && !core.person && !finished && now < until) return;
        stop();
        resolve();
      });
    });
  }

  passedOn() {
    const { core } = this;
    if (core.state === 'closed') return;
    if (!core.stream) return this.letGo();
    core.parts.clock.after(streamEndsMs, () => this.letGo());
  }

  stay() {
    this.core.passing = false;
  }

  /** The call goes on elsewhere: nobody hangs up. */
  private letGo() {
    const { core } = this;
    if (core.state === 'closed') return;
    this.close('transferred', 'transferred');
    core.parts.observer.ended('api', core.figures());
    core.stream?.close();
    core.stream = null;
    this.onClosed();
  }

  /** This process goes: the call stays, and the carrier brings it to another one. */
  leave(): void {
    const { core } = this;
    if (core.state === 'closed') return;
    this.close('process-stops', 'holder-lost');
    core.stream?.close(1001);
    core.stream = null;
    this.onClosed();
  }

  // ---- the caller's line ----

  private take(stream: StreamSocket) {
    this.core.stream = stream;
    this.core.agent.attach(stream, this.core.parts.clock.now());
    stream.attach(this.streamListener(stream));
  }

  /** A stream that was replaced may still speak; nobody listens to it then. */
  private streamListener(stream: StreamSocket): StreamListener {
    const { core } = this;
    const { caller, agent } = core;
    const current = () => core.stream === stream;
    return {
      media: (payload, timestampMs, now) => {
        if (!current()) return;
        caller.media(payload, timestampMs, now);
        if (core.tap !== null) core.tap.heard(payload, now);
      },
      mark: (name, now) => {
        if (current() && agent.ledger.reach(name, now)) core.turns.touch();
      },
      dtmf: (digit, now) => {
        if (!current()) return;
        core.silence.callerHeard(now);
        core.event('dtmf', 'twilio', { digit });
        this.agentSide.keyPressed(digit);
      },
      closed: ({ stopped, code }, now) => {
        if (!current()) return;
        if (core.passing) return this.letGo();
        if (!stopped) return this.loseStream(code, now);
        this.finish(this.ending.reason ?? { source: 'twilio', reason: 'caller-hung-up' });
      },
    };
  }

  /** The connection broke without a word: the call may come back to us over another one. */
  private loseStream(code: number, now: number) {
    const { core } = this;
    const { stream } = core;
    core.stream = null;
    this.streamLostAt = now;
    core.gapsBefore += stream?.gaps ?? 0;
    stream?.terminate();
    if (core.state === 'closed') return;
    this.missedWords ||= !core.agent.drained;
    core.agent.attach(null, now);
    core.turns.touch();
    core.parts.observer.lost('carrier', code);
    core.event('stream-lost', 'twilio', { code });
    core.move('streamLost');
    // Nobody is left to say goodbye to.
    if (this.ending.reason) this.finish(this.ending.reason);
  }

  // ---- time ----

  private look(now: number) {
    const { core, agentSide } = this;
    if (core.state === 'closed') return;
    if (core.agent.look(now)) core.turns.touch();
    core.caller.look(now);
    agentSide.look(now);
    core.turns.look(now);
    if (core.tap !== null) this.people.look(now);
    this.watchSockets(now);
    const ending = this.ending.look(now, agentSide.state === 'closed', words => agentSide.session?.prompt(words));
    if (!ending && core.state === 'talking' && !core.passing) this.limits.look(now);
  }

  private watchSockets(now: number) {
    const { core } = this;
    const { rules } = core.parts;
    if (core.stream && now - core.stream.heardAt >= rules.idleMs) this.loseStream(1006, now);
    if (core.state === 'waiting-for-stream' && now - this.streamLostAt >= rules.streamBackMs) {
      return this.finish(this.ending.reason ?? { source: 'websocket', reason: 'stream-lost' });
    }
    this.agentSide.watchSocket(now);
  }

  // ---- the end ----

  private finish(ending: Ending) {
    const { core } = this;
    if (core.state === 'closed') return;
    const { desk, clock, rules, observer } = core.parts;
    this.ending.reason = ending;
    this.close(ending.reason);
    observer.ended(ending.source, core.figures());
    let closed = false;
    const close = () => {
      if (closed) return;
      closed = true;
      giveUp();
      core.stream?.close();
      core.stream = null;
      this.onClosed();
    };
    // The carrier is told first, so that it does not take our closing for a loss; it may not keep us waiting.
    const giveUp = clock.after(rules.hangUpMs, close);
    void desk.end(this.callId, ending).then(close, close);
  }

  /** Nothing happens any more but the closing of sockets; what is known is written down. */
  private close(reason: string, letGo: LetGo = 'call-ended') {
    const { core } = this;
    const { desk, clock } = core.parts;
    core.move('ended');
    this.stopPulse();
    this.agentSide.close(reason);
    this.people.close(letGo, clock.now());
    core.agent.cut(clock.now());
    core.turns.write(clock.now(), false);
    desk.journal.note(this.callId, { media: core.figures(), latency: core.latency.figures() });
    core.event('stream-ended', 'system', { reason });
  }
}
