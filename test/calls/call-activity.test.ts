import { test } from 'tap';
import type { SessionView } from '../../src/bridge/bridge.types.ts';
import { activityOf } from '../../src/calls/call-activity.ts';

const now = new Date('2026-11-20T13:30:10Z');
const before = (ms: number) => new Date(now.getTime() - ms);
const quiet = {
  agent: 'ready',
  startedAt: before(10_000),
  lastAgentAudioAt: before(5_000),
  lastCallerAudioAt: before(20),
  queuedMs: 0,
  person: false,
  tool: null,
  waitsSince: null,
} as SessionView;

const cases: [string, Partial<SessionView>, string][] = [
  ['nothing waits to be heard', {}, 'listening'],
  ['an answer is still being played', { queuedMs: 1500 }, 'speaking'],
  ['audio came just now', { lastAgentAudioAt: before(100) }, 'speaking'],
  ['no word yet', { lastAgentAudioAt: null }, 'listening'],
  ['the caller has said something', { waitsSince: before(700) }, 'thinking'],
  ['it says nothing to what it heard', { waitsSince: before(20_000) }, 'listening'],
  ['a tool runs', { tool: 'book', waitsSince: before(2_000) }, 'using-tool'],
  ['it talks while a tool runs', { tool: 'book', queuedMs: 1_500 }, 'speaking'],
  ['somebody took the call', { person: true, tool: 'book', queuedMs: 1_500 }, 'person'],
  ['its socket opens', { agent: 'connecting', queuedMs: 1500 }, 'connecting'],
  ['it was lost and comes back', { agent: 'reopening' }, 'connecting'],
  ['its vendor makes it wait', { agent: 'queued' }, 'connecting'],
];

for (const [name, view, agent] of cases) {
  test(`${agent}: ${name}`, async t => {
    t.equal(activityOf({ ...quiet, ...view }, now).agent, agent);
  });
}

test('the tool that is used is named', async t => {
  t.equal(activityOf({ ...quiet, tool: 'book' }, now).step, 'book');
  t.equal(activityOf({ ...quiet, tool: 'book', queuedMs: 900 }, now).step, undefined);
});

test('the last activity is the last audio of either side, or the start', async t => {
  t.equal(activityOf(quiet, now).lastActivityAt, before(20).toISOString());
  const silent = { ...quiet, lastAgentAudioAt: null, lastCallerAudioAt: null };
  t.equal(activityOf(silent, now).lastActivityAt, quiet.startedAt.toISOString());
});
