import { Types } from 'mongoose';
import { type Test, test } from 'tap';
import { startSwitch } from '../../scripts/prove/lib/switch.ts';
import type { Campaign } from '../../src/campaigns/campaign-document.ts';
import { startBeside, startProduct, type TestProduct } from '../helpers/product.ts';

const people = `
name: who wants no more calls
agents:
  - id: talker
    name: Talker
    voice: agent
    firstMessage: "agent: good morning"
    otherwise: "agent: shall I book it"
    farewell: "agent: thank you"
people:
  - id: busy
    name: Somebody busy
    answer: busy
    rings: 1
  - id: presser
    name: Somebody who presses nine
    answer: human
    rings: 1
    agent: talker
    script:
      - presses: "9"
      - hangsUp: true
        afterSilence: 60
`;

/** Two processes of one installation; the audio of calls goes to the second one. */
async function twoProcesses(t: Test) {
  const router = await startSwitch();
  t.teardown(() => router.close());
  const first = await startProduct(t, { scenario: people, scale: 10, origin: () => router.url });
  const second = await startBeside(t, first);
  router.route(path => [path === '/media-stream' ? second.url : first.url]);
  const { repository: campaigns, people: queue } = first.app.campaigns;
  let used = 0;

  /** A campaign for which both dial, and somebody in it who is due. */
  async function campaignOf(count: number, fields: Partial<Campaign> = {}) {
    const campaign = await campaigns.create({
      name: 'Storm warning',
      state: 'paused',
      contentClass: 'emergency',
      emergencyReason: 'The river rises.',
      emergencyBy: 'user:1',
      record: false,
      pace: { callsPerSecond: 50, maxConcurrent: 50 },
      amd: { mode: 'off' },
      retry: { maxAttempts: 9, afterMinutes: { busy: [60], 'no-answer': [60] } },
      ...fields,
    } as never);
    const phones = Array.from({ length: count }, () => `+1312555${String(100 + used++).padStart(4, '0')}`);
    const { contacts } = await first.app.contacts.add(
      phones.map(phone => ({ phone, name: 'Ada Example' })),
      { origin: 'api', by: 'test' },
    );
    for (const { id, phone } of contacts)
      await queue.create({
        campaignId: campaign._id,
        contactId: new Types.ObjectId(id),
        phone,
        dueAt: new Date(),
      } as never);
    return { id: campaign._id, phones };
  }
  const run = async (id: Types.ObjectId) => {
    await campaigns.changeById(id, { $set: { state: 'running' } });
    for (const { app } of [first, second]) app.dialer.wake(id.toHexString());
  };
  const personOf = async (phone: string) => {
    const contact = await first.app.contacts.byPhone(phone);
    return (await queue.ofContact(contact!.id))[0]!;
  };
  return {
    first,
    second,
    queue,
    campaignOf,
    run,
    personOf,
    dialled: (phone: string) => first.carrier.control.calls().filter(({ to }) => to === phone),
    suppress: async (phone: string, by: TestProduct = second) => {
      const { status } = await by.api('POST', '/api/suppressions', { phone, reason: 'asked' });
      if (status !== 201) throw new Error(`a number could not be listed: ${status}`);
    },
  };
}

async function until(holds: () => Promise<boolean> | boolean, what: string): Promise<void> {
  for (const deadline = Date.now() + 30_000; !(await holds()); ) {
    if (Date.now() > deadline) throw new Error(`never came: ${what}`);
    await new Promise(resolve => setTimeout(resolve, 20));
  }
}

