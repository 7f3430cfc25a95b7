import { type Test, test } from 'tap';
import type { SpokenTurn } from '../../src/bridge/bridge.types.ts';
import type { NewCall } from '../../src/calls/call-document.ts';
import { type CallSite, callee, newSid, ourNumber, startCallSite } from '../helpers/call-site.ts';

const policy = (record: boolean) => ({
  amd: { mode: 'off', onMachine: 'hang-up' } as const,
  record,
  maxSeconds: 570,
  silenceMs: 8_000,
});

/** A call that is live at the carrier and known here. */
async function liveCall(t: Test, fields: Partial<NewCall> = {}) {
  const site = await startCallSite(t, {
    prepare: app =>
      app.post('/hold', { config: { access: 'public', audit: false } }, (_request, reply) =>
        reply.type('text/xml').send('<Response><Pause length="600"/></Response>'),
      ),
  });
  const attempt = await site.attempt({ to: callee, liveTo: null, policy: policy(false), ...fields });
  const id = attempt._id.toHexString();
  const { sid } = await site.app.carrier.dial({
    to: callee,
    from: ourNumber,
    url: 'https://calls.example.com/hold',
    fallbackUrl: site.app.carrierAddresses.fallback(id),
    statusCallback: site.app.carrierAddresses.callStatus(id),
    timeLimitSeconds: 600,
    ringSeconds: 30,
  });
  await site.carrier.control.reached(sid, 'in-progress');
  await site.until(id, each => each.state === 'in-progress');
  return { site, id, sid };
}

test('a call that is ended is hung up at the carrier, once, and its record says who and why', async t => {
  const { site, id, sid } = await liveCall(t);
  await Promise.all([
    site.app.callDesk.end(id, { source: 'api', reason: 'requested' }),
    site.app.callDesk.end(id, { source: 'api', reason: 'requested' }),
  ]);
  await site.carrier.control.reached(sid, 'completed');
  const ended = await site.until(id, each => each.outcome !== null);
  t.match(ended, { state: 'completed', terminationSource: 'api', terminationReason: 'requested', liveTo: null });
  await t.resolves(site.app.callDesk.end(id, { source: 'system', reason: 'again' }));
  t.match(await site.calls.findById(id), { version: ended.version });
});

test('a carrier that does not answer is asked again until it hung up', async t => {
  const { site, id, sid } = await liveCall(t);
  site.carrier.control.addFault({ kind: 'rest-503', operation: 'update', times: 4 });
  await site.app.callDesk.end(id, { source: 'elevenlabs', reason: 'agent-ended' });
  await site.carrier.control.reached(sid, 'completed');
  t.match(await site.until(id, each => each.outcome !== null), { terminationSource: 'elevenlabs' });
});

test('ending never rejects, whatever it is given', async t => {
  const site = await startCallSite(t);
  for (const id of ['f'.repeat(24), 'nonsense', '']) {
    await t.resolves(site.app.callDesk.end(id, { source: 'system', reason: 'test' }));
  }
  const attempt = await site.attempt();
  const hostile = JSON.parse('{"$where": 1, "a.b": {"__proto__": {"x": 1}}}');
  await t.resolves(
    site.app.callDesk.end(attempt._id.toHexString(), { source: 'elevenlabs', reason: 'odd', detail: hostile }),
  );
  t.match(await site.calls.findById(attempt._id), { terminationReason: 'odd', cause: { detail: /\$where/ } });
});

const turn = (text: string): SpokenTurn => ({ role: 'agent', text, startMs: 300, endMs: 4_000, interrupted: false });
const proper = 'Hello, this is an AI assistant calling for Northwind Dental.';

