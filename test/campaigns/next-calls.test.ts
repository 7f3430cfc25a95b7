import { type mongo, Types } from 'mongoose';
import { test } from 'tap';
import { createRollupReader } from '../../src/analytics/rollup-reader.ts';
import { createCampaignProgress } from '../../src/campaigns/campaign-progress.ts';
import type { DiallingCampaign } from '../../src/campaigns/next-calls.ts';
import { nextOf } from '../../src/campaigns/next-calls.ts';
import { openingOf } from '../../src/campaigns/next-opening.ts';
import { explain } from '../helpers/query-plans.ts';
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
      'whoever is due was looked at, and has to wait for their hours',
      [campaign('a', { opening: { at: Date.parse('2026-03-02T15:00:00Z'), zone: 'America/Chicago', about: true } })],
      { state: 'later', at: '2026-03-02T15:00', timeZone: 'America/Chicago', about: true },
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
  t.same(await next(), { state: 'nothing-runs', at: null, timeZone: null, about: false, campaign: null, paused: 0 });

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

test('whoever is due and was not judged yet is looked at by their own clock', async t => {
  const { app, call, make } = await campaignDesk(t);
  const openAt = async (contentClass: string, zones: readonly (string | undefined)[], clock: string, due: string) => {
    const { id } = await make({
      contentClass,
      ...(contentClass === 'emergency' ? { emergencyReason: 'A test.' } : {}),
    });
    const people = zones.map((timeZone, index) => ({ phone: phone(index), ...(timeZone ? { timeZone } : {}) }));
    const { contacts } = await app.contacts.add(people, { origin: 'api', by: 't' });
    for (const each of contacts)
      await app.campaigns.people.create({
        campaignId: new Types.ObjectId(id),
        contactId: new Types.ObjectId(each.id),
        phone: each.phone,
        dueAt: new Date(due),
      } as never);
    const campaign = (await app.campaigns.repository.findById(id))!;
    const parts = { people: app.campaigns.people, contacts: app.contacts, defaultCountry: 'US', mostMinutes: 10 };
    const found = await openingOf(campaign, new Date(clock), parts);
    for (const each of contacts) await call('DELETE', `/api/contacts/${each.id}`);
    return found && { ...found, at: new Date(found.at).toISOString() };
  };
  // 212 is New York; 07:00 there, and 13:00 in Paris, is before anybody may be called by both clocks.
  const seven = '2026-03-02T12:00:00Z';
  const yesterday = '2026-03-01T12:00:00Z';
  const nine = { at: '2026-03-02T14:00:00.000Z', zone: 'America/New_York', about: false };
  t.same(await openAt('informational', [undefined, undefined], seven, yesterday), nine);
  t.match(await openAt('emergency', [undefined], seven, yesterday), { at: '2026-03-02T12:00:00.000Z' }, 'at any hour');
  t.match(await openAt('informational', ['America/Denver'], seven, yesterday), {
    at: '2026-03-02T16:00:00.000Z',
    zone: 'America/Denver',
  });
  t.match(
    await openAt('informational', ['America/Denver', undefined], seven, yesterday),
    nine,
    'the first of them, wherever they are',
  );
  t.match(await openAt('informational', [undefined], '2026-03-02T15:00:00Z', yesterday), {
    at: '2026-03-02T15:00:00.000Z',
  });
  t.match(await openAt('informational', [undefined], seven, '2026-03-02T18:30:00Z'), {
    at: '2026-03-02T18:30:00.000Z',
  });
  t.same(await openAt('informational', [], seven, yesterday), null, 'nobody waits');
});

test('a campaign that runs by everybody’s clock never says that calls come at once while they wait for their hours', async t => {
  const { call, make, add, state } = await campaignDesk(t);
  const day = (new Date().getUTCDay() + 3) % 7;
  const schedule = { timeZone: 'contact', windows: [{ day, from: '12:00', to: '13:00' }] };
  const { id } = await make({ schedule, pace: { callsPerSecond: 0.001 } });
  await add(id, ...Array.from({ length: 40 }, (_, index) => phone(index)));
  const waiting = async () => (await call('GET', `/api/campaigns/${id}/stats`)).body.stats.waiting;
  await until('its people are counted', async () => (await waiting()) === 40);
  await call('POST', `/api/campaigns/${id}/start`);
  await until('it runs', async () => (await state(id)) === 'running');
  const { next } = (await call('GET', '/api/campaigns/next-calls')).body;
  t.match(next, { state: 'later', campaign: { id } });
  t.equal(new Date(next.at).getUTCDay(), day);
});

test('who is called next stands in the order of the queue, and no more are read than are shown', async t => {
  const { app, call, make } = await campaignDesk(t);
  const { id } = await make();
  const campaignId = new Types.ObjectId(id);
  const soon = Date.now() + 3_600_000;
  const { contacts } = await app.contacts.add([{ phone: phone(1), name: 'Ada Example' }], { origin: 'api', by: 't' });
  const person = (index: number, fields: object) => ({
    campaignId,
    contactId: index === 1 ? new Types.ObjectId(contacts[0]!.id) : new Types.ObjectId(),
    phone: phone(index),
    ...fields,
  });
  const dueAt = new Date(Date.now() - 60_000);
  await app.campaigns.people.createMany([
    person(1, { dueAt: new Date(soon + 60_000), attempts: 1, lastOutcome: 'busy' }),
    person(2, { dueAt: new Date(soon) }),
    person(3, { dueAt }),
    person(4, { dueAt, priority: 5 }),
    person(5, { dueAt, bookedFor: dueAt }),
    person(6, { dueAt: new Date(Date.now() - 24 * 3_600_000) }),
    person(7, { dueAt, state: 'done' }),
    ...Array.from({ length: 400 }, (_, index) => person(10 + index, { dueAt: new Date(soon + 7_200_000) })),
  ] as never);
  const client = app.store.connection.getClient() as unknown as mongo.MongoClient;
  const observed: Record<string, unknown>[] = [];
  const observe = ({ commandName, command }: mongo.CommandStartedEvent) => {
    const { find, filter, sort, limit } = command;
    // Of this question alone: the dialer and the tally look at the queue, too.
    if (commandName === 'find' && find === 'campaignContacts' && limit > 0 && limit <= 6)
      observed.push({ find, filter, limit, sort: Object.fromEntries(sort ?? []) });
  };
  client.on('commandStarted', observe);
  const { status, body } = await call('GET', `/api/campaigns/${id}/contacts/next?limit=6`);
  t.equal(status, 200);
  t.same(
    body.items.map((each: { phone: string }) => each.phone),
    [5, 6, 4, 3, 2, 1].map(phone),
    'booked, overdue, by priority, then by time',
  );
  t.match(body.items[5], { name: 'Ada Example', attempts: 1, lastOutcome: 'busy', dueAt: String });
  client.off('commandStarted', observe);
  t.ok(
    observed.some(({ sort }) => JSON.stringify(sort) === '{"dueAt":1}'),
    'those who are due later were asked for',
  );
  for (const find of observed) {
    const { examined } = await explain(app.store.link.database, find);
    t.ok(examined <= 7, `${examined}: ${JSON.stringify(find)}`);
  }
  t.equal((await call('GET', '/api/campaigns/6740a1b2c3d4e5f60718293a/contacts/next')).status, 404);
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
