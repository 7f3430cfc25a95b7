import { createHash } from 'node:crypto';
import { Types } from 'mongoose';
import type { AgentDirectory, AgentProfile, NumberDirectory } from '../agents/agents.types.ts';
import type { CallDesk } from '../bridge/bridge.types.ts';
import type { Verdict } from '../compliance/may-dial.ts';
import { normalisePhone } from '../compliance/phone.ts';
import type { Config } from '../config.ts';
import { AppError } from '../errors.ts';
import type { Events } from '../events.ts';
import type { Stored } from '../store/schema.ts';
import type { Attempt } from './call-dialling.ts';
import type { Call, NewCall } from './call-document.ts';
import type { CallEventLog } from './call-event-log.ts';
import type { CallMetrics } from './call-metrics.ts';
import { callerIdIn, checkOrder, checkVariables } from './call-order.ts';
import { callPolicy } from './call-policy.ts';
import type { CallRepository } from './call-repository.ts';
import { callVariables } from './call-variables.ts';
import './calls-events.ts';
import type { Asker, CallOrder, Calls, CallView } from './calls.types.ts';
import { type DialGate, type DialSubject, refusedBy } from './dial-gate.ts';

export interface CallServiceOptions {
  readonly calls: CallRepository;
  readonly agents: AgentDirectory;
  readonly numbers: Pick<NumberDirectory, 'defaultCallerId'>;
  readonly gate: DialGate;
  readonly dial: (attempt: Attempt) => Promise<CallView>;
  readonly desk: () => Pick<CallDesk, 'end'>;
  readonly events: Pick<Events, 'publish'>;
  readonly eventLog: Pick<CallEventLog, 'add'>;
  readonly metrics: Pick<CallMetrics, 'refused' | 'placing'>;
  readonly config: Config;
  /** What only this process knows of a call, such as what its agent does right now. */
  readonly liveFields?: (call: Stored<Call>) => Readonly<Record<string, unknown>>;
}

/** Places and ends calls. Each attempt is written down before anything else happens, so that a crash leaves what can be repaired. */
export function createCallService(options: CallServiceOptions): Calls {
  const { calls, agents, gate, eventLog, config, metrics } = options;

  /** Who speaks and from which number; everything wrong with the order but its number is refused here. */
  async function plan(order: CallOrder, asker: Asker) {
    const agent = order.agentId === undefined ? await agents.byDefault() : await agents.current(order.agentId);
    checkOrder(order, agent, config);
    const emergency = emergencyOf(order, asker);
    const from =
      callerIdIn(order, config.DEFAULT_COUNTRY) ?? agent.callerId ?? (await options.numbers.defaultCallerId());
    const subject: DialSubject = { to: order.to, from, contentClass: order.contentClass ?? null, emergency, asker };
    return { agent, from, subject };
  }

  async function placeNew(order: CallOrder, asker: Asker, key: KeyHashes | null): Promise<CallView> {
    const { agent, from, subject } = await plan(order, asker);
    const phone = normalisePhone(order.to, config.DEFAULT_COUNTRY);
    const to = phone.ok ? phone.e164 : '';
    checkVariables(agent, variablesOf(order, agent, to, config));
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
      contentClass: subject.contentClass,
      requestedBy: `${asker.kind}:${asker.id}`,
      eventSeq: 1,
      ...key,
    });
    const { requestedBy } = attempt;
    eventLog.add(attempt, {
      type: 'call.claimed',
      source: 'api',
      data: { requestedBy, warnings: warningsOf(verdict) },
    });
    options.events.publish('calls.changed', { call: calls.toApi(attempt), fields: null });
    return options.dial({ call: attempt, agent, policy, subject });
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

  async function found(name: string): Promise<Stored<Call>> {
    const call = /^[0-9a-f]{24}$/i.test(name) ? await calls.findById(name) : await calls.findBySid(name);
    if (!call) throw new AppError('CALL_NOT_FOUND', 'There is no call with this id.');
    return call;
  }

  const shown = (call: Stored<Call>): CallView => ({
    ...calls.toApi(call),
    verdict: call.verdict,
    summary: call.summary ?? null,
    analysis: call.analysis ?? null,
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
    async end(name, asker) {
      const call = await found(name);
      if (call.endedAt) throw new AppError('CALL_ENDED', 'This call has ended already; nothing was changed.');
      await options.desk().end(call._id.toHexString(), {
        source: 'api',
        reason: 'requested',
        ...(asker ? { detail: { by: asker.label } } : {}),
      });
      return shown((await calls.findById(call._id)) ?? call);
    },
  };
}

/** Who declares an emergency and why; null for other calls. */
function emergencyOf({ contentClass, emergencyReason = '' }: CallOrder, { role }: Asker): DialSubject['emergency'] {
  if (contentClass !== 'emergency') return null;
  if (role === 'admin') return { reason: emergencyReason, byAdmin: true };
  throw new AppError('FORBIDDEN', 'Only an administrator may declare an emergency; use another contentClass.', {
    details: [{ field: 'contentClass', problem: 'emergency needs the role admin' }],
  });
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
