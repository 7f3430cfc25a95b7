import type { AgentLane } from './agent-lane.ts';
import type { CallDesk } from './bridge.types.ts';
import type { TurnLog } from './turn-log.ts';

/** An answer that ended so long ago has come to its end. */
const settledMs = 300;
/** The store is away: what was said is asked about again. */
const askAgainMs = 2_000;
/** An agent that was told so often does not say it. */
const mostReminders = 3;

/** Sees to it that what must be said first is heard: asks about each thing the agent says until it was, and has it said again. */
export class OpeningWatch {
  /** It was cut off; the agent is to say it again. */
  sayAgain: () => void = () => {};
  private readonly callId: string;
  private readonly desk: Pick<CallDesk, 'openingHeard'>;
  private readonly agent: AgentLane;
  private readonly log: TurnLog;
  /** There is something to look at again soon. */
  private readonly pending: () => void;
  /** The first turn that the desk was not asked about. */
  private next: number;
  private said = false;
  private asking = false;
  private askFrom = 0;
  private reminders = 0;

  constructor(
    callId: string,
    desk: Pick<CallDesk, 'openingHeard'>,
    agent: AgentLane,
    log: TurnLog,
    pending: () => void,
  ) {
    this.callId = callId;
    this.desk = desk;
    this.agent = agent;
    this.log = log;
    this.pending = pending;
    this.next = log.turns.length;
  }

  /** The turns are as they stand in the log now; `live` is false once the call is over. */
  look(now: number, live: boolean) {
    if (this.said || this.asking) return;
    const at = this.log.agentTurnEnded(this.next, this.agent.drained);
    if (at === null) return;
    const turn = this.log.turns[at]!;
    // Its audio may only have paused; what was cut off does not go on.
    const early = !turn.interrupted && this.agent.quietMs(now) < settledMs;
    if (early || now < this.askFrom) return this.pending();
    this.asking = true;
    void this.desk.openingHeard(this.callId, turn, live).then(step => {
      this.asking = false;
      this.pending();
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
