import t from 'tap';
import type { ListQuery } from '../../src/store/list-page.ts';
import { ParcelRepository } from '../helpers/sample-repository.ts';
import { startTestStore } from '../helpers/store.ts';

type Filter = NonNullable<ListQuery['filter']>;

/** All codes of a list, page by page, running `between` after each page. */
async function walk(parcels: ParcelRepository, query: ListQuery, between?: (page: number) => Promise<unknown>) {
  const codes: string[] = [];
  let cursor: string | undefined;
  for (let page = 1; ; page += 1) {
    const { items, nextCursor } = await parcels.list({ ...query, ...(cursor ? { cursor } : {}) });
    codes.push(...items.map(({ code }) => code));
    if (nextCursor === null) return codes;
    t.equal(items.length, query.limit ?? 50, 'only the last page is short');
    cursor = nextCursor;
    await between?.(page);
  }
}

t.test('pages put together are the whole list, whatever the sort, its ties and its gaps', async t => {
  let clock = 0;
  const parcels = new ParcelRepository(
    await startTestStore(t, { now: () => new Date(Math.floor(clock++ / 7) * 1_000) }),
  );
  const receivers = ['Ann', 'Ann', 'Bob', null, undefined, 'Zoë', 'ann', 'Ann'];
  for (let index = 0; index < 103; index += 1) {
    const receiver = receivers[index % receivers.length];
    await parcels.create({
      code: `P${index}`,
      ...(receiver === undefined ? {} : { receiver }),
      state: index % 2 ? 'moving' : 'waiting',
    });
  }
  for (const sort of ['createdAt', '-createdAt', 'receiver', '-receiver']) {
    const [whole] = [(await parcels.list({ sort, limit: 200 })).items.map(({ code }) => code)];
    t.equal(whole.length, 103);
    for (const limit of [1, 7, 50, 103]) t.same(await walk(parcels, { sort, limit }), whole, `${sort} by ${limit}`);
    const reverse = sort.startsWith('-') ? sort.slice(1) : `-${sort}`;
    t.same(await walk(parcels, { sort: reverse, limit: 13 }), [...whole].reverse(), `${reverse} is the reverse`);
  }
  const waiting = await walk(parcels, { filter: { state: 'waiting' }, limit: 10 });
  t.equal(waiting.length, 52);
  const range = { createdAt: { from: new Date(3_000).toISOString(), to: new Date(6_000) } };
  t.equal((await walk(parcels, { filter: range, limit: 4 })).length, 21, 'a range and a cursor on one field both hold');
  t.equal((await walk(parcels, { filter: { receiver: { prefix: 'An' } }, sort: 'receiver', limit: 4 })).length, 38);
});

t.test('documents that come and go in between neither shift nor double the others', async t => {
  let clock = 0;
  const parcels = new ParcelRepository(await startTestStore(t, { now: () => new Date(clock++) }));
  for (let index = 0; index < 40; index += 1) await parcels.create({ code: `P${index}` });
  const seen = await walk(parcels, { limit: 5 }, async page => {
    await parcels.create({ code: `new ${page}` }); // newer: before the pages that were read
    const last = await parcels.findByCode(`P${page}`); // deep in the list, not read yet
    if (last) await parcels.remove(last._id);
  });
  t.equal(new Set(seen).size, seen.length, 'none twice');
  const stayed = Array.from({ length: 31 }, (_, index) => `P${39 - index}`);
  t.same(seen.slice(0, 31), stayed, 'all that stayed, in order');
});

t.test('lists leave long fields in the store, and the API form is cut down to what was asked for', async t => {
  const parcels = new ParcelRepository(await startTestStore(t));
  await parcels.create({ code: 'A', history: [{ at: new Date(), what: 'packed' }] });
  const { items } = await parcels.list();
  t.notOk('history' in items[0]!);
  const full = await parcels.listForApi();
  t.same(Object.keys(full.items[0]!), ['id', 'code', 'state', 'weight', 'createdAt']);
  t.same((await parcels.listForApi({ fields: ['code', 'state'] })).items, [{ code: 'A', state: 'waiting' }]);
  await t.rejects(parcels.listForApi({ fields: ['code', 'password'] }), { message: /^fields: / });
  await t.rejects(parcels.listForApi({ fields: ['__proto__'] }), { message: /^fields: / });
});

t.test('nothing a client can write into a list query reaches the store as an operator', async t => {
  const parcels = new ParcelRepository(await startTestStore(t));
  await parcels.create({ code: 'A', weight: 1 });
  const hostile: unknown[] = [
    { $gt: '' },
    { $ne: null },
    { $where: 'true' },
    { $regex: '.*' },
    { $in: ['waiting'] },
    ['waiting'],
    [],
    {},
    null,
    JSON.parse('{"__proto__":{"x":1}}'),
    { in: { $gt: '' } },
    { in: [{ $gt: '' }] },
    { from: { $gt: '' } },
    { from: [] },
    { prefix: { $gt: '' } },
    () => 'x',
    Symbol('x'),
  ];
  for (const value of hostile) {
    for (const field of ['state', 'weight', 'receiver', 'createdAt']) {
      await t.rejects(
        parcels.list({ filter: { [field]: value } }),
        { code: 'VALIDATION_FAILED', message: new RegExp(`^${field}`) },
        `${field}: ${String(JSON.stringify(value))}`,
      );
    }
    await t.rejects(parcels.list({ sort: value as string }), { code: 'VALIDATION_FAILED' });
    await t.rejects(parcels.list({ cursor: value as string }), { code: 'CURSOR_INVALID' });
    await t.rejects(parcels.list({ limit: value as number }), { code: 'VALIDATION_FAILED' });
    await t.rejects(parcels.listForApi({ fields: value as string[] }), { code: 'VALIDATION_FAILED' });
  }
  for (const filter of [
    { $or: [{}] },
    { $where: 'true' },
    { 'lease.owner': '' },
    { deletedAt: null },
    { _id: '1' },
    JSON.parse('{"__proto__":"x"}'),
    { constructor: 'x' },
  ] as Filter[]) {
    await t.rejects(parcels.list({ filter }), { code: 'VALIDATION_FAILED' }, JSON.stringify(filter));
  }
});
