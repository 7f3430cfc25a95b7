import { test } from 'tap';
import { judgeRun } from '../../src/campaigns/judge.ts';
import type {
  JudgedCall,
  JudgedCampaign,
  JudgedDial,
  JudgedSettings,
  JudgeRule,
} from '../../src/campaigns/judge-facts.ts';
import { type Run, recordOf } from '../helpers/judge-record.ts';

/** A Monday, 11:00 in Chicago. */
const monday = Date.parse('2026-11-23T17:00:00Z');
const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

const settings: JudgedSettings = {
  from: 0,
  contentClass: 'telemarketing',
  schedule: null,
  callsPerSecond: 5,
  maxConcurrent: 3,
  maxAttempts: 4,
};
const campaign: JudgedCampaign = {
  id: 'c1',
  name: 'Recall',
  settings: [settings],
  running: [{ from: monday - minute, to: null }],
};
const installation = { callsPerSecond: 10, caps: { perDay: 3, perWeek: 7 }, stopped: [] };

let made = 0;
const phoneOf = (index: number) => `+1312555${String(index).padStart(4, '0')}`;

/** A call of the campaign to a number in Chicago, over after a tenth of a second. */
function call(at: number, more: Partial<JudgedCall> = {}): JudgedCall {
  made += 1;
  return {
    id: `call-${made}`,
    to: phoneOf(made),
    campaignId: 'c1',
    contactId: `person-${made}`,
    sid: `CA${made}`,
    dialledAt: at,
    endedAt: at + 100,
    outcome: 'no-answer',
    ...more,
  };
}

const run = (calls: JudgedCall[], more: Partial<Run> = {}) =>
  judgeRun(recordOf({ campaign, installation, now: monday + day, calls, ...more }));

/** What is broken: each rule with how often. */
async function breaches(calls: JudgedCall[], more: Partial<Run> = {}): Promise<Partial<Record<JudgeRule, number>>> {
  const judgement = await run(calls, more);
  const broken = judgement.rules.filter(({ result }) => result === 'fail');
  if ((judgement.verdict === 'fail') !== broken.length > 0) throw new Error('verdict and rules disagree');
  return Object.fromEntries(broken.map(({ rule, violations }) => [rule, violations]));
}

const everySecond = (count: number, gapMs: number, more: Partial<JudgedCall> = {}) =>
  Array.from({ length: count }, (_, index) => call(monday + index * gapMs, more));

test('a run in order passes every rule', async t => {
  const calls = everySecond(50, 200);
  const judgement = await run(calls, {
    people: [{ contactId: 'p', phone: phoneOf(1), state: 'waiting', dueAt: monday + 23 * hour }],
  });
  t.match(judgement, { verdict: 'pass', calls: 50, numbers: 50, people: 1, campaignId: 'c1', name: 'Recall' });
  t.same(
    judgement.rules.filter(({ result }) => result !== 'pass'),
    [],
  );
  t.ok(judgement.rules.find(({ rule }) => rule === 'pace')!.checked === 50);
});

test('each breach is named: when, which call, which person, and why', async t => {
  const wrong = call(monday - 10 * hour, { id: 'early', contactId: 'p1' });
  const { rules } = await run([wrong], { campaign: { ...campaign, running: null } });
  t.match(rules.find(({ rule }) => rule === 'windows')!.examples, [
    {
      rule: 'windows',
      at: '2026-11-23T07:00:00.000Z',
      callId: 'early',
      contactId: 'p1',
      message: 'dialled at 2026-11-23 01:00 in America/Chicago, outside of the hours that the law leaves there',
    },
  ]);
});

