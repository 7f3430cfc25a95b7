import type { AgentProfile, NumberDirectory } from '../agents/agents.types.ts';
import type { CallDesk } from '../bridge/bridge.types.ts';
import type { Config } from '../config.ts';
import type { Engine, EngineKind, EngineReservation } from '../engines/engine-contract.ts';
import { isEngineError } from '../engines/engine-error.ts';
import { AppError } from '../errors.ts';
import type { Events } from '../events.ts';
import type { Logger } from '../ops/logger.ts';
import { answered } from '../store/gathered.ts';
import type { Stored } from '../store/schema.ts';
import type { CarrierAddresses } from '../telephony/carrier-addresses.ts';
import { type Carrier, type CarrierCall, CarrierError, type DialOrder } from '../telephony/carrier-contract.ts';
import type { Call, CallPolicy } from './call-document.ts';
import type { CallEventLog } from './call-event-log.ts';
import type { CallMetrics } from './call-metrics.ts';
import { amdOrder, limitMarginSeconds } from './call-policy.ts';
import { doubtOf, refusalOf } from './call-refusal.ts';
import type { CallRepository } from './call-repository.ts';
import type { CallReservations } from './call-reservations.ts';
import './calls-events.ts';
import type { Admission, CallPace, CallView, CampaignPlaces, ClaimState } from './calls.types.ts';
import { type DialGate, type DialSubject, refusedBy } from './dial-gate.ts';

export interface DiallingOptions {
  readonly calls: CallRepository;
  readonly gate: DialGate;
  readonly admission: Pick<Admission, 'outbound' | 'free' | 'vendorFull'>;
  readonly reservations: Pick<CallReservations, 'put' | 'take'>;
  readonly engineOf: (kind: EngineKind) => Pick<Engine, 'reserve'>;
  readonly carrier: Pick<Carrier, 'dial'>;
  readonly numbers: Pick<NumberDirectory, 'usedAsCallerId'>;
  readonly addresses: Pick<CarrierAddresses, 'outboundTwiml' | 'fallback' | 'callStatus' | 'amdStatus'>;
  readonly desk: () => Pick<CallDesk, 'end'>;
  readonly events: Pick<Events, 'publish'>;
  readonly eventLog: Pick<CallEventLog, 'add'>;
  readonly metrics: Pick<CallMetrics, 'started'>;
  readonly config: Config;
  readonly logger: Logger;
  readonly now: () => Date;
}

/** A written attempt, and all that is known of it when it is to be dialled. */
export interface Attempt {
  readonly call: Stored<Call>;
  readonly agent: AgentProfile;
  readonly policy: CallPolicy;
  readonly subject: DialSubject;
  /** Its place and its agent's session were taken before it was written. */
  readonly isReady?: boolean;
  /** Asked last before the request is sent, where somebody else may take the attempt over. */
  readonly stillOurs?: () => Promise<ClaimState>;
  /** Of a call that has a moment of its own. */
  readonly pace?: CallPace;
}

export interface Dialling {
  /** Takes a written attempt to the carrier's answer, or ends it with the reason why nobody was dialled. */
  dial(attempt: Attempt): Promise<CallView>;
  /** Takes the place and the agent's session that a call needs; gives everything back and rejects when one of them is not to be had. */
  ready(callId: string, agent: AgentProfile, campaign?: CampaignPlaces): Promise<void>;
  /** Gives back what `ready` took for a call that was not written. */
  unready(callId: string): Promise<void>;
}

/** Long enough for four rings, as the law asks, and short enough for most voicemails. */
const ringSeconds = 30;
/** An attempt is given up by others after a while; whoever was held up longer than this must not dial any more. */
const dialWithinMs = 20_000;
const lookHoldsMs = 5_000;

export const noMoment = (): AppError =>
  new AppError('CARRIER_BUSY', "The account's pace has no moment for this call soon.");

