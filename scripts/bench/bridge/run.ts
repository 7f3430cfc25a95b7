/*
 * How many calls one core bridges, beside bridges as others write them:  node --import=tsx scripts/bench/bridge/run.ts
 *
 *   --rounds N     rounds in which all bridges take turns (7)
 *   --quick        as many rounds as fit into three minutes, shorter windows, longer steps
 *   --from N       calls at which CPU and memory are measured, and the climb begins (200)
 *   --step N       calls added at each step of the climb (20; quick: 40)
 *   --most N       where the climb ends (1000)
 *   --minutes N    no new round begins that would not be over by then (10; quick: 3)
 *   --only a,b     of parley, naive, splice, sample
 *
 * The bridge has one core, the far ends and the store have the other. Everything stays on the loopback interface.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Child, howPinned, productFlags, start } from './children.ts';
import type { LoadReport } from './load.ts';

const number = (name: string) => ({ type: 'string', default: name }) as const;
const { values } = parseArgs({
  options: {
    rounds: { type: 'string' },
    quick: { type: 'boolean', default: false },
    from: number('200'),
    step: { type: 'string' },
    most: number('1000'),
    minutes: { type: 'string' },
    only: number('parley,naive,splice,sample'),
  },
});
const quick = values.quick;
const rounds = Number(values.rounds ?? (quick ? 3 : 7));
const [from, most] = [Number(values.from), Number(values.most)];
const step = Number(values.step ?? (quick ? 40 : 20));
const kinds = values.only.split(',');
const holdMs = quick ? 1_500 : 2_500;
const windowMs = quick ? 800 : 1_200;
const endAt = Date.now() + Number(values.minutes ?? (quick ? 3 : 10)) * 60_000;

interface State {
  readonly cpu: NodeJS.CpuUsage;
  readonly rss: number;
  readonly cpuAfter: NodeJS.CpuUsage;
}

interface Figures {
  /** µs of CPU for one frame that was carried. */
  cpu: number;
  /** KiB for one live call, both sockets and all buffers. */
  memory: number;
  /** Calls at p99 < 20 ms with nothing lost, and at p99 < 80 ms. */
  calls: number;
  pressed: number;
  p50: number;
  p95: number;
  p99: number;
}

const folder = await mkdtemp(join(tmpdir(), 'bridge-bench-store-'));
const store = await start('store', 1, [folder]);
const load = await start('load', 1);
let database = 0;
let busiest = 0;

const open = async (kind: string, agentFormat = 'ulaw_8000'): Promise<Child> => {
  database += 1;
  const uri = `mongodb://127.0.0.1:${store.hello}/bench${database}?directConnection=true`;
  const flags = kind === 'parley' ? productFlags() : [];
  const bridge = await start('sut', 0, [kind, String(load.hello), uri], flags);
  await load.ask({ do: 'target', port: bridge.hello, path: '/media-stream', agentFormat });
  return bridge;
};

const micros = ({ cpuAfter: before }: State, { cpu: after }: State) =>
  after.user - before.user + after.system - before.system;

/** CPU for a frame and memory for a call at a fixed number of calls, after a while with a few in which code becomes quick. */
async function atRest(bridge: Child, count: number): Promise<{ cpu: number; memory: number; report: LoadReport }> {
  await load.ask({ do: 'calls', count: 20 });
  await load.ask({ do: 'measure', ms: windowMs });
  const empty = await bridge.ask<State>();
  await load.ask({ do: 'calls', count });
  await load.ask({ do: 'measure', ms: windowMs });
  const before = await bridge.ask<State>();
  const report = await load.ask<LoadReport>({ do: 'measure', ms: holdMs });
  const after = await bridge.ask<State>();
  return {
    cpu: micros(before, after) / report.received,
    memory: (after.rss - empty.rss) / 1024 / (count - 20),
    report,
  };
}

/** Whether so many calls hear each other in time, and hear everything; one bad window may be the machine's. */
async function holds(count: number, limitMs: number): Promise<boolean> {
  await load.ask({ do: 'calls', count });
  for (let tries = 0; tries < 3; tries += 1) {
    const report = await load.ask<LoadReport>({ do: 'measure', ms: windowMs });
    busiest = Math.max(busiest, report.busy);
    if (report.p99 < limitMs && report.lost === 0) return true;
  }
  return false;
}

/** The most calls within the limit: from `first` up until one step fails, or down until one holds. */
async function climb(first: number, limitMs: number): Promise<number> {
  let count = first;
  if (await holds(count, limitMs)) {
    while (count + step <= most && (await holds(count + step, limitMs))) count += step;
    return count;
  }
  while (count - step > 0) {
    count -= step;
    if (await holds(count, limitMs)) return count;
  }
  return 0;
}

/** Where the climbs of the round before ended: the next one begins a little below, the same for every bridge. */
const reached = new Map<string, number>();
const startOf = (climbing: string, otherwise: number) => {
  const before = reached.get(climbing);
  return before ? Math.max(step, before - 2 * step) : otherwise;
};

