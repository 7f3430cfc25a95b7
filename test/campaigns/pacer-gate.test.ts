import t from 'tap';
import type { DialledCampaign } from '../../src/campaigns/dialer.types.ts';
import { createReadyWindow, mostAtOnce } from '../../src/campaigns/dialer-window.ts';
import { type Free, phaseOf, reserveAt, reserveMoments } from '../../src/campaigns/pacer.ts';
import { demandOf } from '../../src/campaigns/pacer-allotment.ts';
import { createPacing } from '../../src/campaigns/pacer-gate.ts';
import { fits, isMissed, leastDistanceMs, soonestFit } from '../../src/campaigns/pacer-plan.ts';
import { createReservations, nextMoments } from '../../src/campaigns/pacer-reservations.ts';
import { createTurns, type InTurn } from '../../src/campaigns/pacer-turns.ts';

const start = 1_800_000_000_000;
const campaign = (id: string, callsPerSecond = 1, priority = 0): DialledCampaign => ({ id, callsPerSecond, priority });
const mostWithin = (times: readonly number[], ms: number) =>
  Math.max(...times.map(from => times.filter(at => at >= from && at < from + ms).length));

/** What processes share, in memory; each command is counted, and answered in a later turn or after a while, as a store does. */
function sharedPacers(answers: () => Promise<void> = () => Promise.resolve()) {
  const documents = new Map<string, { key: string; version: number } & Free>();
  const count = { commands: 0 };
  const of = (key: string) => documents.get(key) ?? { key, version: 1, next: 0, gaps: [] };
  const pacers = {
    async get(key: string) {
      count.commands += 1;
      await answers();
      return of(key) as never;
    },
    async advance(key: string, version: number, free: Free) {
      count.commands += 1;
      await answers();
      if (of(key).version !== version) return null;
      const changed = { key, version: version + 1, ...free };
      documents.set(key, changed);
      await answers();
      return changed as never;
    },
  };
  return { pacers, count };
}

t.test('one call more in a second, by what is planned', t => {
  for (const [name, planned, at, pace, expected] of [
    ['nothing planned', [], 0, 1, true],
    ['rate + 1 in a second', [0, 100], 200, 2, true],
    ['one too many', [0, 100, 200], 300, 2, false],
    ['a second later', [0, 100, 200], 1_000, 2, true],
    ['before those that are planned', [500, 600, 1_000], 0, 2, true],
    ['too close before them', [500, 600, 700], 0, 2, false],
    ['between those that are planned', [0, 400, 900], 500, 2, false],
    ['slow paces have a longer second', [0, 100], 9_000, 0.1, false],
    ['and end it', [0, 100], 10_000, 0.1, true],
  ] as const)
    t.equal(fits(planned, at, pace), expected, name);
  const soonest = (planned: readonly number[], from: number, callsPerSecond: number) =>
    soonestFit([{ planned, callsPerSecond }], from, 1_000);
  t.equal(soonest([0, 100, 200], 300, 2) >= 1_000, true, 'it is moved behind the second');
  t.equal(soonest([], 300, 2), 300);
  t.equal(soonest([0, 0, 0, 0], 0, 0.1), 5_000, 'and not looked for for ever');
  const both = [
    { planned: [0, 100, 200], callsPerSecond: 2 },
    { planned: [0, 100, 200, 1_000, 1_020, 1_040], callsPerSecond: 5 },
  ];
  t.ok(soonestFit(both, 300, 2_000) >= 1_000, 'of two paces the later');
  for (const pace of [0.2, 1, 30]) {
    const times = Array.from({ length: 200 }, (_, index) => index * leastDistanceMs(pace));
    t.ok(mostWithin(times, 1_000) <= pace + 1, `${pace}/s at the least distance`);
  }
  t.same(
    [
      isMissed(19, 100),
      isMissed(20, 100),
      isMissed(499, 1),
      isMissed(500, 1),
      isMissed(40, 1, 30),
      isMissed(200, 30, 1),
    ],
    [false, true, false, true, true, false],
    'late by so much, at this pace, where the account takes so many',
  );
  t.end();
});

