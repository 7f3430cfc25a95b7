import type { Resampler } from '../../src/audio/resampler.ts';

export const sine = (rate: number, hertz: number, samples: number, amplitude = 20_000): Int16Array =>
  Int16Array.from({ length: samples }, (_, at) => Math.round(amplitude * Math.sin((2 * Math.PI * hertz * at) / rate)));

/** Everything that comes out for these pieces and the end after them. */
export function collected(resampler: Resampler, pieces: readonly Int16Array[]): Int16Array {
  const output = pieces.flatMap(piece => [...resampler.push(piece)]);
  return Int16Array.from([...output, ...resampler.flush()]);
}

/** Whole numbers below a limit, the same for the same seed. */
export function chance(seed: number): (below: number) => number {
  let state = seed >>> 0 || 1;
  return below => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}
