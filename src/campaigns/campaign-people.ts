import { Types } from 'mongoose';
import { normalisePhone } from '../compliance/phone.ts';
import type { Contacts, RejectedEntry } from '../contacts/contacts.types.ts';
import { AppError } from '../errors.ts';
import type { Stored } from '../store/schema.ts';
import type { CampaignCheck } from './campaign-check.ts';
import type { CampaignContact } from './campaign-contact-document.ts';
import type { CampaignContactRepository } from './campaign-contact-repository.ts';
import type { Campaign } from './campaign-document.ts';
import { type CampaignLog, outboxEntry } from './campaign-log.ts';
import type { CampaignRepository } from './campaign-repository.ts';
import type { CampaignService } from './campaign-service.ts';
import { isEnded } from './campaign-state.ts';
import { variantFor } from './campaign-variants.ts';
import { beingCalled, ended, type WhileOpen } from './while-open.ts';

export interface PeopleReport {
  readonly added: number;
  readonly merged: number;
  readonly rejected: readonly RejectedEntry[];
}

export interface CampaignPeople {
  /** Adds people as a client gives them; who is in the campaign already stays as they are. */
  add(id: string, entries: readonly unknown[], by: { label: string; key: string }): Promise<PeopleReport>;
  /** Everybody on these lists, now and as long as the campaign is open. */
  addLists(id: string, lists: readonly string[], by: string): Promise<Stored<Campaign>>;
  /** Out of the queue; throws `CONFLICT` while they are being called. */
  remove(id: string, personId: string, by: string): Promise<void>;
  /** Due again now, whatever came of them before. */
  requeue(id: string, personId: string, by: string): Promise<Stored<CampaignContact>>;
  /** Out of every queue, before somebody is deleted. */
  forget(contact: { readonly id: string }): Promise<void>;
}

export interface CampaignPeopleOptions {
  readonly campaigns: Pick<CampaignRepository, 'edit'>;
  readonly people: CampaignContactRepository;
  readonly service: Pick<CampaignService, 'get' | 'announce'>;
  readonly contacts: Pick<Contacts, 'add'>;
  readonly check: CampaignCheck;
  readonly whileOpen: WhileOpen;
  readonly log: Pick<CampaignLog, 'note'>;
  readonly defaultCountry: string;
  readonly now: () => Date;
}

const mostLists = 50;
const mostTries = 8;

