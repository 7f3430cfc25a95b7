import { pino } from 'pino';
import { test } from 'tap';
import { Type } from 'typebox';
import { defineJob, type Schedule } from '../../src/jobs/queue.ts';
import { createSchedules } from '../../src/jobs/schedules.ts';
import { createManualClock } from './manual-clock.ts';

const sweep = defineJob('sweep', { payload: Type.Object({}) });
const minute = 60_000;

function follow(start: string, schedule: Partial<Schedule<object>> & { cron: string }, failures = 0) {
  const clock = createManualClock(Date.parse(start));
  const ticks: string[] = [];
  let left = failures;
  const schedules = createSchedules({
    clock,
    logger: pino({ enabled: false }),
    async enqueueTick(type, _payload, tick, at) {
      if (left-- > 0) throw new Error('store away');
      if (tick !== `${type.name} ${at.toISOString()}`) throw new Error('the tick must be named for its moment');
      ticks.push(at.toISOString());
    },
  });
  schedules.add(sweep, { payload: {}, ...schedule });
  /** Lets time pass in steps short enough for every timer to be set anew in between. */
  async function pass(ms: number, step = 30_000): Promise<void> {
    for (let passed = 0; passed < ms; passed += step) {
      clock.advance(Math.min(step, ms - passed));
      await new Promise<void>(resolve => setImmediate(resolve));
    }
  }
  return { clock, ticks, schedules, pass };
}

test('each tick is enqueued at its minute', async t => {
  const { ticks, schedules, pass } = follow('2026-03-02T10:00:30Z', { cron: '*/5 * * * *', catchUpMs: 0 });
  schedules.start();
  await pass(11 * minute);
  t.same(ticks, ['2026-03-02T10:05:00.000Z', '2026-03-02T10:10:00.000Z']);
  schedules.stop();
  await pass(30 * minute);
  t.equal(ticks.length, 2, 'a stopped schedule is silent');
});

test('a start exactly at a tick takes it', async t => {
  const { ticks, schedules, pass } = follow('2026-03-02T10:05:00Z', { cron: '*/5 * * * *', catchUpMs: 0 });
  schedules.start();
  await pass(minute);
  t.same(ticks, ['2026-03-02T10:05:00.000Z']);
});

test('the tick missed while nobody ran is made up for, once, and not an older one', async t => {
  const missed = follow('2026-03-02T10:07:00Z', { cron: '*/5 * * * *', catchUpMs: 3 * minute });
  missed.schedules.start();
  await missed.pass(minute);
  t.same(missed.ticks, ['2026-03-02T10:05:00.000Z']);

  const tooLate = follow('2026-03-02T10:09:00Z', { cron: '*/5 * * * *', catchUpMs: 3 * minute });
  tooLate.schedules.start();
  await tooLate.pass(30_000);
  t.same(tooLate.ticks, []);
});

test('after a machine slept, the latest tick stands for all that passed', async t => {
  const { clock, ticks, schedules, pass } = follow('2026-03-02T10:00:30Z', { cron: '* * * * *' });
  schedules.start();
  await pass(0);
  ticks.length = 0;
  clock.advance(10 * minute);
  await pass(minute, 1_000);
  t.equal(new Set(ticks).size, ticks.length, 'no tick twice');
  t.same(ticks, ['2026-03-02T10:01:00.000Z', '2026-03-02T10:10:00.000Z', '2026-03-02T10:11:00.000Z']);
});

test('a store that is away delays a tick, and does not lose it', async t => {
  const { ticks, schedules, pass } = follow('2026-03-02T10:00:30Z', { cron: '0 * * * *', catchUpMs: 40 * minute }, 2);
  schedules.start();
  await pass(minute, 1_000);
  t.same(ticks, ['2026-03-02T10:00:00.000Z']);
});

test('patterns are read in their time zone, over the change of the clock', async t => {
  // In New York 2 a.m. does not exist on 8 March 2026; the job of 02:30 runs once that day all the same.
  const { ticks, schedules, pass } = follow('2026-03-07T12:00:00Z', {
    cron: '30 2 * * *',
    timeZone: 'America/New_York',
    catchUpMs: 0,
  });
  schedules.start();
  await pass(3 * 24 * 60 * minute, 10 * minute);
  t.equal(ticks.length, 3);
  t.equal(ticks[0]?.slice(0, 10), '2026-03-08');
  t.equal(ticks[1], '2026-03-09T06:30:00.000Z');
  t.equal(ticks[2], '2026-03-10T06:30:00.000Z');
});

test('a pattern or zone that does not exist is refused where it is given', async t => {
  t.throws(() => follow('2026-03-02T10:00:00Z', { cron: 'every day' }));
  t.throws(() => {
    const { schedules } = follow('2026-03-02T10:00:00Z', { cron: '0 3 * * *', timeZone: 'Mars/Olympus' });
    schedules.start();
  });
});
