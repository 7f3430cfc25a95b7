import { randomBytes } from 'node:crypto';
import { type Test, test } from 'tap';
import type { CarrierCall, CarrierRecording } from '../../src/telephony/carrier-contract.ts';
import { CarrierError } from '../../src/telephony/carrier-contract.ts';
import { newSid, startCallSite, statusOf } from '../helpers/call-site.ts';
import { ownTime } from '../helpers/own-time.ts';
import { startVendorRest, vendorRecord } from './vendor-records.ts';

const API_KEY = 'an-invented-key-of-a-test'; // allow-secret: invented

/** Calls on a carrier that prices them when it is told to. */
async function startSite(t: Test, env: Record<string, string> = {}) {
  const rest = await startVendorRest(t);
  const time = ownTime();
  const carrier: {
    price: string | null;
    currency: string;
    away: boolean;
    asked: number;
    recordings: Pick<CarrierRecording, 'status' | 'price' | 'priceCurrency'>[];
  } = { price: null, currency: 'USD', away: false, asked: 0, recordings: [] };
  const site = await startCallSite(t, {
    env: { API_KEY, ELEVENLABS_API_BASE_URL: rest.url, ...env },
    now: time.now,
    prepare: app =>
      void Object.assign(app.carrier, {
        call: async (sid: string) => {
          carrier.asked += 1;
          if (carrier.away) throw new CarrierError('CARRIER_UNAVAILABLE', 'away', { fault: 'unavailable' });
          return { sid, price: carrier.price, priceCurrency: carrier.currency } as CarrierCall;
        },
        recordingsOf: async () => carrier.recordings,
      }),
  });
  return Object.assign(site, {
    rest,
    twin: carrier,
    async ended(final = 'completed', more: object = {}) {
      const { processId } = site.app.operations;
      const sid = newSid();
      const call = await site.attempt({ sid, state: 'queued', streams: 1, processId, liveTo: null, ...more });
      const id = call._id.toHexString();
      if (final === 'completed') await site.ask(`/call-status-callback?attempt=${id}`, statusOf(sid, 'in-progress', 2));
      await site.ask(`/call-status-callback?attempt=${id}`, statusOf(sid, final, 3, { CallDuration: '90' }));
      await site.until(call, each => each.outcome !== null, 'concluded');
      return id;
    },
    async later(minutes: number) {
      time.by(minutes * 60_000);
      return time.run(() => site.app.followUpCalls());
    },
    cost: async (id: string) => (await site.call('GET', `/api/calls/${id}`, { token: API_KEY })).body.call.cost,
  });
}

test('a cost is estimated at hang-up and replaced, part by part, by what the vendors say', async t => {
  const site = await startSite(t);
  const id = await site.ended();
  const carrier = { part: 'carrier', amount: '0.028', currency: 'USD', estimated: true };
  const amd = { part: 'amd', amount: '0.0075', currency: 'USD', estimated: true };
  const engine = { part: 'engine', amount: '0.12', currency: 'USD', estimated: true };
  t.same(await site.cost(id), {
    amount: '0.1555',
    currency: 'USD',
    estimated: true,
    missingRates: [],
    parts: [carrier, amd, engine],
  });

  await t.test('the carrier prices it later', async t => {
    t.equal((await site.later(2)).prices, 0);
    t.same((await site.cost(id)).parts[0], carrier, 'until then the estimate stays');
    Object.assign(site.twin, { price: '-0.02600' });
    t.equal((await site.later(6)).prices, 1);
    t.match(await site.cost(id), { amount: '0.1535', estimated: true, parts: [{ amount: '0.026', estimated: false }] });
    const { asked } = site.twin;
    await site.later(2_000);
    t.equal(site.twin.asked, asked, 'once it is known nobody asks again');
  });

  await t.test('the agent’s vendor with its report', async t => {
    const other = await site.ended();
    const { answeredAt } = (await site.calls.findById(other))!;
    const record = vendorRecord(`conv_${randomBytes(6).toString('hex')}`, { callId: other, startedAt: answeredAt! });
    site.rest.records.set(String(record['conversation_id']), record);
    await site.later(10);
    t.match(await site.cost(other), {
      amount: '0.0745',
      parts: [
        { part: 'carrier', estimated: false },
        { part: 'amd' },
        { part: 'engine', amount: '0.041', estimated: false },
      ],
    });
  });

  await t.test('what nobody answered costs nothing', async t => {
    const { asked } = site.twin;
    const missed = await site.ended('no-answer');
    t.match(await site.cost(missed), { amount: '0.00', estimated: false, parts: [] });
    await site.later(10);
    t.equal(site.twin.asked, asked);
  });
});

