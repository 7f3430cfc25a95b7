import t from 'tap';
import { ParcelRepository } from '../helpers/sample-repository.ts';
import { startTestStore } from '../helpers/store.ts';

const start = new Date('2026-03-01T10:00:00Z');
const after = (ms: number) => new Date(start.getTime() + ms);
const terms = (owner: string, now = start) => ({ owner, now, leaseMs: 15_000 });

t.test('many claimers at once: every document goes to exactly one, the most urgent first', async t => {
  const store = await startTestStore(t);
  const parcels = new ParcelRepository(store);
  await parcels.ensureIndexes();
  await parcels.createMany(
    Array.from({ length: 60 }, (_, index) => ({ code: `P${index}`, dueAt: after(index - 100) })),
  );
  await parcels.create({ code: 'later', dueAt: after(60_000) });
  const claimed = await Promise.all(
    Array.from({ length: 80 }, (_, index) => parcels.claimDue(terms(`worker ${index}`))),
  );
  const codes = claimed.flatMap(parcel => (parcel ? [parcel.code] : []));
  t.equal(codes.length, 60);
  t.equal(new Set(codes).size, 60);
  const next = new ParcelRepository(await startTestStore(t));
  await next.createMany([
    { code: 'second', dueAt: after(-1) },
    { code: 'first', dueAt: after(-2) },
  ]);
  t.match(await next.claimDue(terms('anna')), {
    code: 'first',
    lease: { owner: 'anna', until: after(15_000), fence: 1 },
  });
});

t.test('a lease can be renewed by its owner, until it ran out', async t => {
  const parcels = new ParcelRepository(await startTestStore(t));
  await parcels.create({ code: 'A', dueAt: start });
  const { _id, version } = (await parcels.claimDue(terms('anna')))!;
  t.equal(await parcels.claimDue(terms('bob', after(14_999))), null, 'held');
  t.equal(await parcels.renew(_id, 'anna', after(10_000), 15_000), true);
  t.equal(await parcels.renew(_id, 'bob', after(10_000), 15_000), false);
  t.equal((await parcels.findById(_id))?.version, version, 'renewing is no change of the document');
  t.equal(await parcels.claimDue(terms('bob', after(24_999))), null, 'held on');
  t.equal(await parcels.renew(_id, 'anna', after(25_000), 15_000), false, 'too late');
  const taken = await parcels.claimDue(terms('bob', after(25_000)));
  t.match(taken, { lease: { owner: 'bob', fence: 2 } }, 'the fence tells the second claim from the first');
  t.equal(await parcels.renew(_id, 'anna', after(25_001), 15_000), false);
  t.equal(
    await parcels.release(_id, 'anna', after(25_001), { $set: { state: 'delivered' } }),
    null,
    'a former owner changes nothing',
  );
  t.match(await parcels.findById(_id), { state: 'waiting', lease: { owner: 'bob' } });
});

t.test('releasing gives the document back with a last change', async t => {
  const parcels = new ParcelRepository(await startTestStore(t));
  await parcels.create({ code: 'A', dueAt: start });
  const { _id } = (await parcels.claimDue({
    ...terms('anna'),
    update: { $inc: { weight: 1 }, $set: { receiver: 'Zoë' } },
  }))!;
  t.match(await parcels.findById(_id), { weight: 1, receiver: 'Zoë' }, 'claim and change are one write');
  t.match(await parcels.release(_id, 'anna', after(1), { $set: { weight: 5 } }), { weight: 5, lease: { owner: '' } });
  t.match(await parcels.claimDue(terms('bob', after(2))), { code: 'A', lease: { owner: 'bob' } });
});

t.test('a claim needs an owner', async t => {
  const parcels = new ParcelRepository(await startTestStore(t));
  await t.rejects(parcels.claimDue(terms('')), { message: /^owner: / });
});
