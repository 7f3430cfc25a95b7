import { orAskedFor } from '../booked-time.ts';
import type { DialFacts } from '../dial-facts.ts';
import { dayOfNumber, type LocalDate } from '../holidays.ts';
import { dayMs, wallText, wallTime } from '../local-time.ts';
import { type Location, placeFor } from '../location.ts';
import { hoursUnder } from '../place-rules.ts';
import { nextInSchedule, nextOpenEverywhere, type Schedule, scheduleEnded, scheduleHoliday } from '../schedule.ts';
import { everyClass, type Finding, passed, type Rule, refused, rule, waitingRule, withConsent } from './rule.ts';

const dateIn = (zone: string, at: number): LocalDate => dayOfNumber(Math.floor(wallTime(zone, at) / dayMs));

const placeOf = ({ to, contact }: DialFacts): Location | undefined => {
  const place = to?.ok ? placeFor(to, contact ?? null) : undefined;
  return place && 'zones' in place ? place : undefined;
};

/** The zones by whose clocks a schedule runs; undefined when nothing tells where the person is. */
function scheduleZones({ timeZone }: Schedule, facts: DialFacts): readonly string[] | undefined {
  if (timeZone !== 'contact') return [timeZone];
  const place = placeOf(facts);
  return place?.ownZone ? [place.ownZone] : place?.zones;
}

function explainSchedule(
  schedule: Schedule,
  facts: DialFacts,
  at: number,
): Omit<Finding, 'result'> & { message: string } {
  const zones = scheduleZones(schedule, facts);
  if (!zones) {
    const message = 'The campaign calls by the clock of whoever is called, and nothing tells where the person is.';
    return { message, code: 'UNKNOWN_LOCATION', permanent: true };
  }
  const holiday = zones.map(zone => scheduleHoliday(schedule, dateIn(zone, at))).find(name => name !== undefined);
  const local = zones.map(zone => wallText(zone, at));
  if (holiday !== undefined) {
    return {
      message: `The campaign does not call on ${holiday}.`,
      code: 'HOLIDAY',
      evidence: { zones, local, holiday },
    };
  }
  const message = 'The campaign does not call at this time.';
  return { message, evidence: { zones, local, startsAt: schedule.startsAt ?? null } };
}

/** Whether a campaign has any time left; before the rules that ask to wait for it. */
export const scheduleEndRule: Rule = rule(
  'schedule-end',
  'SCHEDULE_ENDED',
  ['schedule', 'contact'],
  (facts, at) => {
    const { schedule } = facts;
    const zones = schedule && scheduleZones(schedule, facts);
    if (!schedule || !zones || !scheduleEnded(schedule, zones, at)) return passed({ endsAt: schedule?.endsAt ?? null });
    return refused('The time of the campaign is over.', { endsAt: schedule.endsAt });
  },
  { permanent: true, classes: everyClass },
);

/** When people may be called: by the campaign's schedule, and by the law of every place they may be in. */
export const hoursRules: readonly Rule[] = [
  waitingRule('schedule', 'OUTSIDE_HOURS', ['schedule', 'bookedFor', 'contact'], {
    classes: everyClass,
    opens: (facts, at, until) => {
      const { schedule, bookedFor } = facts;
      if (schedule === null) return at;
      const zones = scheduleZones(schedule, facts);
      if (!zones) return null;
      return orAskedFor(bookedFor, at, nextInSchedule(schedule, zones, at, until), until);
    },
    explain: (facts, at) => explainSchedule(facts.schedule!, facts, at),
  }),
  waitingRule('hours', 'OUTSIDE_HOURS', ['to', 'contact', 'bookedFor', 'talkMinutes'], {
    classes: withConsent,
    opens: (facts, at, until) => {
      const place = placeOf(facts);
      if (!place) return null;
      const hours = hoursUnder(place.laws, facts.talkMinutes);
      return orAskedFor(facts.bookedFor, at, nextOpenEverywhere(hours, place.zones, at, until), until);
    },
    evidence: (facts, at) => {
      const place = placeOf(facts);
      if (!place) return {};
      const { zones, regions } = place;
      const booked = facts.bookedFor === null ? {} : { bookedFor: facts.bookedFor };
      return { zones, regions, local: zones.map(zone => wallText(zone, at)), ...booked };
    },
    explain: (facts, at) => {
      const place = placeOf(facts);
      if (!place) {
        const message = 'Nothing tells where the person is, so nothing tells whether this is a time to call.';
        return { message, code: 'UNKNOWN_LOCATION', permanent: true };
      }
      const closed = place.zones.find(zone => hoursUnder(place.laws, 0).closedOn?.(dateIn(zone, at)));
      return closed === undefined
        ? {
            message: `It is ${wallText(place.zones[0]!, at).slice(11)} where the person is, outside of the hours for calls there.`,
          }
        : { message: 'It is a holiday where the person is, on which nobody may be called.', code: 'HOLIDAY' };
    },
  }),
];
