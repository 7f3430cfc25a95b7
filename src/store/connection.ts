import { setTimeout as delay } from 'node:timers/promises';
import mongoose, { type Connection, mongo } from 'mongoose';
import type { Logger } from 'pino';
import { AppError, type ErrorCode } from '../errors.ts';
import { connectionProblem, invalidUri, isHopeless, oldestWireVersion, tooOld } from './connection-errors.ts';
import { commandWatch, type PoolState, watchPool } from './connection-watch.ts';
import { observedConnections } from './driver-connection.ts';
import { withDatabase } from './mongodb-uri.ts';
import { backoffMs, type RetryPolicy } from './retry.ts';
import type { StoreMetrics } from './store-metrics.ts';

/** `lost` means that the driver is trying to come back by itself; nothing has to be opened again. */
export type ConnectionState = 'ready' | 'lost' | 'closed';

export interface StoreHealth {
  readonly status: 'up' | 'degraded' | 'down';
  readonly state: ConnectionState;
  /** Of one round trip just now; null when there was no answer. */
  readonly latencyMs: number | null;
  readonly code?: ErrorCode;
  /** What is wrong in our own words, without addresses or credentials. */
  readonly problem?: string;
  /** What only a person can do about it. */
  readonly remedy?: string;
  /** Everything still works: it is told before it does not. */
  readonly warning?: true;
}

export interface StoreConnection {
  readonly mongoose: Connection;
  /** The driver's own view of the same database, for what has no model: migrations, locks. */
  readonly database: mongo.Db;
  readonly state: ConnectionState;
  readonly pool: Readonly<PoolState>;
  /** Asks the server now; answers `down` instead of throwing. */
  health(): Promise<StoreHealth>;
  /** Waits a moment for what is under way, then closes; safe to call twice. */
  close(): Promise<void>;
}

export interface ConnectionOptions {
  readonly uri: string;
  readonly poolMax: number;
  readonly logger: Logger;
  readonly metrics?: StoreMetrics;
  /** How long a server that does not answer is waited for at start. */
  readonly connectWithinMs?: number;
  readonly slowCommandMs?: number;
  readonly serverSelectionMs?: number;
  readonly signal?: AbortSignal;
}

const startRetry = { firstDelayMs: 250, maxDelayMs: 5_000 } satisfies Partial<RetryPolicy>;
// Below the two seconds that the readiness check gives each dependency, so that the answer says what is wrong.
const healthTimeoutMs = 1_500;
const closeGraceMs = 5_000;

/** Connects, waiting with backoff for a server that is still coming up; what no waiting mends is thrown at once, in one line. */
export async function openConnection(options: ConnectionOptions): Promise<StoreConnection> {
  const { logger, metrics, connectWithinMs = 30_000 } = options;
  const client = await connectClient(options, connectWithinMs);
  const pool = watchPool(client, metrics);

  // An instance of our own: settings and models of the process-wide default could be changed by anybody.
  const instance = new mongoose.Mongoose();
  instance.set({ strict: 'throw', strictQuery: 'throw', sanitizeFilter: true, autoIndex: false, autoCreate: false });
  instance.set('bufferCommands', false); // the driver waits for a server, with a time limit; a queue without one hides an outage
  const connection = instance.createConnection();
  connection.setClient(client);

  let state: ConnectionState = 'ready';
  metrics?.connected(true);
  const reachable = (isReachable: boolean) => {
    if (state === 'closed' || isReachable === (state === 'ready')) return;
    state = isReachable ? 'ready' : 'lost';
    metrics?.connected(isReachable);
    if (isReachable) logger.info('the store is back');
    else logger.error('the store was lost; trying to reach it again');
  };
  client.on('topologyDescriptionChanged', ({ newDescription }) => {
    reachable([...newDescription.servers.values()].some(({ type }) => writable.has(type)));
  });
  // Mongoose repeats the client's trouble as `error`; operations throw it too, and an event nobody hears would end the process.
  connection.on('error', error => logger.debug({ err: error }, 'connection event'));

  let closing: Promise<void> | undefined;
  const close = async () => {
    const deadline = performance.now() + closeGraceMs;
    while (pool.inUse > 0 && performance.now() < deadline) await delay(10);
    state = 'closed';
    metrics?.connected(false);
    await connection.close();
    await client.close();
  };
  return {
    mongoose: connection,
    database: client.db(),
    get state() {
      return state;
    },
    pool,
    health: () => measure(connection, () => state),
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

const writable = new Set<string>(['Standalone', 'RSPrimary', 'Mongos', 'LoadBalancer']);

async function connectClient(options: ConnectionOptions, connectWithinMs: number): Promise<mongo.MongoClient> {
  const { logger, signal } = options;
  const deadline = performance.now() + connectWithinMs;
  for (let failures = 1; ; failures += 1) {
    const client = newClient(options);
    try {
      await client.connect();
      const { maxWireVersion } = await client.db('admin').command({ hello: 1 });
      if (Number(maxWireVersion) < oldestWireVersion) throw tooOld();
      return client;
    } catch (error) {
      await client.close().catch(() => undefined);
      const problem = connectionProblem(error);
      const pauseMs = backoffMs(failures, startRetry, Math.random());
      if (isHopeless(problem) || performance.now() + pauseMs > deadline) throw problem;
      logger.warn({ code: problem.code, retryInMs: Math.round(pauseMs) }, problem.message);
      await delay(pauseMs, undefined, signal ? { signal } : {});
    }
  }
}

const commandEvents = ['commandStarted', 'commandSucceeded', 'commandFailed'];

function newClient(options: ConnectionOptions): mongo.MongoClient {
  const { logger, metrics, slowCommandMs = 250 } = options;
  const ended = commandWatch({ logger, slowCommandMs, ...(metrics ? { metrics } : {}) });
  const isListenedTo = () => commandEvents.some(event => (client?.listenerCount(event) ?? 0) > 0);
  const observed = observedConnections({ ended, isListenedTo });
  let client: mongo.MongoClient | undefined;
  try {
    client = new mongo.MongoClient(withDatabase(options.uri, 'parley'), { ...clientOptions(options), ...observed });
    return client;
  } catch (error) {
    throw invalidUri(error); // nothing was asked of any server yet: it can only be the address
  }
}

function clientOptions({ poolMax, serverSelectionMs = 5_000 }: ConnectionOptions): mongo.MongoClientOptions {
  return {
    appName: 'parley',
    maxPoolSize: poolMax,
    serverSelectionTimeoutMS: serverSelectionMs,
    connectTimeoutMS: 5_000,
    socketTimeoutMS: 60_000,
    waitQueueTimeoutMS: 5_000,
    heartbeatFrequencyMS: 2_000,
    // An acknowledged write is on the disks of a majority: what decides about dialling must survive a failover.
    writeConcern: { w: 'majority', journal: true },
    retryWrites: true,
    retryReads: true,
    ignoreUndefined: true,
    monitorCommands: true,
  };
}

async function measure(connection: Connection, state: () => ConnectionState): Promise<StoreHealth> {
  if (state() === 'closed') return { status: 'down', state: 'closed', latencyMs: null, code: 'STORE_UNAVAILABLE' };
  const startedAt = performance.now();
  try {
    await connection.getClient().db('admin').command({ ping: 1 }, { timeoutMS: healthTimeoutMs });
    return { status: 'up', state: state(), latencyMs: Math.round((performance.now() - startedAt) * 10) / 10 };
  } catch (error) {
    const { code, message } = error instanceof AppError ? error : connectionProblem(error);
    return { status: 'down', state: state(), latencyMs: null, code, problem: message };
  }
}
