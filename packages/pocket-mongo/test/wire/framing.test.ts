import { serialize } from 'bson';
import { test } from 'tap';
import { decodeDocument } from '../../src/bson/decode.ts';
import { crc32c } from '../../src/wire/crc32c.ts';
import { encodeCursorReply } from '../../src/wire/cursor-reply.ts';
import { MessageReader, messageHeader, opcodes, WireError } from '../../src/wire/framing.ts';
import { parseOpMsg } from '../../src/wire/op-msg.ts';
import { parseOpQuery } from '../../src/wire/op-query.ts';

const body = serialize({ insert: 'things', $db: 'shop' });
const rows = [serialize({ _id: 1 }), serialize({ _id: 2 })];

function message(flags: number, sections: readonly Uint8Array[], opcode: number = opcodes.message): Buffer {
  const start = Buffer.alloc(4);
  start.writeUInt32LE(flags);
  const payload = Buffer.concat([start, ...sections]);
  return Buffer.concat([messageHeader(payload.length, 7, 0, opcode), payload]);
}

const bodySection = Buffer.concat([Buffer.from([0]), body]);

function sequenceSection(name: string, documents: readonly Uint8Array[], size?: number): Buffer {
  const content = Buffer.concat([Buffer.from(`${name}\0`), ...documents]);
  const head = Buffer.alloc(5);
  head[0] = 1;
  head.writeInt32LE(size ?? content.length + 4, 1);
  return Buffer.concat([head, content]);
}

const read = (bytes: Buffer) => new MessageReader().push(bytes)[0]!;

test('messages come out whole, wherever the stream is cut', t => {
  const stream = Buffer.concat([
    message(0, [bodySection, sequenceSection('documents', rows)]),
    message(2, [bodySection]),
  ]);
  for (let cut = 0; cut <= stream.length; cut++) {
    const reader = new MessageReader();
    const found = [...reader.push(stream.subarray(0, cut)), ...reader.push(stream.subarray(cut))].map(parseOpMsg);
    if (found.length !== 2 || found[0]!.sequences.get('documents')?.length !== 2) t.fail(`cut at ${cut}`);
    if (!found[1]?.moreToCome || found[0]!.moreToCome) t.fail(`flags, cut at ${cut}`);
  }
  const reader = new MessageReader();
  const single = [...stream].flatMap(byte => reader.push(Buffer.from([byte])));
  t.equal(single.length, 2);
  t.same(decodeDocument(parseOpMsg(single[0]!).sequences.get('documents')![1]!), { _id: 2 });
  t.end();
});

test('a length no client may send is refused before anything is kept for it', t => {
  for (const length of [-1, 0, 15, 48_000_001, 0x7fffffff]) {
    const header = Buffer.alloc(16);
    header.writeInt32LE(length);
    t.throws(() => new MessageReader().push(header), WireError, `${length}`);
  }
  t.end();
});

test('malformed OP_MSGs are refused', t => {
  const cases: Record<string, Buffer> = {
    'no body': message(0, []),
    'only a sequence': message(0, [sequenceSection('documents', rows)]),
    'two bodies': message(0, [bodySection, bodySection]),
    'an unknown kind of section': message(0, [bodySection, Buffer.from([2])]),
    'an unknown required flag': message(4, [bodySection]),
    'a sequence twice': message(0, [
      bodySection,
      sequenceSection('documents', rows),
      sequenceSection('documents', rows),
    ]),
    'a sequence beyond the end': message(0, [bodySection, sequenceSection('documents', rows, 4_000)]),
    'a sequence of no length': message(0, [bodySection, sequenceSection('documents', rows, 0)]),
    'a sequence without a name': message(0, [bodySection, Buffer.from([1, 6, 0, 0, 0, 65, 65])]),
    'a body cut short': message(0, [bodySection.subarray(0, 12)]),
    'a wrong checksum': message(1, [bodySection, Buffer.alloc(4)]),
  };
  for (const [name, bytes] of Object.entries(cases)) t.throws(() => parseOpMsg(read(bytes)), WireError, name);
  t.end();
});

test('a checksum is checked, and the usual test vector holds', t => {
  t.equal(crc32c(Buffer.from('123456789')), 0xe3069283);
  const bytes = message(1, [bodySection, Buffer.alloc(4)]);
  bytes.writeUInt32LE(crc32c(bytes.subarray(0, bytes.length - 4)), bytes.length - 4);
  t.same(decodeDocument(parseOpMsg(read(bytes)).body), { insert: 'things', $db: 'shop' });
  t.end();
});

test('the legacy handshake is understood, and cut ones are refused', t => {
  const hello = Buffer.concat([Buffer.from('admin.$cmd\0'), Buffer.alloc(8), serialize({ hello: 1 })]);
  t.match(parseOpQuery(read(message(0, [hello], opcodes.query))), { requestId: 7, namespace: 'admin.$cmd' });
  for (const size of [3, 11, 15, 20, 30]) {
    t.throws(() => parseOpQuery(read(message(0, [hello.subarray(0, size)], opcodes.query))), WireError, `${size}`);
  }
  t.end();
});

test('a reply put together by hand is the BSON it should be', t => {
  for (const count of [0, 1, 11, 120]) {
    const documents = Array.from({ length: count }, (_, i) => ({ _id: i, text: 'é'.repeat(i) }));
    const reply = encodeCursorReply(
      'nextBatch',
      documents.map(each => serialize(each)),
      2n ** 40n,
      'shop.thïngs',
    );
    const { cursor, ok } = decodeDocument(reply) as { cursor: Record<string, unknown>; ok: unknown };
    t.same(cursor['nextBatch'], documents);
    t.equal(String(cursor['id']), String(2n ** 40n));
    t.equal(cursor['ns'], 'shop.thïngs');
    t.equal(Number(ok), 1);
  }
  t.end();
});
