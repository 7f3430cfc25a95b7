import { instructions } from './agent-instructions-contract.ts';
import type { AgentSide } from './agent-side.ts';
import type { FarewellPatience } from './farewell.ts';
import type { SessionCore } from './session-core.ts';
import type { SessionEnding } from './session-ending.ts';
import type { SessionPeople } from './session-people.ts';

const minuteMs = 60_000;
/** The carrier ends the call thirty seconds after the limit; until then a goodbye has to be over. */
const limitPatience: FarewellPatience = { finishMs: 4_000, answerMs: 5_000, speakMs: 14_000 };

/** How long a call may last, and how long nobody may say anything. */
export class CallLimits {
  private readonly core: SessionCore;
  private readonly agentSide: AgentSide;
  private readonly ending: SessionEnding;
  private readonly people: SessionPeople;
  private toldLimit = false;

  constructor(core: SessionCore, agentSide: AgentSide, ending: SessionEnding, people: SessionPeople) {
    this.core = core;
    this.people = people;
    this.agentSide = agentSide;
    this.ending = ending;
  }

  look(now: number) {
    const { core, agentSide, ending } = this;
    const { plan } = core;
    const limit = plan.answeredAt.getTime() + plan.maxSeconds * 1_000;
    if (now >= limit) {
      const reason = { source: 'system', reason: 'max-duration' } as const;
      // A person says goodbye for themselves: they were told a minute ago.
      return ending.bid(reason, core.person ? null : instructions.goodbye(plan.agent.farewell), limitPatience);
    }
    if (!this.toldLimit && now >= limit - minuteMs && plan.maxSeconds >= 90) {
      this.toldLimit = true;
      core.event('limit-near', 'system', { secondsLeft: Math.round((limit - now) / 1_000) });
      agentSide.session?.addContext(instructions.oneMinuteLeft);
      this.people.limitNear(limit);
    }
    this.lookForSilence(now);
  }

  private lookForSilence(now: number) {
    const { core, agentSide } = this;
    const { plan, silence, caller, agent } = core;
    // Whoever has the call looks after its silences.
    if (core.person) silence.callerHeard(now);
    if (caller.soundAt !== null) silence.callerHeard(caller.soundAt);
    if (!agent.drained) silence.agentHeard(now);
    else if (agentSide.busy) silence.busy(now);
    const due = silence.look(now);
    if (due === 'ask') {
      core.event('silence', 'system', { afterMs: plan.silenceMs });
      agentSide.session?.prompt(instructions.askIfThere);
    } else if (due === 'end') {
      this.ending.bid({ source: 'system', reason: 'silence' }, instructions.goodbye(plan.agent.farewell));
    }
  }
}
