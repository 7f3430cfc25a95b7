import { Binary, BSONRegExp, Code, Decimal128, Double, Long, MaxKey, MinKey, ObjectId, Timestamp } from 'bson';
import type { Document } from '../../src/bson/types.ts';

/** Reproducible random numbers, so that a failing case can be run again from its seed. */
export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = seed % 2147483647 || 1;
  }

  below(bound: number): number {
    this.state = (this.state * 48271) % 2147483647;
    return this.state % bound;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  chance(outOf: number): boolean {
    return this.below(outOf) === 0;
  }
}

const ids = ['650000000000000000000001', '650000000000000000000002', 'f50000000000000000000001'].map(
  hex => new ObjectId(hex),
);

/** Scalars chosen to collide, to border on each other and to differ only by type. */
export const scalars: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -0,
  1,
  2,
  -1,
  1.5,
  0.1,
  2 ** 53,
  2 ** 53 + 2,
  -(2 ** 31) - 1,
  1e300,
  5e-324,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  new Double(0),
  new Double(1),
  Long.fromNumber(1),
  Long.fromString('9007199254740993'),
  Long.MAX_VALUE,
  Long.MIN_VALUE,
  Decimal128.fromString('1.0'),
  Decimal128.fromString('1.00'),
  Decimal128.fromString('0.1'),
  Decimal128.fromString('0.10'),
  Decimal128.fromString('9007199254740993'),
  Decimal128.fromString('1E+6000'),
  Decimal128.fromString('-1E-6000'),
  Decimal128.fromString('NaN'),
  Decimal128.fromString('Infinity'),
  Decimal128.fromString('9223372036854775807'),
  '',
  'a',
  'A',
  'ab',
  'b',
  'é',
  'z',
  '\ue000',
  '\u{1f600}',
  ...ids,
  new Date(0),
  new Date(-1),
  new Date('2026-01-01'),
  new Timestamp({ t: 1, i: 2 }),
  new Timestamp({ t: 0xffffffff, i: 2 }),
  new Binary(Buffer.from('ab')),
  new Binary(Buffer.from('ac')),
  new Binary(Buffer.from('b')),
  new Binary(Buffer.from('ab'), 5),
  new BSONRegExp('a', 'i'),
  new BSONRegExp('a', ''),
  new Code('f()'),
  new Code('f()', { a: 1 }),
  new MinKey(),
  new MaxKey(),
];

/** A random value: mostly a scalar, sometimes an array or a document of a few. */
export function randomValue(random: Random, depth = 2): unknown {
  const shape = depth > 0 ? random.below(6) : 0;
  if (shape === 4) return Array.from({ length: random.below(4) }, () => randomValue(random, depth - 1));
  if (shape === 5) return randomDocument(random, depth - 1);
  return random.pick(scalars);
}

/** A random document with few different field names, so that they meet. */
export function randomDocument(random: Random, depth = 2): Document {
  const document: Document = {};
  for (let i = random.below(4); i > 0; i -= 1) document[random.pick(['a', 'b', 'c', '0'])] = randomValue(random, depth);
  return document;
}
