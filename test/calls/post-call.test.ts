import { randomBytes } from 'node:crypto';
import { ElevenLabsClient } from '@elevenlabs/elevenlabs-js';
import root, { type Test, test } from 'tap';
import { signWebhook } from '../../src/sandbox/agent/post-call-webhook.ts';
import { type CallSite, newSid, startCallSite, statusOf } from '../helpers/call-site.ts';
import { ownTime } from '../helpers/own-time.ts';
import { startVendorRest, type VendorRest, vendorRecord } from './vendor-records.ts';

const secret = 'wsec_of_a_test'; // allow-secret: invented
const previous = 'wsec_before_that'; // allow-secret: invented
const API_KEY = 'an-invented-key-of-a-test'; // allow-secret: invented

interface Site extends CallSite {
  readonly rest: VendorRest;
  post(body: string | object, options?: { signature?: string; secret?: string; ageSeconds?: number }): Promise<number>;
  /** A call that took place, was talked on, and ended. */
  ended(conversationId: string | null): Promise<string>;
  receipts(query?: string): Promise<Record<string, unknown>[]>;
  transcript(id: string): Promise<{ turns: Record<string, unknown>[] }>;
  shown(id: string): Promise<Record<string, unknown>>;
  /** One round over what ended calls wait for, so much later. */
  later(minutes: number): Promise<number>;
}

async function startSite(t: Test, env: Record<string, string> = {}): Promise<Site> {
  const rest = await startVendorRest(t);
  const time = ownTime();
  const site = await startCallSite(t, {
    env: {
      API_KEY,
      ELEVENLABS_API_BASE_URL: rest.url,
      ELEVENLABS_WEBHOOK_SECRET: secret,
      ELEVENLABS_WEBHOOK_SECRET_PREVIOUS: previous,
      ...env,
    },
    now: time.now,
  });
  const api = async (path: string) => (await site.call('GET', path, { token: API_KEY })).body;
  return Object.assign(site, {
    rest,
    async later(minutes: number) {
      time.by(minutes * 60_000);
      return (await time.run(() => site.app.followUpCalls())).reports;
    },
    async post(body: string | object, options: { signature?: string; secret?: string; ageSeconds?: number } = {}) {
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      const at = Math.floor(Date.now() / 1_000) - (options.ageSeconds ?? 0);
      const signature = options.signature ?? signWebhook(options.secret ?? secret, text, at);
      const headers = {
        'content-type': 'application/json',
        ...(signature === '' ? {} : { 'elevenlabs-signature': signature }),
      };
      const response = await fetch(`${site.url}/webhooks/elevenlabs`, { method: 'POST', headers, body: text });
      await response.arrayBuffer();
      return response.status;
    },
    async ended(conversationId: string | null) {
      const sid = newSid();
      const { processId } = site.app.operations;
      const fields = { sid, state: 'queued', conversationId, streams: 1, processId, liveTo: null } as const;
      const call = await site.attempt(fields);
      const id = call._id.toHexString();
      const path = `/call-status-callback?attempt=${id}`;
      await site.spoken(
        call,
        {
          role: 'agent',
          text: 'Good morning, this is Nova.',
          heardText: 'Good morning',
          startMs: 200,
          endMs: 900,
          interrupted: true,
        },
        { role: 'agent', text: 'At ten thirty, then.', startMs: 6_000, endMs: 7_000, interrupted: false },
      );
      await site.ask(path, statusOf(sid, 'in-progress', 2));
      await site.ask(path, statusOf(sid, 'completed', 3, { CallDuration: '12' }));
      await site.until(call, each => each.outcome !== null, 'concluded');
      return id;
    },
    receipts: async (query = '') => (await api(`/api/admin/webhook-receipts${query}`)).items,
    transcript: (id: string) => api(`/api/calls/${id}/transcript`),
    shown: async (id: string) => (await api(`/api/calls/${id}`)).call,
  });
}

const message = (data: object, type = 'post_call_transcription') => ({ type, event_timestamp: 1, data });
/** For what needs no settings of its own. */
const shared = startSite(root);
const conversation = () => `conv_${randomBytes(8).toString('hex')}`;
/** The call has its report, and the receipt says so, which it does last. */
const settled = async (site: Site, id: string) => {
  await site.eventually(async () => (await site.shown(id))['summary'] !== null, 'a summary');
  await site.eventually(async () => (await site.receipts(`?callId=${id}`))[0]?.['state'] === 'done', 'a done receipt');
};

