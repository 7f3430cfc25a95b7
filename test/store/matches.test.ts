import { Types } from 'mongoose';
import { test } from 'tap';
import type { Call, NewCall } from '../../src/calls/call-document.ts';
import { callQueries } from '../../src/calls/call-queries.ts';
import { CallRepository } from '../../src/calls/call-repository.ts';
import { matches } from '../../src/store/matches.ts';
import { type Filter, filterOf } from '../../src/store/query-table.ts';
import type { Stored } from '../../src/store/schema.ts';
import { startTestStore } from '../helpers/store.ts';

test('what is told here of a call is what the store says of it', async t => {
  const store = await startTestStore(t, { checkPlans: false });
  const calls = new CallRepository(store);
  const at = new Date('2026-03-02T10:00:00Z');
  const kinds: Partial<Call>[] = [
    { state: 'claimed', sid: null },
    { state: 'ringing', sid: 'CA1', lastSequence: 1 },
    { state: 'completed', sid: 'CA1', endedAt: at, lastSequence: 3 },
    { state: 'completed', sid: 'CA2', endedAt: at, lastSequence: 3, outcome: 'conversation' },
  ];
  const common = { direction: 'outbound', from: '+12125550100', requestedBy: 'user:1' };
  const made = await calls.beginMany(
    kinds.map((kind, index) => ({ ...common, to: `+1312555010${index}`, ...kind }) as NewCall),
  );
  const stored = made as Stored<Call>[];
  // As older releases wrote them, and as nobody should.
  const { insertedIds } = await store.connection
    .collection<Filter>('calls')
    .insertMany([{ state: 'queued' }, { state: 'queued', sid: 'CA1', lastSequence: '0' }] as never[]);
  const ids = [...stored.map(({ _id }) => _id), ...Object.values(insertedIds)] as Types.ObjectId[];
  const asked = ids.flatMap((id): Filter[] => [
    filterOf(callQueries.news, { id, sid: 'CA1', states: ['claimed', 'queued', 'ringing'], sequence: 2 }),
    filterOf(callQueries.news, { id, sid: 'CA1', states: ['queued', 'ringing', 'completed'], sequence: 1 }),
    filterOf(callQueries.withoutOutcome, { id }),
    filterOf(callQueries.asOf, { id, version: 1 }),
    { _id: id, endedAt: at },
    { _id: new Types.ObjectId(), endedAt: null },
  ]);
  const documents = await store.connection.collection<Filter>('calls').find({}).toArray();
  let found = 0;
  for (const filter of asked) {
    const inStore = await store.connection.collection('calls').countDocuments(filter);
    t.equal(documents.filter(each => matches(filter, each)).length, inStore, JSON.stringify(filter));
    found += inStore;
  }
  t.ok(found > 5 && found < asked.length - 5, 'some are found and some are not');
});

test('a condition that cannot be told here is refused, not guessed', t => {
  for (const filter of [{ a: { $gt: 1 } }, { $or: [{ a: 1 }] }, { 'a.b': 1 }, { a: { $in: [1], $regex: 'x' } }]) {
    t.throws(() => matches(filter, { a: 1 }), { code: 'INTERNAL' }, JSON.stringify(filter));
  }
  t.end();
});
