import type {
  AgentCallContext,
  Engine,
  EngineEnd,
  EngineNote,
  EngineSession,
  EngineToolCall,
  EngineTurn,
} from '../engines/engine-contract.ts';
import { AppError } from '../errors.ts';
import { instructions } from './agent-instructions-contract.ts';
import { type AgentFormats, AgentLink, type AgentLinkListener } from './agent-link.ts';
import type { SessionCore } from './session-core.ts';
import type { SessionEnding } from './session-ending.ts';
import type { AgentState } from './session-state.ts';
import { ToolRuns } from './tool-runs.ts';

/** An agent whose socket takes nothing for so long is gone, whatever it says. */
const stuckMs = 10_000;
const minuteMs = 60_000;
const mostEarlyKeys = 32;
/** What colleagues told the agent, kept for a session that takes the place of this one. */
const mostWhispers = 20;

/** The agent's half of a session: what its words, tools, losses and returns mean for the call. */
export class AgentSide implements AgentLinkListener {
  private readonly core: SessionCore;
  private readonly ending: SessionEnding;
  private readonly link: AgentLink;
  private readonly tools: ToolRuns;
  /** Keys pressed before there was an agent. */
  private keys: string[] = [];
  private stuckSince: number | null = null;
  private whispers: string[] = [];
  private toldDropped = false;
  /** An agent that was away when what must be said first was to be said again. */
  private openingDue = false;
  /** What an agent that was away when it got the call back has to be told. */
  private welcome: { readonly context: string; readonly prompt: string } | null = null;

  constructor(core: SessionCore, ending: SessionEnding, engine: Engine) {
    const { rules, clock } = core.parts;
    this.core = core;
    this.ending = ending;
    this.tools = new ToolRuns(core);
    this.link = new AgentLink(engine, rules, reopened => this.context(reopened), this, clock);
  }

  get session(): EngineSession | null {
    return this.link.session;
  }

  get state(): AgentState {
    return this.link.state;
  }

  /** A silence is not the caller's while a tool runs or no agent is there. */
  get busy(): boolean {
    return this.tools.busy || this.link.state !== 'ready';
  }

  /** The tool that is being used. */
  get tool(): string | null {
    return this.tools.current;
  }

  open() {
    this.link.open();
  }

  close(reason: string) {
    this.tools.stop();
    this.link.close(reason);
  }

  look(now: number) {
    this.link.look(now);
    this.tellDropped();
  }

  /** Told at once, or as soon as there is an agent; one that takes the place of another is told again. */
  whisper(text: string) {
    const { session, state } = this.link;
    if (state === 'closed') throw new AppError('CALL_CANNOT', 'The agent has left this call; there is nobody to tell.');
    if (this.whispers.length >= mostWhispers) {
      if (state !== 'ready')
        throw new AppError('CALL_CANNOT', 'The agent is away and much is waiting for it; try again.');
      this.whispers.shift();
    }
    this.whispers.push(text);
    if (state === 'ready') session?.addContext(text);
  }

  /** What must be said first was cut off: told now, or as soon as there is an agent. */
  sayOpeningAgain() {
    const { core, ending } = this;
    const opening = core.log.turns.find(({ role, text }) => role === 'agent' && text !== '');
    if (!opening || ending.decided || core.person || core.passing) return;
    this.openingDue = this.link.state !== 'ready';
    if (this.openingDue) return;
    this.link.session?.addContext(instructions.openingCutOff(opening.text));
    core.event('opening-due-again', 'system');
  }

  /** A person speaks from now on. */
  paused(name: string) {
    if (this.link.state === 'ready') this.link.session?.addContext(instructions.paused(name));
  }

  comeBack() {
    this.link.comeBack();
  }

  /** The agent has the call again. */
  resumed(context: string, prompt: string) {
    const { session, state } = this.link;
    if (state !== 'ready' || !session) {
      this.welcome = { context, prompt };
      return;
    }
    session.addContext(context);
    session.prompt(prompt);
  }

  /** An agent that takes no audio for long is given up. */
  watchSocket(now: number) {
    if (!this.core.caller.behind) {
      this.stuckSince = null;
      return;
    }
    this.stuckSince ??= now;
    if (now - this.stuckSince >= stuckMs) this.link.giveUp('agent-stuck');
  }

  keyPressed(digit: string) {
    if (this.link.state === 'ready') this.link.session?.sendDtmf(digit);
    else if (this.keys.length < mostEarlyKeys) this.keys.push(digit);
  }

  // ---- what the link tells ----

  ready(session: EngineSession, { input, output }: AgentFormats, conversationId: string, reopened: boolean) {
    const { core } = this;
    const { parts, plan } = core;
    const now = parts.clock.now();
    core.agent.open(output);
    core.caller.connect(session, input);
    for (const digit of this.keys.splice(0)) session.sendDtmf(digit);
    for (const text of this.whispers) session.addContext(text);
    if (core.person) {
      core.person.agentReplaced();
      session.addContext(instructions.paused(core.person.who.label));
    } else if (this.welcome) {
      session.addContext(this.welcome.context);
      session.prompt(this.welcome.prompt);
      this.welcome = null;
    }
    if (this.openingDue) this.sayOpeningAgain();
    const connectMs = core.latency.ready(now);
    if (connectMs !== null) parts.observer.agentReady(connectMs);
    parts.desk.journal.note(plan.callId, { conversationId, engine: session.kind });
    core.event(reopened ? 'agent-reopened' : 'agent-ready', 'elevenlabs', { conversationId, afterMs: connectMs });
    core.silence.busy(now);
    core.move('agentReady');
  }