test('a report of a conversation is merged with what we wrote down', async t => {
  const site = await shared;
  const conversationId = conversation();
  const id = await site.ended(conversationId);
  const call = await site.calls.findById(id);
  const body = message(vendorRecord(conversationId, { callId: id, startedAt: call!.answeredAt! }));

  await t.test('once, however often it comes', async t => {
    t.equal(await site.post(body), 200);
    await settled(site, id);
    const before = await site.calls.findById(id);
    const [first] = await site.receipts();
    t.match(first, { source: 'elevenlabs', type: 'post_call_transcription', callId: id, state: 'done', attempts: 1 });
    t.equal(await site.post(body), 200, 'doubled');
    t.equal(
      await site.post(body, { ageSeconds: 60, secret: previous }),
      200,
      'replayed, signed with the secret before',
    );
    t.equal((await site.receipts()).length, 1);
    t.equal((await site.calls.findById(id))!.version, before!.version, 'nothing was written');
  });
  await t.test('with summary, analysis and what was collected', async t => {
    t.match(await site.shown(id), {
      conversationId,
      summary: 'An appointment was made.',
      analysis: {
        success: 'success',
        title: 'Appointment',
        language: 'en',
        criteria: [{ id: 'a.b$c', result: 'success', rationale: 'They said so.' }],
        collected: [
          { id: 'slot', value: '10:30' },
          { id: 'parts', value: '{"$when":1}' },
        ],
      },
    });
  });
  await t.test('and its words fill our gaps and take nothing from what was heard', async t => {
    const { turns } = await site.transcript(id);
    t.match(turns, [
      { text: 'Good morning, this is Nova.', heardText: 'Good morning', interrupted: true, startMs: 200 },
      { role: 'caller', text: 'I need an appointment.', source: 'vendor' },
      { text: 'At ten thirty, then.', startMs: 6_000 },
    ]);
    t.equal(turns.length, 3);
  });
  await t.test('an administrator runs it again, and nothing is doubled', async t => {
    const [receipt] = await site.receipts(`?callId=${id}`);
    const again = await site.call('POST', `/api/admin/webhook-receipts/${receipt!['id']}/replay`, { token: API_KEY });
    t.equal(again.status, 202, JSON.stringify(again.body));
    await site.eventually(async () => {
      const [{ attempts, state }] = (await site.receipts()) as [Record<string, unknown>];
      return attempts === 2 && state === 'done';
    }, 'a second run');
    t.equal((await site.transcript(id)).turns.length, 3);
    const viewer = await site.call('GET', '/api/admin/webhook-receipts');
    t.equal(viewer.status, 401);
  });
  await t.test('once erased, its words cannot be run again', async t => {
    t.equal(await site.app.webhookReceipts.eraseBodiesOf(id), 1);
    const [receipt] = await site.receipts(`?callId=${id}`);
    const again = await site.call('POST', `/api/admin/webhook-receipts/${receipt!['id']}/replay`, { token: API_KEY });
    t.match(again, { status: 409, body: { error: { code: 'CONFLICT' } } });
  });
});

test('what the vendor did not sign changes nothing', async t => {
  const site = await shared;
  const before = await site.receipts();
  const body = JSON.stringify(message(vendorRecord(conversation())));
  const at = Math.floor(Date.now() / 1_000);
  t.equal(await site.post(body, { signature: '' }), 401, 'no signature');
  t.equal(await site.post(body, { secret: 'another' }), 401, 'another secret'); // allow-secret: invented
  t.equal(await site.post(`${body} `, { signature: signWebhook(secret, body, at) }), 401, 'a changed body');
  t.equal(await site.post(body, { ageSeconds: 31 * 60 }), 401, 'too old');
  t.equal(await site.post(body, { ageSeconds: -6 * 60 }), 401, 'of the future');
  t.same(await site.receipts(), before);
  t.equal(await site.metric('post_call_webhooks_total{result="wrong"}'), 2);
});

test('without a secret the webhook is refused, and says so', async t => {
  const site = await startSite(t, { ELEVENLABS_WEBHOOK_SECRET: '', ELEVENLABS_WEBHOOK_SECRET_PREVIOUS: '' });
  t.equal(await site.post(message({})), 503);
  t.ok(site.log.some(line => line.includes('ELEVENLABS_WEBHOOK_SECRET is not set')));
});

test('a report that comes before its call waits for it', async t => {
  const site = await shared;
  const conversationId = conversation();
  t.equal(await site.post(message(vendorRecord(conversationId))), 200);
  await site.eventually(async () => (await site.receipts())[0]?.['attempts'] === 1, 'an attempt');
  t.match((await site.receipts())[0], { state: 'received', problem: 'there is no call of this conversation' });
  const id = await site.ended(conversationId);
  // Its next attempt is seconds away.
  await settled(site, id);
  t.match((await site.receipts())[0], { callId: id });
});