export function createCampaignPeople(options: CampaignPeopleOptions): CampaignPeople {
  const { campaigns, people, service, contacts, check, whileOpen, log, defaultCountry, now } = options;

  const open = async (id: string): Promise<Stored<Campaign>> => {
    const campaign = await service.get(id);
    if (isEnded(campaign.state)) throw ended(campaign.state);
    return campaign;
  };

  async function person(id: string, personId: string): Promise<Stored<CampaignContact>> {
    const found = await people.findById(personId);
    if (!found || found.campaignId.toHexString() !== id || found.state === 'removed')
      throw new AppError('CONTACT_NOT_FOUND', 'This campaign has nobody with this id');
    return found;
  }

  return {
    async add(id, entries, by) {
      const campaign = await open(id);
      const { taken, places, priorities, rejected } = readEntries(entries, defaultCountry);
      const report = await contacts.add(taken, { origin: `campaign:${id}`, by: by.key });
      const refused = report.rejected.map(each => ({ ...each, index: places[each.index]! }));
      const wanted = report.contacts.map(({ id: contactId, phone }) => ({
        contactId: new Types.ObjectId(contactId),
        phone,
        priority: priorities.get(phone) ?? 0,
        variant: variantFor(id, contactId, campaign.variants),
      }));
      const added = await whileOpen(id, async () => {
        const joined = await people.join(campaign._id, wanted);
        const others = wanted.filter(({ contactId }) => !joined.has(contactId.toHexString()));
        const back = await people.bringBack(
          campaign._id,
          others.map(({ contactId }) => contactId),
        );
        for (const [priority, ids] of byPriority(others, priorities))
          await people.prioritise(campaign._id, ids, priority);
        return joined.size + back.size;
      });
      if (added > 0) await log.note(id, 'people.added', { added }, { by: by.label });
      return {
        added,
        merged: report.added + report.merged - added,
        rejected: [...rejected, ...refused].sort((one, other) => one.index - other.index),
      };
    },
    async addLists(id, lists, by) {
      await check({ lists });
      for (let tries = 0; tries < mostTries; tries += 1) {
        const campaign = await open(id);
        const known = campaign.lists.map(list => list.toHexString());
        const all = [...new Set([...known, ...lists])];
        if (all.length === known.length) return campaign;
        if (all.length > mostLists)
          throw new AppError('VALIDATION_FAILED', `A campaign has at most ${mostLists} lists.`, {
            details: [{ field: 'lists', problem: `would be ${all.length} with those it has` }],
          });
        const changes = { lists: { from: known, to: all } };
        const set = { lists: all.map(list => new Types.ObjectId(list)) };
        const changed = await campaigns.edit(campaign, set, outboxEntry('campaign.edited', by, now(), { changes }));
        if (!changed) continue;
        await service.announce(changed, ['lists']);
        return changed;
      }
      throw new AppError('VERSION_CONFLICT', 'Others keep changing the campaign; try again');
    },
    async remove(id, personId, by) {
      await service.get(id);
      const { contactId } = await person(id, personId);
      if (!(await people.takeOut(id, personId))) throw beingCalled();
      await log.note(id, 'contact.removed', {}, { by, contactId: contactId.toHexString() });
    },
    async requeue(id, personId, by) {
      await open(id);
      const { contactId } = await person(id, personId);
      const back = await whileOpen(id, () => people.requeue(id, personId));
      if (!back) throw beingCalled();
      await log.note(id, 'contact.requeued', {}, { by, contactId: contactId.toHexString() });
      return back;
    },
    async forget({ id }) {
      const entries = await people.ofContact(id);
      if (entries.length === 0) return;
      await people.forgetContact(id);
      const left = await people.ofContact(id);
      if (left.some(({ state }) => state !== 'removed')) throw beingCalled();
      for (const { campaignId, state } of entries) {
        if (state === 'removed') continue;
        const once = `forgotten:${id}`;
        const data = { reason: 'they were deleted' };
        await log.note(campaignId.toHexString(), 'contact.removed', data, { contactId: id, once });
      }
    },
  };
}

interface ReadEntries {
  readonly taken: unknown[];
  /** Where each of them stood. */
  readonly places: number[];
  readonly priorities: ReadonlyMap<string, number>;
  readonly rejected: RejectedEntry[];
}

/** Takes the priority, which belongs to the campaign, off each entry; the rest is the contact's. */
function readEntries(entries: readonly unknown[], country: string): ReadEntries {
  const read: ReadEntries & { priorities: Map<string, number> } = {
    taken: [],
    places: [],
    priorities: new Map(),
    rejected: [],
  };
  for (const [index, entry] of entries.entries()) {
    const isObject = typeof entry === 'object' && entry !== null && !Array.isArray(entry);
    const { priority, ...person } = (isObject ? entry : {}) as Record<string, unknown>;
    if (priority !== undefined && priority !== null) {
      if (!Number.isInteger(priority) || (priority as number) < 0 || (priority as number) > 9) {
        const message = 'priority must be a whole number from 0 to 9';
        read.rejected.push({ index, code: 'VALIDATION_FAILED', field: 'priority', message });
        continue;
      }
      const phone = normalisePhone(person['phone'], country);
      if (phone.ok) read.priorities.set(phone.e164, priority as number);
    }
    read.taken.push(isObject ? person : entry);
    read.places.push(index);
  }
  return read;
}

function byPriority(
  people: readonly { readonly contactId: Types.ObjectId; readonly phone: string }[],
  priorities: ReadonlyMap<string, number>,
): Map<number, Types.ObjectId[]> {
  const groups = new Map<number, Types.ObjectId[]>();
  for (const { contactId, phone } of people) {
    const priority = priorities.get(phone);
    if (priority !== undefined) groups.set(priority, [...(groups.get(priority) ?? []), contactId]);
  }
  return groups;
}
