import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { mongo } from 'mongoose';
import { ConfigError, loadConfig, secretValues } from '../config.ts';
import { withEnvFile } from '../environment.ts';
import { AppError } from '../errors.ts';
import { createLogging } from '../ops/logger.ts';
import { endingConnections } from './driver-connection.ts';
import { type EmbeddedStore, startEmbedded } from './embedded.ts';
import { withDatabase } from './mongodb-uri.ts';
import { exportStore } from './transfer-export.ts';
import type { TransferReport } from './transfer-format.ts';
import { importStore } from './transfer-import.ts';

const usage = `usage: npm run store:export -- --dir FOLDER [--uri mongodb://…]
       npm run store:import -- --dir FOLDER [--uri mongodb://…] [--force]
  Moves all data of a store through a folder of JSON lines. Without --uri it is the store of the configuration:
  MONGODB_URI, or the embedded one. Export is no snapshot: stop what writes first. Import refuses a target that holds
  documents; --force replaces the collections that the export names.`;

class WrongUse extends Error {}

interface Source {
  readonly db: mongo.Db;
  close(): Promise<void>;
}

/** Connects to the given address, or to the store that the configuration names, starting the embedded one if need be. */
async function openDatabase(given: string | undefined): Promise<Source> {
  let embedded: EmbeddedStore | undefined;
  let uri = given;
  if (uri === undefined) {
    const config = loadConfig(withEnvFile(process.env), path => readFileSync(path, 'utf8'));
    uri = config.MONGODB_URI;
    if (uri === undefined) {
      const readable = process.stdout.isTTY === true;
      const logging = createLogging({ level: 'warn', secrets: secretValues(config), readable });
      const logger = logging.component('transfer');
      embedded = await startEmbedded({
        dataDir: config.DATA_DIR,
        encryptionKeys: config.ENCRYPTION_KEY ?? [],
        memoryMb: config.EMBEDDED_STORE_MB,
        logger,
      });
      uri = embedded.uri;
    }
  }
  let client: mongo.MongoClient | undefined;
  try {
    client = new mongo.MongoClient(withDatabase(uri, 'parley'), {
      ...endingConnections,
      serverSelectionTimeoutMS: 5_000,
    });
    await client.connect();
  } catch (error) {
    await embedded?.close();
    // The address may hold a password: it is not repeated.
    throw new AppError('TRANSFER_FAILED', `The store cannot be reached: ${(error as Error).message}`, { cause: error });
  }
  const opened = client;
  return {
    db: opened.db(),
    close: async () => {
      await opened.close();
      await embedded?.close();
    },
  };
}

async function main(): Promise<void> {
  const [verb, ...args] = process.argv.slice(2);
  if (verb !== 'export' && verb !== 'import') throw new WrongUse('The first argument is export or import');
  const options = {
    dir: { type: 'string' },
    uri: { type: 'string' },
    force: { type: 'boolean' },
    help: { type: 'boolean' },
  } as const;
  const { values } = parseArgs({ options, args });
  if (values.help) return void process.stdout.write(`${usage}\n`);
  const { dir, uri, force = false } = values;
  if (!dir) throw new WrongUse('--dir FOLDER is missing');
  if (force && verb === 'export') throw new WrongUse('--force belongs to the import');
  const store = await openDatabase(uri);
  const started = performance.now();
  let report: TransferReport;
  try {
    report =
      verb === 'export' ? await exportStore({ db: store.db, dir }) : await importStore({ db: store.db, dir, force });
  } finally {
    await store.close();
  }
  for (const { name, documents, indexes } of report.collections) {
    process.stdout.write(`${name}: ${documents} documents, ${indexes} indexes\n`);
  }
  for (const name of report.skipped) process.stderr.write(`left out: ${name}\n`);
  const total = report.collections.reduce((sum, { documents }) => sum + documents, 0);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  process.stdout.write(`${verb}ed ${total} documents of ${report.collections.length} collections in ${seconds} s\n`);
}

main().catch((error: unknown) => {
  const isWrongUse =
    error instanceof WrongUse ||
    (error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'));
  const isExpected =
    isWrongUse || error instanceof ConfigError || error instanceof AppError || error instanceof mongo.MongoError;
  process.stderr.write(`${isExpected ? error.message : ((error as Error)?.stack ?? String(error))}\n`);
  if (isWrongUse) process.stderr.write(`${usage}\n`);
  process.exitCode = 1;
});
