import { type AudioFormat, isSampleRate, sameFormat, sampleRates } from './audio-format.ts';
import { linearOfMulaw, mulawOfLinear } from './mulaw.ts';
import { createResampler } from './resampler.ts';

/** Turns one stream of audio from one format into another, piece by piece, wherever the pieces are cut. */
export interface Transcoder {
  /** What comes out for these bytes; less than their duration at first, because the filter looks ahead. */
  push(bytes: Uint8Array): Buffer;
  /** The same for audio as it stands in a message, given as text or as the text's bytes. May be empty. */
  pushBase64(base64: Uint8Array | string): string;
  /** The rest of the stream; after it a new one may begin. */
  flush(): Buffer;
}

/** Throws a `RangeError` for a format that no vendor offers. */
export function createTranscoder(from: AudioFormat, to: AudioFormat): Transcoder {
  for (const format of [from, to]) refuseUnknown(format);
  if (sameFormat(from, to)) return passing;
  const read = from.encoding === 'mulaw' ? mulawReader() : pcmReader();
  const write = to.encoding === 'mulaw' ? writeMulaw : writePcm;
  const { push, flush } = createResampler(from.sampleRate, to.sampleRate);
  const scratch = createScratch();
  const transcode = (bytes: Uint8Array) => write(push(read(bytes)));
  return {
    push: transcode,
    pushBase64: base64 => transcode(scratch(base64)).toString('base64'),
    flush() {
      read(null);
      return write(flush());
    },
  };
}

const passing: Transcoder = {
  push: bytes => Buffer.from(bytes),
  pushBase64: base64 => (typeof base64 === 'string' ? base64 : latin1(base64)),
  flush: () => Buffer.alloc(0),
};

function refuseUnknown({ encoding, sampleRate }: AudioFormat): void {
  if (encoding === 'mulaw' && sampleRate !== 8_000)
    throw new RangeError(`mu-law at ${sampleRate} Hz is not spoken here`);
  if (!isSampleRate(sampleRate)) throw new RangeError(`${sampleRate} Hz is none of ${sampleRates.join(', ')}`);
}

/** Reads samples out of bytes into memory of its own; null means that the stream is over. */
type SampleReader = (bytes: Uint8Array | null) => Int16Array;

function mulawReader(): SampleReader {
  let samples = new Int16Array(0);
  return bytes => {
    if (!bytes) return samples.subarray(0, 0);
    if (samples.length < bytes.length) samples = new Int16Array(bytes.length);
    for (let at = 0; at < bytes.length; at += 1) samples[at] = linearOfMulaw[bytes[at]!]!;
    return samples.subarray(0, bytes.length);
  };
}

/** A sample may be cut in two; its first byte waits for the second. */
function pcmReader(): SampleReader {
  let samples = new Int16Array(0);
  let lowByte: number | null = null;
  return bytes => {
    if (!bytes) {
      lowByte = null;
      return samples.subarray(0, 0);
    }
    const offset: number = lowByte === null ? 0 : 1;
    const count = (bytes.length + offset) >> 1;
    if (samples.length < count) samples = new Int16Array(count);
    for (let index = 0, at = -offset; index < count; index += 1, at += 2) {
      samples[index] = (at < 0 ? lowByte! : bytes[at]!) | (bytes[at + 1]! << 8);
    }
    lowByte = (bytes.length + offset) % 2 === 1 ? (bytes.at(-1) ?? lowByte) : null;
    return samples.subarray(0, count);
  };
}

function writeMulaw(samples: Int16Array): Buffer {
  const bytes = Buffer.allocUnsafe(samples.length);
  for (let at = 0; at < samples.length; at += 1) bytes[at] = mulawOfLinear(samples[at]!);
  return bytes;
}

function writePcm(samples: Int16Array): Buffer {
  const bytes = Buffer.allocUnsafe(samples.length * 2);
  for (let at = 0; at < samples.length; at += 1) {
    bytes[2 * at] = samples[at]!;
    bytes[2 * at + 1] = samples[at]! >> 8;
  }
  return bytes;
}

/** Decodes base64 into memory that is used again, since a call brings fifty pieces a second. */
function createScratch(): (base64: Uint8Array | string) => Buffer {
  let memory = Buffer.alloc(0);
  return base64 => {
    const text = typeof base64 === 'string' ? base64 : latin1(base64);
    const most = Math.ceil((text.length * 3) / 4);
    if (memory.length < most) memory = Buffer.alloc(most);
    return memory.subarray(0, memory.write(text, 'base64'));
  };
}

const latin1 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
