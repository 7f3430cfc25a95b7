import type { AgentLane } from './agent-lane.ts';
import type { CallDesk, CallPlan } from './bridge.types.ts';
import type { TurnLog } from './turn-log.ts';

/** Written turns are at most this old. */
const writeEveryMs = 500;
/** An answer that ended so long ago has come to its end. */
const settledMs = 300;
/** The store is away: what was said is asked about again. */
const askAgainMs = 2_000;
/** An agent that was told so often does not say it. */
const mostReminders = 3;

/** Brings into the transcript what was heard, a few times a second, and sees to it that what must be said first is heard. */
export class TurnWriter {
  /** What must be said first was cut off; the agent is to say it again. */
  sayAgain: () => void = () => {};
  private readonly callId: string;
  private readonly desk: CallDesk;
  private readonly agent: AgentLane;
  private readonly log: TurnLog;
  private changed = false;
  private wroteAt = 0;
  /** The first turn that the desk was not asked about. */
  private next: number;
  private said = false;
  private asking = false;
  private askFrom = 0;
  private reminders = 0;

  constructor(plan: CallPlan, desk: CallDesk, agent: AgentLane, log: TurnLog) {
    this.callId = plan.callId;
    this.desk = desk;
    this.agent = agent;
    this.log = log;
    this.next = log.turns.length;
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
    if (!this.said && !this.asking) this.ask(now, live);
  }

  /** Turn by turn, until what must be said was heard. */
  private ask(now: number, live: boolean) {
    const at = this.log.agentTurnEnded(this.next, this.agent.drained);
    if (at === null) return;
    const turn = this.log.turns[at]!;
    // Its audio may only have paused; what was cut off does not go on.
    const early = !turn.interrupted && this.agent.quietMs(now) < settledMs;
    if (early || now < this.askFrom) {
      this.changed = true;
      return;
    }
    this.asking = true;
    void this.desk.openingHeard(this.callId, turn, live).then(step => {
      this.asking = false;
      this.changed = true;
      if (step === 'ask-again') {
        this.askFrom = now + askAgainMs;
        return;
      }
      this.next = at + 1;
      this.said = step === 'said';
      if (step !== 'say-again' || this.reminders >= mostReminders) return;
      this.reminders += 1;
      this.sayAgain();
    });
  }
}
