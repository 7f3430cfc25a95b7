import { type Test, test } from 'tap';
import { startCallSite } from '../helpers/call-site.ts';

const said = (text: string, startMs = 1_000) =>
  ({ role: 'caller', text, startMs, endMs: startMs + 900, interrupted: false }) as const;

/** A call that talks, with the real do-not-call list. */
async function talking(t: Test, fields: object = {}) {
  let real: unknown;
  const site = await startCallSite(t, {
    prepare: app => {
      real = app.suppressions.add;
    },
  });
  Object.assign(site.app.suppressions, { add: real });
  const call = async () => {
    const attempt = await site.attempt({ answeredAt: new Date(), ...fields } as never);
    return { attempt, id: attempt._id.toHexString(), session: site.openSession(attempt) };
  };
  return { ...site, call, journal: site.app.callDesk.journal };
}

test('words on a call are an opt-out with its evidence, and the call ends politely', async t => {
  const site = await talking(t);
  const { attempt, id, session } = await site.call();
  site.journal.turn(id, 3, said('Take me'));
  site.journal.turn(id, 3, said('Take me off your list, please.', 4_200));
  await site.eventually(() => session.asked.length > 0, 'the goodbye');
  t.same(session.asked, [['sayAndEnd', 'You will not be called again. Goodbye.']]);
  const evidence = { callId: id, turn: 3, atMs: 4_200, words: 'Take me off your list, please.' };
  t.match(await site.app.suppressions.of(attempt.to), { source: 'call-speech', evidence }, 'listed before the goodbye');
  t.match(await site.until(attempt, ({ result }) => result === 'opt-out'), { result: 'opt-out' });
  t.match(await site.typesOf(attempt, 'call.opt-out'), ['call.opt-out']);
  site.journal.turn(id, 5, said('Stop calling me!'));
  const other = await site.call();
  site.journal.turn(other.id, 0, said('No me vuelvan a llamar'));
  await site.eventually(() => other.session.asked.length > 0, 'the goodbye in Spanish');
  t.match(other.session.asked, [['sayAndEnd', /^No le volveremos/]]);
  t.equal(session.asked.length, 1, 'said twice is said once');
});

test('the key 9 is an opt-out, also for whoever called us; other keys and talk are not', async t => {
  const site = await talking(t);
  const { attempt, id, session } = await site.call();
  for (const digit of ['1', '0']) site.journal.event(id, 'dtmf', 'twilio', { digit });
  site.journal.turn(id, 0, said("Please don't stop, call me back tomorrow"));
  site.journal.turn(id, 1, { ...said('stop calling me'), role: 'agent' });
  const inbound = await site.call();
  site.journal.event(inbound.id, 'dtmf', 'twilio', { digit: '9' });
  await site.eventually(() => inbound.session.asked.length > 0, 'the goodbye');
  t.match(await site.app.suppressions.of(inbound.attempt.to), {
    source: 'call-key',
    reason: 'Pressed 9 on a call',
    evidence: { callId: inbound.id, turn: null, words: null },
  });
  await new Promise(resolve => setTimeout(resolve, 700));
  t.same(session.asked, []);
  t.equal(await site.app.suppressions.of(attempt.to), null);
});

test('who names a time is asked, and is listed on a yes or when they hang up', async t => {
  const site = await talking(t);
  const [yes, no, gone] = [await site.call(), await site.call(), await site.call()];
  for (const { id } of [yes, no, gone]) site.journal.turn(id, 1, said("Don't call me today", 2_000));
  await site.eventually(() => [yes, no, gone].every(({ session }) => session.asked.length === 1), 'the question');
  t.match(yes.session.asked, [['addContext', /ask in one short sentence/i]]);
  site.journal.turn(yes.id, 3, said('Yes, all of them.'));
  site.journal.turn(no.id, 3, said('No, just today.'));
  site.app.operations.events.publish('calls.ended', { call: site.calls.toApi(gone.attempt) as never });
  await site.eventually(() => yes.session.asked.length === 2, 'the goodbye');
  await site.eventually(async () => (await site.app.suppressions.of(gone.attempt.to)) !== null, 'the block');
  t.match(await site.app.suppressions.of(yes.attempt.to), { evidence: { turn: 1, words: "Don't call me today" } });
  t.equal(await site.app.suppressions.of(no.attempt.to), null);
});

test('a store that stumbles loses no opt-out, and keeps nobody on the line', async t => {
  const site = await talking(t);
  const { add } = site.app.suppressions;
  let failures = 3;
  Object.assign(site.app.suppressions, {
    add: (...args: Parameters<typeof add>) => {
      failures -= 1;
      return failures >= 0 ? Promise.reject(new Error('away')) : add(...args);
    },
  });
  const { attempt, id, session } = await site.call();
  site.journal.event(id, 'dtmf', 'twilio', { digit: '9' });
  await site.eventually(() => session.asked.length > 0, 'the goodbye');
  await site.eventually(async () => (await site.app.suppressions.of(attempt.to)) !== null, 'the block');
  t.match(await site.until(attempt, ({ result }) => result === 'opt-out'), { result: 'opt-out' });
});