test('windows: by the law of the number’s place, the campaign’s schedule, and the zone of the person', async t => {
  const free = { ...campaign, running: null };
  const at = async (time: string, set: Partial<JudgedSettings> = {}, more: Partial<Run> = {}, to = phoneOf(7)) => {
    const judged = { ...free, settings: [{ ...settings, ...set }] };
    return (await breaches([call(Date.parse(time), { to })], { campaign: judged, ...more })).windows ?? 0;
  };
  t.equal(await at('2026-11-23T13:30:00Z'), 1, '07:30');
  t.equal(await at('2026-11-23T16:30:00Z'), 0, '10:30');
  t.equal(await at('2026-11-24T03:30:00Z'), 1, '21:30');
  t.equal(await at('2026-11-24T03:30:00Z', { contentClass: 'emergency' }), 0, 'an emergency has no hours');
  const weekdays = [1, 2, 3, 4, 5].map(each => ({ day: each, from: '10:00', to: '12:00' }));
  const schedule = { timeZone: 'contact', windows: weekdays };
  t.equal(await at('2026-11-23T16:30:00Z', { schedule }), 0, '10:30 on a Monday');
  t.equal(await at('2026-11-23T18:00:00Z', { schedule }), 1, '12:00');
  t.equal(await at('2026-11-22T17:30:00Z', { schedule }), 1, 'a Sunday');
  t.equal(
    await at('2026-11-23T16:30:00Z', { schedule: { ...schedule, timeZone: 'America/New_York' } }),
    0,
    '11:30 in New York',
  );
  t.equal(
    await at('2026-11-23T17:30:00Z', { schedule: { ...schedule, timeZone: 'America/New_York' } }),
    1,
    '12:30 in New York',
  );
  t.equal(
    await at('2026-11-23T16:30:00Z', { schedule: { ...schedule, startsAt: '2026-11-24' } }),
    1,
    'before it starts',
  );
  t.equal(await at('2026-11-23T16:30:00Z', { schedule: { ...schedule, endsAt: '2026-11-23' } }), 0, 'on its last day');
  t.equal(await at('2026-11-24T16:30:00Z', { schedule: { ...schedule, endsAt: '2026-11-23' } }), 1, 'after its end');
  t.equal(await at('2026-11-26T16:30:00Z', { schedule: { ...schedule, holidays: ['US'] } }), 1, 'Thanksgiving');
  t.equal(
    await at('2026-11-23T16:30:00Z', { schedule: { ...schedule, holidays: ['2026-11-23'] } }),
    1,
    'a day it names',
  );
  const night = { timeZone: 'contact', windows: [{ day: 0, from: '22:00', to: '11:00' }] };
  t.equal(await at('2026-11-23T16:30:00Z', { schedule: night }), 0, 'the morning after a window over midnight');
  t.equal(await at('2026-11-24T16:30:00Z', { schedule: night }), 1, 'a day later');

  const numbers = (zone: object) => ({ numbers: { [phoneOf(7)]: zone } }) as Partial<Run>;
  const pacific = { zone: { name: 'America/Los_Angeles', changedAt: 0 } };
  t.equal(await at('2026-11-23T15:30:00Z', {}, numbers(pacific)), 1, '07:30 where the person lives');
  t.equal(await at('2026-11-23T17:30:00Z', {}, numbers(pacific)), 0, '09:30 there');
  const booked = { bookings: [Date.parse('2026-11-23T13:15:00Z')] };
  t.equal(await at('2026-11-23T13:30:00Z', {}, numbers(booked)), 0, 'they asked for it');
  t.equal(await at('2026-11-23T13:46:00Z', {}, numbers(booked)), 1, 'over half an hour after it');
  t.equal(await at('2026-11-23T13:10:00Z', {}, numbers(booked)), 1, 'before it');
  t.equal(await at('2026-11-23T16:30:00Z', {}, {}, '+12425550142'), 1, 'nothing tells where they are');

  const moved = { zone: { name: 'America/Los_Angeles', changedAt: monday + day } };
  const judgement = await run([call(Date.parse('2026-11-23T15:30:00Z'), { to: phoneOf(7) })], {
    campaign: free,
    ...numbers(moved),
  });
  t.match(judgement.rules[0], { rule: 'windows', result: 'pass', unsure: [/changed after the call/] });
  t.match((await run([call(monday, { to: `hmac-sha256:${'a'.repeat(64)}` })])).rules[0], {
    result: 'not-judged',
    unsure: [/was erased/],
  });
});

test('windows follow the schedule that held when it was dialled', async t => {
  const later = { timeZone: 'contact', windows: [{ day: 1, from: '14:00', to: '15:00' }] };
  const edited = { ...campaign, settings: [settings, { ...settings, from: monday + hour, schedule: later }] };
  t.same(await breaches([call(monday)], { campaign: edited }), {});
  t.same(await breaches([call(monday + hour)], { campaign: edited }), { windows: 1 });
});

test('caps: all calls to the number count, whichever campaign made them', async t => {
  const to = phoneOf(90);
  const earlier = (at: number, more: Partial<JudgedCall> = {}) => call(at, { to, campaignId: 'other', ...more });
  const three = [earlier(monday - 5 * hour), earlier(monday - 3 * hour), earlier(monday - 2 * hour)];
  const ours = call(monday, { to });
  t.same(await breaches([...three.slice(1), ours]), {}, 'the third in a day');
  t.same(await breaches([...three, ours]), { caps: 1 }, 'the fourth');
  t.same(
    await breaches([...three.map(each => ({ ...each, outcome: 'failed' })), ours]),
    {},
    'those that reached nobody count not',
  );
  const strict = { ...installation, caps: { perDay: 1, perWeek: 3 } };
  t.same(await breaches([three[2]!, ours], { installation: strict }), { caps: 1 }, 'what the installation sets');
  const week = [1, 2, 3, 4, 5, 6].map(days => earlier(monday - days * day - hour));
  t.same(await breaches([...week, ours]), {}, 'the seventh in a week');
  t.same(await breaches([...week, earlier(monday - 3 * day), ours]), { caps: 1 }, 'the eighth');
  const florida = '+13055550142';
  const generous = { ...installation, caps: { perDay: 9, perWeek: 9 } };
  const four = [4, 3, 2, 1].map(hours => call(monday - hours * hour, { to: florida, campaignId: 'other' }));
  t.match(
    await breaches([...four, call(monday, { to: florida })], { installation: generous }),
    { caps: 1 },
    'no setting goes beyond the bounds',
  );
});

