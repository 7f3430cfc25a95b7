import { test } from 'tap';
import { conversation, nothingIsLeft, product, typesOf } from './bad-day.ts';

test('status callbacks on bad days change nothing about what is written down', async t => {
  const day = await product(t);
  for (const [what, fault] of [
    ['twice', { kind: 'callback-doubled', purpose: 'status', times: 10 }],
    ['late', { kind: 'callback-late', purpose: 'status', delayMs: 5_000, times: 3 }],
    ['answered with an error, and repeated', { kind: 'callback-answered-5xx', purpose: 'status', times: 3 }],
    ['completed before ringing', { kind: 'callback-reordered', purpose: 'status', event: 'ringing', delayMs: 60_000 }],
  ] as const) {
    await t.test(`callbacks: ${what}`, async t => {
      day.carrier.control.clearFaults();
      day.carrier.control.addFault(fault);
      const { id } = await day.dial('buyer');
      t.match(await day.until(id, call => call.outcome, 'over'), conversation);
      await nothingIsLeft(t, day);
      const types = await typesOf(day, id);
      for (const once of ['call.in-progress', 'call.completed', 'call.ended']) {
        t.equal(types.filter(type => type === once).length, 1, `${once}: ${types.join()}`);
      }
    });
  }
});

test('status callbacks that never come: the carrier is asked, and the call ends as it did', async t => {
  const day = await product(t);
  day.carrier.control.addFault({ kind: 'callback-lost', purpose: 'status', times: 10 });
  const { id } = await day.dial('buyer');
  await day.until(id, call => call.terminationSource, 'ended here');
  await day.carrier.control.idle();
  day.later(60_000);
  await day.app.reconcileCalls();
  t.match(await day.until(id, call => call.outcome, 'over'), conversation);
  await nothingIsLeft(t, day);
});

test('callbacks before the answer to placing the call, which is lost: the call is found, held and ended as any', async t => {
  const day = await product(t);
  day.carrier.control.addFault({ kind: 'rest-500', operation: 'create', afterPlacing: true });
  day.carrier.control.answerNext('buyer');
  const { status, body } = await day.api('POST', '/api/calls', { to: '+13125550142', amd: { mode: 'off' } });
  t.equal(status, 202);
  t.equal(body.call.sid, null);
  t.match(await day.until(body.call.id, call => call.outcome, 'over'), { ...conversation, sid: /^CA/ });
  t.equal(day.carrier.control.calls().length, 1, 'nobody was called twice');
  await nothingIsLeft(t, day);
});
