import { Types } from 'mongoose';
import { test } from 'tap';
import { AuditRepository } from '../../src/auth/audit-repository.ts';
import { runAdmin } from '../../src/auth/run-admin-cli.ts';
import { CallRepository } from '../../src/calls/call-repository.ts';
import type { CampaignCall } from '../../src/calls/calls.types.ts';
import { CampaignContactRepository } from '../../src/campaigns/campaign-contact-repository.ts';
import { createCampaignMending } from '../../src/campaigns/campaign-mending.ts';
import { CampaignRepository } from '../../src/campaigns/campaign-repository.ts';
import { createCampaignTally } from '../../src/campaigns/campaign-tally.ts';
import { CampaignTallyRepository } from '../../src/campaigns/campaign-tally-repository.ts';
import { startCarrierWithProduct } from '../helpers/carrier-client.ts';
import { startTestStore } from '../helpers/store.ts';

test('people are released only where the carrier shows that no call of theirs exists or runs', async t => {
  const store = await startTestStore(t);
  const [campaigns, people] = [new CampaignRepository(store), new CampaignContactRepository(store)];
  const tallies = new CampaignTallyRepository(store);
  for (const repository of [campaigns, people, tallies]) await repository.ensureIndexes();
  const { _id } = await campaigns.create({ name: 'Stuck', contentClass: 'informational', state: 'running' } as never);
  const now = new Date();
  const ago = (seconds: number) => new Date(now.getTime() - seconds * 1_000);
  const calls = new Map<string, CampaignCall>();
  const stuck = async (call: Partial<CampaignCall> | null, lease = ago(60)) => {
    const callId = new Types.ObjectId();
    const person = await people.create({
      campaignId: _id,
      contactId: new Types.ObjectId(),
      phone: '+13125550142',
      state: 'dialing',
      attempts: 1,
      dueAt: ago(300),
      callId,
      lease: { owner: 'gone', until: lease, fence: 1 },
    } as never);
    const id = callId.toHexString();
    const fields = { id, sid: null, createdAt: ago(120), dialledAt: ago(119), endedAt: null, outcome: null };
    if (call) calls.set(id, { ...fields, ...call } as CampaignCall);
    return { id, state: async () => (await people.findById(person._id))! };
  };
  const nobody = await stuck(null);
  const over = await stuck({ sid: 'CAover' });
  const runs = await stuck({ sid: 'CAruns' });
  const unknown = await stuck({ sid: 'CAunknown' });
  const young = await stuck({ createdAt: ago(20) });
  const nameless = await stuck({});
  const ended = await stuck({ sid: 'CAended', endedAt: ago(10), outcome: 'conversation' });
  const working = await stuck(null, new Date(now.getTime() + 10_000));

  let listed: { status: string; createdAt: Date }[] = [{ status: 'ringing', createdAt: ago(118) }];
  const freed: string[] = [];
  const settled: string[] = [];
  const tally = createCampaignTally({ people, tallies, owner: 'test', now: () => now });
  let completed = 0;
  let isRight = false;
  const mending = createCampaignMending({
    campaigns,
    people,
    calls: { byIds: async ids => new Map(ids.flatMap(id => (calls.has(id) ? [[id, calls.get(id)!] as const] : []))) },
    carrier: {
      call: async sid =>
        sid === 'CAunknown' ? null : ({ status: sid === 'CAruns' ? 'in-progress' : 'completed' } as never),
      find: async () => listed as never,
    },
    budgets: { leaked: async () => ['c3'], settleLate: async callId => void settled.push(callId) },
    tally,
    figures: async (_id, mend) => {
      const sums: Record<string, { is: number; should: number }> = isRight
        ? {}
        : { 'figures.variants.A.micros': { is: 70, should: 0 } };
      isRight ||= mend;
      return { sums, recounted: Object.keys(sums).length };
    },
    places: { leaked: async () => ['c1', 'c2'], free: async ids => void freed.push(...ids) },
    numberOf: async () => '+13125550142',
    complete: async () => {
      completed += 1;
      return true;
    },
    now: () => now,
  });
  const ids = (some: readonly { callId: string }[]) => some.map(({ callId }) => callId).sort();
  const shown = await mending.resetStuck({ dryRun: true });
  t.same(ids(shown.released), [nobody, over, unknown, ended].map(({ id }) => id).sort());
  t.same(ids(shown.left), [runs, young, nameless].map(({ id }) => id).sort());
  t.match(
    shown.left.find(({ callId }) => callId === nameless.id),
    { reason: /ringing at the carrier/ },
  );
  t.equal((await nobody.state()).state, 'dialing', 'nothing was changed');

  const done = await mending.resetStuck({ dryRun: false });
  t.same(ids(done.released), ids(shown.released));
  t.match(await nobody.state(), { state: 'waiting', attempts: 0, callId: null });
  t.match(await over.state(), { state: 'waiting', attempts: 1, lastOutcome: 'failed' });
  t.match(await unknown.state(), { state: 'waiting', attempts: 1 });
  t.match(await ended.state(), { state: 'done', lastOutcome: 'conversation' });
  for (const each of [runs, young, nameless, working]) t.equal((await each.state()).state, 'dialing');
  listed = [];
  t.same(ids((await mending.resetStuck({ dryRun: false })).released), [nameless.id]);

  const id = _id.toHexString();
  await tally.count(id);
  await tallies.replace(await tallies.standing(id), { total: 9, state: { waiting: 3 } });
  const shownFirst = await mending.repair(id, { dryRun: true });
  t.match(shownFirst, { places: 2, reservations: 1, completes: false, recounted: 0 });
  t.match(shownFirst.counters.find(({ counter }) => counter === 'total') ?? {}, { is: 9, should: 8 });
  t.match(shownFirst.counters.find(({ counter }) => counter === 'figures.variants.A.micros') ?? {}, {
    is: 70,
    should: 0,
  });
  t.same([freed, settled, isRight], [[], [], false], 'and nothing is changed');
  const repaired = await mending.repair(id, { dryRun: false });
  t.match(repaired, { name: 'Stuck', places: 2, reservations: 1, completes: false, recounted: 8, recountedCalls: 1 });
  t.same(repaired.counters, shownFirst.counters, 'what was shown is mended');
  t.same([freed, settled], [['c1', 'c2'], ['c3']]);
  t.same((await mending.repair(id, { dryRun: true })).counters, []);
  for await (const person of people.everybody(id)) await people.changeById(person._id, { $set: { state: 'done' } });
  t.match(await mending.repair(id, { dryRun: false }), { completes: true });
  t.equal(completed, 1);
  await t.rejects(mending.repair(String(new Types.ObjectId()), { dryRun: true }), { code: 'NOT_FOUND' });
});

