import { Types } from 'mongoose';
import type { AgentDirectory, AgentProfile, NumberDirectory } from '../agents/agents.types.ts';
import { isE164, normalisePhone } from '../compliance/phone.ts';
import type { Suppressions } from '../contacts/suppressions.types.ts';
import { AppError } from '../errors.ts';
import type { Stored } from '../store/schema.ts';
import type { Call, CallPolicy, NewCall } from './call-document.ts';
import type { CallEndings } from './call-ending.ts';
import type { CallEventLog } from './call-event-log.ts';
import type { CallLifecycle } from './call-lifecycle.ts';
import { optOutKey } from './call-opt-outs.ts';
import { turnedAway } from './call-outcome.ts';
import type { CallRepository } from './call-repository.ts';
import type { Admission } from './calls.types.ts';
import { type CarrierForm, field } from './carrier-form.ts';
import { newStreamToken } from './stream-token.ts';

type TurnedAway = (typeof turnedAway)[number];

/** What is done with somebody who calls: `connect` with the token of the stream, or words, during which a key may be pressed. */
export type InboundAnswer =
  | { readonly kind: 'connect'; readonly callId: string; readonly token: string }
  | { readonly kind: 'say'; readonly callId: string; readonly text: string }
  | { readonly kind: 'hang-up' };

export interface InboundOptions {
  readonly calls: CallRepository;
  readonly numbers: Pick<NumberDirectory, 'answering'>;
  readonly agents: Pick<AgentDirectory, 'current'>;
  readonly admission: Pick<Admission, 'inbound'>;
  readonly suppressions: Pick<Suppressions, 'add'>;
  readonly endings: Pick<CallEndings, 'note'>;
  readonly lifecycle: Pick<CallLifecycle, 'changed'>;
  readonly eventLog: CallEventLog;
  readonly defaultCountry: string;
  /** The seller's name, where one is configured. */
  readonly seller: string | undefined;
  readonly now: () => Date;
  draining(): boolean;
  policy(agent: AgentProfile): CallPolicy;
  /** Begins to open the agent's conversation while the carrier connects the stream. */
  reserve(callId: string, agent: AgentProfile): void;
}

export interface InboundCalls {
  /** Somebody calls a number of ours; asked twice it is the same call. */
  ring(sid: string, form: CarrierForm): Promise<InboundAnswer>;
  /** Somebody pressed a key while a text was spoken. */
  key(callId: string, sid: string, digits: string): Promise<string | null>;
}

export function createInboundCalls(options: InboundOptions): InboundCalls {
  const { calls, eventLog, now } = options;

  async function agentOf(agentId: string | null | undefined): Promise<AgentProfile | null> {
    if (!agentId) return null;
    return options.agents.current(agentId).catch(error => {
      // An agent that was archived answers nobody; a store that is away is another matter.
      if (error instanceof AppError && error.status === 404) return null;
      throw error;
    });
  }

  /** The text of a number, or one that says who was reached and how to stop calls. */
  const words = (text: string | null | undefined): string =>
    text?.trim() ||
    `${options.seller ? `You have reached ${options.seller}. ` : 'Hello. '}We cannot take your call right now. To stop calls from us, press 9. Goodbye.`;

  async function write(fields: NewCall, sid: string) {
    try {
      return { call: await calls.begin(fields), first: true };
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'DUPLICATE') throw error;
      const call = await calls.findBySid(sid);
      if (!call) throw error;
      return { call, first: false };
    }
  }

  async function turnAway(
    call: Stored<Call>,
    reason: TurnedAway,
    text: string | null | undefined,
  ): Promise<InboundAnswer> {
    const callId = call._id.toHexString();
    await options.endings.note(callId, { source: 'system', reason });
    return { kind: 'say', callId, text: words(text) };
  }

  /** The carrier asks again, because it did not get our answer or got it too late. */
  async function again(call: Stored<Call>, text: string | null | undefined): Promise<InboundAnswer> {
    const callId = call._id.toHexString();
    if (call.endedAt) return { kind: 'hang-up' };
    if (turnedAway.some(each => each === call.terminationReason)) return { kind: 'say', callId, text: words(text) };
    if (call.terminationSource) return { kind: 'hang-up' };
    const { token, stored } = newStreamToken(callId, now());
    return (await calls.giveToken(callId, call.sid ?? '', stored))
      ? { kind: 'connect', callId, token }
      : { kind: 'hang-up' };
  }

  async function ring(sid: string, form: CarrierForm): Promise<InboundAnswer> {
    const to = partyIn(form, 'To', options.defaultCountry);
    const from = partyIn(form, 'From', options.defaultCountry);
    const number = isE164(to) ? await options.numbers.answering(to) : null;
    const agent = await agentOf(number?.agentId);
    const at = now();
    const policy = agent ? options.policy(agent) : null;
    const { call, first } = await write(
      {
        direction: 'inbound',
        sid,
        to,
        from,
        // Our document answers it.
        state: 'in-progress',
        answeredAt: at,
        eventSeq: 1,
        ...(number ? { variables: { dialled_number: to, dialled_label: number.label } } : {}),
        ...(agent
          ? { agentId: new Types.ObjectId(agent.id), agentVersion: agent.version, engine: agent.engine, policy }
          : {}),
      },
      sid,
    );
    if (!first) return again(call, number?.text);
    const callId = call._id.toHexString();
    eventLog.add(call, { type: 'call.in-progress', source: 'twilio', at, data: { known: number !== null } });
    options.lifecycle.changed(call, null);
    if (!agent) return turnAway(call, 'no-agent', number?.text);
    if (number?.closed) return turnAway(call, 'closed', number.text);
    if (options.draining()) return turnAway(call, 'draining', number?.text);
    if (await options.admission.inbound(callId, agent.engine)) return turnAway(call, 'full', number?.text);
    options.reserve(callId, agent);
    const { token, stored } = newStreamToken(callId, now());
    return (await calls.giveToken(callId, sid, stored)) ? { kind: 'connect', callId, token } : { kind: 'hang-up' };
  }

  async function key(callId: string, sid: string, digits: string): Promise<string | null> {
    const call = await calls.reserveEvent(callId, sid);
    if (!call || call.sid !== sid) return null;
    eventLog.add(call, { type: 'call.key', source: 'twilio', data: { digits: digits.slice(0, 8) } });
    if (digits !== optOutKey) return null;
    const person = call.direction === 'inbound' ? call.from : call.to;
    if (!isE164(person)) return 'Your number is withheld, so we cannot tell which one to leave alone. Goodbye.';
    const evidence = { callId, turn: null, atMs: null, words: null };
    await options.suppressions.add(person, 'Pressed 9 on a call', 'call-key', evidence);
    const noted = await calls.changeById(callId, { $set: { result: 'opt-out' } });
    options.lifecycle.changed(noted, ['result']);
    return 'You will not be called again. Goodbye.';
  }

  return { ring, key };
}

/** A number as it is stored; a withheld or malformed one is nobody's. */
function partyIn(form: CarrierForm, name: string, country: string): string {
  const phone = normalisePhone(field(form, name), country);
  return phone.ok && isE164(phone.e164) ? phone.e164 : 'anonymous';
}
