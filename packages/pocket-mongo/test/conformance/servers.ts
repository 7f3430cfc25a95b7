import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { type Collection, type Db, MongoClient } from 'mongodb';
import { type Test, test } from 'tap';
import { startPocketMongo } from '../../src/index.ts';

/** Documents of a check: any shape, any type of `_id`. */
// biome-ignore lint/suspicious/noExplicitAny: checks write and read whatever shape the server must handle
export type Loose = any;

export interface Scene {
  readonly client: MongoClient;
  readonly db: Db;
  readonly uri: string;
  /** True against a real MongoDB: a few checks speak of the embedded store alone. */
  readonly outside: boolean;
}

export type Check = (t: Test, collection: Collection<Loose>, scene: Scene) => Promise<unknown>;

/**
 * Runs the checks against the embedded store, and again against the MongoDB at `TEST_MONGODB_URI` or a `mongod` on the PATH: both have to
 * behave alike, so that what works on a laptop works in production. Each check has an empty collection of its own.
 */
export function conformance(title: string, checks: Record<string, Check>): void {
  test(`${title}: embedded store`, async t => {
    const store = await startPocketMongo({ dir: t.testdir(), ttlIntervalMs: 50 });
    t.teardown(() => store.close());
    await runAll(t, store.uri, false, checks);
  });
  test(`${title}: MongoDB`, async t => {
    const uri = await outsideServer(t);
    if (uri) await runAll(t, uri, true, checks);
    else
      t.comment('no MongoDB to compare with: set TEST_MONGODB_URI, or install mongod (mongodb-org-server) on the PATH');
  });
}

let names = 0;

async function runAll(t: Test, uri: string, outside: boolean, checks: Record<string, Check>): Promise<void> {
  const client = await new MongoClient(uri, { serverSelectionTimeoutMS: 5_000 }).connect();
  const db = client.db(`conformance_${process.pid}_${names++}`);
  t.teardown(async () => {
    await db.dropDatabase();
    await client.close();
  });
  for (const [name, check] of Object.entries(checks)) {
    await t.test(name, async t => {
      await check(t, db.collection(`c${names++}`), { client, db, uri, outside });
    });
  }
}

async function outsideServer(t: Test): Promise<string | undefined> {
  const given = process.env['TEST_MONGODB_URI'];
  if (given) return given;
  if (spawnSync('mongod', ['--version'], { stdio: 'ignore' }).status !== 0) return undefined;
  const port = await freePort();
  const child = spawn(
    'mongod',
    ['--dbpath', t.testdir(), '--port', String(port), '--bind_ip', '127.0.0.1', '--quiet'],
    { stdio: 'ignore' },
  );
  t.teardown(() => end(child));
  return `mongodb://127.0.0.1:${port}`;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}

/** The documents a filter finds, by their `_id` in ascending order. */
export async function idsOf(collection: Collection<Loose>, filter: Loose): Promise<unknown[]> {
  const documents = await collection
    .find(filter, { projection: { _id: 1 } })
    .sort({ _id: 1 })
    .toArray();
  return documents.map(document => document['_id']);
}

/** The error a promise rejects with, for checks of codes and messages. */
export async function failure(promise: Promise<unknown>): Promise<Loose> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('the operation was expected to fail');
}
