import { test } from 'tap';
import { agentId, newSid, ourNumber, startCallSite, statusOf, tokenIn } from '../helpers/call-site.ts';

const person = '+14155550123';
const ring = (sid: string, fields: Record<string, string> = {}) => ({
  ...statusOf(sid, 'ringing', 0),
  From: person,
  To: ourNumber,
  Direction: 'inbound',
  ...fields,
});

test('somebody who calls is written down, given the agent of the number, and connected', async t => {
  const site = await startCallSite(t);
  const sid = newSid();
  const { status, body } = await site.ask('/voice', ring(sid));
  t.equal(status, 200);
  const call = await site.calls.findBySid(sid);
  t.match(call, {
    direction: 'inbound',
    from: person,
    to: ourNumber,
    state: 'in-progress',
    agentVersion: 3,
    liveTo: null,
  });
  t.ok(call?.answeredAt);
  t.same(site.reserved, [call!._id.toHexString()], 'its conversation is being opened');
  const plan = await site.app.callDesk.admit({ token: tokenIn(body), callSid: sid, streamSid: 'MZ1' });
  t.match(plan, { direction: 'inbound', variables: { phone_number: person, dialled_number: ourNumber } });

  await site.spoken(call!, { role: 'agent', text: 'Hi', startMs: 0, endMs: 1, interrupted: false });
  await site.ask('/call-status-callback', { ...ring(sid), CallStatus: 'completed', CallDuration: '9' });
  t.match(await site.until(call!, each => each.outcome !== null), { outcome: 'conversation', durationSeconds: 9 });
});

test('asked twice, even at once, it is one call with one valid token', async t => {
  const site = await startCallSite(t);
  const sid = newSid();
  const answers = await Promise.all([1, 2, 3].map(() => site.ask('/voice', ring(sid))));
  const admitted = await Promise.allSettled(
    answers.map(({ body }) => site.app.callDesk.admit({ token: tokenIn(body), callSid: sid, streamSid: 'MZ1' })),
  );
  t.equal(admitted.filter(each => each.status === 'fulfilled').length, 1);
  t.equal((await site.calls.active()).length, 1);
  t.equal(site.reserved.length, 1);
});

test('withheld and malformed callers are calls too', async t => {
  const site = await startCallSite(t);
  for (const From of ['anonymous', '+266696687', 'sip:someone@example.com', '', 'Restricted', '+1']) {
    const sid = newSid();
    t.match((await site.ask('/voice', ring(sid, { From }))).body, /<Connect><Stream/, From);
    t.equal((await site.calls.findBySid(sid))?.from, 'anonymous');
  }
});

test('a number without an agent names the seller and takes 9 as the wish not to be called', async t => {
  const site = await startCallSite(t);
  const sid = newSid();
  const unknownNumber = { To: '+12125550177' };
  const { body } = await site.ask('/voice', ring(sid, unknownNumber));
  t.match(body, /<Gather.*numDigits="1".*You have reached Northwind Dental.*press 9.*<\/Gather><Hangup\/>/s);
  t.match((await site.ask('/voice', ring(sid, unknownNumber))).body, /<Gather/, 'asked twice it says the same');
  const call = await site.calls.findBySid(sid);
  t.match(call, { terminationSource: 'system', terminationReason: 'no-agent', agentId: null });
  const action = /action="https:\/\/calls\.example\.com([^"#]+)/.exec(body)![1]!;
  t.match((await site.ask(action, { ...ring(sid), Digits: '4' })).body, /<Response><Hangup\/>/);
  t.same(site.suppressed, []);
  t.match((await site.ask(action, { ...ring(sid), Digits: '9' })).body, /<Say>You will not be called again/);
  t.same(site.suppressed, [person]);
  t.match(
    (await site.ask(action, { ...ring(newSid()), Digits: '9' })).body,
    /<Response><Hangup\/>/,
    'not for another call',
  );
  await site.ask('/call-status-callback', { ...ring(sid), CallStatus: 'completed' });
  t.match(await site.until(call!, each => each.outcome !== null), {
    outcome: 'opt-out',
    terminationReason: 'no-agent',
  });
});

