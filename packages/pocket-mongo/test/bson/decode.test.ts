import {
  Binary,
  BSONRegExp,
  Code,
  Decimal128,
  Double,
  deserialize,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  serialize,
  Timestamp,
} from 'bson';
import { test } from 'tap';
import { decodeDocument } from '../../src/bson/decode.ts';
import { encodeDocument } from '../../src/bson/encode.ts';
import { typeName } from '../../src/bson/types.ts';
import { Random, randomDocument } from './random-values.ts';

const everything = {
  double: 1.5,
  integralDouble: new Double(3),
  largeDouble: 2 ** 40,
  minusZero: -0,
  int: 7,
  long: Long.fromString('9007199254740993'),
  decimal: Decimal128.fromString('1.10'),
  text: 'häß\u{1f600}',
  document: { a: { b: [] } },
  array: [1, 'x', [null], { y: true }],
  binary: new Binary(Buffer.from([1, 2, 3])),
  uuid: new Binary(Buffer.alloc(16, 7), 4),
  old: new Binary(Buffer.from('old'), 2),
  id: new ObjectId(),
  date: new Date(-5),
  nothing: null,
  regex: new BSONRegExp('^a', 'im'),
  code: new Code('f()'),
  scoped: new Code('f()', { x: 1 }),
  timestamp: new Timestamp({ t: 4_000_000_000, i: 3 }),
  min: new MinKey(),
  max: new MaxKey(),
  '': 'an empty name',
  ключ: 1,
};

test('decoding keeps every type, so that encoding gives the same bytes', async t => {
  const bytes = serialize(everything);
  const decoded = decodeDocument(bytes);
  t.same(Buffer.compare(Buffer.from(encodeDocument(decoded)), Buffer.from(bytes)), 0);
  t.equal(typeName(decoded['integralDouble']), 'double', 'an integral double stays one');
  t.equal(typeName(decoded['largeDouble']), 'double');
  t.equal(typeName(decoded['int']), 'int');
  t.ok(Object.is(decoded['minusZero'], -0));
  t.equal(typeName(decoded['regex']), 'regex');
});

test('random documents survive the round trip', async t => {
  const random = new Random(5);
  let different = 0;
  for (let i = 0; i < 2_000; i += 1) {
    const bytes = serialize(randomDocument(random, 3));
    if (Buffer.compare(Buffer.from(encodeDocument(decodeDocument(bytes))), Buffer.from(bytes)) !== 0) different += 1;
  }
  t.equal(different, 0);
});

test('a DBRef stays a plain document', async t => {
  const id = new ObjectId();
  const decoded = decodeDocument(serialize({ ref: { $ref: 'c', $id: id } }));
  t.strictSame(Object.keys(decoded['ref'] as object), ['$ref', '$id']);
});

test('a field called __proto__ is an own field and pollutes nothing', async t => {
  const bytes = serialize(JSON.parse('{"__proto__": {"polluted": 1}}') as object);
  const decoded = decodeDocument(bytes);
  t.ok(Object.hasOwn(decoded, '__proto__'));
  t.equal(({} as Record<string, unknown>)['polluted'], undefined);
  t.equal((decoded as { polluted?: unknown }).polluted, undefined);
  t.same(Buffer.from(encodeDocument(decoded)), Buffer.from(bytes), 'and goes out as it came in');
});

test('a missing value is not sent', async t => {
  t.strictSame(deserialize(encodeDocument({ a: undefined, b: [undefined], c: 1 })), { b: [null], c: 1 });
});

test('nothing keeps the message buffer alive or shares its memory', async t => {
  const bytes = Buffer.from(
    serialize({
      b: new Binary(Buffer.from('abc')),
      d: Decimal128.fromString('1'),
      id: new ObjectId('650000000000000000000001'),
    }),
  );
  const decoded = decodeDocument(bytes);
  bytes.fill(0xff);
  t.equal(Buffer.from((decoded['b'] as Binary).buffer).toString(), 'abc');
  t.equal(String(decoded['d']), '1');
  t.equal(String(decoded['id']), '650000000000000000000001');
});

const refused: [what: string, bytes: Buffer, message: RegExp][] = [
  ['too short', Buffer.from([5, 0, 0, 0]), /another length/],
  ['a wrong length', Buffer.from([9, 0, 0, 0, 0]), /another length/],
  ['no terminator', Buffer.from([5, 0, 0, 0, 1]), /wrong length/],
  ['an unknown type', document([0x20, 0x61, 0x00, 0x00]), /unknown type 0x20/],
  ['a name without end', document([0x10, 0x61, 0x62, 0x63]), /runs past/],
  ['a string longer than its document', document([0x02, 0x61, 0x00, 0xff, 0, 0, 0, 0x61, 0]), /length of a string/],
  ['a string of negative length', document([0x02, 0x61, 0x00, 0xff, 0xff, 0xff, 0xff, 0x61, 0]), /length of a string/],
  ['invalid UTF-8', document([0x02, 0x61, 0x00, 3, 0, 0, 0, 0xc3, 0x28, 0]), /UTF-8/],
  [
    'an unknown option of a regular expression',
    document([0x0b, 0x61, 0x00, 0x61, 0x00, 0x7a, 0x00]),
    /regular expression/,
  ],
  ['a boolean of 2', document([0x08, 0x61, 0x00, 2]), /neither true nor false/],
  ['an embedded document past the end', document([0x03, 0x61, 0x00, 0xff, 0, 0, 0]), /length of a document/],
  ['a cut-off long', document([0x12, 0x61, 0x00, 1, 2, 3]), /runs past/],
  ['a binary of negative length', document([0x05, 0x61, 0x00, 0xff, 0xff, 0xff, 0xff, 0]), /length of a binary/],
];

function document(content: number[]): Buffer {
  const bytes = Buffer.from([0, 0, 0, 0, ...content, 0]);
  bytes.writeInt32LE(bytes.length, 0);
  return bytes;
}

test('broken input is refused, never guessed', async t => {
  for (const [what, bytes, message] of refused)
    t.throws(() => decodeDocument(bytes), { codeName: 'InvalidBSON', message }, what);
  t.throws(() => decodeDocument(document([0x10, ...Buffer.from('_bsontype\0'), 1, 0, 0, 0])), { message: /reserved/ });
});

test('deep nesting is refused before it exhausts the stack', async t => {
  let bytes = document([]);
  for (let i = 0; i < 400; i += 1) bytes = document([0x03, 0x61, 0x00, ...bytes]);
  t.throws(() => decodeDocument(bytes), { message: /nest at most 200 levels/ });
});

test('mutated bytes are either refused or decoded, and always quickly', async t => {
  const random = new Random(99);
  const original = Buffer.from(serialize(everything));
  for (let i = 0; i < 3_000; i += 1) {
    const bytes = Buffer.from(original);
    for (let n = random.below(4); n >= 0; n -= 1) bytes[4 + random.below(bytes.length - 4)] = random.below(256);
    try {
      decodeDocument(bytes);
    } catch (error) {
      if (!(error instanceof Error) || error instanceof RangeError) t.fail(String(error));
    }
  }
  t.pass('3,000 mutations');
});
