import { test } from 'tap';
import { startCallSite } from './call-site.ts';
import { stranger } from './stranger.ts';

test('a stream that is cut without a word: the same session goes on over the call’s next one', async t => {
  const site = await startCallSite(t);
  site.carrier.control.addFault({ kind: 'stream-cut', afterMs: 4_000 });
  const sid = await site.call('buyer');
  const session = await site.session(sid);
  await site.desk.event('stream-resumed');
  t.equal(site.sessions.bySid(sid), session, 'it is the same session');
  t.match(site.observed.seen.lost, ['carrier']);
  t.equal(site.agent.control.conversations().length, 1, 'and the same agent');
  t.match(await site.over(sid), { source: String });
  t.equal(site.observed.seen.ended.length, 1, 'one session ended');
  t.equal(site.pulse.size, 0);
  t.same(site.errors, []);
});

test('a line that broke in the middle of a sentence: the agent is told to repeat it', async t => {
  const site = await startCallSite(t, { speaker: 'Talker' });
  site.carrier.control.addFault({ kind: 'stream-cut', afterMs: 4_000 });
  const sid = await site.call('silent');
  await site.desk.event('stream-resumed');
  await site.agent.control.until(each => /missed the end of what you said/.test(JSON.stringify(each.turns)));
  site.carrier.control.hangUp(sid);
  t.match(await site.over(sid), { source: 'twilio', reason: 'caller-hung-up' });
  const cut = site.desk.turns(sid).find(turn => turn.interrupted);
  t.match(cut, { role: 'agent', heardText: String }, 'and the transcript says how far it was heard');
});

test('a stream that does not come back is waited for, and then the call is over', async t => {
  const site = await startCallSite(t);
  const { socket, sid } = await stranger(site, { admitted: true });
  await site.desk.event('agent-ready');
  socket.terminate();
  await site.desk.event('stream-lost');
  t.equal(site.sessions.bySid(sid)?.view().state, 'waiting-for-stream');
  const ending = await site.desk.until(() => site.desk.endings.get(sid));
  t.match(ending, { source: 'websocket', reason: 'stream-lost' });
  await site.sessions.settled();
  t.equal(site.pulse.size, 0);
});

test('a line that breaks while its token is looked at: the next stream finds an agent', async t => {
  const site = await startCallSite(t, { admitMs: 150 });
  const first = await stranger(site, { admitted: true });
  first.socket.terminate();
  await site.desk.event('stream-lost');
  const next = await stranger(site, { admitted: true, sid: first.sid });
  await site.desk.event('stream-resumed');
  await site.desk.event('agent-ready');
  await next.next('media');
  t.equal(site.sessions.bySid(first.sid)?.view().state, 'talking');
  t.equal(site.agent.control.conversations().length, 1);
});

test('a caller who hangs up while the token is looked at costs no agent', async t => {
  const site = await startCallSite(t, { admitMs: 150 });
  const { sid, send, closed } = await stranger(site, { admitted: true });
  send('stop', { stop: { callSid: sid } });
  t.match(await site.desk.until(() => site.desk.endings.get(sid)), { source: 'twilio', reason: 'caller-hung-up' });
  t.equal((await closed).code, 1000);
  await site.sessions.settled();
  t.equal(site.agent.control.conversations().length, 0);
  t.equal(site.pulse.size, 0);
});

test('a caller who hangs up before the agent is ready leaves nothing behind', async t => {
  const site = await startCallSite(t);
  site.agent.control.addFault({ kind: 'slow-start', delayMs: 20_000 });
  const sid = await site.call('silent');
  await site.session(sid);
  site.carrier.control.hangUp(sid);
  t.match(await site.over(sid), { source: 'twilio', reason: 'caller-hung-up' });
  t.equal(site.sessions.size, 0);
  t.equal(site.pulse.size, 0);
  t.notOk(site.desk.types().includes('agent-ready'));
});

test('a carrier that says stop and then never closes is cut off', async t => {
  const site = await startCallSite(t);
  const { socket, sid, send, closed } = await stranger(site, { admitted: true });
  await site.desk.event('agent-ready');
  // It answers no close of ours, since it reads nothing any more.
  send('stop', { stop: { callSid: sid } });
  socket.pause();
  t.match(await site.desk.until(() => site.desk.endings.get(sid)), { reason: 'caller-hung-up' });
  await site.sessions.settled();
  t.equal(site.pulse.size, 0);
  await site.socketsGone();
  socket.resume();
  await closed;
});

test('a close without stop is a line that broke, and not a caller who hung up', async t => {
  const site = await startCallSite(t);
  const first = await stranger(site, { admitted: true });
  await site.desk.event('agent-ready');
  first.socket.close(1000);
  t.match(await site.desk.event('stream-lost'), { data: { code: 1000 } });
  const second = await stranger(site, { admitted: true, sid: first.sid });
  await site.desk.event('stream-resumed');
  t.match(site.sessions.bySid(first.sid)?.view(), { streamSid: second.streamSid });
});

test('a second stream of a call whose first one still looks alive takes its place', async t => {
  const site = await startCallSite(t);
  const first = await stranger(site, { admitted: true });
  await site.desk.event('agent-ready');
  const second = await stranger(site, { admitted: true, sid: first.sid });
  await site.desk.event('stream-resumed');
  await first.closed;
  t.equal(site.sessions.size, 1);
  t.match(site.sessions.bySid(first.sid)?.view(), { streamSid: second.streamSid });
});
