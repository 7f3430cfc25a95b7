import { test } from 'tap';
import { type DialFacts, mayDial, type RefusalCode, refusalCodes, ruleOrder } from '../../src/compliance/may-dial.ts';
import { httpStatus } from '../../src/errors.ts';
import { at, attempt, classed, contact, days, hours, to, vouched } from './facts.ts';

const listed = { id: 's1', since: '2026-11-01T00:00:00.000Z', source: 'api' };
const campaign = { id: 'c1', attempts: 0, maxAttempts: null, afterMinutes: null };
const weekdays = { timeZone: 'contact', windows: [{ day: 1, from: '09:00', to: '17:00' }] };

test('a call for which every rule said yes is allowed, and every rule is kept in order', async t => {
  const verdict = mayDial(vouched, at);
  t.match(verdict, { allowed: true, code: null, rule: null, message: null, permanent: false, dueAt: null });
  t.equal(verdict.at, at.toISOString());
  t.same(verdict.subject, { to: '+12125550100', from: '+14155550123', contentClass: null, vouchedBy: 'user:u1' });
  t.ok(verdict.rules.every(({ result, code }) => result === 'passed' && code === null));
});

test('who vouches answers for consent, hours and caps; a class is held to all rules', async t => {
  const names = (facts: DialFacts) => mayDial(facts, at).rules.map(each => each.rule);
  t.same(names(vouched), [
    'kill-switch',
    'number-form',
    'special-number',
    'blocked-country',
    'suppression',
    'content-class',
    'consent',
    'caller-id',
    'location',
    'live-call',
  ]);
  t.same(ruleOrder, [
    'kill-switch',
    'number-form',
    'special-number',
    'blocked-country',
    'suppression',
    'content-class',
    'consent',
    'reassigned-number',
    'national-registry',
    'litigators',
    'caller-id',
    'attestation',
    'caller-id-load',
    'location',
    'state-registration',
    'disclosure',
    'recording-policy',
    'abandonment',
    'schedule-end',
    'live-call',
    'attempts-per-campaign',
    'attempts-per-day',
    'attempts-per-week',
    'conversations-per-month',
    'spacing',
    'schedule',
    'hours',
  ]);
  t.same(names(classed), ruleOrder);
  t.ok(mayDial(classed, at).rules.every(({ result }) => result === 'passed'));
  const without = (...missing: string[]) => ruleOrder.filter(name => !missing.includes(name));
  t.same(
    names({ ...classed, contentClass: 'informational' }),
    without('national-registry', 'state-registration'),
    'nothing is sold',
  );
  t.same(
    names({ ...classed, contentClass: 'emergency', emergency: { reason: 'flood', byAdmin: true } }),
    without(
      ...['consent', 'reassigned-number', 'national-registry', 'litigators', 'state-registration', 'disclosure'],
      ...['recording-policy', 'abandonment', 'conversations-per-month', 'spacing', 'hours'],
    ),
    'an emergency asks neither for consent nor for the hour',
  );
  t.same([...new Set(names({ ...classed, contentClass: undefined }))], ruleOrder, 'what cannot be told is held to all');
});

