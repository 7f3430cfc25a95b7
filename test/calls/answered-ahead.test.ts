import { readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Test, test } from 'tap';
import { createAheadLog } from '../../src/calls/ahead-log.ts';
import type { TakeCallback } from '../../src/calls/carrier-callbacks.ts';
import { createKeptCallbacks } from '../../src/calls/kept-callbacks.ts';
import { createLineSpool, type LineSpool } from '../../src/calls/line-spool.ts';
import { AppError } from '../../src/errors.ts';
import { createSealer } from '../../src/store/seal.ts';
import { silent } from '../helpers/store.ts';
import { tempFolder, until } from './journal-site.ts';

/** So many may wait for the store before others are answered sooner. */
const quickly = 16;
const away = () => new AppError('STORE_UNAVAILABLE', 'The store is away');

interface Waiting {
  readonly number: string;
  stored(): void;
  refused(error: Error): void;
}

async function startSite(t: Test, options: { folder?: string; spool?: Partial<LineSpool> } = {}) {
  const folder = options.folder ?? (await tempFolder(t));
  const waiting: Waiting[] = [];
  const written: string[] = [];
  let takes = false;
  const take: TakeCallback = async (_callId, fields) => {
    const number = String(fields.SequenceNumber);
    if (!takes)
      await new Promise<void>((stored, refused) => {
        waiting.push({ number, stored, refused });
      });
    written.push(number);
  };
  const onDisk = { folder, processId: 'here', sealer: createSealer([]), context: 'test', logger: silent };
  const told: string[] = [];
  const problems: unknown[] = [];
  const aheadLog = createAheadLog({ ...onDisk, mostBytes: 2_000, idleMs: 5 });
  const callbacks = createKeptCallbacks({
    callbacks: { status: take, amd: take, recording: take, stream: take },
    spool: { ...createLineSpool(onDisk), bytes: 0, ...options.spool },
    aheadLog,
    logger: { ...silent, error: (...said: unknown[]) => void problems.push(said) } as typeof silent,
    kept: (kind, why) => told.push(`${kind}: ${why}`),
    now: () => new Date(),
    patienceMs: 30_000,
    retryMs: 5,
  });
  const storeTakes = () => {
    takes = true;
    for (const each of waiting.splice(0)) each.stored();
  };
  t.teardown(async () => {
    storeTakes();
    await callbacks.close();
  });
  return {
    callbacks,
    folder,
    waiting,
    written,
    told,
    problems,
    storeTakes,
    /** So many wait for the store, each of a call of its own, and there is a file for those who come now. */
    async crowd() {
      const all = Array.from({ length: quickly }, (_, index) => callbacks.status(`call ${index}`, form(index)));
      // The first who finds no file has one opened, and waits for the store.
      all.push(callbacks.status('call 16', form(quickly)));
      // That they are on the disk says not yet that they are open here.
      await until(() => {
        const line = aheadLog.write('');
        line?.stored();
        return line !== null;
      });
      await until(() => textIn(folder).join('') === '');
      return all;
    },
  };
}

const form = (number: number) => ({
  CallSid: 'CA1',
  SequenceNumber: String(number),
  From: '+13125550142',
  ToCity: 'SPRINGFIELD',
  AnsweredBy: '',
});
const filesIn = (folder: string) =>
  readdirSync(folder, { recursive: true })
    .map(String)
    .filter(name => name.endsWith('.jsonl'))
    .sort();
const textIn = (folder: string) => filesIn(folder).map(name => readFileSync(join(folder, name), 'utf8'));
const linesIn = (folder: string) => textIn(folder).join('').split('\n').filter(Boolean);

test('in a rush a callback is answered when it is written down, and nothing stays there when all are in the store', async t => {
  const { callbacks, folder, waiting, written, told, crowd, storeTakes } = await startSite(t);
  let answered = 0;
  const first = (await crowd()).map(each => each.then(() => (answered += 1)));
  await callbacks.status('two', form(100));
  await callbacks.amd('two', form(101));
  t.equal(answered, 0, 'the others still wait for the store');
  t.same(told, ['status: rush', 'amd: rush']);
  t.equal(linesIn(folder).length, 2, 'what was answered stands there');
  t.same(
    linesIn(folder).map(line => JSON.parse(line).form),
    [
      { CallSid: 'CA1', SequenceNumber: '100' },
      { CallSid: 'CA1', SequenceNumber: '101' },
    ],
    'without what nobody reads again',
  );
  t.equal(waiting.length, quickly, 'and waits for its turn');
  storeTakes();
  await Promise.all(first);
  t.equal(await callbacks.delivered(5_000), true);
  t.same(written.slice(-2), ['100', '101'], 'those of one call in their order');
  t.equal(written.length, quickly + 3, 'each is taken once');
  await until(() => linesIn(folder).length === 0);
  await callbacks.status('three', form(200));
  t.equal(told.length, 2, 'and then the store alone answers again');
  await callbacks.close();
  t.same(readdirSync(folder), []);
});

