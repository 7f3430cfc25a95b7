import { Types } from 'mongoose';
import t from 'tap';
import { each } from '../../src/store/update.ts';
import { ParcelRepository } from '../helpers/sample-repository.ts';
import { startTestStore } from '../helpers/store.ts';

const unknownId = new Types.ObjectId().toHexString();

t.test('a document is written with its common fields and read back', async t => {
  const now = new Date('2026-03-01T10:00:00Z');
  const parcels = new ParcelRepository(await startTestStore(t, { now: () => now }));
  const created = await parcels.create({ code: 'A1', weight: 2.5, note: { colour: 'red' } });
  t.match(created, {
    code: 'A1',
    state: 'waiting',
    weight: 2.5,
    version: 1,
    schemaVersion: 1,
    createdAt: now,
    updatedAt: now,
  });
  t.same(await parcels.findById(created._id), created);
  t.same(await parcels.findById(created._id.toHexString()), created);
  t.same(await parcels.findByCode('A1'), created);
  t.equal(await parcels.findById(unknownId), null);
  t.equal(await parcels.findById('no id at all'), null);
  t.same(parcels.toApi(created), {
    id: created._id.toHexString(),
    code: 'A1',
    state: 'waiting',
    weight: 2.5,
    createdAt: now.toISOString(),
  });
});

t.test('what the schema does not allow is refused by field, in our words, without the value', async t => {
  const parcels = new ParcelRepository(await startTestStore(t));
  const cases: [fields: Record<string, unknown>, message: RegExp][] = [
    [{}, /^code: is required$/],
    [{ code: 'x'.repeat(41) }, /^code: must have at most 40 characters$/],
    [{ code: 'A', state: 'lost' }, /^state: must be one of waiting, moving, delivered$/],
    [{ code: 'A', weight: -1 }, /^weight: must be at least 0$/],
    [{ code: 'A', weight: 'heavy' }, /^weight: must be a number$/],
    [{ code: { $gt: '' } }, /^code: has a field name that cannot be used/],
    [{ code: ['A'] }, /^code: must be a text$/],
    [{ code: 'A', colour: 'red' }, /^colour: is not a known field$/],
    [{ code: 'A', note: { $where: '1' } }, /^note: has a field name that cannot be used/],
    [{ code: 'A', note: { deep: [{ 'a.b': 1 }] } }, /^note\.deep\[0\]: /],
    [{ code: 'A', note: JSON.parse('{"__proto__": {"x": 1}}') }, /^note: /],
    [{ code: 'A', note: { constructor: { prototype: {} } } }, /^note: /],
  ];
  for (const [fields, message] of cases) {
    await t.rejects(
      parcels.create(fields as never),
      { code: 'VALIDATION_FAILED', message },
      JSON.stringify(fields).slice(0, 60),
    );
  }
});

t.test('a taken unique value is a conflict that names the field', async t => {
  const parcels = new ParcelRepository(await startTestStore(t));
  await parcels.ensureIndexes();
  await parcels.create({ code: 'A1' });
  await t.rejects(parcels.create({ code: 'A1' }), {
    code: 'DUPLICATE',
    details: [{ field: 'code', problem: 'is already taken' }],
  });
});

t.test('changes count the version, and one with a version happens only on that version', async t => {
  const parcels = new ParcelRepository(await startTestStore(t));
  const { _id } = await parcels.create({ code: 'A1' });
  const second = await parcels.patch(_id, { weight: 3 }, { version: 1 });
  t.match(second, { weight: 3, version: 2 });
  await t.rejects(parcels.patch(_id, { weight: 4 }, { version: 1 }), { code: 'VERSION_CONFLICT' });
  t.match(await parcels.patch(_id, { weight: 5 }), { weight: 5, version: 3 }, 'without a version the last one wins');
  await t.rejects(parcels.patch(unknownId, { weight: 1 }), { code: 'NOT_FOUND' });
  await t.rejects(parcels.patch(unknownId, { weight: 1 }, { version: 1 }), { code: 'NOT_FOUND' });
  const writers = Array.from({ length: 20 }, (_, index) => parcels.patch(_id, { weight: index }, { version: 3 }));
  const outcomes = await Promise.allSettled(writers);
  t.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1, 'of many writers one wins');
});

