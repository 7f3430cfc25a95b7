import t from 'tap';
import { defaultRetry, nextAttempt } from '../../src/campaigns/retry-rules.ts';

const now = new Date('2026-11-23T15:00:00Z');
const hours = (count: number) => ({ kind: 'again', dueAt: new Date(now.getTime() + count * 3_600_000) });
const rules = { maxAttempts: 5, afterMinutes: { busy: [60, 180], 'no-answer': [240] } };

t.test('each outcome has a schedule of its own, whose last entry repeats', async t => {
  t.same(nextAttempt(rules, ['busy'], now), hours(1));
  t.same(nextAttempt(rules, ['busy', 'busy'], now), hours(3));
  t.same(nextAttempt(rules, ['busy', 'busy', 'busy'], now), hours(3));
  t.same(nextAttempt(rules, ['busy', 'no-answer'], now), hours(4));
  t.same(nextAttempt(rules, ['no-answer', 'busy'], now), hours(1), 'only outcomes like the last one count');
});

t.test('it ends with the last attempt, and with whoever was reached', async t => {
  t.same(nextAttempt(rules, Array(5).fill('busy'), now), { kind: 'done' });
  t.same(nextAttempt(rules, ['conversation'], now), { kind: 'done' });
  t.same(nextAttempt({ ...rules, afterMinutes: { conversation: [5] } }, ['conversation'], now), { kind: 'done' });
  t.same(nextAttempt(rules, ['invalid-number'], now), { kind: 'done' });
  t.match(nextAttempt(rules, ['opt-out'], now), { kind: 'blocked', code: 'SUPPRESSED' });
});

t.test('a message that was left is the end, unless the campaign wants another try', async t => {
  t.same(nextAttempt(rules, ['message-left'], now), { kind: 'done' });
  const again = { ...rules, afterMinutes: { 'message-left': [24 * 60] } };
  t.same(nextAttempt(again, ['message-left'], now), hours(24));
});

t.test('outcomes that the campaign does not name have careful defaults', async t => {
  t.same(nextAttempt(rules, ['voicemail'], now), hours(24));
  t.same(nextAttempt(rules, ['abandoned'], now), hours(72), 'whoever heard silence is left alone');
  t.same(nextAttempt(rules, ['canceled'], now), hours(4));
  t.same(
    nextAttempt({ ...rules, afterMinutes: { busy: [] } }, ['busy'], now),
    { kind: 'done' },
    'an empty list is a no',
  );
  t.same(nextAttempt(null, ['failed'], now), hours(1));
  t.same(nextAttempt(null, Array(defaultRetry.maxAttempts).fill('busy'), now), { kind: 'done' });
});
