import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { type Collection, MongoClient } from 'mongodb';
import { startPocketMongo } from 'pocket-mongo';

/**
 * Measures the embedded store with what Parley asks of it, every write on disk before it is acknowledged.
 * `BENCH_DIR` chooses the disk; `BENCH_CONTACTS` the number of contacts.
 */
interface Contact {
  _id: number;
  campaignId: string;
  state: string;
  dueAt: Date;
  phone: string;
  name: { first: string; last: string };
  attempts: number;
  leaseUntil: Date | null;
  callSid?: string;
  customFields: Record<string, string | number>;
}

const contacts = Number(process.env['BENCH_CONTACTS'] ?? 100_000);
const inFlight = 32;
const folder = await mkdtemp(join(process.env['BENCH_DIR'] ?? tmpdir(), 'store-bench-'));
const rows: { figure: string; measured: string; target: string; held: string }[] = [];

function record(figure: string, value: number, unit: string, target: number, atLeast: boolean): void {
  const held = atLeast ? value >= target : value < target;
  rows.push({
    figure,
    measured: `${value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(2)} ${unit}`,
    target: `${atLeast ? '>=' : '<'} ${target.toLocaleString('en')} ${unit}`,
    held: held ? 'yes' : 'NO',
  });
}

function contact(i: number): Contact {
  return {
    _id: i,
    campaignId: `campaign-${i % 10}`,
    state: 'waiting',
    dueAt: new Date(1_760_000_000_000 + ((i * 7_919) % contacts) * 1_000),
    phone: `+1212555${String(i).padStart(6, '0')}`,
    name: { first: `First${i % 977}`, last: `Last${i % 1_013}` },
    attempts: 0,
    leaseUntil: null,
    customFields: { policy: `P-${i}`, balance: i % 500, product: 'home insurance', agent: `agent-${i % 7}` },
  };
}

/** Runs `work` with so many in flight and returns how often it ran in a second, with the 99th percentile of its time. */
async function throughput(count: number, work: (i: number) => Promise<void>): Promise<{ rate: number; p99: number }> {
  const times: number[] = [];
  let next = 0;
  const start = performance.now();
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      while (next < count) {
        const before = performance.now();
        await work(next++);
        times.push(performance.now() - before);
      }
    }),
  );
  const rate = (count / (performance.now() - start)) * 1_000;
  times.sort((a, b) => a - b);
  return { rate, p99: times[Math.floor(times.length * 0.99)]! };
}

async function importContacts(collection: Collection<Contact>): Promise<void> {
  const start = performance.now();
  const batch = 1_000;
  const batches = Array.from({ length: Math.ceil(contacts / batch) }, (_, b) => b * batch);
  await Promise.all(
    Array.from({ length: 4 }, async () => {
      for (let from = batches.shift(); from !== undefined; from = batches.shift()) {
        const first = from;
        await collection.insertMany(
          Array.from({ length: Math.min(batch, contacts - first) }, (_, i) => contact(first + i)),
        );
      }
    }),
  );
  record(
    'import (insertMany, 1,000 a batch)',
    (contacts / (performance.now() - start)) * 1_000,
    'docs/s',
    20_000,
    true,
  );
}

async function claims(collection: Collection<Contact>): Promise<void> {
  const seen = new Map<number, number>();
  const count = Math.min(20_000, contacts / 2);
  const now = new Date(1_760_000_000_000 + contacts * 1_000);
  const { rate, p99 } = await throughput(count, async i => {
    const claimed = await collection.findOneAndUpdate(
      { campaignId: `campaign-${i % 10}`, state: 'waiting', dueAt: { $lte: now } },
      { $set: { state: 'dialing', leaseUntil: new Date(now.getTime() + 60_000) }, $inc: { attempts: 1 } },
      { sort: { dueAt: 1 }, returnDocument: 'after' },
    );
    if (claimed) seen.set(claimed._id, (seen.get(claimed._id) ?? 0) + 1);
  });
  record(`claim, ${inFlight} in flight (p99 ${p99.toFixed(0)} ms)`, rate, '/s', 3_000, true);
  const duplicates = [...seen.values()].filter(times => times > 1).length + (count - seen.size);
  record('contacts claimed twice, or claims without one', duplicates, '', 1, false);
}

async function callbacks(client: MongoClient, collection: Collection<Contact>): Promise<void> {
  const events = client
    .db('bench')
    .collection<{ contact: number; seq: number; status: string; at: Date }>('callEvents');
  await events.createIndex({ contact: 1, seq: 1 }, { unique: true });
  const { rate, p99 } = await throughput(20_000, async i => {
    const _id = i % contacts;
    await collection.updateOne({ _id, attempts: { $lt: 1_000 } }, { $set: { state: 'done', callSid: `CA${i}` } });
    await events.insertOne({ contact: _id, seq: i, status: 'completed', at: new Date() });
  });
  record(`status callback: update and event insert (p99 ${p99.toFixed(0)} ms)`, rate, 'pairs/s', 3_000, true);
}

async function groupBesideTheLoop(collection: Collection<Contact>): Promise<void> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const start = performance.now();
  for (let i = 0; i < 5; i++) {
    await collection
      .aggregate([
        { $group: { _id: '$customFields.agent', n: { $sum: 1 }, balance: { $avg: '$customFields.balance' } } },
      ])
      .toArray();
  }
  const each = (performance.now() - start) / 5;
  delay.disable();
  const figure = `event loop of the main thread, p99, during $group over all (${each.toFixed(0)} ms each)`;
  record(figure, delay.percentile(99) / 1e6 - 1, 'ms', 30, false);
}

const store = await startPocketMongo({ dir: folder });
const client = await new MongoClient(store.uri, { maxPoolSize: inFlight }).connect();
try {
  const collection = client.db('bench').collection<Contact>('contacts');
  await collection.createIndex({ campaignId: 1, state: 1, dueAt: 1 });
  await collection.createIndex({ phone: 1 }, { unique: true });
  await collection.createIndex({ callSid: 1 }, { sparse: true });
  await importContacts(collection);
  await claims(collection);
  await callbacks(client, collection);
  await groupBesideTheLoop(collection);
  const { commits, commands } = await store.stats();
  await client.close();
  await store.close();
  const start = performance.now();
  const again = await startPocketMongo({ dir: folder });
  record(`reopen with ${contacts.toLocaleString('en')} contacts`, (performance.now() - start) / 1_000, 's', 3, false);
  const { documents, heapUsedBytes } = await again.stats();
  await again.close();
  console.table(rows);
  console.log(
    `${commands} commands, ${commits} commits (each an fdatasync), ${documents} documents, ${Math.round(heapUsedBytes / 2 ** 20)} MB of heap`,
  );
} finally {
  await rm(folder, { recursive: true, force: true });
}
process.exitCode = rows.some(row => row.held === 'NO') ? 1 : 0;
