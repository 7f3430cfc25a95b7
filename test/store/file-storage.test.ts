import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type Test, test } from 'tap';
import type { FileStorage } from '../../src/store/file-storage.ts';
import { LocalFiles } from '../../src/store/local-files.ts';
import { S3Client } from '../../src/store/s3-client.ts';
import { S3Files } from '../../src/store/s3-files.ts';
import { createSealer } from '../../src/store/seal.ts';
import { startApp } from '../helpers/app.ts';
import { startS3Fake } from '../helpers/s3-fake.ts';

const account = {
  accessKeyId: 'invented-key',
  secretAccessKey: 'invented-secret',
  region: 'auto',
  bucket: 'parley-test',
}; // allow-secret: invented
const key = 'recordings/2026/11/k3jx91.wav';
const content = randomBytes(200_000);
const secret = randomBytes(32);

async function folder(t: Test): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'parley-files-'));
  t.teardown(() => rm(path, { recursive: true, force: true }));
  return path;
}

async function objectStorage(t: Test, { keys = [secret], cacheBytes = 10_000_000, accountUsed = account } = {}) {
  const fake = await startS3Fake(t, account);
  const client = new S3Client({ endpoint: fake.endpoint, ...accountUsed, retryDelays: [1, 1] });
  t.teardown(() => client.close());
  const cacheRoot = await folder(t);
  const make = (root: string) => new S3Files({ client, sealer: createSealer(keys), cacheRoot: root, cacheBytes });
  return { fake, client, cacheRoot, files: make(cacheRoot), elsewhere: async () => make(await folder(t)) };
}

const all = async (chunks: AsyncIterable<Buffer>) => {
  const parts: Buffer[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts);
};

const kinds: Record<string, (t: Test) => Promise<FileStorage>> = {
  'on the disk': async t => new LocalFiles(await folder(t), createSealer()),
  'on the disk, sealed': async t => new LocalFiles(await folder(t), createSealer([secret])),
  'in object storage': async t => (await objectStorage(t, { keys: [] })).files,
  'in object storage, sealed': async t => (await objectStorage(t)).files,
};

for (const [name, make] of Object.entries(kinds)) {
  test(`a file ${name} comes back whole, by range, and goes away`, async t => {
    const files = await make(t);
    const stored = await files.put(key, Readable.from([content.subarray(0, 7), content.subarray(7)]));
    t.same(stored, { key, bytes: content.length, hash: createHash('sha256').update(content).digest('hex') });
    t.equal(await files.size(key), content.length);
    t.ok((await all(await files.read(key))).equals(content));
    const part = await all(await files.read(key, { start: 65_530, end: 131_080 }));
    t.ok(part.equals(content.subarray(65_530, 131_081)), 'over the borders of sealed chunks');
    t.ok((await all(await files.read(key, { start: 199_999 }))).equals(content.subarray(199_999)));

    await files.put('recordings/2026/12/b.wav', Readable.from([Buffer.from('b')]));
    await files.put('recordings/2026/12/c.wav', Readable.from([Buffer.from('c')]));
    await files.put('imports/a.csv', Readable.from([Buffer.from('a')]));
    const keys: string[] = [];
    for await (const each of files.keys('recordings')) keys.push(each);
    t.same(keys.sort(), [key, 'recordings/2026/12/b.wav', 'recordings/2026/12/c.wav']);

    t.equal(await files.remove(key), true);
    t.equal(await files.remove(key), false);
    t.equal(await files.size(key), null);
    await t.rejects(files.read(key), { code: 'FILE_NOT_FOUND' });
  });

  test(`a file ${name} that breaks off while it arrives leaves nothing`, async t => {
    const files = await make(t);
    const broken = async function* () {
      yield content.subarray(0, 1000);
      throw new Error('connection lost');
    };
    await t.rejects(files.put(key, Readable.from(broken())), { message: 'connection lost' });
    t.equal(await files.size(key), null);
  });
}

test('a key that would climb out of its folder is refused', async t => {
  const files = new LocalFiles(await folder(t), createSealer());
  for (const hostile of ['../x', 'a/../../x', '/etc/x', 'a//b', '', '.hidden', 'a/\0', 'ä'])
    await t.rejects(files.size(hostile), { code: 'INTERNAL' }, JSON.stringify(hostile));
});

