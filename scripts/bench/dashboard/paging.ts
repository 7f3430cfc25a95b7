import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { Types } from 'mongoose';
import { startPocketMongo } from 'pocket-mongo';
import { CallRepository } from '../../../src/calls/call-repository.ts';
import { reversedDigits } from '../../../src/calls/call-search.ts';
import { createLogging } from '../../../src/ops/logger.ts';
import { createMemoryCache } from '../../../src/store/cache.ts';
import { openConnection } from '../../../src/store/connection.ts';
import { encodeCursor } from '../../../src/store/cursor.ts';
import { type ListQuery, planPage } from '../../../src/store/list-page.ts';
import { inDatabase } from '../../../src/store/mongodb-uri.ts';
import { createStore } from '../../../src/store/open-store.ts';
import { listRulesOf } from '../../../src/store/repository-definition.ts';
import { option } from './site.ts';

// Whether the server's pages of the list of calls stay quick over a million of them, however deep and whatever the filter:
// `node --import=tsx scripts/bench/dashboard/paging.ts [--calls 1000000] [--dir FOLDER] [--only fill|measure]`. The embedded store in
// FOLDER (kept, so that it can be filled beforehand; else one below the temporary folder), with the indexes of lists; pages of 100 as
// the dashboard asks for them, each by the cursor of the one before.

const count = Number(option('calls', '1000000'));
const only = option('only', '');
const kept = option('dir', '');
const dir = kept || (await mkdtemp(join(tmpdir(), 'paging-bench-')));
const perPage = 100;
const logger = createLogging({ level: 'error', secrets: [], destination: process.stderr }).component('bench');
const server = await startPocketMongo({ dir, maxHeapMb: 10_000 });
const uri = inDatabase(server.uri, 'bench');
const link = await openConnection({ uri, poolMax: 4, logger, slowCommandMs: 60_000 });
const store = createStore({ link, logger, cache: createMemoryCache(), now: () => new Date() });
const calls = new CallRepository(store);
const collection = store.connection.collection('calls');

const ids = (howMany: number, first: number) =>
  Array.from({ length: howMany }, (_, place) => new Types.ObjectId((first + place).toString(16).padStart(24, '0')));
const campaigns = ids(12, 1_000);
const agents = ids(6, 2_000);
const outcomes = [
  'conversation',
  'busy',
  'no-answer',
  'voicemail',
  'conversation',
  'no-answer',
  'failed',
  'conversation',
];
const newest = Date.UTC(2026, 10, 20, 20);

/** The call at a place of the list, with what lists read and find calls by. */
function callAt(place: number) {
  const createdAt = new Date(newest - place * 5_000);
  const outcome = place % 2_003 === 0 ? 'opt-out' : outcomes[place % outcomes.length];
  const to = `1312555${String(place % 10_000).padStart(4, '0')}`;
  return {
    _id: new Types.ObjectId((0xffffff0000 - place).toString(16).padStart(24, '0')),
    version: 1,
    createdAt,
    updatedAt: createdAt,
    direction: place % 7 === 0 ? 'inbound' : 'outbound',
    sid: `CA${place.toString(16).padStart(32, '0')}`,
    to: `+${to}`,
    from: '+12125550100',
    numbers: [[...to].reverse().join(''), '00105552121'],
    state: outcome === 'busy' || outcome === 'no-answer' || outcome === 'failed' ? outcome : 'completed',
    outcome,
    result: place % 9 === 0 ? 'lead' : 'none',
    answeredAt: outcome === 'conversation' ? createdAt : null,
    endedAt: new Date(createdAt.getTime() + 90_000),
    durationSeconds: outcome === 'conversation' ? place % 300 : 0,
    contactName: `Somebody ${place}`,
    contactId: null,
    campaignId: campaigns[place % campaigns.length],
    campaignName: `Campaign ${place % campaigns.length}`,
    agentId: agents[place % agents.length],
    latency: { turnsMs: [600 + (place % 300)] },
    recording: 'off',
  };
}

/** Those that pages of a list are read along; the others are for single calls and for jobs. */
const listIndexes = () =>
  calls.definition.schema
    .indexes()
    .map(([keys]) => keys as Record<string, 1 | -1>)
    .filter(keys => Object.keys(keys).slice(-2).join() === 'createdAt,_id');

