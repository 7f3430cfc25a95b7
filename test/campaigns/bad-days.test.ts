import root, { test } from 'tap';
import { startDialSite } from './dial-site.ts';

/** One application for all of them. */
async function start() {
  const site = await startDialSite(root, { env: { RATE_LIMIT_PER_MINUTE: '100000', MAX_CONCURRENT_CALLS: '300' } });
  const token = await site.signIn();
  const { app, control } = site;
  return {
    ...site,
    api: (method: string, path: string, body?: object) => site.call(method, path, { token, ...(body ? { body } : {}) }),
    /** The carrier as this test wants it, until the test ends. */
    carrier(t: { teardown(fn: () => unknown): void }, dial: (typeof app)['carrier']['dial']) {
      const real = app.carrier.dial.bind(app.carrier);
      app.carrier.dial = dial;
      t.teardown(() => Object.assign(app.carrier, { dial: real }));
      return real;
    },
    answer: (how: string, times: number) => {
      const { id } = control.people().find(each => each.answer === how)!;
      for (let time = 0; time < times; time += 1) control.answerNext(id);
    },
    live: (phones: readonly string[]) =>
      control.calls().filter(({ to, endedAt }) => phones.includes(to) && endedAt === undefined),
    /** Conversations that nobody listens to would go on beside the tests behind this one; calls that wait in the queue are none yet. */
    endCalls: () => {
      for (const { sid, endedAt, state } of control.calls()) {
        if (endedAt !== undefined || state === 'queued') continue;
        try {
          control.hangUp(sid);
        } catch {
          // It is on its way out of the queue, or over.
        }
      }
    },
  };
}

let shared: ReturnType<typeof start> | undefined;
const site = () => {
  shared ??= start();
  return shared;
};

test('a small budget stops the campaign when it is spent, after just the calls it was for', async t => {
  const { endCalls, app, campaign, campaigns, addPeople, until, dialled, answer, live, control } = await site();
  t.teardown(endCalls);
  const { budgets } = app.campaigns;
  const call = { to: '+13125550100', engine: 'elevenlabs', amd: true, recorded: true, minutes: 2 } as const;
  const expected = budgets.expectedMicros(call);
  answer('human', 3);
  const { _id } = await campaign({ budget: { amount: (3.5 * expected) / 1e6, currency: 'USD', per: 'total' } });
  const phones = await addPeople(_id, 8);
  const reached = () => phones.filter(to => dialled(to).length > 0);
  await until(() => reached().length === 3, 'three calls');
  // What live calls hold is not spent yet: dialling waits for them, and nothing is paused.
  t.equal((await campaigns.findById(_id))!.state, 'running');
  for (const { callId } of await app.campaigns.people.beingCalled(_id))
    await budgets.settle(callId!.toHexString(), Math.round(1.2 * expected), true);
  app.dialer.wake(_id.toHexString());
  await until(async () => /paus/.test((await campaigns.findById(_id))!.state), 'the pause');
  t.match((await campaigns.findById(_id))!.cause, { code: 'budget' });
  t.equal(reached().length, 3);
  for (const { sid } of live(phones)) control.hangUp(sid);
  await until(async () => (await campaigns.findById(_id))!.state === 'paused', 'live calls finish');
});

