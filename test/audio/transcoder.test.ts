import t from 'tap';
import { type AudioFormat, sampleRates, telephoneFormat } from '../../src/audio/audio-format.ts';
import { linearOfMulaw, mulawOfLinear } from '../../src/audio/mulaw.ts';
import { createTranscoder } from '../../src/audio/transcoder.ts';
import { chance, sine } from './signals.ts';

const pcm = (sampleRate: number): AudioFormat => ({ encoding: 'pcm16', sampleRate });
const oneSecond = Buffer.from(sine(8_000, 700, 8_000).map(mulawOfLinear));

t.test(
  'telephone audio goes to every rate and back, and is the same tone: 30 dB, which is what mu-law leaves',
  async t => {
    for (const rate of sampleRates) {
      const there = createTranscoder(telephoneFormat, pcm(rate));
      const back = createTranscoder(pcm(rate), telephoneFormat);
      const wide = Buffer.concat([there.push(oneSecond), there.flush()]);
      t.equal(wide.length, rate * 2, `one second at ${rate} Hz`);
      const line = Buffer.concat([back.push(wide), back.flush()]);
      t.equal(line.length, 8_000);
      let noise = 0;
      let signal = 0;
      for (let at = 2_000; at < 6_000; at += 1) {
        signal += linearOfMulaw[oneSecond[at]!]! ** 2;
        noise += (linearOfMulaw[oneSecond[at]!]! - linearOfMulaw[line[at]!]!) ** 2;
      }
      t.ok(10 * Math.log10(signal / Math.max(1, noise)) > 30, `${rate} Hz`);
    }
  },
);

t.test('samples cut in two by a message come out whole', async t => {
  const wide = Buffer.from(sine(24_000, 900, 4_801).buffer);
  const whole = createTranscoder(pcm(24_000), telephoneFormat);
  const expected = Buffer.concat([whole.push(wide), whole.flush()]);
  for (let seed = 1; seed <= 20; seed += 1) {
    const next = chance(seed);
    const transcoder = createTranscoder(pcm(24_000), telephoneFormat);
    const pieces: Buffer[] = [];
    for (let at = 0; at < wide.length; ) {
      const size = next(5);
      pieces.push(transcoder.push(wide.subarray(at, at + size)));
      at += size;
    }
    t.ok(Buffer.concat([...pieces, transcoder.flush()]).equals(expected), `cut ${seed}`);
  }
});

t.test('base64 goes in as text or as the bytes of a text, and comes out as text', async t => {
  const text = oneSecond.toString('base64');
  const [one, other, plain] = [1, 2, 3].map(() => createTranscoder(telephoneFormat, pcm(16_000)));
  const expected = plain!.push(oneSecond).toString('base64');
  t.equal(one!.pushBase64(text), expected);
  t.equal(other!.pushBase64(Buffer.from(text)), expected);
});

t.test('equal formats pass unchanged', async t => {
  const same = createTranscoder(telephoneFormat, telephoneFormat);
  t.equal(same.pushBase64(Buffer.from('fn5+')), 'fn5+');
  t.ok(same.push(oneSecond).equals(oneSecond));
  t.equal(same.flush().length, 0);
});

t.test('what is no base64 makes no error, and an odd byte at the end of the stream is let go', async t => {
  const transcoder = createTranscoder(pcm(16_000), telephoneFormat);
  t.equal(transcoder.pushBase64('%%%'), '');
  transcoder.push(Buffer.from([1]));
  t.equal(transcoder.flush().length, 0);
});

t.test('a format that no vendor offers is refused by name', async t => {
  t.throws(() => createTranscoder(telephoneFormat, pcm(11_025)), /11025 Hz is none of 8000/);
  t.throws(() => createTranscoder({ encoding: 'mulaw', sampleRate: 16_000 }, telephoneFormat), /mu-law at 16000 Hz/);
});
