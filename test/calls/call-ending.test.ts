import { test } from 'tap';
import { ourNumber, startCallSite } from '../helpers/call-site.ts';
import { liveCall } from '../helpers/live-call.ts';

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
