import t from 'tap';
import {
  answerRateOf,
  changeOf,
  delaysOf,
  stretchBefore,
  stretchOf,
} from '../../frontend/src/features/figures/stretches.ts';
import { bucketsOf, isByDay } from '../../frontend/src/lib/call-buckets.ts';

const hourMs = 3_600_000;

t.test('a range is held against the period before it, until the same time of day', async t => {
  const now = new Date(2026, 2, 19, 14, 32).getTime();
  const at = (day: number, hour = 0, minute = 0) => new Date(2026, 2, day, hour, minute).toISOString();
  t.same(stretchOf({ range: 'today' }, now), { from: at(19) });
  t.same(stretchBefore({ range: 'today' }, now), { from: at(18), to: at(18, 14, 32) });
  t.same(stretchBefore({ range: 'yesterday' }, now), { from: at(17), to: at(18) });
  t.same(stretchBefore({ range: '7d' }, now), { from: at(6), to: at(12, 14, 32) });
  t.equal(stretchBefore({ from: at(1), to: at(2) }, now), null, 'for moments the server knows the stretch before');
});

t.test('hours stay hours for three days, and are gathered into days beyond', async t => {
  const begin = new Date(2026, 2, 18, 22).getTime();
  const hours = (count: number) =>
    Array.from({ length: count }, (_, hour) => ({
      at: new Date(begin + hour * hourMs).toISOString(),
      calls: 2,
      answered: 1,
      conversations: 1,
      spend: { amount: '0.5' },
    }));
  t.notOk(isByDay(hours(72)));
  const few = bucketsOf(hours(3), begin + 2.5 * hourMs);
  t.match(few, [{ calls: 2, running: false }, { calls: 2 }, { calls: 2, running: true, to: begin + 3 * hourMs }]);
  const many = bucketsOf(hours(74), begin);
  t.same(
    many.map(({ calls }) => calls),
    [4, 48, 48, 48],
    'the first day has two hours left',
  );
  t.equal(many[0]!.to, many[1]!.from);
  t.equal(many[1]!.spend, 12);
  t.equal(answerRateOf({ calls: 9, answered: 9 }), null, 'a few calls say nothing');
  t.equal(answerRateOf({ calls: 10, answered: 4 }), 0.4);
  t.equal(changeOf(3, 0), null);
  t.equal(changeOf(3, 2), 0.5);
});

t.test('a delay belongs to its stretch, and without an answer there is none', async t => {
  const delays = [
    { at: '2026-11-20T09:00:00.000Z', p50: 680, p95: 1_400, turns: 12 },
    { at: '2026-11-20T10:00:00.000Z', p50: 0, p95: 0, turns: 0 },
  ];
  const at = (hour: number) => delaysOf(delays, Date.UTC(2026, 10, 20, hour));
  t.same(at(9), { p50: 680, p95: 1_400, turns: 12 });
  t.same([at(10), at(11)], Array(2).fill({ p50: null, p95: null, turns: 0 }), 'a gap');
});
