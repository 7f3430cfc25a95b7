import { Types } from 'mongoose';
import root, { test } from 'tap';
import { BudgetEntryRepository } from '../../src/campaigns/budget-entry-repository.ts';
import { BudgetRepository } from '../../src/campaigns/budget-repository.ts';
import { createBudgets } from '../../src/campaigns/budgets.ts';
import type { CampaignBudget } from '../../src/campaigns/campaign-document.ts';
import { startTestStore } from '../helpers/store.ts';
import { dying, Killed } from './dying.ts';

const table = {
  currency: 'USD',
  rates: { EUR: '1.1' },
  carrier: { '+1': { amount: '0.014', currency: 'USD' }, other: { amount: '0.5', currency: 'USD' } },
  engine: { elevenlabs: { amount: '0.1', currency: 'USD' } },
  amd: { amount: '0.0075', currency: 'USD' },
  recording: { amount: '0.0025', currency: 'USD' },
};
const unit = 1_000_000;
const call = () => new Types.ObjectId().toHexString();

let shared: ReturnType<typeof openStore> | undefined;
/** One store for all; each campaign has budgets of its own. */
const open = () => {
  shared ??= openStore();
  return shared;
};

async function openStore() {
  const store = await startTestStore(root);
  const [budgets, entries] = [new BudgetRepository(store), new BudgetEntryRepository(store)];
  await Promise.all([budgets.ensureIndexes(), entries.ensureIndexes()]);
  return { budgets, entries };
}

function campaignIn(
  { budgets, entries }: Awaited<ReturnType<typeof openStore>>,
  budget: CampaignBudget | null,
  monthly?: { amount: string; currency: string },
  begins = Date.parse('2026-11-30T23:59:00Z'),
) {
  const id = call();
  const told: string[] = [];
  let time = begins;
  const calls = new Map<string, { ended: boolean; micros: number; isFinal: boolean }>();
  const make = (owner: string, parts = { budgets, entries }) =>
    createBudgets({
      ...parts,
      campaignOf: async campaign => (campaign === id ? ({ budget } as never) : null),
      moves: () => ({
        pause: async (_, cause) => told.push(`pause ${cause?.code}`) > 0,
        note: async (_, type, data) => void told.push(`${type} ${data['percent']}`),
      }),
      costOfCall: async callId => calls.get(callId) ?? null,
      table,
      monthly,
      timeZone: 'UTC',
      owner,
      now: () => new Date(time),
      holdMs: 1_000,
    });
  const later = (ms: number) => {
    time += ms;
  };
  const money = async (period = 'total') => {
    const { spentMicros, committedMicros } = await budgets.of(`campaign|${id}|${period}`);
    return [spentMicros / unit, committedMicros / unit];
  };
  const month = async (name: string) => {
    const { spentMicros, committedMicros } = await budgets.of(`installation|${name}`);
    return [spentMicros / unit, committedMicros / unit];
  };
  return { id, make, told, calls, money, month, budgets, entries, later };
}

test('what a call may cost is reserved before it, and what it cost is booked after it', async t => {
  const { id, make, money, told } = campaignIn(await open(), { amount: 10, currency: 'USD', per: 'total' });
  const budgets = make('one');
  t.equal(
    budgets.expectedMicros({ to: '+12125550100', engine: 'elevenlabs', amd: true, recorded: true, minutes: 3 }),
    357_000,
  );
  const [one, two] = [call(), call()];
  t.same(await budgets.reserve(one, id, 4 * unit), { ok: true });
  t.same(await budgets.reserve(one, id, 4 * unit), { ok: true }, 'asking twice reserves once');
  t.same(await money(), [0, 4]);
  await budgets.reserve(two, id, 4 * unit);
  t.same(told, ['budget.warning 80']);
  t.match(await budgets.reserve(call(), id, 4 * unit), { ok: false, code: 'BUDGET_RESERVED', retryAt: Date });
  await budgets.settle(one, 1.5 * unit);
  await budgets.settle(one, 1.5 * unit);
  t.same(await money(), [1.5, 5.5]);
  await budgets.free(two);
  t.same(await money(), [1.5, 1.5]);
  await budgets.settle(one, 9 * unit, true);
  t.same(await money(), [9, 9], 'a price that comes late goes over the estimate');
  t.match(await budgets.reserve(call(), id, 4 * unit), { ok: false, code: 'BUDGET_SPENT', retryAt: null });
  t.same(told, ['budget.warning 80', 'pause budget']);
  t.same(await money(), [9, 9], 'whoever was refused reserved nothing');
});

test('two processes at the last unit: one of them gets it', async t => {
  const { id, make, money } = campaignIn(await open(), { amount: 5, currency: 'USD', per: 'total' });
  const answers = await Promise.all(
    Array.from({ length: 12 }, (_, index) => make(index % 2 ? 'one' : 'two').reserve(call(), id, unit)),
  );
  t.equal(answers.filter(({ ok }) => ok).length, 5);
  t.same(await money(), [0, 5]);
});