test('caps: a person is tried as often as the campaign says', async t => {
  const to = phoneOf(91);
  const tries = [4, 3, 2, 1, 0].map(days => call(monday - days * day, { to, contactId: 'p' }));
  const open = { ...campaign, running: null };
  t.same(await breaches(tries.slice(1), { campaign: open }), {});
  const judgement = await run(tries, { campaign: open });
  t.match(
    judgement.rules.find(({ rule }) => rule === 'caps'),
    {
      violations: 1,
      examples: [{ message: 'attempt 5 at the person, where the campaign makes 4' }],
    },
  );
});

test('suppression: nobody is dialled later than a second after it', async t => {
  const one = call(monday);
  const since = (suppressedSince: number) => ({ numbers: { [one.to]: { suppressedSince } } });
  t.same(await breaches([one], since(monday - second)), {});
  t.same(await breaches([one], since(monday - second - 1)), { suppression: 1 });
  t.same(await breaches([one], since(monday + second)), {}, 'before it');
});

test('pace: never more than rate + 1 in any second, of the campaign and of the account', async t => {
  const burst = (count: number, more: Partial<JudgedCall> = {}) => everySecond(count, 100, { ...more });
  t.same(await breaches(burst(6)), {});
  t.same(await breaches(burst(8)), { pace: 2 });
  t.same(
    await breaches([...burst(6, { campaignId: 'other' }), ...burst(6)]),
    { pace: 1 },
    'twelve of the account, the last of them ours',
  );
  t.same(await breaches([...burst(6), ...burst(9, { campaignId: null })]), {}, 'single calls are nobody’s pace');
  const slow = { ...campaign, settings: [{ ...settings, callsPerSecond: 0.1 }] };
  t.same(await breaches(everySecond(10, 10 * second), { campaign: slow }), {});
  t.same(await breaches(everySecond(10, 9 * second), { campaign: slow }), {}, 'a little jitter');
  t.same(await breaches(everySecond(3, 4 * second), { campaign: slow }), { pace: 1 }, 'three in ten seconds');
});

test('pace: an edit counts from when it was made, what was reserved before it for 5 s', async t => {
  const edited = { ...campaign, settings: [settings, { ...settings, from: monday, callsPerSecond: 1 }] };
  const fast = (from: number) => Array.from({ length: 6 }, (_, index) => call(from + index * 200));
  t.same(await breaches(fast(monday), { campaign: edited }), {});
  t.same(await breaches(fast(monday + 10 * second), { campaign: edited }), { pace: 4 });
});

test('at most once: no two live calls to one number, whoever made them', async t => {
  const to = phoneOf(92);
  const first = call(monday, { to, endedAt: monday + minute });
  t.same(await breaches([first, call(monday + minute, { to })]), {});
  t.same(await breaches([first, call(monday + 30 * second, { to })]), { 'at-most-once': 1 });
  t.same(await breaches([first, call(monday + 30 * second, { to, campaignId: 'other' })]), { 'at-most-once': 1 });
  t.same(await breaches([{ ...first, endedAt: null }, call(monday + hour, { to })]), { 'at-most-once': 1 });
});

test('at most once: as many calls for a person as attempts were counted, and none that the carrier alone knows', async t => {
  const to = phoneOf(93);
  const calls = [call(monday, { to, contactId: 'p' }), call(monday + hour, { to, contactId: 'p' })];
  const counted = (attempts: number) => ({ numbers: { [to]: { attempts: new Map([['p', attempts]]) } } });
  t.same(await breaches(calls, counted(2)), {});
  t.same(await breaches(calls, counted(1)), { 'at-most-once': 1 });
  const carrierCalls = calls.map(({ sid, dialledAt }) => ({ sid: sid!, at: dialledAt }));
  t.same(await breaches(calls, { carrierCalls }), {});
  t.same(await breaches(calls, { carrierCalls: [...carrierCalls, { sid: 'CAx', at: monday }] }), { 'at-most-once': 1 });
});

