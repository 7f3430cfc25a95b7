import t from 'tap';
import { CompactDay, PathNames } from '../../src/analytics/compact-day.ts';
import { createDayPacker } from '../../src/analytics/day-packer.ts';
import { largestPacked, PackedReader, PackedWriter } from '../../src/analytics/packed-numbers-protocol.ts';
import type { RollupRepository } from '../../src/analytics/rollup-repository.ts';
import { startTestStore } from '../helpers/store.ts';
import { countingSite } from './counting-site.ts';
import { type GeneratedCall, generateCalls, insertCalls, naiveFigures } from './generated-calls.ts';

const from = new Date('2026-03-02T00:00:00Z');
const to = new Date('2026-03-09T00:00:00Z');
const now = () => new Date('2026-03-08T12:00:00Z');
const week = { from: from.toISOString(), to: to.toISOString() };
type Site = Awaited<ReturnType<typeof countingSite>>;

const packAll = ({ rollups }: Site) => createDayPacker({ rollups, now: () => new Date(Date.now() + 3_600_000) })();
/** What a process that has just begun answers. */
const freshly = async (store: { readonly uri: string }) =>
  (await countingSite(await startTestStore(t, { uri: store.uri }), { now })).dashboard(week);
const figuresOf = ({ totals }: Awaited<ReturnType<Site['dashboard']>>) => {
  const { active: _, latency: __, spend: ___, ...figures } = totals;
  return figures;
};

/** How many documents are read whole while this is done. */
async function wholeReads(rollups: RollupRepository, work: () => Promise<unknown>): Promise<number> {
  let count = 0;
  const whole = rollups.whole.bind(rollups);
  Object.assign(rollups, {
    whole: async (keys: readonly string[]) => {
      count += keys.length;
      return whole(keys);
    },
  });
  await work().finally(() => Reflect.deleteProperty(rollups, 'whole'));
  return count;
}

t.test('whole numbers come back as they were written, however large and of either sign', async t => {
  const numbers = [
    0,
    1,
    -1,
    63,
    64,
    -64,
    127,
    128,
    16_383,
    16_384,
    2 ** 31,
    -(2 ** 32) - 5,
    largestPacked,
    -largestPacked,
  ];
  const writer = new PackedWriter(0);
  for (const number of numbers) writer.integer(number);
  writer.text('out.no-answer.n');
  const reader = new PackedReader(writer.bytes);
  t.same(
    numbers.map(() => reader.integer()),
    numbers,
  );
  t.equal(reader.text(), 'out.no-answer.n');
  t.ok(reader.isAtEnd);
  t.equal(reader.count(), 0, 'past the end there is nothing');
});

t.test('a day that was packed has the sums of the day, and takes a fraction of its bytes', async t => {
  const slots: Record<string, Record<string, unknown>> = {};
  for (let slot = 30; slot < 90; slot += 1) {
    slots[slot] = {
      out: { conversation: { n: slot, a: slot, s: slot * 60, m: slot * 1_400_000 }, busy: { n: 3, a: 0 } },
      t: Object.fromEntries(Array.from({ length: 30 }, (_, bucket) => [bucket + 20, bucket + 1])),
      r: { lead: -2 },
    };
  }
  const names = new PathNames();
  const day = CompactDay.of(slots as never, names);
  const bytes = day.packed(names)!;
  t.ok(bytes.length < JSON.stringify(slots).length / 3, String(bytes.length));
  const others = new PathNames();
  others.numberOf('a name that another day brought');
  const again = CompactDay.unpacked(bytes, others)!;
  for (const [begin, end] of [
    [0, 96],
    [31, 32],
    [0, 30],
    [89, 96],
  ] as const) {
    const sum = (compact: CompactDay, known: PathNames) => {
      const sums = new Float64Array(known.names.length);
      compact.addTo(sums, begin, end);
      return Object.fromEntries(
        [...sums].map((value, at) => [known.names[at], value]).filter(([, value]) => value !== 0),
      );
    };
    t.same(sum(again, others), sum(day, names), `${begin} to ${end}`);
  }
  t.equal(again.size, day.size);
});

t.test('what cannot be packed is not, and what this release did not pack is not taken', async t => {
  const names = new PathNames();
  for (const count of [0.5, largestPacked + 1, Number.NaN, Number.POSITIVE_INFINITY]) {
    t.equal(CompactDay.of({ 3: { x: count } }, names).packed(names), null, String(count));
  }
  const bytes = CompactDay.of({ 3: { x: 7 }, 95: { x: 1, 'v.success': 2 } }, names).packed(names)!;
  t.ok(CompactDay.unpacked(bytes, names));
  t.equal(CompactDay.unpacked(Uint8Array.from([2, ...bytes.subarray(1)]), names), null, 'a later form');
  for (let length = 0; length < bytes.length; length += 1) {
    t.equal(CompactDay.unpacked(bytes.subarray(0, length), names), null, `cut after ${length}`);
  }
  t.equal(CompactDay.unpacked(Uint8Array.from([...bytes, 0]), names), null, 'too long');
  t.equal(CompactDay.unpacked(new Uint8Array(50).fill(0xff), names), null, 'anything at all');
});

