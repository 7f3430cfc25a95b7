import { test } from 'tap';
import { rang, whenFewer } from '../../src/compliance/caps.ts';
import type { DialFacts, PastAttempt } from '../../src/compliance/dial-facts.ts';
import { mayDial } from '../../src/compliance/may-dial.ts';
import { at, attempt, classed, contact, days, hours, to } from './facts.ts';

const called = (...attempts: PastAttempt[]): DialFacts => ({ ...classed, attempts });
const after = (ms: number) => new Date(at.getTime() + ms).toISOString();
const rule = (facts: DialFacts, name: string, moment = at) =>
  mayDial(facts, moment).rules.find(each => each.rule === name);
const campaign = (fields: object = {}) => ({ id: 'c1', attempts: 1, maxAttempts: null, afterMinutes: null, ...fields });

test('calls of every campaign and every caller id count together', async t => {
  const facts = called(attempt(hours(5), { campaignId: 'other', outcome: 'busy' }));
  t.match(rule({ ...facts, campaign: campaign() }, 'attempts-per-day'), {
    result: 'refused',
    evidence: { inLast24Hours: 1, most: 1 },
  });
});

test('a cap of three a day counts any 24 hours, not a calendar day', async t => {
  const three = [attempt(hours(23)), attempt(hours(10)), attempt(hours(1))];
  const facts = { ...called(...three), caps: { perDay: 3, perWeek: 7 } };
  t.equal(rule(facts, 'attempts-per-day')?.result, 'refused');
  t.equal(rule(facts, 'attempts-per-day', new Date(at.getTime() + hours(1) - 1))?.result, 'refused');
  t.equal(rule(facts, 'attempts-per-day', new Date(at.getTime() + hours(1)))?.result, 'passed');
});

test('no setting goes beyond the bounds, and a state may be stricter for sales', async t => {
  const generous = { perDay: 99, perWeek: 99 };
  const three = [attempt(hours(5)), attempt(hours(9)), attempt(hours(20))];
  t.match(rule({ ...called(...three), caps: generous }, 'attempts-per-day')?.evidence, { most: 3 });
  const seven = Array.from({ length: 7 }, (_, index) => attempt(days(2) + hours(index)));
  t.match(rule({ ...called(...seven), caps: generous }, 'attempts-per-week'), {
    result: 'refused',
    evidence: { most: 7 },
  });
  t.match(rule({ ...called(), to: to('+13055550100'), caps: generous }, 'attempts-per-day')?.evidence, { most: 3 });
});

test('an emergency may be told as often as the bounds allow', async t => {
  const emergency = { contentClass: 'emergency', emergency: { reason: 'flood', byAdmin: true } };
  const two = [attempt(hours(1)), attempt(hours(2))];
  t.equal(mayDial({ ...called(...two), ...emergency }, at).allowed, true);
  t.equal(mayDial({ ...called(...two, attempt(hours(3))), ...emergency }, at).code, 'DAILY_CAP');
});

test('France has its own count for 30 days', async t => {
  const four = [3, 10, 18, 25].map(ago => attempt(days(ago)));
  const facts = { ...called(...four), to: to('+33612345678') };
  t.match(rule(facts, 'conversations-per-month'), { result: 'refused', code: 'ATTEMPT_CAP' });
  t.equal(rule({ ...facts, attempts: four.slice(1) }, 'conversations-per-month')?.result, 'passed');
});

const generous = { perDay: 3, perWeek: 7 };
const gaps: [string, Partial<PastAttempt>, number][] = [
  ['no answer', { outcome: 'no-answer' }, hours(4)],
  ['a busy line', { outcome: 'busy' }, hours(0.5)],
  ['a mailbox', { outcome: 'voicemail' }, days(1)],
  ['a message left', { outcome: 'message-left' }, days(1)],
  ['a call nobody knows the end of', { outcome: null }, hours(4)],
  ['silence on the line', { outcome: 'abandoned' }, days(3)],
  ['a call hung up at once', { outcome: 'conversation', talkedSeconds: 6, hungUpByThem: true }, days(7)],
  ['a refusal', { outcome: 'conversation', talkedSeconds: 40, refused: true }, days(60)],
];
for (const [name, fields, gap] of gaps) {
  test(`the pause after ${name}`, async t => {
    const facts = (agoMs: number) => ({ ...called(attempt(agoMs, fields)), caps: generous });
    t.match(rule(facts(gap - 1000), 'spacing'), {
      result: 'refused',
      code: 'SPACING',
      evidence: { until: after(1000) },
    });
    t.equal(rule(facts(gap), 'spacing')?.result, 'passed');
  });
}

test('no pause is asked after a conversation, and none after a call that never rang', async t => {
  const talked = attempt(hours(1), { outcome: 'conversation', talkedSeconds: 90, hungUpByThem: true });
  t.equal(rule(called(talked), 'spacing')?.result, 'passed');
  t.equal(rule(called(attempt(hours(1), { outcome: 'failed' })), 'spacing')?.result, 'passed');
});

