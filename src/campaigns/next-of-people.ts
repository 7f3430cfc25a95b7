import type { CampaignContactRepository } from './campaign-contact-repository.ts';
import type { CampaignRepository } from './campaign-repository.ts';

/** When a campaign that dials calls somebody next. */
export interface NextCall {
  readonly at: string;
  readonly campaignId: string;
  readonly campaignName: string;
}

/** When each of these people is called next, by the campaigns that dial now; without those whom none will call. */
export async function nextOfPeople(
  contactIds: readonly string[],
  {
    people,
    campaigns,
  }: {
    readonly people: Pick<CampaignContactRepository, 'waitingAmong'>;
    readonly campaigns: Pick<CampaignRepository, 'active'>;
  },
): Promise<Map<string, NextCall>> {
  const [waiting, active] = await Promise.all([people.waitingAmong(contactIds), campaigns.active()]);
  const nameOf = new Map(active.map(({ _id, name }) => [_id.toHexString(), name]));
  const next = new Map<string, NextCall>();
  for (const { contactId, campaignId, dueAt } of waiting) {
    const campaignName = nameOf.get(campaignId.toHexString());
    const [id, at] = [contactId.toHexString(), dueAt.toISOString()];
    const before = next.get(id);
    if (campaignName !== undefined && (!before || at < before.at))
      next.set(id, { at, campaignId: campaignId.toHexString(), campaignName });
  }
  return next;
}
