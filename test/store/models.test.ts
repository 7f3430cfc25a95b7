import { Types } from 'mongoose';
import t, { test } from 'tap';
import { AgentRepository } from '../../src/agents/agent-repository.ts';
import { NumberRepository } from '../../src/agents/number-repository.ts';
import { RollupRepository } from '../../src/analytics/rollup-repository.ts';
import { ApiKeyRepository } from '../../src/auth/api-key-repository.ts';
import { SessionRepository } from '../../src/auth/session-repository.ts';
import { UserRepository } from '../../src/auth/user-repository.ts';
import type { Call, NewCall } from '../../src/calls/call-document.ts';
import { CallEventRepository } from '../../src/calls/call-event-repository.ts';
import { CallRepository } from '../../src/calls/call-repository.ts';
import type { CallState } from '../../src/calls/call-state.ts';
import { SlotRepository } from '../../src/calls/slot-repository.ts';
import { TranscriptRepository } from '../../src/calls/transcript-repository.ts';
import { CampaignContactRepository } from '../../src/campaigns/campaign-contact-repository.ts';
import { CampaignRepository } from '../../src/campaigns/campaign-repository.ts';
import { campaignAfter, campaignStates } from '../../src/campaigns/campaign-state.ts';
import { ContactListRepository } from '../../src/contacts/contact-list-repository.ts';
import { ContactRepository } from '../../src/contacts/contact-repository.ts';
import { SuppressionRepository } from '../../src/contacts/suppression-repository.ts';
import { SettingsRepository } from '../../src/ops/settings-repository.ts';
import { WebhookReceiptRepository } from '../../src/ops/webhook-receipt-repository.ts';
import { RecordingRepository } from '../../src/recordings/recording-repository.ts';
import type { RepositoryContext } from '../../src/store/store.ts';
import { startTestStore } from '../helpers/store.ts';

const now = () => new Date();
const call = (fields: Partial<NewCall> = {}): NewCall => ({
  direction: 'outbound',
  to: '+13125550142',
  from: '+12125550100',
  ...fields,
});

async function repositories<T extends Record<string, new (context: RepositoryContext) => unknown>>(
  t: { teardown(fn: () => unknown): void },
  classes: T,
) {
  const store = await startTestStore(t);
  const made = Object.fromEntries(Object.entries(classes).map(([name, Class]) => [name, new Class(store)]));
  await store.ensureIndexes();
  return made as { [K in keyof T]: InstanceType<T[K]> };
}

