import { test } from 'tap';
import type { DialFacts } from '../../src/compliance/dial-facts.ts';
import { dayOfNumber } from '../../src/compliance/holidays.ts';
import { dayMs, isTimeZone, minuteMs } from '../../src/compliance/local-time.ts';
import { mayDial, nextAllowed } from '../../src/compliance/may-dial.ts';
import { nextOpen, type OpenHours, type OpenWeek } from '../../src/compliance/open-hours.ts';
import { nextInSchedule, type Schedule } from '../../src/compliance/schedule.ts';
import { classed, contact, days, to } from './facts.ts';

const everywhere = ['FL', 'TX', 'WA'].map(state => ({ region: `US-${state}`, documentDate: '2026-01-01' }));
const selling = (phone: string, fields: Partial<DialFacts> = {}): DialFacts => ({
  ...classed,
  to: to(phone),
  registrations: everywhere,
  nationalRegistry: 'off',
  reassignment: 'off',
  litigators: 'off',
  ...fields,
});

const vectors: [number: string, at: string, allowed: boolean, next?: string][] = [
  ['+12125550100', '2026-11-20T12:59:59Z', false, '2026-11-20T13:00:00.000Z'],
  ['+12125550100', '2026-11-20T13:00:00Z', true],
  ['+12125550100', '2026-11-21T01:59:59Z', true],
  ['+12125550100', '2026-11-21T02:00:00Z', false, '2026-11-21T13:00:00.000Z'],
  // The panhandle of Florida keeps two times; Florida ends at eight.
  ['+18505550100', '2026-11-20T13:30:00Z', false, '2026-11-20T14:00:00.000Z'],
  ['+18505550100', '2026-11-21T00:59:59Z', true],
  ['+18505550100', '2026-11-21T01:00:00Z', false, '2026-11-21T14:00:00.000Z'],
  // Arizona does not change its clocks, the Navajo Nation in it does.
  ['+19285550100', '2026-07-01T14:30:00Z', false, '2026-07-01T15:00:00.000Z'],
  ['+19285550100', '2026-07-02T03:00:00Z', false, '2026-07-02T15:00:00.000Z'],
  ['+12125550100', '2027-03-14T12:30:00Z', true],
  ['+12125550100', '2027-03-13T12:30:00Z', false, '2027-03-13T13:00:00.000Z'],
  ['+12125550100', '2026-11-01T12:30:00Z', false, '2026-11-01T13:00:00.000Z'],
  ['+12145550100', '2026-11-22T17:30:00Z', false, '2026-11-22T18:00:00.000Z'],
  ['+12145550100', '2026-11-22T18:00:00Z', true],
  ['+15415550100', '2026-11-21T03:30:00Z', false, '2026-11-21T16:00:00.000Z'],
  ['+18085550100', '2026-11-20T17:30:00Z', false, '2026-11-20T18:00:00.000Z'],
  // No Sunday in Alabama, nor Thanksgiving; the weekend of Rhode Island is short.
  ['+12055550100', '2026-11-22T18:00:00Z', false, '2026-11-23T14:00:00.000Z'],
  ['+12055550100', '2026-11-26T18:00:00Z', false, '2026-11-27T14:00:00.000Z'],
  ['+14015550100', '2026-11-21T22:00:00Z', false, '2026-11-23T14:00:00.000Z'],
  // Newfoundland is half an hour off; Labrador is not.
  ['+17095550100', '2026-11-20T12:45:00Z', false, '2026-11-20T13:00:00.000Z'],
  // France pauses at noon, and has no weekend.
  ['+33612345678', '2026-11-20T12:30:00Z', false, '2026-11-20T13:00:00.000Z'],
  ['+33612345678', '2026-11-21T12:30:00Z', false, '2026-11-23T09:00:00.000Z'],
  ['+33612345678', '2027-05-06T10:00:00Z', false, '2027-05-07T08:00:00.000Z'],
];

for (const [number, at, allowed, next] of vectors) {
  test(`${number} at ${at}: ${allowed ? 'allowed' : `not before ${next}`}`, async t => {
    const facts = selling(number, {
      contact: { ...contact, consent: { ...contact.consent!, at: '2026-06-01T00:00:00Z' } },
    });
    const verdict = mayDial(facts, new Date(at));
    t.match(verdict, {
      allowed,
      code: allowed ? null : /OUTSIDE_HOURS|HOLIDAY/,
      dueAt: next ?? null,
      permanent: false,
    });
    t.equal(nextAllowed(facts, new Date(at))?.getTime(), new Date(next ?? at).getTime());
    if (next) t.equal(mayDial(facts, new Date(next)).allowed, true, 'and then it is');
  });
}

test('a holiday says that it is one', async t => {
  t.match(mayDial(selling('+12055550100'), new Date('2026-11-26T18:00:00Z')), { code: 'HOLIDAY', rule: 'hours' });
});

test('the number, and the zone that stands with the contact, must both be right', async t => {
  const moved = selling('+12125550100', { contact: { ...contact, timeZone: 'America/Los_Angeles' } });
  const early = mayDial(moved, new Date('2026-11-20T14:00:00Z'));
  t.match(early, { code: 'OUTSIDE_HOURS', dueAt: '2026-11-20T16:00:00.000Z' }, 'six in Los Angeles');
  t.match(early.rules.find(each => each.rule === 'location')?.evidence, {
    zones: ['America/New_York', 'America/Los_Angeles'],
    sources: ['contact', 'area-code'],
  });
  t.match(mayDial(moved, new Date('2026-11-21T03:00:00Z')), { code: 'OUTSIDE_HOURS' }, 'ten in New York');
});