test('a file that is full is emptied when all of it is in the store, and while both are full the store sets the pace', async t => {
  const { callbacks, folder, told, written, crowd, storeTakes } = await startSite(t);
  const first = await crowd();
  const wordy = { ...form(100), ErrorMessage: 'x'.repeat(900) };
  while (linesIn(folder).length < 4) await callbacks.status('two', wordy);
  t.same(
    textIn(folder).map(text => text.split('\n').length - 1),
    [2, 2],
  );
  let answered = false;
  const fifth = callbacks.status('two', wordy).then(() => {
    answered = true;
  });
  await new Promise(resolve => setImmediate(resolve));
  t.equal(answered, false);
  t.equal(told.length, 4);
  storeTakes();
  await Promise.all([...first, fifth]);
  await callbacks.delivered(5_000);
  t.equal(written.length, quickly + 1 + 5);
  t.equal(linesIn(folder).length, 0);
});

test('what was answered is brought to the store by the next process when this one dies', async t => {
  const folder = await tempFolder(t);
  const dead = await startSite(t, { folder });
  await dead.crowd();
  for (const number of [100, 101, 102]) await dead.callbacks.status('two', form(number));
  const owner = join(folder, readdirSync(folder)[0]!, 'owner.json');
  writeFileSync(owner, JSON.stringify({ host: 'elsewhere', pid: 1, processId: 'dead' }));
  utimesSync(owner, new Date(0), new Date(0));
  const spool = createLineSpool({
    folder,
    processId: 'next',
    sealer: createSealer([]),
    context: 'test',
    logger: silent,
  });
  await spool.adopt();
  const lines = await (await spool.oldest())!.lines(text => JSON.parse(text).form.SequenceNumber);
  t.same(lines, ['100', '101', '102'], 'as the spool reads what is left in its folder');
  await spool.close();
});

test('a store that goes away meanwhile gets from the disk what was answered', async t => {
  const folder = await tempFolder(t);
  const spool = createLineSpool({
    folder,
    processId: 'spool',
    sealer: createSealer([]),
    context: 'test',
    logger: silent,
  });
  const { callbacks, waiting, written, told, crowd, storeTakes } = await startSite(t, { folder, spool });
  const first = await crowd();
  await callbacks.status('two', form(100));
  for (const each of waiting.splice(0)) each.refused(away());
  await until(() => waiting.length > 0);
  for (const each of waiting.splice(0)) each.refused(away());
  storeTakes();
  await Promise.all(first);
  await until(() => written.includes('100'));
  t.equal(await callbacks.delivered(5_000), true);
  t.match(told, ['status: rush', 'status: away']);
});

test('where it can be left nowhere else, it stays written down, and the log says so', async t => {
  const refuse = async () => {
    throw new Error('no space left');
  };
  const { callbacks, folder, waiting, problems, crowd } = await startSite(t, { spool: { append: refuse } });
  const first = await crowd();
  await callbacks.status('two', form(100));
  const failed = Promise.allSettled(first);
  while (problems.length < 1) {
    for (const each of waiting.splice(0)) each.refused(away());
    await new Promise(resolve => setImmediate(resolve));
  }
  t.ok(
    (await failed).every(({ status }) => status === 'rejected'),
    'who was not answered is asked to repeat it',
  );
  await until(() => JSON.stringify(problems).includes('only be taken after a restart'));
  t.equal(linesIn(folder).length, 1);
});

test('a callback that was answered and is refused for what it is, is told to the log and not kept', async t => {
  const { callbacks, folder, waiting, problems, crowd, storeTakes } = await startSite(t);
  const first = await crowd();
  await callbacks.status('two', form(100));
  for (const each of waiting.splice(0)) each.stored();
  await until(() => waiting.some(({ number }) => number === '100'));
  waiting.find(({ number }) => number === '100')!.refused(new Error('a mistake of ours'));
  storeTakes();
  await Promise.all(first);
  await callbacks.delivered(5_000);
  t.match(problems, [[{ err: { message: 'a mistake of ours' } }, 'a callback that was answered could not be taken']]);
  await until(() => linesIn(folder).length === 0);
});

test('where the disk takes nothing, the store alone answers', async t => {
  const { callbacks, folder, told, written, storeTakes } = await startSite(t);
  rmSync(folder, { recursive: true });
  writeFileSync(folder, 'no folder');
  const all = Array.from({ length: 20 }, (_, number) => callbacks.status(`call ${number}`, form(number)));
  await new Promise(resolve => setImmediate(resolve));
  storeTakes();
  await Promise.all(all);
  t.same(told, []);
  t.equal(written.length, 20);
});
