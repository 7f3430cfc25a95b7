import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Types } from 'mongoose';
import { test } from 'tap';
import { TurnLog } from '../../src/bridge/turn-log.ts';
import type { Batch } from '../../src/calls/journal-entry.ts';
import type { JournalWriter } from '../../src/calls/journal-writer.ts';
import { AppError } from '../../src/errors.ts';
import { startTestStore } from '../helpers/store.ts';
import { openRecords, startJournal, tempFolder, turnOf, until, writerTo } from './journal-site.ts';

const away = () => new AppError('STORE_UNAVAILABLE', 'The store is away');

/** A store that can go away; remembers what it took, in order. */
function switchable() {
  const took: string[] = [];
  const state = { away: false, tries: 0 };
  const writer: JournalWriter = {
    async write(batch: Batch) {
      state.tries += 1;
      if (state.away) throw away();
      for (const { events, turns, fields } of batch.values()) {
        took.push(...events.map(({ type }) => type));
        for (const [index, { text }] of turns) took.push(`${index}:${text}`);
        took.push(...Object.keys(fields));
      }
    },
  };
  return { writer, took, state };
}

const call = new Types.ObjectId().toHexString();

test('what is said of a call is in the store a moment later, in order and numbered', async t => {
  const records = await openRecords(await startTestStore(t));
  const { journal, published, lost } = await startJournal(t, { writer: writerTo(records) });
  const callId = await records.newCall();
  journal.event(callId, 'stream.started', 'bridge', { streamSid: 'MZ1' });
  journal.event(callId, 'agent.ready', 'bridge');
  journal.turn(callId, 0, turnOf('Good morn'));
  journal.turn(callId, 0, turnOf('Good morning'));
  journal.turn(callId, 1, turnOf('Yes?', 900));
  journal.note(callId, { conversationId: 'conv_1' });
  await journal.written(callId);
  t.match(await records.eventsOf(callId), [
    { seq: 1, type: 'stream.started', data: { streamSid: 'MZ1' } },
    { seq: 2, type: 'agent.ready' },
  ]);
  t.same(await records.textsOf(callId), ['Good morning', 'Yes?']);
  t.equal((await records.calls.findById(callId))?.conversationId, 'conv_1');

  journal.turn(callId, 0, { ...turnOf('Good morning'), heardText: 'Good', interrupted: true });
  journal.event(callId, 'interrupted', 'agent');
  await journal.written(callId);
  t.match((await records.transcripts.ofCall(callId))?.turns[0], { heardText: 'Good', interrupted: true });
  t.match((await records.eventsOf(callId)).at(-1), { seq: 3, type: 'interrupted' });
  t.same(
    published.map(({ index, turn }) => `${index}:${turn.text}:${turn.interrupted}`),
    ['0:Good morning:false', '1:Yes?:false', '0:Good morning:true'],
    'live views were told of each turn once it stood',
  );
  t.same(lost, { event: 0, turn: 0, note: 0 });
  t.same(journal.backlog, { entries: 0, memoryBytes: 0, spoolBytes: 0 });
});

test('numbers of events are shared with others who number them', async t => {
  const records = await openRecords(await startTestStore(t));
  const { journal } = await startJournal(t, { writer: writerTo(records) });
  const callId = await records.newCall();
  journal.event(callId, 'one', 'bridge');
  await journal.written(callId);
  const seq = (await records.calls.reserveEvents(callId, 1))!;
  const common = { callId: new Types.ObjectId(callId), at: new Date(), source: 'twilio', data: {} };
  await records.events.appendAll([{ ...common, _id: new Types.ObjectId(), seq, type: 'two' }]);
  // Somebody who took a number without asking for it.
  await records.events.appendAll([{ ...common, _id: new Types.ObjectId(), seq: 3, type: 'rude' }]);
  journal.event(callId, 'three', 'bridge');
  await journal.written(callId);
  t.same(
    (await records.eventsOf(callId)).map(event => `${event.seq} ${event.type}`),
    ['1 one', '2 two', '3 rude', '4 three'],
  );
});

test('a batch whose answer was lost is written again without doubling an event', async t => {
  const records = await openRecords(await startTestStore(t));
  let failures = 0;
  const { journal } = await startJournal(t, {
    writer: lost => {
      const real = writerTo(records)(lost);
      return {
        async write(batch, foreign) {
          await real.write(batch, foreign);
          if (failures++ < 2) throw away();
        },
      };
    },
  });
  const callId = await records.newCall();
  for (let number = 1; number <= 5; number += 1) journal.event(callId, `event-${number}`, 'bridge');
  journal.turn(callId, 0, turnOf('Hello'));
  await journal.written(callId);
  t.same(
    (await records.eventsOf(callId)).map(event => `${event.seq} ${event.type}`),
    [1, 2, 3, 4, 5].map(number => `${number} event-${number}`),
    'each once, and no number is missing',
  );
  t.equal(failures, 3);
});

