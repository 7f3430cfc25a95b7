import t from 'tap';
import { bucketOf, quantile } from '../../src/analytics/latency-histogram-protocol.ts';
import { localHours, startOfDay, zoneClock } from '../../src/analytics/time-slots-protocol.ts';

const at = (text: string) => Date.parse(text);
const iso = (ms: number) => new Date(ms).toISOString().slice(0, 16);
const hoursOf = (from: string, to: string, zone: string) =>
  localHours(at(from), at(to), zoneClock(zone)).map(hour => [iso(hour.fromMs), (hour.toMs - hour.fromMs) / 60_000]);

t.test('hours are those of the local clock, also where they begin within ours', async t => {
  t.same(hoursOf('2026-03-02T18:30Z', '2026-03-02T20:30Z', 'Asia/Kolkata'), [
    ['2026-03-02T18:30', 60],
    ['2026-03-02T19:30', 60],
  ]);
  t.same(hoursOf('2026-03-02T18:00Z', '2026-03-02T19:30Z', 'Asia/Kathmandu'), [
    ['2026-03-02T18:00', 15],
    ['2026-03-02T18:15', 60],
    ['2026-03-02T19:15', 15],
  ]);
  t.equal(hoursOf('2026-03-01T00:00Z', '2026-03-31T00:00Z', 'UTC').length, 720);
});

t.test('a day has 23 hours in spring and 25 in autumn', async t => {
  const day = (date: string, zone: string) => {
    const clock = zoneClock(zone);
    const begin = startOfDay(at(`${date}T12:00Z`), clock);
    const end = startOfDay(begin + 30 * 3_600_000, clock);
    return [iso(begin), localHours(begin, end, clock).length];
  };
  t.same(day('2026-03-28', 'Europe/Vienna'), ['2026-03-27T23:00', 24]);
  t.same(day('2026-03-29', 'Europe/Vienna'), ['2026-03-28T23:00', 23]);
  t.same(day('2026-10-25', 'Europe/Vienna'), ['2026-10-24T22:00', 25]);
  t.same(day('2026-03-02', 'Asia/Kolkata'), ['2026-03-01T18:30', 24]);
  t.same(day('2026-11-01', 'America/New_York'), ['2026-11-01T04:00', 25]);
});

t.test('the hour that comes twice is there twice', async t => {
  t.same(hoursOf('2026-10-25T00:00Z', '2026-10-25T02:00Z', 'Europe/Vienna'), [
    ['2026-10-25T00:00', 60],
    ['2026-10-25T01:00', 60],
  ]);
});

t.test('a zone nobody knows is an error', async t => {
  t.throws(() => zoneClock('Mars/Olympus'), RangeError);
});

t.test('quantiles of histograms are those of their values within 5 %, and those of none are 0', async t => {
  t.equal(quantile({}, 0.5), 0);
  t.equal(quantile({ 3: 0 }, 0.5), 0);
  for (const count of [1, 2, 3, 10, 1_000]) {
    const values = Array.from({ length: count }, (_, index) => 20 + ((index * 7_919) % 9_000)).sort((a, b) => a - b);
    const counts: Record<string, number> = {};
    for (const value of values) counts[bucketOf(value)] = (counts[bucketOf(value)] ?? 0) + 1;
    for (const share of [0.5, 0.95]) {
      const exact = values[Math.ceil(share * count) - 1]!;
      const read = quantile(counts, share);
      t.ok(Math.abs(read - exact) <= exact * 0.05 + 1, `${share} of ${count}: ${read} for ${exact}`);
    }
  }
  t.equal(bucketOf(0), 0);
  t.equal(bucketOf(1e9), bucketOf(120_000), 'what is far too long is far too long');
});