test('a sealed file shows nothing of its content, and one that was cut is not served', async t => {
  const root = await folder(t);
  const files = new LocalFiles(root, createSealer([secret]));
  const words = Buffer.from('a quiet sentence about somebody. '.repeat(5000));
  await files.put(key, Readable.from([words]));
  const raw = await readFile(files.pathOf(key));
  t.notOk(raw.includes('sentence'));
  await truncate(files.pathOf(key), raw.length - 10);
  await t.rejects(files.read(key).then(all), { code: 'SEAL_DAMAGED' });
});

test('what leaves for object storage is sealed, and another machine with the key reads it', async t => {
  const { fake, files, elsewhere } = await objectStorage(t);
  await files.put(key, Readable.from([Buffer.from('a quiet sentence')]));
  t.notOk(fake.objects.get(key)!.includes('sentence'));
  const other = await elsewhere();
  t.equal(String(await all(await other.read(key, { start: 2, end: 6 }))), 'quiet');
  t.equal(
    fake.requests.filter(request => request.startsWith('GET')).length,
    1,
    'one download serves both size and range',
  );
});

test('several readers of one object share its download', async t => {
  const { fake, files, elsewhere } = await objectStorage(t);
  await files.put(key, Readable.from([content]));
  const other = await elsewhere();
  const read = await Promise.all([1, 2, 3, 4].map(async () => all(await other.read(key))));
  t.ok(read.every(each => each.equals(content)));
  t.equal(fake.requests.filter(request => request.startsWith('GET')).length, 1);
});

test('copies on this machine stay within their bound', async t => {
  const { files, cacheRoot } = await objectStorage(t, { keys: [], cacheBytes: 450_000 });
  for (const name of ['a', 'b', 'c', 'd']) await files.put(`recordings/${name}.wav`, Readable.from([content]));
  t.equal((await readdir(join(cacheRoot, 'recordings'))).length, 2);
  t.ok((await all(await files.read('recordings/a.wav'))).equals(content), 'and what was forgotten is fetched again');
});

test('what passes by itself is tried again, and given up with a clear error', async t => {
  const { fake, files } = await objectStorage(t);
  fake.script.push({ status: 503, code: 'SlowDown' }, { status: 500, code: 'InternalError' });
  await files.put(key, Readable.from([content]));
  t.equal(fake.requests.length, 3);
  for (let i = 0; i < 3; i++) fake.script.push({ status: 503, code: 'SlowDown' });
  await t.rejects(files.put('recordings/x.wav', Readable.from([content])), { code: 'STORAGE_UNAVAILABLE' });
  t.equal(await files.size('recordings/x.wav'), null, 'no copy stays of what the storage does not hold');
});

test('a storage that is away is told from one that refuses', async t => {
  const client = new S3Client({ endpoint: 'http://127.0.0.1:9', ...account, retryDelays: [] });
  t.teardown(() => client.close());
  await t.rejects(client.check(), { code: 'STORAGE_UNAVAILABLE' });
});

const refusals: [string, Partial<typeof account>, RegExp][] = [
  ['an unknown access key', { accessKeyId: 'somebody-else' }, /S3_ACCESS_KEY/],
  ['a wrong secret', { secretAccessKey: 'another-secret' }, /S3_SECRET_KEY/], // allow-secret: invented
  ['another bucket', { bucket: 'not-there' }, /S3_BUCKET/],
  ['another region', { region: 'eu-central-1' }, /S3_REGION/],
];
for (const [name, change, message] of refusals) {
  test(`${name} is refused once, naming the variable to correct`, async t => {
    const { fake, client } = await objectStorage(t, { accountUsed: { ...account, ...change } });
    await t.rejects(client.check(), { code: 'STORAGE_REFUSED', message });
    t.equal(fake.requests.length, 1, 'trying again would not help');
  });
}

test('the application uses object storage when it is configured, and readiness says when it refuses', async t => {
  const fake = await startS3Fake(t, account);
  const env = {
    S3_ENDPOINT: fake.endpoint,
    S3_BUCKET: account.bucket,
    S3_ACCESS_KEY: account.accessKeyId,
    S3_SECRET_KEY: account.secretAccessKey,
  };
  const { app, call, signIn } = await startApp(t, { env });
  t.equal(app.files.kind, 's3');
  const token = await signIn();
  const state = async () => {
    const { body } = await call('GET', '/health/ready', { token });
    return body.dependencies.find(({ name }: { name: string }) => name === 'files');
  };
  t.match(await state(), { state: 'up', detail: 'object storage' });
  fake.script.push({ status: 403, code: 'AccessDenied' });
  t.match(await state(), { state: 'down', detail: /read, write, delete and list/ });
});
