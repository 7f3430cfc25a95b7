import { test } from 'tap';
import { hoursProblem, isOpen, type OpeningHours } from '../../src/agents/opening-hours.ts';

const weekdays = [1, 2, 3, 4, 5].map(day => ({ day, from: '09:00', to: '17:00' }));
const hours = (more: Partial<OpeningHours>): OpeningHours => ({
  timeZone: 'America/New_York',
  windows: weekdays,
  holidays: [],
  ...more,
});
const at = (text: string) => new Date(text);

test('a window holds on the clocks of the number, whatever UTC says', t => {
  const office = hours({});
  t.equal(isOpen(office, at('2026-11-20T13:59:59Z')), false, 'Friday 08:59 in New York');
  t.equal(isOpen(office, at('2026-11-20T14:00:00Z')), true, 'Friday 09:00');
  t.equal(isOpen(office, at('2026-11-20T21:59:59Z')), true, 'Friday 16:59');
  t.equal(isOpen(office, at('2026-11-20T22:00:00Z')), false, 'Friday 17:00');
  t.equal(isOpen(office, at('2026-11-21T15:00:00Z')), false, 'Saturday');
  t.equal(isOpen(hours({ timeZone: 'Asia/Tokyo' }), at('2026-11-20T00:30:00Z')), true, 'Friday 09:30 in Tokyo');
  t.equal(isOpen(hours({ timeZone: 'Asia/Tokyo' }), at('2026-11-22T23:59:59Z')), false, 'Monday 08:59 in Tokyo');
  t.end();
});

test('summer time moves the window with the clocks, and the hours that are left out or come twice are no exception', t => {
  const office = hours({ windows: [0, 1].map(day => ({ day, from: '01:00', to: '03:00' })) });
  // 2026-03-08: after 01:59:59 comes 03:00.
  t.equal(isOpen(office, at('2026-03-08T05:59:59Z')), false, '00:59');
  t.equal(isOpen(office, at('2026-03-08T06:00:00Z')), true, '01:00');
  t.equal(isOpen(office, at('2026-03-08T06:59:59Z')), true, '01:59');
  t.equal(isOpen(office, at('2026-03-08T07:00:00Z')), false, '03:00');
  // 2026-11-01: 01:00 to 02:00 comes twice.
  t.equal(isOpen(office, at('2026-11-01T05:30:00Z')), true, '01:30 for the first time');
  t.equal(isOpen(office, at('2026-11-01T06:30:00Z')), true, '01:30 for the second time');
  t.equal(isOpen(office, at('2026-11-01T07:59:59Z')), true, '02:59');
  t.equal(isOpen(office, at('2026-11-01T08:00:00Z')), false, '03:00');
  const nine = hours({});
  t.equal(isOpen(nine, at('2026-03-06T13:30:00Z')), false, 'Friday before: 08:30');
  t.equal(isOpen(nine, at('2026-03-09T13:30:00Z')), true, 'Monday after: 09:30');
  t.end();
});

test('a window may go over midnight and to the end of the day', t => {
  const night = hours({ timeZone: 'UTC', windows: [{ day: 6, from: '22:00', to: '06:00' }] });
  t.equal(isOpen(night, at('2026-11-21T21:59:00Z')), false);
  t.equal(isOpen(night, at('2026-11-21T22:00:00Z')), true, 'Saturday evening');
  t.equal(isOpen(night, at('2026-11-22T05:59:59Z')), true, 'Sunday morning, over the end of the week');
  t.equal(isOpen(night, at('2026-11-22T06:00:00Z')), false);
  t.equal(isOpen(night, at('2026-11-22T22:00:00Z')), false, 'Sunday evening is another day');
  const always = hours({
    timeZone: 'UTC',
    windows: [0, 1, 2, 3, 4, 5, 6].map(day => ({ day, from: '00:00', to: '24:00' })),
  });
  for (const time of ['00:00:00', '12:00:00', '23:59:59']) t.ok(isOpen(always, at(`2026-11-21T${time}Z`)), time);
  t.equal(isOpen(hours({ windows: [] }), at('2026-11-20T15:00:00Z')), false, 'without a window it is closed');
  t.end();
});

test('a holiday closes the day there, and what would begin on it', t => {
  const office = hours({ holidays: ['2026-11-26'] });
  t.equal(isOpen(office, at('2026-11-26T15:00:00Z')), false, 'Thanksgiving');
  t.equal(isOpen(office, at('2026-11-27T15:00:00Z')), true, 'the day after');
  const night = hours({
    timeZone: 'UTC',
    windows: [4, 3].map(day => ({ day, from: '22:00', to: '06:00' })),
    holidays: ['2026-11-26'],
  });
  t.equal(isOpen(night, at('2026-11-25T23:00:00Z')), true, 'the evening before');
  t.equal(isOpen(night, at('2026-11-26T03:00:00Z')), false, 'its own morning');
  t.equal(isOpen(night, at('2026-11-26T23:00:00Z')), false, 'its evening');
  t.equal(isOpen(night, at('2026-11-27T03:00:00Z')), false, 'and what its evening would have begun');
  t.end();
});

test('hours that cannot be meant are refused by field', t => {
  t.equal(hoursProblem(hours({})), null);
  t.match(hoursProblem(hours({ timeZone: 'Mars/Olympus' })), { field: 'hours.timeZone' });
  t.match(hoursProblem(hours({ windows: [...weekdays, { day: 0, from: '10:00', to: '10:00' }] })), {
    field: 'hours.windows.5',
  });
  t.match(hoursProblem(hours({ holidays: ['2026-12-25', '2026-02-30'] })), { field: 'hours.holidays.1' });
  t.end();
});
