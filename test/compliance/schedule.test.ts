import { test } from 'tap';
import { mayDial, nextAllowed } from '../../src/compliance/may-dial.ts';
import { defaultSchedule, nextOutOfSchedule, type Schedule, scheduleProblems } from '../../src/compliance/schedule.ts';
import { at, attempt, classed, contact, days, hours } from './facts.ts';

const nineToFive = [1, 2, 3, 4, 5].map(day => ({ day, from: '09:00', to: '17:00' }));
const contactTime: Schedule = { timeZone: 'contact', windows: nineToFive };
const withSchedule = (schedule: Schedule) => ({ ...classed, schedule });
const due = (schedule: Schedule, from: string) =>
  nextAllowed(withSchedule(schedule), new Date(from))?.toISOString() ?? null;

test('a schedule narrows what the law allows and never widens it', async t => {
  const allDay = {
    timeZone: 'contact',
    windows: [0, 1, 2, 3, 4, 5, 6].map(day => ({ day, from: '00:00', to: '24:00' })),
  };
  t.equal(due(allDay, '2026-11-21T06:00:00Z'), '2026-11-21T13:00:00.000Z', 'eight in New York');
  t.equal(due(contactTime, '2026-11-20T12:00:00Z'), '2026-11-20T14:00:00.000Z', 'nine in New York');
  t.equal(due(contactTime, '2026-11-20T22:00:00Z'), '2026-11-23T14:00:00.000Z', 'Friday at five: Monday');
  t.equal(due({ ...contactTime, timeZone: 'America/Los_Angeles' }, '2026-11-20T14:00:00Z'), '2026-11-20T17:00:00.000Z');
});

test('the day before a change of the clock, it is the hour on the wall that counts', async t => {
  const sundays = { timeZone: 'contact', windows: [{ day: 0, from: '09:00', to: '17:00' }] };
  t.equal(due(sundays, '2027-03-13T20:00:00Z'), '2027-03-14T13:00:00.000Z', 'summer time: an hour earlier');
  t.equal(due(sundays, '2026-10-31T20:00:00Z'), '2026-11-01T14:00:00.000Z', 'winter time');
});

test('the zone a person set for the contact is the clock of the schedule', async t => {
  const facts = { ...withSchedule(contactTime), contact: { ...contact, timeZone: 'America/Los_Angeles' } };
  t.equal(nextAllowed(facts, new Date('2026-11-20T12:00:00Z'))?.toISOString(), '2026-11-20T17:00:00.000Z');
});

test('start and end: moments, or whole days on the wall', async t => {
  t.equal(
    due({ ...contactTime, startsAt: '2027-02-02' }, '2026-11-20T12:00:00Z'),
    '2027-02-02T14:00:00.000Z',
    'far ahead',
  );
  t.equal(
    due({ ...contactTime, startsAt: '2026-11-23T15:30:00Z' }, '2026-11-20T22:00:00Z'),
    '2026-11-23T15:30:00.000Z',
  );
  t.equal(
    due({ ...contactTime, endsAt: '2026-11-23' }, '2026-11-20T22:00:00Z'),
    '2026-11-23T14:00:00.000Z',
    'the last day counts',
  );
  t.equal(due({ ...contactTime, endsAt: '2026-11-22' }, '2026-11-20T22:00:00Z'), null);
  const over = mayDial(withSchedule({ ...contactTime, endsAt: '2026-11-22' }), new Date('2026-11-20T22:00:00Z'));
  t.match(over, { code: 'SCHEDULE_ENDED', permanent: true, dueAt: null }, 'nothing of it is left');
  const last = new Date('2026-11-20T21:59:00Z');
  t.equal(mayDial(withSchedule({ ...contactTime, endsAt: '2026-11-20' }), last).allowed, true);
});

test('holidays: single days, and calendars by name', async t => {
  const off = { ...contactTime, holidays: ['2026-11-23', 'US'] };
  t.equal(due(off, '2026-11-20T22:00:00Z'), '2026-11-24T14:00:00.000Z');
  t.equal(due(off, '2026-11-25T22:00:00Z'), '2026-11-27T14:00:00.000Z', 'Thanksgiving');
  t.match(mayDial(withSchedule(off), new Date('2026-11-26T16:00:00Z')), { code: 'HOLIDAY', rule: 'schedule' });
});