test('the rules refuse in their order', async t => {
  // Everything is wrong at once; mended from the front, each next rule speaks.
  let facts: DialFacts = {
    ...classed,
    killSwitch: { on: true },
    to: to('+13055550100'),
    suppression: listed,
    countries: ['DE'],
    from: '+14155550123',
    fromIsOurs: false,
    liveCall: 'c1',
    contact: { ...contact, consent: null },
    nationalRegistry: { listed: true, fileDate: '2026-01-01' },
    reassignment: { answer: 'yes', checkedAt: '2026-11-10' },
    litigators: { listed: true, fileDate: '2026-11-10' },
    attestation: { lowest: 'A', last: 'C' },
    disclosure: { missing: ['ai'] },
    recording: { recorded: null },
    abandonment: { answered: 10, abandoned: 5 },
    campaign: { ...campaign, attempts: 6 },
    schedule: { ...weekdays, endsAt: '2026-11-01' },
    attempts: [attempt(hours(1)), attempt(days(2)), attempt(days(3))],
  };
  const night = new Date('2026-11-21T06:00:00Z');
  const mend: [RefusalCode, Partial<DialFacts>][] = [
    ['KILL_SWITCH', { killSwitch: { on: false } }],
    ['BLOCKED_DESTINATION', { countries: ['US'] }],
    ['SUPPRESSED', { suppression: null }],
    ['NO_CONSENT', { contact }],
    ['REASSIGNED_NUMBER', { reassignment: 'off' }],
    ['DNC_NATIONAL', { nationalRegistry: 'off' }],
    ['LITIGATOR_LISTED', { litigators: 'off' }],
    ['CALLER_ID_NOT_OWNED', { fromIsOurs: true }],
    ['ATTESTATION_TOO_LOW', { attestation: null }],
    ['STATE_REGISTRATION_MISSING', { registrations: [{ region: 'US-FL', documentDate: '2026-03-01' }] }],
    ['DISCLOSURE_MISSING', { disclosure: null }],
    ['RECORDING_POLICY_MISSING', { recording: null }],
    ['CAMPAIGN_ABANDON_RATE', { abandonment: null }],
    ['SCHEDULE_ENDED', { schedule: weekdays }],
    ['NUMBER_IN_CALL', { liveCall: null }],
    ['ATTEMPT_CAP', { campaign }],
    ['DAILY_CAP', { attempts: [attempt(days(2)), attempt(days(3)), attempt(days(4))] }],
    ['ATTEMPT_CAP', { attempts: [attempt(days(2), { outcome: 'abandoned' })] }],
    ['SPACING', { attempts: [] }],
    ['OUTSIDE_HOURS', { schedule: null }],
    ['OUTSIDE_HOURS', { contentClass: 'emergency', emergency: { reason: 'flood', byAdmin: true } }],
  ];
  for (const [code, next] of mend) {
    t.equal(mayDial(facts, night).code, code, `${code}, mended by ${Object.keys(next)}`);
    facts = { ...facts, ...next };
  }
  t.equal(mayDial(facts, night).allowed, true);
});

const refusals: [string, Partial<DialFacts>, RefusalCode, string, boolean][] = [
  ['the kill switch is on', { killSwitch: { on: true, since: 'x' } }, 'KILL_SWITCH', 'kill-switch', false],
  ['no number', { to: to('') }, 'INVALID_NUMBER', 'number-form', true],
  ['letters', { to: to('call me') }, 'INVALID_NUMBER', 'number-form', true],
  ['too short', { to: to('+1212555') }, 'INVALID_NUMBER', 'number-form', true],
  ['an address', { to: to('sip:someone@example.com') }, 'INVALID_NUMBER', 'number-form', true],
  ['withheld', { to: to('anonymous') }, 'INVALID_NUMBER', 'number-form', true],
  ['911', { to: to('911') }, 'EMERGENCY_OR_SPECIAL_NUMBER', 'special-number', true],
  ['+1 911', { to: to('+1911') }, 'EMERGENCY_OR_SPECIAL_NUMBER', 'special-number', true],
  ['112', { to: to('112', 'DE') }, 'EMERGENCY_OR_SPECIAL_NUMBER', 'special-number', true],
  ['toll-free', { to: to('+18005550100') }, 'EMERGENCY_OR_SPECIAL_NUMBER', 'special-number', true],
  ['premium', { to: to('+19005550100') }, 'EMERGENCY_OR_SPECIAL_NUMBER', 'special-number', true],
  ['premium, not assigned', { to: to('+19000000000') }, 'EMERGENCY_OR_SPECIAL_NUMBER', 'special-number', true],
  ['personal', { to: to('+15335550100') }, 'EMERGENCY_OR_SPECIAL_NUMBER', 'special-number', true],
  ["the carrier's test numbers", { to: to('+15005550001') }, 'EMERGENCY_OR_SPECIAL_NUMBER', 'special-number', true],
  ['premium abroad', { to: to('+498005550100') }, 'EMERGENCY_OR_SPECIAL_NUMBER', 'special-number', true],
  ['Jamaica behind +1', { to: to('+18765550100') }, 'BLOCKED_DESTINATION', 'blocked-country', true],
  ['Puerto Rico behind +1', { to: to('+17875550100') }, 'BLOCKED_DESTINATION', 'blocked-country', true],
  ['a country without rules', { to: to('+3612345678') }, 'BLOCKED_DESTINATION', 'blocked-country', true],
  ['a satellite', { to: to('+881612345678') }, 'BLOCKED_DESTINATION', 'blocked-country', true],
  [
    'an unknown area code, US not allowed',
    { to: to('+19995550123'), countries: ['DE'] },
    'BLOCKED_DESTINATION',
    'blocked-country',
    true,
  ],
  ['somebody opted out', { suppression: listed }, 'SUPPRESSED', 'suppression', true],
  ['a class nobody offers', { contentClass: 'survey' }, 'CONTENT_CLASS_NOT_AVAILABLE', 'content-class', true],
  ['nobody vouches', { vouchedBy: null }, 'NO_CONSENT', 'consent', false],
  ['a caller id of others', { fromIsOurs: false }, 'CALLER_ID_NOT_OWNED', 'caller-id', false],
  ['no caller id at all', { from: null, fromIsOurs: false }, 'CALLER_ID_NOT_OWNED', 'caller-id', false],
  ['a number calling itself', { from: '+12125550100' }, 'INVALID_NUMBER', 'caller-id', false],
  ['a live call to the number', { liveCall: 'c9' }, 'NUMBER_IN_CALL', 'live-call', false],
];

