import { test } from 'tap';
import { startCallSite } from './call-site.ts';

test('what the caller says before the agent is ready reaches the agent whole', async t => {
  const site = await startCallSite(t, { admitMs: 100 });
  site.agent.control.addFault({ kind: 'slow-start', delayMs: 3_000 });
  const sid = await site.call('buyer');
  await site.over(sid);
  const talked = await site.agent.control.until(each => each.endedAt !== undefined);
  t.match(talked.heard[0], { clipId: 'hello', complete: true });
  const { figures } = site.observed.seen.ended[0]!;
  t.ok(figures.peakQueuedMs > 1_000, `${figures.peakQueuedMs} ms were kept`);
  t.equal(figures.dropped, 0);
});

test('an agent that dies in the middle of a sentence is reopened with the conversation so far, and the caller stays', async t => {
  const site = await startCallSite(t);
  site.agent.control.addFault({ kind: 'die-mid-sentence', turn: 2 });
  const sid = await site.call('buyer');
  await site.desk.event('agent-reopened');
  t.match(site.observed.seen.lost, ['agent']);
  const [first, second] = site.agent.control.conversations().toReversed();
  t.ok(first!.endedAt !== undefined);
  await site.agent.control.until(each => each.id === second!.id && each.context.length + each.turns.length > 0);
  t.match(JSON.stringify(site.agent.control.conversation(second!.id)), /good morning/, 'it knows what was said');
  t.ok(site.sessions.bySid(sid), 'the call goes on');
  site.carrier.control.hangUp(sid);
  t.match(await site.over(sid), { source: 'twilio', reason: 'caller-hung-up' });
  const cut = site.desk.turns(sid).find(turn => turn.interrupted);
  t.match(cut, { role: 'agent', heardText: String }, 'the sentence that broke off is noted as such');
});

for (const code of [1002, 1011, 1006]) {
  test(`an agent that closes with ${code} in mid-call is reopened`, async t => {
    const site = await startCallSite(t);
    site.agent.control.addFault({ kind: 'close', code, afterMs: 1_500 });
    const sid = await site.call('buyer');
    await site.desk.event('agent-reopened');
    site.carrier.control.hangUp(sid);
    t.match(await site.over(sid), { source: 'twilio' });
  });
}

for (const [code, reason] of [
  [1008, "Override for field 'voice_id' is not allowed by config"],
  [3000, "[quota_exceeded] You've run out of credits"],
  [4300, 'Agent has exceeded its daily call limit of 5.'],
] as const) {
  test(`an agent that refuses with ${code} after its metadata: the caller hears an apology, and the call says why`, async t => {
    const site = await startCallSite(t);
    site.agent.control.addFault({ kind: 'close', code, reason, afterMs: 0 });
    const sid = await site.call('silent');
    const ending = await site.over(sid);
    t.match(ending, { source: 'system', reason: 'agent-unavailable', detail: { closeCode: code } });
    t.match(site.desk.types(), ['stream-started']);
    t.ok(site.desk.types().includes('apology-played'));
    t.equal(site.observed.seen.failed.length, 1);
    t.equal(site.pulse.size, 0);
  });
}

test('a wrong key: the caller is never met with silence', async t => {
  const site = await startCallSite(t);
  site.agent.control.addFault({ kind: 'rest-status', status: 401, times: 20 });
  const sid = await site.call('silent');
  t.match(await site.over(sid), { source: 'system', reason: 'agent-unavailable' });
  t.ok(site.desk.types().includes('apology-played'));
});

test('an agent that is not ready in time: apology, end, cause', async t => {
  const site = await startCallSite(t, { rules: { readyMs: 6_000 } });
  site.agent.control.addFault({ kind: 'slow-start', delayMs: 600_000 });
  const sid = await site.call('silent');
  const ending = await site.over(sid);
  t.match(ending, { source: 'system', reason: 'agent-unavailable', detail: { reason: 'agent-not-ready' } });
  const [heard] = [site.carrier.control.call(sid)!];
  t.ok(heard.endedAt! - heard.answeredAt! > 6_000 + 4_000, 'the apology was played to its end');
});

test('an agent that is lost and not back in time: apology, end, cause', async t => {
  const site = await startCallSite(t, { rules: { reopenMs: 5_000, reopensPerMinute: 100 } });
  const sid = await site.call('silent');
  const { data } = await site.desk.event('agent-ready');
  site.agent.control.addFault({ kind: 'slow-start', delayMs: 600_000, times: 100 });
  const lostAt = site.clock.now();
  site.agent.control.end(String(data['conversationId']), { code: 1006 });
  const ending = await site.over(sid);
  t.match(ending, { source: 'system', reason: 'agent-unavailable', detail: { reason: 'connection-lost' } });
  t.ok(site.clock.now() - lostAt >= 5_000);
  t.notOk(site.desk.types().includes('agent-reopened'));
  t.ok(site.desk.types().includes('apology-played'));
  t.equal(site.sessions.size, 0);
  t.equal(site.pulse.size, 0);
});

test('an agent that keeps failing is not reopened for ever', async t => {
  const site = await startCallSite(t, { rules: { reopensPerMinute: 2 } });
  site.agent.control.addFault({ kind: 'close', code: 1011, afterMs: 400, times: 10 });
  const sid = await site.call('silent');
  t.match(await site.over(sid), { source: 'system', reason: 'agent-unavailable' });
  t.equal(site.desk.types().filter(type => type === 'agent-lost').length, 2);
});

test('an agent’s queue is waited in, but not for ever', async t => {
  const site = await startCallSite(t, { rules: { queueMs: 4_000 } });
  const sid = await site.call('silent');
  const conversation = await site.agent.control.until(each => each.acceptedAt !== undefined);
  site.agent.control.inject(conversation.id, {
    type: 'queue_status',
    queue_status_event: { status: 'waiting' },
  } as never);
  await site.desk.event('agent-queued');
  t.match(await site.over(sid), { reason: 'agent-unavailable', detail: { reason: 'agent-queue-full' } });
});
