// Sends mutated messages to a store: it may end connections, but it must neither crash nor keep memory, and serve others all the time.
// Takes the number of messages (1,000,000 unless given), or --sample for 20,000.
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Document, serialize } from 'bson';
import { MongoClient } from 'mongodb';
import { startPocketMongo } from 'pocket-mongo';
import { MessageReader } from '../src/wire/framing.ts';

/** What a storm of mutated messages came to. */
export interface FuzzReport {
  readonly messages: number;
  /** Connections the server ended, as it has to after bytes that are no message. */
  readonly connectionsEnded: number;
  /** Messages that were understood well enough to be answered, mostly with an error. */
  readonly answers: number;
  /** Defects the server reported about itself: answers with code 1. */
  readonly internalErrors: string[];
  readonly heapBeforeMb: number;
  readonly heapAfterMb: number;
  /** A well-behaved client was served all the time. */
  readonly healthy: boolean;
}

const seeds: readonly Document[] = [
  { hello: 1, $db: 'admin' },
  { find: 'things', filter: { a: { $gt: 1 }, 'b.c': { $in: [1, 'x', null] } }, sort: { a: 1 }, limit: 5, $db: 'fuzz' },
  { insert: 'things', documents: [{ a: 1, b: { c: [1, 2, { d: 'x' }] }, e: new Date(0) }], $db: 'fuzz' },
  {
    update: 'things',
    updates: [{ q: { a: 1 }, u: { $set: { 'b.c.$[x].d': 5 } }, arrayFilters: [{ 'x.d': 'x' }] }],
    $db: 'fuzz',
  },
  {
    update: 'things',
    updates: [{ q: { a: { $lt: 3 } }, u: { $inc: { a: 1 }, $push: { l: { $each: [1], $slice: -3 } } }, upsert: true }],
    $db: 'fuzz',
  },
  { delete: 'things', deletes: [{ q: { a: { $gt: 2 } }, limit: 0 }], $db: 'fuzz' },
  { findAndModify: 'things', query: { a: 1 }, sort: { a: -1 }, update: { $unset: { e: 1 } }, new: true, $db: 'fuzz' },
  {
    aggregate: 'things',
    pipeline: [{ $match: { a: 1 } }, { $group: { _id: '$b.c', n: { $sum: 1 } } }],
    cursor: {},
    $db: 'fuzz',
  },
  { createIndexes: 'things', indexes: [{ key: { a: 1, 'b.c': -1 }, name: 'by a' }], $db: 'fuzz' },
  { dropIndexes: 'things', index: '*', $db: 'fuzz' },
  { count: 'things', query: { $or: [{ a: 1 }, { e: { $exists: true } }] }, $db: 'fuzz' },
  { distinct: 'things', key: 'b.c', $db: 'fuzz' },
  { explain: { find: 'things', filter: { a: 1 } }, $db: 'fuzz' },
  { getMore: 5, collection: 'things', $db: 'fuzz' },
  { drop: 'things', $db: 'fuzz' },
];

function opMsg(document: Document, sequence: boolean): Buffer {
  const body = serialize(document);
  const rest = sequence ? serialize({ a: 2, text: 'of a sequence' }) : new Uint8Array();
  const section = sequence
    ? Buffer.concat([Buffer.from([1]), int32(4 + 10 + rest.length), Buffer.from('documents\0'), rest])
    : rest;
  const payload = Buffer.concat([Buffer.alloc(4), Buffer.from([0]), body, section]);
  return Buffer.concat([int32(16 + payload.length), int32(7), int32(0), int32(2013), payload]);
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}

const batchSize = 5;

const below = (n: number) => Math.floor(Math.random() * n);

interface Seed {
  readonly message: Buffer;
  readonly sequence: boolean;
}

