import t from 'tap';
import { createPressure } from '../../src/bridge/pressure.ts';
import { createPulse } from '../../src/bridge/pulse.ts';
import type { Clock } from '../../src/jobs/clock.ts';

/** A process that beats as late, and is as busy, as the test says. */
function process() {
  const pulse = { beats: 0, meanLatenessMs: 0 };
  let used = 0.2;
  const pressure = createPressure(pulse, () => used);
  return (looks: number, meanLatenessMs: number, use: number) => {
    used = use;
    pulse.meanLatenessMs = meanLatenessMs;
    for (let look = 0; look < looks; look += 1) {
      pulse.beats += 10;
      pressure();
    }
    return pressure();
  };
}

t.test('frames go alone as long as they do not wait', async t => {
  const after = process();
  t.equal(after(100, 1, 0.9), 1, 'however busy the process is');
});

t.test('two, then three go together while frames wait, each step given time to show what it brings', async t => {
  const after = process();
  t.equal(after(3, 12, 1), 2);
  t.equal(after(2, 12, 1), 2);
  t.equal(after(1, 12, 1), 3);
  t.equal(after(50, 30, 1), 3, 'never more than 60 ms of audio');
});

t.test('one standstill is no pressure', async t => {
  const after = process();
  after(10, 0, 0.5);
  t.equal(after(1, 12, 1), 1);
  t.equal(after(10, 5, 0.5), 1);
  t.equal(after(2, 12, 1), 2, 'two in a row are');
});

t.test('that nothing waits any more is no reason to begin again with what made it wait', async t => {
  const after = process();
  after(3, 12, 1);
  t.equal(after(200, 0, 0.85), 2);
  t.equal(after(8, 0, 0.6), 2, 'not before there was time for a while');
  t.equal(after(1, 0, 0.9), 2);
  t.equal(after(4, 0, 0.6), 1, 'which one busy moment does not begin anew');

  const busy = process();
  busy(3, 12, 1);
  busy(5, 0, 0.6);
  t.equal(busy(10, 0, 1), 2);
  t.equal(busy(8, 0, 0.6), 2, 'but being busy does');
});

/** A clock whose hands the test moves; it wakes late if told so. */
function clockOf(): Clock & { run(ms: number, late?: number): void } {
  let now = 1_000;
  let due: { at: number; wake: () => void } | undefined;
  return {
    now: () => now,
    after(delayMs, wake) {
      const own = { at: now + delayMs, wake };
      due = own;
      return () => {
        if (due === own) due = undefined;
      };
    },
    run(ms, late = 0) {
      for (const end = now + ms; due && due.at + late <= end; ) {
        const { at, wake } = due;
        now = at + late;
        due = undefined;
        wake();
      }
    },
  };
}

t.test('each listener is called ten times a second, and not all at the same moment', async t => {
  const clock = clockOf();
  const pulse = createPulse(clock, error => t.fail(String(error)));
  const times = Array.from({ length: 25 }, () => [] as number[]);
  const stops = times.map(each => pulse.add(now => each.push(now)));
  clock.run(1_000);
  for (const each of times) t.equal(each.length, 10);
  const together = new Map<number, number>();
  for (const at of times.flat()) together.set(at, (together.get(at) ?? 0) + 1);
  t.equal(Math.max(...together.values()), 3, 'of 25');
  t.equal(pulse.latenessMs, 0);
  clock.run(1_000, 25);
  t.equal(pulse.latenessMs, 25);
  t.ok(pulse.meanLatenessMs > 12 && pulse.meanLatenessMs < 25, `${pulse.meanLatenessMs}`);
  const before = times.map(each => each.length);
  t.ok(
    before.every(count => count >= 17),
    'late beats make up for the turns that were missed',
  );
  for (const stop of stops) stop();
  stops[0]!();
  t.equal(pulse.size, 0);
  clock.run(1_000);
  t.same(
    times.map(each => each.length),
    before,
    'nothing beats any more',
  );
});

t.test('a listener that fails, or leaves while it is called, disturbs no other', async t => {
  const clock = clockOf();
  const errors: unknown[] = [];
  const pulse = createPulse(clock, error => errors.push(error));
  let heard = 0;
  pulse.add(() => {
    throw new Error('mine');
  });
  const leave = pulse.add(() => leave());
  const stop = pulse.add(() => (heard += 1));
  clock.run(1_000);
  t.equal(errors.length, 10);
  t.equal(heard, 10);
  t.equal(pulse.size, 2);
  stop();
});
