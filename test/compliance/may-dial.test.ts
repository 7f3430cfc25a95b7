import { test } from 'tap';
import { countriesWithRules } from '../../src/compliance/destinations.ts';
import { type DialFacts, mayDial, type RefusalCode, refusalCodes, ruleOrder } from '../../src/compliance/may-dial.ts';
import { normalisePhone } from '../../src/compliance/phone.ts';
import { httpStatus } from '../../src/errors.ts';

const at = new Date('2026-11-20T13:30:00Z');
const to = (text: string, country = 'US') => normalisePhone(text, country);

const fine: DialFacts = {
  killSwitch: { on: false },
  to: to('+12125550100'),
  suppression: null,
  countries: countriesWithRules,
  from: '+14155550123',
  fromIsOurs: true,
  liveCall: null,
  contentClass: null,
  vouchedBy: { kind: 'user', id: 'u1' },
};

const listed = { id: 's1', since: '2026-11-01T00:00:00.000Z', source: 'api' };

test('a call for which every rule said yes is allowed, and every rule is kept in order', async t => {
  const verdict = mayDial(fine, at);
  t.match(verdict, { allowed: true, code: null, rule: null, message: null, permanent: false, at: at.toISOString() });
  t.same(verdict.subject, { to: '+12125550100', from: '+14155550123', contentClass: null, vouchedBy: 'user:u1' });
  t.same(
    verdict.rules.map(each => each.rule),
    ruleOrder,
  );
  t.ok(verdict.rules.every(({ result, code }) => result === 'passed' && code === null));
});

test('the rules stand in the order in which they refuse', async t => {
  t.same(ruleOrder, [
    'kill-switch',
    'number-form',
    'special-number',
    'blocked-country',
    'suppression',
    'content-class',
    'consent',
    'caller-id',
    'live-call',
    'location',
  ]);
  // Everything is wrong at once; mended from the front, each next rule speaks.
  let facts: DialFacts = {
    killSwitch: { on: true },
    to: to('+18765550100'),
    suppression: listed,
    countries: ['US'],
    from: '+14155550123',
    fromIsOurs: false,
    liveCall: 'c1',
    contentClass: 'telemarketing',
    vouchedBy: null,
  };
  const mend: [RefusalCode, Partial<DialFacts>][] = [
    ['KILL_SWITCH', { killSwitch: { on: false } }],
    ['BLOCKED_DESTINATION', { countries: ['US', 'JM'] }],
    ['SUPPRESSED', { suppression: null }],
    ['CONTENT_CLASS_NOT_AVAILABLE', { contentClass: null }],
    ['NO_CONSENT', { vouchedBy: { kind: 'key', id: 'k' } }],
    ['CALLER_ID_NOT_OWNED', { fromIsOurs: true }],
    ['NUMBER_IN_CALL', { liveCall: null }],
  ];
  for (const [code, next] of mend) {
    t.equal(mayDial(facts, at).code, code);
    facts = { ...facts, ...next };
  }
  t.equal(mayDial(facts, at).allowed, true);
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
    { to: to('+14365550123'), countries: ['DE'] },
    'BLOCKED_DESTINATION',
    'blocked-country',
    true,
  ],
  ['somebody opted out', { suppression: listed }, 'SUPPRESSED', 'suppression', true],
  ['a content class', { contentClass: 'informational' }, 'CONTENT_CLASS_NOT_AVAILABLE', 'content-class', false],
  ['nobody vouches', { vouchedBy: null }, 'NO_CONSENT', 'consent', false],
  ['a caller id of others', { fromIsOurs: false }, 'CALLER_ID_NOT_OWNED', 'caller-id', false],
  ['no caller id at all', { from: null, fromIsOurs: false }, 'CALLER_ID_NOT_OWNED', 'caller-id', false],
  ['a number calling itself', { from: '+12125550100' }, 'INVALID_NUMBER', 'caller-id', false],
  ['a live call to the number', { liveCall: 'c9' }, 'NUMBER_IN_CALL', 'live-call', false],
];

for (const [name, facts, code, rule, permanent] of refusals) {
  test(`refused: ${name}`, async t => {
    const verdict = mayDial({ ...fine, ...facts }, at);
    t.match(verdict, { allowed: false, code, rule, permanent });
    t.ok(verdict.message && verdict.message.length > 20, 'it says what is wrong');
    const own = verdict.rules.find(each => each.rule === rule);
    t.match(own, { result: 'refused', code });
    t.equal(verdict.rules.length, ruleOrder.length, 'the others are kept as well');
  });
}

test('fail closed: whatever fact is missing, nobody is called', async t => {
  for (const name of Object.keys(fine) as (keyof DialFacts)[]) {
    const verdict = mayDial({ ...fine, [name]: undefined }, at);
    t.match(verdict, { allowed: false, code: 'VERDICT_INCOMPLETE', permanent: false }, name);
    t.ok(
      verdict.rules.some(({ result, evidence }) => result === 'unknown' && [evidence['missing']].flat().includes(name)),
      `${name} is named`,
    );
  }
  const nothing = Object.fromEntries(Object.keys(fine).map(name => [name, undefined])) as unknown as DialFacts;
  t.match(mayDial(nothing, at), { allowed: false, rule: 'kill-switch', code: 'VERDICT_INCOMPLETE' });
});

test('an area code in no table is a warning where a person vouches', async t => {
  const verdict = mayDial({ ...fine, to: to('+14365550123') }, at);
  t.equal(verdict.allowed, true);
  t.match(verdict.rules.at(-1), { rule: 'location', result: 'warned', evidence: { areaCode: '436' } });
  const classed = mayDial({ ...fine, to: to('+14365550123'), contentClass: 'informational' }, at);
  t.match(classed.rules.at(-1), { result: 'refused', code: 'UNKNOWN_LOCATION' });
});

test('neighbours on a shared plan follow the country whose law governs them', async t => {
  t.equal(mayDial({ ...fine, to: to('+447911123456') }, at).allowed, true, 'reported as Guernsey');
  t.equal(mayDial({ ...fine, to: to('+447911123456'), countries: ['US'] }, at).code, 'BLOCKED_DESTINATION');
});

test('every refusal is an error code that clients can meet', async t => {
  for (const code of refusalCodes) t.ok(httpStatus[code] >= 400, code);
});
