import { test } from 'tap';
import type { LoadReport } from '../../../src/sandbox/load/load-report.ts';
import { exceeded, type ProductFigures, printed } from '../../../src/sandbox/load/load-verdict.ts';

const quantiles = (p50: number) => ({ count: 1_000, p50, p95: 2 * p50, p99: 3 * p50, max: 4 * p50 });
const good: LoadReport = {
  state: 'done',
  elapsedSeconds: 70,
  order: { calls: 100, rampSeconds: 10, holdSeconds: 60, talking: 1, silence: 'steady', direction: 'inbound' },
  calls: { placed: 100, connected: 100, live: 0, peak: 100, completed: 100 },
  failures: {},
  frames: { expected: 100_000, returned: 100_000, lost: 0, lostAtEnd: 0, reordered: 0, doubled: 0, foreign: 0 },
  latencyMs: { toAgent: quantiles(1), toCaller: quantiles(2), roundTrip: quantiles(3) },
  firstSoundMs: quantiles(200),
  violations: {},
  cost: {
    ...{ seconds: 60, calls: 100, processorPercent: 20, microsecondsPerCallSecond: 2_000, callsPerCore: 500 },
    ...{ frames: 600_000, microsecondsPerFrame: 20, pacePercent: 100, rssBytes: 200 << 20, kibPerCall: 90 },
  },
};
const product: ProductFigures = { rssBytes: 300 << 20, eventLoopP99Ms: 12, processorPercent: 44 };
const usual = { maxFailures: 1, maxLoss: 0.1 };

test('each threshold decides for itself', t => {
  const cases: [string, Partial<LoadReport>, object, RegExp | undefined][] = [
    ['all well', {}, {}, undefined],
    ['nobody got through', { calls: { ...good.calls, connected: 0 } }, {}, /no call was connected/],
    ['one failure in a hundred is allowed', { failures: { 'ended early: busy': 1 } }, {}, undefined],
    ['two are not', { failures: { 'ended early: busy': 1, 'no audio': 1 } }, {}, /2\.0 % of the calls failed/],
    ['unless they are', { failures: { 'no audio': 2 } }, { maxFailures: 2 }, undefined],
    ['lost frames', { frames: { ...good.frames, lost: 101 } }, {}, /0\.10 % of the frames were lost/],
    ['broken rules', { violations: { 'stream-wrong-sid': 3 } }, {}, /violated 3 times/],
    ['p95 in its limit', {}, { maxP95: 4 }, undefined],
    ['p95 to the caller', {}, { maxP95: 3 }, /p95 to the caller is 4 ms, allowed 3 ms/],
    ['p99', {}, { maxP99: 2 }, /p99 to the agent is 3 ms/],
    ['nothing was measured', { latencyMs: { ...good.latencyMs, toAgent: null } }, { maxP99: 50 }, /not measured/],
    ['the first sound', {}, { maxFirstSound: 300 }, /first sound is 400 ms/],
    ['memory', {}, { maxMemoryMib: 256 }, /memory is 300 MiB/],
  ];
  for (const [name, change, limits, expected] of cases) {
    const found = exceeded({ ...good, ...change }, product, { ...usual, ...limits });
    if (expected) t.match(found.join('; '), expected, name);
    else t.same(found, [], name);
  }
  t.match(exceeded(good, { ...product, rssBytes: null }, { ...usual, maxMemoryMib: 1 }), [/memory was not measured/]);
  t.end();
});

test('the report can be read', t => {
  const text = printed({ ...good, failures: { 'no audio within 20 s': 2, 'ended early: x': 5 } }, product);
  t.match(text, /100 placed, 100 connected/);
  t.match(text, /failures {8}7\n {7}5 {2}ended early: x\n {7}2 {2}no audio/, 'most frequent first');
  t.match(text, /to the caller {3}p50 2 ms {3}p95 4 ms {3}p99 6 ms/);
  t.match(text, /memory 300 MiB, processor 44 % of a core, event loop p99 12 ms/);
  t.match(text, /2000 µs per call and second, 500 calls per core/);
  const bare = printed({ ...good, firstSoundMs: null, cost: null }, { ...product, rssBytes: null });
  t.match(bare, /first sound {5}not measured/);
  t.match(bare, /memory not said/);
  t.end();
});
