import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { audioType, conversationIn, readWebhook, typeOf } from '../engines/elevenlabs/webhook-protocol.ts';
import { AppError } from '../errors.ts';
import { bytesOf, receiptsKeptDays, type WebhookReceiptRepository } from '../ops/webhook-receipt-repository.ts';
import type { CallEventLog } from './call-event-log.ts';
import type { CallRepository } from './call-repository.ts';
import type { ConversationMerge } from './conversation-merge.ts';
import type { PostCallMetrics } from './post-call-metrics.ts';

/** Thrown while the message cannot be worked through yet, in words for administrators. */
export class NotYet extends Error {
  override readonly name = 'NotYet';
}

export interface PostCallReceipts {
  /** Writes a signed message down; resolves when it can be answered. */
  take(body: Buffer): Promise<void>;
  /** Works it through. Throws `NotYet` to be asked again, unless this is the last time. */
  work(id: string, last: boolean): Promise<void>;
  replay(id: string): Promise<void>;
  /** Takes up what was written down by a process that died before it could go on. */
  takeUp(): Promise<number>;
}

export interface PostCallReceiptOptions {
  readonly receipts: WebhookReceiptRepository;
  readonly merge: ConversationMerge;
  readonly calls: Pick<CallRepository, 'reserveEvents' | 'findById'>;
  readonly eventLog: CallEventLog;
  readonly enqueue: (receiptId: string) => Promise<unknown>;
  readonly metrics: PostCallMetrics;
  readonly now: () => Date;
}

const source = 'elevenlabs';
const keptMs = receiptsKeptDays * 86_400_000;
const leftLyingMs = 60_000;
/** A document of the store has at most 16 MB. */
const longestKept = 14 * 1024 * 1024;

const compress = promisify(gzip);
const expand = promisify(gunzip);

/** What came in from ElevenLabs: written down, worked through, once whatever is sent how often. */
export function createPostCallReceipts(options: PostCallReceiptOptions): PostCallReceipts {
  const { receipts, merge, metrics, now } = options;

  async function take(body: Buffer): Promise<void> {
    const type = typeOf(body);
    const sound = type === audioType;
    const kept = sound ? Buffer.from(audioStub(body)) : body;
    const packed = await compress(kept, { level: 3 });
    if (packed.length > longestKept) throw new AppError('PAYLOAD_TOO_LARGE', 'The message is too long to be kept.');
    const { receipt, first } = await receipts.receive({
      source,
      // The same bytes again are a repetition, whenever they come and however they are signed.
      key: createHash('sha256').update(body).digest('hex'),
      type,
      callId: null,
      body: packed,
      expiresAt: new Date(now().getTime() + keptMs),
    });
    metrics.webhooks.inc({ result: first ? 'taken' : 'doubled' });
    if (first || receipt.state === 'received') await options.enqueue(receipt._id.toHexString());
  }

  async function work(id: string, last: boolean): Promise<void> {
    const receipt = await receipts.findById(id);
    if (!receipt || receipt.state === 'done') return;
    const bytes = bytesOf(receipt.body);
    if (!bytes) {
      await receipts.settle(id, { state: 'failed', problem: 'nothing is left of the message' });
      return;
    }
    const message = readWebhook((await expand(bytes)).toString('utf8'));
    if (!message) {
      await receipts.settle(id, { state: 'failed', problem: 'it is no JSON object with a type' });
      return;
    }
    const { type, report } = message;
    try {
      const callId = report ? await mergeReport(report) : await note(message);
      // The words of a call that was erased are not kept in its vendor's message either.
      const erased = callId !== null && (await options.calls.findById(callId))?.erasedAt;
      await receipts.settle(id, { type, callId, state: 'done', problem: null, ...(erased ? { body: null } : {}) });
    } catch (error) {
      const problem = error instanceof NotYet ? error.message : 'it could not be worked through; the log says why';
      await receipts.settle(id, { type, problem, ...(last ? { state: 'failed' } : {}) });
      // Conversations of others in the same workspace are reported to us, too: nothing is broken by that.
      if (!(last && error instanceof NotYet)) throw error;
    }
  }

  async function mergeReport(report: Parameters<ConversationMerge['merge']>[0]) {
    const { result, call } = await merge.merge(report, 'webhook');
    metrics.reports.inc({ source: 'webhook', result });
    if (result === 'no-call') throw new NotYet('there is no call of this conversation');
    if (result === 'early') throw new NotYet('its call has not been concluded yet');
    if (result === 'unfinished') throw new NotYet('the vendor has not finished with the conversation');
    return call._id;
  }

  /** Types that change nothing on the call: that they came is an event of it. */
  async function note({ type, conversationId, callSid, detail }: NonNullable<ReturnType<typeof readWebhook>>) {
    const call = await merge.callOf({ callId: null, conversationId, callSid });
    if (!call) return null;
    if (call.erasedAt) return call._id;
    const eventSeq = await options.calls.reserveEvents(call._id, 1);
    if (eventSeq !== null) {
      const data = { vendorType: type, conversationId, ...detail };
      options.eventLog.add({ _id: call._id, eventSeq }, { type: 'vendor.webhook', source, data });
    }
    return call._id;
  }

  return {
    take,
    work,
    async replay(id) {
      const receipt = await receipts.findById(id);
      if (!receipt) throw new AppError('NOT_FOUND', 'There is no such message, or it is older than 7 days.');
      if (!receipt.body) throw new AppError('CONFLICT', 'Nothing is left of this message, so it cannot be run again.');
      await receipts.moveState(id, receipt.state, 'received', { $set: { problem: null } });
      await options.enqueue(id);
    },
    async takeUp() {
      const left = await receipts.leftLying(new Date(now().getTime() - leftLyingMs), 200);
      for (const { _id } of left) await options.enqueue(_id.toHexString());
      return left.length;
    },
  };
}

/** What is kept of a message that brings sound. */
const audioStub = (body: Buffer): string =>
  JSON.stringify({ type: audioType, data: { conversation_id: conversationIn(body) }, bytes: body.length });