test('a month of its own, in the money that is given; a price after midnight belongs to the month of the call', async t => {
  const { id, make, money, month, later } = campaignIn(
    await open(),
    { amount: 2, currency: 'EUR', per: 'month' },
    { amount: '3', currency: 'USD' },
    Date.parse('2025-11-30T23:59:00Z'),
  );
  const budgets = make('one');
  const [before, after] = [call(), call()];
  t.ok((await budgets.reserve(before, id, 2 * unit)).ok);
  t.notOk((await budgets.reserve(call(), id, unit)).ok, '2 EUR are 2.20 USD');
  t.same(await month('2025-11'), [0, 2], 'and what the campaign refused is not kept from the installation');
  later(120_000);
  t.ok((await budgets.reserve(after, id, 2 * unit)).ok, 'the next month is another budget');
  await budgets.settle(before, 1 * unit);
  later(24 * 3_600_000);
  await budgets.settle(before, 1.25 * unit, true);
  t.same(
    [await money('2025-11'), await month('2025-11')],
    [
      [1.25, 1.25],
      [1.25, 1.25],
    ],
  );
  t.same(
    [await money('2025-12'), await month('2025-12')],
    [
      [0, 2],
      [0, 2],
    ],
  );
});

test('what the installation refuses is given back to the campaign', async t => {
  const { id, make, money, month } = campaignIn(
    await open(),
    { amount: 10, currency: 'USD', per: 'total' },
    { amount: '1', currency: 'USD' },
  );
  t.match(await make('one').reserve(call(), id, 2 * unit), { ok: false, code: 'BUDGET_SPENT' });
  t.same(
    [await money(), await month('2026-11')],
    [
      [0, 0],
      [0, 0],
    ],
  );
});

test('a reservation whose call is over is found and given back, that of a live call stays', async t => {
  const { id, make, calls, money } = campaignIn(await open(), { amount: 10, currency: 'USD', per: 'total' });
  const budgets = make('one');
  const [over, live, never] = [call(), call(), call()];
  for (const each of [over, live, never]) t.ok((await budgets.reserve(each, id, 2 * unit)).ok);
  calls.set(over, { ended: true, micros: unit, isFinal: true });
  calls.set(live, { ended: false, micros: 0, isFinal: false });
  t.match(await budgets.standing(id), [{ capMicros: 10 * unit, spentMicros: 0, reservedMicros: 6 * unit }]);
  const leaked = await budgets.leaked(id);
  t.same([...leaked].sort(), [over, never].sort());
  for (const each of leaked) await budgets.settleLate(each);
  t.same(await money(), [1, 3]);
  t.same(await budgets.leaked(id), []);
});

test('without a budget nothing is kept', async t => {
  const { id, make, entries } = campaignIn(await open(), null);
  const one = call();
  t.same(await make('one').reserve(one, id, unit), { ok: true });
  t.same(await entries.ofCall(one), []);
});

test('a process that dies anywhere between reserving and booking leaves nothing reserved and nothing unbooked', async t => {
  const store = await open();
  // Each trial has a month of its own.
  let months = 0;
  let reached = 0;
  for (let step = 1; step <= 60; step += 9) {
    months += 1;
    const { id, make, money, month, budgets, entries, calls, later } = campaignIn(
      store,
      { amount: 10, currency: 'USD', per: 'total' },
      { amount: '10', currency: 'USD' },
      Date.UTC(2027, months, 15),
    );
    const clock = { left: step };
    const dead = make('dead', { budgets: dying(clock, budgets), entries: dying(clock, entries) });
    const [one, two] = [call(), call()];
    // The first was dialled and cost something; the second never became a call.
    calls.set(one, { ended: true, micros: 2 * unit, isFinal: true });
    const work = async () => {
      await dead.reserve(one, id, 3 * unit);
      await dead.settle(one, 1 * unit);
      await dead.reserve(two, id, 3 * unit);
      await dead.settle(one, 2 * unit, true);
    };
    const killed = await work().then(
      () => false,
      (error: unknown) => error instanceof Killed,
    );
    if (killed) reached += 1;
    const next = make('next');
    later(4 * 60_000);
    await next.tend();
    later(20 * 60_000);
    await next.tend();
    const reserved = (await entries.ofCall(one)).length > 0;
    const [mine, all] = [await money(), await month(new Date(Date.UTC(2027, months, 15)).toISOString().slice(0, 7))];
    t.same(mine, reserved ? [2, 2] : [0, 0], `killed before step ${step}`);
    // The second budget is asked after the first one: dead in between, the call was never made.
    t.ok(all.every(each => each === 2 || each === 0) && all[0] === all[1], `${all}`);
    if (!killed) break;
  }
  t.ok(reached >= 3, `${reached} places to die`);
});
