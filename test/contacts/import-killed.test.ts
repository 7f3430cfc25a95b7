import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { type Test, test } from 'tap';
import { ContactRepository } from '../../src/contacts/contact-repository.ts';
import { newFileKey, sweepImportFiles } from '../../src/contacts/import-leftovers.ts';
import { type Import, ImportRepository } from '../../src/contacts/import-repository.ts';
import { RejectedRowRepository } from '../../src/contacts/rejected-row-repository.ts';
import { LocalFiles } from '../../src/store/local-files.ts';
import { createSealer } from '../../src/store/seal.ts';
import { startApp } from '../helpers/app.ts';
import { program } from '../helpers/program.ts';
import { startTestStore } from '../helpers/store.ts';

const rows = 12_000;
/** Every tenth is junk, and the last thousand are people that were there before. */
const fileOf = () =>
  `phone,name\n${Array.from({ length: rows }, (_, index) =>
    index % 10 === 9
      ? `none,Junk ${index}`
      : `+1212${String(2_000_000 + (index < 11_000 ? index : index - 11_000))},Ada ${index}`,
  ).join('\n')}\n`;

async function folderOf(t: Test) {
  const folder = await mkdtemp(join(tmpdir(), 'parley-killed-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

const waiting = (fileKey: string, file: { bytes: number; hash: string }) =>
  ({
    ...file,
    target: 'contacts',
    fileName: 'people.csv',
    fileKey,
    columns: ['phone', 'name'].map((to, index) => ({ column: index + 1, header: to, to, type: 'text' })),
    by: 'user:1',
    state: 'waiting',
  }) as unknown as Import;

test('a process killed in the middle of an import loses and doubles nobody, wherever it was', async t => {
  // Everybody is counted, which no index helps.
  const store = await startTestStore(t, { checkPlans: false });
  const { uri } = store;
  const folder = await folderOf(t);
  const files = new LocalFiles(folder, createSealer([]));
  const kept = await files.put('imports/source', Readable.from([fileOf()], { objectMode: false }));
  const [imports, contacts, rejections] = [
    new ImportRepository(store),
    new ContactRepository(store),
    new RejectedRowRepository(store),
  ];
  for (const repository of [imports, contacts, rejections]) await repository.ensureIndexes();
  const { _id } = await imports.create(waiting('imports/source', { bytes: kept.bytes, hash: kept.hash }));
  const id = _id.toHexString();

  /** Runs until it has noted this much and a moment longer, then is killed; or to its end. */
  const run = async (killAt: number, momentMs = 0) => {
    const child = spawn(process.execPath, program('test/contacts/import-process.ts', uri, folder, id), {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const gone = once(child, 'exit');
    let over = false;
    for await (const line of createInterface(child.stdout)) {
      over ||= line === 'over';
      if (Number(line) >= killAt) setTimeout(() => child.kill('SIGKILL'), momentMs);
    }
    await gone;
    return over;
  };
  t.equal(await run(2_000), false);
  const between = await imports.findById(id);
  t.match(between, { state: 'running' });
  t.ok(between!.rowsRead >= 2_000 && between!.rowsRead < 12_000);
  t.equal(await run(5_000, 12), false);
  t.equal(await run(Number.POSITIVE_INFINITY), true);
  t.match(await imports.findById(id), { state: 'done', rowsRead: 12_001, added: 9_900, merged: 900, rejected: 1_200 });
  const { database } = store.link;
  t.equal(await database.collection('contacts').estimatedDocumentCount(), 9_900);
  t.equal(await database.collection('importRejections').estimatedDocumentCount(), 1_200);
  t.match(await contacts.findByPhone('+12122000000'), { lastName: '11000' }, 'the newer row won');
  t.equal(await files.size('imports/source'), null);
});

test('an import that is started four times over two processes is read once', async t => {
  const one = await startApp(t);
  const { MONGODB_URI, DATA_DIR } = one.app.operations.config;
  const two = await startApp(t, { env: { MONGODB_URI: MONGODB_URI!, DATA_DIR } });
  const token = await one.signIn();
  const form = new FormData();
  form.set('file', new Blob(['phone,name\n+12125550100,Ada\n']), 'people.csv');
  const headers = { authorization: `Bearer ${token}` };
  const uploaded = await fetch(new URL('/api/contacts/imports', one.url), { method: 'POST', headers, body: form });
  const { id } = ((await uploaded.json()) as { import: { id: string } }).import;
  const over = new Promise<void>(resolve => {
    for (const { app } of [one, two]) app.jobs.events.on('done', ({ name }) => name === 'contacts.import' && resolve());
  });
  const path = `/api/contacts/imports/${id}`;
  const starts = await Promise.all([one, two, one, two].map(({ call }) => call('POST', `${path}/start`, { token })));
  t.same(
    starts.map(({ status }) => status),
    [202, 202, 202, 202],
  );
  await over;
  // A start that comes while the import ends may make a job of its own, which finds nothing left to do.
  t.match((await two.call('GET', path, { token })).body.import, { state: 'done', added: 1, merged: 0 });
});

test('files that a crash left behind go, those that are needed stay', async t => {
  const store = await startTestStore(t);
  const files = new LocalFiles(await folderOf(t), createSealer([]));
  const imports = new ImportRepository(store);
  const now = new Date();
  const before = new Date(now.getTime() - 7 * 60 * 60_000);
  const put = async (at: Date) => {
    const key = newFileKey(at);
    await files.put(key, Readable.from(['phone\n'], { objectMode: false }));
    return key;
  };
  const [orphan, fresh, needed, over] = [await put(before), await put(now), await put(before), await put(before)];
  await imports.create(waiting(needed, { bytes: 6, hash: 'a'.repeat(64) }));
  await imports.create({ ...waiting(over, { bytes: 6, hash: 'b'.repeat(64) }), state: 'done' });
  let sweep: ((payload: object, context: object) => unknown) | undefined;
  const jobs = { process: (_: unknown, work: typeof sweep) => (sweep = work), schedule: () => {} };
  sweepImportFiles({ imports, files, jobs: jobs as never, now: () => now });
  await sweep!({}, { signal: new AbortController().signal });
  const left = [];
  for await (const key of files.keys('imports')) left.push(key);
  t.same(left.sort(), [fresh, needed].sort());
  t.equal(await files.size(orphan), null);
});
