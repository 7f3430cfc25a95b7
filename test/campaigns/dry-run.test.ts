import { test } from 'tap';
import { assumed } from '../../src/campaigns/dry-run.routes.ts';
import { dryRun } from '../../src/campaigns/dry-run.ts';
import type { DryPerson, DryPlan } from '../../src/campaigns/dry-run.types.ts';
import { judgeRun } from '../../src/campaigns/judge.ts';
import { startApp } from '../helpers/app.ts';
import { recordOf } from '../helpers/judge-record.ts';
import { verdictOf } from './step-world.ts';

/** A Monday, 11:00 in Chicago. */
const monday = Date.parse('2026-11-23T17:00:00Z');
const hour = 3_600_000;
const API_KEY = 'an-invented-key-of-a-test'; // allow-secret: invented

const people = (count: number, more: Partial<DryPerson> = {}): DryPerson[] =>
  Array.from({ length: count }, (_, index) => ({
    contactId: `p${index}`,
    phone: `+1312555${String(index).padStart(4, '0')}`,
    priority: 0,
    dueAt: monday,
    bookedFor: null,
    attempts: 0,
    outcomes: [],
    ...more,
  }));
const talks = [{ outcome: 'conversation', share: 1, seconds: 60 }];
const plan = (more: Partial<DryPlan> = {}): DryPlan => ({
  campaignId: 'c',
  people: people(10),
  callsPerSecond: 1,
  accountCallsPerSecond: 10,
  maxConcurrent: 100,
  retry: null,
  assumptions: talks,
  seed: 1,
  from: monday,
  until: monday + 7 * 24 * hour,
  ...more,
});
const yes = { judge: () => verdictOf({ allowed: true }), breathe: async () => {} };
const times = ({ dials }: Awaited<ReturnType<typeof dryRun>>) => dials.map(({ at }) => (at - monday) / 1_000);

test('people are dialled at the campaign’s pace, the account’s, and as places allow', async t => {
  t.same(times(await dryRun(plan({ people: people(4) }), yes)), [0, 1, 2, 3]);
  t.same(times(await dryRun(plan({ people: people(3), callsPerSecond: 0.1 }), yes)), [0, 10, 20]);
  t.same(times(await dryRun(plan({ people: people(3), accountCallsPerSecond: 0.5 }), yes)), [0, 2, 4]);
  t.same(times(await dryRun(plan({ people: people(3), maxConcurrent: 1 }), yes)), [0, 60, 120]);
  const result = await dryRun(plan({ people: people(4) }), yes);
  t.match(result, { dialled: 4, left: 0, byOutcome: { conversation: 4 }, notDialled: [] });
  t.match(result.hours, [{ hour: '2026-11-23T17:00:00.000Z', dialled: 4, byTry: { first: 4, second: 0, later: 0 } }]);
  t.equal(result.endsAt, monday + 63_000);
});

test('the order is the queue’s: booked first, then those due for 20 hours, then by priority', async t => {
  const [one, two, three, four] = people(4);
  const waiting = [
    { ...one!, priority: 1 },
    { ...two!, priority: 9 },
    { ...three!, dueAt: monday - 21 * hour },
    { ...four!, bookedFor: monday - 1 },
  ];
  const { dials } = await dryRun(plan({ people: waiting }), yes);
  t.same(
    dials.map(({ contactId }) => contactId),
    ['p3', 'p2', 'p1', 'p0'],
  );
});

test('attempts are repeated as the campaign says, and the same seed gives the same run', async t => {
  const busy = [{ outcome: 'busy', share: 1, seconds: 5 }];
  const retry = { maxAttempts: 3, afterMinutes: { busy: [10, 60] } };
  const result = await dryRun(plan({ people: people(1), assumptions: busy, retry }), yes);
  t.same(times(result), [0, 605, 4_210]);
  t.match(result, { dialled: 3, left: 0 });
  const tries = result.hours.map(({ byTry }) => [byTry.first, byTry.second, byTry.later]);
  t.same(
    tries,
    [
      [1, 1, 0],
      [0, 0, 1],
    ],
    'each hour tells first tries from repeated ones',
  );
  const mixed = [...talks, { outcome: 'no-answer', share: 1, seconds: 20 }];
  const drawn = async (seed: number) =>
    (await dryRun(plan({ people: people(40), assumptions: mixed, seed }), yes)).dials
      .map(({ outcome }) => outcome)
      .join();
  t.equal(await drawn(1), await drawn(1));
  t.not(await drawn(1), await drawn(2));
});

test('who is not dialled is told by code with examples; who must wait is asked again when it is time', async t => {
  const result = await dryRun(plan({ people: people(9) }), {
    ...yes,
    judge: ({ person }, at) => {
      if (person.contactId === 'p1')
        return verdictOf({ code: 'SUPPRESSED', message: 'They opted out.', permanent: true });
      if (person.contactId !== 'p2' || at >= monday + hour) return verdictOf({ allowed: true });
      return verdictOf({ code: 'OUTSIDE_HOURS', dueAt: new Date(monday + hour).toISOString() });
    },
  });
  t.match(result, { dialled: 8, left: 0 });
  t.same(result.notDialled, [{ code: 'SUPPRESSED', message: 'They opted out.', people: 1, examples: ['p1'] }]);
  t.equal(result.dials.at(-1)!.at, monday + hour);
  t.same(result.standing, {
    dialable: 7,
    rules: [
      { code: 'SUPPRESSED', message: 'They opted out.', people: 1, waits: false },
      { code: 'OUTSIDE_HOURS', message: 'This person may not be called now.', people: 1, waits: true },
    ],
  });
  const again = await dryRun(plan({ people: people(2, { dueAt: monday + hour }) }), yes);
  t.match(again.standing, { dialable: 0, rules: [{ code: 'NOT_DUE', people: 2, waits: true }] });
  const short = await dryRun(plan({ people: people(100), until: monday + 50_000 }), yes);
  t.match(short, { left: Number, endsAt: null, notDialled: [{ code: 'NOT_REACHED' }] });
  t.equal(short.dialled + short.notDialled[0]!.people, 100);
});

