import { test } from 'tap';
import { callee, newSid, startCallSite, statusOf } from '../helpers/call-site.ts';

const path = (id: { toHexString(): string }) => `/call-status-callback?attempt=${id.toHexString()}`;

test('a call follows the callbacks of the carrier to its end, and is concluded once', async t => {
  const site = await startCallSite(t);
  const attempt = await site.attempt();
  const sid = newSid();
  for (const [sequence, status] of ['initiated', 'ringing', 'in-progress'].entries()) {
    t.equal((await site.ask(path(attempt._id), statusOf(sid, status, sequence))).status, 204);
  }
  const answered = await site.until(attempt, call => call.state === 'in-progress');
  t.equal(answered.sid, sid, 'a callback before the answer to placing the call names it');
  t.ok(answered.answeredAt);
  t.equal(answered.liveTo, attempt.to);
  await site.ask(path(attempt._id), statusOf(sid, 'completed', 3, { CallDuration: '12', Duration: '1' }));
  const ended = await site.until(attempt, call => call.outcome !== null);
  t.match(ended, {
    state: 'completed',
    durationSeconds: 12,
    liveTo: null,
    terminationSource: 'twilio',
    terminationReason: 'caller-hung-up',
    outcome: 'abandoned',
  });
  t.same(site.freed, [attempt._id.toHexString()], 'its place is free');
  t.same(await site.typesOf(attempt, 'call.ended'), [
    'call.initiated',
    'call.ringing',
    'call.in-progress',
    'call.completed',
    'call.ended',
  ]);
  t.equal(site.told.filter(each => each.name === 'calls.ended').length, 1);
  await site.counted('carrier_callbacks_total{kind="status",result="applied"}', 4);
});

test('callbacks that come twice, late or after the end change nothing and are counted', async t => {
  const site = await startCallSite(t);
  const attempt = await site.attempt({ sid: newSid() });
  const tell = (status: string, sequence: number) =>
    site.ask(path(attempt._id), statusOf(attempt.sid!, status, sequence));
  await tell('completed', 3);
  const ended = await site.until(attempt, call => call.outcome !== null);
  t.equal(ended.state, 'completed', 'completed before ringing is the end all the same');
  for (const [status, sequence] of [
    ['ringing', 1],
    ['in-progress', 2],
    ['completed', 3],
    ['busy', 4],
  ] as const) {
    t.equal((await tell(status, sequence)).status, 204);
  }
  t.match(await site.calls.findById(attempt._id), { version: ended.version, state: 'completed', lastSequence: 3 });
  await site.counted('carrier_callbacks_total{kind="status",result="late"}', 3);
  await site.counted('carrier_callbacks_total{kind="status",result="doubled"}', 1);
});

test('the answer is learned once, from the document or the callback, whichever comes first', async t => {
  const site = await startCallSite(t);
  const attempt = await site.attempt({ sid: newSid() });
  const id = attempt._id.toHexString();
  const document = await site.ask(`/outbound-call-twiml?attempt=${id}`, statusOf(attempt.sid!, 'in-progress', 0));
  t.match(document.body, /<Connect><Stream/);
  const answered = await site.until(attempt, call => call.answeredAt !== null);
  await site.ask(path(attempt._id), statusOf(attempt.sid!, 'ringing', 1));
  await site.ask(path(attempt._id), statusOf(attempt.sid!, 'in-progress', 2));
  const after = await site.calls.findById(attempt._id);
  t.same(after?.answeredAt, answered.answeredAt);
  t.equal(after?.lastSequence, 2);
  await site.counted('carrier_callbacks_total{kind="status",result="confirmed"}', 1);
});

test('what names no call of ours, or another one than it should, changes nothing', async t => {
  const site = await startCallSite(t);
  const attempt = await site.attempt({ sid: newSid() });
  const before = await site.calls.findById(attempt._id);
  await site.ask(path(attempt._id), statusOf(newSid(), 'completed', 3));
  await site.ask('/call-status-callback', statusOf(newSid(), 'completed', 3));
  await site.ask('/call-status-callback?attempt=nonsense', { CallSid: 'CAnonsense', CallStatus: 'completed' });
  await site.ask(path(attempt._id), { CallStatus: 'completed' });
  await site.ask(path(attempt._id), statusOf(attempt.sid!, 'levitating', 3, { Something: 'new' }));
  t.same(await site.calls.findById(attempt._id), before);
  await site.counted('carrier_callbacks_total{kind="status",result="foreign"}', 1);
  await site.counted('carrier_callbacks_total{kind="status",result="unknown"}', 4);
});

