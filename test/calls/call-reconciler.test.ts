import { Types } from 'mongoose';
import { test } from 'tap';
import { createReconciler, isDue, patience } from '../../src/calls/call-reconciler.ts';
import { type CallSite, callee, newSid, ourNumber, startCallSite } from '../helpers/call-site.ts';
import { ownTime } from '../helpers/own-time.ts';

/** The carrier takes a call whose answer we never see, with callbacks that never come. */
async function dialledInSilence(site: CallSite, id: string, to = callee) {
  const { carrierAddresses: addresses, carrier } = site.app;
  site.carrier.control.addFault({ kind: 'callback-lost', to, times: 20 });
  const { sid } = await carrier.dial({
    to,
    from: ourNumber,
    url: addresses.outboundTwiml(id),
    fallbackUrl: addresses.fallback(id),
    statusCallback: addresses.callStatus(id),
    timeLimitSeconds: 600,
    ringSeconds: 30,
  });
  return sid;
}

test('an attempt of which the carrier knows nothing is looked for twice, then freed as failed', async t => {
  const time = ownTime();
  const site = await startCallSite(t, { now: time.now });
  const attempt = await site.attempt({ to: callee });
  const round = () => time.run(() => site.app.reconcileCalls());
  t.match(await round(), { found: 0, freed: 0 }, 'placing it may still be going on');
  time.by(patience.inDoubtMs + 1_000);
  t.match(await round(), { found: 0, freed: 0 }, 'its list lags');
  t.match(await site.calls.findById(attempt._id), { state: 'claimed', liveTo: callee });
  time.by(patience.givenUpMs);
  t.match(await round(), { found: 0, freed: 1 });
  t.match(await site.calls.findById(attempt._id), {
    state: 'failed',
    outcome: 'failed',
    liveTo: null,
    terminationSource: 'system',
    terminationReason: 'never-placed',
  });
  t.same(site.freed, [attempt._id.toHexString()]);
  t.match(await round(), { found: 0, freed: 0, moved: 0, concluded: 0 });
  await t.resolves(site.attempt({ to: callee }), 'the number may be called again');
});

test('an attempt whose answer was lost gets its call back, and is never given up', async t => {
  const time = ownTime();
  const site = await startCallSite(t, { now: time.now });
  const attempt = await site.attempt({ to: callee });
  // Whatever the carrier would tell of it, no message names the attempt.
  const sid = await dialledInSilence(site, 'f'.repeat(24));
  await site.carrier.control.idle();
  time.by(patience.inDoubtMs + 1_000);
  t.match(await time.run(() => site.app.reconcileCalls()), { found: 1, freed: 0 });
  t.match(await site.until(attempt, call => call.outcome !== null), {
    sid,
    state: 'completed',
    terminationSource: 'twilio',
  });
  time.by(patience.givenUpMs);
  t.match(await time.run(() => site.app.reconcileCalls()), { freed: 0 });
});

test('a call that somebody ended while it had no name is hung up when it is found', async t => {
  const time = ownTime();
  const site = await startCallSite(t, { now: time.now });
  const attempt = await site.attempt({ to: callee, terminationSource: 'api', terminationReason: 'requested' });
  const sid = await dialledInSilence(site, 'f'.repeat(24));
  time.by(patience.inDoubtMs + 1_000);
  await time.run(() => site.app.reconcileCalls());
  t.match(await site.calls.findById(attempt._id), { sid });
  await site.carrier.control.idle();
  time.by(patience.quietMs + 1_000);
  await time.run(() => site.app.reconcileCalls());
  t.match(await site.until(attempt, call => call.outcome !== null), { terminationSource: 'api', endedAt: Date });
});

test('calls of others to the same number, and those of before, are not taken for ours', async t => {
  const time = ownTime();
  const site = await startCallSite(t, { now: time.now });
  const earlier = await site.attempt({ to: callee, liveTo: null });
  const sid = await dialledInSilence(site, earlier._id.toHexString());
  await site.calls.attachSid(earlier._id, sid);
  const attempt = await site.attempt({ to: callee });
  time.by(patience.inDoubtMs + 1_000);
  t.match(await time.run(() => site.app.reconcileCalls()), { found: 0 });
  t.equal((await site.calls.findById(attempt._id))?.sid, null);
});

