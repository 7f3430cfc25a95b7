import { test } from 'tap';
import { startPoller } from '../../src/jobs/poller.ts';
import { createManualClock } from './manual-clock.ts';

/** Polls that end when the test says so. */
function controlledPolls() {
  const ends: (() => void)[] = [];
  let started = 0;
  return {
    poll: () => {
      started += 1;
      return new Promise<void>(resolve => ends.push(resolve));
    },
    async end() {
      ends.shift()?.();
      await new Promise<void>(resolve => setImmediate(resolve));
    },
    get started() {
      return started;
    },
  };
}

test('it polls at once, then in its interval', async t => {
  const clock = createManualClock();
  const polls = controlledPolls();
  const poller = startPoller({
    clock,
    random: () => 0.5,
    intervalMs: 1_000,
    poll: polls.poll,
    onError: error => t.fail(String(error)),
  });
  t.equal(polls.started, 1);
  await polls.end();
  clock.advance(999);
  t.equal(polls.started, 1);
  clock.advance(1);
  t.equal(polls.started, 2);
  await polls.end();
  await poller.stop();
  clock.advance(60_000);
  t.equal(polls.started, 2, 'a stopped poller is silent');
  t.equal(clock.pending, 0, 'and leaves no timer');
});

test('two polls never run at once; waking during one brings exactly one more', async t => {
  const clock = createManualClock();
  const polls = controlledPolls();
  const poller = startPoller({
    clock,
    random: () => 0.5,
    intervalMs: 1_000,
    poll: polls.poll,
    onError: error => t.fail(String(error)),
  });
  poller.wake();
  poller.wake();
  clock.advance(5_000);
  t.equal(polls.started, 1, 'the first one is still under way');
  await polls.end();
  t.equal(polls.started, 2);
  await polls.end();
  t.equal(polls.started, 2);
  await poller.stop();
});

test('a nearer appointment comes before the interval, a later one changes nothing', async t => {
  const clock = createManualClock();
  const polls = controlledPolls();
  const poller = startPoller({
    clock,
    random: () => 0.5,
    intervalMs: 1_000,
    poll: polls.poll,
    onError: error => t.fail(String(error)),
  });
  await polls.end();
  poller.wakeAt(clock.now() + 5_000);
  poller.wakeAt(clock.now() + 300);
  clock.advance(300);
  t.equal(polls.started, 2);
  await polls.end();
  await poller.stop();
});

test('a poll that fails is told, and the next one comes in its time', async t => {
  const clock = createManualClock();
  const told: unknown[] = [];
  let polls = 0;
  const poller = startPoller({
    clock,
    random: () => 0.5,
    intervalMs: 1_000,
    poll: async () => {
      polls += 1;
      throw new Error('store away');
    },
    onError: error => told.push(error),
  });
  await new Promise<void>(resolve => setImmediate(resolve));
  t.match(told, [{ message: 'store away' }]);
  clock.advance(1_000);
  t.equal(polls, 2);
  await poller.stop();
});

test('stopping waits for the poll under way', async t => {
  const polls = controlledPolls();
  const poller = startPoller({
    clock: createManualClock(),
    random: () => 0.5,
    intervalMs: 1_000,
    poll: polls.poll,
    onError: error => t.fail(String(error)),
  });
  let stopped = false;
  const stop = poller.stop().then(() => {
    stopped = true;
  });
  await new Promise<void>(resolve => setImmediate(resolve));
  t.notOk(stopped);
  await polls.end();
  await stop;
  t.ok(stopped);
});
