import { test } from 'tap';
import { startCallSite } from './call-site.ts';

test('when the caller interrupts, what was not heard is cut, and the transcript says how far it was heard', async t => {
  const site = await startCallSite(t, { speaker: 'Talker' });
  const sid = await site.call('breaker');
  await site.over(sid);
  t.same(site.heard(sid), ['agent: a long explanation (in part)', 'agent: good morning']);
  const [explanation] = site.desk.turns(sid);
  t.match(explanation, { role: 'agent', text: 'agent: a long explanation', interrupted: true });
  t.ok(explanation!.heardText !== undefined && explanation!.text.startsWith(explanation!.heardText));
  const [heard] = site.carrier.control.call(sid)!.heard;
  const heardMs = (heard!.to - heard!.from) / 8;
  const notedMs = explanation!.endMs - explanation!.startMs;
  t.ok(Math.abs(heardMs - notedMs) < 600, `the caller heard ${heardMs} ms, the transcript says ${notedMs}`);
  t.match(site.desk.events.find(each => each.type === 'interrupted')?.data, { cutMs: Number });
  t.match(site.observed.seen.ended, [{ figures: { interruptions: 1 } }]);
});

test('what must be said first and was cut off is said again before anything else, and asked for no longer', async t => {
  const site = await startCallSite(t, { speaker: 'Talker', opening: true });
  const sid = await site.call('breaker');
  await site.over(sid);
  t.same(site.heard(sid), ['agent: a long explanation (in part)', 'agent: a long explanation', 'agent: good morning']);
  t.match(site.desk.firstTurns, [{ interrupted: true }, { text: 'agent: a long explanation', interrupted: false }]);
  t.equal(site.desk.types().filter(type => type === 'opening-due-again').length, 1);
  const [talked] = site.agent.control.conversations();
  t.match(talked!.context, [/^You were interrupted.*"agent: a long explanation"$/], 'the caller hears nothing of that');
});

test('an agent that broke off in what must be said first: the one that takes its place is told', async t => {
  const site = await startCallSite(t, { speaker: 'Talker', opening: true });
  site.agent.control.addFault({ kind: 'die-mid-sentence', turn: 1 });
  const sid = await site.call('greeter');
  await site.desk.event('opening-due-again');
  t.match(site.desk.types(), ['stream-started', 'agent-ready', 'agent-lost', 'opening-due-again', 'agent-reopened']);
  site.carrier.control.hangUp(sid);
  await site.over(sid);
});

test('after an interruption older audio is void, and audio with its number or a later one is played', async t => {
  const site = await startCallSite(t, { speaker: 'Talker' });
  site.agent.control.addFault({ kind: 'stale-audio' });
  const sid = await site.call('breaker');
  await site.over(sid);
  t.equal(site.heard(sid).at(-1), 'agent: good morning');
});

test('noise of the agent’s side (unknown types, empty audio, very long frames, no JSON) harms nobody', async t => {
  const site = await startCallSite(t);
  site.agent.control.addFault({ kind: 'noise' });
  const sid = await site.call('buyer');
  await site.over(sid);
  t.ok(site.desk.types().includes('agent-ended') || site.desk.endings.has(sid));
  t.same(site.errors, []);
});
