import type { Types } from 'mongoose';
import { AppError } from '../errors.ts';
import type { Stored } from '../store/schema.ts';
import type { Contact } from './contact-document.ts';
import type { ContactEntry } from './contact-entry.ts';
import { type EntryContext, mergeInto, mostConsentEvents, newContact } from './contact-merge.ts';
import type { ContactRepository, ContactWrite } from './contact-repository.ts';

/** What became of one entry. */
export type EntryOutcome =
  | { readonly kind: 'added' | 'merged'; readonly id: string; readonly phone: string }
  | { readonly kind: 'rejected'; readonly field: string; readonly problem: string };

const mostRounds = 10;

/**
 * Adds people who were checked before, at most a thousand numbers, and merges whoever is known. A batch that is written again with its
 * token tells the same of every entry as the first time, although a crash kept its answer from arriving.
 */
export async function addEntries(
  repository: Pick<ContactRepository, 'withPhones' | 'writeBatch'>,
  entries: readonly ContactEntry[],
  context: EntryContext,
  token: string,
): Promise<EntryOutcome[]> {
  const byPhone = new Map<string, { index: number; entry: ContactEntry }[]>();
  for (const [index, entry] of entries.entries()) {
    const same = byPhone.get(entry.phone);
    if (same) same.push({ index, entry });
    else byPhone.set(entry.phone, [{ index, entry }]);
  }
  const outcomes: EntryOutcome[] = new Array(entries.length);
  let open = [...byPhone.keys()];
  for (let round = 0; open.length > 0; round += 1) {
    // Whoever lost this often against others meets writers that never rest.
    if (round === mostRounds)
      throw new AppError('VERSION_CONFLICT', 'Others keep changing the same contacts; try again');
    const known = new Map((await repository.withPhones(open)).map(contact => [contact.phone, contact]));
    const writes: ContactWrite[] = [];
    const planned: { phone: string; key: string; added: boolean }[] = [];
    for (const phone of open) {
      const wanted = byPhone.get(phone)!;
      const contact = known.get(phone);
      if (contact?.batch?.token === token) {
        settle(outcomes, wanted, contact._id, contact.batch.added);
        continue;
      }
      const intent = plan(contact, wanted, context, token);
      if ('problem' in intent) {
        for (const { index } of wanted) outcomes[index] = { kind: 'rejected', ...intent };
      } else if (intent.write) {
        writes.push(intent.write);
        planned.push({ phone, key: contact?._id.toHexString() ?? phone, added: !contact });
      } else {
        settle(outcomes, wanted, contact!._id, false);
      }
    }
    const written = writes.length > 0 ? await repository.writeBatch(writes) : undefined;
    open = [];
    for (const { phone, key, added } of planned) {
      const id = written?.get(key);
      if (id) settle(outcomes, byPhone.get(phone)!, id, added);
      else open.push(phone);
    }
  }
  return outcomes;
}

function settle(
  outcomes: EntryOutcome[],
  wanted: readonly { index: number; entry: ContactEntry }[],
  id: Types.ObjectId,
  added: boolean,
): void {
  for (const [place, { index, entry }] of wanted.entries()) {
    outcomes[index] = { kind: added && place === 0 ? 'added' : 'merged', id: id.toHexString(), phone: entry.phone };
  }
}

/** The write that all entries of one number amount to; none when they say nothing new. */
function plan(
  contact: Stored<Contact> | undefined,
  wanted: readonly { entry: ContactEntry }[],
  context: EntryContext,
  token: string,
): { write: ContactWrite | undefined } | { field: string; problem: string } {
  const entries = wanted.map(({ entry }) => entry);
  if (!contact) {
    let fresh = newContact(entries[0]!, context);
    for (const entry of entries.slice(1)) fresh = { ...fresh, ...mergeInto(fresh, entry, context) };
    return { write: { kind: 'new', contact: { ...fresh, batch: { token, added: true } } } };
  }
  let changes: Partial<Contact> = {};
  for (const entry of entries) changes = { ...changes, ...mergeInto({ ...contact, ...changes }, entry, context) };
  if (Object.keys(changes).length === 0) return { write: undefined };
  const events = changes.consentHistory?.length ?? 0;
  if (events > mostConsentEvents)
    return { field: 'consent', problem: `has ${mostConsentEvents} entries in its history already` };
  const set = { ...changes, batch: { token, added: false } };
  return { write: { kind: 'change', id: contact._id, version: contact.version, set } };
}