for (const [name, facts, code, rule, permanent] of refusals) {
  test(`refused: ${name}`, async t => {
    const verdict = mayDial({ ...vouched, ...facts }, at);
    t.match(verdict, { allowed: false, code, rule, permanent });
    t.ok(verdict.message && verdict.message.length > 20, 'it says what is wrong');
    const own = verdict.rules.find(each => each.rule === rule);
    t.match(own, { result: 'refused', code });
    t.ok(verdict.rules.length >= 9, 'the others are kept as well');
  });
}

const telemarketing = (fields: Partial<DialFacts>): Partial<DialFacts> => ({ ...classed, ...fields });
const consent = (fields: object): Partial<DialFacts> =>
  telemarketing({ contact: { ...contact, consent: { ...contact.consent!, ...fields } } });

const refusalsOfClasses: [string, Partial<DialFacts>, RefusalCode, string, boolean][] = [
  [
    'a class nobody offers',
    telemarketing({ contentClass: 'survey' }),
    'CONTENT_CLASS_NOT_AVAILABLE',
    'content-class',
    true,
  ],
  [
    'an emergency without administrator',
    telemarketing({ contentClass: 'emergency', emergency: { reason: 'x', byAdmin: false } }),
    'EMERGENCY_NOT_AUTHORISED',
    'content-class',
    false,
  ],
  [
    'an emergency without reason',
    telemarketing({ contentClass: 'emergency', emergency: { reason: ' ', byAdmin: true } }),
    'EMERGENCY_NOT_AUTHORISED',
    'content-class',
    false,
  ],
  [
    'an emergency nobody declared',
    telemarketing({ contentClass: 'emergency' }),
    'EMERGENCY_NOT_AUTHORISED',
    'content-class',
    false,
  ],
  ['nobody we know', telemarketing({ contact: null }), 'NO_CONSENT', 'consent', true],
  ['no consent on record', telemarketing({ contact: { ...contact, consent: null } }), 'NO_CONSENT', 'consent', true],
  ['sales with spoken consent', consent({ kind: 'express' }), 'NO_CONSENT', 'consent', true],
  [
    'a kind of consent nobody knows',
    { ...consent({ kind: 'implied' }), contentClass: 'informational' },
    'NO_CONSENT',
    'consent',
    true,
  ],
  ['consent without source', consent({ source: ' ' }), 'NO_CONSENT', 'consent', true],
  ['consent from the future', consent({ at: '2026-11-20T18:10:00Z' }), 'NO_CONSENT', 'consent', true],
  ['consent at no time', consent({ at: 'some day' }), 'NO_CONSENT', 'consent', true],
  [
    'consent taken back',
    telemarketing({ contact: { ...contact, revokedAt: '2026-11-01T00:00:00Z' } }),
    'CONSENT_REVOKED',
    'consent',
    true,
  ],
  [
    'taken back, nothing since',
    telemarketing({ contact: { ...contact, consent: null, revokedAt: '2026-11-01T00:00:00Z' } }),
    'CONSENT_REVOKED',
    'consent',
    true,
  ],
  [
    'taken back at no time',
    telemarketing({ contact: { ...contact, revokedAt: '?' } }),
    'CONSENT_REVOKED',
    'consent',
    true,
  ],
  [
    'other consents that are older than their withdrawal',
    telemarketing({
      contact: {
        ...contact,
        consent: null,
        otherConsents: [{ kind: 'express-written', at: '2026-10-01T00:00:00Z', source: 'form' }],
        revokedAt: '2026-11-01T00:00:00Z',
      },
    }),
    'CONSENT_REVOKED',
    'consent',
    true,
  ],
  [
    'sales with an old written consent and a new spoken one',
    telemarketing({
      contact: {
        ...contact,
        consent: { ...contact.consent!, at: '2024-01-20T18:00:00Z' },
        otherConsents: [{ kind: 'express', at: '2026-11-01T00:00:00Z', source: 'call' }],
      },
    }),
    'CONSENT_EXPIRED',
    'consent',
    true,
  ],
  ['consent of 18 months ago', consent({ at: '2025-05-20T18:00:00Z' }), 'CONSENT_EXPIRED', 'consent', true],
  [
    'another owner',
    telemarketing({ reassignment: { answer: 'yes', checkedAt: '2026-11-10' } }),
    'REASSIGNED_NUMBER',
    'reassigned-number',
    true,
  ],
  [
    'nobody knows the owner',
    telemarketing({ reassignment: { answer: 'no-data', checkedAt: '2026-11-10' } }),
    'REASSIGNED_NUMBER',
    'reassigned-number',
    true,
  ],
  [
    'owner asked long ago',
    telemarketing({ reassignment: { answer: 'no', checkedAt: '2026-10-01' } }),
    'REASSIGNED_NUMBER',
    'reassigned-number',
    false,
  ],
  [
    'an old registry file',
    telemarketing({ nationalRegistry: { listed: false, fileDate: '2026-10-19' } }),
    'DNC_NATIONAL',
    'national-registry',
    false,
  ],
  [
    'a registry file without date',
    telemarketing({ nationalRegistry: { listed: false, fileDate: '' } }),
    'DNC_NATIONAL',
    'national-registry',
    false,
  ],
  [
    'somebody who sues',
    telemarketing({ litigators: { listed: true, fileDate: '2026-11-10' } }),
    'LITIGATOR_LISTED',
    'litigators',
    true,
  ],
  [
    'an old list of them',
    telemarketing({ litigators: { listed: false, fileDate: '2026-09-10' } }),
    'LITIGATOR_LISTED',
    'litigators',
    false,
  ],
  [
    'a weak signature',
    telemarketing({ attestation: { lowest: 'B', last: 'C' } }),
    'ATTESTATION_TOO_LOW',
    'attestation',
    false,
  ],
  [
    'no signature',
    telemarketing({ attestation: { lowest: 'B', last: null } }),
    'ATTESTATION_TOO_LOW',
    'attestation',
    false,
  ],
  ['an area code in no table', telemarketing({ to: to('+19995550123') }), 'UNKNOWN_LOCATION', 'location', true],
  [
    'that, with a zone on record',
    telemarketing({ to: to('+19995550123'), contact: { ...contact, timeZone: 'America/Chicago' } }),
    'UNKNOWN_LOCATION',
    'location',
    true,
  ],
  [
    'a zone that is none',
    telemarketing({ contact: { ...contact, timeZone: 'EST5' } }),
    'UNKNOWN_LOCATION',
    'location',
    true,
  ],
  [
    'a country without rules',
    telemarketing({ to: to('+36301234567'), countries: ['HU'] }),
    'UNKNOWN_LOCATION',
    'location',
    true,
  ],
  [
    'Florida, not registered',
    telemarketing({ to: to('+13055550100') }),
    'STATE_REGISTRATION_MISSING',
    'state-registration',
    false,
  ],
  [
    'Texas, registered elsewhere',
    telemarketing({ to: to('+12145550100'), registrations: [{ region: 'US-FL', documentDate: '2026-01-01' }] }),
    'STATE_REGISTRATION_MISSING',
    'state-registration',
    false,
  ],
  [
    'Washington, not yet',
    telemarketing({ to: to('+12065550100'), registrations: [{ region: 'US-WA', documentDate: '2026-12-01' }] }),
    'STATE_REGISTRATION_MISSING',
    'state-registration',
    false,
  ],
  [
    'an agent that hides the seller',
    telemarketing({ disclosure: { missing: ['seller'] } }),
    'DISCLOSURE_MISSING',
    'disclosure',
    false,
  ],
  [
    'recording undecided',
    telemarketing({ recording: { recorded: null } }),
    'RECORDING_POLICY_MISSING',
    'recording-policy',
    false,
  ],
  [
    'three in a hundred heard nobody',
    telemarketing({ abandonment: { answered: 100, abandoned: 3 } }),
    'CAMPAIGN_ABANDON_RATE',
    'abandonment',
    false,
  ],
  [
    'two of few heard nobody',
    telemarketing({ abandonment: { answered: 49, abandoned: 2 } }),
    'CAMPAIGN_ABANDON_RATE',
    'abandonment',
    false,
  ],
  [
    'the campaign is over',
    telemarketing({ schedule: { ...weekdays, endsAt: '2026-11-20T18:00:00Z' } }),
    'SCHEDULE_ENDED',
    'schedule-end',
    true,
  ],
  [
    'six attempts of a campaign',
    telemarketing({ campaign: { ...campaign, attempts: 6 } }),
    'ATTEMPT_CAP',
    'attempts-per-campaign',
    true,
  ],
  [
    'as many as the campaign allows',
    telemarketing({ campaign: { ...campaign, attempts: 2, maxAttempts: 2 } }),
    'ATTEMPT_CAP',
    'attempts-per-campaign',
    true,
  ],
  [
    'more than any campaign may',
    telemarketing({ campaign: { ...campaign, attempts: 10, maxAttempts: 99 } }),
    'ATTEMPT_CAP',
    'attempts-per-campaign',
    true,
  ],
  ['called today', telemarketing({ attempts: [attempt(hours(23))] }), 'DAILY_CAP', 'attempts-per-day', false],
  [
    'three calls this week',
    telemarketing({ attempts: [attempt(days(2)), attempt(days(4)), attempt(days(6))] }),
    'ATTEMPT_CAP',
    'attempts-per-week',
    false,
  ],
  [
    'two conversations this month',
    telemarketing({
      attempts: [attempt(days(8), { outcome: 'conversation' }), attempt(days(20), { outcome: 'conversation' })],
    }),
    'ATTEMPT_CAP',
    'conversations-per-month',
    false,
  ],
  [
    'not interested last month',
    telemarketing({ attempts: [attempt(days(30), { outcome: 'conversation', refused: true })] }),
    'SPACING',
    'spacing',
    false,
  ],
  ['a day without windows', telemarketing({ schedule: weekdays }), 'OUTSIDE_HOURS', 'schedule', false],
  [
    'a holiday of the campaign',
    telemarketing({
      schedule: {
        timeZone: 'America/New_York',
        windows: [{ day: 5, from: '09:00', to: '17:00' }],
        holidays: ['2026-11-20'],
      },
    }),
    'HOLIDAY',
    'schedule',
    false,
  ],
  [
    'a zone for the schedule that nobody knows',
    {
      ...telemarketing({ to: to('+19995550123'), schedule: weekdays }),
      contentClass: 'emergency',
      emergency: { reason: 'flood', byAdmin: true },
    },
    'UNKNOWN_LOCATION',
    'schedule',
    true,
  ],
];