export function createDialling(options: DiallingOptions): Dialling {
  const { calls, gate, admission, reservations, eventLog, config, logger, metrics, now } = options;

  const changed = (call: Stored<Call>, fields: readonly string[]) =>
    options.events.publish('calls.changed', { call: calls.toApi(call), fields });

  const begin = answered((attempts: Parameters<CallRepository['beginDiallingMany']>[0][number][]) =>
    calls.beginDiallingMany(attempts),
  );

  /** From the written attempt to the carrier's answer. Whatever fails before anybody was dialled ends the attempt and frees its place. */
  async function dial(whole: Attempt): Promise<CallView> {
    const { call: attempt, agent, policy, subject } = whole;
    const callId = attempt._id.toHexString();
    let order: DialOrder;
    try {
      if (!whole.isReady) {
        await admission.outbound(callId, agent.engine);
        reservations.put(callId, await reserve(agent));
      }
      // While the attempt stands, no other call to the number can be written, so caps that are read now cannot be overtaken. And whoever
      // lists the number later than this finds the attempt, and ends it.
      const verdict = await gate({ ...subject, attemptId: callId });
      if (!verdict.allowed) throw refusedBy(verdict);
      order = orderFor(attempt, policy);
      await checkStillOurs(whole);
    } catch (error) {
      await refuse(attempt, error);
      throw error;
    }
    let answer: CarrierCall;
    try {
      answer = await options.carrier.dial(order);
    } catch (error) {
      // Only a carrier that says so did not dial. Anything else may ring, and is looked up before this number is called again.
      if (error instanceof CarrierError && error.placed === 'no') {
        if (error.code === 'CARRIER_CALLER_ID_REFUSED') await options.numbers.usedAsCallerId(order.from, error.message);
        await refuse(attempt, error);
        throw error;
      }
      logger.warn({ err: error, attemptId: callId }, 'whether the carrier placed a call is not known; it is looked up');
      const doubted = await calls.doubt(attempt._id, doubtOf(error)).catch(() => null);
      if (doubted) {
        eventLog.add(doubted, { type: 'call.in-doubt', source: 'system', data: { ...doubted.cause } });
        changed(doubted, ['cause']);
      }
      return calls.toApi(doubted ?? (await calls.findById(attempt._id).catch(() => null)) ?? attempt);
    }
    metrics.started.inc({ direction: 'outbound', engine: agent.engine });
    await options.numbers.usedAsCallerId(order.from, null);
    return calls.toApi(await name(attempt, answer.sid));
  }

  /** The last look before the request, which from now on cannot be taken back unasked: nobody ended or gave up the attempt, and this process was not frozen meanwhile. */
  async function checkStillOurs({ call: attempt, stillOurs, pace }: Attempt): Promise<void> {
    // Both clocks: one of them stands still while the machine sleeps, the other may be set back meanwhile.
    const [askedAt, startedAt] = [now().getTime(), performance.now()];
    const claim = await stillOurs?.();
    if (claim === 'lost') throw new AppError('CLAIM_LOST', 'Another process has taken this attempt over.');
    if (claim === 'halted') throw new AppError('CAMPAIGN_NOT_RUNNING', 'The campaign does not run any more.');
    const moment = pace ? await pace.moment() : now().getTime();
    if (moment === null) throw noMoment();
    const open = await begin({ id: attempt._id, dialledAt: new Date(Math.max(moment, now().getTime())) });
    // All is asked by now, so that nothing but this wait lies before the request.
    if (open) await pace?.until(moment);
    const answeredAt = now().getTime();
    if (!open) throw new AppError('CALL_ENDED', 'The call was ended before anybody was dialled.');
    const tookMs = Math.max(answeredAt - askedAt, performance.now() - startedAt);
    if (tookMs < lookHoldsMs && answeredAt - attempt.createdAt.getTime() < dialWithinMs) return;
    throw new AppError('OVERLOADED', 'Preparing the call took too long, so nobody was dialled; try again.');
  }

  async function reserve(agent: AgentProfile): Promise<EngineReservation> {
    try {
      return await options.engineOf(agent.engine).reserve({ vendorAgentId: agent.vendorAgentId });
    } catch (error) {
      if (isEngineError(error) && error.fault === 'full') {
        await admission
          .vendorFull(agent.engine)
          .catch(err => logger.warn({ err }, 'a lower limit could not be written down'));
      }
      throw error;
    }
  }

  function orderFor({ _id, to, from }: Stored<Call>, policy: CallPolicy): DialOrder {
    const callId = _id.toHexString();
    const { addresses } = options;
    const amd = amdOrder(policy.amd, config, addresses.amdStatus(callId));
    return {
      to,
      from,
      url: addresses.outboundTwiml(callId),
      fallbackUrl: addresses.fallback(callId),
      statusCallback: addresses.callStatus(callId),
      timeLimitSeconds: policy.maxSeconds + limitMarginSeconds,
      ringSeconds,
      ...(amd ? { amd } : {}),
    };
  }

  /** Gives the attempt the carrier's name for it; callbacks carry ours, so one that overtook the answer did it already. */
  async function name(attempt: Stored<Call>, sid: string): Promise<Stored<Call>> {
    try {
      const named = await calls.placed(attempt._id, sid);
      if (named) {
        eventLog.add(named, { type: 'call.queued', source: 'twilio' });
        changed(named, ['sid', 'status']);
      }
      const attached = named ? null : await calls.attachSid(attempt._id, sid);
      if (attached) changed(attached, ['sid']);
      const call = named ?? attached ?? (await calls.findById(attempt._id)) ?? attempt;
      // Somebody ended it while it had no name to be hung up by.
      if (call.terminationSource && !call.endedAt) {
        await options.desk().end(call._id.toHexString(), {
          source: call.terminationSource,
          reason: call.terminationReason ?? 'requested',
        });
      }
      return call;
    } catch (error) {
      logger.warn(
        { err: error, attemptId: attempt._id.toHexString(), callSid: sid },
        "a call's name could not be kept yet",
      );
      return { ...attempt, sid, state: 'queued' };
    }
  }

  async function refuse(attempt: Stored<Call>, error: unknown): Promise<void> {
    const callId = attempt._id.toHexString();
    try {
      await reservations.take(callId);
      const ended = await calls.refuse(attempt._id, now(), refusalOf(error));
      await admission.free(callId);
      if (!ended) return;
      const { outcome, terminationSource, terminationReason, cause } = ended;
      eventLog.add(ended, {
        type: 'call.ended',
        source: 'system',
        data: { outcome, terminationSource, terminationReason, ...(cause ? { cause } : {}) },
      });
      changed(ended, ['status', 'outcome', 'terminationSource', 'terminationReason', 'cause', 'endedAt']);
      options.events.publish('calls.ended', { call: calls.toApi(ended) });
    } catch (err) {
      // Without a name at the carrier it is an attempt in doubt, which is looked up and closed; its place runs out.
      logger.error({ err, attemptId: callId }, 'a refused call could not be closed; it will be');
    }
  }

  return {
    dial,
    async ready(callId, agent, campaign) {
      await admission.outbound(callId, agent.engine, campaign);
      try {
        reservations.put(callId, await reserve(agent));
      } catch (error) {
        await unready(callId);
        throw error;
      }
    },
    unready,
  };

  async function unready(callId: string): Promise<void> {
    await reservations.take(callId);
    await admission.free(callId).catch(err => logger.warn({ err, attemptId: callId }, 'a place runs out by itself'));
  }
}
