import type { AgentLane } from './agent-lane.ts';
import type { CallDesk, CallPlan } from './bridge.types.ts';
import type { TurnLog } from './turn-log.ts';

/** Written turns are at most this old. */
const writeEveryMs = 500;
/** An answer that ended so long ago has come to its end. */
const settledMs = 300;

/** Brings into the transcript what was heard, a few times a second, and tells once that the first sentence was heard. */
export class TurnWriter {
  private readonly callId: string;
  private readonly desk: CallDesk;
  private readonly agent: AgentLane;
  private readonly log: TurnLog;
  private changed = false;
  private wroteAt = 0;
  private firstTold: boolean;

  constructor(plan: CallPlan, desk: CallDesk, agent: AgentLane, log: TurnLog) {
    this.callId = plan.callId;
    this.desk = desk;
    this.agent = agent;
    this.log = log;
    this.firstTold = plan.resume !== null;
  }

  /** Something was said or heard that is not written yet. */
  touch() {
    this.changed = true;
  }

  look(now: number) {
    if ((this.changed || !this.agent.drained) && now - this.wroteAt >= writeEveryMs) this.write(now);
  }

  write(now: number) {
    const { agent, log } = this;
    this.wroteAt = now;
    this.changed = false;
    const answers = agent.ledger.takeNews(now);
    log.agentHeard(answers, now, agent.drained);
    if (this.firstTold || !agent.drained) return;
    if (agent.quietMs(now) < settledMs) {
      this.changed = true;
      return;
    }
    const turn = log.firstHeard(answers);
    if (!turn) return;
    this.firstTold = true;
    this.desk.firstTurnHeard(this.callId, turn);
  }
}
