import t from 'tap';
import { freshAlerts } from '../../frontend/src/features/alerts/fresh-alerts.ts';
import { answerDelays, summaryOf } from '../../frontend/src/features/live/answer-delays.ts';
import { conversationLines } from '../../frontend/src/features/live/conversation-lines.ts';
import { createLaneVoice, flaggedCalls } from '../../frontend/src/features/live/lane-voice.ts';
import { readLiveSearch } from '../../frontend/src/features/live/live-search.ts';
import { placeCalls, visibleRows } from '../../frontend/src/features/live/place-calls.ts';
import { matches, nameOf, ordered, type WallOrder } from '../../frontend/src/features/live/shown.ts';
import { announce, announcements } from '../../frontend/src/lib/announcements.ts';
import { shownNumber } from '../../frontend/src/lib/call-person.ts';
import { expectedCalls } from '../../frontend/src/lib/expected-calls.ts';
import {
  applyWallEvents,
  callsForPerson,
  type LiveEntry,
  noLiveCalls,
} from '../../frontend/src/lib/live/live-calls.ts';
import { createNews } from '../../frontend/src/lib/news.ts';
import { text } from '../../frontend/src/strings/en.ts';
import { callStates } from '../../src/calls/call-state.ts';
import type { LiveTurn } from '../../src/live/live-contract.ts';

t.test('nothing on the wall jumps', async t => {
  const cases: [string, (string | null)[], string[], boolean, (string | null)[], number][] = [
    ['an empty wall is filled in order', [], ['a', 'b'], false, ['a', 'b'], 0],
    ['who went leaves a hole', ['a', 'b', 'c', 'd', 'e'], ['a', 'c', 'd', 'e'], false, ['a', null, 'c', 'd', 'e'], 0],
    [
      'the next new call takes it',
      ['a', null, 'c', 'd', 'e'],
      ['a', 'c', 'd', 'e', 'f'],
      false,
      ['a', 'f', 'c', 'd', 'e'],
      0,
    ],
    ['without a hole it comes last', ['a', 'b'], ['z', 'a', 'b'], false, ['a', 'b', 'z'], 0],
    ['holes close over a quarter', ['a', 'b', 'c', 'd'], ['b', 'd'], false, ['b', 'd'], 0],
    ['at the end there are none', ['a', 'b', 'c', 'd', 'e'], ['a', 'b', 'c', 'd'], false, ['a', 'b', 'c', 'd'], 0],
    ['held, nobody comes', ['a', 'b'], ['a', 'b', 'c', 'd'], true, ['a', 'b'], 2],
    ['held, holes stay', ['a', 'b', 'c', 'd'], ['b', 'd'], true, [null, 'b', null, 'd'], 0],
  ];
  for (const [name, slots, ids, held, expected, waiting] of cases) {
    t.same(placeCalls(slots, ids, held), { slots: expected, waiting }, name);
  }
  t.same(
    placeCalls(['a', 'b', 'c', 'd'], ['b', 'd'], false, false).slots,
    [null, 'b', null, 'd'],
    'pointed at, holes stay',
  );
  const slots = ['a', 'b'];
  t.equal(placeCalls(slots, ['b', 'a'], false).slots, slots, 'another order alone moves nobody');
});

t.test('only rows that are seen are in the page, and some beyond', async t => {
  t.same(visibleRows(100, 124, { top: 0, height: 620 }, 3), { first: 0, last: 8 });
  t.same(visibleRows(100, 124, { top: 1_240, height: 620 }, 2), { first: 8, last: 17 });
  t.same(visibleRows(4, 124, { top: 0, height: 2_000 }), { first: 0, last: 3 });
  t.same(visibleRows(0, 124, { top: 0, height: 600 }), { first: 0, last: -1 });
});

const entry = (id: string, more: object = {}, live: object = {}): LiveEntry => ({
  call: {
    id,
    sid: null,
    direction: 'outbound',
    to: '+13125550117',
    from: '+12125550100',
    status: 'in-progress',
    outcome: null,
    createdAt: `2026-11-20T14:30:0${id}.000Z`,
    answeredAt: null,
    endedAt: null,
    durationSeconds: null,
    contactName: null,
    agentId: null,
    capabilities: [],
    ...more,
  },
  live,
  heardAt: 0,
  endedAt: null,
});

