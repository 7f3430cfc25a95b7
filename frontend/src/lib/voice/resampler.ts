/** Changes the sample rate of one stream; however the stream is cut, the same samples come out. */
export type Resampler = { push(samples: Float32Array): Float32Array };

/** Zero crossings of the filter on each side: 3.4 kHz of voice pass, and what would fold back is gone. */
const crossings = 12;
/** The band ends a little before the point where it would fold. */
const passBand = 0.94;

/** Band-limited by a windowed sinc, whose values are tabled for every phase that the two rates take to each other. */
export function createResampler(from: number, to: number): Resampler {
  if (from === to) return { push: samples => samples };
  const common = divisor(from, to);
  const up = to / common;
  const down = from / common;
  const { table, width } = filterTable(up, down);
  let pending = new Float32Array(width / 2); // the stream begins in silence
  let phase = 0;

  return {
    push(samples) {
      const line = new Float32Array(pending.length + samples.length);
      line.set(pending);
      line.set(samples, pending.length);
      const count = Math.max(0, Math.ceil(((line.length - width + 1) * up - phase) / down));
      const output = new Float32Array(count);
      let start = 0;
      for (let index = 0; index < count; index += 1) {
        const first = phase * width;
        let sum = 0;
        for (let tap = 0; tap < width; tap += 1) sum += line[start + tap]! * table[first + tap]!;
        output[index] = sum;
        phase += down;
        start += Math.floor(phase / up);
        phase %= up;
      }
      pending = line.slice(start);
      return output;
    },
  };
}

function filterTable(up: number, down: number): { table: Float32Array; width: number } {
  const band = Math.min(1, up / down) * passBand;
  const half = Math.ceil(crossings / band);
  const width = 2 * half;
  const table = new Float32Array(up * width);
  for (let phase = 0; phase < up; phase += 1) {
    let sum = 0;
    for (let tap = 0; tap < width; tap += 1) {
      const distance = tap - half + 1 - phase / up;
      const value = sinc(distance * band) * window(distance / half);
      table[phase * width + tap] = value;
      sum += value;
    }
    // Every phase passes silence and loudness alike; otherwise they would hum as they take turns.
    for (let tap = 0; tap < width; tap += 1) table[phase * width + tap]! /= sum;
  }
  return { table, width };
}

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));
/** Blackman's window, from -1 to 1. */
const window = (x: number): number =>
  Math.abs(x) >= 1 ? 0 : 0.42 + 0.5 * Math.cos(Math.PI * x) + 0.08 * Math.cos(2 * Math.PI * x);
const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));
