import { test } from 'tap';
import { frozenDialler } from '../../scripts/prove/dial-crashes.ts';

// `npm run prove -- dial-crashes` kills at every operation, hundreds of times.
test('killed with -9 or frozen past the lease, nobody is dialled twice and nobody is lost', async t => {
  const report = await frozenDialler('last look', [8, 12]);
  t.same([report.twice, report.lost], [[], []]);
  t.equal(report.dialled, report.people);
});
