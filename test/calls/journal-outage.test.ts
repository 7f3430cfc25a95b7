import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'tap';
import { createMemoryCache } from '../../src/store/cache.ts';
import { openConnection } from '../../src/store/connection.ts';
import { createStore } from '../../src/store/open-store.ts';
import { endpointOf, startTcpRelay } from '../../src/store/tcp-relay.ts';
import { program } from '../helpers/program.ts';
import { silent, startTestStore } from '../helpers/store.ts';
import { openRecords, startJournal, tempFolder, turnOf, until, writerTo } from './journal-site.ts';

const databaseOf = (uri: string) => /\/(test_[0-9a-f]+)/.exec(uri)![1]!;

/** The test's store behind a cable that can be pulled. */
async function behindCable(t: { teardown(fn: () => unknown): void }) {
  const store = await startTestStore(t);
  let relay = await startTcpRelay(endpointOf(store.uri), 0);
  const { port } = relay;
  t.teardown(() => relay.close());
  return {
    store,
    uri: `mongodb://127.0.0.1:${port}/${databaseOf(store.uri)}?directConnection=true`,
    pull: () => relay.close(),
    plug: async () => {
      relay = await startTcpRelay(endpointOf(store.uri), port);
    },
  };
}

test('a store that is really away: nothing is lost, nothing doubled, everything in order', async t => {
  const { store, uri, pull, plug } = await behindCable(t);
  const link = await openConnection({ uri, poolMax: 5, logger: silent, serverSelectionMs: 200 });
  const seen = createStore({ link, logger: silent, cache: createMemoryCache(), now: () => new Date() });
  t.teardown(() => seen.close());
  const records = await openRecords(seen);
  const { journal, folder, lost } = await startJournal(t, { writer: writerTo(records) });
  const callIds = await Promise.all(Array.from({ length: 3 }, () => records.newCall()));
  let said = 0;
  const speak = () => {
    for (const callId of callIds) {
      journal.event(callId, `event-${said}`, 'bridge');
      journal.turn(callId, said, turnOf(`turn ${said}`, said));
    }
    said += 1;
  };
  const speaking = setInterval(speak, 15);
  t.teardown(() => clearInterval(speaking));
  await until(() => said > 20);
  await pull();
  await until(() => journal.backlog.spoolBytes > 20_000);
  const outage = said;
  await until(() => said > outage + 50);
  await plug();
  // Still spoken while what lies on the disk is brought in, but not for ever: a slow machine would never be done.
  const back = said;
  await until(() => said > back + 50);
  clearInterval(speaking);
  await until(() => journal.backlog.spoolBytes === 0);
  for (const callId of callIds) await journal.written(callId);
  const there = await openRecords(store);
  for (const callId of callIds) {
    const events = await there.eventsOf(callId);
    t.same(
      events.map(({ type }) => type),
      Array.from({ length: said }, (_, number) => `event-${number}`),
    );
    t.ok(events.every(({ seq }, index) => index === 0 || seq > events[index - 1]!.seq));
    t.same(
      await there.textsOf(callId),
      Array.from({ length: said }, (_, number) => `turn ${number}`),
    );
  }
  t.same(lost, { event: 0, turn: 0, note: 0 });
  t.same(readdirSync(folder), []);
});

test('kill -9 in an outage: the next process writes all but what was said last', async t => {
  const { store, uri, pull, plug } = await behindCable(t);
  const folder = await tempFolder(t);
  const records = await openRecords(store);
  const callId = await records.newCall();
  const key = randomBytes(32).toString('hex');
  const child = spawn(process.execPath, program('test/calls/journal-process.ts', uri, folder, callId, key), {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  // Each line of the spool takes all that was said before it: what was said before the last but one is certainly there.
  const grown: number[] = [];
  let spooled = 0;
  let pulled: Promise<void> | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    const [number, spoolBytes] = line.split(' ').map(Number) as [number, number];
    if (spoolBytes > spooled) grown.push(number);
    spooled = spoolBytes;
    if (number === 30) pulled = pull();
    if (number > 150 && grown.length > 5) break;
  }
  await pulled;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
  await plug();

  const { journal } = await startJournal(t, { writer: writerTo(records), folder, key: Buffer.from(key, 'hex') });
  await journal.recover();
  await until(() => journal.backlog.spoolBytes === 0);
  const numbers = (await records.eventsOf(callId)).map(({ data }) => data['number']);
  t.same(
    numbers,
    Array.from({ length: numbers.length }, (_, number) => number),
    'from the first on, each once',
  );
  t.ok(numbers.length >= grown.at(-2)!, `${numbers.length} of at least ${grown.at(-2)} were on the disk`);
  t.same(
    await records.textsOf(callId),
    numbers.map(number => `turn ${number}`),
  );
});

test('a full disk during an outage: what has no room waits in memory, and the disk is used again when it can be', async t => {
  const disk = await mkdtemp(join(tmpdir(), 'parley-spool-'));
  t.teardown(() => rmSync(disk, { recursive: true, force: true }));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', disk], { stdio: 'ignore' });
  } catch {
    return void t.pass('', { skip: 'mounting a small disk takes root; run as root to include it' });
  }
  t.teardown(() => execFileSync('umount', [disk]));
  const { store, uri, pull, plug } = await behindCable(t);
  const link = await openConnection({ uri, poolMax: 5, logger: silent, serverSelectionMs: 200 });
  const seen = createStore({ link, logger: silent, cache: createMemoryCache(), now: () => new Date() });
  t.teardown(() => seen.close());
  const records = await openRecords(seen);
  const callId = await records.newCall();
  const { journal, lost } = await startJournal(t, { writer: writerTo(records), folder: disk });
  await pull();
  journal.event(callId, 'before', 'bridge');
  await until(() => journal.backlog.spoolBytes > 0);
  try {
    for (let count = 0; ; count += 1) writeFileSync(join(disk, `filler-${count}`), Buffer.alloc(4_096));
  } catch (error) {
    t.equal((error as NodeJS.ErrnoException).code, 'ENOSPC');
  }
  for (let number = 0; number < 40; number += 1) {
    journal.event(callId, `event-${number}`, 'bridge', { text: 'x'.repeat(2_000) });
  }
  await until(() => journal.backlog.memoryBytes > 80_000);
  const before = journal.backlog.memoryBytes;
  rmSync(join(disk, 'filler-0'));
  for (const name of readdirSync(disk).filter(name => name.startsWith('filler'))) rmSync(join(disk, name));
  await until(() => journal.backlog.spoolBytes > 80_000);
  t.ok(before > 80_000 && journal.backlog.memoryBytes === 0, 'memory went to the disk as soon as there was room');
  await plug();
  await journal.written(callId);
  t.same(
    (await (await openRecords(store)).eventsOf(callId)).map(({ type }) => type),
    ['before', ...Array.from({ length: 40 }, (_, number) => `event-${number}`)],
  );
  t.same(lost, { event: 0, turn: 0, note: 0 });
});
