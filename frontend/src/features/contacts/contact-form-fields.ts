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
  readonly own: readonly OwnField[];
}

/** A field that a file or somebody gave this person, as it is typed. */
export interface OwnField {
  readonly name: string;
  readonly type: 'text' | 'number' | 'boolean';
  readonly value: string;
}

type OwnValues = Contact['customFields'];

const ownFieldsOf = (values: OwnValues): OwnField[] =>
  Object.entries(values).map(([name, value]) => ({
    name,
    type: typeof value === 'string' ? 'text' : typeof value === 'number' ? 'number' : 'boolean',
    value: typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value),
  }));

const ownName = /^[\p{L}_][\p{L}\p{N}_ -]{0,59}$/u;
const typedOwn = ({ type, value }: OwnField): string | number | boolean =>
  type === 'number' ? Number(value.trim().replace(',', '.')) : type === 'boolean' ? value === 'yes' : value.trim();

export type OwnProblem = 'name' | 'twice' | 'number';

/** What is wrong with each of the own fields, by its place. Names that were there before are the server's business. */
export function ownProblems(own: readonly OwnField[], before: readonly OwnField[]): (OwnProblem | undefined)[] {
  const names = own.map(({ name }) => name.trim());
  return own.map(({ type, value }, at) => {
    const name = names[at] ?? '';
    if (names.indexOf(name) !== at) return 'twice';
    if (!ownName.test(name) && before.every(each => each.name !== name)) return 'name';
    if (type === 'number' && (value.trim() === '' || !Number.isFinite(typedOwn({ name, type, value }))))
      return 'number';
    return undefined;
  });
}

/** What of the own fields was changed: new values, and null for those that were taken away or emptied. */
function ownChange(
  before: readonly OwnField[],
  after: readonly OwnField[],
): Record<string, string | number | boolean | null> {
  const change: Record<string, string | number | boolean | null> = {};
  const kept = new Map(after.map(field => [field.name.trim(), field]));
  for (const { name } of before) if (!kept.has(name)) change[name] = null;
  for (const [name, field] of kept) {
    const known = before.find(each => each.name === name);
    if (known && known.type === field.type && known.value === field.value) continue;
    const value = typedOwn(field);
    if (value !== '') change[name] = value;
    else if (known) change[name] = null;
  }
  return change;
}

export const textNames = ['firstName', 'lastName', 'email', 'company', 'role', 'language', 'timeZone'] as const;

export function fieldsOf(contact: Contact | undefined): ContactFields {
  const texts = Object.fromEntries(textNames.map(name => [name, contact?.[name] ?? '']));
  return {
    ...(texts as Pick<ContactFields, (typeof textNames)[number]>),
    phone: contact?.phone ?? '',
    tags: contact?.tags.join(', ') ?? '',
    lists: contact?.lists ?? [],
    own: ownFieldsOf(contact?.customFields ?? {}),
  };
}

/** A new person: only what was filled in. */
export function newContact(fields: ContactFields): ContactsCreatePayload {
  const filled = textNames.map(name => [name, fields[name].trim()] as const).filter(([, value]) => value !== '');
  const tags = tagsOf(fields.tags);
  const customFields = ownChange([], fields.own) as OwnValues;
  return {
    phone: fields.phone.trim(),
    ...Object.fromEntries(filled),
    ...(tags.length > 0 ? { tags } : {}),
    ...(fields.lists.length > 0 ? { lists: [...fields.lists] } : {}),
    ...(Object.keys(customFields).length > 0 ? { customFields } : {}),
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
  const own = ownChange(before.own, after.own);
  if (Object.keys(own).length > 0) change['customFields'] = own;
  return Object.keys(change).length === 0 ? null : change;
}