t.test('a patch may change only what is open to change', async t => {
  const parcels = new ParcelRepository(await startTestStore(t));
  const { _id } = await parcels.create({ code: 'A1' });
  for (const field of [
    '_id',
    'code',
    'version',
    'schemaVersion',
    'createdAt',
    'updatedAt',
    '$set',
    'note.x',
    'unknown',
    'weight.$gt',
  ]) {
    await t.rejects(
      parcels.patch(_id, { [field]: 1 }),
      { code: 'VALIDATION_FAILED', message: new RegExp(`^${field.replace(/[$.]/g, '\\$&')}: `) },
      field,
    );
  }
  await t.rejects(parcels.patch(_id, { weight: { $inc: 1 } as never }), { message: /^weight: / });
  await t.rejects(parcels.patch(_id, { weight: -1 }), { message: /^weight: must be at least 0/ });
  await t.rejects(parcels.patch(_id, { state: 'lost' as never }), { message: /^state: must be one of/ });
  await t.rejects(parcels.patch(_id, { tags: { $each: ['a'] } as never }), { message: /^tags: / });
  t.match(await parcels.patch(_id, { weight: undefined as never, receiver: 'Ann' }), { receiver: 'Ann', version: 2 });
});

t.test('updates of ours use the operators, also with values from outside', async t => {
  const parcels = new ParcelRepository(await startTestStore(t));
  const { _id } = await parcels.create({ code: 'A1', tags: ['a'], weight: 1 });
  const changed = await parcels.changeById(_id, {
    $inc: { weight: 2 },
    $addToSet: { tags: each(['a', 'b']) },
    $push: {
      history: each(
        [
          { at: new Date(0), what: 'packed' },
          { at: new Date(1), what: 'sent' },
        ],
        { keepLast: 1 },
      ),
    },
  });
  t.match(changed, { weight: 3, tags: ['a', 'b'], history: [{ what: 'sent' }] });
  await t.rejects(parcels.changeById(_id, { $push: { tags: { $each: ['x'], $slice: 0 } } }), { message: /^tags: / });
  await t.rejects(parcels.changeById(_id, { $set: { version: 7 } }), { message: /^version: / });
});

t.test('a state moves once, from where it may', async t => {
  const parcels = new ParcelRepository(await startTestStore(t));
  const { _id } = await parcels.create({ code: 'A1' });
  const moves = await Promise.all(
    Array.from({ length: 10 }, () => parcels.moveState(_id, 'waiting', 'moving', { $set: { weight: 9 } })),
  );
  t.equal(moves.filter(Boolean).length, 1);
  t.match(moves.find(Boolean), { state: 'moving', weight: 9, version: 2 });
  t.match(await parcels.moveState(_id, ['waiting', 'moving'], 'delivered'), { state: 'delivered' });
  t.equal(await parcels.moveState(_id, ['waiting', 'moving'], 'delivered'), null, 'a late event changes nothing');
});

t.test('a soft-deleted document is gone for every finder until it is restored', async t => {
  const parcels = new ParcelRepository(await startTestStore(t), { cacheTtlMs: 60_000 });
  const { _id } = await parcels.create({ code: 'A1' });
  await parcels.findById(_id);
  t.equal(await parcels.remove(_id), true);
  t.equal(await parcels.remove(_id), false, 'a second time there is nothing to remove');
  t.equal(await parcels.findById(_id), null);
  t.equal(await parcels.findByCode('A1'), null);
  t.equal((await parcels.list()).items.length, 0);
  t.equal(await parcels.countInStates(['waiting']), 0);
  await t.rejects(parcels.patch(_id, { weight: 1 }), { code: 'NOT_FOUND' });
  t.match(await parcels.restore(_id), { code: 'A1', deletedAt: null });
  t.match(await parcels.findById(_id), { code: 'A1' });
  t.equal(await parcels.restore(_id), null);
});

