import t from 'tap';
import { SortedList } from '../../src/index/sorted-list.ts';

/** Numbers as anybody would get them again, so that a failure can be looked at. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return below => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state % below;
  };
}

const content = <T>(list: SortedList<T>): T[] => [...list.forward(list.first(), list.end())];

t.test('items stay in order however they come and go', async t => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const below = numbers(seed);
    const list = new SortedList<number>((a, b) => a - b);
    const kept = new Set<number>();
    let run = below(100_000);
    for (let step = 0; step < 3_000; step += 1) {
      // Runs upwards and downwards, leaps, and removals next to where something was added.
      const kind = below(10);
      run = kind === 0 ? below(100_000) : run + (seed % 2 === 0 ? 1 : -1) * (1 + below(2));
      if (kind < 8 && !kept.has(run)) {
        list.insert(run);
        kept.add(run);
      } else {
        const gone = kind === 8 ? run : [...kept][below(kept.size || 1)];
        t.equal(list.delete(gone ?? -1e9), gone !== undefined && kept.delete(gone)) ||
          t.fail(`seed ${seed}, step ${step}`);
      }
    }
    t.same(
      content(list),
      [...kept].sort((a, b) => a - b),
      `seed ${seed}`,
    );
    t.equal(list.size, kept.size);
  }
});

t.test('what comes in order costs two comparisons, in either direction', async t => {
  for (const direction of [1, -1]) {
    let compared = 0;
    const list = new SortedList<number>((a, b) => {
      compared += 1;
      return a - b;
    });
    for (let index = 0; index < 10_000; index += 1) list.insert(index * direction);
    t.ok(compared < 25_000, `${compared} comparisons`);
  }
});
