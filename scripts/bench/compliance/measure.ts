import type { DialFacts } from '../../../src/compliance/dial-facts.ts';
import { mayDial } from '../../../src/compliance/may-dial.ts';
import { defaultSchedule } from '../../../src/compliance/schedule.ts';
import { attempt, contact, days, to, vouched } from '../../../test/compliance/facts.ts';

const facts = (number: string, fields: Partial<DialFacts> = {}): DialFacts => ({
  ...vouched,
  to: to(number),
  contentClass: 'informational',
  vouchedBy: null,
  contact: { ...contact, timeZone: 'America/Denver' },
  ...fields,
});

const friday = Date.parse('2026-11-20T18:00:00Z');
const called = Array.from({ length: 5 }, (_, index) => attempt(days(index * 4 + 1)));
const numbers = Array.from({ length: 1000 }, (_, index) =>
  `+1${['212', '850', '415', '928'][index % 4]}55501${index % 100}`.slice(0, 12),
);

const cases: [name: string, at: number, make: (number: string) => DialFacts][] = [
  ['vouched for', friday, number => facts(number, { contentClass: null, vouchedBy: { kind: 'user', id: 'u' } })],
  ['with a class, allowed', friday, number => facts(number)],
  [
    'with schedule and past calls, allowed',
    friday,
    number => facts(number, { schedule: defaultSchedule, attempts: called }),
  ],
  [
    'at night, with the time it becomes due',
    friday + 12 * 3_600_000,
    number => facts(number, { schedule: defaultSchedule }),
  ],
  [
    'called today, on the evening before a holiday',
    Date.parse('2026-11-26T01:00:00Z'),
    number =>
      facts(number, {
        schedule: defaultSchedule,
        attempts: [
          { ...called[0]!, at: Date.parse('2026-11-25T20:00:00Z'), endedAt: Date.parse('2026-11-25T20:00:00Z') },
        ],
      }),
  ],
];

for (const [name, at, make] of cases) {
  const all = numbers.map(make);
  const rounds: number[] = [];
  for (let round = 0; round < 15; round++) {
    const started = process.hrtime.bigint();
    // Time goes on as it does for a dialler: each verdict a little later than the one before.
    for (const [index, each] of all.entries()) mayDial(each, new Date(at + round * 60_000 + index * 37));
    rounds.push(Number(process.hrtime.bigint() - started) / 1000 / all.length);
  }
  const sorted = rounds.slice(5).sort((one, other) => one - other);
  console.log(
    `${name}: ${sorted[Math.floor(sorted.length / 2)]!.toFixed(1)} µs (worst round ${sorted.at(-1)!.toFixed(1)} µs)`,
  );
}