test('an hour somebody asked for goes before hours, not before an opt-out', async t => {
  const late = new Date('2026-11-21T03:05:00Z'); // five past ten in the evening
  const booked = selling('+12125550100', { bookedFor: '2026-11-21T03:00:00Z' });
  t.equal(mayDial(booked, late).allowed, true);
  t.equal(
    mayDial(booked, new Date('2026-11-21T03:30:00Z')).code,
    'OUTSIDE_HOURS',
    'half an hour later it is another time',
  );
  t.equal(
    mayDial(booked, new Date('2026-11-21T02:30:00Z')).dueAt,
    '2026-11-21T03:00:00.000Z',
    'it waits for that time',
  );
  const optedOut = { ...booked, suppression: { id: 's', since: 'x', source: 'api' } };
  t.equal(mayDial(optedOut, late).code, 'SUPPRESSED');
  t.equal(
    mayDial(selling('+12125550100', { bookedFor: 'at five' }), late).code,
    'OUTSIDE_HOURS',
    'a time that is none is no time',
  );
});

test('the last call begins early enough to end within the hours', async t => {
  const facts = selling('+12125550100', { talkMinutes: 10 });
  t.equal(mayDial(facts, new Date('2026-11-21T01:49:59Z')).allowed, true);
  t.equal(mayDial(facts, new Date('2026-11-21T01:50:00Z')).dueAt, '2026-11-21T13:00:00.000Z');
});

/** Minute by minute, as slowly and plainly as it can be done: by the platform's own calendar. */
function naive(open: OpenHours, zone: string, from: number, until: number): number | null {
  const clock = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    ...({ year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric' } as const),
  });
  for (let at = from; at <= until; at += minuteMs) {
    const part = Object.fromEntries(clock.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
    const { year = 0, month = 0, day = 0, hour = 0, minute = 0 } = part;
    const date = dayOfNumber(Date.UTC(year, month - 1, day) / dayMs);
    const minutes = hour * 60 + minute;
    if (open.closedOn?.(date)) continue;
    if (open.week[date.weekday]!.some(([start, end]) => minutes >= start && minutes < end)) return at;
  }
  return null;
}

/** The same numbers in every run. */
function dice(seed: number): (sides: number) => number {
  let state = seed;
  return sides => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * sides);
  };
}

/** Days around which clocks change: forward, back, by half an hour, at midnight, and a day that does not exist. */
const edges: [zone: string, around: string][] = [
  ['America/New_York', '2027-03-14T07:00:00Z'],
  ['America/New_York', '2026-11-01T06:00:00Z'],
  ['America/Phoenix', '2027-03-14T09:00:00Z'],
  ['America/St_Johns', '2026-11-01T04:30:00Z'],
  ['America/Adak', '2027-03-14T12:00:00Z'],
  ['Australia/Lord_Howe', '2027-04-03T15:00:00Z'],
  ['Australia/Lord_Howe', '2026-10-03T15:30:00Z'],
  ['Europe/Berlin', '2026-10-25T01:00:00Z'],
  ['America/Havana', '2027-03-14T05:00:00Z'],
  ['America/Havana', '2026-11-01T05:00:00Z'],
  ['Asia/Beirut', '2027-03-27T22:00:00Z'],
  ['Pacific/Apia', '2011-12-30T10:00:00Z'],
];

for (const [zone, around] of edges) {
  test(`the next opening is the one found minute by minute: ${zone} around ${around}`, async t => {
    const roll = dice(Date.parse(around) / 1000);
    for (let round = 0; round < 5; round++) {
      const week: OpenWeek = Array.from({ length: 7 }, () => {
        const from = roll(24 * 12) * 5;
        const to = from + 5 + roll((24 * 60 - from) / 5) * 5;
        return roll(4) === 0 ? [] : [[from, Math.min(to, 24 * 60)]];
      });
      const closedDay = roll(31) + 1;
      const open: OpenHours = { week, ...(roll(2) ? { closedOn: date => date.day === closedDay } : {}) };
      const from = Date.parse(around) - roll(36 * 60) * minuteMs;
      const until = from + days(2);
      const found = nextOpen(open, zone, from, until);
      const wanted = naive(open, zone, from, until);
      if (found !== null && found > until) t.equal(wanted, null);
      else t.equal(found, wanted, JSON.stringify({ week, from: new Date(from).toISOString() }));
    }
  });
}

test('windows over midnight, in two zones, around both changes of the clock', async t => {
  const schedule: Schedule = {
    timeZone: 'contact',
    windows: [
      { day: 6, from: '22:00', to: '02:30' },
      { day: 0, from: '12:00', to: '24:00' },
    ],
  };
  const zones = ['America/New_York', 'America/Chicago'];
  const week: OpenWeek = [
    [
      [0, 150],
      [720, 1440],
    ],
    [],
    [],
    [],
    [],
    [],
    [[1320, 1440]],
  ];
  for (const start of ['2027-03-13T23:00:00Z', '2026-10-31T20:00:00Z']) {
    for (let minutes = 0; minutes < 36 * 60; minutes += 7) {
      const at = Date.parse(start) + minutes * minuteMs;
      const openNow = zones.every(zone => naive({ week }, zone, at, at) === at);
      t.equal(nextInSchedule(schedule, zones, at, at) === at, openNow, new Date(at).toISOString());
    }
  }
});

test('names of zones: cities, not offsets or abbreviations', async t => {
  for (const good of ['America/New_York', 'UTC', 'America/Argentina/Ushuaia', 'Etc/GMT+5'])
    t.ok(isTimeZone(good), good);
  for (const bad of [
    '',
    'EST',
    'EST5EDT5',
    '+05:00',
    'America/Nowhere',
    'new_york',
    'America/New_York ',
    'x'.repeat(1000),
  ])
    t.notOk(isTimeZone(bad), bad);
});
