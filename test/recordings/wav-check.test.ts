import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import t from 'tap';
import { readWavHeader, WavCheck, WavDamaged } from '../../src/recordings/wav-check.ts';
import { tone } from '../helpers/recording-carrier.ts';

const file = tone(2);

async function checked(pieces: Iterable<Buffer>, announcedBytes: number | null = null, mostBytes = 1e9) {
  const check = new WavCheck({ announcedBytes, mostBytes });
  check.resume();
  await pipeline(Readable.from(pieces), check);
  return check.result!;
}

t.test('a whole file tells its channels and its length, in whatever pieces it comes', async t => {
  for (const size of [1, 7, 43, 44, 45, 4_096, file.length]) {
    const pieces = [];
    for (let at = 0; at < file.length; at += size) pieces.push(file.subarray(at, at + size));
    if (size === 1) pieces.splice(200, pieces.length, file.subarray(200));
    t.same(await checked(pieces, file.length), { channels: 2, seconds: 2, bytes: file.length });
  }
  t.match(await checked([tone(1, 1)]), { channels: 1, seconds: 1 });
});

t.test('chunks that we do not know are passed by, also behind the sound', async t => {
  const list = Buffer.from('LIST\x03\0\0\0abc\0', 'latin1');
  const extended = Buffer.concat([file.subarray(0, 36), list, file.subarray(36), list]);
  t.match(await checked([extended]), { channels: 2, seconds: 2 });
});

t.test('a writer that did not know the length leaves it open', async t => {
  const open = Buffer.from(file);
  open.writeUInt32LE(0xff_ff_ff_ff, 40);
  t.match(await checked([open]), { seconds: 2 });
});

t.test('half a file is no file', async t => {
  await t.rejects(checked([file.subarray(0, file.length / 2)]), WavDamaged);
  await t.rejects(checked([file.subarray(0, 20)]), /before its sound begins/);
  await t.rejects(checked([file], file.length + 1), /announced/);
  await t.rejects(checked([file], null, 1_000), /longer than/);
});

t.test('what is no recording is refused by its first bytes', async t => {
  await t.rejects(checked([Buffer.from('<html>an error page of a proxy</html>')]), /no WAV file/);
  await t.rejects(checked([Buffer.alloc(0)]), WavDamaged);
  const early = Buffer.concat([file.subarray(0, 12), file.subarray(36)]);
  await t.rejects(checked([early]), /before its format/);
  const endless = Buffer.concat([
    file.subarray(0, 12),
    Buffer.from('LIST\xff\xff\xff\x7f', 'latin1'),
    Buffer.alloc(64),
  ]);
  await t.rejects(checked([endless]), /does not begin/);
  const silly = Buffer.from(file);
  silly.writeUInt16LE(0, 22);
  await t.rejects(checked([silly]), /makes no sense/);
});

t.test('whatever the bytes are, reading them ends', async t => {
  for (let round = 0; round < 2_000; round += 1) {
    const odd = Buffer.from(file.subarray(0, 64));
    for (let change = 0; change < 4; change += 1)
      odd[12 + ((round * 31 + change * 17) % 52)] = (round * 7 + change) & 0xff;
    try {
      readWavHeader(odd);
    } catch (error) {
      if (!(error instanceof WavDamaged)) throw error;
    }
  }
  t.pass('no other error, no endless loop');
});
