import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'tap';
import { filesOf, fill, numbered, openTestStore, readBack } from './store-fixture.ts';

const secret = { _id: 1, name: 'a name nobody may read on the disk' };

test('with a key nothing readable reaches the disk, and the data comes back with that key alone', async t => {
  const dir = t.testdir();
  const key = randomBytes(32);
  await fill(dir, [secret], { keys: [key] });
  const store = await openTestStore(dir, { keys: [key] });
  await store.compact();
  store.catalog.require('shop', 'things').insert({ ...secret, _id: 2 });
  await store.durable();
  await store.close();
  for (const file of filesOf(dir, '')) t.notOk(readFileSync(file).includes('nobody may read'), file);
  t.equal((await readBack(dir, { keys: [key] })).length, 2);
  await t.rejects(readBack(dir), {
    message: /sealed with the encryption key [0-9a-f]{16}, but no encryption key is given/,
  });
  await t.rejects(readBack(dir, { keys: [randomBytes(32)] }), { message: /which is not among the 1 given/ });
});

test('keys rotate: the first one writes, and after one start the old one is not needed any more', async t => {
  const dir = t.testdir();
  const [old, fresh] = [randomBytes(32), randomBytes(32)];
  await fill(dir, numbered(3), { keys: [old] });
  t.same(await readBack(dir, { keys: [fresh, old] }), numbered(3));
  t.same(await readBack(dir, { keys: [fresh] }), numbered(3));
  await t.rejects(readBack(dir, { keys: [old] }), { message: /not among the 1 given/ });
});

test('an open store becomes sealed at the first start with a key', async t => {
  const dir = t.testdir();
  await fill(dir, [secret]);
  t.ok(filesOf(dir, '').some(file => readFileSync(file).includes('nobody may read')));
  t.same(await readBack(dir, { keys: [randomBytes(32)] }), [secret]);
  t.notOk(filesOf(dir, '').some(file => readFileSync(file).includes('nobody may read')));
});
