import { type Test, test } from 'tap';
import { scopeOf } from '../../src/analytics/contribution-protocol.ts';
import { amountOf } from '../../src/calls/cost-protocol.ts';
import { allMigrations } from '../../src/store/migrations/all-migrations.ts';
import { migrate } from '../../src/store/migrations.ts';
import { silent, startTestStore } from '../helpers/store.ts';
import { countingSite } from './counting-site.ts';
import {
  agentIds,
  campaignIds,
  type GeneratedCall,
  generateCalls,
  insertCalls,
  naiveFigures,
} from './generated-calls.ts';

const from = new Date('2026-03-02T00:00:00Z');
const to = new Date('2026-03-09T00:00:00Z');
const now = () => new Date('2026-03-08T12:00:00Z');

type Site = Awaited<ReturnType<typeof countingSite>>;

/** The dashboard says what a naive count says, for every selection. */
async function agrees(t: Test, { dashboard }: Pick<Site, 'dashboard'>, calls: readonly GeneratedCall[], what: string) {
  const selections: { campaignId?: string; agentId?: string }[] = [
    {},
    { campaignId: campaignIds[0]!.toHexString() },
    { agentId: agentIds[1]!.toHexString() },
    { campaignId: campaignIds[1]!.toHexString(), agentId: agentIds[0]!.toHexString() },
  ];
  for (const selection of selections) {
    const answer = await dashboard({ from: from.toISOString(), to: to.toISOString(), ...selection });
    const naive = naiveFigures(calls, { from, to, ...selection });
    const name = `${what}: ${JSON.stringify(selection)}`;
    const { latency, spend, active: _, ...figures } = answer.totals;
    t.same(figures, naive.figures, name);
    t.same(spend, { amount: amountOf(naive.micros), currency: 'USD', incompleteCalls: naive.incomplete }, name);
    for (const [read, share] of [
      [latency.p50, 0.5],
      [latency.p95, 0.95],
    ] as const) {
      const exact = naive.quantile(share);
      t.ok(Math.abs(read - exact) <= exact * 0.051 + 1, `${name}: ${read} ms is ${exact} ms within 5 %`);
    }
    const hourly = answer.hourly.map(({ calls }) => calls).reduce((sum, each) => sum + each, 0);
    t.equal(hourly, naive.figures.calls, `${name}, hour by hour`);
    const turns = answer.delays.reduce((sum, each) => sum + each.turns, 0);
    t.equal(turns, naive.turns, `${name}, each answer in one stretch of the delays`);
  }
}

test('figures are those of a naive count over 10,000 calls, before and after they are added up anew', async t => {
  const store = await startTestStore(t);
  const site = await countingSite(store, { now });
  const calls = generateCalls(10_000, from, 7);
  await insertCalls(store, calls);
  await site.counter.all();
  await agrees(t, site, calls, 'counted');
  const before = await site.dashboard({ from: from.toISOString(), to: to.toISOString() });
  t.equal(await site.counter.rebuild(), 10_000);
  t.same(await site.dashboard({ from: from.toISOString(), to: to.toISOString() }), before, 'the same figures');
  const again = await countingSite(await startTestStore(t, { uri: store.uri }), { owner: 'after a restart', now });
  t.same(await again.dashboard({ from: from.toISOString(), to: to.toISOString() }), before, 'a restart changes none');
  t.equal(await again.counter.round(), 0, 'nothing is left to count');
});

test('however many calls are counted, no command on them is long: others wait for the store meanwhile', async t => {
  const store = await startTestStore(t);
  const site = await countingSite(store, { now });
  await insertCalls(store, generateCalls(130, from, 7));
  const lengths: number[] = [];
  store.connection.getClient().on('commandStarted', ({ command }) => {
    if (command['update'] === 'calls') lengths.push(command['updates'].length);
  });
  t.equal(await site.counter.round(), 130);
  t.same(lengths, [25, 25, 25, 25, 25, 5]);
  t.equal(await store.connection.collection('calls').countDocuments({ figuresDue: true }), 0, 'and all are noted');
});

