import t from 'tap';
import { reserveAgainAt, reserveMoments } from '../../src/campaigns/pacer.ts';

const now = 1_800_000_000_000;

/** Three processes that reserve whenever they are told to, over a minute. */
function minuteAt(callsPerSecond: number): number[] {
  let free = 0;
  const given: number[] = [];
  const askAt = [now, now + 3, now + 7];
  for (;;) {
    const turn = askAt.indexOf(Math.min(...askAt));
    const at = askAt[turn]!;
    if (at >= now + 60_000) return given.sort((one, other) => one - other);
    const { moments, next } = reserveMoments(free, at, 1000 / callsPerSecond, 16);
    free = next;
    given.push(...moments);
    askAt[turn] = Math.max(at + 1, reserveAgainAt(next));
  }
}

for (const pace of [0.1, 1, 5, 30, 80]) {
  t.test(`${pace} calls a second over three processes`, async t => {
    const moments = minuteAt(pace).filter(at => at < now + 60_000);
    const wanted = pace * 60;
    t.ok(Math.abs(moments.length - wanted) <= Math.max(1, wanted * 0.02), `${moments.length} instead of ${wanted}`);
    const most = Math.max(...moments.map(from => moments.filter(at => at >= from && at < from + 1000).length));
    t.ok(most <= pace + 1, `${most} in one second`);
  });
}

t.test('a pause is not made up for', async t => {
  const { moments } = reserveMoments(now - 3_600_000, now, 100, 50);
  t.ok(moments[0]! >= now - 250);
  t.ok(moments.length <= 13);
});

t.test('the clock jumps', async t => {
  const { next } = reserveMoments(0, now, 1000, 1);
  const forward = reserveMoments(next, now + 3_600_000, 1000, 50);
  t.ok(forward.moments.length <= 2, 'an hour that is gone gives no burst');
  const back = reserveMoments(next, now - 3_600_000, 1000, 1);
  t.same(back.moments, [now - 3_600_000], 'an hour back is not waited for');
  t.same(
    reserveMoments(now + 5_000, now, 1000, 1).moments,
    [],
    'nor is a clock that is seconds apart taken for a jump',
  );
});