for (const [name, facts, code, rule, permanent] of refusalsOfClasses) {
  test(`refused with a class: ${name}`, async t => {
    const verdict = mayDial({ ...classed, ...facts }, at);
    t.match(verdict, { allowed: false, code, rule, permanent });
    t.ok(verdict.message && verdict.message.length > 20, 'it says what is wrong');
  });
}

const accepted: [string, Partial<DialFacts>][] = [
  ['a reminder with spoken consent', { ...consent({ kind: 'express' }), contentClass: 'informational' }],
  [
    'an old written consent and a newer spoken one, for a reminder',
    {
      ...consent({ at: '2024-01-20T18:00:00Z' }),
      contact: {
        ...contact,
        consent: { ...contact.consent!, at: '2024-01-20T18:00:00Z' },
        otherConsents: [{ kind: 'express', at: '2026-11-01T00:00:00Z', source: 'call' }],
      },
      contentClass: 'informational',
    },
  ],
  ['consent given again after it was taken back', { contact: { ...contact, revokedAt: '2026-09-01T00:00:00Z' } }],
  [
    'old consent, and a conversation since',
    { ...consent({ at: '2025-05-20T18:00:00Z' }), attempts: [attempt(days(40), { outcome: 'conversation' })] },
  ],
  ['consent one day younger than 18 months', consent({ at: '2025-05-21T18:00:00Z' })],
  ['on the national registry, agreed in writing', { nationalRegistry: { listed: true, fileDate: '2026-10-21' } }],
  ['a strong enough signature', { attestation: { lowest: 'B', last: 'A' } }],
  ['a reminder to Florida, which is no sale', { contentClass: 'informational', to: to('+13055550100') }],
  ['Florida, registered', { to: to('+13055550100'), registrations: [{ region: 'US-FL', documentDate: '2026-11-20' }] }],
  ['two in a hundred heard nobody', { abandonment: { answered: 100, abandoned: 2 } }],
  ['one of few heard nobody', { abandonment: { answered: 1, abandoned: 1 } }],
  ['nine attempts where the campaign allows ten', { campaign: { ...campaign, attempts: 9, maxAttempts: 10 } }],
  ['called a day ago', { attempts: [attempt(days(1))] }],
  [
    'called today, but it never rang',
    { attempts: [attempt(hours(1), { outcome: 'failed' }), attempt(hours(2), { outcome: 'invalid-number' })] },
  ],
  [
    'an emergency at a number without place',
    { contentClass: 'emergency', emergency: { reason: 'flood', byAdmin: true }, contact: null, to: to('+19995550123') },
  ],
];