test('a campaign spreads its own attempts as it says, by outcome and count', async t => {
  const busy = (ago: number) => attempt(ago, { outcome: 'busy', campaignId: 'c1' });
  const retry = campaign({ afterMinutes: { busy: [5, 60], 'no-answer': [] } });
  const spacing = (...attempts: PastAttempt[]) =>
    rule({ ...called(...attempts), caps: generous, campaign: retry }, 'spacing')?.result;
  t.equal(spacing(busy(hours(0.1))), 'passed', 'five minutes after the first');
  t.equal(spacing(busy(hours(0.5)), busy(hours(3))), 'refused', 'an hour after the second');
  t.equal(spacing(busy(hours(1)), busy(hours(3))), 'passed');
  t.equal(spacing(busy(hours(1)), busy(hours(3)), busy(hours(6))), 'passed', 'the last one holds for all after it');
  t.equal(spacing(attempt(hours(3), { campaignId: 'c1' })), 'refused', 'what it does not name has the usual pause');
  t.equal(spacing(attempt(hours(0.1), { outcome: 'busy', campaignId: 'other' })), 'refused', 'as have other campaigns');
});

test('whoever hangs up at once twice is left alone by the campaign', async t => {
  const hangUp = (ago: number) =>
    attempt(ago, { outcome: 'conversation', talkedSeconds: 3, hungUpByThem: true, campaignId: 'c1' });
  const facts = { ...called(hangUp(days(8)), hangUp(days(20))), campaign: campaign({ attempts: 2 }) };
  t.match(mayDial(facts, at), { code: 'ATTEMPT_CAP', permanent: true });
  t.equal(
    mayDial({ ...facts, campaign: campaign({ id: 'c2' }) }, at).code,
    'ATTEMPT_CAP',
    'two conversations in 30 days',
  );
});

test('when a window has room again is what counting at every minute finds', async t => {
  for (let seed = 1; seed <= 40; seed++) {
    const most = (seed % 3) + 1;
    const attempts = Array.from({ length: seed % 6 }, (_, index) => attempt(hours(((seed * 7 + index * 11) % 50) / 2)));
    const found = whenFewer(attempts, most, days(1), at.getTime());
    const inWindow = (moment: number) =>
      attempts.filter(each => each.at > moment - days(1) && each.at <= moment).length;
    let wanted = at.getTime();
    while (inWindow(wanted) >= most) wanted += 60_000;
    t.equal(found, wanted, `seed ${seed}`);
  }
});

test('calls that reached nobody do not count', async t => {
  const outcomes = ['failed', 'invalid-number', 'busy', 'no-answer', 'conversation', null];
  t.equal(rang(outcomes.map(outcome => attempt(0, { outcome }))).length, 4);
});

test('consent does not lift a cap', async t => {
  t.equal(mayDial({ ...called(attempt(hours(1))), contact }, at).code, 'DAILY_CAP');
});

test('a call that somebody asked for is held by the bounds, the law and their own refusals, not by the usual caps and pauses', async t => {
  const booked = (facts: DialFacts) => ({ ...facts, bookedFor: after(-hours(0.25)) });
  const talked = { outcome: 'conversation', talkedSeconds: 60 };
  const code = (facts: DialFacts, moment = at) => mayDial(booked(facts), moment).code;
  t.equal(mayDial(called(attempt(hours(5), talked)), at).code, 'DAILY_CAP', 'nobody is called twice a day unasked');
  t.equal(code(called(attempt(hours(5), talked))), null, 'but when they ask for it');
  t.equal(
    code(called(attempt(hours(1)), attempt(hours(5), talked))),
    null,
    'nor does the pause after no answer hold it',
  );
  const past = new Date(at.getTime() + hours(0.3));
  t.equal(
    code(called(attempt(hours(5), talked)), past),
    'DAILY_CAP',
    'half an hour later it is no more what they asked for',
  );
  const [morning, noon, later] = [attempt(hours(9)), attempt(hours(5)), attempt(hours(1))] as const;
  t.equal(code(called(later, noon, morning)), 'DAILY_CAP', 'never more than three a day');
  const week = Array.from({ length: 7 }, (_, index) => attempt(days(1.5) + hours(12 * index)));
  t.match(mayDial(booked(called(...week)), at), { code: 'ATTEMPT_CAP', rule: 'attempts-per-week' });
  const talks = (count: number) => Array.from({ length: count }, (_, index) => attempt(days(9 + index), talked));
  t.equal(code(called(...talks(3))), null);
  t.match(mayDial(booked(called(...talks(4))), at), { code: 'ATTEMPT_CAP', rule: 'conversations-per-month' });
  t.equal(code(called(attempt(days(2), { ...talked, refused: true }))), 'SPACING');
  t.equal(code(called(attempt(days(2), { ...talked, talkedSeconds: 3, hungUpByThem: true }))), 'SPACING');
  t.equal(code({ ...called(), suppression: { since: after(-days(1)), source: 'call' } as never }), 'SUPPRESSED');
  const tomorrow = new Date(at.getTime() + days(1)).toISOString();
  const sooner = mayDial({ ...called(attempt(hours(1), talked)), bookedFor: after(hours(3)) }, at);
  t.match(sooner, { code: 'DAILY_CAP', dueAt: after(hours(3)) }, 'they are due at the time they asked for');
  t.ok(sooner.dueAt! < tomorrow);
});
