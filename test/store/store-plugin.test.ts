import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { startApp } from '../helpers/app.ts';

t.test('without MONGODB_URI the application brings its own store, sealed when a key is set', async t => {
  const ENCRYPTION_KEY = randomBytes(32).toString('base64');
  const { app, call, signIn } = await startApp(t, { env: { MONGODB_URI: '', ENCRYPTION_KEY } });
  const { store, operations } = app;
  t.equal(store.kind, 'embedded');
  t.match((await call('GET', '/health/ready')).body, { status: 'ready' });
  const report = (await operations.dependencies.check()).find(({ name }) => name === 'store');
  t.match(report, { state: 'up', critical: true });
  t.match(await store.link.database.collection('migrations').findOne({ number: 1 }), { state: 'done' });

  for (const { definition } of store.repositories) {
    const indexes = await store.link.database.collection(definition.collection).indexes();
    t.ok(indexes.length > definition.schema.indexes().length, `${definition.collection} has its indexes`);
  }
  t.ok(await signIn());
  const folder = join(operations.config.DATA_DIR, 'store');
  for (const file of await readdir(folder)) {
    const bytes = await readFile(join(folder, file)).catch(() => Buffer.alloc(0)); // the socket cannot be read
    t.notOk(bytes.includes('passwordHash') || bytes.includes('admin@parley'), `${file} shows nothing`);
  }
  t.match(await call('GET', '/metrics'), { status: 200, body: /parley_store_up 1/ });
});

t.test('a store that went away makes the process unready', async t => {
  const { app, call } = await startApp(t);
  await app.store.link.close();
  t.match(await call('GET', '/health/ready'), { status: 503, body: { status: 'unready' } });
  t.match(await call('GET', '/health'), { status: 200 }, 'and leaves it alive');
});