test('a call whose last callback never came is asked about and ended', async t => {
  const time = ownTime();
  const site = await startCallSite(t, { now: time.now });
  const attempt = await site.attempt({ to: callee });
  const sid = await dialledInSilence(site, attempt._id.toHexString());
  await site.calls.attachSid(attempt._id, sid);
  await site.carrier.control.reached(sid, 'in-progress');
  site.carrier.control.hangUp(sid);
  await site.carrier.control.idle();
  t.match(await time.run(() => site.app.reconcileCalls()), { moved: 0 }, 'it may still come');
  time.by(patience.quietMs + 1_000);
  t.match(await time.run(() => site.app.reconcileCalls()), { moved: 1 });
  const ended = await site.until(attempt, call => call.outcome !== null);
  t.match(ended, { state: 'completed', terminationSource: 'twilio', liveTo: null });
  await site.counted('calls_reconciled_total{what="no-news"}', 1);
});

test('an inbound call without a callback of its number is ended soon after its stream', async t => {
  const time = ownTime();
  const site = await startCallSite(t, { now: time.now });
  const call = await site.attempt({
    direction: 'inbound',
    sid: newSid(),
    liveTo: null,
    from: '+14155550123',
    to: ourNumber,
    state: 'in-progress',
    answeredAt: new Date(),
  });
  await site.calls.noteEnding(call._id, 'twilio', 'caller-hung-up', null);
  time.by(patience.endingMs + 1_000);
  t.match(await time.run(() => site.app.reconcileCalls()), { moved: 1 }, 'the carrier knows no such call any more');
  t.match(await site.until(call, each => each.outcome !== null), {
    state: 'completed',
    terminationSource: 'twilio',
    terminationReason: 'caller-hung-up',
    endedAt: Date,
  });
});

test('an end that a dying process wrote down and did not conclude is concluded by another, once', async t => {
  const time = ownTime();
  const first = await startCallSite(t, { now: time.now });
  const second = await startCallSite(t, { beside: first, now: time.now });
  const ended = await first.attempt({ sid: newSid(), liveTo: null, state: 'busy', endedAt: new Date() });
  time.by(patience.concludedMs + 1_000);
  const rounds = await time.run(() => Promise.all([first.app.reconcileCalls(), second.app.reconcileCalls()]));
  t.equal(rounds[0].concluded + rounds[1].concluded, 1);
  t.match(await first.calls.findById(ended._id), { outcome: 'busy', terminationReason: 'busy' });
  t.equal([...first.told, ...second.told].filter(each => each.name === 'calls.ended').length, 1);
});

test('a slow carrier is asked about several calls at once, and a round leaves to the next what it has no time for', async t => {
  let atOnce = 0;
  let most = 0;
  let time = 0;
  const asked: string[] = [];
  const silent = Array.from({ length: 100 }, (_, index) => ({
    _id: new Types.ObjectId(),
    sid: `CA${index}`,
    state: 'in-progress',
    terminationSource: 'system',
    updatedAt: new Date(0),
  }));
  const left = () => silent.filter(({ sid }) => !asked.includes(sid));
  const reconcile = (roundMs: number) =>
    createReconciler({
      calls: {
        inDoubt: async () => [],
        unfinished: async () => [],
        quiet: async () => left(),
        touch: async () => true,
      },
      carrier: {
        async call(sid: string) {
          asked.push(sid);
          most = Math.max(most, ++atOnce);
          await new Promise(resolve => setImmediate(resolve));
          time += 5;
          atOnce -= 1;
          return { sid, status: 'completed', createdAt: null, startedAt: null, endedAt: new Date() };
        },
      },
      lifecycle: { status: async () => 'applied' },
      metrics: { reconciled: { inc() {} } },
      now: () => new Date(),
      clock: () => time,
      roundMs,
    } as never).round();
  const first = await reconcile(1);
  t.equal(first.moved, 8, 'those that were begun in time');
  t.equal(most, 8);
  t.equal((await reconcile(60_000)).moved, 92);
  t.equal(new Set(asked).size, 100);
});

test('one look at a live call is enough for a while', async t => {
  const now = new Date();
  const silentFor = (ms: number, terminationSource: 'api' | null = null) =>
    isDue({ state: 'in-progress', terminationSource, updatedAt: new Date(now.getTime() - ms) }, now);
  t.equal(silentFor(patience.quietMs - 1), false);
  t.equal(silentFor(patience.quietMs), true);
  t.equal(silentFor(patience.endingMs, 'api'), true);
  t.equal(silentFor(patience.endingMs - 1, 'api'), false);
});
