import { test } from 'tap';
import { elasticClock } from '../helpers/elastic-clock.ts';

test('a process that was held up has lost no time', async t => {
  const clock = elasticClock(20);
  const order: string[] = [];
  const late = clock.wait(3_000).then(() => order.push('late'));
  const soon = clock.wait(20).then(() => order.push('soon'));
  clock.after(10, () => order.push('cancelled')).cancel();
  const before = clock.now();
  const heldUntil = performance.now() + 200; // 4 s at this scale
  while (performance.now() < heldUntil);
  await soon;
  t.ok(clock.now() - before <= 120, `${clock.now() - before} ms passed`);
  t.same(order, ['soon']);
  await late;
  t.ok(clock.now() - before >= 3_000);
  t.same(order, ['soon', 'late']);
});

test('what a timer sets off happens at its own time, within one beat too', async t => {
  const clock = elasticClock(50);
  const began = clock.now();
  const times: number[] = [];
  await new Promise<void>(resolve => {
    const again = () => {
      times.push(Math.round(clock.now() - began));
      if (times.length === 5) resolve();
      else clock.after(10, again);
    };
    clock.after(10, again);
  });
  t.same(times, [10, 20, 30, 40, 50]);
  const aborted = new AbortController();
  aborted.abort();
  await clock.wait(1e9, aborted.signal);
});

test('all of them are held up alike, each from its own beginning', async t => {
  const first = elasticClock(10);
  await first.wait(500);
  const second = elasticClock(10);
  t.ok(Math.abs(second.now() - Date.now()) < 1_000, 'it begins at the present moment');
  const apart = first.now() - second.now();
  const heldUntil = performance.now() + 100;
  while (performance.now() < heldUntil);
  await second.wait(500);
  t.ok(Math.abs(first.now() - second.now() - apart) < 0.01);
});
