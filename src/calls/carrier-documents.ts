import type { CarrierAddresses } from '../telephony/carrier-addresses.ts';
import { apologise, connectStream, hangUp, sayAndAwaitKey, sayAndHangUp } from '../telephony/twiml.ts';
import type { CallEndings } from './call-ending.ts';
import type { CallEventLog } from './call-event-log.ts';
import type { CallLifecycle } from './call-lifecycle.ts';
import { endingReasons } from './call-outcome.ts';
import type { CallRepository } from './call-repository.ts';
import type { CarrierForm } from './carrier-form.ts';
import type { InboundCalls } from './inbound-calls.ts';
import type { LifecycleMetrics } from './lifecycle-metrics.ts';
import { mostResumes } from './stream-admission.ts';
import { newStreamToken } from './stream-token.ts';

/** Answers the carrier's question what to do with a call, each time as its record stands now. */
export interface CarrierDocuments {
  /** Somebody answered a call of ours. */
  outbound(callId: string, sid: string): Promise<string>;
  /** Somebody calls us. */
  inbound(sid: string, form: CarrierForm): Promise<string>;
  /** A key was pressed during a text. */
  key(callId: string, sid: string, digits: string): Promise<string>;
  /** A call's stream is over and the call is not. */
  streamEnded(callId: string | null, sid: string): Promise<string>;
  /** A question about no call at all. */
  nobody(document: string): string;
  /** None of the above could be had. */
  fallback(callId: string | null, sid: string | null, problem: Readonly<Record<string, unknown>>): string;
}

export interface DocumentOptions {
  readonly calls: CallRepository;
  readonly inbound: InboundCalls;
  readonly addresses: CarrierAddresses;
  readonly endings: CallEndings;
  readonly lifecycle: Pick<CallLifecycle, 'changed'>;
  readonly eventLog: CallEventLog;
  readonly metrics: LifecycleMetrics;
  readonly now: () => Date;
}

export function createCarrierDocuments(options: DocumentOptions): CarrierDocuments {
  const { calls, addresses, endings, eventLog, lifecycle, metrics, now } = options;

  const counted = (document: string, answer: string, twiml: string): string => {
    metrics.documents.inc({ document, answer });
    return twiml;
  };

  const connect = (callId: string, token: string): string =>
    connectStream({
      url: addresses.mediaStream(),
      token,
      statusCallback: addresses.streamStatus(callId),
      streamEnded: addresses.streamEnded(callId),
    });

  async function outbound(callId: string, sid: string): Promise<string> {
    const at = now();
    const { token, stored } = newStreamToken(callId, at);
    const answered = await calls.answer(callId, sid, at, stored);
    if (answered) {
      eventLog.add(answered, { type: 'call.in-progress', source: 'twilio', at });
      lifecycle.changed(answered, ['sid', 'status', 'answeredAt']);
    }
    // Asked again, or told of the answer by a callback before: a new token makes the one before worthless.
    const call = answered ?? (await calls.giveToken(callId, sid, stored));
    // Nobody of ours, ended meanwhile, or cancelled while it rang.
    if (!call || call.terminationSource || !call.agentId) return counted('outbound', 'hang-up', hangUp());
    return counted('outbound', 'connect', connect(callId, token));
  }

  async function inbound(sid: string, form: CarrierForm): Promise<string> {
    const answer = await options.inbound.ring(sid, form);
    if (answer.kind === 'hang-up') return counted('inbound', 'hang-up', hangUp());
    if (answer.kind === 'connect') return counted('inbound', 'connect', connect(answer.callId, answer.token));
    const { callId, text } = answer;
    return counted('inbound', 'say', sayAndAwaitKey({ text, action: addresses.voice(callId) }));
  }

  async function key(callId: string, sid: string, digits: string): Promise<string> {
    const words = await options.inbound.key(callId, sid, digits);
    return counted('key', words ? 'say' : 'hang-up', words ? sayAndHangUp(words) : hangUp());
  }

  async function streamEnded(given: string | null, sid: string): Promise<string> {
    const callId = given ?? (await calls.findBySid(sid))?._id.toHexString();
    if (!callId || endings.isEnding(callId)) return counted('stream-ended', 'hang-up', hangUp());
    const { token, stored } = newStreamToken(callId, now());
    const resumed = await calls.resume(callId, sid, mostResumes, stored);
    if (resumed) {
      eventLog.add(resumed, { type: 'stream.lost', source: 'websocket', data: { resumes: resumed.resumes } });
      lifecycle.changed(resumed, ['resumes']);
      return counted('stream-ended', 'resume', connect(callId, token));
    }
    const played = await calls.messageLeft(callId, sid, endingReasons.leavingMessage, endingReasons.messageLeft);
    if (played) {
      eventLog.add(played, { type: 'amd.message-left', source: 'amd' });
      lifecycle.changed(played, ['terminationReason']);
      return counted('stream-ended', 'hang-up', hangUp());
    }
    const call = await calls.findById(callId);
    if (!call || call.sid !== sid || call.endedAt || call.terminationSource) {
      return counted('stream-ended', 'hang-up', hangUp());
    }
    await endings.note(callId, { source: 'websocket', reason: 'stream-lost', detail: { resumes: call.resumes } });
    return counted('stream-ended', 'apologise', apologise());
  }

  return {
    outbound,
    inbound,
    key,
    streamEnded,
    nobody: document => counted(document, 'hang-up', hangUp()),
    // Asked when something here is broken, so the answer waits for nothing.
    fallback(callId, sid, problem) {
      const named = callId === null && sid !== null ? calls.findBySid(sid) : Promise.resolve(null);
      void named
        .then(call => {
          const id = callId ?? call?._id.toHexString();
          return id === undefined
            ? null
            : endings.note(id, { source: 'system', reason: 'document-failed', detail: problem });
        })
        .catch(() => undefined);
      return counted('fallback', 'apologise', apologise());
    },
  };
}
