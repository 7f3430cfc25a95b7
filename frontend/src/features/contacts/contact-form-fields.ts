import type { ContactsCreatePayload, ContactsPartialUpdatePayload } from '../../lib/api-types.ts';
import { tagsOf } from '../../lib/tags.ts';
import type { Contact } from './api/contacts.ts';

/** What is typed into the form of a person. */
export interface ContactFields {
  readonly phone: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly email: string;
  readonly company: string;
  readonly role: string;
  readonly language: string;
  readonly timeZone: string;
  readonly tags: string;
  readonly lists: readonly string[];
}

export const textNames = ['firstName', 'lastName', 'email', 'company', 'role', 'language', 'timeZone'] as const;

export function fieldsOf(contact: Contact | undefined): ContactFields {
  const texts = Object.fromEntries(textNames.map(name => [name, contact?.[name] ?? '']));
  return {
    ...(texts as Pick<ContactFields, (typeof textNames)[number]>),
    phone: contact?.phone ?? '',
    tags: contact?.tags.join(', ') ?? '',
    lists: contact?.lists ?? [],
  };
}

/** A new person: only what was filled in. */
export function newContact(fields: ContactFields): ContactsCreatePayload {
  const filled = textNames.map(name => [name, fields[name].trim()] as const).filter(([, value]) => value !== '');
  const tags = tagsOf(fields.tags);
  return {
    phone: fields.phone.trim(),
    ...Object.fromEntries(filled),
    ...(tags.length > 0 ? { tags } : {}),
    ...(fields.lists.length > 0 ? { lists: [...fields.lists] } : {}),
  };
}

/** What was changed of a person, and nothing else: two who change different fields at once lose nothing. Null when nothing was. */
export function contactChange(before: ContactFields, after: ContactFields): ContactsPartialUpdatePayload | null {
  const change: Record<string, unknown> = {};
  for (const name of textNames) {
    const value = after[name].trim();
    if (value !== before[name].trim()) change[name] = value === '' ? null : value;
  }
  if (tagsOf(after.tags).join() !== tagsOf(before.tags).join()) change['tags'] = tagsOf(after.tags);
  if ([...after.lists].sort().join() !== [...before.lists].sort().join()) change['lists'] = [...after.lists];
  return Object.keys(change).length === 0 ? null : change;
}
