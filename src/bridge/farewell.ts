/** How a call is ended politely, in the words of whoever must act on it. */
export interface FarewellSight {
  /** Everything that was sent has been played. */
  readonly drained: boolean;
  /** How long no audio has come from the agent. */
  readonly quietMs: number;
  readonly agentGone: boolean;
}

export interface FarewellPatience {
  /** What is being said may be finished. */
  readonly finishMs: number;
  /** Until the agent begins its goodbye. */
  readonly answerMs: number;
  /** Until the goodbye was played. */
  readonly speakMs: number;
}

export const farewellPatience: FarewellPatience = { finishMs: 10_000, answerMs: 5_000, speakMs: 20_000 };

/** Sentences come in pieces: only after such a pause is one taken to be over. */
const pauseMs = 700;

/** The steps of an ending: finish the sentence, ask for the goodbye, hear it to its end. Every step has its limit. */
export class Farewell {
  private step: 'finishing' | 'asked' | 'speaking' = 'finishing';
  private since: number;
  private readonly words: boolean;
  private readonly patience: FarewellPatience;

  constructor(now: number, words: boolean, patience: Partial<FarewellPatience> = {}) {
    this.since = now;
    this.words = words;
    this.patience = { ...farewellPatience, ...patience };
  }

  agentSpoke(now: number): void {
    if (this.step === 'asked') this.enter('speaking', now);
  }

  /** `speak` when the goodbye is to be asked for, `done` when the call may be ended. */
  look(now: number, { drained, quietMs, agentGone }: FarewellSight): 'speak' | 'done' | null {
    const waited = now - this.since;
    const over = drained && (agentGone || quietMs >= pauseMs);
    if (this.step === 'finishing') {
      if (!over && waited < this.patience.finishMs) return null;
      if (!this.words || agentGone) return 'done';
      this.enter('asked', now);
      return 'speak';
    }
    if (this.step === 'asked') return agentGone || waited >= this.patience.answerMs ? 'done' : null;
    return over || waited >= this.patience.speakMs ? 'done' : null;
  }

  private enter(step: 'asked' | 'speaking', now: number): void {
    this.step = step;
    this.since = now;
  }
}