test('references lead both ways', async t => {
  const all = await repositories(t, {
    agents: AgentRepository,
    numbers: NumberRepository,
    contacts: ContactRepository,
    lists: ContactListRepository,
    campaigns: CampaignRepository,
    queue: CampaignContactRepository,
    calls: CallRepository,
    events: CallEventRepository,
    transcripts: TranscriptRepository,
    recordings: RecordingRepository,
    users: UserRepository,
    keys: ApiKeyRepository,
    sessions: SessionRepository,
  });
  const agent = await all.agents.create({
    name: 'Nova',
    engine: 'elevenlabs',
    vendorAgentId: 'agent_7101',
  } as never);
  const number = await all.numbers.create({
    phone: '+12125550100',
    label: 'main',
    agentId: agent._id,
    text: null,
    callerId: true,
    connected: false,
    problem: null,
  } as never);
  const list = await all.lists.create({ name: 'Spring', description: '' });
  const contact = await all.contacts.create({ phone: '+13125550142', lists: [list._id], origin: 'api' } as never);
  const campaign = await all.campaigns.create({
    name: 'Spring reminders',
    agentId: agent._id,
    contentClass: 'informational',
  } as never);
  const entry = await all.queue.create({
    campaignId: campaign._id,
    contactId: contact._id,
    phone: contact.phone,
    dueAt: now(),
  } as never);
  const made = await all.calls.create(
    call({ agentId: agent._id, contactId: contact._id, campaignId: campaign._id }) as never,
  );
  const event = await all.events.append({
    callId: made._id,
    seq: 1,
    type: 'created',
    at: now(),
    source: 'system',
    data: {},
  });
  const turn = { role: 'agent', text: 'Hello', startMs: 0, endMs: 900, interrupted: false } as const;
  await all.transcripts.writeTurns([{ callId: made._id, index: 0, turn }]);
  const recording = await all.recordings.create({
    callId: made._id,
    sid: 'RE1',
    storageKey: 'recordings/a.wav',
  } as never);
  const user = await all.users.create({
    email: 'dana@example.com',
    role: 'manager',
    passwordHash: 'x',
    disabled: false,
    lastSignInAt: null,
  });
  const key = await all.keys.create({
    name: 'k',
    prefix: 'plk_1',
    hash: 'h',
    scopes: [],
    expiresAt: null,
    revokedAt: null,
    lastUsedAt: null,
    createdBy: user._id,
    createdByLabel: user.email,
  });
  const session = await all.sessions.open(new Types.ObjectId(), {
    userId: user._id,
    tokenHash: 'h',
    expiresAt: new Date(Date.now() + 1e6),
    revokedAt: null,
  });

  const same = (left: unknown, right: Types.ObjectId, what: string) => t.equal(String(left), String(right), what);
  const one = async (items: Promise<{ _id: Types.ObjectId }[]>) => (await items)[0]?._id;
  same(number.agentId, agent._id, 'number → agent');
  same(await one(all.numbers.answeredBy(agent._id)), number._id, 'agent → numbers');
  same(contact.lists[0], list._id, 'contact → list');
  for await (const each of all.contacts.inList(list._id)) same(each._id, contact._id, 'list → contacts');
  same(entry.campaignId, campaign._id, 'entry → campaign');
  same(
    (await all.queue.list({ filter: { campaignId: String(campaign._id) } })).items[0]?._id,
    entry._id,
    'campaign → entries',
  );
  same(await one(all.queue.ofContact(contact._id)), entry._id, 'contact → campaigns');
  for (const [name, id] of [
    ['agentId', agent._id],
    ['contactId', contact._id],
    ['campaignId', campaign._id],
  ] as const) {
    same(made[name], id, `call → ${name}`);
    same((await all.calls.list({ filter: { [name]: String(id) } })).items[0]?._id, made._id, `${name} → calls`);
  }
  same(event.callId, made._id, 'event → call');
  for await (const each of all.events.ofCall(made._id)) same(each._id, event._id, 'call → events');
  same((await all.transcripts.ofCall(made._id))?.callId, made._id, 'call ↔ transcript');
  same(await one(all.recordings.ofCall(made._id)), recording._id, 'call → recordings');
  same(key.createdBy, user._id, 'key → user');
  same(session.userId, user._id, 'session → user');
  t.equal(await all.sessions.revokeAllOf(user._id, now()), 1, 'user → sessions');
});

test('a call only moves forward, whatever order its callbacks come in', async t => {
  const { calls } = await repositories(t, { calls: CallRepository });
  const at = now();
  const made = await calls.create(call() as never);
  t.match(await calls.attachSid(made._id, 'CA1'), { sid: 'CA1' });
  t.equal(await calls.attachSid(made._id, 'CA2'), null, 'the carrier gives one id');
  t.match(await calls.findActiveTo('+13125550142'), { sid: 'CA1' });
  const news = (state: CallState, sequence: number, fields: Partial<Call> = {}) =>
    calls.applyNews(made._id, { sid: 'CA1', state, sequence, at, fields });
  t.match(await news('ringing', 1), { state: 'ringing' });
  t.equal(await news('initiated', 0), null, 'late');
  t.match(await news('in-progress', 2), { answeredAt: at });
  t.equal(await news('in-progress', 2), null, 'doubled');
  t.equal(
    await calls.applyNews(made._id, { sid: 'CA2', state: 'completed', sequence: 3, at }),
    null,
    'news of another call of the carrier',
  );
  const ends = await Promise.all([
    news('completed', 3, { outcome: 'conversation', terminationSource: 'twilio' }),
    news('failed', 4, { outcome: 'failed' }),
  ]);
  t.equal(ends.filter(each => each !== null).length, 1, 'of two ends one counts');
  t.equal(await news('in-progress', 9), null, 'a final state is never left');
  t.same(await calls.active(), []);
  t.equal(await calls.findActiveTo('+13125550142'), null);
  await t.rejects(calls.create(call({ sid: 'CA1' }) as never), { code: 'DUPLICATE' }, 'one call per id of the carrier');
  await t.resolves(calls.create(call() as never), 'but many that have none yet');
});

