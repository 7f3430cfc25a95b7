import type { NumberDirectory } from '../agents/agents.types.ts';
import type { LiveSession, SessionRegistry } from '../bridge/bridge.types.ts';
import { normalisePhone } from '../compliance/phone.ts';
import { AppError } from '../errors.ts';
import type { TransferOrder } from '../handoff/handoff.types.ts';
import type { Logger } from '../ops/logger.ts';
import type { Stored } from '../store/schema.ts';
import type { CarrierAddresses } from '../telephony/carrier-addresses.ts';
import type { Carrier } from '../telephony/carrier-contract.ts';
import { passOn } from '../telephony/twiml.ts';
import type { Call } from './call-document.ts';
import type { CallEventLog } from './call-event-log.ts';
import type { CallLifecycle } from './call-lifecycle.ts';
import type { CallRepository } from './call-repository.ts';
import type { Asker, CallTransfers, CallView } from './calls.types.ts';
import { type DialGate, refusedBy } from './dial-gate.ts';

export interface CallTransferOptions {
  readonly calls: CallRepository;
  readonly sessions: () => Pick<SessionRegistry, 'get'> | undefined;
  readonly gate: DialGate;
  readonly numbers: Pick<NumberDirectory, 'answering'>;
  readonly carrier: Pick<Carrier, 'redirect'>;
  readonly addresses: CarrierAddresses;
  readonly eventLog: CallEventLog;
  readonly lifecycle: Pick<CallLifecycle, 'changed'>;
  readonly defaultCountry: string;
  readonly logger: Logger;
  readonly now: () => Date;
}

/** How long the phone of whoever is to take the call may ring. */
const ringSeconds = 25;
/** People who were put through talk as long as they like, up to what carriers allow. */
const longestSeconds = 14_400;

/** Passes live calls on to another number; what becomes of it comes as the carrier's questions and callbacks. */
export function createCallTransfers(options: CallTransferOptions): CallTransfers {
  const { calls, carrier, addresses, eventLog, lifecycle, logger, now } = options;

  /** The number in the form we dial, or why it cannot take this call. */
  async function target(call: Stored<Call>, text: string, asker: Asker): Promise<string> {
    const phone = normalisePhone(text, options.defaultCountry);
    const ours = call.direction === 'inbound' ? call.to : call.from;
    const caller = call.direction === 'inbound' ? call.from : call.to;
    const refuse = (problem: string) =>
      new AppError('INVALID_NUMBER', `to.phone ${problem}.`, { details: { field: 'to.phone', problem } });
    if (phone.ok && phone.e164 === caller) throw refuse('is the number of the caller themselves');
    if (phone.ok && (phone.e164 === ours || (await options.numbers.answering(phone.e164)))) {
      throw refuse('is a number of this installation, which would call itself');
    }
    const verdict = await options.gate({ to: text, from: ours, contentClass: null, emergency: null, asker });
    if (!verdict.allowed || !phone.ok) throw refusedBy(verdict);
    return phone.e164;
  }

  function sessionOf(callId: string, asker: Asker): LiveSession {
    const session = options.sessions()?.get(callId);
    if (!session) {
      throw new AppError(
        'CALL_CANNOT',
        'No agent is on this call at this moment: it has just ended, or is being connected.',
      );
    }
    const { speaker } = session.people;
    if (speaker && speaker.id !== asker.id) {
      throw new AppError('CALL_TAKEN', `${speaker.name} has this call, and alone can pass it on.`, {
        details: { person: { id: speaker.id, name: speaker.name }, since: speaker.since },
      });
    }
    return session;
  }

  async function begin(call: Stored<Call>, transfer: Readonly<Record<string, unknown>>): Promise<Stored<Call>> {
    const begun = await calls.beginTransfer(call._id, transfer);
    if (begun) return begun;
    const { endedAt, terminationSource } = (await calls.findById(call._id)) ?? call;
    throw endedAt || terminationSource
      ? new AppError('CALL_ENDED', 'This call has ended or is being ended; nothing was changed.')
      : new AppError('CALL_CANNOT', 'This call is being passed on already.');
  }

  return {
    async pass(callId, asker, order): Promise<CallView> {
      const call = await calls.findById(callId);
      if (!call) throw new AppError('CALL_NOT_FOUND', 'There is no call with this id.');
      const to = await target(call, order.to.phone, asker);
      const session = sessionOf(callId, asker);
      const summary = order.mode === 'warm' ? (order.summary ?? summaryOf(session)) : null;
      const { mode } = order;
      const begun = await begin(call, {
        state: 'dialling',
        to,
        mode,
        by: asker.label,
        at: now(),
        summary,
        reason: null,
      });
      try {
        await session.passOn();
        await carrier.redirect(begun.sid ?? '', document(begun, to, mode), { timeLimitSeconds: longestSeconds });
      } catch (error) {
        session.stay();
        const failed = await calls.settleTransfer(callId, ['dialling'], { state: 'failed', reason: 'refused' });
        if (failed) {
          eventLog.add(failed, { type: 'transfer.failed', source: 'system', data: { to, reason: 'refused' } });
          lifecycle.changed(failed, ['transfer', 'transferReason', 'capabilities']);
        }
        logger.warn({ err: error, attemptId: callId }, 'a call could not be passed on; its agent has it still');
        throw error;
      }
      session.passedOn();
      eventLog.add(begun, { type: 'transfer.begun', source: 'api', data: { to, mode, by: asker.label } });
      lifecycle.changed(begun, ['transfer', 'capabilities']);
      return calls.toApi(begun);
    },
  };

  function document(call: Stored<Call>, to: string, mode: TransferOrder['mode']): string {
    const callId = call._id.toHexString();
    return passOn({
      phone: to,
      callerId: call.direction === 'inbound' ? call.to : call.from,
      ringSeconds,
      limitSeconds: longestSeconds,
      ended: addresses.transferEnded(callId),
      status: addresses.transferStatus(callId),
      ...(mode === 'warm' ? { announcement: addresses.transferAnnouncement(callId) } : {}),
    });
  }
}

/** What whoever answers should know, where nobody wrote it: the caller's last words. */
function summaryOf({ turns }: LiveSession): string {
  const said = turns.filter(turn => turn?.role === 'caller').slice(-2);
  const words = said.map(({ text }) => text.slice(0, 300)).join(' … ');
  return words === ''
    ? 'A caller is being passed on to you.'
    : `A caller is being passed on to you. They said last: ${words}`;
}
