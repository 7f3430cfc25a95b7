import t from 'tap';
import { withEntries } from '../../frontend/src/lib/live/call-log.ts';
import { createEventQueue } from '../../frontend/src/lib/live/event-queue.ts';
import {
  applyWallEvents,
  endedStaysMs,
  isQuiet,
  type LiveCalls,
  noLiveCalls,
  type WallEvent,
} from '../../frontend/src/lib/live/live-calls.ts';
import { partsOf } from '../../frontend/src/lib/live/turn-parts.ts';
import type { LiveCall } from '../../src/live/live-contract.ts';

const at = '2026-11-20T14:30:00.000Z';
const now = Date.parse(at);
const call = (id: string, seq: number, more: object = {}): LiveCall => ({
  id,
  sid: `CA${id}`,
  seq,
  direction: 'outbound',
  to: '+13125550117',
  from: '+12125550100',
  status: 'in-progress',
  outcome: null,
  createdAt: at,
  answeredAt: at,
  endedAt: null,
  ...more,
});
const snapshot = (...calls: LiveCall[]): WallEvent => ({
  name: 'calls:snapshot',
  payload: { at, calls: calls.map(each => ({ seq: each.seq, call: each })), unchanged: [] },
});
const updated = (callId: string, since: number, seq: number, fields: object): WallEvent => ({
  name: 'call:updated',
  payload: { callId, callSid: null, since, seq, at, fields: fields as Record<string, unknown> },
});
const ended = (id: string, seq: number, outcome: string): WallEvent => ({
  name: 'call:ended',
  payload: { seq, at, call: call(id, seq, { outcome, endedAt: at, status: 'completed' }) },
});
const after = (before: LiveCalls, ...events: WallEvent[]) => applyWallEvents(before, events, now);
const two = after(noLiveCalls, snapshot(call('a', 3), call('b', 5))).calls;

t.test('what an event does to the wall', async t => {
  const cases: [string, WallEvent, Record<string, unknown>, string[]][] = [
    ['a change that follows', updated('a', 3, 4, { status: 'ringing' }), { a: 'ringing', b: 'in-progress' }, []],
    ['an older one is dropped', updated('a', 1, 2, { status: 'ringing' }), { a: 'in-progress', b: 'in-progress' }, []],
    ['the same again, too', updated('b', 4, 5, { status: 'ringing' }), { a: 'in-progress', b: 'in-progress' }, []],
    [
      'after a gap the call is asked for',
      updated('a', 6, 7, { status: 'x' }),
      { a: 'in-progress', b: 'in-progress' },
      ['a'],
    ],
    [
      'a call that should be here is asked for',
      updated('c', 4, 5, { status: 'x' }),
      { a: 'in-progress', b: 'in-progress' },
      ['c'],
    ],
    [
      'a new call',
      { name: 'call:started', payload: { seq: 1, at, call: call('c', 1, { status: 'ringing' }) } },
      { a: 'in-progress', b: 'in-progress', c: 'ringing' },
      [],
    ],
    ['an end', ended('a', 9, 'voicemail'), { a: 'completed', b: 'in-progress' }, []],
    [
      'a fetched call',
      { name: 'fetched', payload: { id: 'a', call: call('a', 8, { status: 'ringing' }) } },
      { a: 'ringing', b: 'in-progress' },
      [],
    ],
    ['one that is gone', { name: 'fetched', payload: { id: 'a', call: null } }, { b: 'in-progress' }, []],
  ];
  for (const [name, event, states, missed] of cases) {
    const result = after(two, event);
    const shown = Object.fromEntries([...result.calls.entries].map(([id, entry]) => [id, entry.call.status]));
    t.same(shown, states, name);
    t.same([...result.missed], missed, `${name}: asked for`);
  }
  t.equal(after(two, { name: 'tick', payload: null }).calls, two, 'when nothing changed, nothing is painted again');
  t.equal(two.entries.get('a')!.endedAt, null);
});