t.test('whose turn it is', t => {
  const waiter = (id: string, from: number, priority = 0, pace = 1) => ({
    campaign: campaign(id, pace, priority),
    from,
  });
  const latest = start + 4_000;
  const waits = (took: readonly (readonly [id: string, at: number])[] = []) => {
    const turns = createTurns();
    for (const [id, at] of took) turns.took(campaign(id), at);
    return turns;
  };
  const both = [
    ['late', start],
    ['early', start],
  ] as const;
  for (const [name, took, waiting, at, expected] of [
    ['nobody waits', [], [], start, undefined],
    ['not before their own moment', [], [waiter('a', start + 1)], start, undefined],
    ['whoever has been ready longest', [], [waiter('a', start - 10), waiter('b', start - 20)], start, 'b'],
    ['its campaign had a turn just now', [['late', start]], [waiter('late', start)], start + 100, undefined],
    ['and has one at its own distance', [['late', start]], [waiter('late', start)], start + leastDistanceMs(1), 'late'],
    [
      'whoever has used less of its share',
      [...both, ['late', start]],
      [waiter('late', start - 9, 0, 1e6), waiter('early', start, 0, 1e6)],
      start + 1,
      'early',
    ],
    [
      'who did not want any has nothing to make up for',
      [...both, ['late', start], ['late', start], ['early', start]],
      [waiter('late', start - 9, 0, 1e6), waiter('new', start, 0, 1e6)],
      start + 1,
      'new',
    ],
  ] as const)
    t.equal(waits(took).next<InTurn>(waiting, at, latest)?.campaign.id, expected, name);
  t.equal(
    waits([['a', start + 3_600_000]]).next([waiter('a', start)], start, latest)?.campaign.id,
    'a',
    'the clock was set back',
  );

  const { soon, later } = demandOf(
    [waiter('a', start), waiter('a', start), waiter('b', start + 5_000)],
    createTurns(),
    new Map(),
    {
      at: start,
      aheadMs: 250,
      latest,
    },
  );
  t.same(
    [soon, Math.round(later)],
    [[start], Math.round(start + leastDistanceMs(1) - 250)],
    'two of one campaign keep their distance',
  );
  t.end();
});

t.test('three processes reserve at one pace: no moment is lost or had twice', async t => {
  const { pacers, count } = sharedPacers();
  let now = start;
  const processes = Array.from({ length: 3 }, () => createReservations(pacers, () => now));
  const given: number[] = [];
  for (; now < start + 20_000; now += 100) {
    const wanted = { callsPerSecond: 30, most: 2, aheadMs: 500 };
    const lots = await Promise.all(
      processes.map(each =>
        each.reserve(
          'campaign:c',
          nextMoments(() => now, wanted),
        ),
      ),
    );
    given.push(...lots.flatMap(({ moments }) => moments));
  }
  given.sort((one, other) => one - other);
  const gaps = given.slice(1).map((at, index) => at - given[index]!);
  t.ok(Math.abs(given.length - 20.5 * 30) <= 12, `${given.length}`);
  t.ok(
    gaps.every(gap => Math.abs(gap - 1_000 / 30) < 1e-3),
    'evenly',
  );
  t.ok(count.commands / given.length < 4, `${count.commands} commands`);
  t.equal(processes[0]!.isAlone('campaign:c'), false);
  t.equal(processes[0]!.isAlone('campaign:d'), true);
});

