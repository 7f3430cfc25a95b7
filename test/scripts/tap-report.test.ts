import t from 'tap';
import { createTapReport } from '../../scripts/lib/tap-report.mjs';

const lines = `TAP version 14
# Subtest: test/a.test.ts
    # Subtest: group
        ok 1 - first
        ok 2 - first # time=1ms
        ok 3 - deep # SKIP needs redis-server
        1..3
    ok 1 - group # time=4.058ms

    1..1
    # time=25.264ms
ok 1 - test/a.test.ts # time=2526.4ms

# Subtest: test/b.test.ts
    # Subtest: sums
        not ok 1 - should be equal
          ---
          diff: |
            -2
            +1
          ...

        1..1
    not ok 1 - sums # time=13.5ms
      ---
      at: nowhere
      ...

    not ok 2 - never # time=1000ms
      ---
      expired: never
      ...

    1..2
not ok 2 - test/b.test.ts # time=20ms
  ---
  command: node
  exitCode: 1
  ...

not ok 3 - test/crashes.test.ts # time=398.351ms
  ---
  command: node
  exitCode: 3
  ...

ok 4 - test/all.test.ts # SKIP needs chromium
`.split('\n');

t.test('a report holds every file, every failure in full, what was skipped, and the totals', async t => {
  const report = createTapReport();
  const printed = [...lines.flatMap(line => report.read(line)), ...report.close()];
  t.same(printed, [
    'ok      test/a.test.ts  2 passed, 0 failed, 1 skipped  2.5 s',
    '',
    '  FAILED  test/b.test.ts  sums > should be equal',
    '        not ok 1 - should be equal',
    '          ---',
    '          diff: |',
    '            -2',
    '            +1',
    '          ...',
    '',
    '  FAILED  test/b.test.ts  never',
    '    not ok 2 - never # time=1000ms',
    '      ---',
    '      expired: never',
    '      ...',
    'not ok  test/b.test.ts  0 passed, 2 failed  0.0 s',
    '  exitCode: 1',
    'not ok  test/crashes.test.ts  0 passed, 1 failed  0.4 s',
    '  exitCode: 3',
    'ok      test/all.test.ts  0 passed, 0 failed, 1 skipped',
    '',
    'Skipped:',
    '  test/a.test.ts  group > deep: needs redis-server',
    '  test/all.test.ts: needs chromium',
    '',
    'Failed (npm test -- FILE runs one alone):',
    '  test/b.test.ts',
    '  test/crashes.test.ts',
    '',
    '2 passed, 3 failed, 2 skipped',
  ]);
});
