import { calls, people } from './counts.ts';

/** What a dry run of a campaign found. */
export const forecastText = {
  title: 'What would be dialled, hour by hour?',
  failed: 'The forecast could not be made.',
  making: 'Trying it out against the calendar…',
  again: 'Once more',
  zone: (zone: string) => `Times of ${zone}. Nobody is called by this.`,
  theirClocks: 'By the clock of whoever is called. Nobody is called by this.',
  clocks: { mine: 'Your time', campaign: 'The campaign’s time', theirs: 'Their time' },
  nobody: 'Nobody would be called.',
  nobodyHow: 'Choose lists with people on them, or see below why they are left out.',
  sentence: (dialled: number, count: number, end: string | null) =>
    `${calls(dialled)} to ${people(count)}${end ? `, finished about ${end}` : ', not finished in the 14 days looked at'}.`,
  spend: (amount: string) => `About ${amount} in all.`,
  left: (count: number) => `${people(count)} would still be waiting then.`,
  assumed: (shares: string) => `Assumed that calls end so: ${shares}.`,
  sampled: (one: number) => `Worked out with one person of ${one.toLocaleString()}, figures for all.`,
  hour: 'Hour',
  dials: 'Calls',
  tries: { first: 'First try', second: 'Second try', later: 'Later try' },
  notDialled: 'Who would not be called',
  reason: 'Reason',
  people: 'People',
};

/** Who of a campaign can be called now, and what keeps the others from it. */
export const standingText = {
  title: 'Who can be called now?',
  failed: 'The people could not be counted.',
  nobody: 'Nobody is on it yet.',
  sentence: (count: number, { now, wait, never }: { now: number; wait: number; never: number }) =>
    now === count
      ? `All ${people(count)} can be called now.`
      : `${people(count)}: ${now.toLocaleString()} can be called now, ${wait.toLocaleString()} waiting for their time, ${never.toLocaleString()} left out.`,
  byRule: 'Who is not called now, by rule',
  rule: 'Rule',
  effect: 'What it means',
  people: 'People',
  waits: 'Waits',
  leftOut: 'Left out',
  counting: 'Counting whom the rules keep from a call…',
  keepsNobody: (all: number) =>
    all === 1
      ? 'The one person is not kept from a call by this.'
      : `None of ${people(all)} is kept from a call by this.`,
  keeps: (count: number, all: number, waits: boolean, why: string) =>
    `${count.toLocaleString()} of ${all.toLocaleString()} ${waits ? (count === 1 ? 'waits' : 'wait') : count === 1 ? 'is left out' : 'are left out'}: ${why.charAt(0).toLowerCase()}${why.slice(1)}.`,
  asSaved: 'Counted as it was saved, and anew when you continue.',
  onLists: (count: number, lists: number) =>
    lists === 1 ? `${people(count)} on the list` : `At most ${people(count)} on ${lists} lists`,
  sums: { people: 'People', now: 'Can be called now', wait: 'Waiting for their time', never: 'Left out' },
  codes: {
    OUTSIDE_HOURS: 'Outside the hours in which they may be called',
    HOLIDAY: 'A public holiday where they are',
    DAILY_CAP: 'Called as often as allowed of late',
    SPACING: 'Called too short a while ago',
    ATTEMPT_CAP: 'Tried as often as the campaign allows',
    NUMBER_IN_CALL: 'On a call just now',
    NOT_DUE: 'Their next try comes later',
    NO_CONSENT: 'No consent to such calls is known',
    CONSENT_EXPIRED: 'Their consent is too old',
    CONSENT_REVOKED: 'They took their consent back',
    SUPPRESSED: 'On the do-not-call list',
    DNC_NATIONAL: 'On the national do-not-call list',
    LITIGATOR_LISTED: 'Known to sue over calls',
    REASSIGNED_NUMBER: 'The number belongs to somebody else by now',
    INVALID_NUMBER: 'Not a number that can be called',
    BLOCKED_DESTINATION: 'In a country that is not called',
    EMERGENCY_OR_SPECIAL_NUMBER: 'An emergency or special number',
    UNKNOWN_LOCATION: 'Where they are is not known, so neither are their hours',
    STATE_REGISTRATION_MISSING: 'You are not registered to sell where they are',
    CALLER_ID_NOT_OWNED: 'The number to call from is not yours',
    DISCLOSURE_MISSING: 'The agent does not say what it must',
    RECORDING_POLICY_MISSING: 'It is not said whether calls are recorded',
    SCHEDULE_ENDED: 'The campaign’s time is over',
    CONTENT_CLASS_NOT_AVAILABLE: 'This kind of calls is not possible there',
    EMERGENCY_NOT_AUTHORISED: 'No administrator answers for the emergency',
  } as Readonly<Record<string, string>>,
};
