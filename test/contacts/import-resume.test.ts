import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'tap';
import { ContactRepository } from '../../src/contacts/contact-repository.ts';
import { type Import, ImportRepository } from '../../src/contacts/import-repository.ts';
import { createImportRunner } from '../../src/contacts/import-runner.ts';
import { RejectedRowRepository } from '../../src/contacts/rejected-row-repository.ts';
import { AppError } from '../../src/errors.ts';
import type { JobContext, JobHandler } from '../../src/jobs/queue.ts';
import { LocalFiles } from '../../src/store/local-files.ts';
import { createSealer } from '../../src/store/seal.ts';
import { startTestStore } from '../helpers/store.ts';

const now = () => new Date();

/** A runner whose process may die at a place of the test's choosing: the job is then simply done again. */
async function site(t: Parameters<typeof startTestStore>[0], rows: number) {
  const store = await startTestStore(t);
  const folder = await mkdtemp(join(tmpdir(), 'parley-import-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const files = new LocalFiles(folder, createSealer([]));
  const imports = new ImportRepository(store);
  const contacts = new ContactRepository(store);
  const rejections = new RejectedRowRepository(store);
  for (const repository of [imports, contacts, rejections]) await repository.ensureIndexes();
  let handler: JobHandler<{ importId: string }> | undefined;
  const jobs = {
    enqueue: async () => ({ id: '1', created: true }),
    process: (type: { name: string }, given: unknown) => {
      if (type.name === 'contacts.import') handler = given as typeof handler;
    },
    schedule: () => {},
  };
  createImportRunner({ imports, contacts, rejections, suppressions: {} as never, files, jobs: jobs as never, now });
  const lines = Array.from({ length: rows }, (_, index) =>
    index % 10 === 9 ? `no number ${index}` : `+1212555${String(index % 9000).padStart(4, '0')}`,
  );
  const { bytes, hash } = await files.put(
    'imports/source',
    Readable.from([`phone\n${lines.join('\n')}\n`], { objectMode: false }),
  );
  const made = await imports.create({
    target: 'contacts',
    fileName: 'people.csv',
    fileKey: 'imports/source',
    bytes,
    hash,
    columns: [{ column: 1, header: 'phone', to: 'phone', type: 'text' }],
    by: 'user:1',
    state: 'waiting',
  } as unknown as Import);
  const run = (lastAttempt = false) =>
    handler!({ importId: made._id.toHexString() }, {
      signal: new AbortController().signal,
      lastAttempt,
    } as unknown as JobContext);
  return { imports, contacts, rejections, run, id: made._id, files };
}

const figures = { rowsRead: 3301, added: 2970, merged: 0, rejected: 330 };

test('an import that died between writing rows and noting them counts every row once', async t => {
  const { imports, run, id, rejections, files } = await site(t, 3300);
  const advance = imports.advance.bind(imports);
  let deaths = 0;
  imports.advance = async (...args) => {
    deaths += 1;
    if (deaths === 2 || deaths === 3) throw new Error('killed');
    return advance(...args);
  };
  await t.rejects(Promise.resolve(run()), { message: 'killed' });
  t.match(await imports.findById(id), { state: 'running', rowsRead: 1000, added: 900 });
  await t.rejects(Promise.resolve(run()), { message: 'killed' });
  await run();
  t.match(await imports.findById(id), { state: 'done', ...figures });
  let rejected = 0;
  for await (const _ of rejections.ofImport(id)) rejected += 1;
  t.equal(rejected, 330, 'no rejected row is there twice');
  t.equal(await files.size('imports/source'), null, 'the file is gone');
});

test('a second process that reads the same import at the same time changes no figure', async t => {
  const { imports, run, id } = await site(t, 3300);
  await Promise.all([run(), run()]);
  t.match(await imports.findById(id), { state: 'done', ...figures });
});

test('whoever finds a batch noted by another process leaves every batch behind it to that process', async t => {
  const { imports, run, id } = await site(t, 3300);
  const advance = imports.advance.bind(imports);
  imports.advance = async (...args) => {
    if (args[1] === 1000) await advance(...args);
    return advance(...args);
  };
  await run();
  t.match(
    await imports.findById(id),
    { state: 'running', rowsRead: 2000 },
    'the other one has noted two batches so far',
  );
  imports.advance = advance;
  await run();
  t.match(await imports.findById(id), { state: 'done', ...figures });
});

test('an import that is stopped while it runs ends behind the batches that are under way, and says what it wrote', async t => {
  const { imports, run, id, contacts } = await site(t, 8900);
  const advance = imports.advance.bind(imports);
  imports.advance = async (...args) => {
    const noted = await advance(...args);
    if (noted?.rowsRead !== 1000) return noted;
    await imports.moveState(id, 'running', 'stopping');
    return noted;
  };
  await run();
  const stopped = await imports.findById(id);
  t.equal(stopped?.state, 'stopped');
  const { rowsRead, added, rejected } = stopped!;
  t.ok([2000, 3000, 4000].includes(rowsRead), `rows up to ${rowsRead}`);
  t.match({ added, rejected }, { added: (rowsRead * 9) / 10, rejected: rowsRead / 10 - 1 });
  let there = 0;
  for (let from = 0; from < 8900; from += 1000) {
    const phones = Array.from({ length: 1000 }, (_, index) => `+1212555${String(from + index).padStart(4, '0')}`);
    there += (await contacts.withPhones(phones)).length;
  }
  t.equal(there, added, 'and nobody who is not counted is there');
  t.ok(await contacts.findByPhone('+12125550000'));
});

test('an import that the store has no room for says why it failed, and goes on where it ended', async t => {
  const { imports, contacts, run, id } = await site(t, 3300);
  const writeBatch = contacts.writeBatch.bind(contacts);
  let batches = 0;
  contacts.writeBatch = async writes => {
    batches += 1;
    if (batches > 1) throw new AppError('STORE_UNAVAILABLE', 'The embedded store is full');
    return writeBatch(writes);
  };
  await t.rejects(Promise.resolve(run(true)), { code: 'STORE_UNAVAILABLE' });
  const failed = await imports.findById(id);
  t.match(failed, { state: 'failed', problem: { code: 'STORE_UNAVAILABLE', message: /store is full.*go on/ } });
  contacts.writeBatch = writeBatch;
  await imports.moveState(id, 'failed', 'waiting');
  await run();
  t.match(await imports.findById(id), { state: 'done', ...figures });
});
