import { once } from 'node:events';
import { appendFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { mongo } from 'mongoose';
import { startPocketMongo } from 'pocket-mongo';
import t, { test } from 'tap';
import { endpointOf, startTcpRelay } from '../../src/store/tcp-relay.ts';
import { exportStore } from '../../src/store/transfer-export.ts';
import { importStore } from '../../src/store/transfer-import.ts';

const { BSON } = mongo;

/** Two stores for the whole file, as starting one takes its time; every test has databases of its own. */
const root = t.testdir({ one: {}, two: {} });
const open = async (name: string): Promise<mongo.MongoClient> => {
  const store = await startPocketMongo({ dir: join(root, name) });
  const client = await new mongo.MongoClient(store.uri).connect();
  t.teardown(async () => {
    await client.close();
    await store.close();
  });
  return client;
};
const [one, two] = await Promise.all([open('one'), open('two')]);
let databases = 0;
const newSource = (): mongo.Db => one.db(`from${++databases}`);
const newTarget = (): mongo.Db => two.db(`to${++databases}`);

const everyType: mongo.Document = {
  _id: new mongo.ObjectId('65e12b800000000000000001'),
  int: 1,
  double: new BSON.Double(1),
  fraction: 0.1,
  infinite: Number.POSITIVE_INFINITY,
  long: BSON.Long.fromString('9007199254740993'),
  money: BSON.Decimal128.fromString('10.00'),
  date: new Date('2024-05-01T00:00:00.123Z'),
  ancient: new Date(-62_198_755_200_000),
  nothing: null,
  binary: new BSON.Binary(Buffer.from([1, 2, 3]), 128),
  uuid: new BSON.UUID('0f0f0f0f-0f0f-4f0f-8f0f-0f0f0f0f0f0f'),
  regex: new BSON.BSONRegExp('^a', 'i'),
  stamp: new BSON.Timestamp({ t: 1, i: 2 }),
  least: new BSON.MinKey(),
  most: new BSON.MaxKey(),
  text: 'line\u2028breaks\u2029and "quotes"\nand \u0000 and 😀',
  nested: { list: [1, [new BSON.Double(2)], { $price: 3 }] },
};

async function fill(db: mongo.Db): Promise<void> {
  await db.collection('things').insertOne(everyType);
  await db
    .collection<{ _id: number; n: number; at: Date }>('numbers')
    .insertMany(Array.from({ length: 2_500 }, (_, i) => ({ _id: i, n: i % 7, at: new Date(1_700_000_000_000 + i) })));
  await db.createCollection('empty');
  await db.collection('numbers').createIndexes([
    { key: { n: 1, at: -1 }, name: 'by_n' },
    { key: { at: 1 }, name: 'expiry', expireAfterSeconds: 1_000_000_000 },
    { key: { n: 1 }, name: 'some', partialFilterExpression: { n: { $gt: 3 } } },
  ]);
  await db
    .collection('things')
    .createIndex({ text: 'text', 'nested.list': 'text' }, { name: 'words', weights: { text: 5 } });
}

const raw = async (db: mongo.Db, name: string): Promise<string[]> =>
  (await db.collection(name).find({}, { raw: true }).sort({ _id: 1 }).toArray()).map(bytes =>
    Buffer.from(bytes as unknown as Uint8Array).toString('hex'),
  );

const indexes = async (db: mongo.Db, name: string): Promise<mongo.IndexDescriptionInfo[]> =>
  (await db.collection(name).listIndexes().toArray()).sort((a, b) => (a.name < b.name ? -1 : 1));

test('a store moves to another byte for byte, indexes included', async t => {
  const folder = t.testdir({});
  const [from, to] = [newSource(), newTarget()];
  await fill(from);
  const dir = join(folder, 'export');
  const report = await exportStore({ db: from, dir });
  t.same(report.collections, [
    { name: 'empty', documents: 0, indexes: 1 },
    { name: 'numbers', documents: 2_500, indexes: 4 },
    { name: 'things', documents: 1, indexes: 2 },
  ]);
  const progress: number[] = [];
  t.same(
    await importStore({ db: to, dir, onProgress: (name, count) => name === 'numbers' && progress.push(count) }),
    report,
  );
  t.same(progress, [1_000, 2_000, 2_500], 'documents go in batches');
  for (const name of ['empty', 'numbers', 'things']) {
    t.same(await raw(to, name), await raw(from, name), `documents of ${name}`);
    t.same(await indexes(to, name), await indexes(from, name), `indexes of ${name}`);
  }
  t.equal((await to.listCollections().toArray()).length, 3);
  const again = join(folder, 'again');
  await exportStore({ db: to, dir: again });
  for (const file of readdirSync(dir).filter(name => name.endsWith('.jsonl'))) {
    t.equal(
      readFileSync(join(again, file), 'utf8'),
      readFileSync(join(dir, file), 'utf8'),
      `a second export of ${file}`,
    );
  }
});

test('a target that holds documents is left alone unless forced', async t => {
  const folder = t.testdir({});
  const [from, to] = [newSource(), newTarget()];
  await from.collection<{ _id: number }>('things').insertOne({ _id: 1 });
  await to.collection<{ _id: number; old: boolean }>('things').insertOne({ _id: 1, old: true });
  await to.collection<{ _id: number }>('others').insertOne({ _id: 7 });
  const dir = join(folder, 'export');
  await exportStore({ db: from, dir });
  await t.rejects(importStore({ db: to, dir }), { code: 'TRANSFER_FAILED', message: /not empty.*--force/ });
  t.same(await to.collection('things').findOne(), { _id: 1, old: true });
  await importStore({ db: to, dir, force: true });
  t.same(await to.collection('things').find().toArray(), [{ _id: 1 }]);
  t.equal(await to.collection('others').countDocuments(), 1, 'collections that the export does not name stay');
});

test('an export never mixes with what a folder holds already', async t => {
  const folder = t.testdir({});
  const db = newTarget();
  const dir = join(folder, 'used');
  mkdirSync(dir);
  writeFileSync(join(dir, 'notes.txt'), 'mine');
  await t.rejects(exportStore({ db, dir }), { message: /not empty/ });
});

test('a folder without a complete export is refused', async t => {
  const folder = t.testdir({});
  const db = newTarget();
  await t.rejects(importStore({ db, dir: join(folder, 'nowhere') }), { message: /no complete export/ });
  const dir = join(folder, 'broken');
  mkdirSync(dir);
  writeFileSync(join(dir, 'manifest.json'), '{');
  await t.rejects(importStore({ db, dir }), { message: /damaged/ });
  writeFileSync(join(dir, 'manifest.json'), '{"format":"parley-store-export","version":2,"collections":[]}');
  await t.rejects(importStore({ db, dir }), { message: /can read/ });
  const outside = { name: 'x', file: '../secret.jsonl', documents: 0, sha256: '', options: {}, indexes: [] };
  writeFileSync(
    join(dir, 'manifest.json'),
    JSON.stringify({ format: 'parley-store-export', version: 1, collections: [outside] }),
  );
  await t.rejects(importStore({ db, dir }), { message: /outside the export/ });
});

test('changed and broken files are told by name and line', async t => {
  const folder = t.testdir({});
  const [from, to] = [newSource(), newTarget()];
  await from.collection<{ _id: number }>('things').insertMany([{ _id: 1 }, { _id: 2 }]);
  const dir = join(folder, 'export');
  await exportStore({ db: from, dir });
  const file = join(dir, '001-things.jsonl');
  const original = readFileSync(file, 'utf8');
  appendFileSync(file, '{"_id":3}\n');
  await t.rejects(importStore({ db: to, dir, force: true }), {
    message: /001-things.jsonl is not the file that was exported/,
  });
  writeFileSync(file, original.replace('"2"', '"9"'));
  await t.rejects(importStore({ db: to, dir, force: true }), { message: /content changed/ });
  writeFileSync(file, `${original.split('\n')[0]}\n{"_id":`);
  await t.rejects(importStore({ db: to, dir, force: true }), { message: /001-things.jsonl, line 2/ });
});

test('a field that Extended JSON cannot carry stops the export', async t => {
  const folder = t.testdir({});
  const db = newTarget();
  await db.command({ insert: 'odd', documents: [{ _id: 1, value: { $numberInt: '5' } }] });
  await t.rejects(exportStore({ db, dir: join(folder, 'export') }), { message: /\$numberInt/ });
});

test('a relay passes bytes both ways and goes with either side', async t => {
  const server = createServer(socket => socket.pipe(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const relay = await startTcpRelay(endpointOf(`mongodb://127.0.0.1:${port}/?x=1`), 0);
  const client = connect(relay.port, '127.0.0.1');
  client.write('hello');
  t.equal(String((await once(client, 'data'))[0]), 'hello');
  await relay.close();
  await once(client, 'close');
  server.close();
  t.same(endpointOf('mongodb://%2Frun%2Fa%20b%2Fpocket.sock/db?x=1'), { path: '/run/a b/pocket.sock' });
});
