import { test } from 'tap';
import { dialCrashes, frozenDialler } from '../../scripts/prove/dial-crashes.ts';

// `npm run prove -- dial-crashes` does the same at every operation.
test('kill -9 between claim and end: nobody is dialled twice, nobody is lost', async t => {
  const report = await dialCrashes(3, 3);
  t.same([report.twice, report.lost], [[], []]);
  t.equal(report.dialled, report.people);
  t.ok(report.killed > 0);
});

test('a process that was frozen past its lease dials nobody when it goes on', async t => {
  const report = await frozenDialler('keepClaim');
  t.same([report.twice, report.lost], [[], []]);
  t.equal(report.dialled, 2);
});
