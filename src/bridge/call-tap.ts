import type { CallListener, CallSide, LetGo } from '../handoff/handoff.types.ts';
import type { PlaybackLedger } from './playback-ledger.ts';

/** So much telephone audio goes out in one piece: 60 ms. */
const pieceBytes = 480;
/** Longest piece, when much was played between two looks. */
const mostBytes = 1_600;

/** One listener, with the numbers of the pieces it was given. */
interface Ear {
  readonly listener: CallListener;
  /** Whoever speaks need not hear themselves. */
  readonly without: CallSide | null;
  readonly seq: Record<CallSide, number>;
}

interface Sent {
  readonly side: CallSide;
  readonly mulaw: Buffer;
}

/**
 * What a call sounds like, for those who listen: the caller as the frames come, the agent as it is played. The agent's audio arrives
 * far ahead of its playing, so it waits here for the ledger; what is taken away before its time is never heard by anybody. There is
 * no tap while nobody listens.
 */
export class CallTap {
  private readonly ledger: PlaybackLedger;
  private readonly ears = new Set<Ear>();
  private caller: Buffer[] = [];
  private callerBytes = 0;
  private sent: Sent[] = [];
  /** Where in the ledger's queue the first of `sent` stands. What was handed over before anybody listened is not had any more. */
  private place: number;

  constructor(ledger: PlaybackLedger) {
    this.ledger = ledger;
    this.place = ledger.queueEnd;
  }

  get size(): number {
    return this.ears.size;
  }

  /** Returns the way out, which is silent. */
  add(listener: CallListener, without: CallSide | null = null): () => void {
    const ear: Ear = { listener, without, seq: { caller: 0, agent: 0, person: 0 } };
    this.ears.add(ear);
    return () => void this.ears.delete(ear);
  }

  /** A frame of the caller's, as base64 in memory that is used again. */
  heard(base64: Buffer, now: number): void {
    const mulaw = Buffer.from(base64.toString('latin1'), 'base64');
    this.caller.push(mulaw);
    this.callerBytes += mulaw.length;
    if (this.callerBytes >= pieceBytes) this.look(now);
  }

  /** Audio was handed to the carrier and stands in the ledger. */
  handed(side: CallSide, audio: Buffer | string): void {
    const base64 = typeof audio === 'string' ? audio : audio.toString('latin1');
    this.sent.push({ side, mulaw: Buffer.from(base64, 'base64') });
  }

  /** To be called before the ledger is cut: what stands behind the place that is played now will not be heard. */
  cut(now: number): void {
    this.tellPlayed(now);
    this.sent = [];
  }

  /** After the ledger was cut, audio that comes next stands at its new end. */
  restart(): void {
    this.place = this.ledger.queueEnd;
  }

  look(now: number): void {
    if (this.callerBytes > 0) {
      const mulaw = this.caller.length === 1 ? this.caller[0]! : Buffer.concat(this.caller, this.callerBytes);
      this.caller = [];
      this.callerBytes = 0;
      this.tell('caller', mulaw);
    }
    this.tellPlayed(now);
  }

  /** The call is over for everybody who listens. */
  close(why: LetGo, now: number): void {
    this.look(now);
    const { ears } = this;
    for (const ear of [...ears]) {
      ears.delete(ear);
      ear.listener.stopped(why);
    }
  }

  private tellPlayed(now: number): void {
    // Places may lie between two bytes after a cut; a byte is heard once it was played as a whole.
    let due = Math.floor(this.ledger.playedUntil(now) - this.place + 1e-6);
    while (due > 0 && this.sent.length > 0) {
      const { side, mulaw } = this.sent[0]!;
      const bytes = Math.min(due, mulaw.length, mostBytes);
      if (bytes === mulaw.length) this.sent.shift();
      else this.sent[0] = { side, mulaw: mulaw.subarray(bytes) };
      this.place += bytes;
      due -= bytes;
      this.tell(side, mulaw.subarray(0, bytes));
    }
  }

  private tell(side: CallSide, mulaw: Buffer): void {
    for (const ear of this.ears) {
      if (ear.without === side) continue;
      ear.listener.audio(side, ear.seq[side], mulaw);
      ear.seq[side] += 1;
    }
  }
}