test('a schedule that never meets the law says that no time is in sight', async t => {
  const night = { timeZone: 'contact', windows: [{ day: 3, from: '23:00', to: '05:00' }] };
  const verdict = mayDial(withSchedule(night), at);
  t.match(verdict, { allowed: false, code: 'OUTSIDE_HOURS', permanent: false, dueAt: null });
});

test('business hours are what a campaign has that names none', async t => {
  t.same(scheduleProblems(defaultSchedule), []);
  t.equal(due(defaultSchedule, '2026-11-21T23:30:00Z'), '2026-11-23T14:00:00.000Z', 'Saturday after six: Monday');
});

test('dueAt waits for everything that waiting helps: caps, pauses, schedule and law', async t => {
  const called = attempt(hours(2), { outcome: 'busy' });
  const verdict = mayDial({ ...withSchedule(contactTime), attempts: [called] }, at);
  t.match(verdict, { code: 'DAILY_CAP', dueAt: '2026-11-23T14:00:00.000Z' }, 'a day later is Saturday');
  const refusedOffer = attempt(days(10), { outcome: 'conversation', refused: true });
  const patient = mayDial({ ...withSchedule(contactTime), attempts: [called, refusedOffer] }, at);
  t.equal(patient.dueAt, '2027-01-11T14:00:00.000Z', 'sixty days after the refusal lie on a Saturday');
  const hopeless = mayDial({ ...withSchedule(contactTime), attempts: [called], liveCall: 'c1' }, at);
  t.match(hopeless, { code: 'NUMBER_IN_CALL', dueAt: null }, 'what has to end first is not a matter of time');
});

const problems: [string, Partial<Schedule>, string][] = [
  ['no window', { windows: [] }, 'schedule.windows'],
  ['a day that is none', { windows: [{ day: 7, from: '09:00', to: '10:00' }] }, 'schedule.windows.0.day'],
  ['an hour that is none', { windows: [{ day: 1, from: '9:00', to: '25:00' }] }, 'schedule.windows.0.from'],
  ['minutes past midnight', { windows: [{ day: 1, from: '09:00', to: '24:30' }] }, 'schedule.windows.0.to'],
  ['no time between', { windows: [{ day: 1, from: '09:00', to: '09:00' }] }, 'schedule.windows.0.to'],
  ['a zone that is none', { timeZone: 'Mars/Base' }, 'schedule.timeZone'],
  ['a start that is none', { startsAt: 'tomorrow' }, 'schedule.startsAt'],
  ['a day that does not exist', { startsAt: '2027-02-30' }, 'schedule.startsAt'],
  ['a time without zone', { endsAt: '2027-02-03T10:00:00' }, 'schedule.endsAt'],
  ['an end before the start', { startsAt: '2027-02-03', endsAt: '2027-02-02' }, 'schedule.endsAt'],
  ['a holiday that is none', { holidays: ['Christmas'] }, 'schedule.holidays.0'],
];

for (const [name, fields, field] of problems) {
  test(`refused as a schedule: ${name}`, async t => {
    const found = scheduleProblems({ ...contactTime, ...fields });
    t.ok(
      found.some(each => each.field === field),
      JSON.stringify(found),
    );
    t.match(mayDial(withSchedule({ ...contactTime, ...fields }), at), { allowed: false, code: 'VERDICT_INCOMPLETE' });
  });
}

test('a window ends on the wall, over midnight, with the schedule, or when nobody asks further', async t => {
  const ends = (schedule: Schedule, from: string, until = '2027-12-31T00:00:00Z') =>
    new Date(nextOutOfSchedule(schedule, 'America/New_York', Date.parse(from), Date.parse(until))).toISOString();
  t.equal(ends(contactTime, '2026-11-20T15:00:00Z'), '2026-11-20T22:00:00.000Z', 'five in New York');
  t.equal(ends(contactTime, '2026-11-20T15:00:00Z', '2026-11-20T16:00:00Z'), '2026-11-20T16:00:00.000Z');
  t.equal(ends(contactTime, '2026-11-21T15:00:00Z'), '2026-11-21T15:00:00.000Z', 'it is closed already');
  const night = { timeZone: 'contact', windows: [{ day: 6, from: '22:00', to: '06:00' }] };
  t.equal(ends(night, '2026-11-01T03:00:00Z'), '2026-11-01T11:00:00.000Z', 'the night in which the clock goes back');
  const last = { ...contactTime, endsAt: '2026-11-20T16:30:00Z' };
  t.equal(ends(last, '2026-11-20T15:00:00Z'), '2026-11-20T16:29:59.999Z', 'not past the end of the schedule');
});