t.test('moments for wishes', t => {
  const reserved = (free: Free, wishes: readonly number[], aheadMs = 1_000) => {
    const { moments, next, gaps } = reserveAt(free, wishes, start, 100, aheadMs);
    const after = (at: number) => at - start;
    return { moments: moments.map(after), next: after(next), gaps: gaps.map(gap => gap.map(after)) };
  };
  const free = { next: start, gaps: [] };
  t.same(reserved(free, [start, start]), { moments: [0, 100], next: 200, gaps: [] }, 'one after the other');
  t.same(
    reserved(free, [start + 500, start + 650]),
    { moments: [500, 650], next: 750, gaps: [[0, 400]] },
    'what is passed over stays free, unless it is too short for a call',
  );
  const passed = { next: start + 750, gaps: [[start, start + 400] as const] };
  t.same(
    reserved(passed, [start + 150]),
    {
      moments: [150],
      next: 750,
      gaps: [
        [0, 50],
        [250, 400],
      ],
    },
    'and goes to whoever asks later for sooner',
  );
  t.same(reserved(passed, [start + 401]), { moments: [750], next: 850, gaps: [[0, 400]] }, 'but not too close');
  t.same(reserved(passed, [start, start + 50, start + 60]).moments, [0, 100, 200]);
  t.same(reserved(passed, [start + 800], 700).moments, [], 'not too far ahead');
  const over = { next: start + 100, gaps: [[start - 900, start - 150] as const] };
  t.same(reserved(over, [start]), { moments: [100], next: 200, gaps: [] }, 'what has gone by is forgotten');
  const ahead = { next: start + 3_600_000, gaps: [[start + 3_000_000, start + 3_500_000] as const] };
  t.same(reserved(ahead, [start]), { moments: [0], next: 100, gaps: [] }, 'the clock was set back');
  const many = Array.from({ length: 200 }, (_, index) => start + 250 * index);
  t.equal(reserveAt(free, many, start, 100, 1_000_000).gaps.length, 64, 'it does not grow');
  t.end();
});

t.test('processes that ask at different times ahead get the moments they wish for, each once', async t => {
  const { pacers } = sharedPacers();
  let now = start;
  const aheads = [40, 300, 750];
  const processes = aheads.map(aheadMs => ({ ...createReservations(pacers, () => now), aheadMs }));
  const wishes = Array.from({ length: 300 }, (_, index) => start + 1_000 + (index * 1_000) / 30);
  const got: { wish: number; moment: number }[] = [];
  for (; now < start + 12_000; now += 5) {
    for (const [index, { reserve, aheadMs }] of processes.entries()) {
      const due = wishes.filter(
        (wish, place) => place % 3 === index && wish - aheadMs > now - 5 && wish - aheadMs <= now,
      );
      if (due.length === 0) continue;
      const { moments } = await reserve('account', free => reserveAt(free, due, now, 10, aheadMs + 150));
      got.push(...due.map((wish, place) => ({ wish, moment: moments[place]! })));
    }
  }
  t.equal(got.length, 300);
  const latest = Math.max(...got.map(({ wish, moment }) => moment - wish));
  t.ok(latest < 10, `at most ${latest} ms later than wished`);
  const moments = got.map(({ moment }) => moment).sort((one, other) => one - other);
  t.ok(
    moments.every((at, index) => index === 0 || at - moments[index - 1]! >= 10 - 1e-3),
    'at the account’s pace',
  );
  t.ok(
    processes.every(({ isAlone }) => !isAlone('account')),
    'and each knows of the others',
  );
});

t.test('alone, a reservation is one write', async t => {
  const { pacers, count } = sharedPacers();
  let now = start;
  const { reserve } = createReservations(pacers, () => now);
  for (; now < start + 10_000; now += 100) await reserve('account', free => reserveAt(free, [now], now, 100, 150));
  t.ok(count.commands <= 110, `${count.commands}`);
});