test('the first sentence is checked once, and only then a recording begins', async t => {
  const { site, id, sid } = await liveCall(t, { policy: policy(true), recording: 'off' });
  t.equal((await site.calls.findById(id))?.recording, 'off');
  site.app.callDesk.firstTurnHeard(id, turn(proper));
  const call = await site.until(id, each => each.recording === 'recording');
  t.match(call.firstTurn, { seller: true, ai: true, startMs: 300, endMs: 4_000 });
  site.app.callDesk.firstTurnHeard(id, turn('Hi.'));
  await site.app.callDesk.end(id, { source: 'elevenlabs', reason: 'agent-ended' });
  await site.carrier.control.reached(sid, 'completed');
  await site.until(id, each => each.recording === 'recorded');
  t.match((await site.calls.findById(id))?.firstTurn, { seller: true, ai: true }, 'the first one stays');
  await site.counted('first_turn_checks_total{seller="said",ai="said"}', 1);
  await site.counted('recording_starts_total{result="started"}', 1);
});

test('what was cut off before the words does not count as said', async t => {
  const { site, id } = await liveCall(t);
  site.app.callDesk.firstTurnHeard(id, { ...turn(proper), heardText: 'Hello, this is', interrupted: true });
  const call = await site.until(id, each => each.firstTurn !== null);
  t.match(call, { firstTurn: { seller: false, ai: false }, recording: 'off' });
  await site.counted('first_turn_checks_total{seller="missing",ai="missing"}', 1);
});

test('a recording that cannot be started is noted, and the call goes on', async t => {
  const site: CallSite = await startCallSite(t);
  const attempt = await site.attempt({
    sid: newSid(),
    policy: policy(true),
    state: 'in-progress',
    answeredAt: new Date(),
  });
  site.app.callDesk.firstTurnHeard(attempt._id.toHexString(), turn(proper));
  const call = await site.until(attempt, each => each.recording === 'failed');
  t.match(call, { terminationSource: null, endedAt: null });
  t.ok((await site.typesOf(attempt, 'recording.failed')).includes('first-turn.heard'));
});

test('an attempt for which the carrier was not asked yet is over with the request that ends it', async t => {
  const site = await startCallSite(t);
  const attempt = await site.attempt();
  const id = attempt._id.toHexString();
  await site.app.callDesk.end(id, { source: 'api', reason: 'requested' });
  t.match(await site.calls.findById(id), {
    state: 'canceled',
    outcome: 'canceled',
    terminationSource: 'api',
    terminationReason: 'requested',
    liveTo: null,
  });
  t.same(site.freed, [id]);
  t.strictSame(
    await site.calls.beginDiallingMany([{ id, dialledAt: new Date() }]),
    [false],
    'whoever prepares it finds that it is over',
  );
  t.same(await site.typesOf(attempt, 'call.ended'), ['call.ending', 'call.canceled', 'call.ended']);
  t.equal(site.told.filter(each => each.name === 'calls.ended').length, 1);
});

test('an attempt that is being dialled is not declared over while its telephone may ring', async t => {
  const site = await startCallSite(t);
  const attempt = await site.attempt();
  t.strictSame(await site.calls.beginDiallingMany([{ id: attempt._id, dialledAt: new Date() }]), [true]);
  await site.app.callDesk.end(attempt._id.toHexString(), { source: 'api', reason: 'requested' });
  t.match(await site.calls.findById(attempt._id), { state: 'claimed', endedAt: null, terminationSource: 'api' });
});

test('a call that waits in the carrier’s queue is over at once, although no callback says so', async t => {
  const site = await startCallSite(t, { carrier: { callsPerSecond: 0.01 } });
  const place = async () => {
    const attempt = await site.attempt({ liveTo: null });
    const id = attempt._id.toHexString();
    const { sid } = await site.app.carrier.dial({
      to: attempt.to,
      from: ourNumber,
      url: site.app.carrierAddresses.outboundTwiml(id),
      fallbackUrl: site.app.carrierAddresses.fallback(id),
      statusCallback: site.app.carrierAddresses.callStatus(id),
      timeLimitSeconds: 600,
      ringSeconds: 30,
    });
    await site.calls.placed(id, sid);
    return { id, sid };
  };
  await place();
  const { id, sid } = await place();
  t.equal(site.carrier.control.call(sid)?.state, 'queued');
  await site.app.callDesk.end(id, { source: 'api', reason: 'requested' });
  t.match(await site.calls.findById(id), { state: 'canceled', terminationSource: 'api', liveTo: null });
  t.match(await site.until(id, call => call.outcome !== null), { outcome: 'canceled' });
});