test('out of hours the text of the number is spoken, and no agent is fetched', async t => {
  const site = await startCallSite(t);
  const answering = (text: string | null) =>
    Object.assign(site.app.numbers, {
      answering: async (phone: string) => ({ phone, label: 'Front desk', agentId, text, closed: true }),
    });
  answering('Our office is closed until nine.');
  const sid = newSid();
  const { body } = await site.ask('/voice', ring(sid));
  t.match(body, /<Gather.*Our office is closed until nine\..*<\/Gather><Hangup\/>/s);
  t.notMatch(body, /<Connect>/);
  t.match(await site.calls.findBySid(sid), { terminationSource: 'system', terminationReason: 'closed' });
  t.same(site.reserved, []);
  await site.ask('/call-status-callback', { ...ring(sid), CallStatus: 'completed' });
  t.match(await site.until((await site.calls.findBySid(sid))!, call => call.outcome !== null), {
    outcome: 'no-answer',
  });
  answering(null);
  t.match(
    (await site.ask('/voice', ring(newSid()))).body,
    /You have reached Northwind Dental.*press 9/s,
    'without one it names the seller and the way out',
  );
});

for (const [why, prepare] of [
  ['is full', { room: 'CALLS_FULL' }],
  ['has no agent', { To: '+12125550177' }],
  ['is closed', { closed: true }],
] as const) {
  test(`9 pressed on a number that ${why} puts the caller on the do-not-call list`, async t => {
    let add: unknown;
    const site = await startCallSite(t, {
      ...('room' in prepare ? { room: prepare.room } : {}),
      prepare: app => {
        add = app.suppressions.add.bind(app.suppressions);
      },
    });
    Object.assign(site.app.suppressions, { add });
    if ('closed' in prepare)
      Object.assign(site.app.numbers, {
        answering: async (phone: string) => ({ phone, label: 'Front desk', agentId, text: null, closed: true }),
      });
    const fields = ring(newSid(), 'To' in prepare ? { To: prepare.To } : {});
    const { body } = await site.ask('/voice', fields);
    const action = /action="https:\/\/calls\.example\.com([^"#]+)/.exec(body)![1]!;
    t.equal(await site.app.suppressions.of(person), null);
    t.match((await site.ask(action, { ...fields, Digits: '9' })).body, /You will not be called again/);
    t.match(await site.app.suppressions.of(person), { phone: person, source: 'call-key' });
  });
}

test('when everything is full the text of the number is spoken', async t => {
  const site = await startCallSite(t, { room: 'CALLS_FULL', text: 'All our lines are busy. Please call again.' });
  const sid = newSid();
  t.match((await site.ask('/voice', ring(sid))).body, /All our lines are busy/);
  t.match(await site.calls.findBySid(sid), { terminationReason: 'full' });
  t.same(site.reserved, []);
});

test('a process that is stopping says so instead of connecting', async t => {
  const site = await startCallSite(t);
  const release = new AbortController();
  site.app.operations.drain.hold({
    name: 'test',
    count: () => 1,
    settled: () => new Promise(resolve => release.signal.addEventListener('abort', () => resolve())),
  });
  const drained = site.app.operations.drain.begin(10_000);
  const sid = newSid();
  t.match((await site.ask('/voice', ring(sid))).body, /cannot take your call/);
  t.match(await site.calls.findBySid(sid), { terminationReason: 'draining' });
  release.abort();
  await drained;
});

test('a caller reaches us over the sandbox carrier, and the end comes from the callback of the number', async t => {
  const site = await startCallSite(t, { text: 'We are closed.', room: 'CALLS_FULL' });
  const [number] = await site.app.carrier.numbers();
  const { carrierAddresses: addresses } = site.app;
  await site.app.carrier.connectNumber(number!.sid, {
    voiceUrl: addresses.voice(),
    fallbackUrl: addresses.fallback(),
    statusCallback: addresses.callStatus(),
  });
  const { sid } = site.carrier.control.callIn({ from: person });
  await site.carrier.control.idle();
  const call = await site.calls.findBySid(sid);
  t.match(await site.until(call!, each => each.outcome !== null), {
    state: 'completed',
    outcome: 'no-answer',
    terminationReason: 'full',
  });
});
