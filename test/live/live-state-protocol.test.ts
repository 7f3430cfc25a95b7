import { test } from 'tap';
import type { LiveCall, LiveTurn } from '../../src/live/live-contract.ts';
import {
  type LiveCalls,
  noLiveCalls,
  noTranscript,
  sinceOf,
  watchBegins,
  withCall,
  withEnded,
  withSnapshot,
  withStarted,
  withTurn,
  withTurns,
  withUpdated,
} from '../../src/live/live-state-protocol.ts';

const at = '2026-11-20T13:30:00.000Z';
const call = (seq: number, fields: object = {}): LiveCall => ({
  id: 'a',
  sid: 'CA1',
  seq,
  status: 'queued',
  endedAt: null,
  ...fields,
});
const started = (seq: number) => ({ seq, at, call: call(seq) });
const updated = (since: number, seq: number, fields: Record<string, unknown>) => ({
  seq,
  since,
  at,
  callSid: 'CA1',
  callId: 'a',
  fields,
});
const ended = (seq: number) => ({ seq, at, call: call(seq, { endedAt: at }) });
const snapshot = (...calls: LiveCall[]) => ({
  at,
  calls: calls.map(each => ({ seq: each.seq, call: each })),
  unchanged: [],
});
const held = (state: LiveCalls) =>
  Object.fromEntries([...state.calls].map(([id, { seq, call }]) => [id, [seq, call['status']]]));

type Step = (state: LiveCalls) => LiveCalls;
const steps: [string, Step[], object, { stale?: string[]; ended?: string[] }?][] = [
  ['a start', [s => withStarted(s, started(1))], { a: [1, 'queued'] }],
  [
    'an update',
    [s => withStarted(s, started(1)), s => withUpdated(s, updated(1, 3, { status: 'ringing' }))],
    { a: [3, 'ringing'] },
  ],
  [
    'an update from an older base than is held',
    [s => withStarted(s, started(4)), s => withUpdated(s, updated(2, 5, { status: 'ringing' }))],
    { a: [5, 'ringing'] },
  ],
  [
    'an old one is dropped',
    [s => withStarted(s, started(4)), s => withUpdated(s, updated(2, 4, { status: 'ringing' }))],
    { a: [4, 'queued'] },
  ],
  [
    'one of which something was missed is asked for, and the answer counts',
    [
      s => withStarted(s, started(1)),
      s => withUpdated(s, updated(2, 3, { status: 'ringing' })),
      s => withCall(s, 'a', call(3, { status: 'ringing' })),
    ],
    { a: [3, 'ringing'] },
  ],
  [
    'until the answer it is stale',
    [s => withStarted(s, started(1)), s => withUpdated(s, updated(2, 3, { status: 'ringing' }))],
    { a: [1, 'queued'] },
    { stale: ['a'] },
  ],
  ['a whole one needs nothing held', [s => withUpdated(s, updated(0, 3, call(3)))], { a: [3, 'queued'] }],
  [
    'a late start does not bring back what has ended',
    [s => withEnded(s, ended(9)), s => withStarted(s, started(1))],
    {},
    { ended: ['a'] },
  ],
  [
    'an update with an end ends it, whatever was missed',
    [s => withStarted(s, started(1)), s => withUpdated(s, updated(5, 6, { endedAt: at }))],
    {},
    { ended: ['a'] },
  ],
  [
    'what a snapshot does not name has ended',
    [s => withStarted(s, started(1)), s => withSnapshot(s, snapshot())],
    {},
    { ended: ['a'] },
  ],
  [
    'unless an event of this connection told of it',
    [s => withStarted(s, started(1)), s => withSnapshot(s, snapshot(), new Set(['a']))],
    { a: [1, 'queued'] },
  ],
  [
    'a snapshot that is older than an event yields to it',
    [
      s => withStarted(s, started(1)),
      s => withUpdated(s, updated(1, 3, { status: 'ringing' })),
      s => withSnapshot(s, snapshot(call(2))),
    ],
    { a: [3, 'ringing'] },
  ],
  [
    'live fields always count and change no seq',
    [s => withStarted(s, started(4)), s => withUpdated(s, updated(0, 0, { activity: { agent: 'speaking' } }))],
    { a: [4, 'queued'] },
  ],
];

test('live calls end at what the store says, in whatever order events come', async t => {
  for (const [name, [...all], expected, { stale = [], ended = [] } = {}] of steps) {
    const state = all.reduce((before, step) => step(before), noLiveCalls);
    t.same(held(state), expected, name);
    t.same([...state.stale], stale, `${name}: stale`);
    t.same([...state.ended], ended, `${name}: ended`);
  }
  const state = withStarted(noLiveCalls, started(4));
  t.same(sinceOf(state), [['a', 4]]);
  const unchanged = withSnapshot(state, { calls: [], unchanged: [{ id: 'a', seq: 4, live: { endsAt: at } }] });
  t.match(unchanged.calls.get('a'), { seq: 4, call: { endsAt: at } });
});

test('words of events of a watch count more than the answer that was read meanwhile', async t => {
  const turn = (text: string): LiveTurn => ({ role: 'agent', text, startMs: 0, endMs: 1, interrupted: false });
  let state = watchBegins(noTranscript);
  state = withTurn(state, { seq: 10, index: 1, turn: turn('newer') });
  state = withTurns(state, { turns: [turn('first'), turn('older')] });
  t.same(
    state.turns.map(each => each?.text),
    ['first', 'newer'],
  );
  state = withTurn(state, { seq: 9, index: 1, turn: turn('late') });
  t.equal(state.turns[1]?.text, 'newer');
  state = withTurns(watchBegins(state), { turns: [turn('first'), turn('all of it')] });
  t.equal(state.turns[1]?.text, 'all of it', 'a watch begun anew believes its answer again');
  t.equal(withTurn(noTranscript, { seq: 1, index: 2, turn: turn('third') }).turns.length, 3);
});
