import { test } from 'tap';
import { wireFuzz } from '../../prove/wire-fuzz.ts';

test('20,000 mutated messages end connections at most, and others are served all the time', async t => {
  const report = await wireFuzz(20_000);
  t.same(report.internalErrors, []);
  t.ok(report.healthy);
  t.ok(report.answers > 5_000, `${report.answers} messages got as far as an answer`);
  t.ok(report.heapAfterMb < report.heapBeforeMb + 64, `${report.heapBeforeMb} MB before, ${report.heapAfterMb} after`);
});
