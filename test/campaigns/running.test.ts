import { setTimeout as delay } from 'node:timers/promises';
import { Types } from 'mongoose';
import root, { test } from 'tap';
import { microsOf } from '../../src/calls/cost-protocol.ts';
import { startDialSite } from './dial-site.ts';

let shared: ReturnType<typeof startDialSite> | undefined;
const site = () => {
  shared ??= startDialSite(root);
  return shared;
};

type Site = Awaited<ReturnType<typeof startDialSite>>;
const liveOf = ({ control }: Site, phones: readonly string[]) =>
  control.calls().filter(call => phones.includes(call.to) && call.endedAt === undefined);
const dialledOf = ({ dialled }: Site, phones: readonly string[]) => phones.filter(to => dialled(to).length > 0).length;

test('an edit holds for the next call within a second, also when another process made it', async t => {
  const all = await site();
  const { campaign, campaigns, addPeople, until } = all;
  const { _id } = await campaign({ pace: { callsPerSecond: 50, maxConcurrent: 1 } });
  const phones = await addPeople(_id, 3);
  await until(() => dialledOf(all, phones) === 1, 'the first call');
  await delay(100);
  t.equal(dialledOf(all, phones), 1, 'one at a time');
  // Nobody tells this process of it: it is as if another one had written it.
  await campaigns.changeById(_id, { $set: { 'pace.maxConcurrent': 3 } });
  // Counted by seconds of this process, which the machine of a test delays as it does the dialer.
  let seconds = 0;
  const counting = setInterval(() => {
    seconds += 1;
  }, 1_000);
  t.teardown(() => clearInterval(counting));
  const since = performance.now();
  const seen = () => all.app.dialer.campaigns.get(_id.toHexString())?.document.pace.maxConcurrent === 3;
  await until(seen, 'the edit');
  t.ok(seconds <= 3, `seen after ${Math.round(performance.now() - since)} ms, ${seconds} seconds of the process`);
  await until(() => dialledOf(all, phones) === 3, 'the others');
  await until(() => liveOf(all, phones).every(({ state }) => state !== 'queued'), 'all of them have left the queue');
  for (const { sid } of liveOf(all, phones)) all.control.hangUp(sid);
});

test('what a call cost takes the place of what was reserved for it', async t => {
  const all = await site();
  const { app, campaign, addPeople, until, personOf, control } = all;
  const { _id } = await campaign({ budget: { amount: 100, currency: 'USD', per: 'total' } });
  const id = _id.toHexString();
  const standing = async () => (await app.campaigns.budgets.standing(id))[0]!;
  const [to] = (await addPeople(_id, 1)) as [string];
  await until(() => liveOf(all, [to]).some(call => call.answeredAt !== undefined), 'somebody answers');
  const during = await standing();
  t.equal(during.spentMicros, 0);
  t.ok(during.reservedMicros > 0, 'the expected cost is reserved while the call lives');
  control.hangUp(liveOf(all, [to])[0]!.sid);
  await until(async () => (await standing()).reservedMicros === 0, 'the reservation given back');
  const call = (await app.callRecords.calls.findById((await personOf(to)).callId!))!;
  const { amount } = app.callRecords.calls.toApi(call)['cost'] as { amount: string };
  t.equal((await standing()).spentMicros, microsOf(amount), 'and what it cost is spent');
});

test('pause at once ends live calls, and nobody else is called', async t => {
  const all = await site();
  const { campaign, campaigns, addPeople, until, call, signIn } = all;
  const { _id } = await campaign({ pace: { callsPerSecond: 50, maxConcurrent: 3 } });
  const phones = await addPeople(_id, 8);
  await until(() => liveOf(all, phones).some(each => each.answeredAt !== undefined), 'a live call');
  const path = `/api/campaigns/${_id.toHexString()}/pause`;
  t.equal((await call('POST', path, { token: await signIn(), body: { when: 'at-once' } })).status, 202);
  await until(async () => (await campaigns.findById(_id))?.state === 'paused', 'the pause');
  t.same(liveOf(all, phones), [], 'no call is left');
  const { people } = all;
  t.same(await people.beingCalled(_id.toHexString()), []);
  const before = dialledOf(all, phones);
  await delay(200);
  t.equal(dialledOf(all, phones), before);
  t.ok(before < phones.length, 'those who were not called wait');
});

/** Calls that ended a minute ago, one for each of these outcomes. */
async function ended(
  { app }: Site,
  of: readonly (readonly [Types.ObjectId, 'conversation' | 'abandoned' | 'busy'])[],
): Promise<void> {
  const at = new Date(Date.now() - 60_000);
  for (const [index, [campaignId, outcome]] of of.entries())
    await app.callRecords.calls.begin({
      direction: 'outbound',
      to: `+1312555${String(180 + index).padStart(4, '0')}`,
      from: '+12125550100',
      sid: `CA${new Types.ObjectId()}00000000`,
      campaignId,
      contactId: new Types.ObjectId(),
      dialledAt: at,
      endedAt: at,
      state: 'completed',
      outcome,
    });
}

