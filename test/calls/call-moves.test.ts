import { Types } from 'mongoose';
import { test } from 'tap';
import type { Call, NewCall } from '../../src/calls/call-document.ts';
import { type CallMove, type CheckedMove, createCallMoves } from '../../src/calls/call-moves.ts';
import { CallRepository } from '../../src/calls/call-repository.ts';
import type { CallState } from '../../src/calls/call-state.ts';
import { createSeenCalls } from '../../src/calls/seen-calls.ts';
import { matches } from '../../src/store/matches.ts';
import { trustFilter } from '../../src/store/query-table.ts';
import type { Stored } from '../../src/store/schema.ts';
import { startTestStore } from '../helpers/store.ts';

const newCall = (to: string): NewCall =>
  ({ direction: 'outbound', to, from: '+12125550100', liveTo: to, state: 'queued', requestedBy: 'user:1' }) as never;

/** Calls in memory, whose commands do as a store's would and can be hindered. */
function pretendStore(count: number) {
  const calls = new Map<string, Stored<Call>>();
  for (let index = 0; index < count; index += 1) {
    const _id = new Types.ObjectId();
    const call = {
      _id,
      state: 'queued',
      version: 1,
      eventSeq: 1,
      movedBy: null,
      outcome: null,
    } as unknown as Stored<Call>;
    calls.set(_id.toHexString(), call);
  }
  const commands: string[] = [];
  const write = (id: Types.ObjectId, set: Partial<Call>) => {
    const seen = calls.get(id.toHexString())!;
    const call = { ...seen, ...set, version: seen.version + 1, eventSeq: seen.eventSeq + 1 };
    calls.set(id.toHexString(), call);
    return call;
  };
  const isAsSeen = ({ seen }: CheckedMove) => calls.get(seen._id.toHexString())?.version === seen.version;
  const store = {
    read: async (ids: readonly Types.ObjectId[]) => {
      commands.push(`read ${ids.length}`);
      return ids.map(id => calls.get(id.toHexString())!);
    },
    changeAll: async (moves: readonly CheckedMove[]): Promise<number> => {
      commands.push(`change ${moves.length}`);
      const matched = moves.filter(isAsSeen);
      for (const { seen, set } of matched) write(seen._id, set);
      return matched.length;
    },
    changeOne: async (move: CallMove) => {
      commands.push('alone');
      return matches(move.filter, calls.get(move.id.toHexString())!) ? write(move.id, move.set) : null;
    },
  };
  const ids = [...calls.values()].map(({ _id }) => _id);
  return { store, commands, calls, ids, write };
}

const ringing = (id: Types.ObjectId): CallMove => ({
  verb: 'ring',
  id,
  filter: trustFilter({ _id: id, state: 'queued' }),
  set: { state: 'ringing' },
});

test('what is asked in one moment is two commands, and who asks alone needs one', async t => {
  const { store, commands, ids, calls, write } = pretendStore(4);
  const move = createCallMoves(store, () => new Date());
  write(ids[3]!, { state: 'completed' });
  const answers = await Promise.all(ids.map(id => move(ringing(id))));
  t.strictSame(commands.splice(0), ['read 4', 'change 3']);
  for (const [index, answer] of answers.slice(0, 3).entries()) {
    const { updatedAt: _, ...fields } = answer!;
    t.match(calls.get(ids[index]!.toHexString()), fields, 'the answer is the call as it is stored');
  }
  t.equal(answers[3], null, 'what does not fit is not changed');
  t.match(calls.get(ids[3]!.toHexString()), { state: 'completed', eventSeq: 2 });
  t.equal(await move(ringing(ids[0]!)), null);
  t.strictSame(commands, ['alone']);
});

test('of two changes of one call in one moment the second sees what the first left', async t => {
  const { store, ids, calls } = pretendStore(2);
  const move = createCallMoves(store, () => new Date());
  const [first, second, other] = await Promise.all([ids[0]!, ids[0]!, ids[1]!].map(id => move(ringing(id))));
  t.match(first, { state: 'ringing', eventSeq: 2 });
  t.equal(second, null);
  t.match(other, { state: 'ringing', eventSeq: 2 });
  t.match(calls.get(ids[0]!.toHexString()), { eventSeq: 2 });
});