  lost(end: EngineEnd) {
    const { core } = this;
    const now = core.parts.clock.now();
    core.caller.disconnect();
    // The rest of a sentence without its end helps nobody; the next agent is told how far the caller heard.
    if (!core.person) core.agent.clear(now);
    core.turns.write(now);
    core.parts.observer.lost('agent', end.detail.closeCode ?? null);
    core.event('agent-lost', 'elevenlabs', { reason: end.reason, ...end.detail });
  }

  gone(end: EngineEnd, failed: boolean) {
    const { core, ending } = this;
    const { observer, apology, clock } = core.parts;
    core.caller.disconnect();
    const detail = { reason: end.reason, ...end.detail };
    if (failed) observer.agentFailed(end.reason);
    core.event(failed ? 'agent-failed' : 'agent-ended', 'elevenlabs', detail);
    // A person has the call and needs no agent; it is called back when it is needed.
    if (ending.decided || core.person || core.passing) return;
    if (!failed) {
      const reason = { source: 'elevenlabs', reason: end.reason, detail: end.detail } as const;
      return ending.bid(reason, null, { finishMs: minuteMs });
    }
    const now = clock.now();
    core.agent.clear(now);
    if (core.stream) {
      core.agent.clip(apology.bytes, now);
      core.event('apology-played', 'system');
    }
    const finishMs = apology.durationMs + 2_000;
    ending.bid({ source: 'system', reason: 'agent-unavailable', detail }, null, { finishMs });
  }

  queued(waiting: boolean) {
    this.core.event(waiting ? 'agent-queued' : 'agent-admitted', 'elevenlabs');
  }

  audio(base64: Buffer | string, eventId: number) {
    const { core } = this;
    if (core.person !== null) return core.person.droppedAudio(eventId);
    const now = core.parts.clock.now();
    const intoSilence = core.agent.drained;
    if (!core.agent.audio(base64, eventId, now)) return;
    core.turns.touch();
    this.ending.agentSpoke(now);
    if (intoSilence) this.measureWait(now);
  }

  interrupted(eventId: number) {
    const { core } = this;
    // Not the agent was spoken over, but nobody.
    if (core.person) return;
    const now = core.parts.clock.now();
    const cutMs = Math.round(core.agent.ledger.queuedMs(now));
    core.agent.interrupt(eventId, now);
    core.event('interrupted', 'elevenlabs', { cutMs });
    core.turns.write(now);
  }

  transcript({ role, text, eventId }: EngineTurn, final: boolean) {
    const { caller, log, agent, turns, parts, person } = this.core;
    if (role === 'caller') {
      const to = caller.soundAt ?? parts.clock.now();
      log.callerSaid(text, final, caller.speechFrom ?? to, to);
      if (final) person?.heardCaller(text);
    } else if (final) {
      // What the agent says while a person has the call is heard by nobody; of what it said before the words may come late.
      if (!person || (eventId !== null && agent.knows(eventId))) agent.text(eventId, text);
    }
    turns.touch();
  }

  corrected(eventId: number | null, original: string, corrected: string) {
    this.core.agent.corrected(eventId, original, corrected);
    this.core.turns.touch();
  }

  toolCall(call: EngineToolCall, session: EngineSession) {
    if (this.core.person) return this.refuseTool(call, session);
    void this.tools.run(call, session);
  }

  private refuseTool({ name, toolCallId, expectsResult }: EngineToolCall, session: EngineSession) {
    this.core.event('tool-refused', 'system', { name, toolCallId, reason: 'a person has the call' });
    if (expectsResult) session.answerTool(toolCallId, instructions.toolWhilePaused, true);
  }

  note(type: EngineNote, data: Readonly<Record<string, unknown>>) {
    if (type !== 'ping') this.core.event(`agent-${type}`, 'elevenlabs', data);
  }

  /** The agent breaks a silence: how long the caller waited for it. */
  private measureWait(now: number) {
    const { core } = this;
    const waited = core.latency.answered(now, core.caller.soundAt);
    if (!waited) return;
    const { observer, rules } = core.parts;
    const [first, ms] = [waited.kind === 'first-word', Math.round(waited.ms)];
    if (first) observer.firstWord(waited.ms);
    else observer.turn(waited.ms);
    const limitMs = first ? rules.slowFirstWordMs : rules.slowTurnMs;
    if (waited.ms > limitMs) core.event(first ? 'first-word-slow' : 'turn-slow', 'system', { ms, limitMs });
  }

  /** Once a call; how much it was in the end stands in its figures. */
  private tellDropped() {
    const { core } = this;
    if (this.toldDropped || core.agent.dropped === 0) return;
    this.toldDropped = true;
    const { invalid, overflow } = core.agent.figures;
    core.event('agent-audio-dropped', 'system', { invalid, overflow });
  }

  private context(reopened: boolean): AgentCallContext {
    const { plan, log } = this.core;
    const { agent, reservation } = plan;
    const { returned } = plan;
    const failed = returned && !reopened ? [instructions.transferFailed(returned.phone, returned.reason)] : [];
    const conversation = reopened || plan.resume ? [log.asText(), ...failed].join('\n') : '';
    return {
      callId: plan.callId,
      agent: { vendorAgentId: agent.vendorAgentId, permitted: agent.permitted, firstMessage: agent.firstMessage },
      variables: plan.variables,
      overrides: agent.overrides,
      ...(reservation && !reopened ? { reservation } : {}),
      ...(conversation === '' ? {} : { resume: { conversation } }),
    };
  }
}
