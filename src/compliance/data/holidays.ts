import type { PackOrigin } from './pack.ts';

/**
 * A day that comes back every year. `fixed` with `observed` is also closed on the Friday before when it falls on a Saturday, and on the
 * Monday after when it falls on a Sunday. In `weekday`, week -1 is the last of the month. Easter days count from Easter Sunday.
 */
export type HolidayRule =
  | {
      readonly name: string;
      readonly fixed: readonly [month: number, day: number];
      readonly observed?: true;
      /** Weekdays on which it counts at all. */
      readonly only?: readonly number[];
    }
  | {
      readonly name: string;
      /** Month, weekday (0 is Sunday) and which of them. */
      readonly weekday: readonly [month: number, weekday: number, week: number];
      /** Days after it, in the same month. */
      readonly plus?: number;
      readonly everyYears?: 2;
    }
  | { readonly name: string; readonly easter: number };

export interface HolidayCalendar extends PackOrigin {
  readonly days: readonly HolidayRule[];
}

const newYear: HolidayRule = { name: "New Year's Day", fixed: [1, 1], observed: true };
const christmas: HolidayRule = { name: 'Christmas Day', fixed: [12, 25], observed: true };
const goodFriday: HolidayRule = { name: 'Good Friday', easter: -2 };
const easterMonday: HolidayRule = { name: 'Easter Monday', easter: 1 };
const ascension: HolidayRule = { name: 'Ascension Day', easter: 39 };
const whitMonday: HolidayRule = { name: 'Whit Monday', easter: 50 };
const labourDay: HolidayRule = { name: 'Labour Day', fixed: [5, 1] };
const mardiGras: HolidayRule = { name: 'Mardi Gras', easter: -47 };

/** The days given for Christmas and Boxing Day where these fall on a weekend. */
const inLieuOfChristmas: readonly HolidayRule[] = [
  { name: 'Day in lieu of Christmas', fixed: [12, 27], only: [1, 2] },
  { name: 'Day in lieu of Boxing Day', fixed: [12, 28], only: [1, 2] },
];

const federal: readonly HolidayRule[] = [
  newYear,
  { name: 'Martin Luther King Day', weekday: [1, 1, 3] },
  { name: "Washington's Birthday", weekday: [2, 1, 3] },
  { name: 'Memorial Day', weekday: [5, 1, -1] },
  { name: 'Juneteenth', fixed: [6, 19], observed: true },
  { name: 'Independence Day', fixed: [7, 4], observed: true },
  { name: 'Labor Day', weekday: [9, 1, 1] },
  { name: 'Columbus Day', weekday: [10, 1, 2] },
  { name: 'Veterans Day', fixed: [11, 11], observed: true },
  { name: 'Thanksgiving Day', weekday: [11, 4, 4] },
  christmas,
];

// Election day is the Tuesday after the first Monday of November.
const electionDay: HolidayRule = { name: 'Election Day', weekday: [11, 1, 1], plus: 1 };

const verifiedOn = '2026-11-20';
const state =
  'State lists of legal holidays as reported in calling tables of dialler vendors (2025); to be read by counsel';

/** Calendars by name. Those of states contain the federal days. */
export const holidayCalendars: Readonly<Record<string, HolidayCalendar>> = {
  US: { source: '5 U.S.C. 6103', verifiedOn, days: federal },
  'US-AL': {
    source: state,
    verifiedOn,
    days: [
      ...federal,
      mardiGras,
      { name: 'Confederate Memorial Day', weekday: [4, 1, 4] },
      { name: "Jefferson Davis' Birthday", weekday: [6, 1, 1] },
    ],
  },
  'US-LA': {
    source: state,
    verifiedOn,
    days: [
      ...federal,
      { name: 'Battle of New Orleans', fixed: [1, 8] },
      { name: 'Robert E. Lee Day', fixed: [1, 19] },
      mardiGras,
      goodFriday,
      { name: 'Confederate Memorial Day', fixed: [6, 3] },
      { name: 'Huey P. Long Day', fixed: [8, 30] },
      { name: 'All Saints’ Day', fixed: [11, 1] },
      { name: 'Election Day', weekday: [11, 1, 1], plus: 1, everyYears: 2 },
      { name: 'Acadian Day', weekday: [11, 4, 4], plus: 1 },
    ],
  },
  'US-PA': {
    source: `${state}; reports on Pennsylvania Act 2019-80`,
    verifiedOn,
    days: [...federal, goodFriday, { name: 'Flag Day', fixed: [6, 14] }, electionDay],
  },
  'US-RI': {
    source: state,
    verifiedOn,
    days: [
      ...federal,
      { name: 'Victory Day', weekday: [8, 1, 2] },
      { name: 'Election Day', weekday: [11, 1, 1], plus: 1, everyYears: 2 },
    ],
  },
  CA: {
    source: 'Holidays Act (R.S.C. 1985, c. H-5)',
    verifiedOn,
    days: [
      newYear,
      goodFriday,
      { name: 'Canada Day', fixed: [7, 1], observed: true },
      { name: 'Labour Day', weekday: [9, 1, 1] },
      { name: 'National Day for Truth and Reconciliation', fixed: [9, 30], observed: true },
      { name: 'Thanksgiving', weekday: [10, 1, 2] },
      { name: 'Remembrance Day', fixed: [11, 11], observed: true },
      christmas,
    ],
  },
  FR: {
    source: 'Code du travail, article L3133-1',
    verifiedOn,
    days: [
      { name: "New Year's Day", fixed: [1, 1] },
      easterMonday,
      labourDay,
      { name: 'Victory Day', fixed: [5, 8] },
      ascension,
      whitMonday,
      { name: 'National Day', fixed: [7, 14] },
      { name: 'Assumption', fixed: [8, 15] },
      { name: 'All Saints’ Day', fixed: [11, 1] },
      { name: 'Armistice Day', fixed: [11, 11] },
      { name: 'Christmas Day', fixed: [12, 25] },
    ],
  },
  DE: {
    source: 'Holidays common to all German states',
    verifiedOn,
    days: [
      { name: "New Year's Day", fixed: [1, 1] },
      goodFriday,
      easterMonday,
      labourDay,
      ascension,
      whitMonday,
      { name: 'Day of German Unity', fixed: [10, 3] },
      { name: 'Christmas Day', fixed: [12, 25] },
      { name: 'Second Christmas Day', fixed: [12, 26] },
    ],
  },
  GB: {
    source: 'Bank holidays of England and Wales',
    verifiedOn,
    days: [
      newYear,
      goodFriday,
      easterMonday,
      { name: 'Early May bank holiday', weekday: [5, 1, 1] },
      { name: 'Spring bank holiday', weekday: [5, 1, -1] },
      { name: 'Summer bank holiday', weekday: [8, 1, -1] },
      christmas,
      { name: 'Boxing Day', fixed: [12, 26] },
      ...inLieuOfChristmas,
    ],
  },
  AU: {
    source: 'Public holidays common to all Australian states',
    verifiedOn,
    days: [
      newYear,
      { name: 'Australia Day', fixed: [1, 26], observed: true },
      goodFriday,
      easterMonday,
      { name: 'Anzac Day', fixed: [4, 25] },
      christmas,
      { name: 'Boxing Day', fixed: [12, 26] },
      ...inLieuOfChristmas,
    ],
  },
};
