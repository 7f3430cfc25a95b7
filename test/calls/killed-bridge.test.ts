import { test } from 'tap';
import { setUp } from '../../scripts/lib/set-up.mjs';
import { killInCall } from '../../scripts/prove/kill-in-call.ts';

// Real processes of the built product; `npm run prove -- kill-in-call` does the same at the speed of life, more often.
test('kill -9 in mid-call: another process goes on with what was said, and the call is written down as one', async t => {
  await setUp({ only: ['pocket-mongo', 'server'] });
  const [report] = await killInCall(['another'], { scale: 4 });
  t.same(report!.problems, []);
  t.comment(`heard again ${report!.soundMs} ms after the carrier asked`);
});
