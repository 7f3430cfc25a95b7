import { type AudioFormat, sameFormat, telephoneFormat } from '../audio/audio-format.ts';
import { base64End, isBase64Text } from '../audio/base64-text.ts';
import { createTranscoder, type Transcoder } from '../audio/transcoder.ts';
import type { CallTap } from './call-tap.ts';
import { PlaybackLedger } from './playback-ledger.ts';
import type { StreamSocket } from './stream-socket.ts';

/** Half a second of telephone audio: so often, at most, the carrier is asked how far it has played. */
const markBytes = 4_000;
/** The same as base64, in whole groups of four characters. */
const pieceLength = 5_336;
/** Audio that comes in pieces of less than that is still one sentence; then its end gets a mark of its own. */
const sentenceGapMs = 60;
/** The end of a sentence waits in the resampler until nothing more can follow it. */
const flushMs = 200;
/** The carrier throws away what exceeds ten minutes; we hold back what would come near to it. */
const mostOutstandingMs = 540_000;
/** An agent that is this far ahead of its caller is broken. */
const mostHeldBytes = 16 * 1024 * 1024;
/** Numbers of a reopened session begin anew; they are kept apart from those before. */
const numbersPerSession = 2 ** 32;

export interface AgentLaneFigures {
  frames: number;
  interruptions: number;
  /** Audio that came void: interrupted before it arrived. */
  stale: number;
  invalid: number;
  /** Audio beyond anything that can be held. */
  overflow: number;
}

/**
 * The way from the agent to the caller: sent at once, since the carrier keeps what it cannot play yet, with marks that tell
 * what was heard. Nothing is thrown away but what an interruption makes void.
 */
export class AgentLane {
  readonly ledger = new PlaybackLedger();
  readonly figures: AgentLaneFigures = { frames: 0, interruptions: 0, stale: 0, invalid: 0, overflow: 0 };
  /** When agent audio came last. */
  lastAudioAt: number | null = null;
  /** Told of everything that is handed over, while somebody listens. */
  tap: CallTap | null = null;
  private stream: StreamSocket | null = null;
  private transcoder: Transcoder | null = null;
  private flushed = true;
  private firstNumber = 0;
  private voidBelow = 0;
  private held: { base64: string; eventId: number }[] = [];
  private heldBytes = 0;
  /** How many messages go into one write now. */
  private readonly pressure: () => number;

  constructor(pressure: () => number) {
    this.pressure = pressure;
  }

  /** Audio flows to this stream from now on; without one it is held. */
  attach(stream: StreamSocket | null, now: number) {
    this.stream = stream;
    if (stream) this.release(now);
    else this.cut(now);
  }

  /** A new session with the agent: other numbers, maybe another format. */
  open(output: AudioFormat) {
    this.transcoder = sameFormat(output, telephoneFormat) ? null : createTranscoder(output, telephoneFormat);
    this.flushed = true;
    this.firstNumber += numbersPerSession;
    this.voidBelow = 0;
  }

  /** Pieces of audio that nobody will hear although nobody interrupted; whoever looks tells of them. */
  get dropped(): number {
    return this.figures.invalid + this.figures.overflow;
  }

  get passesThrough(): boolean {
    return this.transcoder === null;
  }

  /** True when the caller will hear something of it. */
  audio(base64: Buffer | string, eventId: number, now: number): boolean {
    if (base64.length === 0) return false;
    if (!isBase64(base64)) {
      this.figures.invalid += 1;
      return false;
    }
    const number = this.firstNumber + eventId;
    if (eventId < this.voidBelow) {
      this.figures.stale += 1;
      this.ledger.addVoid(number, sizeOf(base64));
      return false;
    }
    this.lastAudioAt = now;
    this.figures.frames += 1;
    if (!this.transcoder) return this.put(base64, number, now);
    this.flushed = false;
    const converted = this.transcoder.pushBase64(base64);
    return converted.length > 0 && this.put(converted, number, now);
  }

  text(eventId: number | null, words: string) {
    this.ledger.addText(eventId === null ? null : this.firstNumber + eventId, words);
  }

  corrected(eventId: number | null, original: string, corrected: string) {
    this.ledger.correct(eventId === null ? null : this.firstNumber + eventId, original, corrected);
  }

  /** The caller spoke over the agent: what is not played yet is void, and older audio that still comes. */
  interrupt(eventId: number, now: number) {
    this.figures.interruptions += 1;
    this.voidBelow = Math.max(this.voidBelow, eventId);
    this.clear(now);
  }

  /** Takes away everything that was not played yet. */
  clear(now: number) {
    this.stream?.sendClear();
    this.held = [];
    this.heldBytes = 0;
    if (!this.flushed) this.transcoder?.flush();
    this.flushed = true;
    this.cut(now);
  }

