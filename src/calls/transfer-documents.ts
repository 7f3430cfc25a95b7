import type { CarrierAddresses } from '../telephony/carrier-addresses.ts';
import { connectStream, goOn, hangUp, sayAndAsk } from '../telephony/twiml.ts';
import type { CallEndings } from './call-ending.ts';
import type { CallEventLog } from './call-event-log.ts';
import type { CallLifecycle } from './call-lifecycle.ts';
import { transferred } from './call-outcome.ts';
import type { CallRepository } from './call-repository.ts';
import { type CarrierForm, field } from './carrier-form.ts';
import type { LifecycleMetrics } from './lifecycle-metrics.ts';
import { newStreamToken } from './stream-token.ts';

export interface TransferDocumentOptions {
  readonly calls: CallRepository;
  readonly addresses: CarrierAddresses;
  readonly endings: Pick<CallEndings, 'note' | 'isEnding'>;
  readonly lifecycle: Pick<CallLifecycle, 'changed'>;
  readonly eventLog: CallEventLog;
  readonly metrics: LifecycleMetrics;
  readonly now: () => Date;
}

/** The carrier's questions and news about a call that is being passed on. Each may come twice, late, or not at all. */
export interface TransferDocuments {
  /** What is said to the person who answers, before they are put through. */
  announcement(callId: string | null, form: CarrierForm): Promise<string>;
  /** They were told, and are put through now: whoever hangs up before, on either side, has not talked. */
  told(callId: string | null, form: CarrierForm): Promise<string>;
  /** The other phone rang, was answered, or hung up. */
  status(callId: string | null, form: CarrierForm): Promise<void>;
  /** It is over, or came to nothing: then the caller goes back to the agent. */
  ended(callId: string | null, sid: string, form: CarrierForm): Promise<string>;
}

/** The carrier's words for how dialling ended, as reasons of ours. */
const reasons: Readonly<Record<string, string>> = {
  busy: 'busy',
  'no-answer': 'no-answer',
  canceled: 'canceled',
  failed: 'failed',
};

export function createTransferDocuments(options: TransferDocumentOptions): TransferDocuments {
  const { calls, addresses, endings, eventLog, lifecycle, metrics, now } = options;

  const answer = (kind: string, twiml: string): string => {
    metrics.documents.inc({ document: 'transfer-ended', answer: kind });
    return twiml;
  };

  async function joined(callId: string, childSid: string | null): Promise<void> {
    const news = { state: 'joined', answeredAt: now(), childSid };
    const call = await calls.settleTransfer(callId, ['dialling'], news, { result: transferred });
    if (!call) return;
    eventLog.add(call, { type: 'transfer.answered', source: 'twilio', data: { to: call.transfer?.['to'], childSid } });
    lifecycle.changed(call, ['transfer', 'transferredTo', 'result']);
  }

  async function pickedUp(callId: string | null, form: CarrierForm): Promise<void> {
    const sid = childIn(form, 'CallSid');
    if (callId && sid) await calls.noteLeg(callId, { sid, answeredAt: now() });
  }

  async function lasted(callId: string, sid: string | null, duration: string | null): Promise<void> {
    const seconds = Number(duration ?? Number.NaN);
    if (sid && Number.isFinite(seconds) && seconds >= 0) await calls.noteLeg(callId, { sid, seconds });
  }

  return {
    async announcement(callId, form) {
      // Whoever is asked for here has picked up, and costs something from now on, also if they never talk.
      await pickedUp(callId, form);
      const call = callId ? await calls.findById(callId) : null;
      const summary = call?.transfer?.['summary'];
      const recorded = call?.recording === 'recording' ? ' This call is recorded.' : '';
      metrics.documents.inc({
        document: 'transfer-announcement',
        answer: typeof summary === 'string' ? 'say' : 'nothing',
      });
      if (!callId || typeof summary !== 'string') return goOn();
      return sayAndAsk(`${summary}${recorded}`, addresses.transferTold(callId));
    },

    async told(callId, form) {
      if (callId) await joined(callId, childIn(form, 'CallSid'));
      return goOn();
    },

    async status(callId, form) {
      if (!callId) return;
      const state = field(form, 'CallStatus');
      if (state === 'completed') return lasted(callId, childIn(form, 'CallSid'), field(form, 'CallDuration'));
      if (state !== 'in-progress') return;
      await pickedUp(callId, form);
      // Whoever is told something first is not put through yet.
      const call = await calls.findById(callId);
      if (call?.transfer?.['mode'] === 'blind') await joined(callId, childIn(form, 'CallSid'));
    },

    async ended(callId, sid, form) {
      const call = callId ? await calls.findById(callId) : null;
      if (!callId || !call || call.sid !== sid || !call.transfer) return answer('hang-up', hangUp());
      const status = field(form, 'DialCallStatus') ?? 'failed';
      const bridged = field(form, 'DialBridged') !== 'false';
      const seconds = Number(field(form, 'DialCallDuration') ?? 0) || 0;
      const childSid = childIn(form, 'DialCallSid');
      const answered = status === 'completed' || status === 'answered';
      if (answered && bridged) {
        await joined(callId, childSid);
        const over = await calls.settleTransfer(callId, ['joined'], { state: 'ended', seconds, childSid });
        if (over) eventLog.add(over, { type: 'transfer.ended', source: 'twilio', data: { seconds } });
        if (over) metrics.transfers.inc({ mode: String(over.transfer?.['mode']), result: 'ended' });
        // Nobody is left for the caller to talk to.
        await endings.note(callId, { source: 'twilio', reason: 'transfer-ended' });
        return answer('hang-up', hangUp());
      }
      // Who hangs up while the summary is told did not take the call.
      const reason = answered ? 'not-taken' : (reasons[status] ?? 'failed');
      const failed = await calls.settleTransfer(
        callId,
        ['dialling', 'joined'],
        { state: 'failed', reason, childSid },
        { result: 'none' },
      );
      if (failed) {
        eventLog.add(failed, {
          type: 'transfer.failed',
          source: 'twilio',
          data: { to: failed.transfer?.['to'], reason },
        });
        lifecycle.changed(failed, ['transfer', 'transferredTo', 'transferReason', 'result', 'capabilities']);
        metrics.transfers.inc({ mode: String(failed.transfer?.['mode']), result: reason });
      }
      if (call.endedAt || call.terminationSource || endings.isEnding(callId)) return answer('hang-up', hangUp());
      // Asked again it is answered again: a new token makes the one before worthless.
      const { token, stored } = newStreamToken(callId, now());
      const back = await calls.giveToken(callId, sid, stored);
      if (!back) return answer('hang-up', hangUp());
      const document = connectStream({
        url: addresses.mediaStream(),
        token,
        statusCallback: addresses.streamStatus(callId),
        streamEnded: addresses.streamEnded(callId),
      });
      return answer('back-to-agent', document);
    },
  };
}

const childIn = (form: CarrierForm, name: string): string | null => field(form, name)?.slice(0, 40) ?? null;
