import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { type Test, test } from 'tap';
import { program } from '../helpers/program.ts';
import { startTestStore } from '../helpers/store.ts';
import { countingSite } from './counting-site.ts';
import { generateCalls, insertCalls, naiveFigures } from './generated-calls.ts';

const from = new Date('2026-03-02T00:00:00Z');
const to = new Date('2026-03-04T00:00:00Z');

/** Counts until the process is killed after this many commands, then counts on; says where it was killed. */
async function killedAfter(t: Test, commands: number): Promise<string> {
  const store = await startTestStore(t);
  const site = await countingSite(store);
  const calls = generateCalls(80, from, 2, commands + 1);
  await insertCalls(store, calls);
  const child = spawn(process.execPath, program('test/analytics/counting-process.ts', store.uri, String(commands)), {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  const [said, [, signal]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  t.equal(signal, 'SIGKILL', `it died after command ${commands}`);
  const left = await site.log.standing();
  // What it began is its own until its time is over; then another process finishes it.
  while ((await site.log.standing()).heldUntil > new Date()) await new Promise(resolve => setTimeout(resolve, 50));
  await site.counter.all();
  const { totals } = await site.dashboard({ from: from.toISOString(), to: to.toISOString() });
  const { active: _, latency: __, spend: ___, ...figures } = totals;
  t.same(figures, naiveFigures(calls, { from, to }).figures, `killed after ${said.trim()} (${left.state} ${left.seq})`);
  await site.counter.rebuild();
  t.same((await site.dashboard({ from: from.toISOString(), to: to.toISOString() })).totals, totals);
  return `${left.state} ${said.trim()}`;
}

test('kill -9 between any two steps of counting loses no call and counts none twice', async t => {
  // The first batch takes seven commands, so these lie in the first and in the second one.
  const places = await Promise.all(Array.from({ length: 8 }, (_, at) => killedAfter(t, at + 3)));
  t.ok(
    places.some(place => place.startsWith('adding')),
    places.join(', '),
  );
  t.ok(new Set(places).size >= 3, 'at different steps');
});
