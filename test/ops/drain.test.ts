import { test } from 'tap';
import { createDrain, type LiveWork } from '../../src/ops/drain.ts';

function calls(count: number): LiveWork & { end(): void } {
  let settle = () => {};
  const settled = new Promise<void>(resolve => {
    settle = resolve;
  });
  let alive = count;
  return {
    name: 'calls',
    count: () => alive,
    settled: () => (alive === 0 ? Promise.resolve() : settled),
    end: () => {
      alive = 0;
      settle();
    },
  };
}

test('without live work the drain is over at once', async t => {
  const drain = createDrain();
  t.equal(drain.state(), 'running');
  t.equal(await drain.begin(60_000), true);
  t.equal(drain.state(), 'closed');
});

test('it tells the features, waits for the last call, and only then ends', async t => {
  const drain = createDrain();
  const work = calls(2);
  drain.hold(work);
  let told = 0;
  drain.onBegin(() => told++);
  const ended = drain.begin(60_000);
  t.equal(told, 1);
  t.equal(drain.state(), 'draining');
  t.same(drain.live(), [{ name: 'calls', count: 2 }]);
  work.end();
  t.equal(await ended, true);
});

test('when the time is up it says so', async t => {
  const drain = createDrain();
  drain.hold(calls(1));
  t.equal(await drain.begin(0), false);
});

test('beginning twice is one drain', async t => {
  const drain = createDrain();
  let told = 0;
  drain.onBegin(() => told++);
  await Promise.all([drain.begin(10), drain.begin(10)]);
  t.equal(told, 1);
});
