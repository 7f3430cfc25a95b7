import { type Test, test } from 'tap';
import type { SpokenTurn } from '../../src/bridge/bridge.types.ts';
import { agentId, type CallSite, newSid, ourNumber, startCallSite, statusOf, tokenIn } from '../helpers/call-site.ts';

const streamSid = `MZ${'0'.repeat(32)}`;

/** A call of ours that was just answered, with the token of its stream. */
async function answered(site: CallSite) {
  const attempt = await site.attempt();
  const callSid = newSid();
  const id = attempt._id.toHexString();
  const { body } = await site.ask(`/outbound-call-twiml?attempt=${id}`, statusOf(callSid, 'in-progress', 0));
  return { attempt, id, callSid, token: tokenIn(body) };
}

const streamEnded = (site: CallSite, id: string, callSid: string) =>
  site.ask(`/stream-ended?attempt=${id}`, statusOf(callSid, 'in-progress', 0));

async function refused(t: Test, site: CallSite, claim: { token: string; callSid: string }, code: string) {
  await t.rejects(site.app.callDesk.admit({ ...claim, streamSid }), { code }, code);
}

test('a token lets one stream in, with all that its session needs', async t => {
  const now = { at: new Date() };
  const site = await startCallSite(t, { now: () => now.at, env: { SERVER_LOCATION: 'Frankfurt' } });
  const { id, callSid, token, attempt } = await answered(site);
  const plan = await site.app.callDesk.admit({ token, callSid, streamSid });
  t.match(plan, {
    callId: id,
    callSid,
    direction: 'outbound',
    from: ourNumber,
    agent: { id: agentId, version: 3 },
    variables: {
      phone_number: attempt.to,
      company_name: 'Northwind Dental',
      call_sid: callSid,
      conversation_id: id,
      server_location: 'Frankfurt',
      caller_name: '',
    },
    resume: null,
    maxSeconds: 570,
    silenceMs: 8000,
    answeredAt: now.at,
  });
  t.match(await site.calls.findById(id), {
    streamToken: null,
    streamSid,
    processId: site.app.operations.processId,
    streams: 1,
  });
  await refused(t, site, { token, callSid }, 'STREAM_TOKEN_USED');

  const other = await answered(site);
  await refused(t, site, { token: other.token, callSid }, 'STREAM_TOKEN_FOREIGN');
  await refused(t, site, { token: `${id}.${'A'.repeat(32)}`, callSid }, 'STREAM_TOKEN_UNKNOWN');
  await refused(t, site, { token: 'nonsense', callSid }, 'STREAM_TOKEN_UNKNOWN');
  await refused(t, site, { token: { $ne: null } as never, callSid }, 'STREAM_TOKEN_UNKNOWN');
  now.at = new Date(now.at.getTime() + 61_000);
  await refused(t, site, other, 'STREAM_TOKEN_EXPIRED');

  const third = await answered(site);
  const status = statusOf(third.callSid, 'completed', 3);
  await site.ask(`/call-status-callback?attempt=${third.id}`, status);
  await refused(t, site, third, 'CALL_ENDED');
  await site.counted('stream_admissions_total{result="used"}', 1);
});

test('of many streams that bring one token at once, one is let in', async t => {
  const site = await startCallSite(t);
  const { callSid, token } = await answered(site);
  const tries = await Promise.allSettled(
    Array.from({ length: 20 }, () => site.app.callDesk.admit({ token, callSid, streamSid })),
  );
  t.equal(tries.filter(each => each.status === 'fulfilled').length, 1);
});

test('asked twice for the document, the second token counts and the first is worthless', async t => {
  const site = await startCallSite(t);
  const { id, callSid, token } = await answered(site);
  const again = await site.ask(`/outbound-call-twiml?attempt=${id}`, statusOf(callSid, 'in-progress', 0));
  await refused(t, site, { token, callSid }, 'STREAM_TOKEN_UNKNOWN');
  await t.resolves(site.app.callDesk.admit({ token: tokenIn(again.body), callSid, streamSid }));
});

test('a caller whose stream broke comes back at most three times, with what was said, then hears an apology', async t => {
  const site = await startCallSite(t);
  const { id, callSid, token, attempt } = await answered(site);
  await site.app.callDesk.admit({ token, callSid, streamSid });
  const turn = { role: 'agent', text: 'Hello.', startMs: 0, endMs: 900, interrupted: false } as const;
  await site.spoken(attempt, turn);
  for (const count of [1, 2, 3]) {
    const { body } = await streamEnded(site, id, callSid);
    const plan = await site.app.callDesk.admit({ token: tokenIn(body), callSid, streamSid });
    t.match(plan.resume, { count, turns: [turn] });
  }
  t.match((await streamEnded(site, id, callSid)).body, /<Say.*Sorry.*<Hangup/s);
  t.match(await site.calls.findById(id), {
    terminationSource: 'websocket',
    terminationReason: 'stream-lost',
    resumes: 3,
  });
  t.match((await streamEnded(site, id, callSid)).body, /^[^S]*<Response><Hangup\/><\/Response>$/);
});