test('a call that somebody else changes between is changed alone, and its event number is its own', async t => {
  const { store, commands, ids, calls, write } = pretendStore(3);
  const read = store.read;
  let reads = 0;
  store.read = async of => {
    const found = await read(of);
    reads += 1;
    if (reads === 1) {
      write(ids[0]!, { result: 'lead' });
      write(ids[1]!, { state: 'completed' });
    }
    return found;
  };
  const move = createCallMoves(store, () => new Date());
  const [changed, ended, alone] = await Promise.all(ids.map(id => move(ringing(id))));
  t.strictSame(commands, ['read 3', 'change 3', 'read 3', 'alone', 'alone']);
  t.match(changed, { state: 'ringing', result: 'lead', eventSeq: 3 });
  t.equal(ended, null);
  t.match(calls.get(ids[1]!.toHexString()), { state: 'completed', eventSeq: 2 });
  t.match(alone, { state: 'ringing', eventSeq: 2 });
});

test('when the answer is lost nothing is changed twice, and what was not changed is', async t => {
  const { store, ids, calls } = pretendStore(4);
  const changeAll = store.changeAll;
  store.changeAll = async moves => {
    await changeAll(moves.slice(0, 2));
    throw new Error('the connection was lost');
  };
  const move = createCallMoves(store, () => new Date());
  const answers = await Promise.all(ids.map(id => move(ringing(id))));
  for (const answer of answers) t.match(answer, { state: 'ringing', eventSeq: 2 });
  for (const call of calls.values()) t.match(call, { state: 'ringing', eventSeq: 2 });
});

test('whoever cannot be changed is told so, and the others are changed', async t => {
  const { store, ids } = pretendStore(3);
  const changeOne = store.changeOne;
  store.changeAll = async () => {
    throw new Error('a value is taken');
  };
  store.changeOne = async move => {
    if (move.id === ids[1]) throw new Error('a value is taken');
    return changeOne(move);
  };
  const move = createCallMoves(store, () => new Date());
  const answers = await Promise.allSettled(ids.map(id => move(ringing(id))));
  t.strictSame(
    answers.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  );
});

const over = (id: Types.ObjectId): CallMove => ({
  verb: 'end',
  id,
  filter: trustFilter({ _id: id, state: 'ringing' }),
  set: { state: 'completed' },
});

test('a call that was seen is changed without being read, and read once somebody else changed it', async t => {
  const { store, commands, ids, calls, write } = pretendStore(4);
  const move = createCallMoves(store, () => new Date());
  await Promise.all(ids.map(id => move(ringing(id))));
  t.strictSame(commands.splice(0), ['read 4', 'change 4']);
  write(ids[0]!, { result: 'lead' });
  const answers = await Promise.all(ids.map(id => move(over(id))));
  t.strictSame(commands.splice(0), ['change 4', 'read 4', 'alone']);
  for (const answer of answers) t.equal(answer!.state, 'completed');
  t.match(answers[0], { result: 'lead', eventSeq: 4 });
  // As it was seen it does not fit; as it is, it does.
  write(ids[1]!, { state: 'ringing' });
  t.match(await move(over(ids[1]!)), { state: 'completed', eventSeq: 5 });
  t.strictSame(commands, ['alone']);
  t.match(calls.get(ids[1]!.toHexString()), { state: 'completed', eventSeq: 5 });
});

test('whoever was seen does not wait until others are read', async t => {
  const { store, ids } = pretendStore(4);
  const move = createCallMoves(store, () => new Date());
  await Promise.all(ids.slice(0, 2).map(id => move(ringing(id))));
  const read = store.read;
  let goOn = () => {};
  store.read = async of => {
    await new Promise<void>(resolve => {
      goOn = resolve;
    });
    return read(of);
  };
  const unseen = ids.slice(2).map(id => move(ringing(id)));
  const seen = await Promise.all(ids.slice(0, 2).map(id => move(over(id))));
  for (const answer of seen) t.match(answer, { state: 'completed', eventSeq: 3 });
  goOn();
  for (const answer of await Promise.all(unseen)) t.match(answer, { state: 'ringing', eventSeq: 2 });
});

test('where others change many calls, they are read first for a while', async t => {
  const { store, commands, ids, write } = pretendStore(4);
  let now = 0;
  const move = createCallMoves(
    store,
    () => new Date(),
    createSeenCalls(() => now),
  );
  const all = async (change: (id: Types.ObjectId) => CallMove) => {
    commands.splice(0);
    for (const answer of await Promise.all(ids.map(id => move(change(id))))) t.ok(answer);
    return commands;
  };
  await all(ringing);
  for (const id of ids) write(id, { result: 'lead' });
  t.strictSame(await all(over), ['change 4', 'read 4', 'read 4', 'change 4']);
  for (const id of ids) write(id, { state: 'queued' });
  t.strictSame(await all(ringing), ['read 4', 'change 4']);
  t.strictSame(await all(over), ['read 4', 'change 4'], 'still');
  now = 6_000;
  for (const id of ids) write(id, { state: 'queued' });
  await all(ringing);
  t.strictSame(await all(over), ['change 4'], 'and no more');
});