test('who answered and heard nobody is counted among those who answered, for each campaign by itself', async t => {
  const all = await site();
  const { app, campaign, campaigns, until } = all;
  const { _id } = await campaign();
  const id = _id.toHexString();
  const outcomes = (['conversation', 'abandoned', 'busy'] as const).map(outcome => [_id, outcome] as const);
  await ended(all, [...outcomes, [new Types.ObjectId(), 'abandoned']]);
  t.same(await app.campaignCalls.abandonment(id, new Date(Date.now() - 86_400_000)), { answered: 2, abandoned: 1 });
  t.same(await app.campaignCalls.abandonment(id, new Date(Date.now() + 1_000)), { answered: 0, abandoned: 0 });
  const row = `parley_campaign_abandonment_ratio{campaign="${id}"} 0.5`;
  await until(async () => {
    await app.sampleCampaigns();
    return (await app.operations.metrics.registry.metrics()).includes(row);
  }, 'the share among the metrics');
  await campaigns.moveState(_id, 'running', 'stopped');
});

test('too many people who answered heard nobody: the campaign pauses, says why, and is not resumed as long as it is so', async t => {
  const all = await site();
  const { app, campaign, campaigns, addPeople, personOf, until, call, signIn } = all;
  // Whoever the agent says it calls for: what it says is looked at before.
  const { firstMessage } = await app.agents.byDefault();
  const seller = { legalName: /(\w+ \w+)'s AI/.exec(firstMessage!)![1]!, callbackNumber: null };
  const { _id } = await campaign({ contentClass: 'informational', state: 'idle', seller } as never);
  await ended(all, [
    [_id, 'conversation'],
    [_id, 'abandoned'],
    [_id, 'abandoned'],
  ]);
  const phones = await addPeople(_id, 3);
  const consent = { kind: 'express', at: new Date(Date.now() - 86_400_000).toISOString(), source: 'a card' };
  await app.contacts.add(
    phones.map(phone => ({ phone, consent })),
    { origin: 'api', by: 'test' },
  );
  await campaigns.moveState(_id, 'idle', 'running');
  app.dialer.wake(_id.toHexString());
  await until(async () => (await campaigns.findById(_id))!.state === 'paused', 'the pause');
  t.match((await campaigns.findById(_id))!.cause, { code: 'abandonment', message: /heard nobody/ });
  t.equal(dialledOf(all, phones), 0);
  t.match(await personOf(phones[0]!), { state: 'waiting', attempts: 0 }, 'they wait as before');
  const { findings } = await app.preflight.ofCampaign(_id.toHexString());
  t.match(
    findings.find(({ check }) => check === 'abandonment'),
    { level: 'block', message: /Of 3 people .* 2 heard nobody/, remedy: /abandoned/ },
  );
  const resume = `/api/campaigns/${_id.toHexString()}/resume`;
  t.match(await call('POST', resume, { token: await signIn() }), {
    status: 422,
    body: { error: { code: 'CAMPAIGN_NOT_READY' } },
  });
});

test('a running campaign is told in numbers, and its numbers go with it', async t => {
  const all = await site();
  const { app, campaign, campaigns, addPeople, until, phone, people } = all;
  const { _id } = await campaign({ pace: { callsPerSecond: 40, maxConcurrent: 2 } });
  const id = _id.toHexString();
  const listed = phone();
  await app.suppressions.add(listed, 'asked', 'api');
  const { contacts } = await app.contacts.add([{ phone: listed }], { origin: 'api', by: 'test' });
  await people.create({
    campaignId: _id,
    contactId: new Types.ObjectId(contacts[0]!.id),
    phone: listed,
    dueAt: new Date(Date.now() - 30_000),
  } as never);
  const phones = [...(await addPeople(_id, 2, { attempts: 1 })), ...(await addPeople(_id, 4))];
  await until(() => dialledOf(all, phones) >= 2, 'two calls');
  const numbers = async () => {
    await app.sampleCampaigns();
    const text = await app.operations.metrics.registry.metrics();
    const own = [...text.matchAll(/^parley_campaign_(\w+)\{campaign="(\w+)"(?:,\w+="([\w-]+)")?\} (\S+)$/gm)];
    return new Map(
      own
        .filter(([, , which]) => which === id)
        .map(([, name, , label, value]) => [label ? `${name} ${label}` : name, Number(value)]),
    );
  };
  await until(async () => (await numbers()).get('refusals_total SUPPRESSED') === 1, 'the refusal');
  await until(async () => (await numbers()).get('waiting') === 4, 'the counters');
  const told = await numbers();
  t.equal((told.get('dials_total first') ?? 0) + (told.get('dials_total again') ?? 0), dialledOf(all, phones));
  t.equal(told.get('pace_wanted'), 40);
  t.ok(told.get('pace_reached')! > 0);
  t.ok(told.get('oldest_due_seconds')! >= 1);
  t.equal(told.get('breaker'), 0);
  t.equal(told.get('abandonment_ratio'), 0);
  t.ok(told.has('spend'));
  await campaigns.moveState(_id, 'running', 'stopped');
  await until(async () => (await numbers()).size === 0, 'a campaign that ended is not told of');
});
