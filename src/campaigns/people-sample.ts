import type { Contacts } from '../contacts/contacts.types.ts';
import type { Stored } from '../store/schema.ts';
import type { CampaignContactRepository } from './campaign-contact-repository.ts';
import type { Campaign } from './campaign-document.ts';

/** Numbers of some who would be called: those in the queue, and before the first start those on the campaign's lists. */
export const createPeopleSample =
  (people: Pick<CampaignContactRepository, 'list'>, contacts: Pick<Contacts, 'onList'>) =>
  async (campaign: Stored<Campaign>, most: number): Promise<string[]> => {
    const campaignId = campaign._id.toHexString();
    const { items } = await people.list({ filter: { campaignId, state: 'waiting' }, limit: most });
    const phones = new Set(items.map(({ phone }) => phone));
    for (const list of campaign.lists) {
      if (phones.size >= most) break;
      for await (const { phone } of contacts.onList(list.toHexString())) {
        phones.add(phone);
        if (phones.size >= most) break;
      }
    }
    return [...phones];
  };
