import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

// What telling costs: `node --import=tsx scripts/bench/live/run.ts [--calls 500] [--clients 100] [--rounds 7] [--each]`. Rounds with and
// without dashboards take turns, so that both have seen the same machine. `--each` takes events one by one instead of in batches.

const option = (name: string, otherwise: number) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : Number(process.argv[at + 1]);
};
const [calls, clients, rounds] = [option('calls', 500), option('clients', 100), option('rounds', 7)];
const roundMs = option('seconds', 8) * 1_000;
const form = process.argv.includes('--each') ? 'each' : 'batch';
const apiKey = randomBytes(24).toString('hex');

const start = (file: string, ...args: string[]): ChildProcess =>
  fork(fileURLToPath(new URL(file, import.meta.url)), args, { execArgv: ['--import=tsx'] });
// biome-ignore lint/suspicious/noExplicitAny: each answer has a form of its own.
const answer = async (child: ChildProcess, message?: string): Promise<any> => {
  const heard = once(child, 'message');
  if (message) child.send(message);
  return (await heard)[0];
};
const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

interface Round {
  readonly cpu: number;
  readonly lateP50: number;
  readonly lateP99: number;
  readonly loopP99: number;
  readonly rss: number;
}

const server = start('./server.ts', String(calls), apiKey);
const { url } = await answer(server);
const dashboards = start('./clients.ts', url, apiKey, String(clients), form);
await answer(dashboards);

const measure = async (): Promise<Round> => {
  server.send('begin');
  await new Promise(resolve => setTimeout(resolve, roundMs));
  return answer(server, 'end');
};

const without: Round[] = [];
const having: Round[] = [];
let events = 0;
for (let round = 0; round < rounds; round += 1) {
  without.push(await measure());
  await answer(dashboards, 'connect');
  await answer(dashboards, 'count');
  having.push(await measure());
  events += (await answer(dashboards, 'count')).events;
  await answer(dashboards, 'disconnect');
  await new Promise(resolve => setTimeout(resolve, 500));
}
const line = (name: string, list: Round[]) => ({
  '': name,
  'share of a core': median(list.map(({ cpu }) => cpu)).toFixed(3),
  'audio tick late p50 ms': median(list.map(({ lateP50 }) => lateP50)).toFixed(2),
  'audio tick late p99 ms': median(list.map(({ lateP99 }) => lateP99)).toFixed(2),
  'event loop p99 ms': median(list.map(({ loopP99 }) => loopP99)).toFixed(2),
  'RSS MiB': (median(list.map(({ rss }) => rss)) / 2 ** 20).toFixed(0),
});
console.table([line('nobody', without), line(`${clients} dashboards, ${form}`, having)]);
console.log(
  `${calls} live calls, ${rounds} rounds of ${roundMs / 1_000} s; ${Math.round(events / rounds / (roundMs / 1_000))} events/s taken by all`,
);
server.send('stop');
dashboards.send('stop');
