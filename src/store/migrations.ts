import { randomUUID } from 'node:crypto';
import type { mongo } from 'mongoose';
import type { Logger } from 'pino';
import { migrationFailed, runBackfill } from './backfill.ts';
import { openLeaseLock, whileHolding } from './lease.ts';
import type { Backfill, Migration, MigrationContext } from './migration.ts';

export interface MigrateOptions {
  readonly db: mongo.Db;
  readonly migrations: readonly Migration[];
  readonly logger: Logger;
  /** Says what would happen and writes nothing. */
  readonly dryRun?: boolean;
  readonly owner?: string;
  readonly leaseMs?: number;
  readonly now?: () => Date;
}

export interface MigrationReport {
  /** What ran (or would run), as `0001 installation`. */
  readonly ran: readonly string[];
  /** In a dry run: the parts, and how many documents each would change. */
  readonly planned: readonly string[];
  /** Recorded by a newer release; its data is read as far as we know it. */
  readonly unknown: readonly number[];
}

interface MigrationRecord {
  number: number;
  name: string;
  state: 'running' | 'done' | 'failed';
  startedAt: Date;
  finishedAt?: Date;
  owner: string;
  /** What is finished, by the name of the part. */
  parts: Record<string, { done: boolean; lastId?: unknown; changed?: number }>;
  problem?: string;
}

const defaultLeaseMs = 30_000;

/** Runs what is pending, in order, once over all processes; throws MIGRATION_FAILED at the first that cannot be finished. */
export async function migrate(options: MigrateOptions): Promise<MigrationReport> {
  const { db, migrations, logger, dryRun = false, owner = randomUUID(), leaseMs = defaultLeaseMs } = options;
  checkNumbers(migrations);
  const records = db.collection<MigrationRecord>('migrations');
  const pending = async () => {
    const known = await records.find({}, { projection: { number: 1, state: 1 } }).toArray();
    const done = new Set(known.filter(({ state }) => state === 'done').map(({ number }) => number));
    const numbers = new Set(migrations.map(({ number }) => number));
    return {
      todo: migrations.filter(({ number }) => !done.has(number)),
      unknown: known.map(({ number }) => number).filter(number => !numbers.has(number)),
    };
  };

  const first = await pending();
  if (first.unknown.length > 0) {
    logger.info(
      { migrations: first.unknown },
      'the store was migrated by a newer release; its additions are left alone',
    );
  }
  if (dryRun) return preview(db, first.todo, first.unknown);
  if (first.todo.length === 0) return { ran: [], planned: [], unknown: first.unknown };

  await records.createIndex({ number: 1 }, { unique: true });
  const lock = await openLeaseLock(db, 'migrations');
  const now = options.now ?? (() => new Date());
  const waitingMessage = 'another process is migrating the store; waiting for it';
  return whileHolding(lock, { owner, leaseMs, logger, waitingMessage, now }, async signal => {
    const ran: string[] = [];
    // Read again under the lock: the process before us may have done it all.
    for (const migration of (await pending()).todo) {
      await runOne(migration, { db, records, logger, owner, now, signal });
      ran.push(titleOf(migration));
    }
    return { ran, planned: [], unknown: first.unknown };
  });
}

interface RunContext {
  readonly db: mongo.Db;
  readonly records: mongo.Collection<MigrationRecord>;
  readonly logger: Logger;
  readonly owner: string;
  readonly now: () => Date;
  readonly signal: AbortSignal;
}

async function runOne(migration: Migration, { db, records, logger, owner, now, signal }: RunContext): Promise<void> {
  const { number, name } = migration;
  const title = titleOf(migration);
  const started = {
    $set: { name, owner, state: 'running' as const, startedAt: now() },
    $unset: { problem: '' as const },
  };
  const record = await records.findOneAndUpdate(
    { number },
    { ...started, $setOnInsert: { parts: {} } },
    { upsert: true, returnDocument: 'after' },
  );
  const parts = record?.parts ?? {};
  logger.info({ migration: title, resumed: Object.keys(parts).length > 0 }, 'migrating the store');
  const save = async (part: string, progress: MigrationRecord['parts'][string]) => {
    signal.throwIfAborted();
    parts[part] = progress;
    await records.updateOne({ number, owner }, { $set: { [`parts.${part}`]: progress } });
  };
  const context: MigrationContext = {
    signal,
    step: async (part, work) => {
      checkPart(part);
      if (parts[part]?.done) return;
      signal.throwIfAborted();
      await work(db);
      await save(part, { done: true });
    },
    backfill: async (part, backfill) => {
      checkPart(part);
      const before = parts[part];
      if (before?.done) return;
      const from = {
        changed: before?.changed ?? 0,
        ...(before?.lastId === undefined ? {} : { lastId: before.lastId }),
      };
      const end = await runBackfill(db, backfill, from, { signal, save: at => save(part, { done: false, ...at }) });
      await save(part, { done: true, changed: end.changed });
      logger.info({ migration: title, part, changed: end.changed }, 'backfill done');
    },
  };
  try {
    await migration.up(context);
    await records.updateOne({ number, owner }, { $set: { state: 'done', finishedAt: now() } });
  } catch (error) {
    const failure = migrationFailed(title, error);
    const failed = { $set: { state: 'failed' as const, problem: failure.message } };
    await records.updateOne({ number, owner }, failed).catch(() => undefined);
    throw failure;
  }
}

/** Walks through the pending migrations without their work, counting what each backfill would read. */
async function preview(db: mongo.Db, todo: readonly Migration[], unknown: readonly number[]): Promise<MigrationReport> {
  const planned: string[] = [];
  for (const migration of todo) {
    const title = titleOf(migration);
    await migration.up({
      signal: new AbortController().signal,
      step: async part => {
        planned.push(`${title}: ${part}`);
      },
      backfill: async (part, { collection, filter }: Backfill) => {
        const count = await db.collection(collection).countDocuments(filter);
        planned.push(`${title}: ${part} (${count} documents of ${collection})`);
      },
    });
  }
  return { ran: todo.map(titleOf), planned, unknown };
}

const titleOf = ({ number, name }: Migration): string => `${String(number).padStart(4, '0')} ${name}`;

function checkNumbers(migrations: readonly Migration[]): void {
  migrations.forEach(({ number }, index) => {
    if (number !== index + 1)
      throw new Error(`Migrations must be numbered 1, 2, 3, …; found ${number} at place ${index + 1}`);
  });
}

function checkPart(part: string): void {
  if (!/^[\w-]+$/.test(part)) throw new Error(`The name of a migration's part is letters, digits and dashes: ${part}`);
}
