import { Types } from 'mongoose';
import { test } from 'tap';
import { createRollupReader } from '../../src/analytics/rollup-reader.ts';
import { createCampaignProgress } from '../../src/campaigns/campaign-progress.ts';
import type { DiallingCampaign } from '../../src/campaigns/next-calls.ts';
import { nextOf } from '../../src/campaigns/next-calls.ts';
import { campaignDesk, phone, until } from './campaign-desk.ts';

const now = Date.parse('2026-03-02T13:00:00Z'); // a Monday; 07:00 in Chicago
const at = (text: string) => new Date(`2026-03-${text}Z`);
const daily = (timeZone: string, from: string, to: string) => ({
  timeZone,
  windows: [0, 1, 2, 3, 4, 5, 6].map(day => ({ day, from, to })),
});
const campaign = (name: string, fields: Partial<DiallingCampaign> = {}): DiallingCampaign => ({
  id: `id of ${name}`,
  name,
  state: 'running',
  schedule: null,
  hasAnyHours: false,
  due: { first: at('02T12:00:00'), last: at('09T12:00:00'), zone: null },
  ...fields,
});
const due = (first: string, zone: string | null = null) => ({ first: at(first), last: at(first), zone });

test('the next calls follow those who wait, their clocks and the windows', async t => {
  const cases: [what: string, campaigns: DiallingCampaign[], expected: object][] = [
    ['nobody waits', [campaign('a', { due: null })], { state: 'nobody-waits', at: null, campaign: null }],
    ['somebody is due', [campaign('a')], { state: 'now', at: null, campaign: { id: 'id of a', name: 'a' } }],
    ['people are being added', [campaign('a', { state: 'starting', due: null })], { state: 'now' }],
    ['somebody is due later', [campaign('a', { due: due('02T15:30:00') })], { state: 'later', at: '2026-03-02T15:30' }],
    [
      'by the clock of whoever is first the usual hours have not begun',
      [campaign('a', { due: due('02T12:00:00', 'America/Chicago') })],
      { state: 'later', at: '2026-03-02T15:00', timeZone: 'America/Chicago' },
    ],
    [
      'an emergency has no hours',
      [campaign('a', { hasAnyHours: true, due: due('02T12:00:00', 'America/Chicago') })],
      { state: 'now' },
    ],
    [
      'a window by one clock has not begun',
      [campaign('a', { schedule: daily('Europe/Berlin', '16:00', '17:00') })],
      { state: 'later', at: '2026-03-02T15:00', timeZone: 'Europe/Berlin' },
    ],
    [
      'whoever is due after the window waits for the next',
      [campaign('a', { schedule: daily('UTC', '13:00', '14:00'), due: due('02T14:30:00') })],
      { state: 'later', at: '2026-03-03T13:00' },
    ],
    [
      'a schedule that is over brings no calls',
      [campaign('a', { schedule: { ...daily('UTC', '09:00', '17:00'), endsAt: '2026-03-01' } })],
      { state: 'nobody-waits' },
    ],
    [
      'the first of several',
      [campaign('late', { due: due('02T18:00:00') }), campaign('early', { due: due('02T15:30:00') })],
      { state: 'later', at: '2026-03-02T15:30', campaign: { name: 'early' } },
    ],
  ];
  for (const [what, campaigns, expected] of cases) {
    const { at: moment, ...rest } = nextOf(campaigns, now);
    t.match({ ...rest, at: moment?.slice(0, 16) ?? null }, expected, what);
  }
});

