import root, { test } from 'tap';
import type { MetricsTick } from '../../src/analytics/analytics-events.ts';
import { newSid, startCallSite, statusOf } from '../helpers/call-site.ts';

const API_KEY = 'an-invented-key-of-a-test'; // allow-secret: invented
const clock = { ms: 0 };
const started = startCallSite(root, {
  env: { API_KEY, TIME_ZONE: 'Asia/Kolkata' },
  now: () => new Date(Date.now() + clock.ms),
});

const ask = async (query: string) => {
  const site = await started;
  return site.call('GET', `/api/analytics/dashboard?${query}`, { token: API_KEY });
};

const zeros = {
  calls: 0,
  answered: 0,
  answerRate: 0,
  successRate: 0,
  successful: 0,
  unsuccessful: 0,
  averageDurationSeconds: 0,
  totalDurationSeconds: 0,
  inbound: 0,
  outbound: 0,
  outcomes: {},
  results: {},
  latency: { p50: 0, p95: 0, firstWord: 0 },
  spend: { amount: '0.00', currency: 'USD', incompleteCalls: 0 },
};

test('a stretch in which nothing happened is zeros', async t => {
  const { status, body } = await ask('from=2026-03-01T00:00:00Z&to=2026-03-02T00:00:00Z&timeZone=UTC');
  t.equal(status, 200, JSON.stringify(body));
  t.same(body.totals, { ...zeros, active: 0 });
  t.same(body.previous, { from: '2026-02-28T00:00:00.000Z', to: '2026-03-01T00:00:00.000Z', ...zeros });
  t.same(body.today, zeros);
  t.same(body.last24h, zeros);
  t.equal(body.hourly.length, 24);
  t.same(
    body.delays,
    body.hourly.map(({ at }: { at: string }) => ({ at, p50: 0, p95: 0, turns: 0 })),
    'without an answer there is no delay',
  );
  t.notMatch(JSON.stringify(body), /NaN|null/);
});

test('without a stretch it is the last seven days of the installation’s time zone', async t => {
  const { body } = await ask('');
  t.equal(body.timeZone, 'Asia/Kolkata');
  t.match(body.from, /T18:30:00\.000Z$/, 'midnight there');
  const days = (Date.parse(body.to) - Date.parse(body.from)) / 86_400_000;
  t.ok(days > 6 && days <= 7.02, String(days));
});

test('delays are told by the hour up to three days, and beyond by the days of the zone', async t => {
  const many = async (from: string, to: string, zone: string) =>
    (await ask(`from=${from}&to=${to}&timeZone=${zone}`)).body.delays.map(({ at }: { at: string }) => at);
  t.equal((await many('2026-03-01T00:00:00Z', '2026-03-04T00:00:00Z', 'UTC')).length, 72);
  t.same(
    await many('2026-10-30T12:00:00Z', '2026-11-02T18:00:00Z', 'America/Chicago'),
    ['2026-10-30T12:00:00.000Z', '2026-10-31T05:00:00.000Z', '2026-11-01T05:00:00.000Z', '2026-11-02T06:00:00.000Z'],
    'a day of 25 hours is one',
  );
});

test('stretches are widened to quarters of an hour, and the answer says so', async t => {
  const { body } = await ask('from=2026-03-01T00:07:00Z&to=2026-03-01T01:01:00%2B00:00&timeZone=UTC');
  t.match(body, { from: '2026-03-01T00:00:00.000Z', to: '2026-03-01T01:15:00.000Z' });
  t.same(
    body.hourly.map(({ at }: { at: string }) => at),
    ['2026-03-01T00:00:00.000Z', '2026-03-01T01:00:00.000Z'],
  );
});

test('what cannot be answered is refused by its field', async t => {
  for (const [query, field] of [
    ['from=yesterday', 'from'],
    ['to=1e99', 'to'],
    ['from=2026-03-02T00:00:00Z&to=2026-03-01T00:00:00Z', 'from'],
    ['from=2020-03-02T00:00:00Z&to=2026-03-01T00:00:00Z', 'from'],
    ['from=0001-03-02T00:00:00Z&to=2026-03-01T00:00:00Z', 'from'],
    ['timeZone=Mars/Olympus', 'timeZone'],
    ['campaignId=nobody', 'campaignId'],
    ['agentId[$ne]=1', 'agentId'],
    ['colour=red', 'colour'],
  ] as const) {
    const { status, body } = await ask(query);
    t.equal(status, 400, query);
    t.match(JSON.stringify(body.error), field, query);
  }
  const site = await started;
  t.equal((await site.call('GET', '/api/analytics/dashboard')).status, 401);
});

test('a call is in the figures a moment after it ended, and everybody is told how things stand', async t => {
  const site = await started;
  const ticks: MetricsTick[] = [];
  const moments: number[] = [];
  t.teardown(
    site.app.operations.events.on('metrics.tick', tick => {
      ticks.push(tick);
      moments.push(performance.now());
    }),
  );
  const place = async (final: string) => {
    const sid = newSid();
    const call = await site.attempt({ sid, state: 'queued' });
    const path = `/call-status-callback?attempt=${call._id.toHexString()}`;
    await site.ask(path, statusOf(sid, 'ringing', 1));
    if (final === 'completed') await site.ask(path, statusOf(sid, 'in-progress', 2));
    if (final !== 'live') await site.ask(path, statusOf(sid, final, 3, { CallDuration: '30' }));
    return call;
  };
  const live = await place('live');
  await site.eventually(() => ticks.some(({ activeCalls }) => activeCalls === 1), 'a live call in a tick');
  await Promise.all(['completed', 'busy', 'busy'].map(place));
  await site.eventually(() => ticks.some(({ callsToday }) => callsToday === 3), 'three calls in a tick');
  t.match(ticks.at(-1), {
    activeCalls: 1,
    callsToday: 3,
    answeredToday: 1,
    averageDurationSeconds: 30,
    latency: { p50: 0, p95: 0, firstWord: 0 },
    spendToday: { amount: '0.0215', currency: 'USD' },
    campaignsRunning: 0,
    processes: [{ id: site.app.operations.processId, sessions: 0 }],
  });
  t.ok(ticks.at(-1)!.peak >= 1);
  const gaps = moments.slice(1).map((moment, index) => moment - moments[index]!);
  t.ok(Math.min(...gaps) > 900, `never more often than once a second: ${gaps.map(Math.round)}`);

  const { body } = await ask('');
  t.match(body.totals, { calls: 3, answered: 1, active: 1, outcomes: { busy: 2 }, totalDurationSeconds: 30 });
  t.match(body.last24h, { calls: 3 });
  t.same((await ask(`agentId=${live.agentId!.toHexString()}`)).body.totals.calls, 3);
  t.same((await ask(`agentId=${'0'.repeat(24)}`)).body.totals, { ...zeros, active: 0 });
  t.same((await ask(`campaignId=${'0'.repeat(24)}`)).body.totals, { ...zeros, active: 0 });

  // Refused before anybody was dialled, a call has ended as well.
  const refused = await site.attempt();
  await site.calls.refuse(refused._id, new Date(), { state: 'failed', outcome: 'failed' });
  await site.eventually(async () => (await ask('')).body.totals.calls === 4, 'the refused one, too');
});