t.test('many slow campaigns that begin in one moment do not dial in one', t => {
  const ids = Array.from(
    { length: 100 },
    (_, index) => `6a1f0c2d3e4b5a6978${(0x1000 + index).toString(16).padStart(6, '0')}`,
  );
  const moments = ids.flatMap(id => {
    let free = 0;
    const mine: number[] = [];
    for (let now = start; now < start + 30_000; now += 500) {
      const { moments: some, next } = reserveMoments(free, now, 5_000, 1, 1_000, phaseOf({ id }));
      if (some.length > 0) free = next;
      mine.push(...some);
    }
    t.ok(mine[0]! >= start && mine[0]! <= start + 5_000, 'it begins within its interval');
    return mine;
  });
  const inside = moments.filter(at => at < start + 30_000);
  t.ok(mostWithin(inside, 1_000) <= 24, `${mostWithin(inside, 1_000)} in one second, of 20 on average`);
  t.end();
});

t.test('how many are got ready at once', t => {
  const run = (pace: number, times: { readyMs: number; waitedMs: number; gotOne: boolean }, count: number) => {
    const window = createReadyWindow(() => pace);
    for (let index = 0; index < count; index += 1) window.told(times, index * 100);
    return window.size;
  };
  const fine = { readyMs: 100, waitedMs: 10, gotOne: true };
  for (const [name, size, least, most] of [
    ['as the pace takes in a moment', run(30, fine, 0), 20, 30],
    ['one at least', run(0.1, { ...fine, gotOne: false }, 50), 1, 1],
    ['more, when nobody has to wait', run(30, fine, 500), 60, 99],
    ['but never all', run(1_000, fine, 5_000), mostAtOnce, mostAtOnce],
    ['few, where others have the moments', run(30, { ...fine, waitedMs: 2_000 }, 500), 1, 2],
    ['fewer, when they take long', run(1_000, { ...fine, readyMs: 4_000 }, 100), 1, 60],
    ['as many as before, when all is well', run(30, { ...fine, waitedMs: 500 }, 500), 20, 30],
  ] as const)
    t.ok(size >= least && size <= most, `${name}: ${size}`);
  t.end();
});

t.test('who is ready gets moments at the pace, and nobody waits for ever', async t => {
  const { pacers } = sharedPacers();
  let now = start;
  const pacing = createPacing({
    pacers,
    accountCallsPerSecond: 100,
    now: () => now,
    // The clock jumps to whatever is waited for, once everybody has had their say.
    until: async moment => {
      await new Promise(resolve => setImmediate(resolve));
      now = Math.max(now, moment);
    },
  });
  const ten = campaign('000000000000000000000001', 10);
  const got = await Promise.all(Array.from({ length: 60 }, () => pacing.accountTurn(ten, start, 0)));
  const moments = got.filter(each => each !== null);
  t.ok(moments.length >= 25 && moments.length < 60, `${moments.length} in the three seconds that somebody waits`);
  t.ok(mostWithin(moments, 1_000) <= 11, `${mostWithin(moments, 1_000)} in one second`);
  const early = moments.at(-1)! + 5_000;
  t.equal(await pacing.onTime(ten, early), early, 'who is early stays there');
});

/** A clock that goes from one moment that somebody waits for to the next, once everybody has had their say. */
function steppingClock() {
  let now = start;
  const waiting: { readonly moment: number; readonly resolve: () => void }[] = [];
  return {
    now: () => now,
    until: (moment: number) =>
      new Promise<void>(resolve => {
        waiting.push({ moment, resolve });
      }),
    async run(end: number): Promise<void> {
      for (;;) {
        await new Promise(resolve => setImmediate(resolve));
        const next = waiting.reduce((first, each) => Math.min(first, each.moment), Infinity);
        if (next >= end) return;
        now = Math.max(now, next);
        for (let index = waiting.length - 1; index >= 0; index -= 1)
          if (waiting[index]!.moment <= now) waiting.splice(index, 1)[0]!.resolve();
      }
    },
  };
}

