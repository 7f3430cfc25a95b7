import { readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Double, Long } from 'bson';
import { test } from 'tap';
import { encodeDocument } from '../../src/bson/encode.ts';
import { parseIndexSpec } from '../../src/index/index-spec.ts';
import type { StoreEvent } from '../../src/messages.ts';
import { filesOf, fill, numbered, openTestStore, readBack } from './store-fixture.ts';

test('everything stored, changed and removed is there after a restart, with its types', async t => {
  const dir = t.testdir();
  const store = await openTestStore(dir);
  const things = store.catalog.ensure('shop', 'things');
  const first = things.insert({ _id: 1, whole: new Double(5), long: Long.fromNumber(2 ** 40) });
  const second = things.insert({ _id: 2 });
  things.insert({ _id: 3 });
  things.replace(first, { ...first.document, name: 'one' });
  things.remove(second);
  things.createIndex(parseIndexSpec({ key: { name: 1 }, name: 'by name', unique: true, sparse: true }));
  await store.durable();
  await store.close();

  const again = await openTestStore(dir);
  t.teardown(() => again.close());
  const found = again.catalog.require('shop', 'things');
  t.same(
    [...found.records].map(record => record.document),
    [{ _id: 1, whole: new Double(5), long: Long.fromNumber(2 ** 40), name: 'one' }, { _id: 3 }],
  );
  t.same(
    found.specs().map(spec => spec.name),
    ['_id_', 'by name'],
  );
  t.throws(() => found.insert({ _id: 9, name: 'one' }), { code: 11000 });
  t.equal(found.findById(3)?.document['_id'], 3);
});

test('renamed and dropped collections stay renamed and dropped', async t => {
  const dir = t.testdir();
  const store = await openTestStore(dir);
  store.catalog.ensure('shop', 'old').insert({ _id: 1 });
  store.catalog.ensure('shop', 'gone').insert({ _id: 1 });
  store.catalog.rename(store.catalog.require('shop', 'old'), 'new');
  store.catalog.drop(store.catalog.require('shop', 'gone'));
  store.catalog.ensure('shop', 'old').insert({ _id: 2 });
  await store.durable();
  await store.close();
  const again = await openTestStore(dir);
  t.teardown(() => again.close());
  const contents = again.catalog
    .collections('shop')
    .map(each => [each.name, ...Array.from(each.records, record => record.document['_id'])]);
  t.same(contents, [
    ['new', 1],
    ['old', 2],
  ]);
});

test('a commit torn by a crash is removed and reported, whichever of its bytes are missing', async t => {
  const dir = t.testdir();
  await fill(dir, numbered(3));
  const [journal] = filesOf(dir, 'journal-');
  const whole = readFileSync(journal!);
  const sizeBefore = (await sizeOfFirst(t.testdir({}), 2)).length;
  for (let size = whole.length - 1; size > sizeBefore; size -= 7) {
    writeFileSync(journal!, whole.subarray(0, size));
    const events: StoreEvent[] = [];
    t.same(await readBack(dir, { events }), numbered(2), `cut at ${size}`);
    t.match(events, [{ code: 'JOURNAL_TAIL_CUT', message: new RegExp(`offset ${sizeBefore}`) }]);
    t.equal(statSync(journal!).size, sizeBefore);
  }
});

async function sizeOfFirst(dir: string, count: number): Promise<Buffer> {
  await fill(dir, numbered(count));
  return readFileSync(filesOf(dir, 'journal-')[0]!);
}

test('after a torn end was removed, writing goes on behind what was kept', async t => {
  const dir = t.testdir();
  await fill(dir, numbered(3));
  const [journal] = filesOf(dir, 'journal-');
  truncateSync(journal!, statSync(journal!).size - 5);
  await fill(dir, numbered(2, 10));
  t.same(await readBack(dir), [...numbered(2), ...numbered(2, 10)]);
});

test('a flipped bit anywhere before the last commit is refused by file and offset', async t => {
  const dir = t.testdir();
  await fill(dir, numbered(3));
  const [journal] = filesOf(dir, 'journal-');
  const whole = readFileSync(journal!);
  const lastCommit = (await sizeOfFirst(t.testdir({}), 2)).length;
  for (let at = 0; at < lastCommit; at += 3) {
    const flipped = Buffer.from(whole);
    flipped[at]! ^= 1 << (at % 8);
    writeFileSync(journal!, flipped);
    const message = (await readBack(dir).catch((error: Error) => error)) as Error;
    t.match(String(message), /journal-000001\.pm (is damaged at offset \d+|is sealed)/, `bit at ${at}`);
    t.equal(statSync(journal!).size, whole.length, 'nothing was cut');
  }
});