test('while the store is away the caller never waits, all goes to the disk, and from there in order', async t => {
  const { writer, took, state } = switchable();
  state.away = true;
  const { journal, folder } = await startJournal(t, { writer });
  const expected: string[] = [];
  let onlyNoted = 0;
  for (let number = 0; number < 300; number += 1) {
    journal.event(call, `event-${number}`, 'bridge', { text: 'x'.repeat(200) });
    if (journal.backlog.memoryBytes > 200) onlyNoted += 1;
    expected.push(`event-${number}`);
    if (number % 20 === 0) await until(() => journal.backlog.memoryBytes === 0); // it left memory for the disk
  }
  t.equal(onlyNoted, 300, 'whoever says it does not wait for the disk either');
  await until(() => state.tries > 3);
  t.same(took, []);
  t.ok((await readdir(folder)).length === 1 && journal.backlog.spoolBytes > 60_000);
  state.away = false;
  await journal.written(call);
  t.same(took, expected);
  await until(async () => (await readdir(folder)).length === 0);
  journal.event(call, 'afterwards', 'bridge');
  await journal.written(call);
  t.equal(took.at(-1), 'afterwards');
  t.same(await readdir(folder), [], 'and the disk is not needed any more');
});

test('a store that hangs is treated like one that is away, and what hangs is never overtaken', async t => {
  const took: string[] = [];
  let release: () => void = () => undefined;
  const hanging = new Promise<void>(resolve => {
    release = resolve;
  });
  let first = true;
  const { journal, spool } = await startJournal(t, {
    writer: {
      async write(batch) {
        if (first) {
          first = false;
          await hanging;
        }
        for (const { turns } of batch.values()) for (const { text } of turns.values()) took.push(text);
      },
    },
  });
  journal.turn(call, 0, turnOf('first'));
  await until(() => spool.bytes > 0);
  journal.turn(call, 0, turnOf('second'));
  await until(() => journal.backlog.memoryBytes === 0);
  t.same(took, []);
  release();
  await journal.written(call);
  t.same([took[0], took.at(-1)], ['first', 'second']);
});

test('what was spooled is sealed where there is a key, and readable where there is none', async t => {
  for (const key of [undefined, new Uint8Array(32).fill(7)]) {
    const { writer, state, took } = switchable();
    state.away = true;
    const { journal, folder, spool } = await startJournal(t, { writer, ...(key ? { key } : {}) });
    journal.turn(call, 0, turnOf('my secret'));
    await until(() => spool.bytes > 0);
    const [name] = await readdir(folder);
    const text = await readFile(join(folder, name!, '000001.jsonl'), 'utf8');
    t.equal(text.includes('my secret'), key === undefined);
    state.away = false;
    await journal.written(call);
    t.same(took, ['0:my secret']);
  }
});

test('what a process left when it was stopped in an outage is written by the next one', async t => {
  const folder = await tempFolder(t);
  const { writer, state } = switchable();
  state.away = true;
  const before = await startJournal(t, { writer, folder });
  before.journal.event(call, 'first', 'bridge', { at: new Date(0) });
  await until(() => before.spool.bytes > 0);
  before.journal.event(call, 'second', 'bridge');
  await before.journal.close();
  t.equal((await readdir(folder)).length, 1);

  const next = switchable();
  const after = await startJournal(t, { writer: next.writer, folder });
  await after.journal.recover();
  after.journal.event(call, 'third', 'bridge');
  await after.journal.written(call);
  t.same(next.took, ['first', 'second', 'third']);
  await until(async () => (await readdir(folder)).length === 0);
});

test('what a dead process left adds to what others wrote since, and replaces nothing', async t => {
  const records = await openRecords(await startTestStore(t));
  const folder = await tempFolder(t);
  const callId = await records.newCall();
  const dead = await startJournal(t, { writer: { write: () => Promise.reject(away()) }, folder });
  dead.journal.turn(callId, 0, turnOf('mine', 100));
  dead.journal.turn(callId, 1, turnOf('also mine', 900));
  dead.journal.note(callId, { conversationId: 'conv_old', engine: 'elevenlabs' });
  await until(() => dead.spool.bytes > 0 && dead.journal.backlog.memoryBytes === 0);
  await dead.journal.close();
  await records.transcripts.writeTurns([{ callId, index: 0, turn: turnOf('theirs', 5_000) }]);
  await records.calls.reserveEvents(callId, 0, { conversationId: 'conv_new' });

  const heir = await startJournal(t, { writer: writerTo(records), folder });
  await heir.journal.recover();
  await until(() => heir.journal.backlog.spoolBytes === 0);
  t.same(await records.textsOf(callId), ['theirs', 'also mine']);
  t.match(await records.eventsOf(callId), [
    { type: 'transcript.turn-recovered', data: { index: 0, turn: { text: 'mine' } } },
  ]);
  t.match(await records.calls.findById(callId), { conversationId: 'conv_new', engine: 'elevenlabs' });
});

