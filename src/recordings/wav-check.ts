import { Transform, type TransformCallback } from 'node:stream';

/** What the header of a WAV file promises. */
export interface WavFacts {
  readonly channels: number;
  readonly bytesPerSecond: number;
  readonly samplesPerSecond: number;
  /** How a sample is written; null for what telephones do not use. */
  readonly encoding: 'pcm16' | 'mulaw' | null;
  /** Where the sound begins. */
  readonly dataOffset: number;
  /** Bytes of sound; null where the writer did not know it when it began. */
  readonly dataBytes: number | null;
}

/** A file that is not what was asked for, or not all of it. */
export class WavDamaged extends Error {
  override readonly name = 'WavDamaged';
}

const longestHeader = 64 * 1024;
const unknownLengths = new Set([0, 0xff_ff_ff_ff]);

/** Reads the header; null while there is too little of it. Throws `WavDamaged` for what is no WAV file. */
export function readWavHeader(start: Buffer): WavFacts | null {
  if (start.length < 12) return null;
  if (start.toString('latin1', 0, 4) !== 'RIFF' || start.toString('latin1', 8, 12) !== 'WAVE')
    throw new WavDamaged('it is no WAV file');
  let format: Omit<WavFacts, 'dataOffset' | 'dataBytes'> | undefined;
  for (let at = 12; at + 8 <= start.length; ) {
    const name = start.toString('latin1', at, at + 4);
    const size = start.readUInt32LE(at + 4);
    if (name === 'data') {
      if (!format) throw new WavDamaged('its sound comes before its format');
      return { ...format, dataOffset: at + 8, dataBytes: unknownLengths.has(size) ? null : size };
    }
    if (name === 'fmt ') {
      if (at + 24 > start.length) return null;
      const [kind, bits] = [start.readUInt16LE(at + 8), start.readUInt16LE(at + 22)];
      format = {
        channels: start.readUInt16LE(at + 10),
        bytesPerSecond: start.readUInt32LE(at + 16),
        samplesPerSecond: start.readUInt32LE(at + 12),
        encoding: kind === 1 && bits === 16 ? 'pcm16' : kind === 7 && bits === 8 ? 'mulaw' : null,
      };
      if (format.channels < 1 || format.channels > 8 || format.bytesPerSecond < 1)
        throw new WavDamaged('its format makes no sense');
    }
    at += 8 + size + (size % 2);
    if (at > longestHeader) throw new WavDamaged('its sound does not begin');
  }
  if (start.length > longestHeader) throw new WavDamaged('its sound does not begin');
  return null;
}

export interface WavResult {
  readonly channels: number;
  readonly seconds: number;
  readonly bytes: number;
}

/** Lets a WAV file through and fails at its end when it is not whole; `result` holds what was in it. */
export class WavCheck extends Transform {
  readonly #announced: number | null;
  readonly #most: number;
  #head: Buffer = Buffer.alloc(0);
  #facts: WavFacts | null = null;
  #bytes = 0;
  result: WavResult | undefined;

  constructor({ announcedBytes, mostBytes }: { announcedBytes: number | null; mostBytes: number }) {
    super();
    this.#announced = announcedBytes;
    this.#most = mostBytes;
  }

  override _transform(chunk: Buffer, _: BufferEncoding, done: TransformCallback): void {
    try {
      this.#take(chunk);
      done(null, chunk);
    } catch (error) {
      done(error as Error);
    }
  }

  override _flush(done: TransformCallback): void {
    try {
      this.result = this.#conclude();
      done();
    } catch (error) {
      done(error as Error);
    }
  }

  #take(chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#most) throw new WavDamaged(`it is longer than ${this.#most} bytes`);
    if (this.#facts) return;
    this.#head = Buffer.concat([this.#head, chunk]);
    this.#facts = readWavHeader(this.#head);
    if (this.#facts) this.#head = Buffer.alloc(0);
  }

  #conclude(): WavResult {
    const facts = this.#facts;
    if (!facts) throw new WavDamaged('it ends before its sound begins');
    if (this.#announced !== null && this.#bytes !== this.#announced)
      throw new WavDamaged(`it has ${this.#bytes} bytes of ${this.#announced} that were announced`);
    const sound = this.#bytes - facts.dataOffset;
    if (facts.dataBytes !== null && sound < facts.dataBytes)
      throw new WavDamaged(`it has ${sound} bytes of sound of ${facts.dataBytes}`);
    const heard = Math.min(sound, facts.dataBytes ?? sound);
    return { channels: facts.channels, seconds: heard / facts.bytesPerSecond, bytes: this.#bytes };
  }
}
