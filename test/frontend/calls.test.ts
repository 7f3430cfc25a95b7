import t from 'tap';
import { askerOf } from '../../frontend/src/features/calls/asker.ts';
import { colsOf, columnsOf, usualColumns } from '../../frontend/src/features/calls/call-column-choice.ts';
import { detailsOf, toolRuns } from '../../frontend/src/features/calls/call-events.ts';
import { delaysOf, medianOf } from '../../frontend/src/features/calls/call-facts.ts';
import { noOrder, orderOf, orderProblems } from '../../frontend/src/features/calls/call-order.ts';
import { turnAt, turnsSaying } from '../../frontend/src/features/calls/call-turns.ts';
import { filterCount, filters, queryOf, readCallsSearch } from '../../frontend/src/features/calls/calls-search.ts';
import {
  evidenceOf,
  failingFirst,
  keptVerdict,
  personZone,
  sentenceOf,
} from '../../frontend/src/features/calls/verdict-words.ts';
import { askedFor } from '../../frontend/src/lib/agent-questions.ts';
import * as values from '../../frontend/src/lib/call-values.ts';
import { silencesOf } from '../../frontend/src/lib/wave-peaks.ts';
import { callsText } from '../../frontend/src/strings/calls.ts';
import { text } from '../../frontend/src/strings/en.ts';
import * as server from '../../src/calls/call-state.ts';

t.test('what a call can be is what the server says', async t => {
  const { callDirections, callOutcomes, callStates } = server;
  t.same({ ...values }, { callDirections, callOutcomes, callStates });
  for (const outcome of callOutcomes) t.ok(text.outcomes[outcome], outcome);
});

t.test('the address of the list becomes a question to the server', async t => {
  const id = '6740a1b2c3d4e5f60718293a';
  const search = readCallsSearch({
    q: 555014,
    outcome: 'busy',
    agent: id,
    min: 0,
    range: '7d',
    evil: 1,
    status: 'gone',
  });
  t.same(search, { q: '555014', outcome: 'busy', agent: id, min: 0, range: '7d' });
  t.match(queryOf(search, Date.now()), {
    number: '555014',
    outcome: 'busy',
    agentId: id,
    minSeconds: 0,
    since: String,
  });
  t.same(queryOf({ q: 'spring cleaning' }, 0), { text: 'spring cleaning' });
  t.same(queryOf({ q: '+1 (312) 555-0142' }, 0), { number: '+1 (312) 555-0142' });
  for (const q of ['a', '12', ' ']) t.same(queryOf({ q }, 0), {}, `${q} is too little to look for`);
  t.equal(filters({ cols: 'cost', order: 'oldest' }), false, 'order and columns leave nothing out');
  t.equal(filterCount({ q: 'x', from: 'a', to: 'b', outcome: 'busy', cols: 'cost' }), 2);
});

t.test('columns are named in the address only when they are not the usual ones', async t => {
  const all = ['started', 'person', 'cost', 'id'].map(id => ({ id }));
  t.same(columnsOf('id,cost,nonsense', all), ['started', 'cost', 'id'], 'in our order, the first always');
  t.same(columnsOf('nonsense', all), usualColumns);
  t.equal(colsOf(usualColumns), undefined);
  t.equal(colsOf(['started', 'id']), 'id');
});

t.test('a verdict is told rule by rule, what stands in the way first', async t => {
  const rule = (
    name: string,
    result: 'passed' | 'warned' | 'refused',
    evidence = {},
    message: string | null = null,
  ) => ({
    rule: name,
    result,
    code: null,
    message,
    evidence,
  });
  const hours = rule('hours', 'passed', {
    zones: ['America/Chicago'],
    local: ['2026-03-19 10:30'],
    regions: ['US-IL'],
  });
  const rules = [rule('kill-switch', 'passed', { on: false }), hours, rule('spacing', 'refused', {}, 'Wait a day.')];
  t.same(
    failingFirst(rules).map(each => each.rule),
    ['spacing', 'kill-switch', 'hours'],
  );
  t.equal(sentenceOf(rules[2]!), 'Wait a day.');
  t.equal(sentenceOf(rule('of-tomorrow', 'passed')), callsText.rules.unknown('of-tomorrow'));
  t.same(evidenceOf(hours), ['Local time 10:30 in Chicago', 'regions: US-IL']);
  t.same(evidenceOf(rule('x', 'passed', { a: null, b: [], c: true, from: '+13125550142' })), [
    'c: yes',
    'from: +1 312 555 0142',
  ]);
  t.equal(personZone({ rules }), 'America/Chicago');
  for (const none of [null, undefined, {}, { rules: 1 }]) t.equal(keptVerdict(none), null);
});

