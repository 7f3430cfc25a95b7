/** What is written down of a call's answers; times in milliseconds. */
export interface LatencyFigures {
  readonly connectMs: number | null;
  readonly firstWordMs: number | null;
  /** From the caller's last sound to the first sound of the answer, one entry for each turn. */
  readonly turnsMs: readonly number[];
}

/** More turns than anybody has on one call are not kept. */
const mostTurns = 500;

/** Measures how long the caller waits. */
export class CallLatency {
  private readonly answeredAt: number;
  private readonly startedAt: number;
  private connectMs: number | null = null;
  private firstWordMs: number | null = null;
  private readonly turnsMs: number[] = [];
  private answeredSound: number | null = null;

  /** The first word is only measured on a call's first stream. */
  constructor(answeredAt: number, startedAt: number, first: boolean) {
    this.answeredAt = Math.min(answeredAt, startedAt);
    this.startedAt = startedAt;
    if (!first) this.firstWordMs = -1;
  }

  /** The agent is ready; tells how long that took, the first time. */
  ready(now: number): number | null {
    if (this.connectMs !== null) return null;
    this.connectMs = now - this.startedAt;
    return this.connectMs;
  }

  /** Agent audio goes out into silence; tells what had to be waited for, if anything. */
  answered(now: number, callerSoundAt: number | null): { kind: 'first-word' | 'turn'; ms: number } | null {
    const answersSound = callerSoundAt !== null && callerSoundAt !== this.answeredSound;
    this.answeredSound = callerSoundAt;
    if (this.firstWordMs === null) {
      this.firstWordMs = Math.max(0, now - this.answeredAt);
      return { kind: 'first-word', ms: this.firstWordMs };
    }
    if (!answersSound) return null;
    const ms = Math.max(0, now - callerSoundAt);
    if (this.turnsMs.length < mostTurns) this.turnsMs.push(Math.round(ms));
    return { kind: 'turn', ms };
  }

  figures(): LatencyFigures {
    const { connectMs, firstWordMs, turnsMs } = this;
    return {
      connectMs: connectMs === null ? null : Math.round(connectMs),
      firstWordMs: firstWordMs === null || firstWordMs < 0 ? null : Math.round(firstWordMs),
      turnsMs: [...turnsMs],
    };
  }
}
