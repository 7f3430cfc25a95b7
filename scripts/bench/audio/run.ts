// Our resampler beside that of sox, which must be installed: node --import=tsx scripts/bench/audio/run.ts
// For each pair of rates: tones against ideal ones, a tone that the lower rate cannot carry, and the spoken clips of the sandbox, of which
// is said how far below the speech the difference between both lies.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sampleRates } from '../../../src/audio/audio-format.ts';
import { linearOfMulaw } from '../../../src/audio/mulaw.ts';
import { createResampler } from '../../../src/audio/resampler.ts';

const tones = [300, 1_004, 3_300];
const amplitude = 20_000;
const clips = fileURLToPath(new URL('../../../sandbox-data/clips/', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'parley-audio-'));

type Resample = (samples: Int16Array, from: number, to: number) => Int16Array;

const sine = (rate: number, hertz: number, seconds: number): Int16Array =>
  Int16Array.from({ length: rate * seconds }, (_, at) =>
    Math.round(amplitude * Math.sin((2 * Math.PI * hertz * at) / rate)),
  );

const ours: Resample = (samples, from, to) => {
  const resampler = createResampler(from, to);
  const pieces: number[] = [];
  // As it comes on a call: 20 ms at a time.
  for (let at = 0; at < samples.length; at += from / 50)
    pieces.push(...resampler.push(samples.subarray(at, at + from / 50)));
  return Int16Array.from([...pieces, ...resampler.flush()]);
};

/** Its best 16-bit way, `-v`, or its usual one; without dither, which is noise added on purpose. */
const sox =
  (quality: string): Resample =>
  (samples, from, to) =>
    changed(samples, from, to, ['rate', quality]);

function changed(samples: Int16Array, from: number, to: number, effect: readonly string[]): Int16Array {
  const raw = (rate: number) => ['-t', 'raw', '-e', 'signed', '-b', '16', '-c', '1', '-r', String(rate)];
  const [input, output] = [join(folder, 'in'), join(folder, 'out')];
  writeFileSync(input, Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength));
  execFileSync('sox', ['-D', ...raw(from), input, ...raw(to), output, ...effect], { stdio: 'pipe' });
  const bytes = readFileSync(output);
  return new Int16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

/** Without the ends, where a tone is none. */
const inner = (samples: Int16Array) => samples.subarray(samples.length / 4, (samples.length * 3) / 4);
const level = (samples: ArrayLike<number>) =>
  Math.sqrt(Array.from(samples).reduce((sum, sample) => sum + sample ** 2, 0) / samples.length);
const decibels = (wanted: number, rest: number) => 20 * Math.log10(wanted / Math.max(rest, 1e-3));
const difference = (one: Int16Array, other: Int16Array) =>
  Array.from({ length: Math.min(one.length, other.length) }, (_, at) => one[at]! - other[at]!);

/** The worst of the tones, in dB over everything else. */
function signalToNoise(resample: Resample, from: number, to: number): number {
  const worst = tones.map(hertz => {
    const ideal = inner(sine(to, hertz, 0.5));
    return decibels(level(ideal), level(difference(inner(resample(sine(from, hertz, 0.5), from, to)), ideal)));
  });
  return Math.min(...worst);
}

/** How far down a tone is that would come back as another one; nothing where the input can hold none far enough above. */
function rejected(resample: Resample, from: number, to: number): number | undefined {
  const hertz = Math.min(0.6 * to, 0.49 * from);
  if (to > from || hertz < 0.57 * to) return undefined;
  return decibels(amplitude / Math.SQRT2, level(inner(resample(sine(from, hertz, 0.5), from, to))));
}

const speech = readdirSync(clips)
  .filter(name => name.endsWith('.ulaw'))
  .slice(0, 12)
  .map(name => Int16Array.from(readFileSync(join(clips, name)), byte => linearOfMulaw[byte]!));

/** How far below speech the difference to sox lies after a way there and back: as it is, and up to 3.3 kHz alone. */
function alike(rate: number): readonly number[] {
  const there = (resample: Resample, clip: Int16Array) => resample(resample(clip, 8_000, rate), rate, 8_000);
  const lower = (samples: Int16Array) => changed(samples, 8_000, 8_000, ['sinc', '-3300']);
  const both = speech.map(clip => [there(ours, clip), there(sox('-v'), clip)] as const);
  const worst = (pairs: (readonly [Int16Array, Int16Array])[]) =>
    Math.min(...pairs.map(([one, reference]) => decibels(level(reference), level(difference(one, reference)))));
  return [worst(both), worst(both.map(([one, reference]) => [lower(one), lower(reference)]))];
}

const cell = (value: number | undefined) => (value === undefined ? '–' : value.toFixed(1));
try {
  console.log(execFileSync('sox', ['--version'], { encoding: 'utf8' }).trim());
  console.log('| rates | tones: ours | sox -v | sox -m | above the band: ours | sox -v | sox -m |');
  for (const from of sampleRates)
    for (const to of sampleRates) {
      if (from === to || (from !== 8_000 && to !== 8_000)) continue;
      const all = [ours, sox('-v'), sox('-m')];
      const values = [...all.map(each => signalToNoise(each, from, to)), ...all.map(each => rejected(each, from, to))];
      console.log(`| ${from} → ${to} | ${values.map(cell).join(' | ')} |`);
    }
  for (const rate of sampleRates.slice(1)) {
    const [all, band] = alike(rate);
    console.log(
      `speech to ${rate} and back: the difference to sox is ${cell(all)} dB below it, up to 3.3 kHz ${cell(band)}`,
    );
  }
} catch (error) {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  console.error('sox is not installed');
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
