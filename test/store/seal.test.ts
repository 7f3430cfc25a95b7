import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import t from 'tap';
import { createSealer } from '../../src/store/seal.ts';
import { chunkLength } from '../../src/store/seal-stream.ts';

const oldKey = randomBytes(32);
const newKey = randomBytes(32);
const context = 'hookSubscriptions/64b000000000000000000001/secret';

t.test('texts and bytes open where they were sealed, and only there', async t => {
  const sealer = createSealer([newKey]);
  t.ok(sealer.active);
  for (const text of ['', 'a', 'ünïcode 🔑', 'x'.repeat(100_000), 'sealed:1:abc', 'plain:1:abc']) {
    const sealed = sealer.sealText(text, context);
    t.equal(sealer.openText(sealed, context), text);
    if (text.length > 1) t.notMatch(sealed.slice(9), text);
    t.not(sealed, sealer.sealText(text, context), 'the same text never looks the same');
    t.throws(() => sealer.openText(sealed, 'hookSubscriptions/another/secret'), { code: 'SEAL_DAMAGED' });
    const bytes = Buffer.from(text);
    t.same(sealer.openBytes(sealer.sealBytes(bytes, context), context), bytes);
  }
});

t.test('every changed or missing byte is noticed', async t => {
  const sealer = createSealer([newKey]);
  const sealed = sealer.sealBytes(Buffer.from('secret'), context);
  for (let at = 6; at < sealed.length; at += 1) {
    const changed = Buffer.from(sealed);
    changed[at]! ^= 1;
    t.throws(() => sealer.openBytes(changed, context), { code: /^SEAL_/ }, `byte ${at}`);
  }
  for (let length = 6; length < sealed.length; length += 1) {
    t.throws(() => sealer.openBytes(sealed.subarray(0, length), context), { code: /^SEAL_/ }, `${length} bytes left`);
  }
});

t.test('keys rotate: the first one writes, all read, and what is stale can be found', async t => {
  const sealed = createSealer([oldKey]).sealText('secret', context);
  const both = createSealer([newKey, oldKey]);
  t.equal(both.openText(sealed, context), 'secret');
  t.ok(both.isStale(sealed));
  t.ok(both.isStale('never sealed'));
  const again = both.sealText('secret', context);
  t.notOk(both.isStale(again));
  t.equal(createSealer([newKey]).openText(again, context), 'secret');
});

t.test('a missing or wrong key is one clear error that names the key and not the data', async t => {
  const sealed = createSealer([oldKey]).sealText('secret', context);
  t.throws(() => createSealer([newKey]).openText(sealed, context), {
    code: 'SEAL_KEY_MISSING',
    message: /not in ENCRYPTION_KEY/,
  });
  t.throws(() => createSealer().openText(sealed, context), {
    code: 'SEAL_KEY_MISSING',
    message: /ENCRYPTION_KEY is not set/,
  });
  t.throws(() => createSealer([randomBytes(16)]), { code: 'SEAL_KEY_MISSING', message: /32 bytes/ });
});

t.test('without a key everything passes unchanged, and opens after one was set', async t => {
  const off = createSealer();
  const on = createSealer([newKey]);
  t.notOk(off.active);
  t.equal(off.sealText('plain', context), 'plain');
  for (const text of ['plain', '', 'sealed:1:xyz', 'plain:1:xyz']) {
    t.equal(off.openText(off.sealText(text, context), context), text);
    t.equal(on.openText(off.sealText(text, context), context), text);
    t.notOk(off.isStale(off.sealText(text, context)));
  }
  for (const bytes of [Buffer.alloc(0), Buffer.from('plain'), Buffer.from('\u0000PSV1 looks sealed')]) {
    t.same(off.openBytes(off.sealBytes(bytes, context), context), bytes);
    t.same(on.openBytes(off.sealBytes(bytes, context), context), bytes);
  }
});

/** Sends bytes through a transform in pieces of the given size. */
async function through(transform: NodeJS.ReadWriteStream, bytes: Buffer, pieceLength = 10_000): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += pieceLength) pieces.push(bytes.subarray(at, at + pieceLength));
  const out: Buffer[] = [];
  await pipeline(Readable.from(pieces), transform, (async (source: AsyncIterable<Buffer>) => {
    for await (const chunk of source) out.push(chunk);
  }) as never);
  return Buffer.concat(out);
}

const sourceOf = (bytes: Buffer) => {
  const reads: number[] = [];
  return {
    size: bytes.length,
    reads,
    read: async (offset: number, length: number) => {
      reads.push(length);
      return bytes.subarray(offset, offset + length);
    },
  };
};

const sizes = [0, 1, 100, chunkLength - 1, chunkLength, chunkLength + 1, 2 * chunkLength, 3 * chunkLength + 12_345];

