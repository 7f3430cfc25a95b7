import t from 'tap';
import { sampleRates } from '../../src/audio/audio-format.ts';
import { polyphaseFilter } from '../../src/audio/polyphase-filter.ts';
import { createResampler } from '../../src/audio/resampler.ts';
import { chance, collected, sine } from './signals.ts';

const pairs = sampleRates.flatMap(from => sampleRates.filter(to => to !== from).map(to => [from, to] as const));

t.test('a tone keeps frequency, phase and loudness: at least 65 dB over everything else', async t => {
  for (const [from, to] of pairs) {
    for (const hertz of [300, 1_004, 3_300]) {
      const output = collected(createResampler(from, to), [sine(from, hertz, from / 5)]);
      const ideal = sine(to, hertz, to / 5);
      t.ok(signalToNoise(ideal, output) > 65, `${from} → ${to} at ${hertz} Hz`);
    }
  }
});

t.test('what the lower rate cannot carry is gone: at least 65 dB down', async t => {
  for (const [from, to] of pairs.filter(([from, to]) => to < from)) {
    const hertz = Math.min(0.6 * to, 0.49 * from);
    if (hertz < 0.57 * to) continue; // within the filter's slope
    const output = collected(createResampler(from, to), [sine(from, hertz, from / 5)]);
    t.ok(levelOf(inner(output)) < 20_000 / Math.SQRT2 / 10 ** (65 / 20), `${from} → ${to} at ${hertz} Hz`);
  }
});

t.test('the output does not depend on how the input was cut', async t => {
  for (const [from, to] of pairs) {
    const input = sine(from, 440, 4_000 + chance(from + to)(900));
    const whole = collected(createResampler(from, to), [input]);
    for (let seed = 1; seed <= 4; seed += 1) {
      const next = chance(seed * from + to);
      const pieces: Int16Array[] = [];
      for (let at = 0; at < input.length; ) {
        const size = next(4) === 0 ? next(3) : 1 + next(700);
        pieces.push(input.subarray(at, at + size));
        at += size;
      }
      t.same(collected(createResampler(from, to), pieces), whole, `${from} → ${to}, cut ${seed}`);
    }
  }
});

t.test('the length of a stream is kept, whatever its length', async t => {
  for (const [from, to] of pairs) {
    for (const length of [0, 1, 7, 160, 3_333]) {
      const output = collected(createResampler(from, to), [new Int16Array(length)]);
      t.equal(output.length, Math.ceil((length * to) / from), `${from} → ${to}, ${length} samples`);
    }
  }
});

t.test('after a flush a new stream begins as the first one did', async t => {
  const resampler = createResampler(8_000, 24_000);
  const input = sine(8_000, 700, 1_234);
  t.same(collected(resampler, [input]), collected(resampler, [input]));
});

t.test('at full loudness the filter overshoots into the ends of the range, not around them', async t => {
  const square = Int16Array.from({ length: 8_000 }, (_, at) => (at % 16 < 8 ? 32_767 : -32_768));
  const output = collected(createResampler(8_000, 48_000), [square]);
  const steps = output.map((sample, at) => Math.min(32_767, Math.abs(sample - (output[at - 1] ?? sample))));
  t.ok(Math.max(...steps) < 20_000, 'no sample jumps to the other side');
  t.ok(output.includes(32_767) && output.includes(-32_768));
});

t.test('a steady value comes out steady', async t => {
  for (const [from, to] of pairs) {
    const output = inner(collected(createResampler(from, to), [new Int16Array(from).fill(12_345)]));
    t.ok(
      output.every(sample => Math.abs(sample - 12_345) <= 1),
      `${from} → ${to}`,
    );
  }
});

t.test('coefficients are made once for a pair and shared', async t => {
  t.equal(polyphaseFilter(8_000, 16_000), polyphaseFilter(8_000, 16_000));
});

t.test('an unchanged rate costs nothing', async t => {
  const samples = sine(8_000, 440, 160);
  t.equal(createResampler(8_000, 8_000).push(samples), samples);
});

/** Without the ends, where the tone begins and stops at once and no longer is one. */
function inner(samples: Int16Array): Int16Array {
  return samples.subarray(samples.length / 4, (samples.length * 3) / 4);
}

function levelOf(samples: Int16Array): number {
  return Math.sqrt(samples.reduce((sum, sample) => sum + sample ** 2, 0) / samples.length);
}

function signalToNoise(ideal: Int16Array, output: Int16Array): number {
  const [wanted, got] = [inner(ideal), inner(output)];
  const noise = got.map((sample, at) => sample - wanted[at]!);
  return 20 * Math.log10(levelOf(wanted) / levelOf(noise));
}
