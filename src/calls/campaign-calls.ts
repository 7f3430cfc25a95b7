import { Types } from 'mongoose';
import type { AgentDirectory, AgentProfile, NumberDirectory } from '../agents/agents.types.ts';
import type { Config } from '../config.ts';
import { AppError } from '../errors.ts';
import type { Events } from '../events.ts';
import { answered } from '../store/gathered.ts';
import type { Stored } from '../store/schema.ts';
import { type Dialling, noMoment } from './call-dialling.ts';
import type { Call, NewCall } from './call-document.ts';
import type { CallEventLog } from './call-event-log.ts';
import { checkVariables } from './call-order.ts';
import { callPolicy } from './call-policy.ts';
import type { CallRepository } from './call-repository.ts';
import { callVariables } from './call-variables.ts';
import './calls-events.ts';
import type { CampaignCall, CampaignCallOrder, CampaignCalls } from './calls.types.ts';
import { type DialGate, type DialSubject, refusedBy } from './dial-gate.ts';

export interface CampaignCallsOptions {
  readonly calls: CallRepository;
  readonly agents: Pick<AgentDirectory, 'current' | 'byDefault'>;
  readonly numbers: Pick<NumberDirectory, 'defaultCallerId'>;
  readonly gate: DialGate;
  readonly dialling: Dialling;
  readonly events: Pick<Events, 'publish'>;
  readonly eventLog: Pick<CallEventLog, 'add'>;
  readonly config: Config;
}

/** Outcomes of calls that a person answered; the share of abandoned ones among them is watched. */
const answeredOutcomes = ['conversation', 'opt-out', 'abandoned'] as const;

/** Places the calls of campaigns: as single ones are placed, but under an id that was fixed before, at a moment that the pace gives. */
export function createCampaignCalls(options: CampaignCallsOptions): CampaignCalls {
  const { calls, agents, gate, dialling, config, eventLog } = options;

  const agentOf = ({ agentId }: CampaignCallOrder): Promise<AgentProfile> =>
    agentId === null ? agents.byDefault() : agents.current(agentId);

  async function subjectOf(order: CampaignCallOrder, agent: AgentProfile): Promise<DialSubject> {
    const from = order.from ?? agent.callerId ?? (await options.numbers.defaultCallerId());
    const { to, contentClass, emergency, facts, callId } = order;
    return { to, from, contentClass, emergency, asker: null, attemptId: callId, campaign: facts };
  }

  const begin = answered((news: NewCall[]) => calls.beginMany(news), 50);

  async function write(
    order: CampaignCallOrder,
    agent: AgentProfile,
    fields: Pick<Call, 'from' | 'verdict' | 'policy'>,
  ): Promise<Stored<Call>> {
    const { callId, to, campaign, contact, variant, contentClass, variables, facts } = order;
    try {
      const written = await begin({
        _id: new Types.ObjectId(callId),
        direction: 'outbound',
        to,
        liveTo: to,
        agentId: new Types.ObjectId(agent.id),
        agentVersion: agent.version,
        engine: agent.engine,
        campaignId: new Types.ObjectId(campaign.id),
        campaignName: campaign.name,
        contactId: new Types.ObjectId(contact.id),
        contactName: contact.name,
        variant,
        attempt: facts.campaign ? facts.campaign.attempts + 1 : null,
        variables: { ...variables, campaign_name: campaign.name },
        contentClass,
        requestedBy: `campaign:${campaign.id}`,
        eventSeq: 1,
        ...fields,
      });
      if (written instanceof AppError) throw written;
      return written;
    } catch (error) {
      if (!(error instanceof AppError && error.code === 'DUPLICATE')) throw error;
      const isNumber = JSON.stringify(error.details ?? '').includes('liveTo');
      throw isNumber
        ? new AppError('NUMBER_IN_CALL', 'A call to this number has not ended yet.', { cause: error })
        : new AppError('CLAIM_LOST', 'This attempt was written before.', { cause: error });
    }
  }

  return {
    judge: async order => gate(await subjectOf(order, await agentOf(order))),
    async place(order, verdict, { turn, stillOurs, pace }) {
      const { callId, campaign, variables } = order;
      const agent = await agentOf(order);
      const subject = await subjectOf(order, agent);
      const { from } = subject;
      if (!verdict.allowed || from === null) throw refusedBy(verdict);
      checkVariables(agent, variablesOf(order, agent, config));
      await dialling.ready(callId, agent, { campaignId: campaign.id, most: campaign.most });
      let attempt: Stored<Call>;
      const policy = callPolicy(agent, config, {}, order.wishes);
      try {
        if (!(await turn())) throw noMoment();
        attempt = await write(order, agent, { from, policy, verdict: { ...verdict } });
      } catch (error) {
        await dialling.unready(callId);
        throw error;
      }
      const warnings = verdict.rules.filter(({ result }) => result === 'warned').map(({ rule }) => rule);
      const data = { requestedBy: attempt.requestedBy, variables: Object.keys(variables).length, warnings };
      eventLog.add(attempt, { type: 'call.claimed', source: 'system', data });
      options.events.publish('calls.changed', { call: calls.toApi(attempt), fields: null });
      const call = await dialling.dial({
        call: attempt,
        agent,
        policy,
        subject,
        isReady: true,
        stillOurs,
        pace,
      });
      return { known: call.sid !== null, engine: agent.engine };
    },
    async byIds(ids) {
      if (ids.length === 0) return new Map();
      const found = await calls.among(ids);
      return new Map(found.map(call => [call._id.toHexString(), campaignCall(call)]));
    },
    async resulted(callId, result) {
      const call = await calls.resulted(callId, result);
      if (call) options.events.publish('calls.changed', { call: calls.toApi(call), fields: ['result'] });
    },
    async abandonment(campaignId, since) {
      const counts = await Promise.all(
        answeredOutcomes.map(outcome => calls.outcomesSince(campaignId, outcome, since)),
      );
      return { answered: counts.reduce((sum, count) => sum + count, 0), abandoned: counts.at(-1)! };
    },
  };
}

/** A call as campaigns follow it. */
export const campaignCall = (call: Stored<Call>): CampaignCall => ({
  id: call._id.toHexString(),
  campaignId: call.campaignId?.toHexString() ?? null,
  sid: call.sid,
  createdAt: call.createdAt,
  dialledAt: call.dialledAt,
  answeredAt: call.answeredAt,
  endedAt: call.endedAt,
  engine: call.engine,
  outcome: call.outcome,
  terminationSource: call.terminationSource,
  terminationReason: call.terminationReason,
  cause: call.cause ?? null,
});

const variablesOf = (order: CampaignCallOrder, agent: AgentProfile, config: Config) =>
  callVariables({
    callId: order.callId,
    callSid: null,
    phone: order.to,
    personName: order.contact.name,
    campaignName: order.campaign.name,
    companyName: agent.business ?? config.COMPANY_NAME,
    serverLocation: config.SERVER_LOCATION,
    contactFields: order.variables,
  });
