import t from 'tap';
import { dialStep } from '../../src/campaigns/dialer-step.ts';
import { stepWorld, verdictOf, type WaitingPerson } from './step-world.ts';

const start = Date.UTC(2026, 10, 23, 15);
const people = (count: number, fields: Partial<WaitingPerson> = {}): WaitingPerson[] =>
  Array.from({ length: count }, (_, index) => ({ name: `p${index}`, dueAt: start - 1000 + index, ...fields }));

t.test('everybody who is due is dialled once, at moments that the pace allows', async t => {
  const site = stepWorld(people(5), { callsPerSecond: 2 });
  for (let steps = 0; site.waiting.size > 0 && steps < 20; steps++) {
    const { turns, again } = await dialStep(site.world, site.campaign, 1);
    for (const turn of turns) t.match(await turn, { kind: 'dialled' });
    if (again !== null) await site.world.until(again);
  }
  t.same(
    site.dialled.map(({ name }) => name),
    ['p0', 'p1', 'p2', 'p3', 'p4'],
  );
  const gaps = site.dialled.slice(1).map(({ at }, index) => at - site.dialled[index]!.at);
  t.ok(
    gaps.slice(1).every(gap => gap >= 500 && gap < 520),
    gaps.join(),
  );
  t.ok(gaps[0]! >= 250, 'a late start wins back a quarter of a second at most');
  t.same(
    site.notes.map(({ type }) => type),
    Array(5).fill('contact.dialled'),
  );
  const { turns, again } = await dialStep(site.world, site.campaign, 10);
  t.same([turns.length, again], [0, null], 'nobody is left to wait for');
});

t.test('whoever may not be called now makes way for the next, without using up the moment', async t => {
  const later = new Date(start + 3_600_000).toISOString();
  const site = stepWorld([
    {
      name: 'closed',
      dueAt: start - 9,
      verdict: verdictOf({ code: 'OUTSIDE_HOURS', message: 'Too early.', dueAt: later }),
    },
    { name: 'listed', dueAt: start - 8, verdict: verdictOf({ code: 'SUPPRESSED', permanent: true }) },
    { name: 'busy', dueAt: start - 7, verdict: verdictOf({ code: 'NUMBER_IN_CALL' }) },
    { name: 'raced', dueAt: start - 6, result: { kind: 'lost' } },
    {
      name: 'stopped',
      dueAt: start - 5,
      result: { kind: 'refused', verdict: verdictOf({ code: 'DAILY_CAP', dueAt: later }) },
    },
    { name: 'free', dueAt: start - 4 },
  ]);
  const { turns } = await dialStep(site.world, site.campaign, 1);
  t.match(await turns[0], { kind: 'dialled', refused: 4 });
  t.same(
    site.dialled.map(({ name }) => name),
    ['free'],
  );
  t.same(site.blocked, ['listed']);
  const dueIn = Object.fromEntries([...site.waiting].map(({ name, dueAt }) => [name, dueAt - start]));
  t.same([dueIn['closed'], dueIn['stopped']], [3_600_000, 3_600_000], 'due when the verdict says, not asked before');
  t.ok(dueIn['busy']! >= 60_000);
  t.match(site.notes[0], {
    type: 'contact.refused',
    code: 'OUTSIDE_HOURS',
    text: 'Too early.',
    dueAt: new Date(later),
  });
});

t.test('what concerns the whole campaign holds it, and the person stays where they were', async t => {
  const site = stepWorld(
    people(3, { verdict: verdictOf({ code: 'KILL_SWITCH', message: 'Everything stands still.' }) }),
  );
  const { turns } = await dialStep(site.world, site.campaign, 1);
  t.match(await turns[0], { kind: 'held', code: 'KILL_SWITCH', message: 'Everything stands still.' });
  t.equal(site.waiting.size, 3);
  t.ok([...site.waiting].every(({ dueAt }) => dueAt < start));
  t.same(site.notes, []);
});

t.test('nobody is claimed without room, and nobody before they are due', async t => {
  const site = stepWorld(people(1, { dueAt: start + 60_000 }));
  t.same((await dialStep(site.world, site.campaign, 5)).again, start + 60_000);
  const full = { ...site.world, room: async () => ({ calls: 0, askAgainAt: start + 7 }) };
  site.now = start + 60_000;
  t.match(await dialStep(full, site.campaign, 5), { turns: [], again: start + 7 });
});

t.test('without a turn of the account, the person goes back and nobody is dialled', async t => {
  const site = stepWorld(people(1));
  site.accountTurns.push(null);
  const { turns } = await dialStep(site.world, site.campaign, 1);
  t.match(await turns[0], { kind: 'held', code: 'PACE' });
  t.same([site.dialled.length, site.waiting.size], [0, 1]);
});

t.test('a turn that was given out before the clock was set back is not waited for', async t => {
  const site = stepWorld(people(1));
  site.accountTurns.push(start + 2 * 3_600_000);
  const { turns } = await dialStep(site.world, site.campaign, 1);
  t.match(await turns[0], { kind: 'held', code: 'PACE' });
  t.same([site.dialled.length, site.waiting.size], [0, 1]);
  t.ok(site.world.now() < start + 60_000, 'nobody waited for it');
});

t.test('a step that was held up takes another moment instead of coming close to the next one', async t => {
  const site = stepWorld(people(2), { callsPerSecond: 1, judgeMs: 900 });
  const { turns } = await dialStep(site.world, site.campaign, 1);
  await turns[0];
  const second = await dialStep(site.world, site.campaign, 1);
  if (second.turns.length === 0) {
    site.now = Math.max(site.now, second.again!);
    await (await dialStep(site.world, site.campaign, 1)).turns[0];
  } else await second.turns[0];
  const [one, other] = site.dialled.map(({ at }) => at);
  t.ok(other! - one! >= 500, `${one} and ${other}`);
});
