import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { startPocketMongo } from 'pocket-mongo';
import { type Test, test } from 'tap';

const socketOf = (uri: string) => decodeURIComponent(new URL(uri).host);

async function start(t: Test, dir: string, port?: number) {
  const store = await startPocketMongo({ dir, ...(port === undefined ? {} : { port }) });
  t.teardown(() => store.close());
  return store;
}

async function count(uri: string): Promise<number> {
  const client = await new MongoClient(uri).connect();
  try {
    await client.db('shop').collection('things').insertOne({});
    return await client.db('shop').collection('things').countDocuments({});
  } finally {
    await client.close();
  }
}

test('a second start on the same folder joins the first, also through a port of its own', async t => {
  const dir = t.testdir();
  const first = await start(t, dir);
  const second = await start(t, dir);
  const third = await start(t, dir, 0);
  t.same([first.joined, second.joined, third.joined], [false, true, true]);
  t.equal(second.uri, first.uri);
  t.match(third.uri, /^mongodb:\/\/127\.0\.0\.1:\d+\/$/);
  t.equal(await count(first.uri), 1);
  t.equal(await count(third.uri), 2);
  t.equal((await second.stats()).documents, 2);
  await second.close();
  t.equal(await count(first.uri), 3, 'a joined store that closes leaves the first alone');
});

test('the socket is for its user alone, and is gone after an orderly end', async t => {
  const dir = t.testdir();
  const store = await startPocketMongo({ dir });
  const path = socketOf(store.uri);
  t.equal(statSync(path).mode & 0o777, 0o600);
  await store.close();
  t.same(
    readdirSync(dir).filter(name => name.endsWith('.sock')),
    [],
  );
});

test('a folder whose path is too long for a socket has it in a private temporary folder', async t => {
  const dir = join(t.testdir(), 'a-rather-long-name-'.repeat(6));
  mkdirSync(dir);
  const first = await start(t, dir);
  const path = socketOf(first.uri);
  t.notOk(path.startsWith(dir));
  t.ok(path.length <= 107);
  t.equal(statSync(join(path, '..')).mode & 0o777, 0o700);
  t.equal((await start(t, dir)).joined, true);
  t.equal(await count(first.uri), 1);
});

/** A process that owns the folder and is killed, so that its socket stays behind. */
async function leaveDeadSocket(dir: string): Promise<void> {
  const index = import.meta.resolve('pocket-mongo');
  const code = `const { startPocketMongo } = await import(${JSON.stringify(index)});
    await startPocketMongo({ dir: ${JSON.stringify(dir)} }); console.log('up');`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'exit');
}

test('after a kill the next start takes over, and of many at once exactly one does', async t => {
  const dir = t.testdir();
  for (let round = 0; round < 2; round++) {
    await leaveDeadSocket(dir);
    const stores = await Promise.all(Array.from({ length: 6 }, () => startPocketMongo({ dir })));
    t.equal(stores.filter(store => !store.joined).length, 1, 'one owner');
    t.equal(new Set(stores.map(store => store.uri)).size, 1, 'and all use it');
    t.equal(await count(stores[0]!.uri), round + 1);
    // The owner goes last: closing it ends the others' server.
    for (const store of stores.sort((a, b) => Number(b.joined) - Number(a.joined))) await store.close();
  }
});
