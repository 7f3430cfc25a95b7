import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Test, test } from 'tap';
import { createAheadLog } from '../../src/calls/ahead-log.ts';
import type { TakeCallback } from '../../src/calls/carrier-callbacks.ts';
import { createKeptCallbacks, type KeptCallbacks } from '../../src/calls/kept-callbacks.ts';
import { createLineSpool, type LineSpool } from '../../src/calls/line-spool.ts';
import { AppError } from '../../src/errors.ts';
import { createSealer } from '../../src/store/seal.ts';
import { endpointOf, startTcpRelay } from '../../src/store/tcp-relay.ts';
import { newSid, startCallSite, statusOf } from '../helpers/call-site.ts';
import { silent } from '../helpers/store.ts';
import { tempFolder, until } from './journal-site.ts';

type Store = 'there' | 'away' | 'hanging';
const away = () => new AppError('STORE_UNAVAILABLE', 'The store is away');

interface Site {
  readonly callbacks: KeptCallbacks;
  readonly folder: string;
  /** What reached the store: the call, its number, and when it came. */
  readonly written: [call: string, number: string, at: Date][];
  readonly kept: string[];
  store(state: Store): void;
}

async function startSite(
  t: Test,
  options: { folder?: string; spool?: LineSpool; processId?: string } = {},
): Promise<Site> {
  const folder = options.folder ?? (await tempFolder(t));
  const written: Site['written'] = [];
  const kept: string[] = [];
  let state: Store = 'there';
  const take: TakeCallback = async (callId, fields, at) => {
    if (state === 'hanging') await new Promise(() => undefined);
    // One callback takes longer than the next, so that an order which is kept is no accident.
    await new Promise(resolve => setTimeout(resolve, Math.random() * 3));
    if (state === 'away') throw away();
    written.push([callId ?? '', String(fields.SequenceNumber), at!]);
  };
  const spool =
    options.spool ??
    createLineSpool({
      folder,
      processId: options.processId ?? 'here',
      sealer: createSealer([]),
      context: 'test',
      logger: silent,
    });
  const callbacks = createKeptCallbacks({
    callbacks: { status: take, amd: take, recording: take, stream: take },
    spool,
    aheadLog: createAheadLog({ folder, processId: 'here', sealer: createSealer([]), context: 'test', logger: silent }),
    logger: silent,
    kept: kind => kept.push(kind),
    now: () => new Date(),
    patienceMs: 60,
    retryMs: 10,
  });
  t.teardown(() => callbacks.close());
  return {
    callbacks,
    folder,
    written,
    kept,
    store: next => {
      state = next;
    },
  };
}

const form = (number: number) => ({ CallSid: 'CA1', SequenceNumber: String(number), From: '+13125550142' });
const filesIn = (folder: string) =>
  readdirSync(folder, { recursive: true })
    .map(String)
    .filter(name => name.endsWith('.jsonl'));

test('callbacks that come while the store is away are answered, kept on the disk, and written in order', async t => {
  const { callbacks, folder, written, kept, store } = await startSite(t);
  await callbacks.status('one', form(0));
  t.equal(written.length, 1);
  t.same(kept, [], 'a store that is there costs no disk');
  store('away');
  const before = Date.now();
  for (let number = 1; number < 40; number += 1) {
    await Promise.all([callbacks.status('one', form(number)), callbacks.amd('two', form(number))]);
  }
  const after = Date.now();
  t.equal(written.length, 1);
  const text = filesIn(folder)
    .map(name => readFileSync(join(folder, name), 'utf8'))
    .join('');
  t.equal(text.trim().split('\n').length, 78);
  t.notMatch(text, /3125550142/, 'what nobody reads again is not kept');
  store('there');
  for (let number = 40; number < 60; number += 1) await callbacks.status('one', form(number));
  await until(() => written.length === 1 + 39 * 2 + 20 && filesIn(folder).length === 0);
  const numbersOf = (call: string) => written.filter(([of]) => of === call).map(([, number]) => Number(number));
  t.same(
    numbersOf('one'),
    Array.from({ length: 60 }, (_, number) => number),
  );
  t.same(
    numbersOf('two'),
    Array.from({ length: 39 }, (_, number) => number + 1),
  );
  t.ok(
    written.filter(([call]) => call === 'two').every(([, , at]) => at.getTime() >= before && at.getTime() <= after),
    'each with the time at which it came',
  );
  await until(async () => {
    const count = kept.length;
    await callbacks.status('three', form(0));
    return kept.length === count;
  });
  t.pass('and the disk is left alone again');
});

test('a store that hangs is not waited for', async t => {
  const { callbacks, written, kept, store } = await startSite(t);
  store('hanging');
  await callbacks.status('one', form(0));
  t.same(kept, ['status']);
  store('there');
  await until(() => written.length === 1);
});

