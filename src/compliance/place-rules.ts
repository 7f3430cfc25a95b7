import { countryPlaceRules } from './data/country-rules.ts';
import type { PlaceRules } from './data/pack.ts';
import { federalHours, statePlaceRules } from './data/us-place-rules.ts';
import { holidayOn } from './holidays.ts';
import { bothWeeks, closingEarlier, type OpenHours, openWeek } from './open-hours.ts';

/** The law of one place, ready to be asked. */
export interface PlaceLaw extends Omit<PlaceRules, 'hours'> {
  readonly hours: OpenHours;
}

const federal = openWeek(federalHours.hours);
const laws = new Map<string, PlaceLaw>();

/** What holds in a place such as `US-FL`, `CA-ON` or `FR`; undefined when no rules of its country are known to us. */
export function lawOf(region: string): PlaceLaw | undefined {
  const known = laws.get(region);
  if (known) return known;
  const rules = rulesOf(region);
  if (!rules) return undefined;
  const { hours, ...rest } = rules;
  const week = region.startsWith('US') ? bothWeeks(federal, openWeek(hours)) : openWeek(hours);
  const { holidays } = rest;
  const law: PlaceLaw = {
    ...rest,
    hours: { week, ...(holidays ? { closedOn: date => holidayOn(holidays, date) !== undefined } : {}) },
  };
  laws.set(region, law);
  return law;
}

function rulesOf(region: string): PlaceRules | undefined {
  const own = statePlaceRules.places[region];
  if (own) return own;
  const [country] = region.split('-');
  // A state without rules of its own has the federal ones.
  return country === 'US' ? { hours: federalHours.hours } : countryPlaceRules.places[country!];
}

/** Hours that satisfy every one of these laws, with calls that may last `talkMinutes` still ending within them. */
export function hoursUnder(laws: readonly PlaceLaw[], talkMinutes: number): OpenHours {
  const [first, ...others] = laws;
  if (first && others.length === 0 && talkMinutes === 0) return first.hours;
  const week = laws.map(({ hours }) => hours.week).reduce(bothWeeks);
  return {
    week: closingEarlier(week, talkMinutes),
    closedOn: date => laws.some(({ hours }) => hours.closedOn?.(date)),
  };
}
