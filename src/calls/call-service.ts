import { createHash } from 'node:crypto';
import { Types } from 'mongoose';
import type { AgentDirectory, AgentProfile, NumberDirectory } from '../agents/agents.types.ts';
import type { CallDesk } from '../bridge/bridge.types.ts';
import type { Verdict } from '../compliance/may-dial.ts';
import { normalisePhone } from '../compliance/phone.ts';
import type { Config } from '../config.ts';
import type { Engine, EngineKind, EngineReservation } from '../engines/engine-contract.ts';
import { isEngineError } from '../engines/engine-error.ts';
import { AppError } from '../errors.ts';
import type { Events } from '../events.ts';
import type { Logger } from '../ops/logger.ts';
import type { Stored } from '../store/schema.ts';
import type { CarrierAddresses } from '../telephony/carrier-addresses.ts';
import { type Carrier, type CarrierCall, CarrierError, type DialOrder } from '../telephony/carrier-contract.ts';
import type { CallEventLog } from './call-event-log.ts';
import type { CallMetrics } from './call-metrics.ts';
import { callerIdIn, checkOrder, checkVariables } from './call-order.ts';
import { amdOrder, callPolicy, limitMarginSeconds } from './call-policy.ts';
import { doubtOf, refusalOf } from './call-refusal.ts';
import type { Call, CallPolicy, CallRepository, NewCall } from './call-repository.ts';
import type { CallReservations } from './call-reservations.ts';
import './calls-events.ts';
import { callVariables } from './call-variables.ts';
import type { Admission, Asker, CallOrder, Calls, CallView } from './calls.types.ts';
import { type DialGate, type DialSubject, refusedBy } from './dial-gate.ts';

export interface CallServiceOptions {
  readonly calls: CallRepository;
  readonly agents: AgentDirectory;
  readonly numbers: Pick<NumberDirectory, 'defaultCallerId'>;
  readonly gate: DialGate;
  readonly admission: Pick<Admission, 'outbound' | 'free' | 'vendorFull'>;
  readonly reservations: Pick<CallReservations, 'put' | 'take'>;
  readonly engineOf: (kind: EngineKind) => Pick<Engine, 'reserve'>;
  readonly carrier: Pick<Carrier, 'dial'>;
  readonly addresses: Pick<CarrierAddresses, 'outboundTwiml' | 'fallback' | 'callStatus' | 'amdStatus'>;
  readonly desk: () => Pick<CallDesk, 'end'>;
  readonly events: Pick<Events, 'publish'>;
  readonly eventLog: Pick<CallEventLog, 'add'>;
  readonly metrics: Pick<CallMetrics, 'started' | 'refused' | 'placing'>;
  readonly config: Config;
  readonly logger: Logger;
  readonly now: () => Date;
  /** What only this process knows of a call, such as what its agent does right now. */
  readonly liveFields?: (call: Stored<Call>) => Readonly<Record<string, unknown>>;
}

/** Long enough for four rings, as the law asks, and short enough for most voicemails. */
const ringSeconds = 30;
/** A verdict older than this is asked for again before dialling: the agent's vendor may have taken its time. */
const verdictHoldsMs = 500;

/** An attempt is given up by others after a while; whoever was held up longer than this must not dial any more. */
const dialWithinMs = 20_000;
const lookHoldsMs = 5_000;

