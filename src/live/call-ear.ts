import type { CallListener, CallSide, HeldLine, LetGo, Listening } from '../handoff/handoff.types.ts';

/** Where a connection's audio and news of it go. */
export interface EarOutlet {
  audio(side: CallSide, seq: number, mulaw: Buffer): void;
  letGo(what: 'listen' | 'takeover', why: LetGo): void;
  /** Whether the connection takes so little that audio only piles up. */
  readonly tooSlow: () => boolean;
}

/**
 * What one connection hears and says on one call. Whoever takes the call over while listening is given the same audio twice; the
 * connection gets it once, in one numbering that goes on when one way ends and the other stays.
 */
export class CallEar {
  listening: Listening | null = null;
  line: HeldLine | null = null;
  private readonly outlet: EarOutlet;
  private readonly next = new Map<CallSide, number>();
  private readonly offset = new Map<CallSide, number>();
  private source: 'listen' | 'takeover' | null = null;

  constructor(outlet: EarOutlet) {
    this.outlet = outlet;
  }

  get idle(): boolean {
    return this.listening === null && this.line === null;
  }

  /** What is handed to whoever sends the audio. */
  listener(what: 'listen' | 'takeover'): CallListener {
    return {
      audio: (side, seq, mulaw) => this.hear(what, side, seq, mulaw),
      stopped: why => {
        this.forget(what);
        this.outlet.letGo(what, why);
      },
    };
  }

  /** Ends one way; nobody needs to be told who asked for it. */
  stop(what: 'listen' | 'takeover'): void {
    const ended = what === 'listen' ? this.listening : this.line;
    this.forget(what);
    ended?.stop();
  }

  private forget(what: 'listen' | 'takeover'): void {
    if (what === 'listen') this.listening = null;
    else this.line = null;
    if (this.source === what) this.source = null;
  }

  private hear(what: 'listen' | 'takeover', side: CallSide, seq: number, mulaw: Buffer): void {
    // One of the two is heard; the other takes over the numbering when it falls silent for good.
    if (this.source === null) {
      this.source = what;
      this.offset.clear();
    }
    if (this.source !== what) return;
    if (this.outlet.tooSlow()) {
      // Late audio is worth nothing and bars the way of everything else; who speaks keeps the line, and is not deaf for long.
      if (what === 'listen') {
        this.stop('listen');
        this.outlet.letGo('listen', 'too-slow');
      }
      return;
    }
    const offset = this.offset.get(side) ?? (this.next.get(side) ?? 0) - seq;
    this.offset.set(side, offset);
    this.next.set(side, seq + offset + 1);
    this.outlet.audio(side, seq + offset, mulaw);
  }
}