t.test('packed days answer as the others do, and are left behind as soon as the day changes', async t => {
  const store = await startTestStore(t);
  const site = await countingSite(store, { now, batchSize: 100 });
  const calls = generateCalls(400, from, 7);
  const collection = store.connection.collection<GeneratedCall>('calls');
  await insertCalls(store, calls);
  await site.counter.all();
  const before = await freshly(store);
  t.same(figuresOf(before), naiveFigures(calls, { from, to }).figures);

  t.ok((await packAll(site)) > 7 * 10, 'days of all selections were packed');
  t.equal(await packAll(site), 0, 'once');
  const fresh = await countingSite(await startTestStore(t, { uri: store.uri }), { now });
  t.equal(await wholeReads(fresh.rollups, async () => t.same(await fresh.dashboard(week), before)), 0);

  const [changed] = calls as [GeneratedCall];
  Object.assign(changed, { outcome: 'opt-out', result: 'opt-out', version: 2 });
  const { outcome, result, version } = changed;
  await collection.updateOne({ _id: changed._id }, { $set: { outcome, result, version, figuresDue: true } });
  await site.counter.all();
  const corrected = await countingSite(await startTestStore(t, { uri: store.uri }), { now });
  t.equal(
    await wholeReads(corrected.rollups, async () => {
      t.same(figuresOf(await corrected.dashboard(week)), naiveFigures(calls, { from, to }).figures);
    }),
    1,
    'the day that changed is read whole',
  );
  t.same(figuresOf(await fresh.dashboard(week)), naiveFigures(calls, { from, to }).figures, 'known days, too');
  await site.counter.rebuild();
  const rebuilt = await countingSite(await startTestStore(t, { uri: store.uri }), { now });
  t.equal(
    await wholeReads(rebuilt.rollups, async () => {
      t.same(figuresOf(await rebuilt.dashboard(week)), naiveFigures(calls, { from, to }).figures);
    }),
    0,
    'what is added up anew is packed at once',
  );
});

t.test('a day that changes between two questions of one reader is read as it is then', async t => {
  const store = await startTestStore(t);
  const site = await countingSite(store, { now });
  const calls = generateCalls(60, from, 7);
  await insertCalls(store, calls.slice(0, 30));
  await site.counter.all();
  await packAll(site);
  const late = await countingSite(await startTestStore(t, { uri: store.uri }), { now });
  const packedDays = late.rollups.packedDays.bind(late.rollups);
  Object.assign(late.rollups, {
    packedDays: async (keys: readonly string[]) => {
      await insertCalls(store, calls.slice(30));
      await site.counter.all();
      return packedDays(keys);
    },
  });
  t.same(figuresOf(await late.dashboard(week)), naiveFigures(calls, { from, to }).figures);
});

t.test('a day that changes while it is packed stays due', async t => {
  const store = await startTestStore(t);
  const site = await countingSite(store, { now });
  const calls = generateCalls(40, from, 1);
  await insertCalls(store, calls.slice(0, 20));
  await site.counter.all();
  const pack = site.rollups.pack.bind(site.rollups);
  let first = true;
  Object.assign(site.rollups, {
    pack: async (...args: Parameters<typeof pack>) => {
      if (first) {
        first = false;
        await insertCalls(store, calls.slice(20));
        await site.counter.all();
      }
      return pack(...args);
    },
  });
  const until = new Date(Date.now() + 3_600_000);
  await createDayPacker({ rollups: site.rollups, now: () => until })();
  t.same(figuresOf(await freshly(store)), naiveFigures(calls, { from, to }).figures);
  t.ok((await site.rollups.toPack(until, 100)).includes('1|all|2026-03-02'), 'for the next round');
  await packAll(site);
  t.same(await site.rollups.toPack(until, 100), []);
  t.same(figuresOf(await freshly(store)), naiveFigures(calls, { from, to }).figures);
});

t.test('days of the previous release, and days that it changes, are counted right and packed later', async t => {
  const store = await startTestStore(t, { checkPlans: false });
  const site = await countingSite(store, { now });
  const calls = generateCalls(80, from, 7);
  const rollups = store.connection.collection('rollups');
  await insertCalls(store, calls.slice(0, 40));
  await site.counter.all();
  // It knows neither field.
  await rollups.updateMany({}, { $unset: { packed: 1, packDue: 1 } });
  t.same(figuresOf(await freshly(store)), naiveFigures(calls.slice(0, 40), { from, to }).figures);
  t.ok((await packAll(site)) >= 7, 'who asks for a day has it packed');

  await insertCalls(store, calls.slice(40));
  const due = await rollups.find({ packDue: true }).toArray();
  await site.counter.all();
  // It adds to the counters and leaves the packed ones alone.
  const keys = due.map(({ key }) => key as string);
  await rollups.updateMany({ key: { $nin: keys } }, { $set: { packDue: false } });
  t.same(figuresOf(await freshly(store)), naiveFigures(calls, { from, to }).figures);
  t.ok((await packAll(site)) >= 7);
  t.same(figuresOf(await freshly(store)), naiveFigures(calls, { from, to }).figures);
});