t.test('calls are found by name, last digits, words and state, and put in order', async t => {
  const turn = {
    index: 0,
    final: true,
    turn: { role: 'caller', text: 'Call me on Friday', startMs: 0, endMs: 1, interrupted: false },
  };
  const one = entry('1', { contactName: 'Ilya Brandt', campaignName: 'Spring reminders' }, { lastTurn: turn });
  const anything = { text: '', state: '', campaign: '', agent: '', flag: '' } as const;
  const finds = (words: string, state = '') => matches(one, { ...anything, text: words, state });
  t.same(
    ['', 'ilya', 'BRANDT', '17', '0117', 'friday', 'spring'].map(each => finds(each)),
    [true, true, true, true, true, true, true],
  );
  t.same([finds('maria'), finds('99'), finds('', 'ringing')], [false, false, false]);
  const flag = (level: string) => ({
    flags: [{ kind: 'x', level, reason: 'because', at: '2026-11-20T14:30:00.000Z' }],
  });
  const chosen = (filter: object) =>
    matches(entry('1', { campaignName: 'Spring reminders', agentId: 'a1' }, flag('attention')), {
      ...anything,
      ...filter,
    });
  t.same(
    [
      chosen({ campaign: 'Spring reminders' }),
      chosen({ campaign: 'Spring' }),
      chosen({ agent: 'a1' }),
      chosen({ agent: 'a2' }),
      chosen({ flag: 'any' }),
      chosen({ flag: 'urgent' }),
      matches(entry('1'), { ...anything, flag: 'any' }),
    ],
    [true, false, true, false, true, false, false],
  );
  const all = [entry('2', {}, flag('urgent')), entry('3', {}, flag('attention')), entry('1')];
  const ids = (order: WallOrder) => ordered(all, order).map(({ call }) => call.id);
  t.same(
    [ids('started'), ids('newest'), ids('risk')],
    [
      ['1', '2', '3'],
      ['3', '2', '1'],
      ['2', '3', '1'],
    ],
  );
  const talks = (id: string, campaignName: string | null, answeredAt: string | null) =>
    entry(id, { campaignName, answeredAt: answeredAt && `2026-11-20T14:3${answeredAt}:00.000Z` });
  const three = [talks('1', 'Winter', '3'), talks('2', null, '1'), talks('3', 'Spring', '2')];
  const by = (order: WallOrder) => ordered(three, order).map(({ call }) => call.id);
  t.same(
    [by('longest'), by('campaign')],
    [
      ['2', '3', '1'],
      ['3', '1', '2'],
    ],
    'those of no campaign last',
  );
});

t.test('without a name the wall shows two digits, whoever looks', async t => {
  t.equal(nameOf(entry('1').call), '+1 ••• ••17');
  t.equal(nameOf(entry('1', { to: '+1 ••• ••17' }).call), '+1 ••• ••17', 'as the server masked it');
  t.equal(nameOf(entry('1', { direction: 'inbound', from: '+493012345699' }).call), '+49 ••• ••99');
  t.equal(nameOf(entry('1', { contactName: 'Ilya Brandt' }).call), 'Ilya Brandt');
  t.equal(shownNumber(entry('1').call), '+1 312 555 0117');
});

const said = (role: LiveTurn['role'], startMs: number, endMs: number): LiveTurn => ({
  role,
  text: 'words',
  startMs,
  endMs,
  interrupted: false,
});

t.test('delays run from the end of the person’s words to the agent’s first sound', async t => {
  const turns = [
    said('agent', 0, 900),
    said('caller', 1_000, 2_000),
    null,
    said('agent', 2_680, 4_000),
    said('agent', 4_100, 5_000),
    said('caller', 5_500, 6_000),
    said('agent', 7_700, 8_000),
  ];
  t.same(answerDelays(turns), [680, 1_700]);
  t.same(summaryOf([680, 1_700]), { last: 1_700, median: 1_190, late: 1 });
  t.equal(summaryOf([]), null);
});

t.test('what is said and what happens stand in the order of the call', async t => {
  const answeredAt = '2026-11-20T14:30:00.000Z';
  const log = [
    { seq: 1, type: 'stream.started', at: answeredAt, source: 'system', data: {} },
    { seq: 2, type: 'whisper', at: '2026-11-20T14:30:01.500Z', source: 'api', data: { by: 'dana', text: 'Thursday' } },
    { seq: 3, type: 'handed-back', at: '2026-11-20T14:30:09.000Z', source: 'api', data: { by: 'sam' } },
  ];
  const lines = conversationLines([said('agent', 0, 1_000), null, said('caller', 2_000, 3_000)], log, {
    answeredAt,
    person: 'Ilya',
    me: 'dana',
  });
  t.match(lines, [
    { kind: 'turn', ms: 0 },
    { kind: 'note', text: 'You whispered: “Thursday”', after: 'The agent has it, Ilya did not hear it' },
    { kind: 'turn', ms: 2_000 },
    { kind: 'note', text: 'Handed back by sam' },
  ]);
  t.equal(lines.length, 4, 'how the call is wired is no part of it');
});

