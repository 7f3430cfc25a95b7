/*
 * How many calls one core bridges, beside bridges as others write them:  node --import=tsx scripts/bench/bridge/run.ts
 *
 *   --rounds N      rounds in which all bridges take turns (7)
 *   --cpu           only CPU for a frame, and the collector's work; three rounds in under two minutes
 *   --at N          calls at which CPU and memory are measured (200)
 *   --step N        calls by which the most are looked for (20)
 *   --most N        where looking for more ends (1600)
 *   --window MS     how long so many calls are listened to (3000)
 *   --minutes N     no new round begins that would not be over by then (20)
 *   --share N       part of its core that a bridge has, a busy neighbour the rest (1): where the far ends give out before it
 *   --only a,b      of parley, naive, splice, sample
 *   --out FILE      writes the tables as Markdown
 *   --trace         prints every window in which the most calls are looked for
 *   --profile FILE  only writes a CPU profile of the first bridge of --only, at --at calls
 *
 * The bridge has one core, the far ends and the store have the other. Everything stays on the loopback interface.
 */
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { howPinned } from './children.ts';
import { Bench } from './measure.ts';
import { at, Findings } from './report.ts';

const text = { type: 'string' } as const;
const otherwise = (value: string) => ({ type: 'string', default: value }) as const;
const { values } = parseArgs({
  options: {
    rounds: text,
    cpu: { type: 'boolean', default: false },
    at: otherwise('200'),
    step: otherwise('20'),
    most: otherwise('1600'),
    window: otherwise('3000'),
    share: otherwise('1'),
    minutes: otherwise('20'),
    only: otherwise('parley,naive,splice,sample'),
    out: text,
    trace: { type: 'boolean', default: false },
    profile: text,
  },
});
const [rest, step, most] = [Number(values.at), Number(values.step), Number(values.most)];
const rounds = Number(values.rounds ?? (values.cpu ? 3 : 7));
const kinds = values.only.split(',');
const share = Number(values.share);
const endAt = Date.now() + Number(values.minutes) * 60_000;

const bench = await Bench.open({ windowMs: Number(values.window), share, trace: values.trace });
const machine = `${cpus()[0]?.model}, Node ${process.version}, bridge and far ends ${howPinned}${share < 1 ? `, the bridge with ${share} of it` : ''}`;
const findings = new Findings(kinds, rest, machine);
console.log(machine);

if (values.profile) {
  const bridge = await bench.turnToWarm(kinds[0]!, rest);
  await bench.atRest(bridge, rest, 2_000);
  await bridge.ask({ do: 'profile' });
  const { cpu, report } = await bench.atRest(bridge, rest, 6_000);
  await bridge.ask({ do: 'profiled', file: values.profile });
  console.log(`${kinds[0]}: ${cpu.toFixed(1)} µs a frame while profiled, ${report.received} frames`);
} else {
  await takeTurns();
  if (!values.cpu) await onceEach();
  const tables = findings.tables(bench);
  console.log(`\n${tables}`);
  if (values.out) writeFileSync(values.out, tables);
}
await bench.close();
process.exit();

async function takeTurns(): Promise<void> {
  let longest = 0;
  for (let round = 1; round <= rounds && Date.now() + longest < endAt; round += 1) {
    const begunAt = Date.now();
    // Another one begins each time, so that none is always measured on the warmest machine.
    for (let index = 0; index < kinds.length; index += 1) await measure(kinds[(index + round) % kinds.length]!, round);
    longest = Math.max(longest, Date.now() - begunAt);
  }
}

async function measure(kind: string, round: number): Promise<void> {
  const bridge = await bench.turnToWarm(kind, rest);
  const { cpu, kernel, report, garbage } = await bench.atRest(bridge, rest);
  const { p50, p95, p99 } = report;
  const found = { cpu, p50, p95, p99, calls: Number.NaN, pressed: Number.NaN, atLeast: [] as ('calls' | 'pressed')[] };
  if (!values.cpu) {
    const before = findings.last(kind, 'calls');
    const { calls, atLeast } = await bench.most(before ?? 400, step, 20, most, before !== undefined);
    found.calls = calls;
    if (atLeast) found.atLeast.push('calls');
    if (kind === 'parley') {
      const pressed = findings.last(kind, 'pressed');
      const first = Math.max(found.calls, pressed ?? found.calls + 4 * step);
      const under = await bench.most(first, step, 80, most, pressed !== undefined);
      found.pressed = Math.max(calls, under.calls);
      if (under.atLeast) found.atLeast.push('pressed');
    }
  }
  findings.add(kind, found);
  const calls = values.cpu ? '' : `${found.calls} calls, `;
  const pressed = Number.isNaN(found.pressed) ? '' : `${found.pressed} at p99 < 80 ms, `;
  const { minor, minorMs, major, majorMs, longestMs } = garbage;
  const gc = `collected ${minor} × small ${minorMs.toFixed(0)} ms, ${major} × large ${majorMs.toFixed(0)} ms, longest ${longestMs.toFixed(1)} ms`;
  console.log(
    `round ${round} ${kind.padEnd(6)} ${calls}${pressed}${cpu.toFixed(1)} µs a frame (kernel ${kernel.toFixed(1)}), added p50 ${p50.toFixed(2)} p99 ${p99.toFixed(2)} most ${report.most.toFixed(0)} ms at ${rest}; ${gc}; far ends ${(report.busy * 100).toFixed(0)} % busy, late p99 ${report.lateP99.toFixed(1)} ms`,
  );
}

/** What needs a bridge that was just started. */
async function onceEach(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) {
    for (const kind of kinds) findings.memory(kind, await bench.memory(kind, rest));
  }
  if (!kinds.includes('parley')) return;
  const bridge = await bench.fresh('parley');
  await bench.turnTo(bridge);
  await bench.atRest(bridge, 40, 1_000);
  const { agentMs, soundMs } = await bench.starts(60);
  findings.starts(at(agentMs, 0.95), at(soundMs, 0.95));
  await bench.stop(bridge);
  for (const format of ['pcm_16000', 'pcm_24000']) {
    const transcoding = await bench.fresh('parley');
    await bench.turnTo(transcoding, format);
    await bench.atRest(transcoding, 60, 2_000);
    findings.transcoded(format, (await bench.atRest(transcoding, 60)).cpu);
    await bench.stop(transcoding);
  }
}
