import { test } from 'tap';
import type { StoreEvent } from '../../src/messages.ts';
import { type OpenFile, openRealFile } from '../../src/storage/store-files.ts';
import { filesOf, openTestStore, readBack } from './store-fixture.ts';

/** Real files on a disk with room for so many bytes. */
function smallDisk(room: number, full = (_path: string) => true): OpenFile {
  let left = room;
  return async (path, flags) => {
    const file = await openRealFile(path, flags);
    if (!full(path)) return file;
    return {
      async write(bytes) {
        const fits = bytes.subarray(0, left);
        left -= fits.length;
        if (fits.length === 0)
          throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
        return file.write(fits);
      },
      datasync: () => file.datasync(),
      sync: () => file.sync(),
      close: () => file.close(),
    };
  };
}

test('a full disk fails the write and every later one, and loses nothing acknowledged', async t => {
  const dir = t.testdir();
  const events: StoreEvent[] = [];
  const store = await openTestStore(dir, { openFile: smallDisk(20_000), events });
  const acknowledged: number[] = [];
  let failure: unknown;
  for (let _id = 0; !failure; _id++) {
    store.catalog.ensure('shop', 'things').insert({ _id, text: 'x'.repeat(500) });
    await store.durable().then(
      () => acknowledged.push(_id),
      error => {
        failure = error;
      },
    );
  }
  t.match(failure, { code: 14031, codeName: 'OutOfDiskSpace', message: /ENOSPC.*until the store is restarted/ });
  t.throws(() => store.assertWritable(), { code: 14031 });
  await t.rejects(store.durable(), { code: 14031 });
  t.match(store.stats(), { writable: false, writeError: /ENOSPC/ });
  t.match(events, [{ level: 'error', code: 'JOURNAL_FAILED' }]);
  await store.close();

  const found = (await readBack(dir)).map(document => document['_id']);
  t.ok(acknowledged.length > 10);
  t.same(found, acknowledged);
});

test('a snapshot that does not fit is given up, and everything stays as it was', async t => {
  const dir = t.testdir();
  const events: StoreEvent[] = [];
  const store = await openTestStore(dir, { openFile: smallDisk(5_000, path => path.endsWith('.tmp')), events });
  for (let _id = 0; _id < 20; _id++) store.catalog.ensure('shop', 'things').insert({ _id, text: 'x'.repeat(600) });
  await store.compact();
  t.match(events, [{ level: 'warn', code: 'SNAPSHOT_FAILED' }]);
  t.same(filesOf(dir, 'snapshot'), []);
  t.equal(store.stats().writable, true);
  store.catalog.require('shop', 'things').insert({ _id: 'last' });
  await store.durable();
  await store.close();
  t.equal((await readBack(dir)).length, 21);
});
