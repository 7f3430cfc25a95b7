import root, { test } from 'tap';
import { CarrierError } from '../../src/telephony/carrier-contract.ts';
import { startDialSite } from './dial-site.ts';

let shared: ReturnType<typeof startDialSite> | undefined;
const site = () => {
  shared ??= startDialSite(root);
  return shared;
};
/** Who answers the next calls: somebody in the sandbox who answers like this. */
type Control = Awaited<ReturnType<typeof startDialSite>>['control'];
const who = (control: Control, answer: string): string => control.people().find(each => each.answer === answer)!.id;

test('everybody is called once, under the id of their claim, with what their campaign says', async t => {
  const { campaign, campaigns, addPeople, personOf, dialled, until, app, notes, call: ask, signIn } = await site();
  const { _id } = await campaign({
    variables: { greeting: { value: 'hello' }, who: { field: 'firstName' } },
    maxMinutes: 3,
    amd: { mode: 'detect', onMachine: 'continue' },
  });
  const phones = await addPeople(_id, 5);
  await until(() => phones.every(to => dialled(to).length > 0), 'five calls');
  for (const to of phones) {
    t.equal(dialled(to).length, 1);
    const person = await personOf(to);
    const call = (await app.callRecords.calls.findById(person.callId!))!;
    t.match(call, {
      to,
      campaignId: _id,
      campaignName: 'Storm warning',
      contactId: person.contactId,
      contactName: 'Ada Example',
      contentClass: 'emergency',
      attempt: 1,
      requestedBy: `campaign:${_id.toHexString()}`,
      policy: { maxSeconds: 180, record: false, amd: { mode: 'detect', onMachine: 'continue' } },
      variables: { greeting: 'hello', who: 'Ada', campaign_name: 'Storm warning' },
    });
    t.ok(call.verdict?.['allowed']);
  }
  const told = () => notes.filter(each => each.campaignId === _id.toHexString() && each.type === 'contact.dialled');
  await until(() => told().length === 5, 'five entries of the log');
  t.match(told()[0]!.data, { callId: /^[0-9a-f]{24}$/, attempt: 1, booked: false });

  await campaigns.changeById(_id, { $set: { name: 'Another storm', state: 'stopped', deletedAt: new Date() } });
  const { callId } = await personOf(phones[0]!);
  const shown = await ask('GET', `/api/calls/${callId}`, { token: await signIn() });
  const kept = { campaignId: _id.toHexString(), campaignName: 'Storm warning', attempt: 1 };
  t.match(shown.body.call, kept, 'it keeps the name');
});

test('what a call came to decides when the person is due again', async t => {
  const { campaign, addPeople, personOf, until, control, people } = await site();
  control.answerNext(who(control, 'busy'));
  const { _id } = await campaign();
  const [to] = (await addPeople(_id, 1)) as [string];
  const before = Date.now();
  await until(async () => (await personOf(to)).lastOutcome !== null, 'the outcome');
  const person = await personOf(to);
  t.match(person, { state: 'waiting', attempts: 1, outcomes: ['busy'], lastOutcome: 'busy' });
  t.ok(Math.abs(person.dueAt.getTime() - before - 3_600_000) < 30_000);
  t.equal(await people.settle(person.callId!, 'busy', { state: 'done' }), null, 'a call is settled once');
});

test('a number that cannot be called ends with that, one that is suppressed is blocked', async t => {
  const { campaign, personOf, until, app, phone, people } = await site();
  const { _id } = await campaign();
  const dial = app.carrier.dial.bind(app.carrier);
  const bad = phone();
  app.carrier.dial = order =>
    order.to === bad
      ? Promise.reject(new CarrierError('CARRIER_NUMBER_INVALID', 'No such number.', { fault: 'number' }))
      : dial(order);
  t.teardown(() => Object.assign(app.carrier, { dial }));
  const listed = phone();
  await app.suppressions.add(listed, 'asked', 'api');
  const { contacts } = await app.contacts.add([{ phone: bad }, { phone: listed }], { origin: 'api', by: 'test' });
  for (const contact of contacts)
    await people.create({ campaignId: _id, contactId: contact.id, phone: contact.phone, dueAt: new Date() } as never);
  await until(async () => (await personOf(bad)).state === 'done', 'the end of it');
  t.match(await personOf(bad), { state: 'done', outcomes: ['invalid-number'] });
  await until(async () => (await personOf(listed)).state === 'blocked', 'the refusal');
  t.match(await personOf(listed), { attempts: 0, verdict: { code: 'SUPPRESSED', permanent: true }, callId: null });
});