t.test('files of any size, in any pieces, come back as they were', async t => {
  const sealer = createSealer([newKey]);
  for (const size of sizes) {
    const plain = randomBytes(size);
    const sealed = await through(sealer.sealStream(), plain);
    t.notOk(size > 100 && sealed.includes(plain.subarray(0, 64)), 'nothing shows through');
    for (const pieceLength of [7, 4_096, 1_000_000].filter(length => length > 7 || size < 1_000)) {
      t.ok(
        plain.equals(await through(sealer.openStream(), sealed, pieceLength)),
        `${size} bytes in pieces of ${pieceLength}`,
      );
    }
    t.equal(await sealer.plainSize(sourceOf(sealed)), size);
  }
});

t.test('a range is opened from the middle, reading only the chunks that hold it', async t => {
  const sealer = createSealer([newKey]);
  const collect = async (source: ReturnType<typeof sourceOf>, range: { start: number; end?: number }) => {
    const out: Buffer[] = [];
    for await (const chunk of sealer.openRange(source, range)) out.push(chunk);
    return Buffer.concat(out);
  };
  for (const size of sizes.filter(size => size > 0)) {
    const plain = randomBytes(size);
    const sealed = await through(sealer.sealStream(), plain);
    for (const [start, end] of [
      [0, 0],
      [0, undefined],
      [size - 1, undefined],
      [chunkLength - 1, chunkLength],
      [chunkLength, undefined],
      [5, 99_999_999],
    ] as const) {
      for (const file of [sealed, plain]) {
        const got = await collect(sourceOf(file), { start, ...(end === undefined ? {} : { end }) });
        const wanted = plain.subarray(start, end === undefined ? size : end + 1);
        t.ok(got.equals(wanted), `${size} bytes, ${start}–${end}, ${file === plain ? 'plain' : 'sealed'}`);
      }
    }
  }
  const source = sourceOf(await through(sealer.sealStream(), randomBytes(20 * chunkLength)));
  t.equal((await collect(source, { start: 10 * chunkLength, end: 10 * chunkLength + 9 })).length, 10);
  t.ok(source.reads.reduce((sum, length) => sum + length) < 2 * chunkLength, 'one chunk and the header');
  t.equal((await collect(source, { start: -1 })).length, 0);
  t.equal((await collect(source, { start: 21 * chunkLength })).length, 0);
});

t.test('a file that was cut, extended, reordered or changed does not open', async t => {
  const sealer = createSealer([newKey]);
  const sealed = await through(sealer.sealStream(), randomBytes(2 * chunkLength + 500));
  const header = 48;
  const step = chunkLength + 16;
  const chunk = (index: number) => sealed.subarray(header + index * step, header + (index + 1) * step);
  const bad: Record<string, Buffer> = {
    'last chunk missing': sealed.subarray(0, header + 2 * step),
    'cut in a chunk': sealed.subarray(0, header + step + 1_000),
    'header alone': sealed.subarray(0, header),
    'cut in the header': sealed.subarray(0, 20),
    'chunks swapped': Buffer.concat([sealed.subarray(0, header), chunk(1), chunk(0), chunk(2)]),
    'chunk repeated': Buffer.concat([sealed.subarray(0, header), chunk(0), chunk(0), chunk(2)]),
    'bytes added': Buffer.concat([sealed, Buffer.alloc(5)]),
    'chunk of another file': Buffer.concat([
      sealed.subarray(0, header + step),
      (await through(sealer.sealStream(), randomBytes(2 * chunkLength))).subarray(header + step),
    ]),
  };
  for (const [name, file] of Object.entries(bad)) {
    await t.rejects(through(sealer.openStream(), file), { code: 'SEAL_DAMAGED' }, name);
  }
  await t.rejects(through(createSealer([oldKey]).openStream(), sealed), { code: 'SEAL_KEY_MISSING' });
  await t.rejects(through(createSealer().openStream(), sealed), { code: 'SEAL_KEY_MISSING' });
  const opened = createSealer([oldKey]).openRange(sourceOf(sealed), { start: 0 });
  await t.rejects(opened.next(), { code: 'SEAL_KEY_MISSING' });
  const cut = sealer.openRange(sourceOf(sealed.subarray(0, header + 2 * step)), { start: chunkLength });
  await t.rejects(cut.next(), { code: 'SEAL_DAMAGED' }, 'the middle of a cut file is not read as its end');
});

t.test('without a key streams pass files unchanged', async t => {
  const plain = randomBytes(100_000);
  const off = createSealer();
  t.ok(plain.equals(await through(off.sealStream(), plain)));
  t.ok(plain.equals(await through(off.openStream(), plain)));
  t.ok(plain.equals(await through(createSealer([newKey]).openStream(), plain)), 'older files still open with one');
  t.equal(await createSealer([newKey]).plainSize(sourceOf(plain)), 100_000);
});
