import { test } from 'tap';
import { statsOf } from '../../src/campaigns/campaign-stats.ts';

const now = new Date('2026-03-02T10:00:00Z'); // a Monday
const hour = 3_600_000;
const base = {
  campaign: { state: 'running', pace: { callsPerSecond: 0.1, maxConcurrent: 100 }, schedule: null },
  // Six minutes of dialling for 36 people, and the last call itself.
  counts: { total: 36, state: { waiting: 36 } },
  figures: { answerRate: 0, averageDurationSeconds: 0, spend: { amount: '0.00', currency: 'USD', incompleteCalls: 0 } },
  variantFigures: new Map(),
  lastDueAt: null,
  timeZone: 'UTC',
  now,
} as const;
const endOf = (facts: object, campaign: object = {}) =>
  statsOf({ ...base, ...facts, campaign: { ...base.campaign, ...campaign } } as never).estimatedEndAt;
const after = (ms: number) => new Date(now.getTime() + ms).toISOString();
const windows = (from: string, to: string, days = [0, 1, 2, 3, 4, 5, 6]) => ({
  timeZone: 'UTC',
  windows: days.map(day => ({ day, from, to })),
});
const dialling = 380_000;

test('the expected end follows pace and windows', async t => {
  t.equal(endOf({}), after(dialling));
  t.equal(endOf({}, { schedule: windows('09:00', '17:00') }), after(dialling), 'within a window');
  t.equal(endOf({}, { schedule: windows('12:00', '17:00') }), after(2 * hour + dialling), 'it begins with the window');
  t.equal(
    endOf({}, { schedule: windows('09:00', '10:05') }),
    after(23 * hour + dialling - 300_000),
    'what one window does not take is left to the next',
  );
  t.equal(
    endOf({}, { schedule: windows('09:00', '10:05', [1]) }),
    after(7 * 24 * hour - hour + dialling - 300_000),
    'be it a week later',
  );
  const talking = { figures: { ...base.figures, answerRate: 0.5, averageDurationSeconds: 80 } };
  t.equal(
    endOf(talking, { pace: { callsPerSecond: 10, maxConcurrent: 1 } }),
    after(37 * 60_000),
    'concurrency limits, too',
  );
  const odd = {
    counts: { total: 160, state: { waiting: 122, done: 23, blocked: 3 }, outcome: { conversation: 23, voicemail: 5 } },
    figures: { ...base.figures, answerRate: 0.79, averageDurationSeconds: 20.3 },
  };
  t.match(endOf(odd, { pace: { callsPerSecond: 0.5, maxConcurrent: 14 } }), /^2026-03-02T10:/, 'in whole milliseconds');
  t.equal(endOf({ lastDueAt: new Date(after(48 * hour)) }), after(48 * hour), 'not before the last retry is due');
});

test('no end is told where none is in sight', async t => {
  t.equal(endOf({}, { state: 'paused' }), null);
  t.equal(endOf({}, { schedule: { ...windows('09:00', '17:00'), endsAt: '2026-03-02T09:30:00Z' } }), null);
  t.equal(endOf({ counts: { total: 3, state: { done: 3 } } }), now.toISOString(), 'nobody is left');
});
