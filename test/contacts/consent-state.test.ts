import { test } from 'tap';
import {
  type ConsentEvent,
  consentStanding,
  joinHistories,
  standingConsents,
} from '../../src/contacts/consent-state.ts';

const day = (number: number) => new Date(Date.UTC(2026, 2, number));
const given = (kind: ConsentEvent['kind'], on: number, source = 'form'): ConsentEvent => ({
  event: 'given',
  kind,
  at: day(on),
  source,
  text: null,
  by: 'user:1',
  recordedAt: day(30),
});
const withdrawn = (on: number): ConsentEvent => ({ ...given(null, on, 'e-mail'), event: 'withdrawn' });

const cases: [name: string, history: ConsentEvent[], kind: string | null, on: number | null, withdrawn: boolean][] = [
  ['nothing was given', [], null, null, false],
  ['one consent stands', [given('express', 3)], 'express', 3, false],
  [
    'of one kind the newer stands',
    [given('express', 3), given('express', 5), given('express', 4)],
    'express',
    5,
    false,
  ],
  ['the stronger outweighs the newer', [given('express-written', 3), given('express', 5)], 'express-written', 3, false],
  [
    'a withdrawal takes back every kind',
    [given('express-written', 3), given('express', 4), withdrawn(5)],
    null,
    null,
    true,
  ],
  [
    'what was given after a withdrawal stands',
    [given('express-written', 3), withdrawn(5), given('express', 6)],
    'express',
    6,
    false,
  ],
  ['a consent told late does not undo the withdrawal', [withdrawn(5), given('express-written', 3)], null, null, true],
  ['at the same moment the withdrawal wins', [given('express', 5), withdrawn(5)], null, null, true],
  ['the last of several withdrawals counts', [withdrawn(7), given('express', 6), withdrawn(5)], null, null, true],
];

for (const [name, history, kind, on, isWithdrawn] of cases) {
  test(name, async t => {
    const { consent, consentWithdrawn } = consentStanding(history);
    t.equal(consent?.kind ?? null, kind);
    t.same(consent?.at ?? null, on === null ? null : day(on));
    t.equal(consentWithdrawn !== null, isWithdrawn);
  });
}

test('histories are joined without loss, and the same event is one event', async t => {
  const known = [given('express', 3), withdrawn(5)];
  t.equal(joinHistories(known, [given('express', 3)]), known, 'nothing new');
  const joined = joinHistories(known, [given('express-written', 4), given('express-written', 4), given('express', 3)]);
  t.same(
    joined.map(({ event, kind }) => [event, kind]),
    [
      ['given', 'express'],
      ['given', 'express-written'],
      ['withdrawn', null],
    ],
  );
});

test('all that was given since the last withdrawal stands, best first', async t => {
  const history = [
    given('express-written', 1),
    withdrawn(2),
    given('express', 3),
    given('express-written', 4),
    given('express', 5),
  ];
  t.same(
    standingConsents(history).map(({ kind, at }) => [kind, at.getUTCDate()]),
    [
      ['express-written', 4],
      ['express', 5],
      ['express', 3],
    ],
  );
  t.same(standingConsents([...history, withdrawn(6)]), []);
});
