import { test } from 'tap';
import { personStanding } from '../../src/campaigns/person-standing.ts';

const now = new Date('2026-03-02T10:00:00Z');
const later = new Date('2026-03-02T15:00:00Z');
const running = { state: 'running', cause: null } as const;
const person = {
  state: 'waiting',
  dueAt: later,
  bookedFor: null,
  attempts: 0,
  lastOutcome: null,
  verdict: null,
} as const;
const message = 'It is before 8:00 in California.';

const cases: [name: string, campaign: object, person: object, why: RegExp, nextAt: Date | null][] = [
  ['whoever is due', {}, { dueAt: now }, /when it is their turn/, now],
  ['whoever was refused for now', {}, { verdict: { message } }, /before 8:00 in California/, later],
  ['whoever booked a callback', {}, { bookedFor: later, verdict: { message } }, /asked to be called then/, later],
  ['whoever is tried again', {}, { attempts: 1, lastOutcome: 'busy' }, /ended as busy; the next/, later],
  ['whoever is being called', { state: 'paused' }, { state: 'in-call' }, /being called/, now],
  ['whoever was reached', { state: 'paused' }, { state: 'done', lastOutcome: 'conversation' }, /as conversation/, null],
  ['whoever may never be called', {}, { state: 'blocked', verdict: { message: 'They opted out.' } }, /opted out/, null],
  ['whoever was taken out', {}, { state: 'removed' }, /taken out/, null],
  ['nobody, before the start', { state: 'idle' }, {}, /not started/, null],
  [
    'nobody, of a paused campaign',
    { state: 'paused', cause: { code: 'budget', message: 'The budget is used up.' } },
    {},
    /^The campaign is paused\. The budget is used up\.$/,
    null,
  ],
];

test('everybody is told why they are not being called, and when they will be', async t => {
  for (const [name, campaign, fields, why, nextAt] of cases) {
    const told = personStanding({ ...running, ...campaign } as never, { ...person, ...fields } as never, now);
    t.match(told.why, why, name);
    t.same(told.nextAt, nextAt, name);
  }
});
