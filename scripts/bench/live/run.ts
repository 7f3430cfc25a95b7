import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { setPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { start as startFar } from '../bridge/children.ts';
import type { LoadReport } from '../bridge/load.ts';

// What telling costs, and whether calls hear it: `node --import=tsx scripts/bench/live/run.ts [--calls 500] [--relayed 20]
// [--clients 100] [--rounds 7] [--seconds 8] [--each]`. Rounds with and without dashboards take turns, so that both have seen the same
// machine. The audio of the relayed calls crosses the bridge in the process that tells; the far ends measure it, as in the bridge's
// own bench. `--each` takes events one by one instead of in batches.

const option = (name: string, otherwise: number) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : Number(process.argv[at + 1]);
};
const [calls, relayed, clients, rounds] = [
  option('calls', 500),
  option('relayed', 20),
  option('clients', 100),
  option('rounds', 7),
];
const roundMs = option('seconds', 8) * 1_000;
/** A bridge that was behind sends fewer and longer messages for some seconds after it. */
const settleMs = 3_000;
const form = process.argv.includes('--each') ? 'each' : 'batch';
const apiKey = randomBytes(24).toString('hex');

/** The server has one core, all others share the other one; where there is no taskset, they share what there is. */
function start(file: string, core: number, ...args: string[]): ChildProcess {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), args, { execArgv: ['--import=tsx'] });
  try {
    execFileSync('taskset', ['-apc', String(core), String(child.pid)], { stdio: 'ignore' });
  } catch {}
  return child;
}
// biome-ignore lint/suspicious/noExplicitAny: each answer has a form of its own.
const answer = async (child: ChildProcess, message?: string): Promise<any> => {
  const heard = once(child, 'message');
  if (message) child.send(message);
  return (await heard)[0];
};
const median = (values: readonly number[]) => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
};

interface Round {
  readonly cpu: number;
  readonly loopP99: number;
  readonly rss: number;
  readonly audio: LoadReport;
}

const folder = await mkdtemp(join(tmpdir(), 'live-bench-store-'));
const store = await startFar('store', 1, [folder]);
const load = await startFar('load', 1);
const server = start('./server.ts', 0, String(calls), apiKey, String(load.hello), storeUriOf(store.hello));
const { url, mediaPort } = await answer(server);
const dashboards = start('./clients.ts', 1, url, apiKey, String(clients), form);
await answer(dashboards);
// Whoever measures shares its core with those who only take: they wait for it.
for (const pid of [dashboards.pid!, store.pid]) setPriority(pid, 19);
await load.ask({ do: 'target', port: mediaPort, path: '/media-stream', agentFormat: 'ulaw_8000' });
await load.ask({ do: 'calls', count: relayed });

function storeUriOf(port: number): string {
  return `mongodb://127.0.0.1:${port}/?directConnection=true`;
}

const measure = async (): Promise<Round> => {
  server.send('begin');
  const audio = await load.ask<LoadReport>({ do: 'measure', ms: roundMs });
  return { ...(await answer(server, 'end')), audio };
};

await measure(); // code becomes quick
const without: Round[] = [];
const coming: Round[] = [];
const having: Round[] = [];
let events = 0;
for (let round = 0; round < rounds; round += 1) {
  without.push(await measure());
  // All at once, each with its snapshot: as after a restart. What that costs is told by itself.
  const connected = answer(dashboards, 'connect');
  coming.push(await measure());
  await connected;
  await new Promise(resolve => setTimeout(resolve, settleMs));
  await answer(dashboards, 'count');
  having.push(await measure());
  events += (await answer(dashboards, 'count')).events;
  await answer(dashboards, 'disconnect');
  await new Promise(resolve => setTimeout(resolve, settleMs));
}
const of = (list: readonly Round[], figure: (round: Round) => number) => median(list.map(figure));
const line = (name: string, list: readonly Round[]) => ({
  '': name,
  'share of a core': of(list, ({ cpu }) => cpu).toFixed(3),
  'audio p50 ms': of(list, ({ audio }) => audio.p50).toFixed(2),
  'audio p99 ms': of(list, ({ audio }) => audio.p99).toFixed(2),
  'frames lost': list.reduce((sum, { audio }) => sum + audio.lost, 0),
  'event loop p99 ms': of(list, ({ loopP99 }) => loopP99).toFixed(2),
  'RSS MiB': (of(list, ({ rss }) => rss) / 2 ** 20).toFixed(0),
  'far ends late p99 ms': of(list, ({ audio }) => audio.lateP99).toFixed(2),
});
console.table([
  line('nobody', without),
  line(`${clients} dashboards, ${form}`, having),
  line(`while ${clients} connect at once`, coming),
]);
const ratios = having.map(({ audio }, round) => audio.p99 / without[round]!.audio.p99);
console.log(
  `audio p99 with ÷ without dashboards: ${median(ratios).toFixed(2)} (rounds: ${ratios.map(each => each.toFixed(2)).join(', ')})`,
);
console.log(
  `${calls} live calls and ${relayed} whose audio is relayed, ${rounds} rounds of ${roundMs / 1_000} s; ` +
    `${Math.round(events / rounds / (roundMs / 1_000))} events/s taken by all`,
);
const stopped = once(server, 'exit');
server.send('stop');
dashboards.send('stop');
await stopped;
load.stop();
store.stop();
await rm(folder, { recursive: true, force: true });
