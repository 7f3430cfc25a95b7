import { linearOfMulaw } from '../audio/mulaw.ts';
import { readWavHeader, WavDamaged, type WavFacts } from './wav-check.ts';

/** How loud each channel is along a recording. */
export interface WavePeaks {
  readonly durationMs: number;
  /** The stretch of sound behind each point. */
  readonly msPerPoint: number;
  /** The loudest moment of each stretch, 0 to 255. */
  readonly channels: number[][];
}

/** More than any screen has room for; even, as points are joined two by two. */
export const mostPoints = 2_000;
const shortestMs = 20;
const fullScale = 32_768;
const loudnessOfMulaw = linearOfMulaw.map(sample => Math.abs(sample));

/**
 * Takes the bytes of a WAV file in pieces of any size and keeps nothing of them but its points: whenever these are too many, each
 * two become one that stands for twice as long. So it needs no promise of the file about its length, which some writers do not know.
 */
export class PeakMeter {
  /** Bytes that wait for more: the head, later a part of a frame. */
  #rest: Buffer = Buffer.alloc(0);
  #form: WavFacts | null = null;
  #bytesLeft = Number.POSITIVE_INFINITY;
  #framesPerPoint = 0;
  /** Of the point that is being measured. */
  #framesLeft = 0;
  #highest: number[] = [];
  #points: number[][] = [];
  #frames = 0;

  /** Throws `WavDamaged` for what is no WAV file of 16 bits or mu-law. */
  add(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    if (this.#form) {
      this.#take(bytes, this.#form);
      return;
    }
    const form = readWavHeader(bytes);
    if (!form) {
      this.#rest = bytes;
      return;
    }
    if (form.encoding === null || form.samplesPerSecond < 1)
      throw new WavDamaged('its samples are neither of 16 bits nor mu-law');
    this.#form = form;
    this.#bytesLeft = form.dataBytes ?? Number.POSITIVE_INFINITY;
    this.#framesPerPoint = Math.max(1, Math.round((form.samplesPerSecond * shortestMs) / 1_000));
    this.#framesLeft = this.#framesPerPoint;
    this.#highest = Array.from({ length: form.channels }, () => 0);
    this.#points = Array.from({ length: form.channels }, () => []);
    this.#take(bytes.subarray(form.dataOffset), form);
  }

  /** What was heard so far; of a file that breaks off, what there is of it. */
  get peaks(): WavePeaks {
    if (!this.#form) throw new WavDamaged('it ends before its sound begins');
    const { samplesPerSecond } = this.#form;
    const begun = this.#framesLeft < this.#framesPerPoint;
    const points = this.#points.map((levels, channel) => (begun ? [...levels, this.#highest[channel]!] : levels));
    const tooMany = points[0]!.length > mostPoints;
    return {
      durationMs: (this.#frames / samplesPerSecond) * 1_000,
      msPerPoint: ((this.#framesPerPoint * (tooMany ? 2 : 1)) / samplesPerSecond) * 1_000,
      channels: points.map(levels =>
        (tooMany ? joined(levels) : levels).map(level => Math.min(255, Math.round((level * 255) / fullScale))),
      ),
    };
  }

  #take(bytes: Buffer, { channels, encoding }: WavFacts): void {
    const width = encoding === 'pcm16' ? 2 : 1;
    const block = width * channels;
    // What stands behind the sound is not heard.
    const sound = bytes.subarray(0, Math.min(bytes.length, this.#bytesLeft));
    const frames = Math.floor(sound.length / block);
    this.#rest = sound.subarray(frames * block);
    this.#bytesLeft -= frames * block;
    this.#frames += frames;
    const view = new DataView(sound.buffer, sound.byteOffset, sound.length);
    for (let frame = 0; frame < frames; ) {
      const until = Math.min(frames, frame + this.#framesLeft);
      for (let channel = 0; channel < channels; channel += 1) {
        let highest = this.#highest[channel]!;
        for (let at = frame * block + channel * width; at < until * block; at += block) {
          const level = width === 2 ? Math.abs(view.getInt16(at, true)) : loudnessOfMulaw[sound[at]!]!;
          if (level > highest) highest = level;
        }
        this.#highest[channel] = highest;
      }
      this.#framesLeft -= until - frame;
      frame = until;
      if (this.#framesLeft === 0) this.#endPoint();
    }
  }

  #endPoint(): void {
    if (this.#points[0]!.length === mostPoints) {
      this.#points = this.#points.map(joined);
      // The point that just ended is half of one now, and goes on.
      this.#framesLeft += this.#framesPerPoint;
      this.#framesPerPoint *= 2;
      return;
    }
    for (const [channel, level] of this.#highest.entries()) this.#points[channel]!.push(level);
    this.#highest.fill(0);
    this.#framesLeft = this.#framesPerPoint;
  }
}

const joined = (levels: readonly number[]): number[] =>
  Array.from({ length: Math.ceil(levels.length / 2) }, (_, at) => Math.max(levels[at * 2]!, levels[at * 2 + 1] ?? 0));
