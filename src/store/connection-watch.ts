import type { mongo } from 'mongoose';
import type { Logger } from 'pino';
import type { CommandObserver } from './driver-connection.ts';
import type { StoreMetrics } from './store-metrics.ts';

export interface PoolState {
  open: number;
  inUse: number;
  waiting: number;
}

/** Counts the pool's connections from the driver's events, for metrics and for a clean close. */
export function watchPool(client: mongo.MongoClient, metrics?: StoreMetrics): Readonly<PoolState> {
  const pool: PoolState = { open: 0, inUse: 0, waiting: 0 };
  metrics?.pool(pool);
  const change = (by: Partial<PoolState>) => {
    pool.open = Math.max(0, pool.open + (by.open ?? 0));
    pool.inUse = Math.max(0, pool.inUse + (by.inUse ?? 0));
    pool.waiting = Math.max(0, pool.waiting + (by.waiting ?? 0));
  };
  client.on('connectionCreated', () => change({ open: 1 }));
  client.on('connectionClosed', () => change({ open: -1 }));
  client.on('connectionCheckOutStarted', () => change({ waiting: 1 }));
  client.on('connectionCheckedOut', ({ durationMS }) => {
    change({ waiting: -1, inUse: 1 });
    metrics?.poolWait('ok', durationMS / 1000);
  });
  client.on('connectionCheckOutFailed', ({ durationMS }) => {
    change({ waiting: -1 });
    metrics?.poolWait('error', durationMS / 1000);
  });
  client.on('connectionCheckedIn', () => change({ inUse: -1 }));
  return pool;
}

export interface CommandWatch {
  readonly logger: Logger;
  readonly metrics?: StoreMetrics;
  readonly slowCommandMs: number;
}

/** Measures every command, and logs slow ones by their shape: which fields and operators, never a value. */
export function commandWatch({ logger, metrics, slowCommandMs }: CommandWatch): CommandObserver['ended'] {
  return (command, outcome, ms) => {
    const name = Object.keys(command)[0] ?? '';
    metrics?.command(name, outcome, ms / 1000);
    if (ms < slowCommandMs) return;
    const details = { command: name, ms: Math.round(ms), outcome, ...commandShape(name, command) };
    logger.warn(details, 'slow store command');
  };
}

const shapedParts = ['filter', 'query', 'q', 'sort', 'pipeline', 'update', 'hint'];

/** The collection and the shapes of a command's parts. */
export function commandShape(name: string, command: mongo.Document): Record<string, unknown> {
  const shape: Record<string, unknown> = {};
  if (typeof command[name] === 'string') shape['collection'] = command[name];
  if (name === 'getMore' && typeof command['collection'] === 'string') shape['collection'] = command['collection'];
  for (const part of shapedParts) if (command[part] !== undefined) shape[part] = shapeOf(command[part]);
  const [first] = [...(listOf(command['updates']) ?? []), ...(listOf(command['deletes']) ?? [])];
  if (first) shape['filter'] = shapeOf(first['q']);
  for (const name of ['documents', 'updates', 'deletes']) {
    const list = listOf(command[name]);
    if (list) shape[name] = list.length;
  }
  return shape;
}

/** What a command writes: a list or, in the driver's hands, something that holds one. */
function listOf(value: unknown): readonly mongo.Document[] | undefined {
  const list = Array.isArray(value) ? value : (value as { readonly documents?: unknown } | undefined)?.documents;
  return Array.isArray(list) ? list : undefined;
}

/** Keys and operators stay, values become `?` and lists their length. */
export function shapeOf(value: unknown, depth = 0): unknown {
  if (Array.isArray(value)) {
    const operators = value.some(isPlain);
    return operators && depth < 8 ? value.slice(0, 10).map(entry => shapeOf(entry, depth + 1)) : `[${value.length}]`;
  }
  if (value instanceof Map) return shapeOf(Object.fromEntries(value), depth); // the driver keeps sorts in order this way
  if (!isPlain(value) || depth >= 8) return '?';
  return Object.fromEntries(
    Object.keys(value)
      .slice(0, 30)
      .map(key => [key, shapeOf((value as Record<string, unknown>)[key], depth + 1)]),
  );
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || '_bsontype' in value) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
