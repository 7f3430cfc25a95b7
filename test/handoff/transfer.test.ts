import { test } from 'tap';
import { dana, ears, sam } from '../bridge/people.ts';
import { startProduct } from '../helpers/product.ts';

const people = `
name: people who are passed on
agents:
  - id: talker
    name: Talker
    voice: agent
    firstMessage: "agent: good morning"
    otherwise: "agent: shall I book it"
    farewell: "agent: thank you"
people:
  - id: patient
    name: Somebody who waits
    answer: human
    rings: 1
    agent: talker
    script:
      - says: yes please
        afterSeconds: 3
      - hangsUp: true
        afterSilence: 90
  - id: leaver
    name: Somebody who hangs up on whoever comes
    answer: human
    rings: 1
    agent: talker
    script:
      - hangsUp: true
        afterSeconds: 14
  - id: colleague
    name: A colleague
    number: "+13125550177"
    answer: human
    rings: 1
    script:
      - says: goodbye
        afterSeconds: 5
      - hangsUp: true
        afterSeconds: 2
  - id: engaged
    name: Somebody who is engaged
    number: "+13125550178"
    answer: busy
    rings: 1
  - id: away
    name: Somebody who is away
    number: "+13125550179"
    answer: no-answer
`;

const to = (phone: string) => ({ kind: 'number' as const, phone });

test('a call is passed on: the one who answers is told first, then both talk, and the call says to whom it went', async t => {
  const site = await startProduct(t, { scenario: people, scale: 8 });
  const { id, sid } = await site.dial('patient');
  await site.talking(id);
  t.match((await site.api('GET', `/api/calls/${id}`)).body.call.capabilities, [
    'listen',
    'whisper',
    'takeOver',
    'transfer',
  ]);
  const listener = ears();
  await site.app.liveCommands.listen(id, dana, listener);

  const order = { to: to('+13125550177'), mode: 'warm', summary: 'agent: thank you' };
  const { status, body } = await site.api('POST', `/api/calls/${sid}/transfer`, order);
  t.equal(status, 202, JSON.stringify(body));
  t.match(body.call, { transfer: { state: 'dialling', to: '+13125550177', mode: 'warm' }, capabilities: [] });
  await listener.until(() => listener.stops.length > 0);
  t.same(listener.stops, ['transferred']);
  t.equal(site.app.sessions.all().length, 0, 'no session of ours is left');
  const again = await site.api('POST', `/api/calls/${sid}/transfer`, order);
  t.equal(again.body.error.code, 'CALL_CANNOT');

  const joined = await site.until(id, call => call.transfer?.state === 'joined', 'joined');
  t.match(joined, { status: 'in-progress', transferredTo: '+13125550177', result: 'transferred', capabilities: [] });
  t.match(await site.until(id, call => call.outcome, 'over'), {
    status: 'completed',
    outcome: 'conversation',
    result: 'transferred',
    transferredTo: '+13125550177',
    transferReason: null,
    transfer: { state: 'ended', by: String, answeredAt: String, seconds: Number },
    terminationSource: 'twilio',
    terminationReason: 'transfer-ended',
    resumes: 0,
  });
  await site.carrier.control.idle();
  const calls = site.carrier.control.calls();
  const other = calls.find(each => each.to === '+13125550177')!;
  t.match(other, { direction: 'outbound-dial', state: 'completed' });
  t.same(
    other.heard.map(each => each.clipId),
    ['agent: thank you'],
    'the summary, whole, and nothing of the agent',
  );
  const callers = site.carrier.control.call(sid)!;
  t.match(
    callers.heard.map(each => each.clipId),
    ['agent: good morning'],
  );
  t.equal(callers.heard.at(-1)!.clipId, 'goodbye', 'the colleague was heard by the caller');
  const types = await site.typesUpTo(id, 'call.ended');
  t.same(
    types.filter(type => type.startsWith('transfer.')),
    ['transfer.begun', 'transfer.answered', 'transfer.ended'],
  );
  t.notOk(types.includes('stream.lost'), types.join());
  t.ok(
    (await site.turns(id)).some(turn => turn.text === 'agent: good morning'),
    'the transcript is kept',
  );
});

