import { test } from 'tap';
import { createFingerprintIndex, createRecogniser } from '../../../src/sandbox/audio/fingerprint.ts';
import { loadScenario } from '../../../src/sandbox/scenarios/scenario.ts';
import { testClips } from '../../helpers/carrier.ts';

const hello = testClips.get('hello')!;
const yes = testClips.get('yes please')!;
const index = createFingerprintIndex(testClips.clips);
const silence = Buffer.alloc(400, 0xff);

/** Feeds audio in pieces of a size and lists what was recognised. */
function recognise(audio: Buffer, piece: number) {
  const recogniser = createRecogniser(index);
  const found = [];
  for (let at = 0; at < audio.length; at += piece) found.push(...recogniser.push(audio.subarray(at, at + piece)));
  return [...found, ...recogniser.flush()];
}

for (const piece of [1, 7, 160, 333, 480, 100_000]) {
  test(`clips are recognised whole in pieces of ${piece} bytes`, async t => {
    const audio = Buffer.concat([silence, hello.bytes, silence.subarray(0, 13), yes.bytes, yes.bytes, hello.bytes]);
    t.same(
      recognise(audio, piece).map(({ clipId, complete, at }) => [clipId, complete, at]),
      [
        ['hello', true, 400],
        ['yes please', true, 400 + 4_800 + 13],
        ['yes please', true, 400 + 4_800 + 13 + 8_000],
        ['hello', true, 400 + 4_800 + 13 + 16_000],
      ],
    );
  });
}

test('a clip that is cut off is reported to the byte', async t => {
  const audio = Buffer.concat([hello.bytes.subarray(0, 1_003), silence, yes.bytes.subarray(0, 77), hello.bytes]);
  t.same(
    recognise(audio, 160).map(({ clipId, from, to, complete }) => [clipId, from, to, complete]),
    [
      ['hello', 0, 1_003, false],
      ['yes please', 0, 77, false],
      ['hello', 0, 4_800, true],
    ],
  );
});

test('a gap splits a clip in two stretches that say where it was', async t => {
  const audio = Buffer.concat([hello.bytes.subarray(0, 1_600), hello.bytes.subarray(2_400)]);
  t.same(
    recognise(audio, 160).map(({ from, to, complete }) => [from, to, complete]),
    [
      [0, 1_600, false],
      [2_400, 4_800, false],
    ],
  );
});

test('one changed byte, frames in the wrong order or a doubled frame are no complete clip', async t => {
  const changed = Buffer.from(hello.bytes);
  changed[2_000] = changed[2_000]! ^ 1;
  const swapped = Buffer.concat([
    hello.bytes.subarray(160, 320),
    hello.bytes.subarray(0, 160),
    hello.bytes.subarray(320),
  ]);
  const doubled = Buffer.concat([hello.bytes.subarray(0, 320), hello.bytes.subarray(160)]);
  for (const audio of [changed, swapped, doubled]) t.notOk(recognise(audio, 160).some(each => each.complete));
});

test('what is going on can be asked for, and noise is nothing', async t => {
  const recogniser = createRecogniser(index);
  t.same(
    recogniser.push(Buffer.from('some noise that is no clip at all, although it is longer than a window of bytes')),
    [],
  );
  t.equal(recogniser.current(), undefined);
  t.same(recogniser.push(yes.bytes.subarray(0, 500)), []);
  t.match(recogniser.current(), { clipId: 'yes please', from: 0, to: 500, complete: false });
});

test('every clip of the demo is told from every other', async t => {
  const { clips } = loadScenario().clips;
  const all = createFingerprintIndex(clips);
  t.ok(clips.length >= 60);
  for (const clip of clips) {
    const found = createRecogniser(all).push(Buffer.concat([silence, clip.bytes]));
    t.same(
      found.map(each => [each.clipId, each.complete]),
      [[clip.id, true]],
      clip.text,
    );
  }
});
