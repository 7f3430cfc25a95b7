// Kills a store in the middle of concurrent writes, again and again, and looks for acknowledged writes that are lost.
// Takes the number of rounds (20 unless given), or --sample for 2.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { MongoClient } from 'mongodb';
import { startPocketMongo } from 'pocket-mongo';

/** What rounds of `kill -9` came to. */
export interface CrashReport {
  readonly rounds: number;
  readonly acknowledged: number;
  readonly lost: string[];
  /** Commits cut short by a kill, which recovery removed. */
  readonly tornTails: number;
}

/** The state of a document that was acknowledged: its version, gone, or in the middle of being removed. */
type Known = number | 'gone' | 'leaving';

/**
 * Lets a store run with concurrent writers, kills its process at a random moment, opens the folder again and compares with
 * everything that had been acknowledged in this round and all before.
 */
export async function crashLoop(rounds: number, say: (line: string) => void = () => {}): Promise<CrashReport> {
  const dir = await mkdtemp(join(tmpdir(), 'store-crash-'));
  const known = new Map<string, Known>();
  const lost: string[] = [];
  let tornTails = 0;
  try {
    for (let round = 0; round < rounds; round++) {
      await lifeAndDeath(dir, round, known);
      tornTails += await compare(dir, known, lost);
      say(`round ${round + 1}: ${known.size} documents known, ${lost.length} lost, ${tornTails} torn tails`);
    }
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
  return { rounds, acknowledged: known.size, lost, tornTails };
}

async function lifeAndDeath(dir: string, round: number, known: Map<string, Known>): Promise<void> {
  const extension = extname(import.meta.url); // .js in the suite, which runs compiled
  const writer = fileURLToPath(new URL(`./lib/crash-writer${extension}`, import.meta.url));
  const loader = extension === '.ts' ? ['--import=tsx'] : [];
  const child = spawn(process.execPath, [...loader, writer, dir, String(round)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  let acknowledged = 0;
  const deadline = 300 + Math.floor(Math.random() * 1_500);
  // By acknowledgements and not by time, so that a slow machine kills as deep in the work as a fast one.
  for await (const line of createInterface({ input: child.stdout })) {
    const [word, id = '', version] = line.split(' ');
    if (word === 'put') known.set(id, Number(version));
    else if (word === 'removing') known.set(id, 'leaving');
    else if (word === 'removed') known.set(id, 'gone');
    if (word !== 'ready' && ++acknowledged === deadline) child.kill('SIGKILL');
  }
  const [code, signal] = await exited;
  if (signal !== 'SIGKILL') throw new Error(`The writer ended by itself (${code ?? signal})`);
}

async function compare(dir: string, known: ReadonlyMap<string, Known>, lost: string[]): Promise<number> {
  let torn = 0;
  const store = await startPocketMongo({
    dir,
    onEvent: event => {
      if (event.code === 'JOURNAL_TAIL_CUT') torn++;
    },
  });
  const client = await new MongoClient(store.uri).connect();
  const found = new Map<string, number>();
  for await (const { _id, version } of client
    .db('crash')
    .collection<{ _id: string; version: number }>('things')
    .find()) {
    found.set(_id, version);
  }
  await client.close();
  await store.close();
  for (const [id, state] of known) {
    if (state === 'leaving') continue;
    const version = found.get(id);
    // A write that was not acknowledged yet may have reached the disk all the same.
    if (state === 'gone' ? version !== undefined : version === undefined || version < state)
      lost.push(`${id}: ${state}`);
  }
  return torn;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const report = await crashLoop(process.argv[2] === '--sample' ? 2 : Number(process.argv[2] ?? 20), line =>
    console.log(line),
  );
  console.log(
    `${report.rounds} kills, ${report.acknowledged} acknowledged documents, ${report.lost.length} lost, ${report.tornTails} torn tails cut`,
  );
  for (const line of report.lost.slice(0, 20)) console.log(`lost ${line}`);
  process.exitCode = report.lost.length === 0 ? 0 : 1;
}
