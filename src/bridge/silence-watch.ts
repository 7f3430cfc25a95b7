/** How often a caller lets `silenceMs` pass before the call is ended. */
const mostSilences = 2;

/**
 * Notices a caller who says nothing. It owns no timer: it is told what was heard and asked what to do. An agent may break the
 * silence by itself, as vendors do after a time of their own; that alone keeps no call alive, so the time in which the caller
 * could have spoken is added up until the caller is heard.
 */
export class SilenceWatch {
  private readonly silenceMs: number;
  /** Since when nobody is heard. */
  private quietFrom: number;
  private callerAt = Number.NEGATIVE_INFINITY;
  private lookedAt: number;
  /** The caller waits for the agent's words: that time is not the caller's silence. */
  private agentsTurn = true;
  private unusedMs = 0;
  private asked = false;

  /** Zero switches it off. */
  constructor(silenceMs: number, now: number) {
    this.silenceMs = silenceMs;
    this.quietFrom = now;
    this.lookedAt = now;
  }

  /** The caller made a sound or pressed a key: whoever does that is there. The same moment told again is no news. */
  callerHeard(at: number): void {
    if (at <= this.callerAt) return;
    this.callerAt = at;
    this.quietFrom = Math.max(this.quietFrom, at);
    this.agentsTurn = true;
    this.unusedMs = 0;
    this.asked = false;
  }

  /** The agent's words are being played: when they end, it is the caller's turn. */
  agentHeard(now: number): void {
    this.busy(now);
    this.agentsTurn = false;
  }

  /** Silence is nobody's fault: a tool runs, the agent is being reopened, a line was lost. */
  busy(now: number): void {
    this.quietFrom = Math.max(this.quietFrom, now);
  }

  /** `ask` once for each silence, `end` when that did not help, whoever asked. To be called every moment that counts. */
  look(now: number): 'ask' | 'end' | null {
    const from = Math.max(this.lookedAt, this.quietFrom);
    this.lookedAt = now;
    if (this.silenceMs <= 0) return null;
    if (!this.agentsTurn && now > from) this.unusedMs += now - from;
    if (this.unusedMs >= mostSilences * this.silenceMs) return 'end';
    if (now - this.quietFrom < this.silenceMs) return null;
    if (this.asked) return 'end';
    this.asked = true;
    this.quietFrom = now;
    this.agentsTurn = true;
    return 'ask';
  }
}
