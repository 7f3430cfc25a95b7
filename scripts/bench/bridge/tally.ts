import { performance } from 'node:perf_hooks';
import { numberAfter, readDecodedStamp, readStamp, stamp } from './wire.ts';

/** One side of one call that hears the other: which frame it heard last. */
export interface Ear {
  last: number;
}

/** 20 ms of telephone audio: bytes, and letters of base64. */
export const frameBytes = 160;
const frameLetters = 216;

/** What was sent and heard by all far ends together. */
export class Tally {
  sent = 0;
  received = 0;
  /** Frames that were not the one after the one before: lost, doubled, or out of order. */
  disordered = 0;
  private delays = new Float64Array(0);
  private delayCount = 0;
  private latenesses = new Float64Array(0);
  private latenessCount = 0;

  /** Makes room for so many frames, and forgets the delays of those before. */
  begin(frames: number): void {
    this.delays = new Float64Array(2 * frames + 1_000);
    this.latenesses = new Float64Array(frames + 1_000);
    this.delayCount = this.latenessCount = 0;
  }

  /** Audio that begins at `at` of a message that begins at `start`: one frame, or several that were joined. */
  heard(ear: Ear, data: Buffer, at: number, letters: number, start: number, key: number): void {
    const now = performance.now();
    if (letters === frameLetters) {
      readStamp(data, at, start, key);
      this.note(ear, now);
      return;
    }
    const text = Buffer.from(data.subarray(at, at + letters));
    if (key >= 0) {
      for (let index = 0; index < letters; index += 1) text[index]! ^= data[key + ((at + index - start) & 3)]!;
    }
    const audio = Buffer.from(text.toString('latin1'), 'base64');
    for (let from = 0; from + frameBytes <= audio.length; from += frameBytes) {
      readDecodedStamp(audio, from);
      this.note(ear, now);
    }
  }

  late(ms: number): void {
    if (this.latenessCount < this.latenesses.length) this.latenesses[this.latenessCount++] = ms;
  }

  /** Shares of the delays, from 0 to 1, in milliseconds. */
  delay(): (share: number) => number {
    return shares(this.delays.slice(0, this.delayCount));
  }

  lateness(): (share: number) => number {
    return shares(this.latenesses.slice(0, this.latenessCount));
  }

  private note(ear: Ear, now: number): void {
    this.received += 1;
    if (ear.last >= 0 && stamp.number !== numberAfter(ear.last)) this.disordered += 1;
    ear.last = stamp.number;
    if (this.delayCount < this.delays.length) this.delays[this.delayCount++] = now - stamp.sentAt;
  }
}

function shares(of: Float64Array): (share: number) => number {
  const sorted = of.sort();
  return share => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
