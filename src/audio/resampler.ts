import { polyphaseFilter } from './polyphase-filter.ts';

/** Changes the sample rate of one stream. However the stream is cut, the samples that come out are the same. */
export interface Resampler {
  /** The samples that can be known by now; the array is only valid until the next call. */
  push(samples: Int16Array): Int16Array;
  /** The rest of the stream, so that its length is kept; after it a new stream may begin. */
  flush(): Int16Array;
}

/** Band-limited by a windowed sinc; the output is in phase with the input. */
export function createResampler(from: number, to: number): Resampler {
  if (from === to) return unchanged;
  const { up, down, taps, coefficients } = polyphaseFilter(from, to);
  const ahead = taps / 2;
  // The stream begins in silence: as many samples of it as the first output looks back.
  let line = new Float32Array(taps + 2_048);
  let filled = ahead - 1;
  let phase = 0;
  let output = new Int16Array(0);
  let received = 0;
  let sent = 0;

  const append = (count: number) => {
    if (filled + count > line.length) {
      const longer = new Float32Array(2 * (filled + count));
      longer.set(line.subarray(0, filled));
      line = longer;
    }
  };
  const run = (atMost: number): Int16Array => {
    const possible = Math.max(0, Math.ceil(((filled - taps + 1) * up - phase) / down));
    const wanted = Math.min(atMost, possible);
    if (output.length < wanted) output = new Int16Array(wanted);
    let start = 0;
    for (let index = 0; index < wanted; index += 1) {
      output[index] = toSample(product(line, start, coefficients, phase * taps, taps));
      phase += down;
      const steps = Math.floor(phase / up);
      start += steps;
      phase -= steps * up;
    }
    line.copyWithin(0, start, filled);
    filled -= start;
    sent += wanted;
    return output.subarray(0, wanted);
  };

  return {
    push(samples) {
      append(samples.length);
      line.set(samples, filled);
      filled += samples.length;
      received += samples.length;
      return run(Number.POSITIVE_INFINITY);
    },
    flush() {
      append(ahead);
      line.fill(0, filled, filled + ahead);
      filled += ahead;
      const rest = run(Math.ceil((received * up) / down) - sent);
      line.fill(0, 0, ahead - 1);
      filled = ahead - 1;
      phase = received = sent = 0;
      return rest;
    },
  };
}

const none = new Int16Array(0);
const unchanged: Resampler = { push: samples => samples, flush: () => none };

/** Four sums side by side, because each addition has to wait for the one before it in the same sum. */
function product(line: Float32Array, start: number, coefficients: Float32Array, first: number, taps: number): number {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  for (let tap = 0; tap < taps; tap += 4) {
    a += line[start + tap]! * coefficients[first + tap]!;
    b += line[start + tap + 1]! * coefficients[first + tap + 1]!;
    c += line[start + tap + 2]! * coefficients[first + tap + 2]!;
    d += line[start + tap + 3]! * coefficients[first + tap + 3]!;
  }
  return a + b + (c + d);
}

/** Rounded, and held at the ends: a filter overshoots a little where the input is at its loudest. */
const toSample = (value: number): number => (value > 32_767 ? 32_767 : value < -32_768 ? -32_768 : Math.round(value));