test('what it dials passes the judge of real runs', async t => {
  const { dials } = await dryRun(plan({ people: people(300), callsPerSecond: 5, maxConcurrent: 20 }), yes);
  const phones = new Map(people(300).map(({ contactId, phone }) => [contactId, phone]));
  const settings = {
    from: 0,
    contentClass: 'telemarketing',
    schedule: null,
    callsPerSecond: 5,
    maxConcurrent: 20,
    maxAttempts: 4,
  };
  const judgement = await judgeRun(
    recordOf({
      campaign: { id: 'c', name: 'Dry', settings: [settings], running: null },
      installation: { callsPerSecond: 10, caps: { perDay: 1, perWeek: 3 }, stopped: [] },
      now: monday + 24 * hour,
      calls: dials.map(({ at, contactId, outcome, seconds }, index) => ({
        id: String(index),
        to: phones.get(contactId)!,
        campaignId: 'c',
        contactId,
        sid: `CA${index}`,
        dialledAt: at,
        endedAt: at + seconds * 1_000,
        outcome,
      })),
    }),
  );
  t.match(judgement, { verdict: 'pass', calls: 300 });
});

test('ten thousand people are run through in slices, so that others have their turn', async t => {
  let longest = 0;
  let since = performance.now();
  const breathe = async () => {
    if (performance.now() - since < 10) return;
    longest = Math.max(longest, performance.now() - since);
    await new Promise(resolve => setImmediate(resolve));
    since = performance.now();
  };
  const { dialled } = await dryRun(plan({ people: people(9_999), callsPerSecond: 30, accountCallsPerSecond: 30 }), {
    ...yes,
    breathe,
  });
  t.equal(dialled, 9_999);
  t.ok(longest < 1_000, `${Math.round(longest)} ms at a time`);
});

test('shares are read, and what is wrong is named', t => {
  t.match(assumed('conversation:1,busy:3'), [
    { outcome: 'conversation', share: 1 },
    {},
    {},
    { outcome: 'busy', share: 3 },
    {},
  ]);
  t.throws(() => assumed('maybe:1'), { code: 'VALIDATION_FAILED', message: /^shares may name conversation/ });
  t.throws(() => assumed('busy:0'), { code: 'VALIDATION_FAILED' });
  t.end();
});

test('over the API: the real rules, hour by hour, for the people of a campaign', async t => {
  const now = () => new Date(monday + Date.now() - began);
  const began = Date.now();
  const { call } = await startApp(t, { env: { API_KEY, COMPANY_NAME: 'Northwind Dental' }, now });
  const api = (method: string, path: string, body?: unknown) =>
    call(method, path, { token: API_KEY, ...(body === undefined ? {} : { body }) });
  const made = await api('POST', '/api/campaigns', { name: 'Dry', contentClass: 'informational', record: false });
  t.equal(made.status, 201, JSON.stringify(made.body));
  const { id } = made.body.campaign;
  const consent = { kind: 'express', at: '2026-01-05T10:00:00Z', source: 'form on the site' };
  const contacts = [
    { phone: '+13125550142', consent },
    { phone: '+13125550143', consent },
    { phone: '+14155550144', consent },
    { phone: '+13125550145' },
  ];
  t.match(await api('POST', `/api/campaigns/${id}/contacts`, { contacts }), { body: { added: 4 } });
  const look = async (query = '') => (await api('GET', `/api/campaigns/${id}/dry-run${query}`)).body.dryRun;
  const dry = await look('?shares=conversation:1&days=2');
  t.match(dry, {
    people: 4,
    sampledOneOf: 1,
    dialled: 3,
    byOutcome: { conversation: 3 },
    left: 0,
    spend: { currency: 'USD' },
  });
  t.ok(dry.spend.amount > 0);
  t.match(dry.notDialled, [{ code: 'NO_CONSENT', people: 1, examples: [String] }]);
  t.match(dry.hours[0], { hour: '2026-11-23T17:00:00.000Z', dialled: 3, byTry: { first: 3, second: 0, later: 0 } });
  t.match(dry.hoursThere, [
    { hour: '2026-11-23T09:00', dialled: 1 },
    { hour: '2026-11-23T11:00', dialled: 2, byTry: { first: 2 } },
  ]);
  t.match(dry.standing, { dialable: 3, rules: [{ code: 'NO_CONSENT', people: 1, waits: false }] });
  t.same(await look('?shares=conversation:1&days=2').then(({ hours }) => hours), dry.hours);
  t.equal((await api('GET', `/api/campaigns/${id}/dry-run?shares=maybe:1`)).status, 400);
  t.equal((await api('GET', `/api/campaigns/${'0'.repeat(24)}/dry-run`)).status, 404);
});
