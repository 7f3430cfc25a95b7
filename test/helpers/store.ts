import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import type { Registry } from 'prom-client';
import root from 'tap';
import { createMemoryCache, type DocumentCache } from '../../src/store/cache.ts';
import { openConnection } from '../../src/store/connection.ts';
import { type EmbeddedStore, startEmbedded } from '../../src/store/embedded.ts';
import { inDatabase } from '../../src/store/mongodb-uri.ts';
import { createStore, type Store } from '../../src/store/open-store.ts';
import { createStoreMetrics } from '../../src/store/store-metrics.ts';
import { observeQueries } from './observed-queries.ts';

/** A log that goes nowhere. */
export const silent = pino({ level: 'silent' });

/** A server that is really another one: TEST_MONGODB_URI makes the same tests run against a real MongoDB. */
export const realMongo = process.env['TEST_MONGODB_URI'];

let server: Promise<EmbeddedStore> | undefined;

/** Where this test file's server answers: one embedded server for the whole file, or TEST_MONGODB_URI. */
export async function testServerUri(): Promise<string> {
  if (realMongo) return realMongo;
  server ??= startServer();
  return (await server).uri;
}

async function startServer(): Promise<EmbeddedStore> {
  const dataDir = await mkdtemp(join(tmpdir(), 'parley-store-'));
  const embedded = await startEmbedded({ dataDir, logger: silent });
  root.teardown(async () => {
    server = undefined; // the next file of this process has one of its own
    await embedded.close();
    await rm(dataDir, { recursive: true, force: true });
  });
  return embedded;
}

export interface TestStoreOptions {
  readonly now?: () => Date;
  readonly cache?: DocumentCache;
  readonly registry?: Registry;
  readonly poolMax?: number;
  /** Whether the test fails when a query it sent to a repository's collection is not answered from an index. */
  readonly checkPlans?: boolean;
  /** Another view of a database that a test store opened before. */
  readonly uri?: string;
}

export interface TestStore extends Store {
  readonly uri: string;
  /** What was sent so far and no index covers. */
  planProblems(): Promise<string[]>;
}

/** A store with a fresh database of its own, which goes away with the test. */
export async function startTestStore(
  t: { teardown(fn: () => unknown): void },
  {
    now = () => new Date(),
    cache = createMemoryCache(),
    registry,
    poolMax = 10,
    checkPlans = true,
    uri,
  }: TestStoreOptions = {},
): Promise<TestStore> {
  const address = uri ?? inDatabase(await testServerUri(), `test_${randomBytes(6).toString('hex')}`);
  const metrics = registry ? { metrics: createStoreMetrics(registry) } : {};
  const link = await openConnection({ uri: address, poolMax, logger: silent, ...metrics });
  const store = createStore({ link, logger: silent, cache, now, ...metrics });
  const planProblems = observeQueries(store);
  t.teardown(async () => {
    const problems = checkPlans && link.state === 'ready' ? await planProblems() : [];
    if (!uri) await link.database.dropDatabase().catch(() => undefined);
    await store.close();
    if (problems.length > 0) throw new Error(`Queries that no index answers:\n${problems.join('\n')}`);
  });
  return Object.assign(store, { uri: address, planProblems });
}
