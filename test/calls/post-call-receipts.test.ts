import { Types } from 'mongoose';
import { type Test, test } from 'tap';
import type { CallEventLog } from '../../src/calls/call-event-log.ts';
import type { ConversationMerge } from '../../src/calls/conversation-merge.ts';
import { createPostCallMetrics } from '../../src/calls/post-call-metrics.ts';
import { createPostCallReceipts, NotYet } from '../../src/calls/post-call-receipts.ts';
import { createMetrics } from '../../src/ops/metrics.ts';
import { WebhookReceiptRepository } from '../../src/ops/webhook-receipt-repository.ts';
import { startTestStore } from '../helpers/store.ts';
import { vendorRecord } from './vendor-records.ts';

type Merged = Awaited<ReturnType<ConversationMerge['merge']>>;
const callId = new Types.ObjectId();

/** Receipts in a real store; what came of merging is told by the test. */
async function start(t: Test, answer: () => Promise<Merged>) {
  const store = await startTestStore(t);
  const receipts = new WebhookReceiptRepository(store);
  await receipts.ensureIndexes();
  const metrics = createMetrics();
  t.teardown(() => metrics.stop());
  const enqueued: string[] = [];
  const desk = createPostCallReceipts({
    receipts,
    merge: { merge: answer, callOf: async () => null } as unknown as ConversationMerge,
    calls: { findById: async () => null, reserveEvents: async () => null },
    eventLog: { add: async () => undefined, written: async () => undefined } satisfies CallEventLog,
    enqueue: async id => void enqueued.push(id),
    metrics: createPostCallMetrics(metrics),
    now: () => new Date(),
  });
  const message = { type: 'post_call_transcription', event_timestamp: 1, data: vendorRecord('conv_1') };
  await desk.take(Buffer.from(JSON.stringify(message)));
  const [id] = enqueued as [string];
  return { ...desk, id, enqueued, shown: async () => receipts.toApi((await receipts.findById(id))!) };
}
const merged = (result: Merged['result']): Merged => ({ result, call: { _id: callId } }) as unknown as Merged;

test('a message whose call never comes is failed at the last attempt, and says why', async t => {
  const site = await start(t, async () => merged('no-call'));
  await t.rejects(site.work(site.id, false), NotYet, 'to be asked again');
  t.match(await site.shown(), { state: 'received', attempts: 1, problem: /no call of this conversation/ });
  await t.resolves(site.work(site.id, true), 'nothing is broken by what belongs to others');
  t.match(await site.shown(), { state: 'failed', attempts: 2, problem: /no call of this conversation/ });
});

test('a message that cannot be worked through is failed at the last attempt, without the cause’s words', async t => {
  const site = await start(t, async () => {
    throw new Error('mongodb://user:secret@host');
  });
  await t.rejects(site.work(site.id, false), /secret/, 'for the log of the job');
  t.match(await site.shown(), { state: 'received', attempts: 1 });
  await t.rejects(site.work(site.id, true));
  const shown = await site.shown();
  t.match(shown, { state: 'failed', attempts: 2, problem: /the log says why/ });
  t.notMatch(JSON.stringify(shown), /secret/);
});

test('what is failed for good can be run again, and is done when its call is there', async t => {
  let result: Merged['result'] = 'early';
  const site = await start(t, async () => merged(result));
  await site.work(site.id, true);
  t.match(await site.shown(), { state: 'failed', problem: /not been concluded/ });
  result = 'merged';
  await site.replay(site.id);
  t.same(site.enqueued, [site.id, site.id]);
  t.match(await site.shown(), { state: 'received', problem: null });
  await site.work(site.id, false);
  t.match(await site.shown(), { state: 'done', attempts: 2, problem: null, callId: callId.toHexString() });
});