test('as many calls are kept in mind as live at once, and none that is over', t => {
  const { calls, ids } = pretendStore(4);
  const [first, second, third, fourth] = ids.map(id => calls.get(id.toHexString())!);
  const seen = createSeenCalls(() => 0, 2);
  const known = () => ids.filter(id => seen.get(id.toHexString()));
  for (const call of [first!, second!, first!, third!]) seen.note({ ...call, outcome: null });
  t.strictSame(known(), [ids[0], ids[2]]);
  seen.note({ ...third!, outcome: 'conversation' });
  seen.note({ ...fourth!, outcome: null });
  t.strictSame(known(), [ids[0], ids[3]]);
  seen.forget(ids[0]!.toHexString());
  t.strictSame(known(), [ids[3]]);
  t.end();
});

test('a call that was placed here is not read for its callbacks, nor is its verdict told', async t => {
  const store = await startTestStore(t);
  const calls = new CallRepository(store);
  await calls.ensureIndexes();
  const verdict = { allowed: true };
  const made = await calls.beginMany(
    ['+13125550101', '+13125550102'].map(to => ({ ...newCall(to), state: 'claimed', verdict })),
  );
  const ids = made.map(call => (call as Stored<Call>)._id);
  for (const id of ids) await calls.placed(id, `CA${id.toHexString()}`);
  let finds = 0;
  store.connection.getClient().on('commandStarted', ({ commandName }) => {
    if (commandName === 'find') finds += 1;
  });
  const news = (state: CallState, sequence: number) =>
    Promise.all(ids.map(id => calls.applyNews(id, { sid: `CA${id.toHexString()}`, state, sequence, at: new Date() })));
  for (const call of await news('ringing', 1)) t.match(call, { state: 'ringing', eventSeq: 2, verdict: null });
  t.equal(finds, 0);
  // Whatever else of this process changes it is known to have done so.
  for (const id of ids) await calls.noteFields(id, 1, { result: 'lead' });
  for (const call of await news('completed', 3)) t.match(call, { state: 'completed', eventSeq: 4, result: 'lead' });
  t.equal(finds, 1);
  t.match((await calls.findById(ids[0]!))?.verdict, verdict, 'which stays');
});

test('two processes tell the same news of many calls, others write beside them, and every event has its own number', async t => {
  const store = await startTestStore(t);
  const other = await startTestStore(t, { uri: store.uri });
  const [left, right] = [new CallRepository(store), new CallRepository(other)];
  await left.ensureIndexes();
  const made = await left.beginMany(Array.from({ length: 24 }, (_, at) => newCall(`+1312555${String(1000 + at)}`)));
  const ids = made.map(call => (call as Stored<Call>)._id);
  const states: CallState[] = ['initiated', 'ringing', 'in-progress', 'completed'];
  const given = new Map(ids.map(id => [id.toHexString(), [] as number[]]));
  const note = (call: Stored<Call> | null) => {
    if (call) given.get(call._id.toHexString())!.push(call.eventSeq);
  };
  for (const [sequence, state] of states.entries()) {
    const tell = (calls: CallRepository, id: Types.ObjectId) =>
      calls.applyNews(id, { sid: `CA${id.toHexString()}`, state, sequence, at: new Date() }).then(note);
    const write = (id: Types.ObjectId) => right.noteFields(id, 1, {}).then(note);
    await Promise.all(ids.flatMap(id => [tell(left, id), tell(right, id), write(id), tell(right, id)]));
  }
  const concluded = await Promise.all(
    ids.flatMap(id => [left, right].map(calls => calls.conclude(id, { outcome: 'conversation' }))),
  );
  concluded.forEach(note);
  for (const id of ids) {
    const call = (await left.findById(id))!;
    t.match(call, { state: 'completed', lastSequence: 3, outcome: 'conversation', unannounced: true });
    const numbers = given.get(id.toHexString())!.sort((a, b) => a - b);
    t.strictSame(numbers, [1, 2, 3, 4, 5, 6, 7, 8, 9], 'four states, four other events and the end');
    t.equal(call.eventSeq, 9);
  }
});