test('what a process had taken that died is written by the next one', async t => {
  const folder = await tempFolder(t);
  const first = createLineSpool({
    folder,
    processId: 'dead',
    sealer: createSealer([]),
    context: 'test',
    logger: silent,
  });
  const line = (number: number) =>
    JSON.stringify({ kind: 'status', callId: 'one', form: form(number), at: new Date().toISOString() });
  await first.append(line(0), line(1));
  await first.append(line(2), 'no line of ours', line(3));
  await first.close();
  const [left] = readdirSync(folder);
  const { pid } = spawnSync(process.execPath, ['--version']);
  const owner = join(folder, left!, 'owner.json');
  writeFileSync(owner, JSON.stringify({ ...JSON.parse(readFileSync(owner, 'utf8')), pid }));
  const { callbacks, written } = await startSite(t, { folder });
  await callbacks.recover();
  await until(() => written.length === 4);
  t.same(
    written.map(([, number]) => number),
    ['0', '1', '2', '3'],
  );
  await until(() => readdirSync(folder).length === 0);
});

test('it can be waited for that nothing lies on the disk any more', async t => {
  const { callbacks, written, store } = await startSite(t);
  t.equal(await callbacks.delivered(1_000), true, 'where nothing lies there, at once');
  store('away');
  await callbacks.status('one', form(0));
  t.equal(await callbacks.delivered(30), false, 'the store does not take it');
  store('there');
  t.equal(await callbacks.delivered(5_000), true);
  t.equal(written.length, 1, 'it is in the store when this resolves');
});

test('where the disk takes nothing either, the carrier is asked to repeat it', async t => {
  const spool: LineSpool = {
    bytes: 0,
    append: async () => {
      throw new Error('no space left');
    },
    oldest: async () => null,
    adopt: async () => undefined,
    close: async () => undefined,
  };
  const { callbacks, written, store } = await startSite(t, { spool });
  store('away');
  await t.rejects(callbacks.status('one', form(0)), { code: 'STORE_UNAVAILABLE' });
  store('there');
  await until(async () => {
    await callbacks.status('one', form(0)).catch(() => undefined);
    return written.length > 0;
  });
});

test('what is wrong with a callback itself is not kept, and does not hold up the others', async t => {
  const seen: string[] = [];
  let there = true;
  const take: TakeCallback = async (_callId, { SequenceNumber: number }) => {
    if (!there) throw away();
    if (number === '1') throw new Error('a mistake of ours');
    seen.push(String(number));
  };
  const folder = await tempFolder(t);
  const spool = createLineSpool({
    folder,
    processId: 'here',
    sealer: createSealer([]),
    context: 'test',
    logger: silent,
  });
  const callbacks = createKeptCallbacks({
    callbacks: { status: take, amd: take, recording: take, stream: take },
    spool,
    aheadLog: createAheadLog({ folder, processId: 'here', sealer: createSealer([]), context: 'test', logger: silent }),
    logger: silent,
    kept: () => undefined,
    now: () => new Date(),
    retryMs: 5,
  });
  t.teardown(() => callbacks.close());
  await t.rejects(callbacks.status('one', form(1)), { message: 'a mistake of ours' });
  there = false;
  for (const number of [0, 1, 2]) await callbacks.status('one', form(number));
  there = true;
  await until(() => seen.length === 2);
  t.same(seen, ['0', '2']);
});

test('a call that goes through its states while the store is away has all of them when it is back', async t => {
  const uri = new URL((await startCallSite(t)).storeUri);
  let relay = await startTcpRelay(endpointOf(uri.href), 0);
  const { port } = relay;
  t.teardown(() => relay.close());
  const site = await startCallSite(t, {
    env: { MONGODB_URI: `mongodb://127.0.0.1:${port}${uri.pathname}?directConnection=true` },
  });
  const attempt = await site.attempt({ sid: newSid() });
  const tell = async (status: string, sequence: number, more = {}) => {
    const path = `/call-status-callback?attempt=${attempt._id.toHexString()}`;
    return (await site.ask(path, statusOf(attempt.sid!, status, sequence, more))).status;
  };
  t.equal(await tell('initiated', 0), 204);
  await relay.close();
  t.equal(await tell('ringing', 1), 204);
  t.equal(await tell('in-progress', 2), 204);
  t.equal(await tell('completed', 3, { CallDuration: '7' }), 204);
  relay = await startTcpRelay(endpointOf(uri.href), port);
  t.match(await site.until(attempt, call => call.outcome !== null), { state: 'completed', durationSeconds: 7 });
  t.same(await site.typesOf(attempt, 'call.ended'), [
    'call.initiated',
    'call.ringing',
    'call.in-progress',
    'call.completed',
    'call.ended',
  ]);
});