for (const [name, stallMs] of [
  ['three processes that get calls ready in different times', 0],
  ['and one of them is held up now and then', 120],
] as const)
  t.test(`${name}: the campaign’s pace holds over all of them`, async t => {
    const { pacers } = sharedPacers();
    const clock = steppingClock();
    const fast = campaign('000000000000000000000001', 30);
    const dialled: number[] = [];
    for (let process = 0; process < 3; process += 1) {
      const pacing = createPacing({ pacers, accountCallsPerSecond: 1_000, now: clock.now, until: clock.until });
      const call = async (turn: number): Promise<void> => {
        const leadMs = [25, 600, 250][(turn + process) % 3]!;
        const moment = await pacing.accountTurn(fast, clock.now(), leadMs);
        if (moment !== null) {
          await clock.until(moment - leadMs + (process === 0 && turn % 5 === 0 ? leadMs + stallMs : 0));
          const at = await pacing.onTime(fast, moment);
          if (at !== null) dialled.push(Math.max(at, clock.now()));
        }
        return call(turn + 1);
      };
      for (let each = 0; each < 12; each += 1) void call(each);
    }
    await clock.run(start + 30_000);
    const after = dialled.filter(at => at >= start + 2_000 && at < start + 28_000);
    t.ok(mostWithin(dialled, 1_000) <= 31, `${mostWithin(dialled, 1_000)} in one second`);
    const least = stallMs === 0 ? 0.98 : 0.9;
    t.ok(after.length >= least * 26 * 30 && after.length <= 26 * 30 + 31, `${after.length} in 26 seconds`);
  });

for (const [name, processes, stallMs, storeMs] of [
  ['two processes', 2, 0, 0],
  ['three processes', 3, 0, 0],
  ['three processes, one of which is held up now and then', 3, 150, 0],
  ['three processes, one of which is held up now and then, and a slow store', 3, 150, 15],
] as const)
  t.test(`the account’s pace is short, ${name}: neither its own nor any campaign’s is exceeded`, async t => {
    const clock = steppingClock();
    const { pacers, count } = sharedPacers(storeMs === 0 ? undefined : () => clock.until(clock.now() + storeMs));
    const campaigns = [
      campaign('000000000000000000000001', 20, 0),
      campaign('000000000000000000000002', 20, 4),
      campaign('000000000000000000000003', 6, 9),
      campaign('000000000000000000000004', 1, 0),
    ];
    const dialled = new Map<string, number[]>(campaigns.map(({ id }) => [id, []]));
    for (let process = 0; process < processes; process += 1) {
      const pacing = createPacing({ pacers, accountCallsPerSecond: 30, now: clock.now, until: clock.until });
      const call = async (of: DialledCampaign, turn: number): Promise<void> => {
        const leadMs = [25, 300, 100][(turn + process) % 3]!;
        const moment = await pacing.accountTurn(of, clock.now(), leadMs);
        if (moment !== null) {
          await clock.until(moment - leadMs + (process === 0 && turn % 7 === 0 ? leadMs + stallMs : 0));
          const at = await pacing.onTime(of, moment);
          // As it is written down: whoever is told a moment that has gone by dials now.
          if (at !== null) dialled.get(of.id)!.push(Math.max(at, clock.now()));
        }
        await clock.until(clock.now() + 20 + process * 7);
        return call(of, turn + 1);
      };
      for (const each of campaigns) for (let place = 0; place < 10; place += 1) void call(each, place);
    }
    await clock.run(start + 30_000);
    const every = [...dialled.values()].flat();
    t.ok(mostWithin(every, 1_000) <= 31, `${mostWithin(every, 1_000)} of all in one second`);
    for (const { id, callsPerSecond } of campaigns) {
      const most = mostWithin(dialled.get(id)!, 1_000);
      t.ok(most <= callsPerSecond + 1, `${most} in one second of a campaign at ${callsPerSecond}/s`);
    }
    const within = every.filter(at => at >= start + 5_000 && at < start + 25_000).length;
    t.ok(within >= (stallMs === 0 ? 0.98 : 0.9) * 600, `${within} of the 600 that the account takes in 20 seconds`);
    t.ok(count.commands / every.length < 10, `${(count.commands / every.length).toFixed(2)} commands a call`);
  });

