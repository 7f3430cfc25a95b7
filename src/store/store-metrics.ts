import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** What the store layer reports; every label has a small fixed set of values, and none comes from a client. */
export interface StoreMetrics {
  operation(collection: string, verb: string, outcome: 'ok' | 'error', seconds: number): void;
  retry(collection: string, verb: string): void;
  cache(collection: string, result: 'hit' | 'miss'): void;
  command(command: string, outcome: 'ok' | 'error', seconds: number): void;
  /** The pool's state, which changes several times with each command and is read only when somebody asks for the figures. */
  pool(state: Readonly<Record<'inUse' | 'open' | 'waiting', number>>): void;
  poolWait(outcome: 'ok' | 'error', seconds: number): void;
  connected(isConnected: boolean): void;
}

const seconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Registers the store's metrics; a registry takes them once. */
export function createStoreMetrics(registry: Registry): StoreMetrics {
  const registers = [registry];
  let pool: Parameters<StoreMetrics['pool']>[0] = { inUse: 0, open: 0, waiting: 0 };
  const operations = new Histogram({
    name: 'parley_store_operation_seconds',
    help: 'Time of repository operations, retries included.',
    labelNames: ['collection', 'verb', 'outcome'],
    buckets: seconds,
    registers,
  });
  const retries = new Counter({
    name: 'parley_store_retries_total',
    help: 'Repository operations that were tried again after a transient error.',
    labelNames: ['collection', 'verb'],
    registers,
  });
  const cache = new Counter({
    name: 'parley_store_cache_reads_total',
    help: 'Reads by id, answered from the cache (hit) or by the store (miss).',
    labelNames: ['collection', 'result'],
    registers,
  });
  const commands = new Histogram({
    name: 'parley_store_command_seconds',
    help: 'Time of single commands on the wire.',
    labelNames: ['command', 'outcome'],
    buckets: seconds,
    registers,
  });
  const connections: Gauge<'state'> = new Gauge({
    name: 'parley_store_pool_connections',
    help: 'Connections of the pool: open, and in use by a command.',
    labelNames: ['state'],
    registers,
    collect: () => {
      connections.set({ state: 'in_use' }, pool.inUse);
      connections.set({ state: 'open' }, pool.open);
    },
  });
  const waiting: Gauge = new Gauge({
    name: 'parley_store_pool_waiting',
    help: 'Operations that wait for a connection.',
    registers,
    collect: () => waiting.set(pool.waiting),
  });
  const waits = new Histogram({
    name: 'parley_store_pool_wait_seconds',
    help: 'Time until an operation got its connection.',
    labelNames: ['outcome'],
    buckets: seconds,
    registers,
  });
  const up = new Gauge({ name: 'parley_store_up', help: '1 while the store can be reached.', registers });
  return {
    operation: (collection, verb, outcome, duration) => operations.observe({ collection, verb, outcome }, duration),
    retry: (collection, verb) => retries.inc({ collection, verb }),
    cache: (collection, result) => cache.inc({ collection, result }),
    command: (command, outcome, duration) => commands.observe({ command, outcome }, duration),
    pool: state => {
      pool = state;
    },
    poolWait: (outcome, duration) => waits.observe({ outcome }, duration),
    connected: isConnected => up.set(isConnected ? 1 : 0),
  };
}
