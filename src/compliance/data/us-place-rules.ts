import type { PlacePack, WeekOfHours } from './pack.ts';

const everyDay = (hours: string): WeekOfHours => ({ weekdays: hours, saturday: hours, sunday: hours });
const notOnSunday = (hours: string): WeekOfHours => ({ weekdays: hours, saturday: hours, sunday: null });

/** The federal window, which holds in every state and territory; a state can only narrow it. */
export const federalHours = {
  source: '47 CFR 64.1200(c)(1) and 16 CFR 310.4(c)',
  verifiedOn: '2026-11-20',
  hours: everyDay('08:00-21:00'),
};

/** States whose own rules are narrower than the federal ones; where reports differ, the stricter one stands here. */
export const statePlaceRules: PlacePack = {
  source:
    'State calling-hour tables of dialler vendors (2025-11), summaries of Oregon HB 3865 and Texas SB 140, South Dakota Codified Laws ' +
    '37-30-28, reports on Pennsylvania Act 2019-80; industry tables are no statute, have counsel read them',
  verifiedOn: '2026-11-20',
  places: {
    'US-AL': { hours: notOnSunday('08:00-20:00'), holidays: 'US-AL' },
    'US-CT': { hours: everyDay('09:00-20:00') },
    'US-FL': { hours: everyDay('08:00-20:00'), salesCallsPerDay: 3, registration: true },
    'US-KY': { hours: everyDay('10:00-21:00') },
    'US-LA': { hours: notOnSunday('08:00-20:00'), holidays: 'US-LA' },
    'US-MA': { hours: everyDay('08:00-20:00') },
    'US-MD': { hours: everyDay('08:00-20:00'), salesCallsPerDay: 3 },
    'US-MI': { hours: everyDay('09:00-21:00') },
    'US-MN': { hours: everyDay('09:00-21:00') },
    'US-MS': { hours: notOnSunday('08:00-20:00') },
    'US-NM': { hours: everyDay('09:00-20:00') },
    'US-NV': { hours: everyDay('09:00-20:00') },
    'US-OK': { hours: everyDay('08:00-20:00'), salesCallsPerDay: 3 },
    'US-OR': { hours: everyDay('08:00-20:00'), salesCallsPerDay: 3 },
    'US-PA': {
      hours: notOnSunday('08:00-21:00'),
      holidays: 'US-PA',
      note: 'Legal holidays are in the law; restrictions on Sundays are reported and not confirmed.',
    },
    'US-RI': {
      hours: { weekdays: '09:00-18:00', saturday: '10:00-17:00', sunday: null },
      holidays: 'US-RI',
    },
    'US-SD': {
      hours: { weekdays: '09:00-21:00', saturday: null, sunday: null },
      note: 'The rule for automated dialling, which names weekdays only.',
    },
    'US-TX': {
      hours: { weekdays: '09:00-21:00', saturday: '09:00-21:00', sunday: '12:00-21:00' },
      registration: true,
    },
    'US-WA': { hours: everyDay('08:00-21:00'), registration: true },
  },
};
