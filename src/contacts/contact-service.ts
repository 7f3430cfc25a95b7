import { randomUUID } from 'node:crypto';
import type { Types } from 'mongoose';
import { AppError } from '../errors.ts';
import { answered } from '../store/gathered.ts';
import { asId, asScalar, invalidField } from '../store/scalar.ts';
import type { Stored } from '../store/schema.ts';
import type { ConsentEvent } from './consent-state.ts';
import { addEntries } from './contact-adding.ts';
import { type Contact, nameKeysOf } from './contact-document.ts';
import { type ContactEntry, checkEntry, checkFields } from './contact-entry.ts';
import type { ContactListRepository } from './contact-list-repository.ts';
import { type EntryContext, mostConsentEvents, withConsent } from './contact-merge.ts';
import type { ContactRemoval } from './contact-removal.ts';
import type { ContactRepository } from './contact-repository.ts';
import { knownContact } from './contact-view.ts';
import type { AddContext, AddReport, Contacts, RejectedEntry } from './contacts.types.ts';

export interface ContactService extends Contacts {
  /** Adds one person or merges into who is known; throws `VALIDATION_FAILED` naming the field. */
  addOne(raw: Record<string, unknown>, by: string): Promise<{ contact: Stored<Contact>; added: boolean }>;
  /** Throws `CONTACT_NOT_FOUND`. */
  get(id: string): Promise<Stored<Contact>>;
  /** Sets what is given; null and empty texts clear. Tags and lists are replaced, custom fields one by one. */
  change(id: string, changes: ContactChanges): Promise<Stored<Contact>>;
  /** Adds one event to the history of consent. */
  noteConsent(id: string, note: ConsentNote, by: string): Promise<Stored<Contact>>;
  /** Out of every queue, off the calls, and gone; throws `CONTACT_NOT_FOUND`. */
  remove(id: string): Promise<void>;
}

export interface ContactChanges {
  readonly lists?: readonly string[];
  readonly tags?: readonly string[] | null;
  readonly customFields?: Readonly<Record<string, string | number | boolean | null>> | null;
  readonly [field: string]: unknown;
}

export interface ConsentNote {
  readonly event: 'given' | 'withdrawn';
  readonly kind?: string;
  readonly at?: string;
  readonly source: string;
  readonly text?: string;
}

export interface ContactServiceOptions {
  readonly repository: ContactRepository;
  readonly lists: Pick<ContactListRepository, 'findById'>;
  readonly removal: ContactRemoval;
  readonly defaultCountry: string;
  readonly now: () => Date;
}

export const mostEntries = 1_000;
const mostTries = 8;
const clearable = ['firstName', 'lastName', 'email', 'company', 'role', 'language', 'timeZone'] as const;

