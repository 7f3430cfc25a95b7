// The far ends of every bridge, as a process of its own: a carrier that calls, and a server of agents. Many calls, little work.
import { performance } from 'node:perf_hooks';
import { FarAgents } from './far-agents.ts';
import { FarCallers } from './far-callers.ts';
import { Tally } from './tally.ts';

export interface LoadReport {
  readonly calls: number;
  readonly sent: number;
  readonly received: number;
  readonly lost: number;
  /** Frames that did not come right behind the one before them. */
  readonly disordered: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly most: number;
  /** How busy this process was itself, 0 to 1: near 1 the figures are its own. */
  readonly busy: number;
  /** How much later than due this process sent, at its 99th percentile: what it adds to every bridge's delay, and more. */
  readonly lateP99: number;
}

type Command =
  | { readonly do: 'target'; readonly port: number; readonly path: string; readonly agentFormat: string }
  | { readonly do: 'calls'; readonly count: number }
  | { readonly do: 'measure'; readonly ms: number }
  | { readonly do: 'starts'; readonly count: number }
  | { readonly do: 'hangUp' };

const tally = new Tally();
const agents = new FarAgents(tally);
const callers = new FarCallers(tally);
let sending = false;

// ---- the beat: every call has its own place within 20 ms ----

let beatFrom = performance.now();
let beatsDone = 0;
let eventsDone = 0;

setInterval(() => {
  const count = callers.all.length;
  if (!sending || count === 0) return;
  const elapsed = performance.now() - beatFrom;
  const due = Math.floor((elapsed / 20) * count);
  // After a standstill of our own the missed beats are left out, as no phone sends faster than it listens.
  if (due - beatsDone > 5 * count) beatsDone = due - count;
  for (; beatsDone < due; beatsDone += 1) {
    const index = beatsDone % count;
    const now = performance.now();
    tally.late(now - beatFrom - (beatsDone / count) * 20);
    callers.speak(callers.all[index]!, now);
    tally.sent += 1;
    const agent = agents.all[index];
    if (!agent) continue;
    agents.speak(agent, performance.now());
    tally.sent += 1;
  }
  // What is said, every six seconds a turn of each side; and the vendor's pings.
  const events = Math.floor((elapsed / 6_000) * count);
  for (; eventsDone < events; eventsDone += 1) {
    const agent = agents.all[eventsDone % count];
    if (agent) agents.turn(agent);
  }
}, 1);

const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms));

/** Everything that was sent has arrived, or will not. */
async function settle(): Promise<void> {
  sending = false;
  for (let before = -1, tries = 0; before !== tally.received && tries < 20; tries += 1) {
    before = tally.received;
    await pause(60);
  }
}

function resume(): void {
  beatFrom = performance.now();
  beatsDone = eventsDone = 0;
  sending = true;
}

/** All calls but the first so many end as the carrier ends them. Their agents are let go by the bridge: that is waited for. */
async function hangUp(left: number): Promise<void> {
  for (const call of callers.all.splice(left)) callers.hangUp(call);
  for (let tries = 0; agents.all.length > left && tries < 150; tries += 1) await pause(20);
  for (const { line } of agents.all.splice(left)) line.destroy();
}

async function hold(count: number): Promise<void> {
  await settle();
  await hangUp(count);
  const { all } = callers;
  while (all.length < count) {
    const many = Math.min(20, count - all.length);
    const ready = agents.begun + many;
    const allBegun = new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('the bridge does not open its agents')), 20_000);
      agents.onBegun = () => {
        if (agents.begun < ready) return;
        clearTimeout(timer);
        resolve();
      };
    });
    all.push(...(await Promise.all(Array.from({ length: many }, () => callers.call()))));
    await allBegun;
  }
  resume();
  await pause(400);
}

async function measure(ms: number): Promise<LoadReport> {
  await settle();
  const { sent, received, disordered } = tally;
  tally.begin(Math.ceil((callers.all.length * 100 * ms) / 1_000));
  const usage = performance.eventLoopUtilization();
  resume();
  await pause(ms);
  const busy = performance.eventLoopUtilization(usage).utilization;
  await settle();
  const delay = tally.delay();
  const report = {
    calls: callers.all.length,
    sent: tally.sent - sent,
    received: tally.received - received,
    disordered: tally.disordered - disordered,
    ...{ p50: delay(0.5), p95: delay(0.95), p99: delay(0.99), most: delay(1) },
    busy,
    lateP99: tally.lateness()(0.99),
  };
  resume();
  return { ...report, lost: agents.stamped ? Math.max(0, report.sent - report.received) : 0 };
}

/** One call after the other: until its agent was asked for, and until its first sound came back. */
async function starts(count: number): Promise<{ agentMs: number[]; soundMs: number[] }> {
  sending = false;
  const agentMs: number[] = [];
  const soundMs: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const asked = new Promise<void>(resolve => {
      agents.onBegun = resolve;
    });
    const call = await callers.call();
    const startedAt = performance.now();
    const heard = new Promise<void>(resolve => {
      call.onHeard = resolve;
    });
    await asked;
    agentMs.push(performance.now() - startedAt);
    await heard;
    soundMs.push(performance.now() - startedAt);
    callers.all.push(call);
    await hangUp(0);
  }
  return { agentMs, soundMs };
}

process.on('message', async (command: Command) => {
  try {
    let result: unknown = null;
    if (command.do === 'target') {
      callers.target = command;
      agents.format = command.agentFormat;
      callers.stamped = agents.stamped;
    } else if (command.do === 'calls') await hold(command.count);
    else if (command.do === 'measure') result = await measure(command.ms);
    else if (command.do === 'starts') result = await starts(command.count);
    else {
      await settle();
      await hangUp(0);
    }
    process.send?.({ result });
  } catch (error) {
    process.send?.({ problem: String(error) });
  }
});
process.on('disconnect', () => process.exit());
process.send?.({ result: await agents.listen() });