t.test('tools, transfers and take-overs stand between the words, each once', async t => {
  const answeredAt = '2026-11-20T14:30:00.000Z';
  const entry = (seq: number, type: string, data = {}) => ({
    seq,
    type,
    at: new Date(Date.parse(answeredAt) + seq * 1_000).toISOString(),
    source: 'system',
    data,
  });
  const spoke: LiveTurn = { ...said('caller', 1_500, 1_500), role: 'person', text: 'sam spoke here.' };
  const texts = (log: ReturnType<typeof entry>[]) =>
    conversationLines([spoke], log, { answeredAt, person: 'Ilya', me: 'dana' }).map(line =>
      line.kind === 'note' ? line.text : line.turn.text,
    );
  t.same(texts([entry(1, 'taken-over', { by: 'sam' })]), ['sam took the call over'], 'a take-over is told once');
  t.same(texts([]), ['sam spoke here.'], 'and where the log is not there, by the words');
  t.same(
    texts([
      entry(1, 'taken-over', { by: 'dana' }),
      entry(2, 'tool-called', { name: 'book' }),
      entry(3, 'tool-answered', { name: 'book', isError: true }),
      entry(4, 'tool-answered', { name: 'other', isError: false }),
      entry(5, 'transfer.begun', { by: 'dana', to: '+13125550142', mode: 'warm' }),
      entry(6, 'transfer.failed', { to: '+13125550142', reason: 'busy' }),
    ]),
    [
      'You took the call over',
      'The agent uses book',
      'book failed',
      'Being passed on to +1 312 555 0142 by you',
      '+1 312 555 0142 was not reached: the line was busy. The agent has the call again.',
    ],
  );
});

t.test('calls that ask for a person are counted, those that ended are not', async t => {
  const flag = (kind: string, level: 'urgent' | 'attention') => ({ kind, level, reason: kind, at: '' });
  const entries = new Map(
    [
      ['a', [flag('asked-for-person', 'attention')], null],
      ['b', [flag('silence', 'attention')], null],
      ['c', [flag('silence', 'attention'), flag('opt-out', 'urgent')], null],
      ['d', [flag('opt-out', 'urgent')], 1],
      ['e', undefined, null],
    ].map(([id, flags, endedAt]) => [id, { live: { flags }, endedAt }]) as never,
  ) as ReadonlyMap<string, LiveEntry>;
  t.same([...callsForPerson({ entries })], ['a', 'c']);
});

t.test('an address that anybody may have written is read with care', async t => {
  t.same(readLiveSearch({ q: 'ilya', order: 'newest', shape: 'rows', call: 'a', state: 'ringing', evil: 1 }), {
    q: 'ilya',
    order: 'newest',
    shape: 'rows',
    call: 'a',
    state: 'ringing',
  });
  t.same(
    readLiveSearch({ q: 77, order: 'toString', shape: 'x', call: '', state: [] }),
    { q: '77' },
    'digits are words, too',
  );
});

t.test('every state has its words, and every key is told', async t => {
  for (const state of callStates) t.ok(text.callStates[state], state);
  t.same(
    text.keys.live.map(([key]) => key),
    ['l', 'w', 't', 'm', 'b', 'r'],
  );
});

/** A clock that stands until it is moved, and then does what was due, in order. */
function standingClock() {
  let time = 0;
  let due: { at: number; then: () => void }[] = [];
  return {
    now: () => time,
    after: (ms: number, then: () => void) => void due.push({ at: time + ms, then }),
    move(ms: number) {
      time += ms;
      const past = due.filter(({ at }) => at <= time);
      due = due.filter(({ at }) => at > time);
      for (const { then } of past) then();
    },
  };
}

const risky = (kind: string, seconds: number) => ({
  kind,
  level: 'attention' as const,
  reason: `Asked for a person (${kind})`,
  at: new Date(Date.parse('2026-11-20T14:30:00.000Z') + 1_000 * seconds).toISOString(),
});

