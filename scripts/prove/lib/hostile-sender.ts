import { createHmac } from 'node:crypto';
import { signWebhook } from '../../../src/sandbox/agent/post-call-webhook.ts';
import type { Mutator } from './mutator.ts';
import { type Product, type ProductSite, publicOrigin } from './product-site.ts';

/** Sends webhooks as the two vendors would, most of them with something wrong. */
export interface HostileSender {
  /** Every call that was ever spoken of. */
  readonly sids: ReadonlySet<string> & { add(sid: string): unknown };
  /** Webhooks so far, those of right callers included. */
  readonly sent: number;
  /** How they were answered, by status. */
  readonly answers: Readonly<Record<string, number>>;
  newSid(kind: string): string;
  /** The fields that every request of the carrier has. */
  formOf(sid: string, more?: Record<string, string>): Record<string, string>;
  signed(path: string, form?: Record<string, string>, origin?: string): string;
  post(path: string, form: Record<string, string>, signature?: string): Promise<{ status: number; text: string }>;
  /** Webhooks of every kind, signed and senseless, or not signed at all. */
  send(many: number): Promise<void>;
  /** Takes up our own ids of calls, so that some callbacks name one that exists. */
  lookForCalls(): Promise<void>;
}

export interface HostileSenderOptions {
  readonly site: ProductSite;
  readonly product: Product;
  readonly mutator: Mutator;
  readonly webhookSecret: string;
}

const statuses = [
  'queued',
  'initiated',
  'ringing',
  'in-progress',
  'completed',
  'busy',
  'no-answer',
  'failed',
  'canceled',
];
const verdicts = ['human', 'unknown', 'fax', 'machine_start', 'machine_end_beep', 'machine_end_silence', 'nobody'];
const streamEvents = ['stream-started', 'stream-stopped', 'stream-error', 'stream-sideways'];
const recordingStatuses = ['in-progress', 'completed', 'absent', 'failed', 'gone'];
/** One of so many is the agent's vendor, the rest the carrier. */
const vendorEvery = 10;

