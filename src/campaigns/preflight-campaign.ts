import type { AgentDirectory, AgentProfile, NumberDirectory } from '../agents/agents.types.ts';
import type { CampaignCalls } from '../calls/calls.types.ts';
import { abandonmentMs } from '../compliance/abandonment.ts';
import type { Verdict } from '../compliance/may-dial.ts';
import type { Config } from '../config.ts';
import { isEngineError } from '../engines/engine-error.ts';
import type { Engines } from '../engines/engines.ts';
import { AppError } from '../errors.ts';
import type { Stored } from '../store/schema.ts';
import type { BudgetStanding } from './budget.types.ts';
import type { Campaign } from './campaign-document.ts';
import { block, type Finding, ok, warn } from './preflight.types.ts';
import {
  abandonmentFindings,
  budgetFindings,
  type DialableSample,
  firstMessageFindings,
  formatFindings,
  paceFindings,
  peopleFindings,
  registrationFindings,
  scheduleFindings,
  settingFindings,
  sourceFindings,
  variableFindings,
} from './preflight-rules.ts';
import type { Check } from './preflight-runner.ts';

/** Whether one person may be called now for this campaign. */
export type AskAbout = (phone: string, campaign: Stored<Campaign>) => Promise<Verdict>;

export interface CampaignCheckParts {
  readonly agents: AgentDirectory;
  readonly engines: Engines;
  readonly numbers: NumberDirectory;
  readonly config: Pick<
    Config,
    | 'COMPANY_NAME'
    | 'TWILIO_CPS'
    | 'MAX_CONCURRENT_CALLS'
    | 'INBOUND_RESERVE'
    | 'MONTHLY_BUDGET'
    | 'SELLER_REGISTRATIONS'
  >;
  /** Campaigns that run. */
  readonly running: () => Promise<Stored<Campaign>[]>;
  /** Some of those who would be called, at most so many. */
  readonly sample: (campaign: Stored<Campaign>, most: number) => Promise<readonly string[]>;
  /** What limits the campaign's spending, and what is left of it. */
  readonly money: (campaignId: string) => Promise<readonly BudgetStanding[]>;
  readonly askAbout: AskAbout;
  readonly abandonment: CampaignCalls['abandonment'];
  /** Variables that every call has. */
  readonly standardVariables: readonly string[];
  readonly now: () => Date;
}

/** As many people are asked about: enough to see what is wrong with a list, few enough for a look before a start. */
const sampled = 100;

/** What must be in order for this campaign's calls, beside what every call needs. */
export function campaignChecks(campaign: Stored<Campaign>, parts: CampaignCheckParts): Check[] {
  const { config, numbers, now } = parts;
  const { contentClass, schedule, budget, callerIds } = campaign;
  return [
    { name: 'settings', look: () => settingFindings(campaign, config.COMPANY_NAME) },
    { name: 'schedule', look: () => scheduleFindings(schedule, now().getTime()) },
    {
      name: 'budget',
      look: async () =>
        budgetFindings(budget, moneyText(config.MONTHLY_BUDGET), await parts.money(campaign._id.toHexString())),
    },
    { name: 'registrations', look: () => registrationFindings(contentClass, config.SELLER_REGISTRATIONS ?? []) },
    { name: 'sources', look: () => sourceFindings(contentClass) },
    { name: 'pace', look: () => lookAtPace(campaign, parts) },
    { name: 'caller-ids', look: () => lookAtCallerIds(callerIds, numbers) },
    { name: 'agents', look: () => lookAtAgents(campaign, parts) },
    {
      name: 'abandonment',
      look: async () => {
        const since = new Date(now().getTime() - abandonmentMs);
        return abandonmentFindings(await parts.abandonment(campaign._id.toHexString(), since), contentClass);
      },
    },
    { name: 'people', look: signal => lookAtPeople(campaign, parts, signal) },
  ];
}

const moneyText = (money: Config['MONTHLY_BUDGET']): string | null =>
  money === undefined ? null : typeof money === 'object' ? Object.values(money).join(' ') : String(money);

async function lookAtPace(campaign: Stored<Campaign>, { running, config }: CampaignCheckParts): Promise<Finding[]> {
  const others = (await running()).filter(({ _id }) => !_id.equals(campaign._id));
  return paceFindings(campaign, {
    accountCallsPerSecond: config.TWILIO_CPS,
    others: others.reduce((sum, { pace }) => sum + pace.callsPerSecond, 0),
    maxCalls: config.MAX_CONCURRENT_CALLS ?? null,
    inboundReserve: config.INBOUND_RESERVE,
  });
}

