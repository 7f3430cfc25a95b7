import { test } from 'tap';
import { jittered, nextAttemptAt } from '../../src/jobs/backoff.ts';

const backoff = { firstMs: 1_000, longestMs: 60_000 };

test('each failure doubles the wait, half of it drawn by lot, up to the longest', async t => {
  for (const [failed, random, wait] of [
    [1, 0, 500],
    [1, 0.5, 750],
    [1, 1, 1_000],
    [2, 0, 1_000],
    [2, 1, 2_000],
    [4, 0, 4_000],
    [7, 0, 30_000],
    [7, 1, 60_000],
    [100, 1, 60_000],
    [1_000_000, 0.5, 45_000],
    [0, 1, 1_000],
  ] as const) {
    t.equal(nextAttemptAt(failed, 5_000_000, random, backoff), 5_000_000 + wait, `failure ${failed}, lot ${random}`);
  }
});

test('poll intervals are spread by a quarter to both sides', async t => {
  t.equal(jittered(1_000, 0), 750);
  t.equal(jittered(1_000, 0.5), 1_000);
  t.ok(jittered(1_000, 0.999_999) <= 1_250);
});
