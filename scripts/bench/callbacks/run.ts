/*
 * How many status callbacks one core takes:  node --import=tsx scripts/bench/callbacks/run.ts
 *
 *   --rates a,b,…     callbacks a second, one step each (1000,1500,2000,2500,3000)
 *   --seconds N       length of a step (6)
 *   --connections N   kept-alive connections (64)
 *   --streams         every call had a media stream: its end reads and closes a transcript too
 *   --flat-out        a last step that sends as fast as answers come
 *   --bare            sends each step again to a server that does nothing: what the machine allows
 *   --halts           prints when answers came late, and when server or store stood still
 *   --cpu-prof DIR    writes CPU profiles of server and store
 *
 * The whole application has one core; the sender and the embedded store, each a process, share the other. Every call gets the four
 * callbacks of an answered one, in order, mixed with those of hundreds of others. A step is sent by the clock: an answer's delay counts
 * from the moment its callback was due, so a server that falls behind cannot make it look better. Afterwards the store is asked
 * whether every call was concluded and every event written once.
 */
import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { mongo, Types } from 'mongoose';
import { compiledBench, productFlags } from '../compiled.ts';
import { type BenchCall, callbackRequest, statuses } from './callback.ts';
import { deliver, micros, quantiles } from './deliver.ts';
import type { Halt } from './halts.ts';
import { openSender } from './sender.ts';

const { values } = parseArgs({
  options: {
    rates: { type: 'string', default: '1000,1500,2000,2500,3000' },
    seconds: { type: 'string', default: '6' },
    connections: { type: 'string', default: '64' },
    streams: { type: 'boolean', default: false },
    bare: { type: 'boolean', default: false },
    halts: { type: 'boolean', default: false },
    'flat-out': { type: 'boolean', default: false },
    'cpu-prof': { type: 'string' },
  },
});
const rates = values.rates.split(',').map(Number);
const seconds = Number(values.seconds);

