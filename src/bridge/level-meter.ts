import { levelOfMulaw } from '../audio/speech-level.ts';
import type { CallListener, CallSide } from '../handoff/handoff.types.ts';
import type { SideLevels } from './bridge.types.ts';

/** The loudest that µ-law audio can be on average. */
const fullScale = 32_124;

/** Hears how loud the sides of a call are, and keeps nothing of what it hears. */
export class LevelMeter implements CallListener {
  /** The call has ended, or goes on without its session. */
  isOver = false;
  private readonly loudest: Record<CallSide, number> = { caller: 0, agent: 0, person: 0 };

  audio(side: CallSide, _seq: number, mulaw: Buffer): void {
    const level = levelOfMulaw(mulaw);
    if (level > this.loudest[side]) this.loudest[side] = level;
  }

  stopped(): void {
    this.isOver = true;
  }

  /** The loudest piece of each side since this was asked last, as a share of the loudest there is. */
  take(): SideLevels {
    const { caller, agent, person } = this.loudest;
    this.loudest.caller = this.loudest.agent = this.loudest.person = 0;
    return { caller: share(caller), agent: share(agent), person: share(person) };
  }
}

const share = (level: number): number => Math.min(1, Math.round((level / fullScale) * 1_000) / 1_000);
