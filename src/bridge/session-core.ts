import { AgentLane } from './agent-lane.ts';
import type { CallPlan, MediaFigures, SessionPerson } from './bridge.types.ts';
import { CallLatency } from './call-latency.ts';
import type { CallTap } from './call-tap.ts';
import { CallerLane } from './caller-lane.ts';
import type { SessionParts } from './session-parts.ts';
import { nextSessionState, type SessionEvent, type SessionState } from './session-state.ts';
import { SilenceWatch } from './silence-watch.ts';
import type { StreamSocket } from './stream-socket.ts';
import { TurnLog } from './turn-log.ts';
import { TurnWriter } from './turn-writer.ts';

/** What the two sides of one session share: where it stands, its two lanes, and what is written down of it. */
export class SessionCore {
  readonly plan: CallPlan;
  readonly parts: SessionParts;
  readonly caller: CallerLane;
  readonly agent: AgentLane;
  readonly log: TurnLog;
  readonly turns: TurnWriter;
  readonly latency: CallLatency;
  readonly silence: SilenceWatch;
  state: SessionState = 'connecting';
  /** The caller's present line; null while it is broken. */
  stream: StreamSocket | null = null;
  /** Where listeners hear the call; null while nobody listens, which is nearly always. */
  tap: CallTap | null = null;
  /** Who has the call in the agent's place. */
  person: SessionPerson | null = null;
  /** The call is on its way to somebody else, so an end of its stream is no end of the call. */
  passing = false;
  /** Of the streams before this one. */
  gapsBefore = 0;

  constructor(plan: CallPlan, parts: SessionParts, now: number) {
    const answeredAt = plan.answeredAt.getTime();
    this.plan = plan;
    this.parts = parts;
    this.caller = new CallerLane(parts.pressure);
    this.agent = new AgentLane(parts.pressure);
    this.log = new TurnLog(plan.callId, parts.desk.journal, answeredAt, plan.resume ?? undefined);
    this.turns = new TurnWriter(plan, parts.desk, this.agent, this.log);
    this.latency = new CallLatency(answeredAt, now, plan.resume === null);
    this.silence = new SilenceWatch(plan.silenceMs, now);
  }

  /** When the caller ended what the agent has not answered yet. What they say while the agent goes on speaking waits for nothing. */
  get waitsSince(): number | null {
    const { soundAt, speaking } = this.caller;
    const { ledger } = this.agent;
    return soundAt !== null && !speaking && ledger.drained && soundAt > ledger.playedAt ? soundAt : null;
  }

  move(event: SessionEvent) {
    this.state = nextSessionState(this.state, event);
  }

  event(type: string, source: string, data: Readonly<Record<string, unknown>> = {}) {
    const { parts, plan } = this;
    parts.desk.journal.event(plan.callId, type, source, data, new Date(parts.clock.now()));
  }

  figures(): MediaFigures {
    const { caller, agent, stream } = this;
    const { frames, dropped, coalesced, late, peakQueuedMs } = caller.figures;
    return {
      callerFrames: frames,
      agentFrames: agent.figures.frames,
      gaps: this.gapsBefore + (stream?.gaps ?? 0),
      dropped,
      agentDropped: agent.dropped,
      coalesced,
      late,
      peakQueuedMs: Math.round(peakQueuedMs),
      interruptions: agent.figures.interruptions,
    };
  }
}