for (const [name, facts] of accepted) {
  test(`allowed: ${name}`, async t => {
    const verdict = mayDial({ ...classed, ...facts }, at);
    t.match(verdict, { allowed: true, code: null, dueAt: null }, JSON.stringify(verdict.message));
  });
}

const warnings: [string, Partial<DialFacts>, string][] = [
  ['no national registry is configured', { nationalRegistry: 'off' }, 'national-registry'],
  ['no database of reassigned numbers is configured', { reassignment: 'off' }, 'reassigned-number'],
  ['an agent that nobody can read', { disclosure: { missing: 'unreadable' } }, 'disclosure'],
  ['an agent that does not mention recording', { disclosure: { missing: ['recording'] } }, 'disclosure'],
  ['more than two in a hundred heard nobody', { abandonment: { answered: 1000, abandoned: 21 } }, 'abandonment'],
  ['a caller id that rings many', { callsFromToday: 50 }, 'caller-id-load'],
];

for (const [name, facts, rule] of warnings) {
  test(`warned: ${name}`, async t => {
    const verdict = mayDial({ ...classed, ...facts }, at);
    t.equal(verdict.allowed, true);
    const [warning, ...others] = verdict.rules.filter(({ result }) => result === 'warned');
    t.match(warning, { rule, code: null, message: /\w{4}/ });
    t.same(others, []);
  });
}