for (const processes of [1, 2])
  t.test(
    `the account’s pace is short, ${processes} process(es): each campaign has its share by priority, and nobody starves`,
    async t => {
      const { pacers } = sharedPacers();
      const clock = steppingClock();
      const campaigns = [
        campaign('000000000000000000000001', 10, 0),
        campaign('000000000000000000000002', 10, 0),
        campaign('000000000000000000000003', 10, 4),
        campaign('000000000000000000000004', 10, 9),
        // Asks for less than its share, and has it.
        campaign('000000000000000000000005', 0.2, 0),
      ];
      const dialled = new Map<string, number[]>(campaigns.map(({ id }) => [id, []]));
      for (let process = 0; process < processes; process += 1) {
        const pacing = createPacing({ pacers, accountCallsPerSecond: 10, now: clock.now, until: clock.until });
        const call = async (of: DialledCampaign): Promise<void> => {
          const leadMs = 50;
          const moment = await pacing.accountTurn(of, clock.now(), leadMs);
          if (moment !== null) {
            dialled.get(of.id)!.push(moment);
            await clock.until(moment - leadMs);
          }
          // As long as it takes to get somebody else ready.
          await clock.until(clock.now() + 20);
          return call(of);
        };
        for (const each of campaigns) for (let place = 0; place < 8; place += 1) void call(each);
      }
      await clock.run(start + 200_000);
      const within = (id: string) => dialled.get(id)!.filter(at => at >= start + 5_000 && at < start + 195_000).length;
      const [one, two, middle, high, slow] = campaigns.map(({ id }) => within(id)) as [
        number,
        number,
        number,
        number,
        number,
      ];
      const all = one + two + middle + high + slow;
      t.ok(Math.abs(all - 1_900) <= 38, `${all} calls of 1,900 that the account takes`);
      t.ok(Math.abs(slow - 38) <= 4, `${slow} of the slow one`);
      for (const [count, share] of [
        [one, 1],
        [two, 1],
        [middle, 5],
        [high, 10],
      ] as const) {
        const wanted = ((all - slow) * share) / 17;
        t.ok(
          Math.abs(count - wanted) <= 0.15 * wanted,
          `${count} with a share of ${share}, ${Math.round(wanted)} would be exact`,
        );
      }
      const every = [...dialled.values()].flat();
      t.ok(mostWithin(every, 1_000) <= 11, `${mostWithin(every, 1_000)} of all in one second`);
      for (const { id } of campaigns.slice(0, 2)) {
        const times = dialled.get(id)!.sort((earlier, later) => earlier - later);
        const longest = Math.max(...times.slice(1).map((at, index) => at - times[index]!));
        t.ok(longest < 10_000, `never without a call for more than ${Math.round(longest)} ms`);
      }
    },
  );

t.test(
  'one process alone is held up now and then: what is planned later keeps its distance from the late calls',
  async t => {
    const clock = steppingClock();
    const { pacers } = sharedPacers();
    const fast = campaign('000000000000000000000001', 30);
    const dialled: number[] = [];
    const pacing = createPacing({ pacers, accountCallsPerSecond: 1_000, now: clock.now, until: clock.until });
    const call = async (turn: number): Promise<void> => {
      const moment = await pacing.accountTurn(fast, clock.now(), 25);
      // All of half a second in every three are sent at its end.
      const heldUntil = Math.floor(clock.now() / 3_000) * 3_000 + 500;
      if (moment !== null) {
        await clock.until(Math.max(moment - 25, heldUntil));
        const at = await pacing.onTime(fast, moment);
        if (at !== null) dialled.push(Math.max(at, clock.now()));
      }
      return call(turn + 1);
    };
    for (let place = 0; place < 40; place += 1) void call(place);
    await clock.run(start + 20_000);
    t.ok(mostWithin(dialled, 1_000) <= 31, `${mostWithin(dialled, 1_000)} in one second`);
    t.ok(dialled.length >= 0.75 * 600, `${dialled.length} in 20 seconds`);
  },
);