test('whoever sees live calls is told when the next ones come, and lists say when campaigns finish', async t => {
  const { app, call, make, request, token } = await campaignDesk(t);
  const made = await call('POST', '/api/users', { email: 'v@example.com', role: 'viewer' });
  const login = { email: 'v@example.com', password: made.body.password };
  const viewer = (await request('POST', '/api/auth/login', { body: login })).body.accessToken;
  const next = async () => (await request('GET', '/api/campaigns/next-calls', { token: viewer })).body.next;
  t.same(await next(), { state: 'nothing-runs', at: null, timeZone: null, campaign: null, paused: 0 });

  const { id } = await make({ pace: { callsPerSecond: 10 } });
  const dueAt = new Date(Date.now() + 5 * 86_400_000);
  const { contacts } = await app.contacts.add([{ phone: phone(1) }, { phone: phone(2) }], { origin: 'api', by: 't' });
  for (const [index, each] of contacts.entries())
    await app.campaigns.people.create({
      campaignId: new Types.ObjectId(id),
      contactId: new Types.ObjectId(each.id),
      phone: each.phone,
      dueAt: new Date(dueAt.getTime() + index * 3_600_000),
    } as never);
  await call('POST', `/api/campaigns/${id}/start`);
  await until('its people are counted', async () => (await next()).state === 'later');
  const told = { state: 'later', at: dueAt.toISOString(), campaign: { id, name: 'Spring reminders' }, paused: 0 };
  t.match(await next(), told);

  const { stats } = (await call('GET', `/api/campaigns/${id}/stats`)).body;
  t.equal(stats.estimatedEndAt, new Date(dueAt.getTime() + 3_600_000).toISOString());
  const { estimatedEndAt, spend } = stats;
  const idle = await make();
  const [fresh, running] = (await call('GET', '/api/campaigns')).body.items;
  t.match(fresh, { id: idle.id, progress: null, estimatedEndAt: null, spend: null });
  t.match(running, { id, progress: { waiting: 2 }, estimatedEndAt, spend });
  const few = (await call('GET', '/api/campaigns?fields=estimatedEndAt&state=running')).body.items;
  t.same(few, [{ estimatedEndAt }], 'and these fields alone');

  const [first, second] = contacts.map(each => each.id);
  const callWith = async (contactId: string | undefined, outcome: string) => {
    const parties = { direction: 'outbound', to: phone(1), from: phone(9), contactId: new Types.ObjectId(contactId) };
    const over = { state: 'completed', outcome, endedAt: new Date() };
    return (await app.callRecords.calls.create({ ...parties, ...over } as never))._id.toHexString();
  };
  await callWith(first, 'no-answer');
  const newest = await callWith(first, 'busy');
  const listed = (await request('GET', '/api/contacts', { token: viewer })).body.items;
  const of = (contactId: string | undefined) => listed.find((each: { id: string }) => each.id === contactId);
  const nextCall = { at: dueAt.toISOString(), campaignId: id, campaignName: 'Spring reminders' };
  t.match(of(first), { lastCall: { id: newest, outcome: 'busy', at: String }, nextCall });
  t.match(of(second), { lastCall: null, nextCall: { campaignId: id } });
  const bare = (await call('GET', '/api/contacts?fields=phone')).body.items;
  t.same(Object.keys(bare[0]), ['phone'], 'whoever asks for fields gets these');

  await request('PUT', '/api/admin/kill-switch', { token, body: { on: true } });
  t.match(await next(), { state: 'calling-stopped', at: null, campaign: null });
  await request('PUT', '/api/admin/kill-switch', { token, body: { on: false } });
  await call('POST', `/api/campaigns/${id}/pause`);
  await until('it is paused', async () => (await next()).state === 'nothing-runs');
  t.match((await call('GET', '/api/contacts')).body.items, [{ nextCall: null }, { nextCall: null }], 'none calls them');
  t.match(await next(), { paused: 1 });
  t.equal((await call('GET', '/api/campaigns?fields=estimatedEndAt')).body.items[1].estimatedEndAt, null);
});

test('a page of campaigns costs as many questions as one of them', async t => {
  const asked: string[] = [];
  const note = (what: string) => async () => {
    asked.push(what);
    return [] as never;
  };
  const log = { standing: async () => ({ generation: 1 }) as never };
  const rollups = { heads: note('heads'), packedDays: note('packed'), whole: note('whole'), packLater: note('later') };
  const reader = createRollupReader(rollups, log);
  const { listed } = createCampaignProgress({
    tallies: { ofMany: note('tallies') },
    figuresOfMany: async (lives: readonly { id: string }[]) => {
      const sums = await reader.sums(lives.map(({ id }) => ({ scope: `${id}/-`, fromMs: now, toMs: now + 3_600_000 })));
      return sums.map(sum => sum.figures('USD'));
    },
    timeZone: 'UTC',
    now: () => new Date(now),
  } as never);
  const running = Array.from({ length: 5 }, (_, index) => ({
    id: `6740a1b2c3d4e5f60718293${index}`,
    state: 'running' as const,
    pace: { callsPerSecond: 1, maxConcurrent: 5 },
    schedule: null,
    startedAt: new Date(now).toISOString(),
    endedAt: null,
  }));
  const found = await listed(running);
  t.same(asked.sort(), ['heads', 'tallies']);
  t.equal(found.size, 5);
  t.match(found.get(running[4]!.id), { progress: null, estimatedEndAt: null, spend: { amount: '0.00' } });
});

test('when a campaign would end at another pace is told, and its own stays', async t => {
  const { app, call, make } = await campaignDesk(t);
  const { id } = await make({ pace: { callsPerSecond: 10 } });
  const dueAt = new Date(Date.now() + 600_000);
  const { contacts } = await app.contacts.add([{ phone: phone(1) }, { phone: phone(2) }], { origin: 'api', by: 't' });
  for (const each of contacts)
    await app.campaigns.people.create({
      campaignId: new Types.ObjectId(id),
      contactId: new Types.ObjectId(each.id),
      phone: each.phone,
      dueAt,
    } as never);
  await call('POST', `/api/campaigns/${id}/start`);
  const stats = async (query = '') => (await call('GET', `/api/campaigns/${id}/stats${query}`)).body.stats;
  // At its own pace, which is fast enough for that.
  await until('it ends with the last of them', async () => (await stats()).estimatedEndAt === dueAt.toISOString());
  const slow = Date.parse((await stats('?callsPerSecond=0.001')).estimatedEndAt);
  t.ok(slow >= Date.now() + 2_000_000 - 1_000, 'a thousand seconds for each');
  t.match((await call('GET', `/api/campaigns/${id}`)).body.campaign.pace, { callsPerSecond: 10 });
  const { status, body } = await call('GET', `/api/campaigns/${id}/stats?callsPerSecond=0`);
  t.match([status, body.error.code, JSON.stringify(body.error)], [400, 'VALIDATION_FAILED', /callsPerSecond/]);
});