async function lookAtCallerIds(callerIds: readonly string[], numbers: NumberDirectory): Promise<Finding[]> {
  const check = 'caller-ids';
  if (callerIds.length === 0) return [ok(check, 'Calls come from the agent’s number, or the installation’s.')];
  const owned = await Promise.all(callerIds.map(phone => numbers.mayCallFrom(phone)));
  const foreign = owned.filter(each => !each).length;
  if (foreign === 0) return [ok(check, `All ${callerIds.length} caller ids are ours.`)];
  const told = `${foreign} of ${callerIds.length} caller ids are neither ours nor confirmed by the carrier.`;
  return [block(check, told, 'Take them out of callerIds, or buy or verify them at the carrier.')];
}

async function lookAtAgents(campaign: Stored<Campaign>, parts: CampaignCheckParts): Promise<Finding[]> {
  const variants = campaign.variants.length > 0 ? campaign.variants : [{ agentId: null, variables: {} }];
  const found = await Promise.all(
    variants.map(async ({ agentId, variables }) => {
      const id = (agentId ?? campaign.agentId)?.toHexString() ?? null;
      const agent = await agentOf(id, parts);
      return 'level' in agent ? [agent] : lookAtAgent(agent, { ...campaign.variables, ...variables }, campaign, parts);
    }),
  );
  // Two variants with the same agent say the same.
  return [...new Map(found.flat().map(each => [`${each.check} ${each.message}`, each])).values()];
}

async function agentOf(id: string | null, { agents }: CampaignCheckParts): Promise<AgentProfile | Finding> {
  try {
    return await (id === null ? agents.byDefault() : agents.current(id));
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return block('agent', `The campaign’s agent is not there: ${error.message}`, 'Choose another agent, or make one.');
  }
}

async function lookAtAgent(
  agent: AgentProfile,
  supplied: Readonly<Record<string, unknown>>,
  campaign: Stored<Campaign>,
  { engines, config, standardVariables }: CampaignCheckParts,
): Promise<Finding[]> {
  const sellers = [campaign.seller?.legalName, agent.business, config.COMPANY_NAME].filter(name => !!name) as string[];
  const said = (firstMessage: string | null) => firstMessageFindings(firstMessage, campaign, sellers);
  try {
    const vendor = await engines.get(agent.engine).agent(agent.vendorAgentId);
    return [
      ok('agent', `The agent ${agent.name} exists at its vendor.`),
      ...formatFindings(vendor),
      ...said(agent.overrides.firstMessage ?? vendor.firstMessage),
      ...variableFindings({ name: agent.name, variables: vendor.variables }, supplied, standardVariables),
    ];
  } catch (error) {
    if (!isEngineError(error) && !(error instanceof AppError)) throw error;
    const passes = isEngineError(error) && (error.fault === 'full' || error.fault === 'unavailable');
    const asKnown = [...said(agent.firstMessage), ...variableFindings(agent, supplied, standardVariables)];
    return passes
      ? [
          warn('agent', `The vendor could not be asked about the agent: ${error.message}`, 'Try again in a minute.'),
          ...asKnown,
        ]
      : [
          block(
            'agent',
            `The vendor refuses the agent ${agent.name}: ${error.message}`,
            'Check the agent’s id and the key.',
          ),
          ...asKnown,
        ];
  }
}

/** What all people of a campaign meet is told by other checks; here it is looked behind it. */
const notTheirs: ReadonlySet<unknown> = new Set([
  'KILL_SWITCH',
  'CALLER_ID_NOT_OWNED',
  'DISCLOSURE_MISSING',
  'RECORDING_POLICY_MISSING',
  'SCHEDULE_ENDED',
  'EMERGENCY_NOT_AUTHORISED',
]);
/** Waiting is enough. */
const passing: ReadonlySet<unknown> = new Set([
  'OUTSIDE_HOURS',
  'HOLIDAY',
  'DAILY_CAP',
  'SPACING',
  'ATTEMPT_CAP',
  'NUMBER_IN_CALL',
]);

async function lookAtPeople(
  campaign: Stored<Campaign>,
  { sample, askAbout }: CampaignCheckParts,
  signal: AbortSignal,
): Promise<Finding[]> {
  const phones = await sample(campaign, sampled);
  const found = { asked: 0, dialable: 0, later: 0, refused: {} as Record<string, number> };
  for (const phone of phones) {
    if (signal.aborted) break;
    count(await askAbout(phone, campaign), found);
  }
  return peopleFindings(found satisfies DialableSample);
}

function count(
  { rules }: Verdict,
  found: { asked: number; dialable: number; later: number; refused: Record<string, number> },
): void {
  found.asked += 1;
  const refusals = rules.filter(
    ({ result, code }) => (result === 'refused' || result === 'unknown') && !notTheirs.has(code),
  );
  const lasting = refusals.find(({ code }) => !passing.has(code));
  if (refusals.length === 0) found.dialable += 1;
  else if (!lasting) found.later += 1;
  else {
    const code = lasting.code ?? 'VERDICT_INCOMPLETE';
    found.refused[code] = (found.refused[code] ?? 0) + 1;
  }
}
