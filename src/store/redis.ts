import { Redis, type RedisOptions } from 'ioredis';
import type { Logger } from 'pino';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** `away` means that commands fail at once and the link is trying to come back; nothing waits for it. */
export type RedisState = 'connecting' | 'ready' | 'away' | 'closed';

export interface RedisHealth {
  /** Never `down`: Redis is speed, and the product runs without it. */
  status: 'up' | 'degraded';
  state: RedisState;
  latencyMs: number | null;
}

/** The one way to Redis: a shared client whose commands fail at once while it is away, and connections that may block. */
export interface RedisLink {
  readonly client: Redis;
  readonly state: RedisState;
  /** Measures one PING now; answers `degraded` instead of throwing. */
  health(): Promise<RedisHealth>;
  /** Runs `listener` whenever Redis becomes usable (again); the returned function takes that back. */
  onReady(listener: () => void): () => void;
  /** Runs `listener` whenever a usable Redis is lost. */
  onAway(listener: () => void): () => void;
  /** A connection of its own for commands that block and wait for ever (BullMQ); closed with the link. */
  openBlocking(purpose: string): Redis;
  /** Ends every connection; safe to call twice, and while Redis is away. */
  close(): Promise<void>;
}

export interface RedisLinkOptions {
  url: string;
  logger: Logger;
  registry?: Registry;
  random?: () => number;
  /** How often the link is probed; a half-open connection is noticed after this and dropped. */
  probeEveryMs?: number;
  commandTimeoutMs?: number;
}

const longestRetryMs = 5_000;

/** The wait before the next try to connect: doubling from 100 ms to 5 s, its second half drawn by lot. */
export function reconnectDelay(tries: number, random: number): number {
  const delay = Math.min(longestRetryMs, 100 * 2 ** Math.min(10, Math.max(0, tries - 1)));
  return Math.round(delay / 2 + (delay / 2) * random);
}

/** Opens the link without waiting for it: a Redis that is away at start must not keep the product from starting. */
export function openRedis(options: RedisLinkOptions): RedisLink {
  const { url, logger, random = Math.random, probeEveryMs = 5_000, commandTimeoutMs = 2_000 } = options;
  const metrics = options.registry ? redisMetrics(options.registry, () => (state === 'ready' ? 1 : 0)) : undefined;
  let state: RedisState = 'connecting';
  let latencyMs: number | null = null;
  let said = '';
  const readyListeners = new Set<() => void>();
  const awayListeners = new Set<() => void>();
  const blocking = new Set<Redis>();

  const common = {
    connectTimeout: 5_000,
    retryStrategy: (tries: number) => (state === 'closed' ? null : reconnectDelay(tries, random())),
    // A replica that was promoted away answers READONLY until the connection is made anew.
    reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
  } satisfies RedisOptions;
  const client = new Redis(url, {
    ...common,
    connectionName: 'parley',
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    commandTimeout: commandTimeoutMs,
  });

  client.on('ready', () => {
    const wasAway = state === 'away';
    state = 'ready';
    said = '';
    logger.info(wasAway ? 'Redis is back' : 'Redis is connected');
    for (const listener of readyListeners) listener();
  });
  client.on('close', () => {
    if (state === 'closed' || state === 'away') return;
    const wasReady = state === 'ready';
    state = 'away';
    latencyMs = null;
    metrics?.losses.inc();
    if (wasReady) logger.warn('Redis is away; the product goes on without it and keeps trying to reconnect');
    for (const listener of awayListeners) listener();
  });
  client.on('error', (error: unknown) => sayOnce(describeRedisError(error)));

  // The same trouble arrives with every retry and from every connection: it is told once until Redis is back.
  function sayOnce(text: string): void {
    if (state === 'closed' || text === said) return;
    said = text;
    logger.warn({ reason: text }, 'Redis cannot be used');
  }

  async function probe(): Promise<void> {
    const startedAt = performance.now();
    try {
      await client.ping();
      latencyMs = Math.round((performance.now() - startedAt) * 100) / 100;
      metrics?.latency.observe(latencyMs / 1000);
    } catch {
      latencyMs = null;
      // Still "ready" although nothing answers: the other side is gone without a word, so start over.
      if (state === 'ready') client.disconnect(true);
    }
  }
  const prober = setInterval(() => {
    if (state === 'ready') void probe();
  }, probeEveryMs);
  prober.unref();

  return {
    client,
    get state() {
      return state;
    },
    async health() {
      if (state === 'ready') await probe();
      return { status: state === 'ready' && latencyMs !== null ? 'up' : 'degraded', state, latencyMs };
    },
    onReady: listener => subscribe(readyListeners, listener),
    onAway: listener => subscribe(awayListeners, listener),
    openBlocking(purpose) {
      const connection = new Redis(url, {
        ...common,
        connectionName: `parley-${purpose}`,
        maxRetriesPerRequest: null,
      });
      connection.on('error', (error: unknown) => sayOnce(describeRedisError(error)));
      connection.on('end', () => blocking.delete(connection));
      blocking.add(connection);
      return connection;
    },
    async close() {
      if (state === 'closed') return;
      const wasReady = state === 'ready';
      state = 'closed';
      clearInterval(prober);
      for (const connection of blocking) connection.disconnect();
      // QUIT lets answers under way arrive; it is bounded by the command timeout, and pointless while Redis is away.
      if (wasReady) await client.quit().catch(() => undefined);
      client.disconnect();
    },
  };
}

function subscribe(listeners: Set<() => void>, listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** Tells the trouble without what the client attaches to its errors: the AUTH command with its password, the address. */
export function describeRedisError(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  const text = message ?? '';
  if (/WRONGPASS|NOAUTH|invalid password|ERR AUTH/i.test(text)) {
    return 'authentication refused: check the user and password in REDIS_URL';
  }
  if (/NOPERM/.test(text)) return 'the user in REDIS_URL may not run the commands that are needed';
  if (code === 'ECONNREFUSED') return 'connection refused: nothing listens at the address in REDIS_URL';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'the host name in REDIS_URL cannot be resolved';
  if (/ETIMEDOUT|timed out/i.test(`${code} ${text}`)) return 'no answer in time';
  if (/^(LOADING|MASTERDOWN|READONLY|OOM|MISCONF|BUSY)\b/.test(text)) return `Redis says ${text.split(' ', 1)[0]}`;
  return code ?? 'connection lost';
}

function redisMetrics(registry: Registry, isUp: () => number) {
  const registers = [registry];
  new Gauge({
    name: 'parley_redis_up',
    help: '1 while Redis can be used, 0 while it is away',
    registers,
    collect() {
      this.set(isUp());
    },
  });
  return {
    losses: new Counter({
      name: 'parley_redis_losses_total',
      help: 'How often Redis was lost or not reached',
      registers,
    }),
    latency: new Histogram({
      name: 'parley_redis_ping_seconds',
      help: 'Round trip of a PING',
      buckets: [0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 2],
      registers,
    }),
  };
}
