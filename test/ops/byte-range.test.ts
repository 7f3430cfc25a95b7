import t from 'tap';
import { byteRange, rangeHolds } from '../../src/ops/byte-range.ts';

const size = 1_000;

for (const [header, expected] of [
  [undefined, 'whole'],
  ['bytes=0-0', { start: 0, end: 0 }],
  ['bytes=0-', { start: 0, end: 999 }],
  ['bytes=10-19', { start: 10, end: 19 }],
  ['bytes=990-5000', { start: 990, end: 999 }],
  ['bytes=-1', { start: 999, end: 999 }],
  ['bytes=-5000', { start: 0, end: 999 }],
  ['bytes=999-', { start: 999, end: 999 }],
  ['bytes=1000-', 'unsatisfiable'],
  ['bytes=-0', 'unsatisfiable'],
  ['bytes=20-10', 'whole'],
  ['bytes=-', 'whole'],
  ['bytes=0-1,5-6', 'whole'],
  ['lines=0-1', 'whole'],
  ['bytes=a-b', 'whole'],
  [`bytes=${'9'.repeat(40)}-`, 'whole'],
] as const)
  t.test(`${header} of ${size} bytes`, async t => t.same(byteRange(header, size), expected));

t.test('nothing has no last bytes', async t => t.equal(byteRange('bytes=-5', 0), 'unsatisfiable'));

t.test('a range holds for the version that the client has a part of, and no other', async t => {
  const at = new Date('2026-11-20T13:30:00.500Z');
  t.ok(rangeHolds(undefined, '"a"', at));
  t.ok(rangeHolds('"a"', '"a"', at));
  t.notOk(rangeHolds('"b"', '"a"', at));
  t.notOk(rangeHolds('W/"a"', '"a"', at));
  t.ok(rangeHolds('Fri, 20 Nov 2026 13:30:00 GMT', '"a"', at));
  t.notOk(rangeHolds('Fri, 20 Nov 2026 13:31:00 GMT', '"a"', at));
  t.notOk(rangeHolds('nonsense', '"a"', at));
});
