import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { mongo } from 'mongoose';
import { startPocketMongo } from 'pocket-mongo';
import { type Test, test } from 'tap';
import { program } from '../helpers/program.ts';

function run(t: Test, script: string, args: string[], env: Record<string, string> = {}): ChildProcess {
  const child = spawn(process.execPath, program(`src/store/${script}`, ...args), {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  return child;
}

async function outputOf(child: ChildProcess): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  child.stdout?.on('data', chunk => {
    out += String(chunk);
  });
  child.stderr?.on('data', chunk => {
    err += String(chunk);
  });
  const [code] = (await once(child, 'close')) as [number];
  return { code, out, err };
}

async function uriOf(child: ChildProcess): Promise<string> {
  let out = '';
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
    out += String(chunk);
    const uri = /^mongodb:\S+$/m.exec(out)?.[0];
    if (uri && out.endsWith('\n')) return uri;
  }
  throw new Error(`no address was printed: ${out}`);
}

async function countThings(uri: string): Promise<number> {
  const client = await new mongo.MongoClient(uri).connect();
  try {
    return await client.db('parley').collection('things').countDocuments();
  } finally {
    await client.close();
  }
}

test('a store is served over loopback TCP until it is told to stop', async t => {
  const dir = t.testdir({});
  const child = run(t, 'serve-cli.ts', ['--port', '0', '--dir', dir]);
  const uri = await uriOf(child);
  t.match(uri, /^mongodb:\/\/127\.0\.0\.1:\d+/);
  const client = await new mongo.MongoClient(uri).connect();
  await client.db('parley').collection('things').insertOne({ a: 1 });
  await client.close();
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  t.same(await ended, [0, null]);
  const store = await startPocketMongo({ dir });
  t.teardown(() => store.close());
  t.equal(await countThings(store.uri), 1, 'what was written is kept');
});

test('beside a process that owns the store it passes connections on', async t => {
  const dir = t.testdir({});
  const store = await startPocketMongo({ dir });
  t.teardown(() => store.close());
  const client = await new mongo.MongoClient(store.uri).connect();
  await client.db('parley').collection('things').insertOne({ a: 1 });
  await client.close();
  const child = run(t, 'serve-cli.ts', ['--port', '0', '--dir', dir]);
  const uri = await uriOf(child);
  t.match(uri, /^mongodb:\/\/127\.0\.0\.1:\d+/);
  t.equal(await countThings(uri), 1);
  const ended = once(child, 'exit');
  child.kill('SIGINT');
  t.same(await ended, [0, null]);
  t.equal(await countThings(store.uri), 1, 'the owner goes on');
});

test('the transfer programs move data between two stores', async t => {
  const folder = t.testdir({});
  const [first, second, dir] = ['one', 'two', 'export'].map(name => join(folder, name)) as [string, string, string];
  const store = await startPocketMongo({ dir: first });
  t.teardown(() => store.close());
  const client = await new mongo.MongoClient(store.uri).connect();
  await client
    .db('parley')
    .collection('things')
    .insertMany([{ a: 1 }, { a: 2 }]);
  await client.close();
  const exported = await outputOf(run(t, 'transfer-cli.ts', ['export', '--dir', dir, '--uri', store.uri]));
  t.match(exported, { code: 0, out: /things: 2 documents.*exported 2 documents of 1 collections/s });
  const imported = await outputOf(run(t, 'transfer-cli.ts', ['import', '--dir', dir], { DATA_DIR: second }));
  t.match(imported, { code: 0, out: /imported 2 documents/ });
});

test('wrong use is told with the usage', async t => {
  const [serve, transfer, address] = await Promise.all([
    outputOf(run(t, 'serve-cli.ts', [])),
    outputOf(run(t, 'transfer-cli.ts', ['export', '--all'])),
    outputOf(run(t, 'transfer-cli.ts', ['export', '--dir', 'x', '--uri', 'nonsense'])),
  ]);
  t.match(serve, { code: 1, err: /--port takes a number.*usage:/s });
  t.match(transfer, { code: 1, err: /--all.*usage:/s });
  t.match(address, { code: 1, err: /Invalid scheme/ });
});
