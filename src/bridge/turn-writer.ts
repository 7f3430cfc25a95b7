import type { AgentLane } from './agent-lane.ts';
import type { CallDesk, CallPlan } from './bridge.types.ts';
import { OpeningWatch } from './opening-watch.ts';
import type { TurnLog } from './turn-log.ts';

/** Written turns are at most this old. */
const writeEveryMs = 500;

/** Brings into the transcript what was heard, a few times a second, and shows it to who watches the call's opening. */
export class TurnWriter {
  readonly opening: OpeningWatch;
  private readonly agent: AgentLane;
  private readonly log: TurnLog;
  private changed = false;
  private wroteAt = 0;

  constructor(plan: CallPlan, desk: CallDesk, agent: AgentLane, log: TurnLog) {
    this.agent = agent;
    this.log = log;
    this.opening = new OpeningWatch(plan.callId, desk, agent, log, () => this.touch());
  }

  /** Something was said or heard that is not written yet. */
  touch() {
    this.changed = true;
  }

  look(now: number) {
    if ((this.changed || !this.agent.drained) && now - this.wroteAt >= writeEveryMs) this.write(now);
  }

  write(now: number, live = true) {
    const { agent, log } = this;
    this.wroteAt = now;
    this.changed = false;
    log.agentHeard(agent.ledger.takeNews(now), now, agent.drained);
    this.opening.look(now, live);
  }
}
