// Measures how exactly campaigns are paced, how fast a process claims and dials flat out, and what a call costs: commands to the store, and
// milliseconds of CPU of the dialling processes and of the store. The carrier answers at once. The judge goes over every run, and the bench
// fails when a verdict does. Takes the seconds of each measurement (20
// unless given) and what to measure, in any order: paces (5,30), `many` (100 campaigns), `flat`, `queue` (1,000 against 1,000,000 people
// who wait); `one` or `three` leaves out the other number of processes. All but `queue` unless told.
import { judgementWords } from '../../../src/campaigns/campaign-commands-cli.ts';
import type { Judgement } from '../../../src/campaigns/judge-facts.ts';
import type { DialProcessUse } from '../../prove/lib/dial-process-order.ts';
import { startBenchSite, stop, useOf } from './site.ts';

const [secondsText, ...wishes] = process.argv.slice(2);
const seconds = Number(secondsText ?? 20);
const wants = (name: string) => wishes.length === 0 || wishes.includes(name);
const paces = wishes.find(each => /^[\d.,]+$/.test(each)) ?? (wishes.length === 0 ? '1,5,30' : '');
const site = await startBenchSite();
/** A queue of a million would take longer to judge than to measure. */
const mostJudged = 100_000;
let failed = 0;
const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms));

interface Measured {
  readonly name: string;
  readonly callsPerSecond: number;
  readonly processes: number;
  readonly campaigns?: number;
  /** Who waits in each campaign's queue; as many as can be called, unless given. */
  readonly people?: number;
  /** Until everybody has been called, whatever the time. */
  readonly untilAll?: boolean;
}

async function measure({
  name,
  callsPerSecond,
  processes,
  campaigns = 1,
  people,
  untilAll = false,
}: Measured): Promise<void> {
  const most = Math.min(20_000, Math.ceil(callsPerSecond * (seconds + 15)) + 10);
  const accountCallsPerSecond = Math.max(1_000, callsPerSecond);
  const { uri, ids } = await site.campaignsOf(callsPerSecond, campaigns, people ?? most);
  const children = await site.dialers(processes, uri, accountCallsPerSecond);
  // The pace is measured once it is reached.
  while (site.asked.length === 0) await pause(20);
  if (!untilAll) await pause(3_000);
  const before = await Promise.all([site.store, ...children].map(useOf));
  const from = performance.now();
  if (untilAll) while (site.asked.length < (people ?? most)) await pause(20);
  else await pause(seconds * 1_000);
  const to = performance.now();
  const after = await Promise.all([site.store, ...children].map(useOf));
  const within = site.asked.filter(at => at >= from && at < to);
  await stop(children);
  site.asked.length = 0;
  const judgements = (people ?? most) * campaigns > mostJudged ? [] : await site.judge(uri, ids, accountCallsPerSecond);
  site.taken.length = 0;
  const reached = within.length / ((to - from) / 1_000);
  const wanted = callsPerSecond * campaigns;
  console.log(
    `${name.padEnd(34)} wanted ${wanted}/s, reached ${reached.toFixed(2)}/s (${percent(reached / wanted - 1)}), at most ${mostIn(within, 1_000)} in one second`,
  );
  const cpu = after.map((use, index) => (cpuMs(use) - cpuMs(before[index]!)) / within.length);
  const commands = after.map(({ commands }, index) => change(before[index]!.commands, commands));
  const total = new Map<string, number>();
  for (const each of commands)
    for (const [command, count] of each) total.set(command, (total.get(command) ?? 0) + count);
  const all = [...total]
    .sort((one, other) => other[1] - one[1])
    .map(([command, count]) => [command, count / within.length] as const);
  console.log(
    `  a call: ${cpu
      .slice(1)
      .reduce((sum, each) => sum + each, 0)
      .toFixed(2)} ms of CPU to dial, ${cpu[0]!.toFixed(2)} ms in the store, ` +
      `${all.reduce((sum, [, count]) => sum + count, 0).toFixed(2)} commands: ${all
        .filter(([, count]) => count >= 0.05)
        .map(([command, count]) => `${command} ${count.toFixed(2)}`)
        .join(', ')}`,
  );
  console.log(
    `  RSS, MiB: ${after
      .slice(1)
      .map(({ rss }) => mebibytes(rss))
      .join(', ')}; the store ${mebibytes(after[0]!.rss)}`,
  );
  tellOf(judgements);
}

/** One line while all is well, every breach otherwise. */
function tellOf(judgements: readonly Judgement[]): void {
  if (judgements.length === 0) {
    console.log('  the judge: not asked, the queue is too long');
    return;
  }
  const breaches = judgements.filter(({ verdict }) => verdict === 'fail');
  failed += breaches.length;
  const rules = judgements[0]!.rules;
  const sum = (of: (each: Judgement) => number) => judgements.reduce((total, each) => total + of(each), 0);
  const unjudged = rules.filter(({ result }) => result === 'not-judged').map(({ rule }) => rule);
  console.log(
    `  the judge: ${breaches.length === 0 ? 'PASS' : `FAIL of ${breaches.length}`} over ${judgements.length} campaign(s), ` +
      `${sum(({ calls }) => calls)} calls to ${sum(({ numbers }) => numbers)} numbers, ` +
      `${rules.length - unjudged.length} rules${unjudged.length > 0 ? `; not judged: ${unjudged.join(', ')}` : ''}`,
  );
  for (const each of breaches) console.log(judgementWords(each));
}

const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
const mebibytes = (bytes: number) => (bytes / 1_048_576).toFixed(0);
const cpuMs = ({ cpu }: DialProcessUse) => (cpu.user + cpu.system) / 1_000;

function change(before: DialProcessUse['commands'], after: DialProcessUse['commands']): (readonly [string, number])[] {
  const known = new Map(before);
  return after.map(([name, count]) => [name, count - (known.get(name) ?? 0)] as const);
}

/** How many fell into one stretch of so many milliseconds at most. */
function mostIn(times: readonly number[], ms: number): number {
  let most = 0;
  for (let first = 0, last = 0; last < times.length; last += 1) {
    while (times[last]! - times[first]! >= ms) first += 1;
    most = Math.max(most, last - first + 1);
  }
  return most;
}

try {
  for (const pace of paces.split(',').filter(Boolean).map(Number)) {
    if (!wishes.includes('three'))
      await measure({ name: `pace ${pace}/s, one process`, callsPerSecond: pace, processes: 1 });
    if (!wishes.includes('one'))
      await measure({ name: `pace ${pace}/s, three processes`, callsPerSecond: pace, processes: 3 });
  }
  if (wants('many'))
    await measure({ name: '100 campaigns at 0.2/s, one process', callsPerSecond: 0.2, processes: 1, campaigns: 100 });
  if (wants('flat'))
    await measure({
      name: 'flat out, 10,000 due at once',
      callsPerSecond: 1_000,
      processes: 1,
      people: 10_000,
      untilAll: true,
    });
  if (wishes.includes('queue')) {
    for (const people of [1_000, 1_000_000])
      await measure({ name: `5/s, ${people} people wait`, callsPerSecond: 5, processes: 1, people });
  }
} finally {
  await site.close();
}
if (failed > 0) process.exitCode = 1;
