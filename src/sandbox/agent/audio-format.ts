import { linearOfMulaw, mulawOfLinear } from '../../audio/mulaw.ts';

export const audioFormats = [
  'pcm_8000',
  'pcm_16000',
  'pcm_22050',
  'pcm_24000',
  'pcm_44100',
  'pcm_48000',
  'ulaw_8000',
] as const;
export type AudioFormat = (typeof audioFormats)[number];

const lineRate = 8_000;
const rateOf = (format: AudioFormat): number => Number(format.split('_')[1]);
export const bytesPerSecond = (format: AudioFormat): number => rateOf(format) * (format === 'ulaw_8000' ? 1 : 2);

/** Turns line audio into the agent's output format; in between two samples lies a straight line. */
export function fromMulaw(mulaw: Uint8Array, format: AudioFormat): Buffer {
  if (format === 'ulaw_8000') return Buffer.from(mulaw);
  const rate = rateOf(format);
  const samples = Math.floor((mulaw.length * rate) / lineRate);
  const pcm = Buffer.alloc(samples * 2);
  for (let at = 0; at < samples; at += 1) {
    const position = (at * lineRate) / rate;
    const before = Math.floor(position);
    const first = linearOfMulaw[mulaw[before]!]!;
    const second = linearOfMulaw[mulaw[Math.min(before + 1, mulaw.length - 1)]!]!;
    pcm.writeInt16LE(Math.round(first + (second - first) * (position - before)), at * 2);
  }
  return pcm;
}

/**
 * Turns caller audio into line audio, whatever way it is cut: an odd byte and the position between two samples are carried over.
 * A whole multiple of 8000 Hz keeps the original samples, so that a clip which was only stretched is still recognised.
 */
export function createMulawDecoder(format: AudioFormat): (bytes: Buffer) => Buffer {
  if (format === 'ulaw_8000') return bytes => bytes;
  const step = rateOf(format) / lineRate;
  let rest: Buffer = Buffer.alloc(0);
  let next = 0; // position of the next wanted sample, in samples of what has not been used up
  return bytes => {
    const pcm = rest.length ? Buffer.concat([rest, bytes]) : bytes;
    const samples = Math.floor(pcm.length / 2);
    const line: number[] = [];
    while (Math.floor(next) < samples) {
      line.push(mulawOfLinear(pcm.readInt16LE(Math.floor(next) * 2)));
      next += step;
    }
    next -= samples;
    rest = Buffer.from(pcm.subarray(samples * 2));
    return Buffer.from(line);
  };
}