test('the same person in four campaigns: one call at a time, and the daily cap of all of them together', async t => {
  const { app, campaign, addPeople, people, until, dialled, personOf, answer, api } = await site();
  answer('busy', 4);
  const retry = { maxAttempts: 1, afterMinutes: {} };
  const first = await campaign({ retry });
  const [to] = (await addPeople(first._id, 1)) as [string];
  const { contactId } = await personOf(to);
  for (let other = 0; other < 3; other += 1) {
    const { _id } = await campaign({ retry });
    await people.create({ campaignId: _id, contactId, phone: to, dueAt: new Date() } as never);
    app.dialer.wake(_id.toHexString());
  }
  const entries = () => people.ofContact(contactId);
  // Whoever was refused because of a call that went on would be asked again two minutes later, also when that was said just now.
  const askAgain = async () => {
    for (const { _id, campaignId, state, dueAt } of await entries()) {
      if (state !== 'waiting' || dueAt <= new Date()) continue;
      await people.changeById(_id, { $set: { dueAt: new Date() } });
      app.dialer.wake(campaignId.toHexString());
    }
  };
  for (let calls = 1; calls <= 3; calls += 1) {
    await until(async () => {
      if ((await entries()).filter(each => each.lastOutcome !== null).length >= calls) return true;
      await askAgain();
      return false;
    }, `call ${calls}`);
  }
  const code = async () => (await people.ofContact(contactId)).map(each => each.verdict?.['code']);
  await until(async () => {
    if ((await code()).includes('DAILY_CAP')) return true;
    await askAgain();
    return false;
  }, 'the cap');
  t.equal(dialled(to).length, 3);
  const spans = dialled(to)
    .map(each => [Number(new Date(each.createdAt)), Number(new Date(each.endedAt!))] as const)
    .sort(([one], [other]) => one - other);
  t.ok(
    spans.every(([begins], index) => index === 0 || begins >= spans[index - 1]![1]),
    'one after the other',
  );
  // Whoever is just being judged once more is not deleted in that moment.
  await until(async () => (await api('DELETE', `/api/contacts/${contactId}`)).status === 200, 'the end of it');
});

test('somebody is suppressed, edited or deleted between claim and dial', async t => {
  const { endCalls, app, campaign, addPeople, people, until, dialled, personOf, api } = await site();
  t.teardown(endCalls);
  const { _id } = await campaign({ state: 'paused' });
  const [listed, late, edited, deleted] = (await addPeople(_id, 4)) as [string, string, string, string];
  const [claimOne, claimMany] = [people.claimOne.bind(people), people.claimMany.bind(people)];
  let deletion: { status: number } | undefined;
  const happens = async (claimed: Awaited<ReturnType<typeof claimOne>>) => {
    if (claimed?.phone === listed) await app.suppressions.add(listed, 'asked', 'api');
    if (claimed?.phone === edited) await api('PATCH', `/api/contacts/${claimed.contactId}`, { name: 'Grace Example' });
    if (claimed?.phone === deleted) deletion = await api('DELETE', `/api/contacts/${claimed.contactId}`);
  };
  people.claimOne = async (...args) => {
    const claimed = await claimOne(...args);
    await happens(claimed);
    return claimed;
  };
  people.claimMany = async (...args) => {
    const claimed = await claimMany(...args);
    for (const each of claimed.values()) await happens(each);
    return claimed;
  };
  const judge = app.campaignCalls.judge.bind(app.campaignCalls);
  app.campaignCalls.judge = async order => {
    const verdict = await judge(order);
    // Allowed a moment ago, and then they asked for no more calls.
    if (order.to === late) await app.suppressions.add(late, 'asked', 'api');
    return verdict;
  };
  t.teardown(() => {
    Object.assign(people, { claimOne, claimMany });
    Object.assign(app.campaignCalls, { judge });
  });
  await app.campaigns.repository.changeById(_id, { $set: { state: 'running' } });
  app.dialer.wake(_id.toHexString());
  for (const to of [listed, late]) {
    await until(async () => (await personOf(to)).state === 'blocked', 'the refusal');
    t.match(await personOf(to), { attempts: 0, verdict: { code: 'SUPPRESSED' } });
    t.equal(dialled(to).length, 0);
  }
  await until(() => dialled(edited).length + dialled(deleted).length === 2, 'the others');
  const { callId } = await personOf(edited);
  t.equal((await app.callRecords.calls.findById(callId!))!.contactName, 'Grace Example', 'as they are now');
  t.match(deletion, { status: 409 }, 'nobody is deleted in the middle of a call');
});

test('edited while it runs: nobody is lost or called twice, and what comes later follows the new settings', async t => {
  const { endCalls, app, campaign, addPeople, until, dialled, personOf, api } = await site();
  t.teardown(endCalls);
  const { _id } = await campaign({
    pace: { callsPerSecond: 4, maxConcurrent: 50 },
    variables: { plan: { value: 'old' } },
  });
  const phones = await addPeople(_id, 14);
  await until(() => phones.filter(to => dialled(to).length > 0).length >= 2, 'the first');
  const edit = { variables: { plan: { value: 'new' } }, pace: { callsPerSecond: 50 } };
  t.equal((await api('PATCH', `/api/campaigns/${_id}`, edit)).status, 200);
  await until(() => phones.every(to => dialled(to).length > 0), 'everybody');
  t.ok(phones.every(to => dialled(to).length === 1));
  const plans = new Set<unknown>();
  for (const to of phones) {
    const { callId } = await personOf(to);
    plans.add((await app.callRecords.calls.findById(callId!))!.variables['plan']);
  }
  t.same([...plans].sort(), ['new', 'old']);
});

