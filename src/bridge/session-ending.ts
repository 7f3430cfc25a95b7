import type { Ending } from './bridge.types.ts';
import { Farewell, type FarewellPatience } from './farewell.ts';
import type { SessionCore } from './session-core.ts';

/** How a session ends: politely where somebody is there to say goodbye to, and for the first reason that was given. */
export class SessionEnding {
  /** Why the call ends, once that is decided. */
  reason: Ending | null = null;
  private readonly core: SessionCore;
  private readonly finish: (ending: Ending) => void;
  private farewell: Farewell | null = null;
  private goodbye: string | null = null;

  constructor(core: SessionCore, finish: (ending: Ending) => void) {
    this.core = core;
    this.finish = finish;
  }

  get decided(): boolean {
    return this.reason !== null || this.core.state === 'closed';
  }

  /** Ends the call after what is being said and, where there are words, after the agent's goodbye. The first ending counts. */
  bid(ending: Ending, words: string | null, patience: Partial<FarewellPatience> = {}) {
    const { core } = this;
    if (this.decided) return;
    this.reason = ending;
    if (!core.stream) return this.finish(ending);
    this.goodbye = words;
    this.farewell = new Farewell(core.parts.clock.now(), words !== null, patience);
    core.event('ending', 'system', { reason: ending.reason });
    core.move('endingBegan');
  }

  agentSpoke(now: number) {
    this.farewell?.agentSpoke(now);
  }

  /** True while the call is being ended; `prompt` makes the agent say its goodbye. */
  look(now: number, agentGone: boolean, prompt: (words: string) => void): boolean {
    const { farewell, core } = this;
    if (!farewell) return false;
    const { agent } = core;
    const due = farewell.look(now, { drained: agent.drained, quietMs: agent.quietMs(now), agentGone });
    if (due === 'speak' && this.goodbye !== null) prompt(this.goodbye);
    if (due === 'done' && this.reason) this.finish(this.reason);
    return true;
  }
}