test('what is learned late corrects the figures, and is counted once', async t => {
  const store = await startTestStore(t);
  const site = await countingSite(store, { now, batchSize: 50 });
  const calls = generateCalls(300, from, 7);
  const collection = store.connection.collection<GeneratedCall>('calls');
  const change = async (call: GeneratedCall, fields: Partial<GeneratedCall>) => {
    Object.assign(call, fields, { version: call.version + 1 });
    await collection.updateOne({ _id: call._id }, { $set: { ...fields, version: call.version, figuresDue: true } });
  };
  await insertCalls(store, calls);
  await site.counter.all();
  for (const call of calls.slice(0, 120)) {
    await change(call, { cost: { parts: [], micros: 1_234, currency: 'USD', estimated: false, missing: [] } });
  }
  for (const call of calls.slice(100, 140)) await change(call, { outcome: 'opt-out', result: 'opt-out' });
  await site.counter.all();
  await agrees(t, site, calls, 'corrected');
  await site.counter.all();
  await agrees(t, site, calls, 'and counting again changes nothing');
  const damaged = await store.connection
    .collection('rollups')
    .updateOne({ key: '1|all|2026-03-03' }, { $set: { 'slots.3.out.busy.n': 99 } });
  t.equal(damaged.modifiedCount, 1);
  await site.counter.rebuild();
  await agrees(t, site, calls, 'what was damaged is right after a rebuild');
});

test('each variant of a campaign has figures of its own, which are found and set right where they are not', async t => {
  const store = await startTestStore(t, { checkPlans: false });
  const site = await countingSite(store, { now, batchSize: 100 });
  const campaignId = campaignIds[0]!.toHexString();
  const variantOf = (call: GeneratedCall) => (call['variant'] as string | undefined) ?? null;
  const calls = generateCalls(900, from, 7).map((call, index) => {
    const variant = [null, 'A', 'the other one'][index % 3]!;
    return call.campaignId?.toHexString() === campaignId ? { ...call, variant } : call;
  });
  const collection = store.connection.collection<GeneratedCall>('calls');
  const figuresOf = async (variant: string) => {
    const days = await site.reader.read(scopeOf(campaignId, null, variant), [[from.getTime(), to.getTime()]]);
    return days.sum(from.getTime(), to.getTime()).figures('USD');
  };
  const areRight = async (what: string) => {
    for (const variant of ['A', 'the other one']) {
      const own = naiveFigures(
        calls.filter(call => variantOf(call) === variant),
        { from, to, campaignId },
      );
      const { latency: _, spend, ...figures } = await figuresOf(variant);
      t.same(figures, own.figures, `${what}: ${variant}`);
      t.match(
        spend,
        { amount: amountOf(own.micros), incompleteCalls: own.incomplete },
        `${what}: what ${variant} cost`,
      );
    }
    await agrees(t, site, calls, what);
  };
  await insertCalls(store, calls);
  await site.counter.all();
  await areRight('counted');

  const late = calls.find(call => variantOf(call) === 'A' && call.cost!.micros > 0)!;
  late.cost = { parts: [], micros: 5_000_000, currency: 'USD', estimated: false, missing: [] };
  late.version += 1;
  const { cost, version } = late;
  await collection.updateOne({ _id: late._id }, { $set: { cost, version, figuresDue: true } });
  await site.counter.all();
  await areRight('a price that came late');
  t.same(await site.counter.differences(campaignId), { sums: {}, recounted: 0 }, 'nothing differs');

  const day = late.createdAt.toISOString().slice(0, 10);
  const slot = Math.floor((late.createdAt.getTime() % 86_400_000) / 900_000);
  const path = `slots.${slot}.${late.direction === 'inbound' ? 'in' : 'out'}.${late.outcome}.m`;
  const damaged = await store.connection
    .collection('rollups')
    .updateOne(
      { key: `1|${scopeOf(campaignId, null, 'A')}|${day}` },
      { $inc: { [path]: 70 } as Record<string, number> },
    );
  t.equal(damaged.modifiedCount, 1);
  const { sums } = await site.counter.differences(campaignId);
  const wrong = sums['figures.variants.A.micros']!;
  t.same([Object.keys(sums), wrong.is - wrong.should], [['figures.variants.A.micros'], 70]);
  t.same((await site.counter.differences(campaignId)).sums, sums, 'asking changes nothing');
  t.same((await site.counter.differences(campaignId, true)).sums, sums, 'what was shown is set right');
  await areRight('set right');

  // Of a release that knew no variants: counted without, and with no document of theirs.
  await collection.updateMany({ variant: { $type: 'string' } }, { $unset: { 'figures.counted.variant': '' } });
  await store.connection.collection('rollups').deleteMany({ scope: { $regex: '/.*/' } });
  const ofBefore = calls.filter(call => variantOf(call) !== null).length;
  t.match(await site.counter.differences(campaignId), { sums: {}, recounted: ofBefore });
  await migrate({ db: store.link.database, migrations: allMigrations, logger: silent });
  await site.counter.all();
  await areRight('after the migration');
  t.same(await site.counter.differences(campaignId), { sums: {}, recounted: 0 });
  t.equal(await site.counter.rebuild(), calls.length);
  await areRight('added up anew');
  t.match((await site.log.standing()).state, 'idle', 'and counting goes on');
});