test('concurrency: no more calls at once than the campaign may have', async t => {
  const long = (count: number) => everySecond(count, 10 * second, { endedAt: monday + hour });
  t.same(await breaches(long(3)), {});
  t.same(await breaches(long(4)), { concurrency: 1 });
  const raised = { ...campaign, settings: [settings, { ...settings, from: monday + 15 * second, maxConcurrent: 4 }] };
  t.same(await breaches(long(4), { campaign: raised }), {});
  const lowered = { ...campaign, settings: [settings, { ...settings, from: monday + 16 * second, maxConcurrent: 1 }] };
  t.same(await breaches(long(3), { campaign: lowered }), {}, 'what was let in before goes on');
  t.same(await breaches(everySecond(3, 10 * second, { endedAt: null }), { campaign: lowered }), {});
  t.same(
    await breaches(
      long(3).map((each, index) => ({ ...each, dialledAt: monday + index * 15 * second })),
      { campaign: lowered },
    ),
    {
      concurrency: 1,
    },
  );
});

test('nobody starves: of who waited over a day, nobody who became due later goes before', async t => {
  const turn = (at: number, dueAt: number, more: Partial<JudgedDial> = {}): JudgedDial => ({
    at,
    dueAt,
    contactId: `p${dueAt}`,
    callId: `t${dueAt}`,
    attempt: 1,
    booked: false,
    ...more,
  });
  const calls = [call(monday, { id: 'late', to: phoneOf(94) })];
  const late = (at: number) => turn(at, monday, { callId: 'late' });
  const dialled = (...dials: JudgedDial[]) => breaches(calls, { dials, now: monday + 9 * day });
  const from = monday + 25 * hour;
  t.same(await dialled(turn(from, monday - hour), late(from + minute)), {}, 'all wait long, and go in their order');
  t.same(await dialled(turn(from, monday + hour), late(from + minute)), { 'nobody-starved': 1 }, 'overtaken');
  t.same(await dialled(turn(from, monday + hour, { booked: true }), late(from + minute)), {}, 'by a booked callback');
  t.same(await dialled(turn(monday + 20 * hour, monday + hour), late(from)), {}, 'within the day others may go first');
  t.same(await dialled(turn(from, monday + hour), turn(from + 1, monday - hour), late(from + minute)), {
    'nobody-starved': 2,
  });
  const waiting = { contactId: 'w', phone: phoneOf(95), state: 'waiting' as const, dueAt: monday };
  const one = { dials: [turn(from, monday + hour)], now: from + hour };
  t.same(await breaches(calls, { ...one, people: [waiting] }), { 'nobody-starved': 1 }, 'and waits still');
  t.same(await breaches(calls, { ...one, people: [{ ...waiting, state: 'blocked' }] }), {});
  const paused = {
    ...campaign,
    running: [
      { from: monday - minute, to: monday + second },
      { from: monday + 24 * hour, to: null },
    ],
  };
  t.same(
    await breaches(calls, { ...one, campaign: paused, people: [{ ...waiting, dueAt: monday + minute }] }),
    {},
    'paused, it makes nobody wait',
  );
  const sunday = { contactId: 'w', phone: phoneOf(96), state: 'waiting' as const, dueAt: monday - 14 * hour };
  t.same(
    await breaches([], { dials: [turn(monday + 12 * hour, monday)], now: monday + 13 * hour, people: [sunday] }),
    {},
    'a night in which nobody may be called counts not',
  );
});

test('the kill switch and the campaign’s moves hold', async t => {
  const stopped = [{ from: monday, to: monday + hour }];
  const at = (ms: number) => breaches([call(monday + ms)], { installation: { ...installation, stopped } });
  t.same(await at(second), {});
  t.same(await at(second + 1), { 'kill-switch': 1 });
  t.same(await at(hour), {});
  const running = [
    { from: monday, to: monday + minute },
    { from: monday + hour, to: null },
  ];
  const during = (ms: number) => breaches([call(monday + ms)], { campaign: { ...campaign, running } });
  t.same(await during(-second), { running: 1 });
  t.same(await during(minute + 5 * second), {}, 'what was checked before the pause');
  t.same(await during(minute + 6 * second), { running: 1 });
  t.same(await during(hour), {});
});

test('a hundred thousand calls are judged in seconds and little memory', async t => {
  const gap = 250;
  const many = async function* () {
    for (let index = 0; index < 100_000; index++) {
      const at = monday + (index % 20_000) * gap + Math.floor(index / 20_000) * day;
      const { id, ...rest } = call(at, { to: `+1312${String(5_550_000 + (index % 20_000)).padStart(7, '0')}` });
      yield { id, ...rest, contactId: null, writtenAt: at - 40 };
    }
  };
  let asked = 0;
  const judgement = await judgeRun({
    ...recordOf({ campaign: { ...campaign, running: null }, installation, now: monday + 9 * day, calls: [] }),
    calls: many,
    ofNumbers: async numbers => {
      asked = Math.max(asked, numbers.length);
      return new Map();
    },
  });
  t.match(judgement, { verdict: 'pass', calls: 100_000, numbers: 20_000 });
  t.equal(asked, 400, 'numbers are looked at in bounded portions');
});