/** A few changes of bytes; most keep the length honest, so that they get past the framing. */
function mutate({ message, sequence }: Seed): Buffer {
  let bytes = Buffer.from(message);
  for (let i = below(3); i >= 0; i--) {
    // Seldom in the frame around the command: that ends the connection, and what comes behind is not read any more.
    const from = Math.random() < 0.001 ? 16 : 25;
    const at = from + below(bytes.length - from);
    // Behind a sequence lies nothing that could make up for bytes that come or go.
    const kind = below(sequence ? 6 : 10);
    if (kind < 5) bytes[at] = below(256);
    else if (kind === 5) bytes[at]! ^= 1 << below(8);
    else if (kind === 6) bytes = Buffer.concat([bytes.subarray(0, at), Buffer.from([below(256)]), bytes.subarray(at)]);
    else if (kind === 7) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)]);
    else if (kind === 8 && at + 4 < bytes.length) bytes.writeInt32LE([0, -1, 0x7fffffff, below(1_000)][below(4)]!, at);
    else
      bytes = Buffer.concat([
        bytes.subarray(0, at),
        bytes.subarray(16, 16 + below(bytes.length - 16)),
        bytes.subarray(at),
      ]);
  }
  // An honest length of the body, so that the damage inside it is what gets looked at.
  if (!sequence && Math.random() < 0.999) bytes.writeInt32LE(bytes.length - 21, 21);
  if (Math.random() < 0.999) bytes.writeInt32LE(bytes.length, 0);
  else bytes.writeInt32LE(below(2 ** 31), 0);
  return bytes;
}

/** Sends `count` mutated messages over several connections, opening new ones where the server ended them. */
export async function wireFuzz(count: number, say: (line: string) => void = () => {}): Promise<FuzzReport> {
  const dir = await mkdtemp(join(tmpdir(), 'store-fuzz-'));
  const internalErrors: string[] = [];
  const store = await startPocketMongo({
    dir,
    port: 0,
    onEvent: event => {
      if (event.code === 'INTERNAL_ERROR' && internalErrors.length < 20) internalErrors.push(event.message);
    },
  });
  const port = Number(new URL(store.uri).port);
  const messages: Seed[] = seeds.map(seed => ({ message: opMsg(seed, false), sequence: false }));
  messages.push({ message: opMsg({ insert: 'things', $db: 'fuzz' }, true), sequence: true });
  let sent = 0;
  let ended = 0;
  let answers = 0;
  const client = await new MongoClient(store.uri).connect();
  const heap = async () => Math.round((await store.stats()).heapUsedBytes / 2 ** 20);
  const heapBeforeMb = await heap();
  let healthy = true;
  let nextLook = 25_000;
  const storm = async () => {
    while (sent < count) {
      const socket: Socket = connect(port, '127.0.0.1');
      socket.on('error', () => {});
      const reader = new MessageReader();
      let answered = 0;
      let wake = () => {};
      socket.on('data', chunk => {
        answered += reader.push(chunk).length;
        wake();
      });
      const closed = new Promise<void>(resolve => socket.once('close', () => resolve()));
      await Promise.race([new Promise<void>(resolve => socket.once('connect', resolve)), closed]);
      // A message may ask for no answer; so a connection is left after some time, and not waited for for ever.
      const waitFor = async (target: number) => {
        const end = Date.now() + 200;
        while (answered < target && !socket.destroyed && Date.now() < end) {
          const answer = new Promise<void>(resolve => {
            wake = resolve;
          });
          await Promise.race([answer, closed, delay(50, undefined, { ref: false })]);
        }
      };
      let own = 0;
      for (; own < 1_000 && sent < count && !socket.destroyed; own += batchSize, sent += batchSize) {
        await waitFor(own - 3 * batchSize);
        socket.write(Buffer.concat(Array.from({ length: batchSize }, () => mutate(messages[below(messages.length)]!))));
      }
      await waitFor(own);
      if (socket.destroyed) ended++;
      answers += answered;
      socket.destroy();
      await closed;
      if (sent >= nextLook) {
        nextLook += 25_000;
        healthy &&= (await client.db('calm').collection('things').insertOne({ at: sent })).acknowledged;
        // What mutated inserts left is not what memory is measured by.
        await client.db('fuzz').dropDatabase();
        say(`${sent} sent, ${ended} connections ended, ${internalErrors.length} internal errors, ${await heap()} MB`);
      }
    }
  };
  await Promise.all(Array.from({ length: 16 }, storm));
  for (const { name } of (await client.db().admin().listDatabases()).databases) {
    if (name !== 'calm')
      await client
        .db(name)
        .dropDatabase()
        .catch(() => {});
  }
  const heapAfterMb = await heap();
  await client.close();
  await store.close();
  await rm(dir, { recursive: true, force: true });
  return { messages: sent, connectionsEnded: ended, answers, internalErrors, heapBeforeMb, heapAfterMb, healthy };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const report = await wireFuzz(process.argv[2] === '--sample' ? 20_000 : Number(process.argv[2] ?? 1_000_000), line =>
    console.log(line),
  );
  console.log(report);
  process.exitCode = report.internalErrors.length === 0 && report.healthy ? 0 : 1;
}
