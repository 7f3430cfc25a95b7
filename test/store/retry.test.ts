import { mongo } from 'mongoose';
import t from 'tap';
import { backoffMs, isTransient, type RetryPolicy, wasNotDone, withRetry } from '../../src/store/retry.ts';

const quick: RetryPolicy = { attempts: 4, firstDelayMs: 1, maxDelayMs: 2, budgetMs: 5_000 };
const server = (code: number) => new mongo.MongoServerError({ message: 'refused', code });
const network = new mongo.MongoNetworkError('connection reset');
const beforeHandshake = new mongo.MongoNetworkError('refused', { beforeHandshake: true });
const selection = new mongo.MongoServerSelectionError('nobody', {} as never);

/** Fails `times` times, then answers. */
const flaky = (times: number, error: unknown) => {
  let calls = 0;
  return {
    operation: async () => {
      calls += 1;
      if (calls <= times) throw error;
      return 'done';
    },
    get calls() {
      return calls;
    },
  };
};

t.test('what certainly did not happen is repeated in both modes', async t => {
  for (const error of [server(112), server(91), server(10107), server(11600), beforeHandshake, selection]) {
    t.ok(wasNotDone(error) && isTransient(error));
    for (const mode of ['always', 'if-not-done'] as const) {
      const work = flaky(2, error);
      t.equal(await withRetry(work.operation, mode, quick), 'done');
      t.equal(work.calls, 3);
    }
  }
});

t.test('a lost answer is repeated only where a second time changes nothing', async t => {
  const read = flaky(1, network);
  t.equal(await withRetry(read.operation, 'always', quick), 'done');
  const write = flaky(1, network);
  await t.rejects(withRetry(write.operation, 'if-not-done', quick), network);
  t.equal(write.calls, 1);
});

t.test('errors that stay are thrown at once, unchanged', async t => {
  for (const error of [server(11000), server(2), server(50), new TypeError('ours'), 'text', undefined]) {
    const work = flaky(1, error);
    await withRetry(work.operation, 'always', quick).then(
      () => t.fail('must throw'),
      thrown => t.equal(thrown, error),
    );
    t.equal(work.calls, 1);
  }
});

t.test('attempts and time are bounded, and each retry is reported', async t => {
  const seen: number[] = [];
  const work = flaky(99, network);
  await t.rejects(
    withRetry(work.operation, 'always', quick, { onRetry: (_, failures) => seen.push(failures) }),
    network,
  );
  t.equal(work.calls, 4);
  t.same(seen, [1, 2, 3]);
  const late = flaky(99, network);
  await t.rejects(withRetry(late.operation, 'always', { ...quick, budgetMs: 0 }), network);
  t.equal(late.calls, 1, 'no attempt begins after the budget');
});

t.test('the pause doubles up to its maximum, between half and all of it', async t => {
  const policy = { firstDelayMs: 40, maxDelayMs: 500 };
  const cases: [failures: number, least: number, most: number][] = [
    [1, 20, 40],
    [2, 40, 80],
    [3, 80, 160],
    [9, 250, 500],
    [2_000, 250, 500],
  ];
  for (const [failures, least, most] of cases) {
    t.equal(backoffMs(failures, policy, 0), least);
    t.equal(backoffMs(failures, policy, 1), most);
  }
});