const canPin = availableParallelism() > 1 && tryPin(process.pid, 1);
function tryPin(pid: number, core: number): boolean {
  try {
    execFileSync('taskset', ['-apc', String(core), String(pid)], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const compiled = await compiledBench('callbacks', { data: ['media', 'sandbox-data'] });
const children: ChildProcess[] = [];
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

async function start<T>(file: string, core: number, args: string[], execArgv: string[] = []) {
  const child = fork(fileURLToPath(new URL(file, compiled)), args, {
    execArgv,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  children.push(child);
  if (canPin) tryPin(child.pid!, core);
  const answer = <R>() =>
    new Promise<R>((resolve, reject) => {
      const ended = () => reject(new Error(`${file} ended`));
      child.once('exit', ended);
      child.once('message', (message: { result: R }) => {
        child.off('exit', ended);
        resolve(message.result);
      });
    });
  const hello = await answer<T>();
  return {
    hello,
    ask<R>(): Promise<R> {
      const answered = answer<R>();
      child.send({});
      return answered;
    },
    async stop() {
      child.send('stop');
      await once(child, 'exit');
    },
  };
}

const folder = await mkdtemp(join(tmpdir(), 'callback-bench-'));
process.on('exit', () => execFileSync('rm', ['-rf', folder]));
await mkdir(join(folder, 'data'));
const profile = values['cpu-prof'] ? ['--cpu-prof', `--cpu-prof-dir=${values['cpu-prof']}`] : [];
// Watching costs what is measured here.
const watched = values.halts ? ['--halts'] : [];
const store = await start<string>('store.js', 1, [join(folder, 'store'), ...watched], profile);
const uri = store.hello.replace(/\/?(\?|$)/, '/bench$1');
const server = await start<number>(
  'server.js',
  0,
  [uri, join(folder, 'data'), ...watched],
  [...productFlags(), ...profile],
);
const bare = values.bare ? await start<number>('bare.js', 0, []) : null;
const client = await new mongo.MongoClient(uri).connect();
const database = client.db();
const lanes = Number(values.connections);
const sender = await openSender(server.hello, lanes);

/** Attempts as placing leaves them: written, dialled, each with its place. */
async function attempts(count: number): Promise<BenchCall[]> {
  const now = new Date();
  const calls = Array.from({ length: count }, (_, index) => ({
    _id: new Types.ObjectId(),
    sid: `CA${randomBytes(16).toString('hex')}`,
    direction: 'outbound',
    to: `+1415${String(5_550_100 + (index % 100))}`,
    from: '+12125550100',
    state: 'queued',
    lastSequence: -1,
    agentId: null,
    agentVersion: null,
    engine: 'elevenlabs',
    conversationId: null,
    contactId: null,
    contactName: null,
    campaignId: null,
    verdict: {
      allowed: true,
      at: now,
      rules: Array.from({ length: 9 }, (_, rule) => ({ rule: `rule-${rule}`, result: 'pass' })),
    },
    answeredAt: null,
    endedAt: null,
    durationSeconds: null,
    answeredBy: null,
    outcome: null,
    result: 'none',
    terminationSource: null,
    terminationReason: null,
    cause: null,
    liveTo: null,
    variables: {},
    policy: { amd: { mode: 'detect', onMachine: 'hang-up' }, record: false, maxSeconds: 570, silenceMs: 8_000 },
    contentClass: null,
    requestedBy: 'user:bench',
    streamToken: null,
    streamTokenUntil: null,
    usedToken: null,
    streams: values.streams ? 1 : 0,
    processId: null,
    streamSid: null,
    resumes: 0,
    amd: null,
    firstTurn: null,
    latency: null,
    media: null,
    recording: 'off',
    eventSeq: 1,
    idempotencyKey: null,
    requestHash: null,
    schemaVersion: 1,
    version: 1,
    createdAt: now,
    updatedAt: now,
  }));
  const slots = calls.map(({ _id }, number) => ({
    _id: new Types.ObjectId(),
    pool: `engine:elevenlabs:${now.getTime()}`,
    number,
    callId: _id,
    // Nobody's, so that the server does not renew what no process of this bench holds.
    lease: { owner: 'bench', until: new Date(now.getTime() + 600_000), fence: 1 },
    schemaVersion: 1,
    version: 1,
    createdAt: now,
    updatedAt: now,
  }));
  const transcripts = values.streams
    ? calls.map(({ _id }) => ({
        _id: new Types.ObjectId(),
        callId: _id,
        live: true,
        turns: ['agent', 'caller', 'agent'].map((role, turn) => ({
          role,
          text: 'Some words that were said on this call, enough for a sentence.',
          startMs: turn * 4_000,
          endMs: turn * 4_000 + 3_500,
          interrupted: false,
        })),
        schemaVersion: 1,
        version: 1,
        createdAt: now,
        updatedAt: now,
      }))
    : [];
  for (let at = 0; at < count; at += 1_000) {
    await database.collection('calls').insertMany(calls.slice(at, at + 1_000) as never[]);
    await database.collection('slots').insertMany(slots.slice(at, at + 1_000) as never[]);
    if (transcripts.length > 0) await database.collection('transcripts').insertMany(transcripts.slice(at, at + 1_000));
  }
  return calls.map(({ _id, sid, to }) => ({ id: _id.toHexString(), sid, to }));
}

interface State {
  readonly cpu: NodeJS.CpuUsage;
  readonly halts: readonly Halt[];
}

interface Step {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly worst: number;
  readonly refused: number;
  /** µs of the server's CPU, and of the store's, for one callback with all that follows from it. */
  readonly cpu: number;
  readonly storeCpu: number;
  /** What sending one and reading its answer takes, on the store's core. */
  readonly senderCpu: number;
  /** From the last answer until every call is concluded. */
  readonly settledMs: number;
  readonly missing: string | null;
}

type Answers = Omit<Step, 'storeCpu' | 'settledMs' | 'missing'>;

/** Callbacks of one call are this many calls apart, so that each is answered before the next one is due. */
const spread = 250;

async function step(rate: number | null): Promise<{ product: Step; bare: Answers | null }> {
  const count = Math.ceil(((rate ?? 3_000) * seconds) / statuses.length);
  const calls = await attempts(count);
  // Signed before the clock runs: the sender shares its core with the store.
  const prepared: (string | undefined)[] = [];
  const total = (count + spread * (statuses.length - 1)) * statuses.length;
  for (let slot = 0; slot < total; slot += 1) {
    const sequence = slot % statuses.length;
    const call = calls[Math.floor(slot / statuses.length) - spread * sequence];
    prepared.push(call && callbackRequest(call, sequence, slot));
  }
  const before = { server: await server.ask<State>(), store: await store.ask<State>() };
  const how = { lanes, halts: values.halts };
  const { answeredAt, delays, perSecond, refused, senderCpu, slow } = await deliver(sender, prepared, rate, how);
  const ids = calls.map(({ id }) => new Types.ObjectId(id));
  const missing = await settled(ids);
  const settledMs = performance.now() - answeredAt;
  const after = { server: await server.ask<State>(), store: await store.ask<State>() };
  if (values.halts) printHalts(slow, after.server.halts, after.store.halts);
  const product = {
    perSecond,
    ...quantiles(delays),
    refused,
    cpu: micros(before.server.cpu, after.server.cpu, delays.length),
    storeCpu: micros(before.store.cpu, after.store.cpu, delays.length),
    senderCpu,
    settledMs,
    missing,
  };
  return { product, bare: await toNothing(prepared, rate) };
}

/** The same requests in the same minute, to the server that does nothing. */
async function toNothing(prepared: readonly (string | undefined)[], rate: number | null): Promise<Answers | null> {
  if (!bare) return null;
  // Opened anew: it lets go of connections that carry nothing.
  const bareSender = await openSender(bare.hello, lanes);
  const before = await bare.ask<State>();
  const { delays, ...answers } = await deliver(bareSender, prepared, rate, { lanes, halts: false });
  const after = await bare.ask<State>();
  bareSender.close();
  return { ...answers, ...quantiles(delays), cpu: micros(before.cpu, after.cpu, delays.length) };
}

/** The answers by tenths of a second, and what stood still meanwhile. */
function printHalts(answers: readonly Halt[], server: readonly Halt[], store: readonly Halt[]): void {
  const [from, to] = [answers[0]?.at ?? 0, answers.at(-1)?.at ?? 0];
  const tell = (who: string, halts: readonly Halt[], at: number) =>
    halts
      .filter(halt => halt.at >= at && halt.at < at + 100)
      .map(({ at: end, ms, what }) => `${who}: ${what} ${ms.toFixed(0)} ms until +${(end - from).toFixed(0)}`);
  for (let at = from; at <= to; at += 100) {
    const then = answers.filter(answer => answer.at >= at && answer.at < at + 100).map(({ ms }) => ms);
    const told = [...tell('server', server, at), ...tell('store', store, at)].join('; ');
    const [most, mean] = [Math.max(0, ...then), then.reduce((sum, ms) => sum + ms, 0) / Math.max(1, then.length)];
    console.log(
      `  +${String(Math.round(at - from)).padStart(5)} ms ${String(then.length).padStart(4)} answers, mean ${mean.toFixed(0).padStart(3)}, most ${most.toFixed(0).padStart(3)} ms  ${told}`,
    );
  }
}

/** Waits until all calls of the step are concluded and their events written; says what is not when that takes too long. */
async function settled(ids: Types.ObjectId[]): Promise<string | null> {
  const deadline = performance.now() + 20_000;
  for (;;) {
    const mine = { $gte: ids[0]!, $lte: ids.at(-1)! };
    const concluded = await database.collection('calls').countDocuments({ _id: mine, outcome: { $ne: null } });
    const events = await database.collection('callEvents').countDocuments({ callId: mine });
    const held = await database.collection('slots').countDocuments({ callId: mine });
    // Four states and the end.
    if (concluded === ids.length && events === ids.length * 5 && held === 0) return null;
    if (performance.now() > deadline)
      return `${concluded} of ${ids.length} calls concluded, ${events} of ${ids.length * 5} events, ${held} places held`;
    await new Promise(resolve => setTimeout(resolve, 100));
  }
}

const figure = (value: number, digits = 0) => value.toFixed(digits).padStart(8);
console.log(`${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.versions.node}`);
console.log(
  canPin ? 'the server on a core of its own (taskset)' : 'not pinned: taskset is missing, or there is one core',
);
// Code becomes quick by being run.
await step(800);
console.log('      due    a second     p50     p99   worst ms   refused   µs CPU  µs store µs sender   settled ms');
let failed = false;
const answersOf = ({ perSecond, p50, p99, worst, refused, cpu }: Answers) =>
  `${figure(perSecond)} ${figure(p50, 1)} ${figure(p99, 1)} ${figure(worst, 1)}  ${figure(refused)} ${figure(cpu)}`;
for (const rate of [...rates, ...(values['flat-out'] ? [null] : [])]) {
  const { product, bare: nothing } = await step(rate);
  const { storeCpu, senderCpu, settledMs, missing, refused } = product;
  console.log(
    `${String(rate ?? 'flat out').padStart(9)} ${answersOf(product)} ${figure(storeCpu)} ${figure(senderCpu)}    ${figure(settledMs)}`,
  );
  if (nothing) console.log(`     bare ${answersOf(nothing)} ${figure(0)} ${figure(nothing.senderCpu)}`);
  if (missing) console.log(`          missing: ${missing}`);
  failed ||= missing !== null || refused > 0;
}
sender.close();
await client.close();
await server.stop();
await bare?.stop();
await store.stop();
process.exit(failed ? 1 : 0);