  /** Nothing that was not played yet will be. */
  cut(now: number) {
    this.tap?.cut(now);
    this.ledger.cut(now);
    this.tap?.restart();
  }

  /** A clip of our own, in telephone audio. */
  clip(audio: Buffer, now: number) {
    this.firstNumber += numbersPerSession;
    this.put(audio.toString('base64'), this.firstNumber, now);
    this.markEnd();
  }

  /** A person's voice, in telephone audio; false when there is nobody to hear it. */
  voice(mulaw: Buffer, now: number): boolean {
    const { stream, ledger } = this;
    if (!stream) return false;
    const base64 = mulaw.toString('base64');
    ledger.addForeign(mulaw.length, now);
    this.tap?.handed('person', base64);
    stream.sendAudio(base64, ledger.unmarkedBytes >= markBytes ? ledger.addMark() : null, this.pressure());
    return true;
  }

  /** Whatever still comes of answers up to this one is void, and what comes after it is another answer. */
  skip(eventId: number) {
    this.voidBelow = Math.max(this.voidBelow, eventId + 1);
    this.ledger.seal();
  }

  /** Whether audio of this answer was handed over. */
  knows(eventId: number): boolean {
    return this.ledger.knows(this.firstNumber + eventId);
  }

  /** True when audio is taken to have been played of which the carrier said nothing. */
  look(now: number): boolean {
    const quietMs = this.lastAudioAt === null ? Number.POSITIVE_INFINITY : now - this.lastAudioAt;
    if (!this.flushed && quietMs >= flushMs) {
      this.flushed = true;
      const rest = this.transcoder?.flush();
      if (rest?.length) this.put(rest.toString('base64'), this.lastNumber, now);
    }
    if (this.held.length > 0 && this.stream) this.release(now);
    if (quietMs >= sentenceGapMs) this.markEnd();
    return this.ledger.giveUpMarks(now);
  }

  /** How long no audio has come. */
  quietMs(now: number): number {
    return this.lastAudioAt === null ? Number.POSITIVE_INFINITY : now - this.lastAudioAt;
  }

  get drained(): boolean {
    return this.ledger.drained && this.held.length === 0 && this.flushed;
  }

  private lastNumber = 0;

  private put(base64: Buffer | string, number: number, now: number): boolean {
    this.lastNumber = number;
    if (this.stream && this.held.length === 0 && this.ledger.queuedMs(now) < mostOutstandingMs) {
      this.send(this.stream, base64, number, now);
      return true;
    }
    if (this.heldBytes + base64.length > mostHeldBytes) {
      this.figures.overflow += 1;
      return false;
    }
    const copy = typeof base64 === 'string' ? base64 : base64.toString('latin1');
    this.held.push({ base64: copy, eventId: number });
    this.heldBytes += copy.length;
    return true;
  }

  private release(now: number) {
    while (this.stream && this.held.length > 0 && this.ledger.queuedMs(now) < mostOutstandingMs) {
      const { base64, eventId } = this.held.shift()!;
      this.heldBytes -= base64.length;
      this.send(this.stream, base64, eventId, now);
    }
  }

  private send(stream: StreamSocket, base64: Buffer | string, number: number, now: number) {
    const { ledger } = this;
    for (let from = 0; from < base64.length; from += pieceLength) {
      const whole = base64.length <= pieceLength;
      const piece = whole
        ? base64
        : typeof base64 === 'string'
          ? base64.slice(from, from + pieceLength)
          : base64.subarray(from, from + pieceLength);
      ledger.addAudio(number, sizeOf(piece), now);
      if (this.tap !== null) this.tap.handed('agent', piece);
      stream.sendAudio(piece, ledger.unmarkedBytes >= markBytes ? ledger.addMark() : null, this.pressure());
    }
  }

  private markEnd() {
    if (this.stream && this.ledger.unmarkedBytes > 0) this.stream.sendMark(this.ledger.addMark());
  }
}

const padding = 0x3d;
const letterAt = (base64: Buffer | string, at: number) =>
  typeof base64 === 'string' ? base64.charCodeAt(at) : base64[at];

/** Bytes behind so much base64. */
function sizeOf(base64: Buffer | string): number {
  const { length } = base64;
  const missing = letterAt(base64, length - 1) !== padding ? 0 : letterAt(base64, length - 2) === padding ? 2 : 1;
  return (length / 4) * 3 - missing;
}

const isBase64 = (base64: Buffer | string): boolean =>
  typeof base64 === 'string' ? isBase64Text(base64) : base64End(base64, 0) === base64.length;