test('unsigned callbacks are refused and change nothing', async t => {
  const site = await startCallSite(t);
  const attempt = await site.attempt({ sid: newSid() });
  for (const signature of ['', 'AAAA']) {
    const headers = { 'x-twilio-signature': signature };
    t.equal((await site.ask(path(attempt._id), statusOf(attempt.sid!, 'completed', 3), headers)).status, 403);
  }
  t.equal((await site.calls.findById(attempt._id))?.state, 'claimed');
});

test('a call that was not had says why', async t => {
  const site = await startCallSite(t);
  for (const [status, fields, expected] of [
    ['busy', { SipResponseCode: '486' }, { outcome: 'busy', terminationReason: 'busy' }],
    ['no-answer', { SipResponseCode: '487' }, { outcome: 'no-answer', terminationReason: 'no-answer' }],
    ['failed', { SipResponseCode: '404' }, { outcome: 'invalid-number', terminationReason: 'carrier-failed' }],
    ['failed', { SipResponseCode: '503', ErrorCode: '31005' }, { outcome: 'failed', cause: { code: '31005' } }],
    ['canceled', {}, { outcome: 'canceled', terminationReason: 'canceled' }],
  ] as [string, Record<string, string>, object][]) {
    const attempt = await site.attempt({ sid: newSid() });
    await site.ask(path(attempt._id), statusOf(attempt.sid!, status, 2, { CallDuration: '0', ...fields }));
    t.match(await site.until(attempt, call => call.outcome !== null), {
      ...expected,
      terminationSource: 'twilio',
      durationSeconds: null,
      liveTo: null,
    });
  }
});

test('the word of whoever ended the call first counts, whatever the carrier says afterwards', async t => {
  const site = await startCallSite(t);
  for (const [source, reason] of [
    ['elevenlabs', 'agent-ended'],
    ['api', 'hung-up'],
    ['amd', 'machine'],
    ['system', 'max-duration'],
    ['websocket', 'stream-lost'],
    ['twilio', 'caller-hung-up'],
  ] as const) {
    const attempt = await site.attempt({ sid: newSid(), state: 'in-progress', answeredAt: new Date() });
    await site.app.callDesk.end(attempt._id.toHexString(), { source, reason, detail: { closeCode: 1000 } });
    await site.app.callDesk.end(attempt._id.toHexString(), { source: 'system', reason: 'too-late' });
    await site.ask(path(attempt._id), statusOf(attempt.sid!, 'completed', 3, { CallDuration: '4' }));
    const ended = await site.until(attempt, call => call.outcome !== null);
    t.match(ended, { terminationSource: source, terminationReason: reason, cause: { closeCode: 1000 } });
  }
});

test('2,000 signed status callbacks from one address without a 429', async t => {
  const site = await startCallSite(t, { env: { LOG_LEVEL: 'warn' } });
  const attempts: Awaited<ReturnType<typeof site.attempt>>[] = [];
  // Some at a time: the store's connections are waited for within a limit.
  while (attempts.length < 500) {
    const next = Array.from({ length: 25 }, (_, index) =>
      site.attempt({ to: `+1415${5550000 + attempts.length + index}`, liveTo: null, sid: newSid() }),
    );
    attempts.push(...(await Promise.all(next)));
  }
  const statuses = ['initiated', 'ringing', 'in-progress', 'completed'];
  const codes = new Map<number, number>();
  const startedAt = performance.now();
  for (const [sequence, status] of statuses.entries()) {
    for (let from = 0; from < attempts.length; from += 50) {
      const answers = attempts
        .slice(from, from + 50)
        .map(each => site.ask(path(each._id), statusOf(each.sid!, status, sequence, { To: callee })));
      for (const { status: code } of await Promise.all(answers)) codes.set(code, (codes.get(code) ?? 0) + 1);
    }
  }
  t.comment(`${Math.round(2_000_000 / (performance.now() - startedAt))} callbacks a second, sender included`);
  t.same([...codes], [[204, 2000]]);
  let concluded = 0;
  for (const each of attempts)
    if ((await site.until(each, call => call.outcome !== null)).state === 'completed') concluded += 1;
  t.equal(concluded, 500);
});