/** Places and ends calls. Each attempt is written down before anything else happens, so that a crash leaves what can be repaired. */
export function createCallService(options: CallServiceOptions): Calls {
  const { calls, agents, gate, admission, reservations, eventLog, config, logger, metrics, now } = options;

  const changed = (call: Stored<Call>, fields: readonly string[] | null) =>
    options.events.publish('calls.changed', { call: calls.toApi(call), fields });

  /** Who speaks and from which number; everything wrong with the order but its number is refused here. */
  async function plan(order: CallOrder, asker: Asker) {
    const agent = order.agentId === undefined ? await agents.byDefault() : await agents.current(order.agentId);
    checkOrder(order, agent, config);
    const from =
      callerIdIn(order, config.DEFAULT_COUNTRY) ?? agent.callerId ?? (await options.numbers.defaultCallerId());
    const subject: DialSubject = { to: order.to, from, contentClass: order.contentClass ?? null, asker };
    return { agent, from, subject };
  }

  async function placeNew(order: CallOrder, asker: Asker, key: KeyHashes | null): Promise<CallView> {
    const { agent, from, subject } = await plan(order, asker);
    const phone = normalisePhone(order.to, config.DEFAULT_COUNTRY);
    const to = phone.ok ? phone.e164 : '';
    checkVariables(agent, variablesOf(order, agent, to, config));
    const judgedAt = now().getTime();
    const verdict = await gate(subject);
    if (!verdict.allowed || from === null) throw refusedBy(verdict);
    const policy = callPolicy(agent, config, order);
    const attempt = await write({
      direction: 'outbound',
      to,
      from,
      liveTo: to,
      agentId: new Types.ObjectId(agent.id),
      agentVersion: agent.version,
      engine: agent.engine,
      verdict: { ...verdict },
      variables: order.variables ?? {},
      policy,
      requestedBy: `${asker.kind}:${asker.id}`,
      recording: policy.record ? 'requested' : 'off',
      eventSeq: 1,
      ...key,
    });
    const { requestedBy } = attempt;
    eventLog.add(attempt, {
      type: 'call.claimed',
      source: 'api',
      data: { requestedBy, warnings: warningsOf(verdict) },
    });
    changed(attempt, null);
    return dial(attempt, agent, policy, { subject, judgedAt });
  }

  async function write(fields: NewCall): Promise<Stored<Call>> {
    try {
      return await calls.create(fields as Call); // what is not given has a default
    } catch (error) {
      const fields = error instanceof AppError && error.code === 'DUPLICATE' ? JSON.stringify(error.details ?? '') : '';
      if (!fields.includes('liveTo')) throw error;
      throw new AppError('NUMBER_IN_CALL', 'A call to this number has not ended yet; wait for it, or end it first.', {
        cause: error,
      });
    }
  }

  /** From the written attempt to the carrier's answer. Whatever fails before anybody was dialled ends the attempt and frees its place. */
  async function dial(
    attempt: Stored<Call>,
    agent: AgentProfile,
    policy: CallPolicy,
    judged: { readonly subject: DialSubject; readonly judgedAt: number },
  ): Promise<CallView> {
    const callId = attempt._id.toHexString();
    let order: DialOrder;
    try {
      await admission.outbound(callId, agent.engine);
      reservations.put(callId, await reserve(agent));
      if (now().getTime() - judged.judgedAt > verdictHoldsMs) {
        const verdict = await gate({ ...judged.subject, attemptId: callId });
        if (!verdict.allowed) throw refusedBy(verdict);
      }
      order = orderFor(attempt, policy);
      await checkStillOurs(attempt);
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
    return calls.toApi(await name(attempt, answer.sid));
  }

  /** The last look before the request: nobody ended or gave up the attempt, and this process was not frozen meanwhile. */
  async function checkStillOurs(attempt: Stored<Call>): Promise<void> {
    const askedAt = now().getTime();
    const open = await calls.stillToDial(attempt._id);
    const answeredAt = now().getTime();
    if (!open) throw new AppError('CALL_ENDED', 'The call was ended before anybody was dialled.');
    if (answeredAt - askedAt < lookHoldsMs && answeredAt - attempt.createdAt.getTime() < dialWithinMs) return;
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
      const call = named ?? (await calls.attachSid(attempt._id, sid)) ?? (await calls.findById(attempt._id)) ?? attempt;
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

  async function found(name: string): Promise<Stored<Call>> {
    const call = /^[0-9a-f]{24}$/i.test(name) ? await calls.findById(name) : await calls.findBySid(name);
    if (!call) throw new AppError('CALL_NOT_FOUND', 'There is no call with this id.');
    return call;
  }

  const shown = (call: Stored<Call>): CallView => ({
    ...calls.toApi(call),
    verdict: call.verdict,
    ...options.liveFields?.(call),
  });

  async function repeated(key: KeyHashes): Promise<CallView | null> {
    const before = await calls.findByIdempotencyKey(key.idempotencyKey);
    if (!before) return null;
    if (before.requestHash === key.requestHash) return calls.toApi(before);
    throw new AppError(
      'IDEMPOTENCY_KEY_REUSED',
      'This Idempotency-Key came with another request before; use a new key for a new call.',
      { details: [{ field: 'Idempotency-Key', problem: 'was used for another request' }] },
    );
  }

  return {
    async place(order, asker, idempotencyKey) {
      const startedAt = performance.now();
      const key = idempotencyKey === undefined ? null : hashesOf(order, asker, idempotencyKey);
      try {
        const before = key && (await repeated(key));
        if (before) return { call: before, repeated: true };
        return { call: await placeNew(order, asker, key), repeated: false };
      } catch (error) {
        // The same request twice at once: the second finds the call that the first wrote meanwhile.
        const twin = key && isTaken(error) ? await repeated(key) : null;
        if (twin) return { call: twin, repeated: true };
        metrics.refused.inc({ direction: 'outbound', code: error instanceof AppError ? error.code : 'INTERNAL' });
        throw error;
      } finally {
        metrics.placing.observe((performance.now() - startedAt) / 1000);
      }
    },
    async verdict(order, asker) {
      const { subject } = await plan(order, asker);
      return gate(subject);
    },
    get: async name => shown(await found(name)),
    async end(name) {
      const call = await found(name);
      if (call.endedAt) throw new AppError('CALL_ENDED', 'This call has ended already; nothing was changed.');
      await options.desk().end(call._id.toHexString(), { source: 'api', reason: 'requested' });
      return shown((await calls.findById(call._id)) ?? call);
    },
  };
}

const warningsOf = (verdict: Verdict): string[] =>
  verdict.rules.filter(({ result }) => result === 'warned').map(({ rule }) => rule);

type KeyHashes = Pick<Call, 'idempotencyKey' | 'requestHash'> & { readonly idempotencyKey: string };

/** Keys are private to whoever sent them, so that nobody can ask for another's call by guessing. */
function hashesOf(order: CallOrder, asker: Asker, key: string): KeyHashes {
  const hash = (parts: readonly unknown[]) => createHash('sha256').update(JSON.stringify(parts)).digest('hex');
  return { idempotencyKey: hash([asker.kind, asker.id, key]), requestHash: hash([sorted(order)]) };
}

/** The same fields in another order are the same request. */
const sorted = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.entries(value)
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .map(([name, field]) => [name, sorted(field)])
    : value;

const isTaken = (error: unknown): boolean =>
  error instanceof AppError && (error.code === 'DUPLICATE' || error.code === 'NUMBER_IN_CALL');

const variablesOf = (order: CallOrder, agent: AgentProfile, phone: string, config: Config) =>
  callVariables({
    callId: '',
    callSid: null,
    phone,
    companyName: agent.business ?? config.COMPANY_NAME,
    serverLocation: config.SERVER_LOCATION,
    ...(order.variables ? { requested: order.variables } : {}),
  });