test('every type is taken: what changes nothing is noted, what is unknown is kept', async t => {
  const site = await shared;
  const conversationId = conversation();
  const id = await site.ended(conversationId);
  const stateOf = async (type: string) =>
    (await site.receipts()).find(receipt => receipt['type'] === type)?.['state'] as string | undefined;
  const sent: [type: string, data: object][] = [
    [
      'call_initiation_failure',
      { agent_id: 'a', conversation_id: conversationId, failure_reason: 'busy', metadata: {} },
    ],
    ['answering_machine_detection', { conversation_id: conversationId, answered_by: 'machine_start' }],
    ['something_of_next_year', { conversation_id: conversationId, more: { $deep: { 'a.b': 1 } } }],
    ['post_call_audio', { agent_id: 'a', conversation_id: conversationId, full_audio: 'QUJD'.repeat(2_000_000) }],
  ];
  for (const [type, data] of sent) {
    t.equal(await site.post(message(data, type)), 200, type);
    await site.eventually(async () => (await stateOf(type)) === 'done', `${type} is done`);
  }
  t.equal(await site.post('{"no": "type"}'), 200);
  await site.eventually(async () => (await stateOf('unread')) === 'failed', 'what has no type is failed');
  await site.eventually(async () => {
    const types: string[] = [];
    for await (const event of site.events.ofCall(id)) if (event.type === 'vendor.webhook') types.push(event.type);
    return types.length === 4;
  }, 'an event for each');
  t.equal((await site.receipts(`?callId=${id}`)).length, 4);
  t.equal((await site.shown(id))['outcome'], (await site.calls.findById(id))!.outcome, 'and the call is what it was');
});

test('a transcript of more than 5 MB is answered at once and merged', async t => {
  const site = await shared;
  const conversationId = conversation();
  const id = await site.ended(conversationId);
  const transcript = Array.from({ length: 5_000 }, (_, at) => ({
    role: at % 2 ? 'user' : 'agent',
    message: `sentence ${at} ${'and so on '.repeat(105)}`,
    time_in_call_secs: at,
  }));
  const body = JSON.stringify(message(vendorRecord(conversationId, { more: { transcript } })));
  t.ok(body.length > 5 * 1024 * 1024);
  t.equal(await site.post(body), 200);
  await settled(site, id);
  t.equal((await site.transcript(id)).turns.length, 5_002);
});

test('what never arrived is fetched, also from a vendor that was away for an hour', async t => {
  const site = await startSite(t, { POST_CALL_FETCH_SECONDS: '120' });
  const conversationId = conversation();
  const id = await site.ended(null);
  t.ok((await site.calls.findById(id))!.reportDueAt, 'the end of a call says when it is asked for');
  t.equal(await site.later(0), 0);
  t.equal(site.rest.asked, 0, 'not before its time');

  site.rest.status = 503;
  const tries: number[] = [];
  for (let minute = 0; minute < 60; minute += 1) {
    const before = site.rest.asked;
    await site.later(1);
    if (site.rest.asked > before) tries.push(minute);
  }
  t.ok(tries.length >= 3 && tries.length <= 8, `asked ${tries.length} times: ${tries}`);
  t.ok(tries.at(-1)! - tries.at(-2)! > tries[1]! - tries[0]!, 'ever more seldom');

  site.rest.status = null;
  const startedAt = (await site.calls.findById(id))!.answeredAt!;
  site.rest.records.set(conversationId, {
    ...vendorRecord(conversationId, { callId: id, startedAt }),
    status: 'processing',
  });
  t.equal(await site.later(60), 0, 'the vendor is still working on it');
  site.rest.records.set(conversationId, vendorRecord(conversationId, { callId: id, startedAt }));
  t.equal(await site.later(120), 1);
  t.match(await site.shown(id), { summary: 'An appointment was made.' });
  t.equal((await site.calls.findById(id))!.reportDueAt, null);
  const asked = site.rest.asked;
  await site.later(600);
  t.equal(site.rest.asked, asked, 'nobody asks any more');
});

test('a conversation of which the vendor knows nothing is given up in the end', async t => {
  const site = await startSite(t);
  const id = await site.ended(null);
  for (let rounds = 0; rounds < 12; rounds += 1) {
    await site.later(13 * 60);
  }
  const call = await site.calls.findById(id);
  t.match(call, { reportDueAt: null, summary: null });
  t.ok((await site.typesOf(call!, 'conversation.unreported')).includes('conversation.unreported'));
});

test('a call whose agent was opened again has both conversations in it', async t => {
  const site = await shared;
  const [one, two] = [conversation(), conversation()];
  const id = await site.ended(two);
  const startedAt = (await site.calls.findById(id))!.answeredAt!;
  const later = new Date(startedAt.getTime() + 60_000);
  await site.post(message(vendorRecord(two, { callId: id, startedAt: later })));
  await settled(site, id);
  const analysis = { call_successful: 'failure', transcript_summary: 'It began.', data_collection_results: {} };
  await site.post(message(vendorRecord(one, { callId: id, startedAt, more: { analysis } })));
  await site.eventually(async () => ((await site.shown(id))['summary'] as string).startsWith('It began.'), 'both');
  t.match(await site.shown(id), { summary: 'It began.\n\nAn appointment was made.', analysis: { success: 'success' } });
});

test('the official library verifies what the twin sends, and we take the same', async t => {
  const client = new ElevenLabsClient({ apiKey: 'sk_invented' });
  const body = JSON.stringify(message(vendorRecord(conversation())));
  const signature = signWebhook(secret, body, Math.floor(Date.now() / 1_000));
  t.match(await client.webhooks.constructEvent(body, signature, secret), { type: 'post_call_transcription' });
  t.equal(await (await shared).post(body, { signature }), 200);
});
