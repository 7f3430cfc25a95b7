import { setImmediate as nextTurn } from 'node:timers/promises';
import { test } from 'tap';
import type { TwinClock } from '../../src/sandbox/clock.ts';
import { createTicker } from '../../src/sandbox/ticker.ts';

/** A clock that stands still until it is moved. */
function handClock() {
  let now = 0;
  let timers: { at: number; run(): void }[] = [];
  const clock: TwinClock = {
    scale: 1,
    now: () => now,
    after(ms, run) {
      const timer = { at: now + ms, run };
      timers.push(timer);
      return {
        cancel() {
          timers = timers.filter(each => each !== timer);
        },
      };
    },
    wait: async () => {},
  };
  return {
    clock,
    /** Moves on; a timer that is due fires once, as late as this makes it. */
    async advance(ms: number) {
      now += ms;
      const due = timers.filter(timer => timer.at <= now);
      timers = timers.filter(timer => timer.at > now);
      for (const timer of due) timer.run();
      for (let turn = 0; turn < 200; turn += 1) await nextTurn();
    },
    pending: () => timers.length,
  };
}

test('frames are counted from the start, however late the timer is', async t => {
  const { clock, advance } = handClock();
  const ticker = createTicker(clock);
  let ticks = 0;
  ticker.add(() => {
    ticks += 1;
  });
  for (const late of [7, 33, 1, 59, 20, 13, 867]) await advance(late);
  t.equal(ticks, 1_000 / 20);
  ticker.close();
});

test('calls are spread over the frame, and a stall is caught up in portions', async t => {
  const { clock, advance } = handClock();
  const ticker = createTicker(clock);
  const ticks = [0, 0, 0, 0];
  for (const index of ticks.keys()) ticker.add(() => void ticks.splice(index, 1, ticks[index]! + 1));
  await advance(5);
  t.equal(
    ticks.reduce((sum, each) => sum + each),
    1,
    'one quarter of the calls every 5 ms',
  );
  await advance(2_000);
  t.same(
    ticks.map(each => each >= 99 && each <= 101),
    [true, true, true, true],
  );
  await advance(60_000);
  t.ok(
    ticks.every(each => each < 110),
    'after a minute asleep nobody wants the minute back',
  );
  ticker.close();
});

test('without calls there is no timer', async t => {
  const { clock, advance, pending } = handClock();
  const ticker = createTicker(clock);
  t.equal(pending(), 0);
  const remove = ticker.add(() => {});
  t.equal(pending(), 1);
  remove();
  remove();
  t.equal(ticker.size, 0);
  await advance(20);
  t.equal(pending(), 0);
});