test('of attempts that are written together each is told what was in its way', async t => {
  const { calls } = await repositories(t, { calls: CallRepository });
  const attempt = (to: string, _id = new Types.ObjectId()) => ({ ...call({ to, liveTo: to }), _id }) as never;
  const first = new Types.ObjectId();
  const [written] = await calls.beginMany([attempt('+13125550142', first)]);
  t.match(written, { to: '+13125550142', version: 1 });
  const found = await calls.beginMany([
    attempt('+13125550142'),
    attempt('+13125550143', first),
    attempt('+13125550144'),
    attempt('+13125550144'),
  ]);
  t.match(found, [
    { code: 'DUPLICATE', details: [{ field: 'liveTo' }] },
    { code: 'DUPLICATE', details: [{ field: '_id' }] },
    { to: '+13125550144' },
    { code: 'DUPLICATE', details: [{ field: 'liveTo' }] },
  ]);
});

test('of many claims each person goes to one, and an expired one is told apart', async t => {
  const { queue } = await repositories(t, { queue: CampaignContactRepository });
  const campaignId = new Types.ObjectId();
  const start = now();
  const people = Array.from({ length: 40 }, (_, index) => ({
    campaignId,
    contactId: new Types.ObjectId(),
    phone: `+1312555${String(1000 + index)}`,
    dueAt: new Date(start.getTime() + (index < 30 ? -index : 60_000)),
  }));
  await queue.createMany(people as never);
  const waiting = await Promise.all(people.map(async ({ contactId }) => (await queue.ofContact(contactId))[0]!));
  const claims = await Promise.all(
    [...waiting, ...waiting].map(({ _id }, index) =>
      queue.claimOne(_id, new Types.ObjectId(), { owner: `node-${index % 3}`, now: start, leaseMs: 15_000 }),
    ),
  );
  const claimed = claims.filter(each => each !== null);
  t.equal(claimed.length, 30, 'who is due, and nobody else');
  t.equal(new Set(claimed.map(each => String(each._id))).size, 30, 'each once');
  t.ok(claimed.every(each => each.state === 'dialing' && each.attempts === 1));
  t.same(await queue.leftBehind(start, 100), []);
  const later = new Date(start.getTime() + 15_001);
  t.equal((await queue.leftBehind(later, 100)).length, 30);
  t.equal(await queue.renew(claimed[0]!._id, claimed[0]!.lease.owner, later, 15_000), false, 'too late to renew');
});

test('campaign moves: a table, and one winner of two', async t => {
  t.same(
    campaignStates.map(state => [
      state,
      campaignAfter(state, 'resume'),
      campaignAfter(state, 'stop'),
      campaignAfter(state, 'fail'),
    ]),
    [
      ['idle', undefined, 'stopped', 'error'],
      ['starting', undefined, 'stopped', 'error'],
      ['running', undefined, 'stopped', 'error'],
      ['pausing', undefined, 'stopped', 'error'],
      ['paused', 'resuming', 'stopped', 'error'],
      ['resuming', undefined, 'stopped', 'error'],
      ['completed', undefined, undefined, undefined],
      ['error', 'resuming', 'stopped', undefined],
      ['stopped', undefined, undefined, undefined],
    ],
  );
  const { campaigns } = await repositories(t, { campaigns: CampaignRepository });
  const { _id } = await campaigns.create({ name: 'Spring', contentClass: 'informational' } as never);
  const entry = () => ({ id: new Types.ObjectId(), type: 'campaign.moved', by: 'system', at: now(), data: {} });
  const starts = await Promise.all([campaigns.move(_id, 'start', { entry }), campaigns.move(_id, 'start', { entry })]);
  t.equal(starts.filter(each => each !== null).length, 1);
  t.match(await campaigns.move(_id, 'started', { entry }), { state: 'running' });
  t.same((await campaigns.running()).length, 1);
  const cause = { code: 'CARRIER_ACCOUNT', message: '20003: credentials refused', at: now() };
  t.match(await campaigns.move(_id, 'fail', { cause, entry }), { state: 'error', cause: { code: 'CARRIER_ACCOUNT' } });
  t.equal(await campaigns.move(_id, 'pause', { entry }), null);
});

