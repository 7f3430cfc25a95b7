import t from 'tap';
import { linearOfMulaw, mulawOfLinear, silence, silentFrameBase64 } from '../../src/audio/mulaw.ts';

/** Table 2 of G.711, told the other way round: eight segments of sixteen steps, each twice as wide as in the one before. */
const positiveValues = (() => {
  const values: number[] = [];
  for (let segment = 0; segment < 8; segment += 1) {
    const first = 132 * 2 ** segment - 132;
    for (let step = 0; step < 16; step += 1) values.push(first + step * 8 * 2 ** segment);
  }
  return values;
})();

t.test('each byte stands for the value that G.711 gives it', async t => {
  for (const [code, value] of positiveValues.entries()) {
    t.equal(linearOfMulaw[0xff - code], value);
    t.equal(Math.abs(linearOfMulaw[0x7f - code]!), value);
    t.ok(code === 0 || linearOfMulaw[0x7f - code]! < 0);
  }
  t.equal(linearOfMulaw[0x00], -32_124);
  t.equal(linearOfMulaw[0x80], 32_124);
});

t.test('each sample becomes the byte that the decision values of G.711 choose', async t => {
  // In the standard's units, which are four of ours: 0 1 3 5 … 31 35 39 … 95 103 …
  const decisions = positiveValues.map((_, code) => Math.max(0, (32 + 2 * (code % 16)) * 2 ** (code >> 4) - 33) * 4);
  let wrong = 0;
  for (let sample = -32_768; sample <= 32_767; sample += 1) {
    const code = decisions.findLastIndex(value => value <= Math.abs(sample));
    if (mulawOfLinear(sample) !== (sample < 0 ? 0x7f : 0xff) - code) wrong += 1;
  }
  t.equal(wrong, 0);
});

t.test('a byte that is decoded and encoded again is the same byte, except that zero has one sign', async t => {
  for (let byte = 0; byte < 256; byte += 1) {
    t.equal(mulawOfLinear(linearOfMulaw[byte]!), byte === 0x7f ? 0xff : byte);
  }
});

t.test('a sample louder than 16 bits becomes the loudest byte', async t => {
  t.equal(mulawOfLinear(40_000), 0x80);
  t.equal(mulawOfLinear(-40_000), 0x00);
});

t.test('a frame of silence is 160 samples of zero', async t => {
  const frame = Buffer.from(silentFrameBase64, 'base64');
  t.equal(frame.length, 160);
  t.ok(frame.equals(silence(20)));
  t.ok(frame.every(byte => linearOfMulaw[byte] === 0));
});
