import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { frameBytes, mulawOfLinear, silence } from '../../src/audio/mulaw.ts';
import { createSpeechDetector } from '../../src/audio/speech-detector.ts';
import { levelOfBase64, levelOfMulaw } from '../../src/audio/speech-level.ts';
import { sandboxDataFolder } from '../../src/sandbox/data-folder.ts';
import { chance } from './signals.ts';

const clips = join(sandboxDataFolder, 'clips');
const clip = (start: string): Buffer =>
  readFileSync(join(clips, readdirSync(clips).find(name => name.startsWith(start) && name.endsWith('.ulaw'))!));

/** Noise whose samples lie evenly between -amplitude and amplitude. */
function noise(durationMs: number, amplitude: number): Buffer {
  const next = chance(amplitude + durationMs);
  return Buffer.from(Array.from({ length: durationMs * 8 }, () => mulawOfLinear(next(2 * amplitude + 1) - amplitude)));
}

/** What the detector says of this audio, frame by frame, with the time in it. */
function heard(...audio: Buffer[]) {
  const detector = createSpeechDetector();
  const line = Buffer.concat(audio);
  const said: [string, number][] = [];
  for (let at = 0; at < line.length; at += frameBytes) {
    const word = detector.push(levelOfMulaw(line.subarray(at, at + frameBytes)));
    if (word) said.push([word, detector.elapsedMs]);
  }
  return { said, detector };
}

t.test('what is said begins and ends within 160 ms of its sound', async t => {
  for (const start of ['maria-yes-please', 'ruth-two-adults', 'walter-sure', 'james-no-thanks']) {
    const sentence = clip(start);
    const { said, detector } = heard(silence(1_000), sentence, silence(1_000));
    t.equal(said.at(-1)![0], 'ended');
    t.ok(said[0]![1] >= 1_000 && said[0]![1] <= 1_160, `${start} began`);
    const lastSound = 1_000 + sentence.length / 8;
    t.ok(Math.abs(detector.lastSpeechMs! - lastSound) <= 160, `${start} was heard last at ${detector.lastSpeechMs}`);
  }
});

t.test('every voice of the sandbox is heard', async t => {
  for (const file of readdirSync(clips).filter(name => name.endsWith('.ulaw'))) {
    const { said } = heard(silence(500), readFileSync(join(clips, file)));
    t.equal(said[0]?.[0], 'started', file);
  }
});

t.test('silence, the noise of a line and clicks are no speech', async t => {
  t.same(heard(silence(60_000)).said, []);
  t.same(heard(noise(10_000, 60)).said, []);
  t.same(heard(silence(500), noise(40, 8_000), silence(500), noise(40, 8_000), silence(500)).said, []);
});

t.test('somebody who speaks over a noisy line is heard above its noise', async t => {
  const sentence = clip('maria-yes-please');
  const room = noise(sentence.length / 8, 300);
  const mixed = Buffer.from(sentence.map((byte, at) => (Math.abs(byte - 0xff) > 0x60 ? byte : room[at]!)));
  const { said } = heard(noise(2_000, 300), mixed, noise(2_000, 300));
  t.ok(said[0]![1] > 2_000);
  t.equal(said.at(-1)![0], 'ended');
});

t.test('a steady noise that sets in becomes the noise of the line within fifteen seconds', async t => {
  const { said, detector } = heard(silence(1_000), noise(20_000, 1_600));
  t.equal(said.at(-1)?.[0], 'ended');
  t.ok(said.at(-1)![1] < 16_000);
  t.notOk(detector.speaking);
});

t.test('the level of a message is that of the audio in it, without decoding it', async t => {
  const sentence = clip('maria-yes-please');
  for (let at = 0; at < sentence.length; at += frameBytes) {
    const frame = sentence.subarray(at, at + frameBytes);
    const text = Buffer.from(`{"payload":"${frame.toString('base64')}"}`);
    t.equal(levelOfBase64(text, 12, text.length - 2), levelOfMulaw(frame));
  }
});

t.test('hostile text has a level too', async t => {
  for (const text of ['', 'A', '====', '"\\\u0000é', '%%%%%%%%']) {
    const level = levelOfBase64(Buffer.from(text));
    t.ok(level >= 0 && level < 32_768, JSON.stringify(text));
  }
});

t.test('frames put together are worth their duration', async t => {
  const detector = createSpeechDetector();
  t.equal(detector.push(5_000, 60), 'started');
  t.equal(detector.push(0, 300), 'ended');
  t.equal(detector.elapsedMs, 360);
  t.equal(detector.lastSpeechMs, 60);
});
