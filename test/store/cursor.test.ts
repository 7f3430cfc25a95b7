import { Types } from 'mongoose';
import t from 'tap';
import { decodeCursor, encodeCursor, segmentsBehind } from '../../src/store/cursor.ts';
import { planPage } from '../../src/store/list-page.ts';

const id = new Types.ObjectId('64b000000000000000000001');
const list = 'contacts by createdAt';

t.test('a position survives the way to a client and back, with its types', async t => {
  const values = [new Date('2026-03-01T00:00:00.123Z'), 'Ann “Zoë”', 7.5, true, null, id];
  t.same(decodeCursor(encodeCursor({ values, id }, list), list, values.length), { values, id });
});

t.test('a cursor that was changed, cut, made up or taken from another list is refused by name', async t => {
  const cursor = encodeCursor({ values: [new Date(0)], id }, list);
  const bad: unknown[] = [
    '',
    'abc',
    'ä',
    '../..',
    cursor.slice(0, -4),
    `${cursor}AAAA`,
    null,
    7,
    {},
    ['x'],
    { $gt: '' },
    'A'.repeat(9_000),
  ];
  for (let at = 0; at < cursor.length; at += 1) {
    const other = cursor[at] === 'A' ? 'B' : 'A';
    const changed = cursor.slice(0, at) + other + cursor.slice(at + 1);
    // The last character may hold unused bits: a text that decodes to the same bytes is the same cursor.
    if (!Buffer.from(changed, 'base64url').equals(Buffer.from(cursor, 'base64url'))) bad.push(changed);
  }
  for (const text of bad) {
    t.throws(
      () => decodeCursor(text, list, 1),
      { code: 'CURSOR_INVALID', message: /^cursor: / },
      String(text).slice(0, 80),
    );
  }
  t.throws(() => decodeCursor(cursor, 'calls by createdAt', 1), { code: 'CURSOR_INVALID' }, 'another list');
  t.throws(() => decodeCursor(cursor, list, 2), { code: 'CURSOR_INVALID' }, 'another number of sort keys');
});

t.test('what a forger with a valid digest could say is still only scalars', async t => {
  for (const value of [{ $gt: '' }, [1], { d: 'x' }, { d: 9e15 }, { o: 'zz' }, {}]) {
    const cursor = encodeCursor({ values: [value as never], id }, list);
    t.throws(() => decodeCursor(cursor, list, 1), { code: 'CURSOR_INVALID' }, JSON.stringify(value));
  }
  const withoutId = encodeCursor({ values: [1], id: 'x' as never }, list);
  t.throws(() => decodeCursor(withoutId, list, 1), { code: 'CURSOR_INVALID' });
});

t.test('a cursor belongs to its filter, sort and collection', async t => {
  const rules = {
    filters: { state: { type: 'string' }, name: { type: 'string' } },
    sorts: ['createdAt', 'name'],
    within: [],
    defaultSort: '-createdAt',
  } as const;
  const { list: own } = planPage('contacts', rules, { filter: { state: 'done', name: 'Ann' } });
  const cursor = encodeCursor({ values: [new Date(0)], id }, own);
  t.doesNotThrow(() => planPage('contacts', rules, { cursor, filter: { name: 'Ann', state: 'done' } }));
  for (const [collection, query] of [
    ['calls', { cursor, filter: { state: 'done', name: 'Ann' } }],
    ['contacts', { cursor, filter: { state: 'waiting', name: 'Ann' } }],
    ['contacts', { cursor }],
    ['contacts', { cursor, filter: { state: 'done', name: 'Ann' }, sort: 'createdAt' }],
    ['contacts', { cursor, filter: { state: 'done', name: 'Ann' }, sort: 'name' }],
  ] as const) {
    t.throws(() => planPage(collection, rules, query), { code: 'CURSOR_INVALID' });
  }
});

t.test('what lies behind a position is read as ranges, one after the other', async t => {
  const at = (value: string | null) => ({ values: [value], id });
  const sorted = (sort: Record<string, 1 | -1>, value: string | null) =>
    segmentsBehind(sort, at(value)).map(({ filter }) => filter);
  t.same(sorted({ name: 1, _id: 1 }, 'Ann'), [{ name: 'Ann', _id: { $gt: id } }, { name: { $gt: 'Ann' } }]);
  t.same(
    sorted({ name: 1, _id: 1 }, null),
    [{ name: null, _id: { $gt: id } }, { name: { $ne: null } }],
    'null comes first',
  );
  t.same(
    sorted({ name: -1, _id: -1 }, 'Ann'),
    [{ name: 'Ann', _id: { $lt: id } }, { name: { $lt: 'Ann' } }, { name: null }],
    'and last when descending',
  );
  t.same(sorted({ name: -1, _id: -1 }, null), [{ name: null, _id: { $lt: id } }]);
  t.same(
    segmentsBehind({ _id: -1 }, { values: [], id }).map(({ filter }) => filter),
    [{ _id: { $lt: id } }],
  );
});

t.test('limit, sort and filter are checked', async t => {
  const rules = {
    filters: { campaignId: { type: 'id' } },
    sorts: ['createdAt'],
    within: ['campaignId'],
    defaultSort: '-createdAt',
  } as const;
  const filter = { campaignId: id };
  t.equal(planPage('contacts', rules, { filter }).limit, 50);
  t.equal(planPage('contacts', rules, { filter, limit: 200 }).limit, 200);
  for (const limit of [0, -1, 201, 1.5, Number.NaN, '50', { $gt: 0 }, [10], null]) {
    t.throws(
      () => planPage('contacts', rules, { filter, limit: limit as number }),
      { message: /^limit: / },
      String(limit),
    );
  }
  for (const sort of [
    'name',
    '--createdAt',
    '',
    '-',
    '$natural',
    '__proto__',
    { createdAt: -1 },
    ['createdAt'],
    null,
  ]) {
    t.throws(() => planPage('contacts', rules, { filter, sort: sort as string }), { message: /^sort: / }, String(sort));
  }
  t.throws(() => planPage('contacts', rules, {}), { message: /^campaignId: is required/ });
});
