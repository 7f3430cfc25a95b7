import { test } from 'tap';
import { severalAtOnce } from '../src/several-at-once.ts';

/** Work that ends when it is told to. */
function bench() {
  const begun: number[] = [];
  const ends = new Map<number, () => void>();
  const turn = () => new Promise(resolve => setImmediate(resolve));
  return {
    begun,
    work: (item: number) => {
      begun.push(item);
      return new Promise<void>(resolve => ends.set(item, resolve));
    },
    async end(item: number): Promise<void> {
      ends.get(item)!();
      await turn();
    },
  };
}

test('so many at a time, in the order of the list', async t => {
  const { begun, work, end } = bench();
  const all = severalAtOnce([1, 2, 3, 4, 5], 2, work);
  t.same(begun, [1, 2]);
  await end(2);
  t.same(begun, [1, 2, 3]);
  await end(1);
  await end(3);
  t.same(begun, [1, 2, 3, 4, 5]);
  await end(4);
  await end(5);
  await all;
});

test('once it is told to stop nothing more is begun, and what is under way comes to its end', async t => {
  const { begun, work, end } = bench();
  let goesOn = true;
  let over = false;
  const all = severalAtOnce([1, 2, 3, 4], 2, work, () => goesOn).then(() => {
    over = true;
  });
  goesOn = false;
  await end(1);
  t.notOk(over);
  await end(2);
  await all;
  t.same(begun, [1, 2]);
});

test('nothing to do is done at once, and an error is told', async t => {
  await severalAtOnce([], 3, () => Promise.reject(new Error('never')));
  await t.rejects(
    severalAtOnce([1], 3, () => Promise.reject(new Error('out of paper'))),
    { message: 'out of paper' },
  );
});
