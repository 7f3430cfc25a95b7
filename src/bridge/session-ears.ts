import { AppError } from '../errors.ts';
import type { CallListener, LetGo, Listening, PersonLine, PersonView } from '../handoff/handoff.types.ts';
import type { CallMeter } from './bridge.types.ts';
import { CallTap } from './call-tap.ts';
import { LevelMeter } from './level-meter.ts';
import type { SessionCore } from './session-core.ts';

/** Listeners of one call; each of them costs what a call costs. */
const mostListeners = 50;

/** Everybody who hears a call: listeners, whoever speaks on it, and meters, which hear how loud it is and nothing else. */
export class SessionEars {
  private readonly core: SessionCore;
  private readonly listeners = new Map<object, PersonView>();
  private readonly changed: () => void;

  constructor(core: SessionCore, changed: () => void) {
    this.core = core;
    this.changed = changed;
  }

  /** Those who listen, in the order in which they came. */
  get people(): readonly PersonView[] {
    return [...this.listeners.values()];
  }

  listen(who: CallListener & Pick<PersonLine, 'who'>): Listening {
    if (this.listeners.size >= mostListeners) {
      throw new AppError(
        'CALL_CANNOT',
        `${mostListeners} people listen to this call already; wait until one of them leaves.`,
      );
    }
    const { core } = this;
    const key = {};
    const leave = this.hear({
      audio: (side, seq, mulaw) => who.audio(side, seq, mulaw),
      stopped: why => {
        this.listeners.delete(key);
        who.stopped(why);
      },
    });
    this.listeners.set(key, viewOf(who.who, 'listening', core));
    core.event('listening-began', 'api', { by: who.who.label });
    this.changed();
    return {
      stop: () => {
        if (!this.listeners.delete(key)) return;
        leave();
        core.event('listening-ended', 'api', { by: who.who.label });
        this.changed();
      },
    };
  }

  /** How loud the call is, from now on until it is stopped. */
  meter(): CallMeter {
    const meter = new LevelMeter();
    const leave = this.hear(meter);
    return {
      take: () => meter.take(),
      get isOver() {
        return meter.isOver;
      },
      stop: leave,
    };
  }

  /** Returns the way out, which is silent. */
  hear(listener: CallListener, speaks = false): () => void {
    const { core } = this;
    core.tap ??= new CallTap(core.agent.ledger);
    core.agent.tap = core.tap;
    const leave = core.tap.add(listener, speaks ? 'person' : null);
    return () => {
      leave();
      if (!core.tap || core.tap.size > 0) return;
      core.tap = null;
      core.agent.tap = null;
    };
  }

  /** The call is over for everybody who hears it. */
  close(why: LetGo, now: number): void {
    const { core } = this;
    const { tap } = core;
    core.agent.tap = null;
    core.tap = null;
    tap?.close(why, now);
    this.listeners.clear();
  }
}

/** Somebody as everybody who sees the call sees them. */
export const viewOf = (who: PersonLine['who'], mode: PersonView['mode'], core: SessionCore): PersonView => ({
  id: who.id,
  name: who.label,
  mode,
  since: new Date(core.parts.clock.now()).toISOString(),
});
