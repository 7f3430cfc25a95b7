import { Types } from 'mongoose';
import type { Contacts, ListPlace } from '../contacts/contacts.types.ts';
import type { Stored } from '../store/schema.ts';
import type { CampaignContactRepository } from './campaign-contact-repository.ts';
import type { Campaign } from './campaign-document.ts';
import type { CampaignLog } from './campaign-log.ts';
import type { CampaignRepository } from './campaign-repository.ts';
import { isEnded } from './campaign-state.ts';
import { variantFor } from './campaign-variants.ts';
import type { ListMarkRepository } from './list-mark-repository.ts';

export interface ListFillerOptions {
  readonly campaigns: Pick<CampaignRepository, 'beginAdding' | 'doneAdding'>;
  readonly people: Pick<CampaignContactRepository, 'join'>;
  readonly marks: ListMarkRepository;
  readonly contacts: Pick<Contacts, 'changedOnList'>;
  readonly log: Pick<CampaignLog, 'note'>;
  readonly owner: string;
  readonly now: () => Date;
  readonly pageSize?: number;
}

/** True when everybody who is on the campaign's lists is in its queue; false while another process is at it. */
export type ListFiller = (campaign: Stored<Campaign>) => Promise<boolean>;

const leaseMs = 30_000;
const addingMs = 60_000;
/** Clocks differ and writes take their time: so far back is looked again. */
const overlapMs = 15_000;

/**
 * Brings the people of a campaign's lists into its queue, page by page in the order in which they changed last, and remembers how far
 * it came: a crash goes on there, and who joins a list later has changed later. Nobody comes twice, and whoever was taken out of the
 * queue stays out.
 */
export function createListFiller(options: ListFillerOptions): ListFiller {
  const { campaigns, people, marks, contacts, log, owner, now, pageSize = 500 } = options;

  async function fillFrom(campaign: Stored<Campaign>, listId: Types.ObjectId): Promise<boolean> {
    const id = campaign._id.toHexString();
    const mark = await marks.take(campaign._id, listId, owner, now(), leaseMs);
    if (!mark) return false;
    let place: ListPlace = { changedAt: mark.changedAt, id: mark.contactId?.toHexString() ?? '' };
    let added = 0;
    let isDone = false;
    try {
      while (!isDone) {
        const begun = now();
        const page = await contacts.changedOnList(listId.toHexString(), place, pageSize);
        isDone = page.length < pageSize;
        if (page.length > 0) {
          const until = new Date(begun.getTime() + addingMs);
          if (!(await campaigns.beginAdding(campaign._id, until))) return true;
          const joined = await people.join(
            campaign._id,
            page.map(({ id: contactId, phone }) => ({
              contactId: new Types.ObjectId(contactId),
              phone,
              priority: 0,
              variant: variantFor(id, contactId, campaign.variants),
            })),
          );
          await campaigns.doneAdding(campaign._id, until);
          added += joined.size;
          place = page.at(-1)!;
        }
        const back = new Date(begun.getTime() - overlapMs);
        const next = isDone && place.changedAt > back ? { changedAt: back, id: '' } : place;
        const $set = { changedAt: next.changedAt, contactId: next.id === '' ? null : new Types.ObjectId(next.id) };
        await marks.changeById(mark._id, { $set });
        if (!isDone && !(await marks.renew(mark._id, owner, now(), leaseMs))) return false;
      }
    } finally {
      await marks.release(mark._id, owner, now());
      if (added > 0) await log.note(id, 'people.added', { added, list: listId.toHexString() });
    }
    return true;
  }

  return async campaign => {
    if (isEnded(campaign.state)) return true;
    let isDone = true;
    for (const listId of campaign.lists) isDone = (await fillFrom(campaign, listId)) && isDone;
    return isDone;
  };
}
