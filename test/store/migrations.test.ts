import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import t from 'tap';
import { CallRepository } from '../../src/calls/call-repository.ts';
import { openLeaseLock, whileHolding } from '../../src/store/lease.ts';
import type { Migration } from '../../src/store/migration.ts';
import { allMigrations } from '../../src/store/migrations/all-migrations.ts';
import { migrate } from '../../src/store/migrations.ts';
import { program } from '../helpers/program.ts';
import { silent, startTestStore } from '../helpers/store.ts';

interface Migrator {
  readonly process: ChildProcess;
  /** Resolves with the first line that begins so. */
  says(start: string): Promise<string>;
}

function startMigrator(t: { teardown(fn: () => unknown): void }, ...args: string[]): Migrator {
  const child = spawn(process.execPath, program('test/helpers/migrate-process.ts', ...args), {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.teardown(() => child.exitCode === null && child.kill('SIGKILL'));
  const lines: string[] = [];
  const waiting: { start: string; resolve: (line: string) => void }[] = [];
  createInterface({ input: child.stdout! }).on('line', line => {
    lines.push(line);
    for (const { start, resolve } of waiting) if (line.startsWith(start)) resolve(line);
  });
  const says = (start: string) =>
    new Promise<string>((resolve, reject) => {
      const said = lines.find(line => line.startsWith(start));
      if (said) return resolve(said);
      waiting.push({ start, resolve });
      child.once('exit', code =>
        setImmediate(() => reject(new Error(`ended (${code}) without "${start}": ${lines.join(' | ')}`))),
      );
    });
  return { process: child, says };
}

t.test('two processes that start together run each migration once', async t => {
  const { uri, link } = await startTestStore(t);
  await link.database
    .collection('letters')
    .insertMany(Array.from({ length: 95 }, (_, index) => ({ text: `a${index}`, version: 1 })));
  const both = [startMigrator(t, uri), startMigrator(t, uri)];
  const ran = await Promise.all(both.map(migrator => migrator.says('ran ')));
  t.same(ran.sort(), ['ran 0', 'ran 1']);
  t.equal(await link.database.collection('notes').countDocuments(), 1);
  t.equal(
    await link.database.collection('letters').countDocuments({ writes: 1, version: 2 }),
    95,
    'each document once, its version counted',
  );
  t.match(await link.database.collection('migrations').find().toArray(), [
    {
      number: 1,
      name: 'count-starts',
      state: 'done',
      parts: { note: { done: true }, letters: { done: true, changed: 95 } },
    },
  ]);
});

t.test('a process killed in the middle is continued where its last batch ended', async t => {
  const { uri, link } = await startTestStore(t);
  await link.database
    .collection('letters')
    .insertMany(Array.from({ length: 95 }, (_, index) => ({ text: `a${index}` })));
  const first = startMigrator(t, uri, '1000', '50');
  await first.says('halted');
  first.process.kill('SIGKILL');
  await once(first.process, 'exit');
  t.equal(await link.database.collection('letters').countDocuments({ writes: 1 }), 40, 'two batches were done');
  const second = startMigrator(t, uri);
  t.equal(await second.says('ran '), 'ran 1');
  t.equal(await link.database.collection('notes').countDocuments(), 1, 'a finished step is not run again');
  t.equal(await link.database.collection('letters').countDocuments({ writes: 1 }), 95);
});

/** Migrations over the letters of one test. */
const upperCase = (change?: (text: string) => string): Migration => ({
  number: 1,
  name: 'upper-case',
  up: async ({ step, backfill }) => {
    await step('index', async db => {
      await db.collection('letters').createIndex({ text: 1 });
    });
    await backfill('letters', {
      collection: 'letters',
      filter: { upper: { $exists: false } },
      batchSize: 10,
      change: ({ text }) => {
        if (text === 'bad') throw new Error('its text cannot be written in capitals');
        return { $set: { upper: (change ?? ((value: string) => value.toUpperCase()))(text) } };
      },
    });
  },
});

t.test('a document that cannot be migrated is named, and the rest can go on once it is mended', async t => {
  const { link } = await startTestStore(t);
  const db = link.database;
  const letters = db.collection('letters');
  await letters.insertMany(Array.from({ length: 30 }, (_, index) => ({ text: index === 17 ? 'bad' : `a${index}` })));
  const bad = await letters.findOne({ text: 'bad' });
  let later = 0;
  const second: Migration = {
    number: 2,
    name: 'later',
    up: ({ step }) =>
      step('count', async () => {
        later += 1;
      }),
  };
  const migrations = [upperCase(), second];
  await t.rejects(migrate({ db, migrations, logger: silent }), {
    code: 'MIGRATION_FAILED',
    message: new RegExp(
      `0001 upper-case stopped at document ${bad?._id} of letters: its text cannot be written in capitals`,
    ),
    details: { collection: 'letters', documentId: String(bad?._id) },
  });
  t.equal(later, 0, 'nothing after it runs');
  t.equal(
    await letters.countDocuments({ text: { $exists: true } }),
    30,
    'what the previous release reads is untouched',
  );
  t.match(await db.collection('migrations').findOne({ number: 1 }), {
    state: 'failed',
    problem: /stopped at document/,
  });
  await letters.updateOne({ _id: bad!._id }, { $set: { text: 'mended' } });
  t.same((await migrate({ db, migrations, logger: silent })).ran, ['0001 upper-case', '0002 later']);
  t.equal(await letters.countDocuments({ upper: { $exists: true } }), 30);
  t.match(await db.collection('migrations').findOne({ number: 1 }), { state: 'done' });
  t.same((await migrate({ db, migrations, logger: silent })).ran, [], 'a second start finds nothing to do');
  t.equal(later, 1);
});

t.test('a document the store itself refuses is named too', async t => {
  const { link } = await startTestStore(t);
  const db = link.database;
  await db.collection('letters').createIndex({ upper: 1 }, { unique: true, sparse: true });
  await db.collection('letters').insertMany([{ text: 'a' }, { text: 'b' }, { text: 'A' }]);
  const twin = await db.collection('letters').findOne({ text: 'A' });
  await t.rejects(migrate({ db, migrations: [upperCase()], logger: silent }), {
    code: 'MIGRATION_FAILED',
    message: new RegExp(`stopped at document ${twin?._id} of letters: the store refused the change`),
  });
});

t.test('a document that is written in between is migrated from its newest state', async t => {
  const { link } = await startTestStore(t);
  const db = link.database;
  const letters = db.collection('letters');
  await letters.insertMany([
    { text: 'a', version: 1 },
    { text: 'b', version: 1 },
  ]);
  const other = letters.updateOne.bind(letters);
  let overtaken: Promise<unknown> | undefined;
  const migration: Migration = {
    number: 1,
    name: 'race',
    up: ({ backfill, step }) =>
      step('prepare', async () => {}).then(() =>
        backfill('letters', {
          collection: 'letters',
          filter: { upper: { $exists: false } },
          change: ({ text }) => {
            // The first time it is seen, a running process of the previous release changes it before our write arrives.
            if (text === 'b') overtaken ??= other({ text: 'b' }, { $set: { text: 'newer' }, $inc: { version: 1 } });
            return { $set: { upper: String(text).toUpperCase() } };
          },
        }),
      ),
  };
  // One connection only, so that the other writer's command is on the wire before the migration's.
  await migrate({ db, migrations: [migration], logger: silent });
  await overtaken;
  const found = await letters.find({}, { sort: { text: 1 }, projection: { _id: 0 } }).toArray();
  t.same(
    found.map(({ upper, text }) => [text, upper]),
    [
      ['a', 'A'],
      ['newer', 'NEWER'],
    ],
  );
});

t.test('a dry run says what would happen and writes nothing', async t => {
  const { link } = await startTestStore(t);
  const db = link.database;
  await db.collection('letters').insertMany([{ text: 'a' }, { text: 'b', upper: 'B' }]);
  const report = await migrate({ db, migrations: [upperCase()], logger: silent, dryRun: true });
  t.same(report, {
    ran: ['0001 upper-case'],
    planned: ['0001 upper-case: index', '0001 upper-case: letters (1 documents of letters)'],
    unknown: [],
  });
  t.same(
    (await db.listCollections().toArray()).map(({ name }) => name),
    ['letters'],
  );
  t.equal(await db.collection('letters').countDocuments({ upper: { $exists: false } }), 1);
});

t.test('migrations of a newer release are recognised and left alone', async t => {
  const { link } = await startTestStore(t);
  const db = link.database;
  const first: Migration = { number: 1, name: 'first', up: async () => {} };
  const second: Migration = { number: 2, name: 'second', up: async () => {} };
  await migrate({ db, migrations: [first, second], logger: silent });
  t.same(await migrate({ db, migrations: [first], logger: silent }), { ran: [], planned: [], unknown: [2] });
});

t.test('a process that lost the lock changes nothing more', async t => {
  const { link } = await startTestStore(t);
  const db = link.database;
  await db.collection('letters').insertMany(Array.from({ length: 30 }, (_, index) => ({ text: `a${index}` })));
  const frozen: Migration = {
    number: 1,
    name: 'frozen',
    up: async ({ step, backfill, signal }) => {
      await step('freeze', async () => {
        // What happens while a process is frozen: its lease runs out and another takes it.
        await db.collection('locks').updateOne({ name: 'migrations' }, { $set: { owner: 'another' } });
        if (!signal.aborted) await once(signal, 'abort');
      });
      await backfill('letters', { collection: 'letters', filter: {}, change: () => ({ $set: { upper: 'x' } }) });
    },
  };
  await t.rejects(migrate({ db, migrations: [frozen], logger: silent, leaseMs: 150 }), { code: 'STORE_UNAVAILABLE' });
  t.equal(await db.collection('letters').countDocuments({ upper: 'x' }), 0);
});

t.test('numbers are given once and without gaps', async t => {
  const { link } = await startTestStore(t);
  const empty = async () => {};
  const migrations = [
    { number: 1, name: 'a', up: empty },
    { number: 3, name: 'b', up: empty },
  ];
  await t.rejects(migrate({ db: link.database, migrations, logger: silent }), /numbered 1, 2, 3/);
});

t.test('all migrations run on an empty store, and again without effect', async t => {
  const { link } = await startTestStore(t);
  const first = await migrate({ db: link.database, migrations: allMigrations, logger: silent });
  t.equal(first.ran.length, allMigrations.length);
  const settings = await link.database.collection('settings').find().toArray();
  t.match(settings, [{ key: 'installation', value: { id: /^[0-9a-f]{24}$/ } }]);
  await link.database.collection('migrations').deleteMany({}); // even when nobody remembers
  await migrate({ db: link.database, migrations: allMigrations, logger: silent });
  t.same(await link.database.collection('settings').find().toArray(), settings);
});

t.test('calls of before are found by the last digits of their numbers, as new ones are', async t => {
  const store = await startTestStore(t, { checkPlans: false });
  const calls = new CallRepository(store);
  await calls.ensureIndexes();
  const raw = store.link.database.collection('calls');
  const now = new Date();
  const stamps = { schemaVersion: 1, version: 1, createdAt: now, updatedAt: now, state: 'completed', endedAt: now };
  const hash = `hmac-sha256:${'a'.repeat(64)}`;
  await raw.insertMany([
    { ...stamps, sid: 'CA1', direction: 'outbound', to: '+13125550142', from: '+12125550100' },
    { ...stamps, sid: 'CA2', direction: 'inbound', to: '+12125550100', from: 'anonymous' },
    { ...stamps, sid: 'CA3', direction: 'outbound', to: hash, from: '+12125550100', erasedAt: now },
    { ...stamps, sid: 'CA4', direction: 'outbound', to: hash, from: '+12125550100', erasedAt: now, numbers: [] },
  ]);
  await migrate({ db: store.link.database, migrations: allMigrations, logger: silent });
  const found = async (digits: string) => {
    const { items } = await calls.list({ filter: { number: { prefix: [...digits].reverse().join('') } } });
    return items.map(({ sid }) => sid).sort();
  };
  t.same(await found('0142'), ['CA1']);
  t.same(await found('5550100'), ['CA1', 'CA2', 'CA3'], 'the number of ours finds them, erased or not');
  t.same((await raw.findOne({ sid: 'CA4' }))?.['numbers'], [], 'what has the field is left alone');
  const made = await calls.create({ direction: 'outbound', to: '+13125550142', from: '+12125550100' } as never);
  t.same((await raw.findOne({ sid: 'CA1' }))?.['numbers'], made.numbers, 'in the form that new calls have');
});

t.test('a lock has one holder, until it is released or runs out', async t => {
  const { link } = await startTestStore(t);
  const lock = await openLeaseLock(link.database, 'x');
  const start = new Date('2026-03-01T10:00:00Z');
  const after = (ms: number) => new Date(start.getTime() + ms);
  const grabs = await Promise.all(Array.from({ length: 20 }, (_, index) => lock.acquire(`p${index}`, start, 1_000)));
  t.equal(grabs.filter(Boolean).length, 1);
  const owner = `p${grabs.indexOf(true)}`;
  t.equal(await lock.acquire('late', after(999), 1_000), false);
  t.equal(await lock.renew(owner, after(999), 1_000), true);
  t.equal(await lock.acquire('late', after(1_500), 1_000), false);
  t.equal(await lock.acquire('late', after(1_999), 1_000), true, 'it ran out');
  t.equal(await lock.renew(owner, after(2_000), 1_000), false);
  await lock.release(owner);
  t.equal(await lock.acquire('later', after(2_001), 1_000), false, 'a former holder releases nothing');
  await lock.release('late');
  t.equal(await lock.acquire('later', after(2_002), 1_000), true);
});

t.test('work under a lock that is lost is told to stop', async t => {
  const { link } = await startTestStore(t);
  const lock = await openLeaseLock(link.database, 'x');
  const options = { owner: 'frozen', leaseMs: 60, logger: silent, waitingMessage: 'waiting' };
  const reason = await whileHolding(lock, options, async signal => {
    await link.database.collection('locks').updateOne({ name: 'x' }, { $set: { owner: 'another' } });
    await once(signal, 'abort');
    return signal.reason;
  });
  t.match(reason, { code: 'STORE_UNAVAILABLE' });
});
