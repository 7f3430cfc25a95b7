/** Notices when neither side is heard. It owns no timer: it is told what was heard and asked what to do. */
export class SilenceWatch {
  private readonly silenceMs: number;
  private heardAt: number;
  private asked = false;

  /** Zero switches it off. */
  constructor(silenceMs: number, now: number) {
    this.silenceMs = silenceMs;
    this.heardAt = now;
  }

  /** The caller made a sound or pressed a key: whoever does that is there. */
  callerHeard(at: number): void {
    this.heardAt = Math.max(this.heardAt, at);
    this.asked = false;
  }

  /** Something is being played, or silence is nobody's fault: a tool runs, a person has the call. */
  busy(now: number): void {
    this.heardAt = Math.max(this.heardAt, now);
  }

  /** `ask` once for each silence, `end` when that did not help. */
  look(now: number): 'ask' | 'end' | null {
    if (this.silenceMs <= 0 || now - this.heardAt < this.silenceMs) return null;
    this.heardAt = now;
    if (this.asked) return 'end';
    this.asked = true;
    return 'ask';
  }
}