test('a list with a twentieth of junk: the junk is named, everybody else is called', async t => {
  const { endCalls, campaign, until, dialled, phone, api, people } = await site();
  t.teardown(endCalls);
  const { _id } = await campaign({ state: 'paused' });
  const junk = ['0', '+1999', 'call me', '+1312555010x'];
  const phones = Array.from({ length: 19 }, phone);
  const contacts = [...phones.map(each => ({ phone: each })), { phone: junk[0] }];
  const answer = await api('POST', `/api/campaigns/${_id}/contacts`, { contacts });
  t.match(answer.body, { added: 19, rejected: [{ index: 19, code: 'INVALID_NUMBER', field: 'phone' }] });
  const more = await api('POST', `/api/campaigns/${_id}/contacts`, { contacts: junk.map(each => ({ phone: each })) });
  t.match(more.body, { added: 0, merged: 0, rejected: { length: 4 } });
  const { campaigns, app } = await site();
  await campaigns.changeById(_id, { $set: { state: 'running' } });
  app.dialer.wake(_id.toHexString());
  await until(() => phones.every(to => dialled(to).length === 1), 'the others');
  t.equal(await people.countIn(_id, 'blocked'), 0);
});

test('pause with twenty dials in flight: they finish, no other follows, and then it is paused', async t => {
  const { endCalls, campaign, campaigns, addPeople, until, dialled, api, carrier, live, control } = await site();
  t.teardown(endCalls);
  let inFlight = 0;
  let release = () => {};
  const released = new Promise<void>(resolve => {
    release = resolve;
  });
  const real = carrier(t, async order => {
    inFlight += 1;
    await released;
    return real(order);
  });
  const { _id } = await campaign({ pace: { callsPerSecond: 20, maxConcurrent: 100 } });
  const phones = await addPeople(_id, 40);
  await until(() => inFlight >= 20, 'twenty in flight');
  t.equal((await api('POST', `/api/campaigns/${_id}/pause`)).status, 202);
  const atPause = inFlight;
  release();
  await until(() => phones.filter(to => dialled(to).length > 0).length >= atPause, 'all of them at the carrier');
  await until(async () => {
    for (const { sid, answeredAt } of live(phones)) if (answeredAt !== undefined) control.hangUp(sid);
    return (await campaigns.findById(_id))!.state === 'paused';
  }, 'the pause');
  t.ok(inFlight <= atPause + 1, `${inFlight - atPause} were dialled after the pause`);
  t.ok(phones.every(to => dialled(to).length <= 1));
});

test('the carrier answers 500 after it took the call: that is the one call, and it is settled', async t => {
  const { endCalls, app, campaign, addPeople, until, dialled, personOf, control, answer } = await site();
  t.teardown(endCalls);
  const { _id } = await campaign({ state: 'paused' });
  const [to] = (await addPeople(_id, 1)) as [string];
  answer('busy', 1);
  control.addFault({ kind: 'rest-500', operation: 'create', afterPlacing: true, times: 1, to });
  t.teardown(() => control.clearFaults());
  await app.campaigns.repository.changeById(_id, { $set: { state: 'running' } });
  app.dialer.wake(_id.toHexString());
  await until(() => dialled(to).length === 1, 'the call');
  await app.reconcileCalls();
  await until(async () => (await personOf(to)).lastOutcome === 'busy', 'what it came to');
  const person = await personOf(to);
  t.equal((await app.callRecords.calls.findById(person.callId!))!.sid, dialled(to)[0]!.sid);
  t.match(person, { state: 'waiting', attempts: 1, outcomes: ['busy'] });
  t.equal(dialled(to).length, 1);
});