test('a recording costs what the carrier says of it, whenever it says so', async t => {
  const site = await startSite(t);
  const id = await site.ended('completed', { recording: 'stored' });
  const part = async () => (await site.cost(id)).parts.find((each: { part: string }) => each.part === 'recording');
  t.same(await part(), { part: 'recording', amount: '0.005', currency: 'USD', estimated: true });
  site.twin.recordings = [{ status: 'completed', price: null, priceCurrency: 'USD' }];
  Object.assign(site.twin, { price: '-0.02800' });
  t.equal((await site.later(6)).prices, 1, 'the call alone');
  t.match(await part(), { estimated: true });
  t.match((await site.cost(id)).parts[0], { part: 'carrier', amount: '0.028', estimated: false });
  t.equal((await site.later(16)).prices, 0);
  const { asked } = site.twin;
  site.twin.recordings = [
    { status: 'completed', price: '-0.0025', priceCurrency: 'USD' },
    { status: 'completed', price: '0.01', priceCurrency: 'USD' },
  ];
  t.equal((await site.later(61)).prices, 1);
  t.equal(site.twin.asked, asked, 'what the call cost was known');
  t.same(await part(), { part: 'recording', amount: '0.0125', currency: 'USD', estimated: false });
  t.equal((await site.calls.findById(id))!.priceDueAt, null);
});

test('the legs to those who answered when the call was passed on are a part of its own, priced by the carrier', async t => {
  const site = await startSite(t);
  const childSid = newSid();
  const answeredAt = new Date(Date.now() - 61_000);
  const transfer = {
    state: 'joined',
    to: '+442079460100',
    mode: 'blind',
    by: 'Sam Birch',
    at: answeredAt,
    answeredAt,
    childSid,
  };
  // Somebody picked up before and hung up again.
  const untaken = newSid();
  const legs = [{ sid: untaken, to: '+442079460100', answeredAt, seconds: 20 }];
  const id = await site.ended('completed', { transfer, legs });
  const part = async () => (await site.cost(id)).parts.find((each: { part: string }) => each.part === 'transfer');
  const guess = await part();
  t.match(guess, { amount: String, currency: 'USD', estimated: true });
  const { call } = site.app.carrier;
  const prices = new Map<string, string | null>([
    [childSid, null],
    [untaken, '-0.01500'],
  ]);
  Object.assign(site.app.carrier, {
    call: async (sid: string) => (prices.has(sid) ? { sid, price: prices.get(sid), priceCurrency: 'USD' } : call(sid)),
  });
  Object.assign(site.twin, { price: '-0.02800' });
  t.equal((await site.later(6)).prices, 1, 'the call itself');
  t.same(await part(), guess, 'its other legs are priced together, later');
  prices.set(childSid, '-0.09100');
  t.equal((await site.later(16)).prices, 1);
  t.same(await part(), { part: 'transfer', amount: '0.106', currency: 'USD', estimated: false });
  t.equal((await site.calls.findById(id))!.priceDueAt, null);
});

test('a recording that was deleted before it was priced keeps its estimate', async t => {
  const site = await startSite(t);
  const id = await site.ended('completed', { recording: 'stored' });
  site.twin.recordings = [{ status: 'deleted', price: null, priceCurrency: null }];
  Object.assign(site.twin, { price: '-0.02800' });
  t.equal((await site.later(6)).prices, 1);
  t.equal((await site.calls.findById(id))!.priceDueAt, null);
  t.match((await site.cost(id)).parts[2], { part: 'recording', estimated: true });
});

test('a price that never comes is given up, and the estimate stays', async t => {
  const site = await startSite(t);
  const id = await site.ended();
  const estimate = await site.cost(id);
  Object.assign(site.twin, { away: true });
  for (let hour = 0; hour < 72; hour += 1) await site.later(60);
  t.ok(site.twin.asked >= 4 && site.twin.asked <= 8, `asked ${site.twin.asked} times in three days`);
  t.same(await site.cost(id), estimate);
  const call = (await site.calls.findById(id))!;
  t.equal(call.priceDueAt, null);
  await site.eventually(async () => {
    for await (const { type } of site.events.ofCall(id)) if (type === 'cost.unpriced') return true;
    return false;
  }, 'an event that says so');
});

test('a price in another currency is added through its rate, and without one it is kept and not added', async t => {
  const site = await startSite(t, { CURRENCY_RATES: 'EUR=1.10' });
  const [euro, franc] = [await site.ended(), await site.ended()];
  Object.assign(site.twin, { price: '-0.02', currency: 'EUR' });
  await site.calls.priceGivenUp(franc);
  await site.later(2);
  t.match(await site.cost(euro), {
    amount: '0.1495',
    currency: 'USD',
    missingRates: [],
    parts: [{ amount: '0.02', currency: 'EUR', estimated: false }],
  });
  Object.assign(site.twin, { currency: 'CHF' });
  await site.calls.priceLater(franc, new Date());
  await site.later(1);
  t.match(await site.cost(franc), {
    amount: '0.1275',
    missingRates: ['CHF'],
    parts: [{ part: 'carrier', amount: '0.02', currency: 'CHF' }],
  });
});