async function measure(kind: string): Promise<Figures> {
  const bridge = await open(kind);
  try {
    const { cpu, memory, report } = await atRest(bridge, from);
    const calls = await climb(startOf(kind, from + 2 * step), 20);
    reached.set(kind, calls);
    const pressed = kind === 'parley' ? await climb(startOf('pressed', calls + step), 80) : calls;
    if (kind === 'parley') reached.set('pressed', pressed);
    const { p50, p95, p99 } = report;
    return { cpu, memory, calls, pressed: Math.max(calls, pressed), p50, p95, p99 };
  } finally {
    await load.ask({ do: 'hangUp' });
    bridge.stop();
  }
}

const median = (numbers: readonly number[]): number => {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
};
const at = (numbers: readonly number[], share: number): number =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length * share)] ?? Number.NaN;

console.log(`${cpus()[0]?.model}, Node ${process.version}, bridge and far ends ${howPinned}`);
const figures = new Map<string, Figures[]>(kinds.map(kind => [kind, []]));
let longestRound = 0;
for (let round = 1; round <= rounds && Date.now() + longestRound < endAt; round += 1) {
  const begunAt = Date.now();
  // Another one begins each time, so that none is always measured on the warmest machine.
  const order = kinds.map((_, index) => kinds[(index + round) % kinds.length]!);
  for (const kind of order) {
    const found = await measure(kind);
    figures.get(kind)!.push(found);
    const { cpu, memory, calls, pressed, p50, p99 } = found;
    const pressedText = pressed > calls ? `, ${pressed} at p99 < 80 ms` : '';
    console.log(
      `round ${round} ${kind.padEnd(6)} ${calls} calls${pressedText}, ${cpu.toFixed(1)} µs a frame, ${memory.toFixed(0)} KiB a call, added p50 ${p50.toFixed(2)} p99 ${p99.toFixed(2)} ms at ${from}`,
    );
  }
  longestRound = Math.max(longestRound, Date.now() - begunAt);
}

const of = (kind: string, figure: keyof Figures) => median((figures.get(kind) ?? []).map(each => each[figure]));
const done = figures.get(kinds[0]!)!.length;
console.log(`\nmedians of ${done} rounds; the far ends were busy ${(busiest * 100).toFixed(0)} % at most`);
console.table(
  Object.fromEntries(
    kinds.map(kind => [
      kind,
      {
        'calls, p99 < 20 ms': of(kind, 'calls'),
        'µs a frame': of(kind, 'cpu').toFixed(1),
        'KiB a call': of(kind, 'memory').toFixed(0),
        [`added p99 at ${from}, ms`]: of(kind, 'p99').toFixed(2),
      },
    ]),
  ),
);

const target = (what: string, value: number, limit: number, atLeast: boolean, unit = '×') =>
  console.log(
    `${(atLeast ? value >= limit : value <= limit) ? 'reached' : 'MISSED '}  ${what}: ${value.toFixed(2)} ${unit} (${atLeast ? '≥' : '≤'} ${limit})`,
  );
/** Ratios are taken within each round and their median shown: the machine moves, but moves both. */
const ratio = (one: keyof Figures, other: string, figure: keyof Figures = one) =>
  median(
    (figures.get('parley') ?? []).flatMap((mine, round) => {
      const theirs = figures.get(other)?.[round];
      return theirs ? [mine[one] / theirs[figure]] : [];
    }),
  );
if (figures.has('parley')) {
  if (figures.has('naive')) target('calls, of a naive bridge', ratio('calls', 'naive'), 1.1, true);
  if (figures.has('sample')) target('calls, of a bridge like the sample', ratio('calls', 'sample'), 1.25, true);
  if (figures.has('splice')) {
    target('calls, of a splice', ratio('calls', 'splice'), 0.9, true);
    target('CPU for a frame, of a splice', ratio('cpu', 'splice'), 1.15, false);
    target('memory for a call, of a splice', ratio('memory', 'splice'), 1.75, false);
  }
  if (figures.has('naive')) {
    target('calls under pressure (p99 < 80 ms), of a naive bridge', ratio('pressed', 'naive', 'calls'), 1.4, true);
  }

  const bridge = await open('parley');
  await load.ask({ do: 'calls', count: 40 });
  await load.ask({ do: 'measure', ms: windowMs });
  await load.ask({ do: 'hangUp' });
  const { agentMs, soundMs } = await load.ask<{ agentMs: number[]; soundMs: number[] }>({ do: 'starts', count: 60 });
  bridge.stop();
  target('stream start → agent asked for, p95', at(agentMs, 0.95), 50, false, 'ms');
  target('stream start → first agent sound, p95', at(soundMs, 0.95), 1_000, false, 'ms');
  // The caller's last words and the agent's first each pass through once.
  target(`our share of a turn at ${from} calls, p95`, 2 * of('parley', 'p95'), 50, false, 'ms');

  for (const format of ['pcm_16000', 'pcm_24000']) {
    const transcoding = await open('parley', format);
    const { cpu } = await atRest(transcoding, 60);
    console.log(
      `transcoded to ${format}: ${cpu.toFixed(1)} µs a frame, ${(cpu / of('parley', 'cpu')).toFixed(2)} × the spliced; ${Math.floor(10_000 / cpu)} calls fill a core`,
    );
    await load.ask({ do: 'hangUp' });
    transcoding.stop();
  }
}
load.stop();
store.stop();
await rm(folder, { recursive: true, force: true });
process.exit();