test('a snapshot takes over from the journal and is refused when damaged anywhere', async t => {
  const dir = t.testdir();
  const store = await openTestStore(dir);
  for (const document of numbered(500)) store.catalog.ensure('shop', 'things').insert(document);
  await store.compact();
  store.catalog.require('shop', 'things').insert({ _id: 'later' });
  await store.durable();
  await store.close();
  t.same(
    filesOf(dir, '').map(path => path.slice(dir.length + 1)),
    ['journal-000002.pm', 'snapshot-000002.pm'],
  );
  t.same(await readBack(dir), [...numbered(500), { _id: 'later' }]);

  const path = join(dir, 'snapshot-000002.pm');
  const whole = readFileSync(path);
  for (let at = 0; at < whole.length; at += 997) {
    const flipped = Buffer.from(whole);
    flipped[at]! ^= 4;
    writeFileSync(path, flipped);
    await t.rejects(readBack(dir), { message: /snapshot-000002\.pm is (damaged at offset|sealed)/ }, `bit at ${at}`);
  }
  writeFileSync(path, whole.subarray(0, whole.length - 30));
  await t.rejects(readBack(dir), { message: /snapshot-000002\.pm is damaged/ });
});

test('what an interrupted compaction left behind is cleared away', async t => {
  const dir = t.testdir();
  await fill(dir, numbered(5));
  const store = await openTestStore(dir);
  const oldJournal = readFileSync(join(dir, 'journal-000001.pm'));
  await store.compact();
  await store.close();
  writeFileSync(join(dir, 'journal-000001.pm'), oldJournal); // the crash came before it was removed
  writeFileSync(join(dir, 'snapshot-000003.pm.tmp'), 'half');
  t.same(await readBack(dir), numbered(5));
  t.same(filesOf(dir, '').length, 2);
});

test('a missing journal is refused instead of taken for an empty store', async t => {
  const dir = t.testdir();
  const store = await openTestStore(dir);
  store.catalog.ensure('shop', 'things').insert({ _id: 1 });
  await store.compact();
  await store.close();
  const journal = filesOf(dir, 'journal-')[0]!;
  writeFileSync(journal.replace('000002', '000003'), readFileSync(journal));
  await t.rejects(
    (async () => {
      const { unlinkSync } = await import('node:fs');
      unlinkSync(journal);
      await readBack(dir);
    })(),
    { message: /journal-000002\.pm is missing/ },
  );
});

test('of a change the journal holds what changed, and after a restart the document is whole, in its order', async t => {
  const dir = t.testdir();
  const store = await openTestStore(dir);
  const things = store.catalog.ensure('shop', 'things');
  const long = Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`field${at}`, { words: 'x'.repeat(50) }]));
  const kept = things.insert({ _id: 'kept', n: new Double(1), ...long });
  const dated = things.insert({ _id: 'dated', n: new Double(1), ...long });
  await store.durable();
  const before = statSync(filesOf(dir, 'journal-')[0]!).size;
  const changed = (record: typeof kept, fields: object) => things.replace(record, { ...record.document, ...fields });
  changed(kept, { n: 2, added: 'behind the others' });
  changed(dated, { field3: Long.fromNumber(2 ** 40) });
  changed(kept, { n: new Double(3), field0: null });
  await store.durable();
  t.ok(statSync(filesOf(dir, 'journal-')[0]!).size - before < 400, 'three times a few fields of 2 KB');
  const { field7: _, ...without } = kept.document;
  const expected = () => [kept, dated].map(({ document, bytes }) => [Object.entries(document), bytes]);
  const afterChanges = expected();
  await store.close();

  const again = await openTestStore(dir);
  const found = again.catalog.require('shop', 'things');
  const loaded = [...found.records];
  t.same(
    loaded.map(({ document, bytes }) => [Object.entries(document), bytes]),
    afterChanges,
  );
  t.equal(found.dataBytes, things.dataBytes);
  for (const { document, bytes } of loaded) t.equal(bytes, encodeDocument(document).length, 'lengths are exact');
  // What is taken away, or stands in another order, is written whole; a change of that is a few fields again.
  found.replace(loaded[0]!, without);
  found.replace(loaded[0]!, { ...without, field8: 8 });
  const { n, ...rest } = loaded[1]!.document;
  found.replace(loaded[1]!, { ...rest, n });
  await again.compact();
  found.replace(loaded[1]!, { ...rest, n: 'after the snapshot' });
  await again.durable();
  await again.close();
  const third = await openTestStore(dir);
  t.teardown(() => third.close());
  t.same(
    [...third.catalog.require('shop', 'things').records].map(({ document }) => Object.entries(document)),
    [Object.entries({ ...without, field8: 8 }), Object.entries({ ...rest, n: 'after the snapshot' })],
  );
});