test('a first sentence that was heard is checked by whoever takes over from a process that died before', async t => {
  const site = await startCallSite(t);
  const sentence = 'Hello, this is an AI assistant calling for Northwind Dental.';
  const first = { role: 'agent', text: sentence, startMs: 0, endMs: 3_000, interrupted: false } as const;
  const answer = { role: 'caller', text: 'Yes?', startMs: 3_200, endMs: 3_600, interrupted: false } as const;
  const resumedAfter = async (...turns: SpokenTurn[]) => {
    const { id, callSid, token, attempt } = await answered(site);
    await site.app.callDesk.admit({ token, callSid, streamSid });
    await site.spoken(attempt, ...turns);
    const { body } = await streamEnded(site, id, callSid);
    await site.app.callDesk.admit({ token: tokenIn(body), callSid, streamSid });
    return (await site.until(id, each => each.firstTurn !== null)).firstTurn;
  };
  t.match(await resumedAfter(first, answer), { seller: true, ai: true, cutOff: false, saidAtMs: 3_000 });
  t.match(
    await resumedAfter(first),
    { seller: false, ai: false, cutOff: true, lacks: ['seller', 'ai'], saidAtMs: null },
    'while nothing was said after it, its end may not have been heard',
  );
  t.match(await resumedAfter({ ...first, heardText: 'Hello, this is an AI', interrupted: true }, answer), {
    seller: false,
    ai: true,
    lacks: ['seller'],
  });
});

test('a session that ended in order, a call that ended and a call of others are only hung up', async t => {
  const site = await startCallSite(t);
  const closed = await answered(site);
  await site.app.callDesk.admit({ ...closed, streamSid });
  await site.app.callDesk.end(closed.id, { source: 'elevenlabs', reason: 'agent-ended' });
  t.match((await streamEnded(site, closed.id, closed.callSid)).body, /<Response><Hangup\/>/);
  const ended = await answered(site);
  await site.ask(`/call-status-callback?attempt=${ended.id}`, statusOf(ended.callSid, 'completed', 3));
  t.match((await streamEnded(site, ended.id, ended.callSid)).body, /<Response><Hangup\/>/);
  const live = await answered(site);
  t.match((await streamEnded(site, live.id, newSid())).body, /<Response><Hangup\/>/);
  t.match((await streamEnded(site, 'f'.repeat(24), newSid())).body, /<Response><Hangup\/>/);
  t.match((await site.calls.findById(live.id))?.resumes, 0);
});

test('an attempt that was cancelled while it rang is hung up when somebody answers', async t => {
  const site = await startCallSite(t);
  const attempt = await site.attempt({ terminationSource: 'api', terminationReason: 'canceled' });
  const path = `/outbound-call-twiml?attempt=${attempt._id.toHexString()}`;
  t.match((await site.ask(path, statusOf(newSid(), 'in-progress', 0))).body, /<Response><Hangup\/>/);
  for (const stranger of ['', '?attempt=nonsense', `?attempt=${'f'.repeat(24)}`]) {
    const { status, body } = await site.ask(`/outbound-call-twiml${stranger}`, statusOf(newSid(), 'in-progress', 0));
    t.equal(status, 200);
    t.match(body, /<Response><Hangup\/>/);
  }
});

test('two processes: the document here, the stream there, and the first one dies', async t => {
  const first = await startCallSite(t);
  const second = await startCallSite(t, { beside: first });
  const { id, callSid, token } = await answered(first);
  await second.app.callDesk.admit({ token, callSid, streamSid });
  t.equal((await first.calls.findById(id))?.processId, second.app.operations.processId);
  await refused(t, first, { token, callSid }, 'STREAM_TOKEN_USED');
  // The second process is gone without a word; the carrier asks the first.
  const { body } = await streamEnded(first, id, callSid);
  const plan = await first.app.callDesk.admit({ token: tokenIn(body), callSid, streamSid });
  t.match(plan.resume, { count: 1 });
  t.equal((await first.calls.findById(id))?.processId, first.app.operations.processId);
});

test('a document that cannot be had in time is refused, and had when it is asked for again; the fallback waits for nothing', async t => {
  const site = await startCallSite(t);
  const { calls } = site;
  const attempt = await site.attempt();
  const callSid = newSid();
  const path = `/outbound-call-twiml?attempt=${attempt._id.toHexString()}`;
  const own = { answer: calls.answer.bind(calls), findBySid: calls.findBySid.bind(calls) };
  let goOn: () => void = () => {};
  const held = new Promise<void>(resolve => {
    goOn = resolve;
  });
  Object.assign(calls, {
    answer: (...args: Parameters<typeof own.answer>) => held.then(() => own.answer(...args)),
    findBySid: (sid: string) => held.then(() => own.findBySid(sid)),
  });
  const late = await site.ask(path, statusOf(callSid, 'in-progress', 0));
  t.equal(late.status, 503);
  t.match(late.body, /STORE_UNAVAILABLE/);
  t.match((await site.ask('/fallback-twiml', statusOf(newSid(), 'in-progress', 0))).body, /<Say.*Sorry.*<Hangup/s);
  Object.assign(calls, own);
  goOn();
  await site.until(attempt._id.toHexString(), each => each.answeredAt !== null);
  const { status, body } = await site.ask(path, statusOf(callSid, 'in-progress', 0));
  t.equal(status, 200);
  await t.resolves(site.app.callDesk.admit({ token: tokenIn(body), callSid, streamSid }));
});

test('the fallback apologises whatever is broken', async t => {
  const site = await startCallSite(t);
  const { id, callSid } = await answered(site);
  const fields = { ...statusOf(callSid, 'in-progress', 0), ErrorCode: '11200' };
  t.match((await site.ask(`/fallback-twiml?attempt=${id}`, fields)).body, /<Say.*Sorry.*<Hangup/s);
  await site.until(id, call => call.terminationReason === 'document-failed');
  t.match((await site.ask('/fallback-twiml', {})).body, /<Say.*Sorry.*<Hangup/s);
});