async function fill(): Promise<void> {
  const began = performance.now();
  await collection.drop().catch(() => undefined);
  for (const keys of listIndexes()) await collection.createIndex(keys);
  let writing: Promise<unknown> = Promise.resolve();
  for (let done = 0; done < count; done += 5_000) {
    const batch = Array.from({ length: Math.min(5_000, count - done) }, (_, at) => callAt(done + at));
    await writing;
    writing = collection.insertMany(batch);
  }
  await writing;
  console.log(`${count} calls and ${listIndexes().length} indexes in ${seconds(performance.now() - began)} s`);
}

const seconds = (ms: number) => (ms / 1_000).toFixed(1);
const quantile = (times: readonly number[], share: number) =>
  [...times].sort((one, other) => one - other)[Math.ceil(share * times.length) - 1]!;
const told = (times: readonly number[]) =>
  `p50 ${quantile(times, 0.5).toFixed(1)} ms, p95 ${quantile(times, 0.95).toFixed(1)} ms, worst ${Math.max(...times).toFixed(1)} ms`;

async function page(query: ListQuery): Promise<{ ms: number; rows: number; next: string | null }> {
  const began = performance.now();
  const { items, nextCursor } = await calls.listForApi({ limit: perPage, ...query });
  return { ms: performance.now() - began, rows: items.length, next: nextCursor };
}

/** Twenty pages behind places all over the list, each reached by a cursor as a page before it would have given. */
async function deep(): Promise<void> {
  const { list } = planPage('calls', listRulesOf(calls.definition), { limit: perPage });
  for (const share of [0, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99]) {
    const place = Math.floor(share * count);
    const { _id, createdAt } = callAt(place);
    let cursor: string | null = encodeCursor({ values: [createdAt], id: _id }, list);
    const times: number[] = [];
    for (let pages = 0; pages < 20 && cursor !== null; pages += 1) {
      const { ms, next } = await page({ cursor });
      times.push(ms);
      cursor = next;
    }
    console.log(`behind ${place} calls: ${told(times)}`);
  }
}

const day = 86_400_000;
const filters: Record<string, Record<string, unknown>> = {
  'outcome busy': { outcome: 'busy' },
  'outcome opt-out, one in 2,003': { outcome: 'opt-out' },
  'result lead': { result: 'lead' },
  'state failed': { status: 'failed' },
  inbound: { direction: 'inbound' },
  'a campaign': { campaignId: campaigns[3]!.toHexString() },
  'an agent': { agentId: agents[2]!.toHexString() },
  'a number’s last digits': { number: { prefix: reversedDigits('4711') } },
  'a day fifty days ago': { createdAt: { from: new Date(newest - 51 * day), to: new Date(newest - 50 * day) } },
  'a campaign and busy': { campaignId: campaigns[1]!.toHexString(), outcome: 'busy' },
  'a campaign and opt-out': { campaignId: campaigns[1]!.toHexString(), outcome: 'opt-out' },
  'longer than four minutes': { durationSeconds: { from: 240 } },
  'longer than four minutes, in a campaign': {
    durationSeconds: { from: 240 },
    campaignId: campaigns[4]!.toHexString(),
  },
  'longer than four minutes, on a day fifty days ago': {
    durationSeconds: { from: 240 },
    createdAt: { from: new Date(newest - 51 * day), to: new Date(newest - 50 * day) },
  },
};

/** The first pages of what a filter leaves. */
async function filtered(): Promise<void> {
  for (const [name, filter] of Object.entries(filters)) {
    const times: number[] = [];
    let seen = 0;
    for (let cursor: string | null | undefined; cursor !== null && times.length < 20; ) {
      const { ms, rows, next } = await page({ filter, ...(cursor === undefined ? {} : { cursor }) });
      times.push(ms);
      seen += rows;
      cursor = next;
    }
    console.log(`${name}: ${seen} calls in ${times.length} pages, first ${times[0]!.toFixed(1)} ms, ${told(times)}`);
  }
}

try {
  if (only !== 'measure') await fill();
  if (only !== 'fill') {
    const { heapUsedBytes } = await server.stats();
    console.log(
      `${await collection.estimatedDocumentCount()} calls, ${Math.round(heapUsedBytes / 1e6)} MB of the store's memory`,
    );
    await filtered();
    await deep();
  }
} finally {
  await store.close();
  await server.close();
  if (!kept) await rm(dir, { recursive: true, force: true });
}