test('the last turns of a dead process that come late stand between what was known and what was said since', async t => {
  const records = await openRecords(await startTestStore(t));
  const folder = await tempFolder(t);
  const callId = await records.newCall();
  const said = (text: string, startMs: number) => turnOf(text, startMs);
  await records.transcripts.writeTurns([{ callId, index: 0, turn: said('one', 0) }]);
  const dead = await startJournal(t, { writer: { write: () => Promise.reject(away()) }, folder });
  dead.journal.turn(callId, 1, said('two', 1_000));
  dead.journal.turn(callId, 2, said('three', 2_000));
  await until(() => dead.spool.bytes > 0 && dead.journal.backlog.memoryBytes === 0);
  await dead.journal.close();

  const heir = await startJournal(t, { writer: writerTo(records), folder });
  const log = new TurnLog(callId, heir.journal, 0, { turns: [said('one', 0)], places: 1 });
  log.callerSaid('four', true, 3_000, 3_500);
  await heir.journal.written(callId);
  await heir.journal.recover();
  await until(() => heir.journal.backlog.spoolBytes === 0);
  // It is still being said, and written again.
  log.callerSaid('five', false, 4_000, 4_200);
  log.callerSaid('five at last', true, 4_000, 4_500);
  await heir.journal.written(callId);
  t.same(
    (await records.textsOf(callId)).filter(text => text !== undefined),
    ['one', 'two', 'three', 'four', 'five at last'],
  );
});

test('with neither store nor disk, memory is bounded: turns outlast events, the oldest events are kept, and all is counted', async t => {
  const { writer, took, state } = switchable();
  state.away = true;
  const full = {
    bytes: 0,
    append: () => Promise.reject(Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })),
    oldest: async () => null,
    adopt: async () => undefined,
    close: async () => undefined,
  };
  const { journal, lost } = await startJournal(t, { writer, spool: full, limits: { memoryBytes: 40_000 } });
  for (let number = 0; number < 1_000; number += 1) journal.event(call, `event-${number}`, 'bridge');
  journal.turn(call, 0, turnOf('still heard'));
  t.ok(journal.backlog.memoryBytes < 41_000);
  t.ok(lost.event > 500, `${lost.event} events found no room`);
  t.equal(lost.turn, 0);
  await until(() => state.tries > 2);
  state.away = false;
  await journal.written(call);
  t.equal(took.length, 1_000 - lost.event + 1);
  t.same(took.slice(0, 2), ['event-0', 'event-1']);
  t.ok(took.includes('0:still heard'));
  journal.event(call, 'room again', 'bridge');
  await journal.written(call);
  t.equal(took.at(-1), 'room again');
});

test('what the store refuses for what it is stands in nobody’s way', async t => {
  const records = await openRecords(await startTestStore(t));
  // A slow machine must not send it all by way of the disk, where what is refused is refused once more.
  const { journal, lost } = await startJournal(t, { writer: writerTo(records), limits: { patienceMs: 60_000 } });
  const callId = await records.newCall();
  const nobody = new Types.ObjectId().toHexString();
  journal.note(callId, { noSuchField: 1 });
  journal.event(nobody, 'whose', 'bridge');
  journal.event('not an id', 'whose', 'bridge');
  journal.turn(callId, -1, turnOf('nowhere'));
  journal.turn(callId, 0, turnOf('here'));
  journal.event(callId, 'fine', 'bridge');
  await journal.written(callId);
  t.same(await records.textsOf(callId), ['here']);
  t.match(await records.eventsOf(callId), [{ seq: 1, type: 'fine' }]);
  t.same(lost, { event: 2, turn: 1, note: 1 });
});

test('data of strangers is made storable, and a copy of it is kept', async t => {
  const records = await openRecords(await startTestStore(t));
  const { journal } = await startJournal(t, { writer: writerTo(records) });
  const callId = await records.newCall();
  const circle: Record<string, unknown> = {};
  circle['again'] = circle;
  const data = {
    $where: 'x',
    'a.b': 1,
    ['__proto__x']: 2,
    constructor: { prototype: 3 },
    long: 'y'.repeat(20_000),
    circle,
    when: new Date(5),
    nothing: undefined,
    infinite: Number.POSITIVE_INFINITY,
    list: Array.from({ length: 5_000 }, (_, index) => index),
  };
  journal.event(callId, 'hostile', 'agent', data);
  data.long = 'changed';
  await journal.written(callId);
  const [event] = await records.eventsOf(callId);
  t.match(event?.data, { _$where: 'x', a_b: 1, _constructor: { _prototype: 3 }, when: new Date(5) });
  t.equal((event!.data['long'] as string).length, 8_001);
  t.equal((event!.data['list'] as unknown[]).length, 200);
});

test('closing writes what is left', async t => {
  const { writer, took } = switchable();
  const { journal } = await startJournal(t, { writer, limits: { flushMs: 10_000 } });
  journal.event(call, 'last word', 'bridge');
  await journal.close();
  t.same(took, ['last word']);
  journal.event(call, 'too late', 'bridge');
});