test('every code but one is refused somewhere above, and every one is an error that clients can meet', async t => {
  const seen = new Set([...refusals, ...refusalsOfClasses].map(([, , code]) => code));
  t.same(
    refusalCodes.filter(code => !seen.has(code)),
    ['VERDICT_INCOMPLETE'],
    'which the next test is about',
  );
  for (const code of refusalCodes) t.ok(httpStatus[code] >= 400, code);
});

test('fail closed: whatever fact is missing, nobody is called', async t => {
  for (const base of [vouched, classed]) {
    const asked = Object.keys(base) as (keyof DialFacts)[];
    // What only a class is asked for may be missing where somebody vouches.
    const needed = base === classed ? asked.filter(name => name !== 'vouchedBy') : asked.slice(0, 10);
    for (const name of needed) {
      const verdict = mayDial({ ...base, [name]: undefined }, at);
      t.match(verdict, { allowed: false, code: 'VERDICT_INCOMPLETE', permanent: false, dueAt: null }, name);
      t.ok(
        verdict.rules.some(
          ({ result, evidence }) => result === 'unknown' && [evidence['missing']].flat().includes(name),
        ),
        `${name} is named`,
      );
    }
  }
  const nothing = Object.fromEntries(Object.keys(classed).map(name => [name, undefined])) as unknown as DialFacts;
  t.match(mayDial(nothing, at), { allowed: false, rule: 'kill-switch', code: 'VERDICT_INCOMPLETE' });
});

test('an area code in no table is a warning where a person vouches', async t => {
  const verdict = mayDial({ ...vouched, to: to('+19995550123') }, at);
  t.equal(verdict.allowed, true);
  t.match(
    verdict.rules.find(({ result }) => result === 'warned'),
    { rule: 'location', evidence: { areaCode: '999' } },
  );
});

test('an opt-out goes before any consent, whenever it was given', async t => {
  const facts = { ...classed, suppression: { ...listed, since: '2020-01-01T00:00:00Z' } };
  t.match(mayDial(facts, at), { code: 'SUPPRESSED', permanent: true, dueAt: null });
});

test('neighbours on a shared plan follow the country whose law governs them', async t => {
  t.equal(mayDial({ ...vouched, to: to('+447911123456') }, at).allowed, true, 'reported as Guernsey');
  t.equal(mayDial({ ...vouched, to: to('+447911123456'), countries: ['US'] }, at).code, 'BLOCKED_DESTINATION');
});