t.test('an ended call stays for eight seconds with its outcome, and no late word brings it back', async t => {
  const gone = after(two, ended('a', 9, 'voicemail')).calls;
  t.match(gone.entries.get('a'), { endedAt: now, call: { outcome: 'voicemail' } });
  const late = after(gone, updated('a', 0, 8, call('a', 8)), updated('a', 0, 0, { activity: { agent: 'speaking' } }));
  t.equal(late.calls.entries.get('a')!.endedAt, now);
  const tick: WallEvent = { name: 'tick', payload: null };
  t.ok(applyWallEvents(late.calls, [tick], now + endedStaysMs - 1).calls.entries.has('a'));
  t.notOk(applyWallEvents(late.calls, [tick], now + endedStaysMs).calls.entries.has('a'));
});

t.test('after a time away what is missing in the snapshot has ended, and its outcome is asked for', async t => {
  const { calls, missed } = after(two, snapshot(call('b', 6, { status: 'ringing' }), call('d', 1)));
  t.same([...missed], ['a']);
  t.equal(calls.entries.get('a')!.endedAt, now);
  t.equal(calls.entries.get('b')!.call.status, 'ringing');
  t.ok(calls.entries.has('d'));
  const told = after(calls, {
    name: 'fetched',
    payload: { id: 'a', call: call('a', 9, { outcome: 'busy', endedAt: at }) },
  });
  t.match(told.calls.entries.get('a'), { endedAt: now, call: { outcome: 'busy' } });
});

t.test('live fields always count, and the last words follow the transcript', async t => {
  const live = after(two, updated('a', 0, 0, { activity: { agent: 'speaking', lastActivityAt: at } })).calls;
  t.equal(live.entries.get('a')!.live.activity!.agent, 'speaking');
  const turn = (index: number, text: string): WallEvent => ({
    name: 'call:transcript',
    payload: {
      callId: 'a',
      callSid: null,
      seq: now + index,
      at,
      index,
      final: false,
      turn: { role: 'agent', text, startMs: 0, endMs: 1, interrupted: false },
    },
  });
  const said = after(live, turn(1, 'second'), turn(0, 'first, cut off')).calls;
  t.equal(said.entries.get('a')!.live.lastTurn!.turn.text, 'second');
  t.equal(said.entries.get('a')!.live.activity!.agent, 'speaking', 'and nothing else is lost');
});

t.test('a call of which nothing is heard for long is asked for', async t => {
  const entry = two.entries.get('a')!;
  t.notOk(isQuiet(entry, now + 14_999));
  t.ok(isQuiet(entry, now + 15_000));
  t.notOk(
    isQuiet({ ...entry, call: { ...entry.call, answeredAt: null } }, now + 60_000),
    'before it is answered there is nothing to hear',
  );
});

t.test('events between two frames are one change', async t => {
  const applied: number[][] = [];
  let time = 0;
  let frame: (() => void) | null = null;
  let later: { at: number; work: () => void } | null = null;
  const queue = createEventQueue<number>(
    {
      now: () => time,
      next: work => {
        frame = work;
        return () => {};
      },
      after: (ms, work) => {
        later = { at: time + ms, work };
        return () => {};
      },
    },
    events => applied.push([...events]),
  );
  const paint = () => {
    const work = frame;
    frame = null;
    work?.();
  };
  queue.push(1, 2);
  queue.push(3);
  paint();
  t.same(applied, [[1, 2, 3]]);
  time = 30;
  queue.push(4);
  t.equal(frame, null, 'not again so soon');
  t.equal(later!.at, 100);
  queue.push(5);
  time = 100;
  later!.work();
  paint();
  t.same(applied[1], [4, 5]);
});

t.test('entries of a log come once and in order', async t => {
  const entry = (seq: number) => ({ seq, type: 'whisper', at, source: 'api', data: {} });
  const before = [entry(1), entry(3)];
  t.same(
    withEntries(before, [entry(3), entry(2)]).map(({ seq }) => seq),
    [1, 2, 3],
  );
  t.equal(withEntries(before, [entry(1)]), before);
});

t.test('of a turn it is shown what reached the ear', async t => {
  t.same(partsOf({ text: 'Good day to you' }), { heard: 'Good day to you', unheard: '' });
  t.same(partsOf({ text: 'Good day to you', heardText: 'Good day' }), { heard: 'Good day', unheard: ' to you' });
  t.same(partsOf({ text: 'Good day', heardText: 'Fine day' }), { heard: 'Fine day', unheard: '' });
});
