import type { Stored } from '../store/schema.ts';
import type { Campaign } from './campaign-document.ts';

export type CampaignView = Readonly<Record<string, unknown>> & { readonly id: string; readonly version: number };

/** A campaign as the API shows it. */
export function campaignView(campaign: Stored<Campaign>): CampaignView {
  const { cause } = campaign;
  return {
    id: campaign._id.toHexString(),
    version: campaign.version,
    name: campaign.name,
    description: campaign.description,
    state: campaign.state,
    cause: cause && { code: cause.code, message: cause.message, at: cause.at.toISOString() },
    agentId: campaign.agentId?.toHexString() ?? null,
    variants: campaign.variants.map(each => ({ ...each, agentId: each.agentId?.toHexString() ?? null })),
    callerIds: campaign.callerIds,
    localPresence: campaign.localPresence,
    lists: campaign.lists.map(list => list.toHexString()),
    variables: campaign.variables,
    contentClass: campaign.contentClass,
    emergencyReason: campaign.emergencyReason,
    emergencyBy: campaign.emergencyBy,
    seller: campaign.seller,
    schedule: campaign.schedule,
    pace: { callsPerSecond: campaign.pace.callsPerSecond, maxConcurrent: campaign.pace.maxConcurrent },
    retry: campaign.retry,
    amd: campaign.amd,
    record: campaign.record,
    maxMinutes: campaign.maxMinutes,
    budget: campaign.budget,
    priority: campaign.priority,
    breaker: campaign.breaker,
    createdBy: campaign.createdBy ?? null,
    createdAt: campaign.createdAt.toISOString(),
    updatedAt: campaign.updatedAt.toISOString(),
    startedAt: campaign.startedAt?.toISOString() ?? null,
    endedAt: campaign.endedAt?.toISOString() ?? null,
  };
}
