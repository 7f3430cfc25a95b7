import { test } from 'tap';
import { crashLoop } from '../../prove/crash-loop.ts';

test('killed with -9 amid concurrent writes, a store loses nothing it acknowledged', async t => {
  const report = await crashLoop(2);
  t.same(report.lost, []);
  t.ok(report.acknowledged > 200, `${report.acknowledged} documents`);
});