test('what may come twice counts once', async t => {
  const all = await repositories(t, {
    suppressions: SuppressionRepository,
    receipts: WebhookReceiptRepository,
    settings: SettingsRepository,
    rollups: RollupRepository,
  });
  const opt = { phone: '+13125550142', phoneHash: 'h1', source: 'call' };
  const added = await Promise.all([
    all.suppressions.add({ ...opt, reason: 'asked' }),
    all.suppressions.add({ ...opt, reason: 'again' }),
  ]);
  t.equal(added.filter(each => each.added).length, 1);
  t.same(await all.suppressions.among(['h1', 'h2']), new Set(['h1']));

  const receipt = {
    source: 'elevenlabs',
    key: 'evt-1',
    type: 'post_call_transcription',
    callId: null,
    body: Buffer.from('{}'),
    expiresAt: new Date(Date.now() + 1e6),
  };
  const received = await Promise.all([
    all.receipts.receive(receipt),
    all.receipts.receive(receipt),
    all.receipts.receive(receipt),
  ]);
  t.equal(received.filter(each => each.first).length, 1);

  const keys = await Promise.all(['a', 'b', 'c'].map(key => all.settings.valueOrMake('hmac', { key })));
  t.equal(new Set(keys.map(value => JSON.stringify(value))).size, 1, 'made once, shared by all');
  await all.settings.setValue('kill-switch', { on: true });
  t.same(await all.settings.settingOf('kill-switch'), { on: true });
  t.equal(await all.settings.settingOf('never'), null);

  const part = { scope: 'all', day: '2026-03-02', counts: [['40.out.conversation.n', 2] as const] };
  const seqs = [1, 2, 2, 1, 2];
  for (const seq of seqs) await all.rollups.add(1, seq, [part]);
  await Promise.all(Array.from({ length: 5 }, () => all.rollups.add(1, 3, [part])));
  const [rollup] = await all.rollups.whole(['1|all|2026-03-02']);
  t.match(rollup, { seq: 3, slots: { 40: { out: { conversation: { n: 6 } } } } }, 'batches are added once, in order');
});

const terms = (owner: string, now: Date) => ({ owner, now, leaseMs: 15_000 });

test('slots: never more than there are, and a dead holder loses its own', async t => {
  const { slots } = await repositories(t, { slots: SlotRepository });
  await Promise.all([slots.provide('calls', 3), slots.provide('calls', 3)]);
  const start = now();
  const taken = await Promise.all(
    Array.from({ length: 10 }, (_, index) => slots.take('calls', new Types.ObjectId(), terms(`p${index}`, start))),
  );
  t.equal(taken.filter(each => each !== null).length, 3);
  t.equal(await slots.taken('calls', start), 3);
  const [held] = taken.filter(each => each !== null);
  t.ok(await slots.release(held!._id, held!.lease.owner, start));
  t.ok(await slots.take('calls', new Types.ObjectId(), terms('p', start)));
  t.ok(await slots.take('calls', new Types.ObjectId(), terms('p', new Date(start.getTime() + 15_001))), 'expired');
});

test('a transcript grows, and says what was heard', async t => {
  const { transcripts } = await repositories(t, { transcripts: TranscriptRepository });
  const callId = new Types.ObjectId();
  const turn = (role: 'agent' | 'caller', text: string, startMs: number) => ({
    role,
    text,
    startMs,
    endMs: startMs + 900,
    interrupted: false,
  });
  const greeting = turn('agent', 'Good morning, this is Nova', 0);
  await transcripts.writeTurns([{ callId, index: 0, turn: greeting }]);
  await transcripts.writeTurns([
    { callId, index: 1, turn: turn('caller', 'Wait a moment', 700) },
    { callId, index: 0, turn: { ...greeting, heardText: 'Good morning', interrupted: true, endMs: 650 } },
  ]);
  await t.rejects(transcripts.writeTurns([{ callId, index: -1, turn: greeting }]), { code: 'VALIDATION_FAILED' });
  t.match((await transcripts.ofCall(callId))?.turns, [
    { heardText: 'Good morning', interrupted: true, endMs: 650 },
    { text: 'Wait a moment' },
  ]);
  await transcripts.close(callId);
  t.match(await transcripts.ofCall(callId), { live: false });
  t.equal(await transcripts.removeOf(callId), 1);
});

t.test('what does not fit is refused with its field', async t => {
  const { calls, contacts } = await repositories(t, { calls: CallRepository, contacts: ContactRepository });
  await t.rejects(calls.create(call({ to: '312 555 0142' }) as never), { code: 'VALIDATION_FAILED' });
  await t.rejects(calls.create({ ...call(), $where: '1' } as never), { code: 'VALIDATION_FAILED' });
  await t.rejects(calls.create({ ...call(), colour: 'red' } as never));
  await t.rejects(
    contacts.create({ phone: '+13125550142', consent: { kind: 'maybe', at: now(), source: 'x' } } as never),
    { code: 'VALIDATION_FAILED' },
  );
});
