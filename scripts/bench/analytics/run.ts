import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { Types } from 'mongoose';
import { type Contribution, contributionOf, Delta, dayMs } from '../../../src/analytics/contribution-protocol.ts';
import { createDashboard, type DashboardQuestion } from '../../../src/analytics/dashboard.ts';
import { createFiguresCounter } from '../../../src/analytics/figures-counter.ts';
import { RollupLogRepository } from '../../../src/analytics/rollup-log-repository.ts';
import { createRollupReader } from '../../../src/analytics/rollup-reader.ts';
import { RollupRepository } from '../../../src/analytics/rollup-repository.ts';
import { createCallFigures } from '../../../src/calls/call-figures.ts';
import { CallRepository } from '../../../src/calls/call-repository.ts';
import type { CallFacts } from '../../../src/calls/calls.types.ts';
import { createLogging } from '../../../src/ops/logger.ts';
import { createMemoryCache } from '../../../src/store/cache.ts';
import { openConnection } from '../../../src/store/connection.ts';
import { startEmbedded } from '../../../src/store/embedded.ts';
import { createStore } from '../../../src/store/open-store.ts';

/**
 * Asks the dashboard's questions over a million calls in the embedded store, while further calls end and are counted.
 * `BENCH_CALLS` and `BENCH_DAYS` change how many and over how long, `BENCH_DIR` the disk.
 */
const count = Number(process.env['BENCH_CALLS'] ?? 1_000_000);
const days = Number(process.env['BENCH_DAYS'] ?? 60);
const questions = 400;
const folder = await mkdtemp(join(process.env['BENCH_DIR'] ?? tmpdir(), 'analytics-bench-'));
const logger = createLogging({ level: 'error', secrets: [], destination: process.stderr }).component('bench');

const embedded = await startEmbedded({ dataDir: folder, logger });
const link = await openConnection({ uri: embedded.uri, poolMax: 10, logger });
const store = createStore({ link, logger, cache: createMemoryCache(), now: () => new Date() });
const calls = new CallRepository(store);
const rollups = new RollupRepository(store);
const log = new RollupLogRepository(store);
for (const repository of [rollups, log]) await repository.ensureIndexes();
const collection = store.connection.collection('calls');
// Those that counting and the dashboard use: building the other two dozen for a million calls measures something else.
await collection.createIndex({ endedAt: 1, createdAt: -1, _id: -1 });
await collection.createIndex({ figuresDue: 1 }, { partialFilterExpression: { figuresDue: true } });

const pick = <T>(list: readonly T[]): T => list[Math.floor(Math.random() * list.length)]!;
const ids = (howMany: number) => Array.from({ length: howMany }, () => new Types.ObjectId().toHexString());
const campaignIds = ids(12);
const agentIds = ids(6);
const answeredOutcomes = ['conversation', 'conversation', 'conversation', 'voicemail', 'message-left', 'opt-out'];
const otherOutcomes = ['no-answer', 'no-answer', 'busy', 'failed', 'canceled'];

/** A call in the daytime of one of the days. */
function factsOf(createdAt: Date): CallFacts {
  const answered = Math.random() < 0.55;
  const seconds = answered ? Math.floor(Math.random() * 300) : 0;
  return {
    createdAt,
    direction: Math.random() < 0.15 ? 'inbound' : 'outbound',
    outcome: answered ? pick(answeredOutcomes) : pick(otherOutcomes),
    result: Math.random() < 0.05 ? pick(['lead', 'transferred', 'appointment-booked']) : 'none',
    answered,
    seconds,
    costMicros: Math.ceil(seconds / 60) * 14_000 + seconds * 1_333,
    costIncomplete: false,
    success: answered ? pick(['success', 'failure', 'unknown']) : null,
    variant: null,
    campaignId: Math.random() < 0.8 ? pick(campaignIds) : null,
    agentId: pick(agentIds),
    firstWordMs: answered ? 300 + Math.floor(Math.random() * 1_500) : null,
    turnsMs: answered ? Array.from({ length: 5 }, () => Math.round(300 * Math.exp(Math.random() * 2))) : [],
  };
}

/** What is due to be counted has all that counting looks at; of what was counted before, no more is kept here than makes it a call. */
function documentOf(facts: CallFacts, counted: Contribution | null) {
  const { campaignId, agentId, answered, createdAt, seconds, success } = facts;
  const idOf = (text: string | null) => (text === null ? null : new Types.ObjectId(text));
  const common = {
    version: 1,
    createdAt,
    endedAt: new Date(createdAt.getTime() + 60_000),
    outcome: facts.outcome,
    figuresDue: counted === null,
  };
  if (counted) return common;
  return {
    ...common,
    direction: facts.direction,
    result: facts.result,
    answeredAt: answered ? createdAt : null,
    durationSeconds: seconds,
    cost: { parts: [], micros: facts.costMicros, currency: 'USD', estimated: true, missing: [] },
    analysis: success === null ? null : { success },
    campaignId: idOf(campaignId),
    agentId: idOf(agentId),
    latency: { firstWordMs: facts.firstWordMs, turnsMs: facts.turnsMs },
    figures: null,
  };
}