export function createContacts({
  repository,
  lists: listRepository,
  removal,
  defaultCountry,
  now,
}: ContactServiceOptions): ContactService {
  async function listIds(lists: readonly (Types.ObjectId | string)[] = []): Promise<Types.ObjectId[]> {
    const ids: Types.ObjectId[] = [];
    for (const [index, list] of lists.entries()) {
      const id = asId(`lists.${index}`, list);
      if (!id || !(await listRepository.findById(id)))
        throw invalidField(`lists.${index}`, 'is not a list that exists');
      ids.push(id);
    }
    return ids;
  }

  const contextOf = async ({ lists, tags = [], origin, by }: AddContext): Promise<EntryContext> => ({
    lists: await listIds(lists),
    tags,
    origin,
    by,
    now: now(),
  });

  const known = async (id: string): Promise<Stored<Contact>> => {
    const contact = await repository.findById(id);
    if (!contact) throw new AppError('CONTACT_NOT_FOUND', 'There is no contact with this id');
    return contact;
  };

  /** Reads, works out and writes, again when somebody else was faster. */
  async function rewrite(id: string, work: (contact: Stored<Contact>) => Partial<Contact>): Promise<Stored<Contact>> {
    for (let tries = 1; ; tries += 1) {
      const contact = await known(id);
      const set = work(contact);
      if (Object.keys(set).length === 0) return contact;
      try {
        return await repository.changeById(contact._id, { $set: set }, { version: contact.version });
      } catch (error) {
        if (!(error instanceof AppError && error.code === 'VERSION_CONFLICT') || tries === mostTries) throw error;
      }
    }
  }

  async function addAll(entries: readonly unknown[], context: AddContext): Promise<AddReport> {
    if (entries.length > mostEntries)
      throw invalidField('contacts', `must have at most ${mostEntries} entries; more of them are imported as a file`);
    const settings = await contextOf(context);
    const rejected: RejectedEntry[] = [];
    const taken: { index: number; entry: ContactEntry }[] = [];
    for (const [index, raw] of entries.entries()) {
      const checked = checkEntry(raw, { country: defaultCountry, now: settings.now });
      if (checked.ok) taken.push({ index, entry: checked.entry });
      else rejected.push(rejection(index, checked.field, checked.problem));
    }
    const outcomes = await addEntries(
      repository,
      taken.map(({ entry }) => entry),
      settings,
      randomUUID(),
    );
    const contacts = new Map<string, { id: string; phone: string }>();
    let [added, merged] = [0, 0];
    for (const [place, outcome] of outcomes.entries()) {
      if (outcome.kind === 'rejected') {
        rejected.push(rejection(taken[place]!.index, outcome.field, outcome.problem));
        continue;
      }
      if (outcome.kind === 'added') added += 1;
      else merged += 1;
      contacts.set(outcome.id, { id: outcome.id, phone: outcome.phone });
    }
    rejected.sort((left, right) => left.index - right.index);
    return { added, merged, rejected, contacts: [...contacts.values()] };
  }

  const withPhone = answered(async (phones: string[]) => {
    const found = new Map((await repository.withPhones([...new Set(phones)])).map(each => [each.phone, each]));
    return phones.map(each => found.get(each) ?? null);
  });
  const withId = answered(async (ids: string[]) => {
    const found = new Map((await repository.withIds([...new Set(ids)])).map(each => [each._id.toHexString(), each]));
    return ids.map(id => found.get(id) ?? null);
  });

  return {
    byPhone: async phone => {
      // Checked before it goes along with others.
      const contact = await withPhone(asScalar('phone', phone, 'string'));
      return contact && knownContact(contact);
    },
    byIds: async ids => (ids.length === 0 ? [] : (await repository.withIds(ids)).map(knownContact)),
    zonesOf: async ids =>
      new Map(
        (ids.length === 0 ? [] : await repository.withIds(ids)).flatMap(({ _id, timeZone, updatedAt }) =>
          timeZone ? [[_id.toHexString(), { name: timeZone, changedAt: updatedAt.getTime() }] as const] : [],
        ),
      ),
    byId: async id => {
      const key = asId('id', id);
      const contact = key ? await withId(key.toHexString()) : null;
      return contact && knownContact(contact);
    },
    add: addAll,
    async addOne(raw, by) {
      const { lists, ...person } = raw as { lists?: string[] };
      const { added, rejected, contacts } = await addAll([person], { ...(lists ? { lists } : {}), origin: 'api', by });
      const [problem] = rejected;
      if (problem) throw invalidField(problem.field || 'body', problem.message);
      return { contact: await known(contacts[0]!.id), added: added === 1 };
    },
    get: known,
    async change(id, { lists, customFields, phone, ...others }) {
      const checked = checkFields(others, now());
      if (!checked.ok) throw invalidField(checked.field || 'body', checked.problem);
      const custom = checkFields({ customFields: customFields ?? {} }, now());
      if (!custom.ok) throw invalidField(custom.field, custom.problem);
      const set: Record<string, unknown> = {};
      for (const field of clearable) {
        if (checked.fields[field] !== undefined) set[field] = checked.fields[field];
        else if (field in others) set[field] = null;
      }
      if (others['name'] === null) Object.assign(set, { firstName: null, lastName: null });
      if ('tags' in others) set['tags'] = checked.fields.tags ?? [];
      if (lists) set['lists'] = await listIds(lists);
      return rewrite(id, contact => {
        if (phone !== undefined) sameNumber(phone, contact.phone, defaultCountry);
        const changes: Record<string, unknown> = { ...set };
        if (customFields !== undefined)
          changes['customFields'] = changedFields(contact.customFields, customFields, custom.fields.customFields ?? {});
        const { firstName, lastName } = { ...contact, ...changes } as Contact;
        if ('firstName' in set || 'lastName' in set) changes['nameKeys'] = nameKeysOf(firstName, lastName);
        return changes as Partial<Contact>;
      });
    },
    async noteConsent(id, { event, kind = 'express', at, source, text }, by) {
      const moment = now();
      const consent = { kind, at: at ?? moment.toISOString(), source, ...(text === undefined ? {} : { text }) };
      const checked = checkFields({ consent }, moment);
      if (!checked.ok) throw invalidField(checked.field.replace(/^consent\./, ''), checked.problem);
      const given = checked.fields.consent!;
      const noted: ConsentEvent = {
        ...given,
        event,
        kind: event === 'given' ? given.kind : null,
        by,
        recordedAt: moment,
      };
      return rewrite(id, ({ consentHistory = [] }) => {
        // A withdrawal is always taken.
        if (event === 'given' && consentHistory.length >= mostConsentEvents)
          throw new AppError(
            'CONFLICT',
            `The history of this contact's consent has ${mostConsentEvents} entries already`,
          );
        return withConsent(consentHistory, noted);
      });
    },
    async remove(id) {
      await removal.remove(await known(id));
    },
    beforeDeleting: removal.beforeDeleting,
    async *onList(listId) {
      for await (const { _id, phone } of repository.inList(listId)) yield { id: _id.toHexString(), phone };
    },
    hasList: async listId => (await listRepository.findById(listId)) !== null,
    async changedOnList(listId, behind, atMost) {
      const found = await repository.changedInList(listId, behind, atMost);
      return found.map(({ _id, phone, updatedAt }) => ({ id: _id.toHexString(), phone, changedAt: updatedAt }));
    },
  };
}

const rejection = (index: number, field: string, problem: string): RejectedEntry => ({
  index,
  code: field === 'phone' ? 'INVALID_NUMBER' : 'VALIDATION_FAILED',
  field,
  message: field === '' ? problem : `${field} ${problem}`,
});

function sameNumber(written: unknown, phone: string, country: string): void {
  const checked = checkEntry({ phone: written }, { country, now: new Date(0) });
  if (checked.ok && checked.entry.phone === phone) return;
  throw invalidField(
    'phone',
    'cannot be changed, as consent belongs to a number; delete this contact and add another one',
  );
}

/** Keys that were given with null go, others are set. */
function changedFields(
  known: Contact['customFields'],
  given: ContactChanges['customFields'],
  checked: Contact['customFields'],
): Contact['customFields'] {
  if (given === null) return {};
  const kept = Object.entries(known).filter(([key]) => !Object.hasOwn(given ?? {}, key));
  return { ...Object.fromEntries(kept), ...checked };
}