test('the carrier’s refusals that are nobody’s fault put the person back and stop the campaign', async t => {
  const { campaign, addPeople, personOf, until, app, campaigns, control, dialled } = await site();
  t.teardown(() => control.clearFaults());
  for (const [vendorCode, code, state] of [
    // The token was changed, the account has no money left or was suspended, and a day's worth of calls waits.
    [20_003, 'CARRIER_CREDENTIALS_REFUSED', 'error'],
    [20_005, 'CARRIER_ACCOUNT_INACTIVE', 'error'],
    [10_001, 'CARRIER_ACCOUNT_INACTIVE', 'error'],
    [22_005, 'CARRIER_QUEUE_FULL', 'paused'],
  ] as const) {
    const { _id } = await campaign({ state: 'paused' });
    const [to] = (await addPeople(_id, 1)) as [string];
    control.addFault({ kind: 'rest-refused', vendorCode, operation: 'create', to });
    await campaigns.changeById(_id, { $set: { state: 'running' } });
    app.dialer.wake(_id.toHexString());
    await until(async () => (await campaigns.findById(_id))?.state === state, state);
    const { cause } = (await campaigns.findById(_id))!;
    t.match(cause, { code, message: /./ }, `${vendorCode}`);
    t.equal(dialled(to).length, 0);
    // A turn that was under way may have claimed them once more; its last look finds that the campaign has stopped.
    let person = await personOf(to);
    await until(async () => {
      person = await personOf(to);
      return person.state === 'waiting' && person.attempts === 0;
    }, 'the person back');
    t.match(person, { outcomes: [], lastOutcome: null });
  }
});

test('too fast for the carrier: it is waited as long as it says, and then everybody is called', async t => {
  const { campaign, addPeople, until, app, dialled } = await site();
  const dial = app.carrier.dial.bind(app.carrier);
  t.teardown(() => Object.assign(app.carrier, { dial }));
  let refusals = 0;
  app.carrier.dial = order => {
    if (refusals >= 2) return dial(order);
    refusals += 1;
    return Promise.reject(new CarrierError('CARRIER_BUSY', 'Too fast.', { fault: 'busy', retryAfterMs: 300 }));
  };
  const { _id } = await campaign();
  const phones = await addPeople(_id, 3);
  await until(() => phones.every(to => dialled(to).length === 1), 'everybody');
  t.equal(refusals, 2);
});

test('a paused campaign claims nobody more, and what is in flight finishes', async t => {
  const { campaign, addPeople, until, campaigns, dialled, app } = await site();
  const { _id } = await campaign({ pace: { callsPerSecond: 20, maxConcurrent: 50 } });
  const phones = await addPeople(_id, 40);
  const count = () => phones.filter(to => dialled(to).length > 0).length;
  await until(() => count() >= 10, 'the first calls');
  const paused = await campaigns.moveState(_id, 'running', 'paused');
  app.dialer.wake(_id.toHexString(), paused!);
  const inFlight = (app.dialer.campaigns.get(_id.toHexString())?.pending ?? 0) + 2;
  const atPause = count();
  await new Promise(resolve => setTimeout(resolve, 700));
  t.ok(count() <= atPause + inFlight, `${count() - atPause} were dialled after the pause, ${inFlight} were in flight`);
  t.ok(phones.every(to => dialled(to).length <= 1));
  await campaigns.moveState(_id, 'paused', 'running');
  await until(() => count() === 40, 'the rest after it went on');
  t.ok(phones.every(to => dialled(to).length === 1));
});

test('never more calls at once than the campaign may have', async t => {
  const { campaign, addPeople, until, control, dialled } = await site();
  const { _id } = await campaign({ pace: { callsPerSecond: 50, maxConcurrent: 3 } });
  const phones = await addPeople(_id, 8);
  const mine = () => control.calls().filter(call => phones.includes(call.to));
  let most = 0;
  await until(() => {
    const live = mine().filter(call => call.endedAt === undefined);
    most = Math.max(most, live.length);
    const answered = live.find(({ answeredAt }) => answeredAt !== undefined);
    if (answered) control.hangUp(answered.sid);
    return phones.every(to => dialled(to).length > 0);
  }, 'all eight');
  t.ok(most <= 3, `${most} at once`);
});

test('five failures in a row open the circuit, and nobody more is claimed', async t => {
  const { campaign, addPeople, until, app, notes, dialled } = await site();
  const dial = app.carrier.dial.bind(app.carrier);
  t.teardown(() => Object.assign(app.carrier, { dial }));
  let tries = 0;
  app.carrier.dial = () => {
    tries += 1;
    return Promise.reject(new CarrierError('CARRIER_UNAVAILABLE', 'Away.', { fault: 'unavailable' }));
  };
  const { _id } = await campaign({ pace: { callsPerSecond: 20, maxConcurrent: 1 } });
  const phones = await addPeople(_id, 12);
  await until(() => notes.some(each => each.type === 'breaker.opened'), 'the breaker');
  const atOpening = tries;
  app.carrier.dial = dial;
  await new Promise(resolve => setTimeout(resolve, 700));
  t.ok(tries <= atOpening + 1);
  t.ok(phones.filter(to => dialled(to).length > 0).length <= 1, 'but for the one that was on its way');
});