export function createHostileSender({ site, product, mutator, webhookSecret }: HostileSenderOptions): HostileSender {
  const { accountSid, authToken, phoneNumber } = site.carrier;
  const sids = new Set<string>();
  const answers: Record<string, number> = {};
  let callIds: string[] = [];
  let sent = 0;
  let number = 0;

  const oneOf = <T>(values: readonly T[]): T => values[mutator.below(values.length)]!;
  const answered = async (response: Response) => {
    sent += 1;
    answers[response.status] = (answers[response.status] ?? 0) + 1;
    return { status: response.status, text: await response.text() };
  };
  const signed: HostileSender['signed'] = (path, form = {}, origin = publicOrigin) => {
    const fields = Object.keys(form).sort();
    const data = origin + path + fields.map(name => name + form[name]).join('');
    return createHmac('sha1', authToken).update(data).digest('base64');
  };
  const post: HostileSender['post'] = async (path, form, signature = signed(path, form)) =>
    answered(
      await fetch(new URL(path, product.address), {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-twilio-signature': signature },
        body: new URLSearchParams(form),
      }),
    );
  const formOf: HostileSender['formOf'] = (sid, more = {}) => ({
    AccountSid: accountSid,
    ApiVersion: '2010-04-01',
    CallSid: sid,
    CallStatus: 'ringing',
    Direction: 'inbound',
    From: `+1312555${String(100 + (number % 100)).padStart(4, '0')}`,
    To: phoneNumber,
    ...more,
  });
  const newSid = (kind: string) => {
    number += 1;
    return kind + number.toString(16).padStart(32, '0');
  };

  /** What each path is told when all is well. */
  const forms: Readonly<Record<string, () => Record<string, string>>> = {
    '/call-status-callback': () => ({
      CallStatus: oneOf(statuses),
      SequenceNumber: String(mutator.below(6)),
      CallDuration: '7',
      Timestamp: new Date().toUTCString().replace('GMT', '+0000'),
    }),
    '/amd-status-callback': () => ({ AnsweredBy: oneOf(verdicts), MachineDetectionDuration: '2400' }),
    '/recording-status-callback': () => ({
      RecordingSid: newSid('RE'),
      RecordingStatus: oneOf(recordingStatuses),
      RecordingUrl: `${site.carrier.baseUrl}/2010-04-01/Accounts/${accountSid}/Recordings/RE1`,
      RecordingDuration: '7',
      RecordingChannels: '2',
      RecordingSource: 'StartCallRecordingAPI',
    }),
    '/stream-status-callback': () => ({
      StreamSid: newSid('MZ'),
      StreamEvent: oneOf(streamEvents),
      StreamError: 'lost',
      Timestamp: new Date().toISOString(),
    }),
    '/stream-ended': () => ({ CallStatus: 'in-progress' }),
    '/fallback-twiml': () => ({ ErrorCode: '11200', ErrorUrl: `${publicOrigin}/voice` }),
    '/outbound-call-twiml': () => ({ CallStatus: 'in-progress', Direction: 'outbound-api' }),
    // Whoever calls a number of ours would be answered: their calls are to be refused here, so that none is left without an end.
    '/voice': () => ({ To: '+12125550188' }),
  };
  const paths = Object.keys(forms);

  const fromCarrier = async () => {
    const plain = oneOf(paths);
    const known = mutator.below(2) === 0;
    const sid = known ? ([...sids].at(-1 - mutator.below(5)) ?? 'CA') : newSid('CA');
    const form: Record<string, string> = formOf(sid, forms[plain]!());
    const names = Object.keys(form).filter(name => plain !== '/voice' || name !== 'To');
    for (let change = mutator.below(4); change > 0; change -= 1) {
      const name = oneOf(names);
      form[name] = mutator.mutated(Buffer.from(form[name] || 'x')).toString('latin1');
    }
    const attempt = mutator.below(3) === 0 ? `?attempt=${callIds.length > 0 ? oneOf(callIds) : 'none'}` : '';
    const path = plain + attempt;
    await post(path, form, mutator.below(10) === 0 ? signed(path) : signed(path, form));
  };

  const fromVendor = async () => {
    const callId = callIds.length > 0 ? oneOf(callIds) : 'none';
    let body = Buffer.from(JSON.stringify(reportOf(callId, mutator.below(4) === 0 ? 'conv_hostile' : newSid('conv_'))));
    if (mutator.below(4) > 0) body = Buffer.from(mutator.mutated(body));
    const at = Math.floor(Date.now() / 1_000) - (mutator.below(20) === 0 ? 3_600 : 0);
    const secret = mutator.below(20) === 0 ? 'another' : webhookSecret;
    const text = body.toString('utf8');
    await answered(
      await fetch(new URL('/webhooks/elevenlabs', product.address), {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'elevenlabs-signature': signWebhook(secret, text, at) },
        body: text,
      }),
    );
  };

  return {
    sids,
    answers,
    get sent() {
      return sent;
    },
    newSid,
    formOf,
    signed,
    post,
    async send(many) {
      for (let each = 0; each < many; each += 1) {
        if (mutator.below(vendorEvery) === 0) await fromVendor();
        else await fromCarrier();
      }
    },
    async lookForCalls() {
      const { body } = await site.ask(product, 'GET', '/api/calls?limit=50');
      callIds = body.items.map(({ id }: { id: string }) => id);
    },
  };
}

/** A conversation as the vendor reports it. */
const reportOf = (callId: string, conversationId: string) => ({
  type: 'post_call_transcription',
  event_timestamp: 1,
  data: {
    agent_id: 'agent_7101',
    conversation_id: conversationId,
    status: 'done',
    transcript: [
      { role: 'agent', message: 'Good morning.', time_in_call_secs: 0 },
      { role: 'user', message: 'Yes.', time_in_call_secs: 2 },
      { role: 'agent', message: null, tool_calls: [{ tool_name: 'book' }], time_in_call_secs: 3 },
    ],
    metadata: { start_time_unix_secs: 1_790_000_000, call_duration_secs: 7, cost: 310, main_language: 'en' },
    analysis: { call_successful: 'success', transcript_summary: 'All is well.', data_collection_results: {} },
    conversation_initiation_client_data: { dynamic_variables: { parley_call_id: callId } },
  },
});