test('with no server running, operators stop, release and mend straight on the store', async t => {
  const store = await startTestStore(t, { checkPlans: false });
  const [campaigns, people, calls] = [
    new CampaignRepository(store),
    new CampaignContactRepository(store),
    new CallRepository(store),
  ];
  const [tallies, audit] = [new CampaignTallyRepository(store), new AuditRepository(store)];
  for (const repository of [campaigns, people, calls, tallies, audit]) await repository.ensureIndexes();
  const { carrier, call, origin, product } = await startCarrierWithProduct(t, { scale: 1 });
  product.answers['/voice'] = { type: 'text/xml', body: '<Response><Pause length="600"/></Response>' };
  const { sid } = await call({ url: `${origin}/voice` });
  const { _id } = await campaigns.create({ name: 'Recall', contentClass: 'informational', state: 'running' } as never);
  const id = _id.toHexString();
  const ago = (seconds: number) => new Date(Date.now() - seconds * 1_000);
  const leftBehind = async (own: string | null) => {
    const callId = new Types.ObjectId();
    const contactId = new Types.ObjectId();
    const to = own ? '+13125550142' : '+13125550143';
    const lease = { owner: 'gone', until: ago(60), fence: 1 };
    const claimed = { state: 'dialing', attempts: 1, dueAt: ago(300), callId, lease };
    const person = await people.create({ campaignId: _id, contactId, phone: to, ...claimed } as never);
    if (own)
      await calls.begin({
        _id: callId,
        direction: 'outbound',
        to,
        from: carrier.phoneNumber,
        sid: own,
        campaignId: _id,
        contactId,
        dialledAt: ago(100),
        state: 'queued',
      } as never);
    return async () => (await people.findById(person._id))!.state;
  };
  const neverCalled = await leftBehind(null);
  const beingCalled = await leftBehind(sid);
  const environment = {
    MONGODB_URI: store.uri,
    SANDBOX: 'off',
    SERVER_URL: 'https://calls.example.com',
    TWILIO_ACCOUNT_SID: carrier.accountSid,
    TWILIO_AUTH_TOKEN: carrier.authToken,
    TWILIO_API_BASE_URL: carrier.baseUrl,
    TWILIO_PHONE_NUMBER: carrier.phoneNumber,
    ELEVENLABS_API_KEY: 'an-invented-key-of-a-test', // allow-secret: invented
  };
  const admin = async (...args: string[]): Promise<string> => {
    let printed = '';
    const print = (text: string) => {
      printed += text;
    };
    await runAdmin({ args, print, environment });
    return printed;
  };

  t.match(await admin('campaign-status'), /Recall .* is running[\s\S]*being dialled 2/);
  t.match(await admin('reset-stuck-contacts', '--dry-run'), /would be released[\s\S]*stays[\s\S]*Nothing was changed/);
  t.equal(await neverCalled(), 'dialing');
  t.match(
    await admin('reset-stuck-contacts'),
    /is released: nobody was called[\s\S]*stays: the call is \S+ at the carrier/,
  );
  t.same([await neverCalled(), await beingCalled()], ['waiting', 'dialing']);
  t.match(await admin('repair-campaign', id, '--dry-run'), /Nothing was changed/);
  t.match(await admin('repair-campaign', id), /2 people are counted anew/);
  t.match(await admin('stop-all-campaigns'), /Recall .*which was running, is stopped/);
  t.equal((await campaigns.findById(_id))!.state, 'stopped');
  const actions = ['campaigns.reset-stuck', 'campaign.repair', 'campaigns.stop-all'];
  const written = (await audit.list({})).items.map(({ action }) => action);
  t.same(
    actions.filter(each => !written.includes(each)),
    [],
    'all of it is in the audit log',
  );
});
