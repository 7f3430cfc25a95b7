import t from 'tap';
import { createCapture } from '../../frontend/src/lib/voice/capture.ts';
import { shareOf } from '../../frontend/src/lib/voice/loudness.ts';
import { mulawOf, sampleOf, silenceByte } from '../../frontend/src/lib/voice/mulaw.ts';
import { createPlayback } from '../../frontend/src/lib/voice/playback.ts';
import { createResampler } from '../../frontend/src/lib/voice/resampler.ts';
import { linearOfMulaw, mulawOfLinear } from '../../src/audio/mulaw.ts';

const tone = (hz: number, rate: number, seconds: number, volume = 0.5) =>
  Float32Array.from({ length: rate * seconds }, (_, at) => volume * Math.sin((2 * Math.PI * hz * at) / rate));
/** The effective value, away from where the filter swings in and out. */
function loudness(samples: Float32Array): number {
  const middle = samples.subarray(samples.length / 4, (samples.length * 3) / 4);
  return Math.sqrt(middle.reduce((sum, sample) => sum + sample * sample, 0) / middle.length);
}
const differsAtMost = (one: number, other: number, by: number) => Math.abs(one - other) <= by;

t.test('the page codes and decodes mu-law as the server does, byte for byte', async t => {
  for (let byte = 0; byte < 256; byte += 1) {
    if (Math.round(sampleOf(byte) * 32_768) !== linearOfMulaw[byte]) t.fail(`byte ${byte}`);
  }
  for (let linear = -32_768; linear <= 32_767; linear += 1) {
    if (mulawOf(linear / 32_768) !== mulawOfLinear(linear)) t.fail(`sample ${linear}`);
  }
  t.equal(mulawOf(0), silenceByte);
  t.equal(mulawOf(7), mulawOf(1), 'too loud is the loudest');
  t.equal(mulawOf(-7), mulawOf(-1));
});

t.test('a voice keeps its loudness at every device rate, and what a telephone cannot carry is gone', async t => {
  for (const rate of [8_000, 16_000, 44_100, 48_000, 96_000]) {
    const down = (hz: number) => loudness(createResampler(rate, 8_000).push(tone(hz, rate, 0.5)));
    const voice = loudness(tone(1_000, rate, 0.5));
    t.ok(differsAtMost(down(1_000), voice, 0.005), `1 kHz at ${rate}`);
    t.ok(differsAtMost(down(3_000), voice, 0.02), `3 kHz at ${rate}`);
    if (rate > 10_000) t.ok(down(5_000) < voice / 300, `5 kHz at ${rate} does not fold back: ${down(5_000)}`);
    const up = createResampler(8_000, rate).push(tone(1_000, 8_000, 0.5));
    t.ok(differsAtMost(loudness(up), voice, 0.005), `back at ${rate}`);
    t.ok(differsAtMost(up.length, rate / 2, rate / 100), 'nothing is lost but what the filter still holds');
  }
});

t.test('however a stream is cut, the same samples come out', async t => {
  const stream = tone(700, 44_100, 0.3);
  const whole = createResampler(44_100, 8_000).push(stream);
  const resampler = createResampler(44_100, 8_000);
  const pieces: number[] = [];
  for (let at = 0, size = 1; at < stream.length; at += size, size = (size % 300) + 7) {
    pieces.push(...resampler.push(stream.subarray(at, at + size)));
  }
  t.equal(pieces.length, whole.length);
  t.ok(pieces.every((sample, at) => differsAtMost(sample, whole[at]!, 1e-6)));
});

t.test('the microphone becomes frames of 20 ms; muted it goes on, silently', async t => {
  const capture = createCapture(48_000);
  const frames: Uint8Array[] = [];
  const record = () => {
    const sound = tone(500, 48_000, 1);
    for (let at = 0; at < sound.length; at += 128)
      capture.push(sound.subarray(at, at + 128), frame => frames.push(frame));
  };
  record();
  t.ok(frames.length === 49 || frames.length === 50, `a second is ${frames.length} frames and what the filter holds`);
  t.ok(frames.every(frame => frame.length === 160));
  t.ok(differsAtMost(loudness(Float32Array.from(frames[25]!, sampleOf)), 0.354, 0.02), 'a tone of half the loudness');
  t.ok(differsAtMost(capture.level(), 0.354, 0.02));
  t.equal(capture.level(), 0, 'told once');
  capture.mute(true);
  frames.length = 0;
  record();
  t.ok(frames.length >= 50, 'frames that were missing would look like a bad line');
  t.ok(frames.slice(1).every(frame => frame.every(byte => byte === silenceByte)));
  t.equal(capture.level(), 0);
});

const frameOf = (byte: number) => new Uint8Array(160).fill(byte);
const pull = (playback: ReturnType<typeof createPlayback>, samples = 160) => {
  const output = new Float32Array(samples).fill(9);
  playback.pull(output);
  return output;
};

t.test('the ear gathers three frames before it begins, and hears silence when nothing comes', async t => {
  const playback = createPlayback(8_000);
  playback.push(frameOf(0x00));
  playback.push(frameOf(0x80));
  t.ok(
    pull(playback).every(sample => sample === 0),
    'two are not enough',
  );
  playback.push(frameOf(0x00));
  t.ok(pull(playback).every(sample => sample === sampleOf(0x00)));
  const longer = pull(playback, 240);
  t.equal(longer[0], sampleOf(0x80));
  t.equal(longer[200], sampleOf(0x00), 'a block may span frames');
  t.ok(playback.level() > 0.7);
  const last = pull(playback);
  t.equal(last[0], sampleOf(0x00));
  t.equal(last[159], 0, 'it ran dry within a block');
  playback.push(frameOf(0x00));
  t.ok(
    pull(playback).every(sample => sample === 0),
    'and gathers again',
  );
});

t.test('an ear that is too far behind skips to what is said now', async t => {
  const playback = createPlayback(8_000);
  for (let byte = 0; byte < 13; byte += 1) playback.push(frameOf(byte));
  t.equal(playback.dropped, 10);
  t.equal(playback.waiting, 3);
  t.equal(pull(playback)[0], sampleOf(10));
  playback.clear();
  t.equal(playback.waiting, 0);
  t.ok(
    pull(playback).every(sample => sample === 0),
    'nothing of the call before is heard',
  );
});

t.test('a meter runs from the quietest speech to the loudest', async t => {
  t.same([0, 0.001, 1, 2].map(shareOf), [0, 0, 1, 1]);
  t.ok(shareOf(0.05) > 0.3 && shareOf(0.05) < shareOf(0.2));
});