t.test('a new call is ordered as it was typed', async t => {
  const fields = {
    ...noOrder,
    to: '+1 (312) 555-0142',
    minutes: '2,5',
    record: 'no' as const,
    variables: { a: ' x ', b: '', c: 'y' },
  };
  t.same(orderOf(fields, ['a', 'b']), { to: '+13125550142', record: false, maxMinutes: 2.5, variables: { a: 'x' } });
  t.same(
    orderOf({ ...noOrder, to: '+13125550142' }, ['a']),
    { to: '+13125550142' },
    'what was not said is left to the agent',
  );
  for (const wrong of [{ to: '555' }, { to: '+13125550142', minutes: '0' }, { to: '+13125550142', minutes: 'long' }])
    t.equal(orderOf({ ...noOrder, ...wrong }, []), null);
  t.same(Object.keys(orderProblems({ ...noOrder, to: '555', minutes: '900' })), ['to', 'minutes']);
  t.same(
    askedFor(['first_name', 'call_sid', 'system__time_utc']),
    ['first_name'],
    'what the server knows is not asked for',
  );
});

t.test('what happened is told without codes, counters and thousands of milliseconds', async t => {
  const details = (data: Record<string, unknown>) => detailsOf({ seq: 1, type: 'x', at: '', source: '', data });
  t.same(details({ cutMs: 9_013 }), ['left unheard: 9 s']);
  t.same(details({ ms: 680, connectMs: 1_240, lostMs: 134_000 }), [
    'took: 680 ms',
    'connect: 1.2 s',
    'away for: 2 min 14 s',
  ]);
  t.same(details({ requestedBy: 'campaign:6740a1b2c3d4e5f60718293a', variables: ['first_name', 'day'] }), [
    'asked for by: a campaign',
    'told to the agent: first_name, day',
  ]);
  t.same(details({ action: 'hang-up', cause: { source: 'carrier', code: 'X', message: 'It broke.' } }), [
    'done: we hung up',
    'because: It broke.',
  ]);
  t.same(details({ mode: 'warm', detailKind: 'out-of-credit', agentId: '6740a1b2c3d4e5f60718293a' }), [
    'how: warm',
    'detail kind: out of credit',
  ]);
  t.equal(askerOf('user:u1', 'u1'), 'You');
  t.equal(askerOf('user:u2', 'u1'), 'A colleague');
  t.equal(askerOf('of-tomorrow:1'), 'of-tomorrow:1');
});

t.test('tools are told once each, with what became of them', async t => {
  const event = (seq: number, type: string, data = {}) => ({ seq, type, data, at: '', source: '' });
  t.same(
    toolRuns([
      event(1, 'tool-called', { name: 'book', toolCallId: 'a' }),
      event(2, 'tool-answered', { name: 'book', toolCallId: 'a', isError: true, ms: 40 }),
      event(3, 'agent-tool-finished', { tool: 'book', toolCallId: 'a', status: 'success' }),
      event(4, 'agent-tool-finished', { tool: 'end_call', toolCallId: 'b', status: 'success' }),
      event(5, 'tool-refused', { name: 'late', toolCallId: 'c' }),
      event(6, 'tool-called', { name: 'slow', toolCallId: 'd' }),
    ]),
    [
      { seq: 1, name: 'book', state: 'failed', ms: 40 },
      { seq: 4, name: 'end_call', state: 'answered', ms: null },
      { seq: 5, name: 'late', state: 'refused', ms: null },
      { seq: 6, name: 'slow', state: 'running', ms: null },
    ],
  );
});

t.test('what is heard is found in what was said', async t => {
  const turns = [0, 2_000, 9_000].map(startMs => ({ startMs, text: startMs === 2_000 ? 'Not today.' : 'Hello' }));
  for (const [ms, place] of [
    [0, 0],
    [1_900, 1],
    [8_000, 1],
    [60_000, 2],
  ] as const)
    t.equal(turnAt(turns, ms), place, `${ms}`);
  t.equal(turnAt([{ startMs: 5_000 }], 10), null);
  t.same(turnsSaying(turns, ' HELLO '), [0, 2]);
  t.same(turnsSaying(turns, ' '), []);
  t.same(delaysOf({ turnsMs: [900, 'x', -1, 300, 600] }), [900, 300, 600]);
  t.equal(medianOf([900, 300, 600]), 600);
  t.equal(medianOf([]), null);
});

t.test('a silence is where neither side speaks for long', async t => {
  // The person speaks in the first second, the agent in the last half of the fourth.
  const person = [200, 90, 3, 0, 0, 5, 0, 0];
  const agent = [0, 0, 0, 0, 0, 0, 0, 120];
  const peaks = { durationMs: 3_900, msPerPoint: 500, channels: [person, agent] };
  t.same(silencesOf(peaks, 1_200), [[1_000, 3_500]]);
  t.same(silencesOf(peaks, 2_500), []);
  t.same(silencesOf({ ...peaks, channels: [person] }, 1_200), [[1_000, 3_900]], 'to the end of the sound, no further');
  t.same(silencesOf({ ...peaks, channels: [] }, 1_200), []);
});
