import { test } from 'tap';
import { createAnsweredAhead } from '../../src/calls/answered-ahead.ts';

/** A store that takes what it is told to, and callbacks that are told by their names: `a1` is the first of call `a`. */
function startSite({ quickly = 1, atOnce = 4, most = 3 } = {}) {
  const begun: string[] = [];
  const answered: string[] = [];
  const underWay = new Map<string, () => void>();
  const way = {
    callOf: (name: string) => name[0]!,
    store(name: string) {
      begun.push(name);
      return new Promise<boolean>(resolve => void underWay.set(name, () => resolve(true)));
    },
    keep: () => ({ stored: () => {} }),
    left: async () => true,
    refused: () => {},
  };
  const ahead = createAnsweredAhead(way, { quickly, atOnce, lot: 2, most });
  const tell = (...names: string[]) => {
    for (const name of names) void ahead.taken(name).then(() => answered.push(name));
    return turn();
  };
  /** The store has taken all that it was given. */
  const stores = () => {
    for (const taken of underWay.values()) taken();
    underWay.clear();
    return turn();
  };
  const turn = () => new Promise(resolve => setImmediate(resolve));
  return { ahead, begun, answered, tell, stores };
}

test('past what may be answered ahead, whoever waits for an answer goes before those who have theirs', async t => {
  const { begun, answered, tell, stores } = startSite();
  await tell('a1', 'b1', 'c1', 'd1', 'e1', 'f1');
  t.same(answered, ['b1', 'c1', 'd1'], 'three are answered ahead, and the store works at the first');
  await stores();
  t.same(begun.slice(1), ['e1', 'f1', 'b1', 'c1'], 'those who wait first, and some of those who were answered');
  await stores();
  t.same(answered, ['b1', 'c1', 'd1', 'a1', 'e1', 'f1']);
  t.same(begun.slice(5), ['d1']);
  await tell('g1');
  t.ok(answered.includes('g1'), 'there is room again');
});

test('those of one call stay in their order: who goes first takes along what the call said before', async t => {
  const { begun, answered, tell, stores } = startSite();
  await tell('a1', 'b1', 'c1', 'c2', 'c3', 'd1');
  t.same(answered, ['b1', 'c1', 'c2']);
  await stores();
  t.same(begun.slice(1), ['c1', 'c2', 'c3', 'b1']);
  await stores();
  t.same(begun.slice(5), ['d1']);
});

test('while the store is never done with those who wait, those who were answered get there, too', async t => {
  const { ahead, begun, tell, stores } = startSite({ most: 2 });
  await tell('a1', 'b1', 'c1');
  for (const call of 'defghijklmno') {
    await tell(`${call}1`, `${call.toUpperCase()}1`, `${call}2`);
    await stores();
  }
  t.ok(begun.includes('b1') && begun.includes('c1'), begun.join(' '));
  const settled = ahead.settled();
  while (begun.length < 39) await stores();
  await stores();
  await settled;
  t.equal(new Set(begun).size, begun.length, 'each goes once');
  for (const call of 'defghijklmno') t.ok(begun.indexOf(`${call}1`) < begun.indexOf(`${call}2`), `${call} in order`);
});
