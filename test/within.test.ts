import { once } from 'node:events';
import { test } from 'tap';
import { within } from '../src/within.ts';

const never = () => new Promise<never>(() => undefined);

test('work that ends in time is answered as it ended, and leaves no timer behind', async t => {
  const before = process.getActiveResourcesInfo().filter(kind => kind === 'Timeout').length;
  t.equal(await within(60_000, async () => 'done', never), 'done');
  t.equal(await within(60_000, () => 'at once', never), 'at once');
  await t.rejects(
    within(60_000, () => Promise.reject(new Error('refused')), never),
    { message: 'refused' },
  );
  const throws = () => {
    throw new Error('thrown at once');
  };
  await t.rejects(within(60_000, throws, never), { message: 'thrown at once' });
  t.equal(process.getActiveResourcesInfo().filter(kind => kind === 'Timeout').length, before);
});

test('work that takes too long is answered by what stands for that, value or error', async t => {
  t.equal(await within(1, never, () => 'late'), 'late');
  const late = () => {
    throw new Error('too late');
  };
  await t.rejects(within(1, never, late), { message: 'too late' });
});

test('an answer that came while the process was held up is in time', async t => {
  const { port1, port2 } = new MessageChannel();
  t.teardown(() => port1.close());
  const answer = once(port2, 'message').then(([words]) => words as string);
  await new Promise(resolve => setImmediate(resolve)); // timers are next
  const held = within(
    5,
    () => answer,
    () => 'late',
  );
  port1.postMessage('in time');
  for (const end = performance.now() + 20; performance.now() < end; );
  t.equal(await held, 'in time');
});

test('what fails after the time is over disturbs nobody', async t => {
  let fail: (error: Error) => void = () => undefined;
  const work = new Promise<string>((_, reject) => {
    fail = reject;
  });
  t.equal(
    await within(
      1,
      () => work,
      () => 'late',
    ),
    'late',
  );
  fail(new Error('nobody listens'));
  // An unhandled rejection would be raised before this.
  await new Promise(resolve => setImmediate(resolve));
});
