import { test } from 'tap';
import { type CallSite, startCallSite } from './call-site.ts';

/** The vendor's own times for silence: when the agent speaks up by itself, in seconds; -1 for never. */
const speaksUpAfter = (site: CallSite, seconds: number) => {
  for (const { agent_id } of site.agent.control.agents()) {
    site.agent.control.configure(agent_id, { conversation_config: { turn: { turn_timeout: seconds } } });
  }
};
const toldBy = (site: CallSite, pattern: RegExp) =>
  site.agent.control.conversations()[0]!.turns.filter(turn => turn.role === 'user' && pattern.test(turn.message ?? ''));
const seconds = (site: CallSite, sid: string) => {
  const { answeredAt, endedAt } = site.carrier.control.call(sid)!;
  return (endedAt! - answeredAt!) / 1_000;
};

test('a silent caller is asked whether they are there, then told goodbye, and the call says why it ended', async t => {
  const site = await startCallSite(t);
  speaksUpAfter(site, -1);
  const sid = await site.call('silent');
  t.match(await site.over(sid), { source: 'system', reason: 'silence' });
  t.match(
    site.desk.events.filter(each => each.type === 'silence').map(each => each.data),
    [{ afterMs: 8_000 }],
    'asked once',
  );
  t.equal(toldBy(site, /still there/).length, 1);
  t.equal(toldBy(site, /goodbye/).length, 1);
  t.same(
    site.heard(sid).filter(clip => clip.includes('in part')),
    [],
    'every word was played to its end',
  );
  t.ok(site.heard(sid).length >= 3, site.heard(sid).join(', '));
  t.equal(site.sessions.size, 0);
  t.equal(site.pulse.size, 0);
});

test('an agent that breaks every silence by itself does not keep a silent caller', async t => {
  const site = await startCallSite(t);
  speaksUpAfter(site, 7);
  const sid = await site.call('silent');
  t.match(await site.over(sid), { source: 'system', reason: 'silence' });
  t.equal(toldBy(site, /still there/).length, 0, 'it had asked already');
  t.ok(seconds(site, sid) < 40, `${seconds(site, sid)} s`);
});

test('a caller who spoke once and then falls silent is not kept either', async t => {
  const site = await startCallSite(t);
  speaksUpAfter(site, -1);
  const sid = await site.call('greeter');
  t.match(await site.over(sid), { source: 'system', reason: 'silence' });
  t.match(site.desk.turns(sid)[1], { role: 'caller', text: 'hello' });
  t.equal(toldBy(site, /still there/).length, 1);
});

test('at the maximum duration the agent says goodbye, which is heard to its end', async t => {
  const site = await startCallSite(t, {
    // The call has been going on elsewhere before its stream came here.
    plan: { maxSeconds: 95, silenceMs: 0, answeredAt: new Date(Date.now() - 75_000) },
    agent: { farewell: 'We have to stop here. Goodbye!' },
  });
  speaksUpAfter(site, -1);
  const sid = await site.call('silent');
  t.match(await site.over(sid), { source: 'system', reason: 'max-duration' });
  t.match(site.desk.events.find(each => each.type === 'limit-near')?.data, { secondsLeft: Number });
  const [conversation] = site.agent.control.conversations();
  t.match(conversation!.context.join('\n'), /One minute of this call is left/, 'the agent knew before');
  t.equal(toldBy(site, /We have to stop here/).length, 1);
  const heard = site.heard(sid);
  t.equal(heard.length, 2, heard.join(', '));
  t.notMatch(heard.at(-1), /in part/);
  const took = seconds(site, sid);
  t.ok(took >= 10 && took < 20 + 23, `${took} s`);
});

test('an agent that says nothing more cannot prolong a call past its maximum', async t => {
  const site = await startCallSite(t, { plan: { maxSeconds: 10, silenceMs: 0 } });
  speaksUpAfter(site, -1);
  site.agent.control.addFault({ kind: 'half-open', afterMs: 3_000 });
  const sid = await site.call('silent');
  t.match(await site.over(sid), { source: 'system', reason: 'max-duration' });
  t.ok(seconds(site, sid) < 10 + 23, `${seconds(site, sid)} s`);
});