test('a number that is listed by one process is dialled by none once that is answered, wherever its call was', async t => {
  const { first, second, queue, campaignOf, run, personOf, dialled, suppress } = await twoProcesses(t);
  first.carrier.control.answerNext('busy');

  await t.test('people of a running campaign', async t => {
    const { id, phones } = await campaignOf(24, { pace: { callsPerSecond: 8, maxConcurrent: 50 } });
    await run(id);
    const atAnswer = new Map<string, number>();
    for (const phone of phones.filter((_, index) => index % 2 === 1)) {
      await suppress(phone);
      atAnswer.set(phone, dialled(phone).length);
    }
    for (const phone of phones)
      await until(async () => {
        const { state, attempts } = await personOf(phone);
        return state === 'blocked' || (state !== 'dialing' && attempts > 0);
      }, 'everybody');
    for (const [phone, count] of atAnswer) t.equal(dialled(phone).length, count, 'nothing after the answer');
    t.ok(
      [...atAnswer.values()].some(count => count === 0),
      'some of them were not called before it',
    );
    t.ok(
      phones.filter(phone => !atAnswer.has(phone)).every(phone => dialled(phone).length === 1),
      'the others were',
    );
  });

  await t.test('between the verdict and the call', async t => {
    const { id, phones } = await campaignOf(1);
    const [phone] = phones as [string];
    for (const { app } of [first, second]) {
      const judge = app.campaignCalls.judge.bind(app.campaignCalls);
      app.campaignCalls.judge = async order => {
        const verdict = await judge(order);
        if (order.to === phone && verdict.allowed) await suppress(phone, app === first.app ? second : first);
        return verdict;
      };
      t.teardown(() => Object.assign(app.campaignCalls, { judge }));
    }
    await run(id);
    await until(async () => (await personOf(phone)).state === 'blocked', 'the refusal');
    t.match(await personOf(phone), { attempts: 0, verdict: { code: 'SUPPRESSED' } });
    t.equal(dialled(phone).length, 0);
  });

  await t.test(
    'when the request is about to leave, the answer waits until it has, and the call is cancelled',
    async t => {
      const { id, phones } = await campaignOf(1);
      const [phone] = phones as [string];
      let answered: Promise<number> | undefined;
      for (const { app } of [first, second]) {
        const { calls } = app.callRecords;
        const begin = calls.beginDiallingMany.bind(calls);
        calls.beginDiallingMany = async attempts => {
          const begun = await begin(attempts);
          answered ??= suppress(phone, app === first.app ? second : first).then(() => dialled(phone).length);
          // It is listed by now; nobody looks any more before the request leaves.
          await until(async () => (await app.suppressions.of(phone)) !== null, 'that it is listed');
          return begun;
        };
        t.teardown(() => Object.assign(calls, { beginDiallingMany: begin }));
      }
      await run(id);
      await until(() => answered !== undefined, 'the last look');
      t.equal(await answered, 1, 'the answer came after the call');
      const call = async () => (await first.app.callRecords.calls.findById((await personOf(phone)).callId!))!;
      await until(async () => (await call()).endedAt !== null, 'its end');
      t.match(await call(), { terminationSource: 'system', terminationReason: 'suppressed', answeredAt: null });
      await until(async () => (await personOf(phone)).state !== 'dialing', 'that it is settled');
      t.equal(dialled(phone).length, 1);
    },
  );

  await t.test('a booked callback, and a call that is made again', async t => {
    const { id, phones } = await campaignOf(2);
    const [booked, again] = phones as [string, string];
    const at = new Date(Date.now() - 1_000);
    const retry = { attempts: 1, outcomes: ['busy'], lastOutcome: 'busy' };
    await queue.changeById((await personOf(booked))._id, { $set: { bookedFor: at, dueAt: at } });
    await queue.changeById((await personOf(again))._id, { $set: { ...retry, dueAt: at } });
    for (const phone of phones) await suppress(phone);
    await run(id);
    for (const phone of phones) {
      await until(async () => (await personOf(phone)).state === 'blocked', 'the refusal');
      t.match(await personOf(phone), { verdict: { code: 'SUPPRESSED' } });
      t.equal(dialled(phone).length, 0);
    }
  });

  await t.test('a single call, also one that was judged before', async t => {
    const [listed, late] = ['+13125557001', '+13125557002'];
    await suppress(listed);
    const refused = await first.api('POST', '/api/calls', { to: listed });
    t.match(refused, { status: 422, body: { error: { code: 'SUPPRESSED' } } });
    const { calls } = first.app.callRecords;
    const create = calls.create.bind(calls);
    t.teardown(() => Object.assign(calls, { create }));
    calls.create = async fields => {
      if (fields.to === late) await suppress(late);
      return create(fields);
    };
    const judged = await first.api('POST', '/api/calls', { to: late });
    t.match(judged, { status: 422, body: { error: { code: 'SUPPRESSED' } } });
    for (const phone of [listed, late]) t.equal(dialled(phone).length, 0);
  });

  await t.test('nine is pressed on a call whose audio another process has', async t => {
    const { id, phones } = await campaignOf(1);
    const [phone] = phones as [string];
    first.carrier.control.answerNext('presser', phone);
    await run(id);
    await until(async () => (await first.app.suppressions.of(phone)) !== null, 'the opt-out');
    t.match(await first.app.suppressions.of(phone), { source: 'call-key' });
    await until(async () => (await personOf(phone)).state === 'blocked', 'that nobody calls again');
    await queue.changeById((await personOf(phone))._id, { $set: { state: 'waiting', dueAt: new Date(), attempts: 0 } });
    for (const { app } of [first, second]) app.dialer.wake(id.toHexString());
    await until(async () => (await personOf(phone)).verdict?.['code'] === 'SUPPRESSED', 'the refusal');
    t.match((await first.api('POST', '/api/calls', { to: phone })).body, { error: { code: 'SUPPRESSED' } });
    t.equal(dialled(phone).length, 1);
  });
});