test('a call that changes while it is counted stays due', async t => {
  const store = await startTestStore(t);
  const site = await countingSite(store, { now });
  const calls = generateCalls(20, from, 7);
  await insertCalls(store, calls);
  const [changing] = calls as [GeneratedCall];
  const settle = site.source.settle.bind(site.source);
  Object.assign(site.source, {
    settle: async (...args: Parameters<typeof settle>) => {
      // Its price comes between adding it and noting that it was added.
      if (changing.version === 1) {
        Object.assign(changing, { version: 2, cost: { ...changing.cost, micros: 77 } });
        const collection = store.connection.collection<GeneratedCall>('calls');
        const { cost, version } = changing;
        await collection.updateOne({ _id: changing._id }, { $set: { cost, version, figuresDue: true } });
      }
      await settle(...args);
    },
  });
  await site.counter.all();
  await agrees(t, site, calls, 'the change is counted, too');
});

test('many processes count at once, and every call counts once', async t => {
  const store = await startTestStore(t, { poolMax: 20 });
  const sites = await Promise.all(
    ['a', 'b', 'c', 'd'].map(async owner =>
      countingSite(await startTestStore(t, { uri: store.uri }), { owner, now, batchSize: 40, holdMs: 0 }),
    ),
  );
  const calls = generateCalls(600, from, 7);
  await insertCalls(store, calls.slice(0, 300));
  const rounds = sites.map(async ({ counter }) => {
    for (let round = 0; round < 40; round += 1) await counter.round();
  });
  await insertCalls(store, calls.slice(300));
  await Promise.all(rounds);
  await sites[0]!.counter.all();
  await agrees(t, sites[0]!, calls, 'counted by four');
});

test('a batch that wakes up late adds nothing', async t => {
  const store = await startTestStore(t);
  const slow = await countingSite(store, { owner: 'slow', now, batchSize: 30 });
  const quick = await countingSite(await startTestStore(t, { uri: store.uri }), {
    owner: 'quick',
    now: () => new Date(now().getTime() + 60_000),
  });
  const calls = generateCalls(60, from, 7);
  await insertCalls(store, calls);
  const add = slow.rollups.add.bind(slow.rollups);
  Object.assign(slow.rollups, {
    add: async (...args: Parameters<typeof add>) => {
      // Frozen here; meanwhile others finish the batch, and count on.
      await quick.counter.all();
      await add(...args);
    },
  });
  await slow.counter.round();
  await agrees(t, quick, calls, 'counted once');
});

test('another currency of sums: everything is added up anew through its rate', async t => {
  const store = await startTestStore(t);
  const site = await countingSite(store, { now });
  const calls = generateCalls(50, from, 7);
  await insertCalls(store, calls);
  await site.counter.all();
  const euro = await countingSite(await startTestStore(t, { uri: store.uri }), { now, currency: 'EUR' });
  await euro.counter.rebuild();
  const { totals } = await euro.dashboard({ from: from.toISOString(), to: to.toISOString() });
  const micros = calls.reduce((sum, { cost }) => sum + Math.round(cost!.micros * 0.9), 0);
  t.match(totals.spend, { currency: 'EUR', amount: amountOf(micros) });
  t.equal((await euro.log.standing()).currency, 'EUR');
});
