import t from 'tap';
import {
  breakerAnswer,
  closedBreaker,
  defaultBreaker,
  emptyWindow,
  failuresOf,
  joined,
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

t.test('a slow campaign’s failures are in a row however long they take', async t => {
  t.equal(opensAt([bad, bad, bad, bad, bad], 3_600_000), 4);
  t.equal(opensAt([bad, bad, ok, bad, bad, bad], 3_600_000), -1);
});

t.test('what several processes saw counts by its time, in whatever order they tell of it', async t => {
  const rules = { ...defaultBreaker, inARow: 3 };
  const seen = (results: readonly (readonly [number, boolean])[]) =>
    results.reduce((window, [at, failed]) => withResult(window, failed, now + at, rules).window, emptyWindow);
  const [one, other] = [
    seen([
      [0, bad],
      [4_000, bad],
    ] as const),
    seen([[2_000, ok]] as const),
  ];
  const [there, back] = [joined(one, other, now + 5_000, rules), joined(other, one, now + 5_000, rules)];
  t.same(there.window, back.window);
  t.same(there.window.row, [now + 4_000], 'a call that worked in between ends the row');
  const late = seen([
    [5_000, bad],
    [6_000, bad],
  ] as const);
  t.equal(joined(there.window, late, now + 6_000, rules).opens, true);
  t.equal(joined(late, seen([[7_000, ok]] as const), now + 7_000, rules).opens, false, 'only a failure opens it');
});

t.test('the clock is set back while it is open: nobody waits until it is that late again', async t => {
  const { state } = opened(closedBreaker, now, defaultBreaker);
  t.same(breakerAnswer(state, now - 3_600_000), { kind: 'trial' });
  t.match(breakerAnswer(state, now - 10_000), { kind: 'open' }, 'clocks differ a little');
  const trying = { ...state, openUntil: new Date(now - 3_600_000), trialUntil: new Date(now - 3_600_000 + 180_000) };
  t.match(breakerAnswer(trying, now - 3_599_000), { kind: 'open' });
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