t.test('a minute of 500 busy calls is told in at most six polite sentences, and none that interrupts', async t => {
  const clock = standingClock();
  const said: { text: string; urgency: string; at: number }[] = [];
  const stop = announcements.subscribe(() => said.push({ ...announcements.get()!, at: clock.now() }));
  t.teardown(stop);
  const news = createNews(announce, clock);
  const voice = createLaneVoice(news);

  const ids = Array.from({ length: 500 }, (_, n) => `call-${n}`);
  const at = '2026-11-20T14:30:00.000Z';
  const whole = ids.map(id => ({ ...entry('1').call, id, contactName: `Person of ${id}`, seq: 1, answeredAt: at }));
  const snapshot = { at, calls: whole.map(call => ({ seq: 1, call })), unchanged: [] };
  let { calls } = applyWallEvents(noLiveCalls, [{ name: 'calls:snapshot', payload: snapshot as never }], 0);
  voice(flaggedCalls(calls.entries.values()));
  let alerts = [{ id: 'known' }];
  for (let second = 1; second <= 60; second++) {
    // Every second two dozen calls begin to need somebody and as many are well again, words go on everywhere, and now and then there is an alert.
    const events = ids.slice(0, 250).map((callId, n) => ({
      name: 'call:updated' as const,
      payload: {
        callId,
        callSid: null,
        seq: 1,
        since: 1,
        at,
        fields: {
          flags: (n + second) % 10 === 0 ? [risky(`kind-${second}`, second)] : [],
          activity: { agent: 'speaking' },
        },
      },
    }));
    ({ calls } = applyWallEvents(calls, events as never, clock.now()));
    voice(flaggedCalls(calls.entries.values()));
    const now = second % 4 === 0 ? [...alerts, { id: `alert-${second}` }] : alerts;
    for (const { id } of freshAlerts(new Set(alerts.map(each => each.id)), now as never))
      news.tell(`alert ${id}`, () => `New alert. ${id}.`);
    alerts = now;
    clock.move(1_000);
  }
  const minute = said.filter(({ at }) => at < 60_000);
  t.ok(minute.length >= 4 && minute.length <= 6, `${minute.length} sentences`);
  t.same(
    minute.filter(({ urgency }) => urgency !== 'polite'),
    [],
  );
  t.match(minute[0]!.text, /^25 calls need attention, newest: Person of call-\d+, asked for a person \(kind-1\)\.$/);
  t.match(
    minute.at(-1)!.text,
    /newest: Person of call-\d+, asked for a person \(kind-(?:4\d|5\d|60)\)/,
    'what is said is what is so then',
  );
  for (let n = 4; n <= 44; n += 4)
    t.ok(
      said.some(({ text }) => text.includes(`alert-${n}.`)),
      `alert-${n} was not lost`,
    );
});

t.test('only what begins is told, and what is over before there was room is not', async t => {
  const clock = standingClock();
  const said: string[] = [];
  const voice = createLaneVoice(createNews(sentence => said.push(sentence), clock));
  const needs = (id: string, kind: string) =>
    entry(id, { contactName: `Lena ${id}` }, { flags: [risky(kind, Number(id))] });
  const show = (...entries: LiveEntry[]) => voice(flaggedCalls(entries));
  show(needs('1', 'upset'));
  t.same(said, [], 'what stood there when the page was opened');
  show(needs('1', 'upset'), needs('2', 'silence'));
  t.same(said, ['2 calls need attention, newest: Lena 2, asked for a person (silence).']);
  show(needs('1', 'upset'), needs('2', 'silence'), needs('3', 'silence'));
  show(needs('1', 'upset'), needs('2', 'silence'));
  clock.move(10_000);
  t.equal(said.length, 1, 'the third is well again');
  show(needs('1', 'upset'), needs('4', 'silence'), needs('5', 'silence'));
  t.equal(said[1], '3 calls need attention, newest: Lena 5, asked for a person (silence).');
  show(needs('1', 'upset'), needs('6', 'silence'));
  show();
  clock.move(60_000);
  t.equal(said.length, 2, 'nobody needs anything any more');
});

t.test('an empty wall says when the next calls come, by both clocks, or why none do', async t => {
  const now = Date.parse('2026-03-19T13:00:00Z');
  const options = { now, locale: 'en-GB', timeZone: 'UTC' };
  const at = '2026-03-19T14:00:00.000Z';
  const none = { at: null, timeZone: null, about: false, paused: 0 };
  for (const [next, expected] of [
    [{ ...none, state: 'later', at, timeZone: 'America/Chicago' }, 'Next calls: today 14:00 (Thu 09:00 in Chicago),'],
    [{ ...none, state: 'later', at, timeZone: 'Etc/UTC' }, 'Next calls: today 14:00,'],
    [{ ...none, state: 'later', at, timeZone: null }, 'Next calls: today 14:00,'],
    [
      { ...none, state: 'later', at, timeZone: 'America/Chicago', about: true },
      'Next calls as soon as people’s local hours allow: about today 14:00 (Thu 09:00 in Chicago),',
    ],
    [{ ...none, state: 'now' }, 'Next calls: in a moment,'],
    [{ ...none, state: 'nobody-waits' }, 'Nobody waits in the campaigns that run.'],
    [{ ...none, state: 'nothing-runs' }, 'No campaign is running.'],
    [{ ...none, state: 'nothing-runs', paused: 2 }, /^No campaign is running, and 2 are paused/],
    [{ ...none, state: 'calling-stopped' }, /^Calling is stopped/],
  ] as const)
    t.match(expectedCalls(next, options), expected);
});