const now = Date.now();
const firstDay = Math.floor(now / dayMs) * dayMs - (days - 1) * dayMs;
const somewhen = () =>
  new Date(Math.min(now, firstDay + Math.floor(Math.random() * days) * dayMs + (8 + Math.random() * 12) * 3_600_000));

async function fill(): Promise<void> {
  const total = new Delta();
  let writing: Promise<unknown> = Promise.resolve();
  for (let done = 0; done < count; done += 5_000) {
    const documents = Array.from({ length: Math.min(5_000, count - done) }, () => {
      const facts = factsOf(somewhen());
      const counted = contributionOf(facts);
      total.add(counted, 1);
      return documentOf(facts, counted);
    });
    // The store writes one batch in its thread while the next is made in ours.
    await writing;
    writing = collection.insertMany(documents);
  }
  await writing;
  await rollups.write(1, 0, total.entries());
}

const quantile = (times: readonly number[], share: number) =>
  [...times].sort((one, other) => one - other)[Math.ceil(share * times.length) - 1]!;
const ms = (value: number) => `${value.toFixed(1)} ms`;

const source = createCallFigures(calls, { currency: 'USD', rates: {} });
const clock = () => new Date();
const counter = createFiguresCounter({ calls: source, rollups, log, owner: 'bench', currency: 'USD', now: clock });
const freshDashboard = () =>
  createDashboard({
    reader: createRollupReader(rollups, log),
    calls: source,
    currency: 'USD',
    timeZone: 'UTC',
    now: clock,
  });

const zones = ['UTC', 'Asia/Kolkata', 'America/New_York', 'Europe/Vienna', 'Asia/Kathmandu'];
function question(): DashboardQuestion {
  const length = pick([1, 7, 30]);
  return {
    from: new Date(now - length * dayMs).toISOString(),
    to: new Date(now).toISOString(),
    timeZone: pick(zones),
    ...(Math.random() < 0.4 ? { campaignId: pick(campaignIds) } : {}),
    ...(Math.random() < 0.3 ? { agentId: pick(agentIds) } : {}),
  };
}

async function timed(
  ask: (question: DashboardQuestion) => Promise<unknown>,
  asked: DashboardQuestion,
): Promise<number> {
  const startedAt = performance.now();
  JSON.stringify(await ask(asked));
  return performance.now() - startedAt;
}

try {
  const fillStart = performance.now();
  await fill();
  const filled = await collection.estimatedDocumentCount();
  const documents = await store.connection.collection('rollups').estimatedDocumentCount();
  console.log(
    `${filled} calls over ${days} days, ${documents} rollup documents, in ${Math.round((performance.now() - fillStart) / 1_000)} s`,
  );

  const whole = {
    from: new Date(now - 30 * dayMs).toISOString(),
    to: new Date(now).toISOString(),
    timeZone: 'Asia/Kolkata',
  };
  const cold: number[] = [];
  for (let round = 0; round < 7; round += 1) cold.push(await timed(freshDashboard(), whole));
  console.log(
    `30 days and the 30 before, all calls, nothing read before: median ${ms(quantile(cold, 0.5))}, worst ${ms(Math.max(...cold))}`,
  );

  // Calls go on ending: 200 a second are counted while questions are asked.
  let counting = true;
  let counted = 0;
  const busy = (async () => {
    while (counting) {
      const began = performance.now();
      await collection.insertMany(Array.from({ length: 200 }, () => documentOf(factsOf(new Date()), null)));
      counted += await counter.round();
      await new Promise(resolve => setTimeout(resolve, Math.max(0, 1_000 - (performance.now() - began))));
    }
  })();
  const dashboard = freshDashboard();
  const times: number[] = [];
  for (let asked = 0; asked < questions; asked += 1) {
    times.push(await timed(dashboard, question()));
    await new Promise(resolve => setTimeout(resolve, 20));
  }
  counting = false;
  await busy;
  console.log(
    `${questions} questions while 200 calls/s are counted (${counted} of them): p50 ${ms(quantile(times, 0.5))}, ` +
      `p95 ${ms(quantile(times, 0.95))}, worst ${ms(Math.max(...times))} (to reach: p95 < 100 ms)`,
  );

  const many = 20_000;
  for (let done = 0; done < many; done += 5_000) {
    await collection.insertMany(Array.from({ length: 5_000 }, () => documentOf(factsOf(somewhen()), null)));
  }
  const countStart = performance.now();
  await counter.all();
  const seconds = (performance.now() - countStart) / 1_000;
  console.log(`counting ${many} calls that are due: ${Math.round(many / seconds)} calls/s`);
} finally {
  await store.close();
  await embedded.close();
  await rm(folder, { recursive: true, force: true });
}
