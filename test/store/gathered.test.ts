import t from 'tap';
import { answered, gathered, shared } from '../../src/store/gathered.ts';

/** Work that is under way until it is let go on. */
function heldWork<A>(answer: (items: readonly string[]) => readonly A[]) {
  const batches: string[][] = [];
  const goOn: (() => void)[] = [];
  const work = async (items: string[]): Promise<readonly A[]> => {
    batches.push(items);
    await new Promise<void>(resolve => goOn.push(resolve));
    return answer(items);
  };
  const begun = async (count: number) => {
    while (batches.length < count) await new Promise(resolve => setImmediate(resolve));
    return goOn[count - 1]!;
  };
  return { batches, work, begun };
}

t.test('who asks while work is under way goes into the next batch, and has an answer of their own', async t => {
  const { batches, work, begun } = heldWork(items => items.map(each => each.toUpperCase()));
  const ask = answered(work, 2);
  const first = [ask('a'), ask('b')];
  const finishFirst = await begun(1);
  const later = [ask('c'), ask('d'), ask('e')];
  finishFirst();
  (await begun(2))();
  (await begun(3))();
  t.same(await Promise.all([...first, ...later]), ['A', 'B', 'C', 'D', 'E']);
  t.same(batches, [['a', 'b'], ['c', 'd'], ['e']]);
});

t.test('what fails is told to those whose batch it was, and the next one is made', async t => {
  let calls = 0;
  const ask = gathered(async () => {
    calls += 1;
    if (calls === 1) throw new Error('away');
  });
  const [one, other] = await Promise.allSettled([ask('a'), ask('b')]);
  t.match([one, other], [{ reason: { message: 'away' } }, { reason: { message: 'away' } }]);
  t.equal(await ask('c'), undefined);
});

t.test('the same question is asked once, but never answered by what was read before it was asked', async t => {
  const asked: string[] = [];
  let value = 1;
  const ask = shared(async (key: string) => {
    asked.push(key);
    if (key === 'bad') throw new Error('refused');
    const answer = value;
    await new Promise(resolve => setImmediate(resolve));
    return answer;
  });
  t.same(await Promise.allSettled([ask('a'), ask('a'), ask('bad'), ask('b')]), [
    { status: 'fulfilled', value: 1 },
    { status: 'fulfilled', value: 1 },
    { status: 'rejected', reason: new Error('refused') },
    { status: 'fulfilled', value: 1 },
  ]);
  t.same(asked, ['a', 'bad', 'b']);
  const before = ask('a');
  while (asked.length < 4) await new Promise(resolve => setImmediate(resolve));
  value = 2;
  t.same(await Promise.all([before, ask('a')]), [1, 2]);
});