t.test('an upsert makes one document, however many try at once', async t => {
  const parcels = new ParcelRepository(await startTestStore(t));
  await parcels.ensureIndexes();
  const results = await Promise.all(
    Array.from({ length: 20 }, () => parcels.upsertByCode('A1', { $inc: { weight: 1 } })),
  );
  t.equal(results.filter(({ created }) => created).length, 1);
  t.equal(new Set(results.map(({ document }) => document._id.toHexString())).size, 1);
  t.match(await parcels.findByCode('A1'), {
    code: 'A1',
    weight: 20,
    version: 20,
    state: 'waiting',
    schemaVersion: 1,
    tags: [],
    lease: { owner: '' },
  });
});

t.test('many documents at once: each refused one is named by its place', async t => {
  const parcels = new ParcelRepository(await startTestStore(t));
  await parcels.ensureIndexes();
  await parcels.create({ code: 'B' });
  const items = [{ code: 'A' }, { code: 'B' }, { code: 'C', weight: -1 }, { code: 'D' }, { code: 'D' }, { code: 'E' }];
  const report = await parcels.createMany(items);
  t.equal(report.written, 3);
  t.match(report.errors, [
    { index: 1, code: 'DUPLICATE' },
    { index: 2, code: 'VALIDATION_FAILED', message: 'weight: must be at least 0' },
    { index: 4, code: 'DUPLICATE' },
  ]);
  t.ok(await parcels.findByCode('E'));
  const ordered = await parcels.createMany([{ code: 'F' }, { code: 'A' }, { code: 'G' }], { ordered: true });
  t.match(ordered, { written: 1, errors: [{ index: 1, code: 'DUPLICATE' }] });
  t.equal(await parcels.findByCode('G'), null, 'ordered stops at the first');
  t.same(await parcels.createMany([]), { written: 0, errors: [] });
});

t.test('named queries change, count, walk and remove their matches', async t => {
  const parcels = new ParcelRepository(await startTestStore(t));
  await parcels.createMany(
    Array.from(
      { length: 1_200 },
      (_, index) => ({ code: `P${index}`, state: index % 3 === 0 ? 'moving' : 'waiting' }) as const,
    ),
  );
  t.equal(await parcels.countInStates(['moving']), 400);
  t.equal((await parcels.findInStates(['waiting', 'moving'])).length, 200, 'a find is bounded by one page');
  let walked = 0;
  for await (const { state } of parcels.allInStates(['waiting'])) walked += state === 'waiting' ? 1 : 0;
  t.equal(walked, 800);
  t.equal(await parcels.changeInStates(['moving'], { $set: { weight: 7 } }), 400);
  t.match(await parcels.changeByCode('P0', { $inc: { weight: 1 } }), { weight: 8, version: 3 });
  t.equal(await parcels.changeByCode('nobody', { $inc: { weight: 1 } }), null);
  t.equal(await parcels.removeInStates(['moving']), 400);
  t.equal(await parcels.countInStates(['moving']), 0);
  t.equal(await parcels.findInStates([]).then(list => list.length), 0);
});

t.test('a declared aggregation answers in the store', async t => {
  const parcels = new ParcelRepository(await startTestStore(t));
  await parcels.createMany([
    { code: 'A', weight: 1.5 },
    { code: 'B', weight: 2 },
    { code: 'C', weight: 7, state: 'moving' },
    { code: 'D', weight: 9, state: 'delivered' },
  ]);
  t.same(await parcels.weightByState(['waiting', 'moving']), [
    { _id: 'moving', weight: 7 },
    { _id: 'waiting', weight: 3.5 },
  ]);
});
