import { Registry } from 'prom-client';
import t from 'tap';
import { ParcelRepository } from '../helpers/sample-repository.ts';
import { realMongo, startTestStore, type TestStore } from '../helpers/store.ts';

// A real server obeys fail points only when it was started for tests.
const skip = realMongo ? 'fail points need the embedded store' : false;

/** The next commands of this name fail in the given way, as often as said. */
async function fail(store: TestStore, command: string, times: number, how: Record<string, unknown>): Promise<void> {
  await store.connection
    .getClient()
    .db('admin')
    .command({ configureFailPoint: 'failCommand', mode: { times }, data: { failCommands: [command], ...how } });
}

async function retries(registry: Registry): Promise<Record<string, number>> {
  const { values } = await registry.getSingleMetric('parley_store_retries_total')!.get();
  return Object.fromEntries(values.map(({ labels, value }) => [String(labels['verb']), value]));
}

t.test('transient errors', { skip }, async t => {
  const registry = new Registry();
  const store = await startTestStore(t, { registry });
  const parcels = new ParcelRepository(store);
  await parcels.ensureIndexes();
  const { _id } = await parcels.create({ code: 'A1', weight: 1 });

  t.test('a read whose connection breaks is made again, and counted', async t => {
    await fail(store, 'find', 2, { closeConnection: true }); // the driver itself tries one more time
    t.match(await parcels.findByCode('A1'), { code: 'A1' });
    await fail(store, 'aggregate', 3, { errorCode: 11600 });
    t.equal(await parcels.countInStates(['waiting']), 1);
    const counted = await retries(registry);
    t.ok((counted['inStates'] ?? 0) >= 1, JSON.stringify(counted));
  });

  t.test('a change the server did not make is made again, once', async t => {
    await fail(store, 'findAndModify', 2, { errorCode: 112 });
    t.match(await parcels.changeById(_id, { $inc: { weight: 1 } }), { weight: 2, version: 2 });
  });

  t.test('a change whose answer was lost is not made a second time', async t => {
    await fail(store, 'findAndModify', 1, { closeConnection: true });
    await t.rejects(parcels.changeById(_id, { $inc: { weight: 1 } }), { code: 'STORE_UNAVAILABLE' });
    t.match(await parcels.findById(_id), { weight: 2 });
  });

  t.test('a new document whose answer was lost is written once', async t => {
    await fail(store, 'insert', 1, { closeConnection: true });
    const created = await parcels.create({ code: 'B1' });
    t.match(await parcels.findByCode('B1'), { _id: created._id });
    t.equal(await store.connection.collection('parcels').countDocuments({ code: 'B1' }), 1);
  });

  t.test('an error that stays is told in our words', async t => {
    await fail(store, 'find', 50, { errorCode: 11600 });
    const error = await parcels.findByCode('A1').catch((error: unknown) => error as Error);
    await fail(store, 'find', 0, {});
    t.match(error, {
      code: 'STORE_UNAVAILABLE',
      message: 'The store cannot be reached at the moment; try again shortly',
    });
    await fail(store, 'find', 1, { errorCode: 2 });
    await t.rejects(parcels.findByCode('A1'), {
      code: 'INTERNAL',
      message: 'The store refused an operation on parcels',
    });
  });
});