test('whoever cannot be reached: the caller comes back to the agent, who is told why', async t => {
  const site = await startProduct(t, { scenario: people, scale: 8 });
  const { id } = await site.dial('patient');
  await site.talking(id);
  const first = await site.agent.control.until(() => true);
  const refused = async (phone: string) =>
    (await site.api('POST', `/api/calls/${id}/transfer`, { to: to(phone), mode: 'blind' })).body.error.code;
  t.equal(await refused('911'), 'EMERGENCY_OR_SPECIAL_NUMBER');
  t.equal(await refused('+13125550142'), 'INVALID_NUMBER', 'the caller themselves');
  t.equal(await refused(site.carrier.phoneNumber), 'INVALID_NUMBER', 'a number of ours');
  t.equal(await refused('+819012345678'), 'BLOCKED_DESTINATION');
  await site.api('POST', '/api/suppressions', { phone: '+13125550199', reason: 'asked for it' });
  t.equal(await refused('+13125550199'), 'SUPPRESSED');

  // A person who has the call passes it on, and nobody else can.
  const own = ears();
  const line = await site.app.liveCommands.takeOver(id, own);
  let seq = 0;
  const microphone = setInterval(() => line.speak(seq++, Buffer.alloc(640, 0xff)), 20);
  const order = { to: to('+13125550178'), mode: 'blind' } as const;
  await t.rejects(site.app.liveCommands.transfer(id, sam, order), { code: 'CALL_TAKEN' });
  await site.app.liveCommands.transfer(id, dana, order);
  await own.until(() => own.stops.length > 0);
  clearInterval(microphone);
  t.same(own.stops, ['transferred']);
  const back = await site.until(id, call => call.transfer?.state === 'failed', 'back');
  t.match(back, { transferredTo: null, transferReason: 'busy', result: 'none' });
  const second = await site.agent.control.until(
    each => each.id !== first.id && /\+13125550178, and that failed: busy/.test(JSON.stringify(each)),
  );
  t.ok(second);
  await site.until(id, call => call.capabilities.includes('transfer'), 'with its agent again');
  while (!site.app.sessions.get(id)) await new Promise(resolve => setTimeout(resolve, 10));
  t.match(await site.until(id, call => call.resumes === 0, 'not counted as a loss'), { status: 'in-progress' });

  // It may be tried again, with somebody else.
  t.equal((await site.api('POST', `/api/calls/${id}/transfer`, { to: to('+13125550179'), mode: 'warm' })).status, 202);
  await site.until(id, call => call.transferReason === 'no-answer', 'back again');
  await site.app.liveCommands.hangUp(id, dana);
  t.match(await site.until(id, call => call.outcome, 'over'), { terminationSource: 'api', result: 'none' });
});

test('a caller who hangs up on whoever took the call', async t => {
  const site = await startProduct(t, { scenario: people, scale: 8 });
  const { id, sid } = await site.dial('leaver');
  await site.talking(id);
  t.equal(
    (await site.api('POST', `/api/calls/${sid}/transfer`, { to: to('+13125550177'), mode: 'blind' })).status,
    202,
  );
  t.match(await site.until(id, call => call.outcome, 'over'), {
    result: 'transferred',
    transferredTo: '+13125550177',
    terminationSource: 'twilio',
  });
});

test('a caller who hangs up while whoever answered is still being told', async t => {
  const site = await startProduct(t, { scenario: people, scale: 2 });
  const { id, sid } = await site.dial('patient');
  await site.talking(id);
  const summary = 'agent: a long explanation';
  const order = { to: to('+13125550177'), mode: 'warm', summary };
  t.equal((await site.api('POST', `/api/calls/${sid}/transfer`, order)).status, 202);
  const other = () => site.carrier.control.calls().find(each => each.to === '+13125550177');
  while (other()?.state !== 'in-progress') await new Promise(resolve => setTimeout(resolve, 10));
  const { calls } = site.app.callRecords;
  while (!(await calls.findById(id))?.legs.length) await new Promise(resolve => setTimeout(resolve, 50));
  site.carrier.control.hangUp(sid);
  const over = await site.until(id, call => call.outcome && call.cost, 'over');
  t.match(over, {
    terminationSource: 'twilio',
    terminationReason: 'caller-hung-up',
    transferredTo: null,
    result: 'none',
  });
  const leg = over.cost.parts.find((each: { part: string }) => each.part === 'transfer');
  t.match(leg, { amount: /[1-9]/, estimated: true }, 'whoever answered costs something, also if nobody talked to them');
  await site.carrier.control.idle();
  t.match(other(), { state: 'completed' }, 'nobody is left on the other leg');
});
