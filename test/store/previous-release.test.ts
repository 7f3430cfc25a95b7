import t from 'tap';
import type { Migration } from '../../src/store/migration.ts';
import { migrate } from '../../src/store/migrations.ts';
import { ParcelRepository } from '../helpers/sample-repository.ts';
import { silent, startTestStore } from '../helpers/store.ts';

/** What the next release does to parcels: a new field, a list that got objects, and documents of a newer shape. */
const nextRelease: Migration = {
  number: 1,
  name: 'parcels-have-a-size',
  up: async ({ step, backfill }) => {
    await step('index', async db => {
      await db.collection('parcels').createIndex({ 'size.class': 1 });
    });
    await backfill('size', {
      collection: 'parcels',
      filter: { schemaVersion: 1 },
      change: ({ weight }) => ({ $set: { size: { class: weight > 2 ? 'large' : 'small' }, schemaVersion: 2 } }),
    });
  },
};

t.test('the previous release keeps working on migrated data and leaves alone what it does not know', async t => {
  const store = await startTestStore(t);
  const parcels = new ParcelRepository(store, { cacheTtlMs: 60_000 });
  await parcels.ensureIndexes();
  const old = await parcels.create({ code: 'old', weight: 3, dueAt: new Date(0) });
  await migrate({ db: store.link.database, migrations: [nextRelease], logger: silent });
  const raw = store.link.database.collection('parcels');
  const { _id: insertedId, ...born } = { ...(await raw.findOne({ _id: old._id })), code: 'new', weight: 1 } as Record<
    string,
    unknown
  >;
  await raw.insertOne(born as never);

  const both = await parcels.list({ sort: 'createdAt' });
  t.same(
    both.items.map(({ code, schemaVersion }) => [code, schemaVersion]),
    [
      ['old', 2],
      ['new', 2],
    ],
  );
  t.same(Object.keys(parcels.toApi(both.items[1]!)), ['id', 'code', 'state', 'weight', 'createdAt']);

  const newer = (await parcels.findByCode('new'))!;
  const { version } = await parcels.patch(newer._id, { weight: 9 }, { version: newer.version });
  t.equal(version, newer.version + 1);
  await parcels.moveState(old._id, 'waiting', 'moving');
  await parcels.upsertByCode('old', { $inc: { weight: 1 } });
  await parcels.claimDue({ owner: 'anna', now: new Date(), leaseMs: 1_000 });
  await parcels.remove(old._id);
  await parcels.restore(old._id);
  for (const code of ['old', 'new']) {
    t.match(await raw.findOne({ code }), { schemaVersion: 2, size: { class: 'large' } }, `${code} kept its new fields`);
  }

  const written = await parcels.create({ code: 'written by the old one', weight: 1 });
  t.equal(written.schemaVersion, 1, 'it says which shape it has, for the release that reads it next');
  const report = await parcels.ensureIndexes();
  t.match(report, { undeclared: ['size.class_1'] });
  t.ok(
    (await raw.indexes()).some(({ name }) => name === 'size.class_1'),
    'and its indexes stay',
  );
  t.ok(insertedId);
});
