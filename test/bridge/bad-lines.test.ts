import { test } from 'tap';
import { startCallSite } from './call-site.ts';

const answers = ['agent: good morning', 'agent: shall I book it', 'agent: thank you'];

test('a line that jitters, stands still and then delivers all at once: every word arrives whole, and how late is counted', async t => {
  const site = await startCallSite(t, { rules: { slowFirstWordMs: -1, slowTurnMs: -1 } });
  site.carrier.control.addFault({ kind: 'media-jitter', upToMs: 120 });
  site.carrier.control.addFault({ kind: 'media-stall', afterMs: 1_500, forMs: 2_000 });
  const sid = await site.call('buyer');
  t.match(await site.over(sid), { source: 'elevenlabs', reason: 'agent-ended' });
  const talked = await site.agent.control.until(each => each.endedAt !== undefined);
  t.same(
    talked.heard.map(each => [each.clipId, each.complete]),
    ['hello', 'yes please', 'goodbye'].map(clip => [clip, true]),
  );
  t.same(site.heard(sid), answers);
  const { late, dropped, callerFrames } = site.observed.seen.ended[0]!.figures;
  t.ok(late > 0, `${late} of ${callerFrames} frames were late`);
  t.equal(dropped, 0);

  const { firstWords, turns } = site.observed.seen;
  t.equal(firstWords.length, 1);
  t.ok(turns.length > 0);
  const slow = (type: string) => site.desk.events.filter(each => each.type === type).map(each => each.data);
  const told = (times: readonly number[]) => times.map(ms => ({ ms: Math.round(ms), limitMs: -1 }));
  t.same(slow('first-word-slow'), told(firstWords), 'a first word that takes longer than the rule allows is an event');
  t.same(slow('turn-slow'), told(turns), 'and so is an answer');
  t.same(site.errors, []);
});

test('a line with a hole in it, whose carrier reads nothing for a while: what came is heard, and nothing of the agent is missing', async t => {
  const site = await startCallSite(t, { rules: { slowFirstWordMs: 600_000, slowTurnMs: 600_000 } });
  // Into the greeting, which is said as soon as somebody picks up.
  site.carrier.control.addFault({ kind: 'media-gap', afterMs: 500, forMs: 200 });
  site.carrier.control.addFault({ kind: 'stream-slow', afterMs: 0, forMs: 3_000 });
  const sid = await site.call('buyer');
  t.match(await site.over(sid), { source: 'elevenlabs', reason: 'agent-ended' });
  const talked = await site.agent.control.until(each => each.endedAt !== undefined);
  t.same(
    talked.heard.filter(each => each.complete).map(each => each.clipId),
    ['yes please', 'goodbye'],
  );
  t.same(site.heard(sid), answers);
  t.same(
    site.desk.types().filter(type => type.endsWith('-slow')),
    [],
    'nobody waited too long',
  );
  t.equal(site.pulse.size, 0);
});

test('a stream that looks open and carries nothing is given up after half a minute, and the call goes on over its next one', async t => {
  // Silence would be a reason to end the call, too, and an earlier one.
  const site = await startCallSite(t, { plan: { silenceMs: 0 }, scale: 20 });
  for (const { agent_id } of site.agent.control.agents()) {
    site.agent.control.configure(agent_id, { conversation_config: { turn: { turn_timeout: -1 } } });
  }
  site.carrier.control.addFault({ kind: 'stream-half-open', afterMs: 1_500 });
  const sid = await site.call('silent');
  const session = await site.session(sid);
  t.match(await site.desk.event('stream-lost'), { data: { code: 1006 } });
  const quietMs = site.clock.now() - session.view().lastCallerAudioAt!.getTime();
  t.ok(quietMs >= 30_000, `after ${quietMs} ms without a message`);
  await site.desk.event('stream-resumed');
  t.equal(site.sessions.bySid(sid), session, 'it is the same session');
  site.carrier.control.hangUp(sid);
  t.match(await site.over(sid), { source: 'twilio', reason: 'caller-hung-up' });
  await site.agent.control.until(each => each.endedAt !== undefined);
  await site.socketsGone();
  t.equal(site.sessions.size, 0);
  t.equal(site.pulse.size, 0);
  t.same(site.observed.seen.lost, ['carrier']);
});
