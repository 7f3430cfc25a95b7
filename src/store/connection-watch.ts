import type { mongo } from 'mongoose';
import type { Logger } from 'pino';
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
export function watchCommands(client: mongo.MongoClient, { logger, metrics, slowCommandMs }: CommandWatch): void {
  const running = new Map<number, mongo.Document>();
  const finished = (event: mongo.CommandSucceededEvent | mongo.CommandFailedEvent, outcome: 'ok' | 'error') => {
    const command = running.get(event.requestId);
    running.delete(event.requestId);
    metrics?.command(event.commandName, outcome, event.duration / 1000);
    if (event.duration < slowCommandMs || !command) return;
    const details = {
      command: event.commandName,
      ms: event.duration,
      outcome,
      ...commandShape(event.commandName, command),
    };
    logger.warn(details, 'slow store command');
  };
  client.on('commandStarted', ({ requestId, command }) => running.set(requestId, command));
  client.on('commandSucceeded', event => finished(event, 'ok'));
  client.on('commandFailed', event => finished(event, 'error'));
}

const shapedParts = ['filter', 'query', 'q', 'sort', 'pipeline', 'update', 'hint'];

/** The collection and the shapes of a command's parts. */
export function commandShape(name: string, command: mongo.Document): Record<string, unknown> {
  const shape: Record<string, unknown> = {};
  if (typeof command[name] === 'string') shape['collection'] = command[name];
  if (name === 'getMore' && typeof command['collection'] === 'string') shape['collection'] = command['collection'];
  for (const part of shapedParts) if (command[part] !== undefined) shape[part] = shapeOf(command[part]);
  const [first] = [...(command['updates'] ?? []), ...(command['deletes'] ?? [])] as mongo.Document[];
  if (first) shape['filter'] = shapeOf(first['q']);
  for (const list of ['documents', 'updates', 'deletes']) {
    if (Array.isArray(command[list])) shape[list] = command[list].length;
  }
  return shape;
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
