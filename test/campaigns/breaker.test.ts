import t from 'tap';
import {
  breakerAnswer,
  closedBreaker,
  defaultBreaker,
  emptyWindow,
  failuresOf,
  opened,
  withResult,
} from '../../src/campaigns/breaker.ts';

const now = 1_800_000_000_000;

/** Adds results a second apart; the index at which it opened, or -1. */
function opensAt(results: readonly boolean[], stepMs = 1_000): number {
  let window = emptyWindow;
  for (const [index, failed] of results.entries()) {
    const step = withResult(window, failed, now + index * stepMs, defaultBreaker);
    if (step.opens) return index;
    window = step.window;
  }
  return -1;
}
const ok = false;
const bad = true;

t.test('it opens on five failures in a row, and not on four', async t => {
  t.equal(opensAt([ok, bad, bad, bad, bad, bad]), 5);
  t.equal(opensAt([bad, bad, bad, bad, ok, bad, bad, bad, bad, ok]), -1);
});

t.test('it opens when more than half of at least twenty in two minutes failed', async t => {
  const mixed = Array.from({ length: 40 }, (_, index) => index % 3 !== 2); // two of three fail, never five in a row
  t.equal(opensAt(mixed), 19);
  const half = Array.from({ length: 40 }, (_, index) => index % 2 === 1);
  t.equal(opensAt(half), -1, 'half is not more than half');
  t.equal(opensAt(mixed, 10_000), -1, 'there are never twenty within two minutes');
});

t.test(
  'open for a minute, then one trial call, and after three openings in an hour a person is waited for',
  async t => {
    t.same(breakerAnswer(closedBreaker, now), { kind: 'closed' });
    const first = opened(closedBreaker, now, defaultBreaker);
    t.equal(first.givesUp, false);
    t.same(breakerAnswer(first.state, now + 59_999), { kind: 'open', until: now + 60_000 });
    t.same(breakerAnswer(first.state, now + 60_000), { kind: 'trial' });
    const trying = { ...first.state, trialUntil: new Date(now + 90_000) };
    t.match(breakerAnswer(trying, now + 60_000), { kind: 'open' }, 'one trial, not one per process');
    t.same(breakerAnswer(trying, now + 90_000), { kind: 'trial' }, 'a trial that was lost is made again');
    const second = opened(first.state, now + 61_000, defaultBreaker);
    t.equal(second.givesUp, false);
    t.equal(opened(second.state, now + 125_000, defaultBreaker).givesUp, true);
    t.equal(opened(second.state, now + 3_700_000, defaultBreaker).givesUp, false, 'an hour later it counts anew');
  },
);

t.test('nobody at home, a busy line and a machine are nobody’s failure', async t => {
  const fate = (outcome: string, terminationReason: string | null = null) =>
    [...failuresOf({ outcome, terminationSource: null, terminationReason, cause: null })!].sort();
  for (const outcome of ['busy', 'no-answer', 'voicemail', 'message-left', 'conversation', 'opt-out', 'invalid-number'])
    t.same(fate(outcome), []);
  t.same(fate('failed'), ['campaign']);
  t.same(fate('failed', 'carrier-refused'), ['campaign', 'carrier']);
  t.same(fate('failed', 'agent-unavailable'), ['campaign', 'engine']);
  t.same(fate('abandoned', 'agent-unavailable'), ['campaign', 'engine']);
});
