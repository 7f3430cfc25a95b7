import type { Stored } from '../store/schema.ts';
import { standingConsents } from './consent-state.ts';
import type { Contact } from './contact-document.ts';
import type { CustomValue } from './contact-entry.ts';
import type { KnownContact } from './contacts.types.ts';

export interface ProofView {
  readonly at: string;
  readonly source: string;
  readonly text?: string;
}

/** A contact as the API shows it; the history comes with a single one only. */
export interface ContactView {
  readonly id: string;
  readonly phone: string;
  readonly name: string | null;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly email: string | null;
  readonly company: string | null;
  readonly role: string | null;
  readonly language: string | null;
  readonly timeZone: string | null;
  readonly tags: readonly string[];
  readonly lists: readonly string[];
  readonly customFields: Readonly<Record<string, CustomValue>>;
  readonly consent: (ProofView & { readonly kind: string }) | null;
  readonly consentWithdrawn: ProofView | null;
  readonly consentHistory?: readonly Record<string, unknown>[];
  readonly origin: string;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export const contactFields = [
  'id',
  'phone',
  'name',
  'firstName',
  'lastName',
  'email',
  'company',
  'role',
  'language',
  'timeZone',
  'tags',
  'lists',
  'customFields',
  'consent',
  'consentWithdrawn',
  'origin',
  'createdAt',
  'updatedAt',
] as const;

/** First and last name as one; null when neither is known. */
export const nameOf = ({ firstName, lastName }: Pick<Contact, 'firstName' | 'lastName'>): string | null =>
  [firstName, lastName].filter(part => part !== null && part !== '').join(' ') || null;

export function contactView(contact: Stored<Contact>): ContactView {
  const { consent, consentWithdrawn, consentHistory } = contact;
  return {
    id: contact._id.toHexString(),
    phone: contact.phone,
    name: nameOf(contact),
    firstName: contact.firstName,
    lastName: contact.lastName,
    email: contact.email,
    company: contact.company,
    role: contact.role,
    language: contact.language,
    timeZone: contact.timeZone,
    tags: contact.tags,
    lists: contact.lists.map(list => list.toHexString()),
    customFields: contact.customFields,
    consent: consent && { kind: consent.kind, ...proofView(consent) },
    consentWithdrawn: consentWithdrawn ? proofView(consentWithdrawn) : null,
    ...(consentHistory
      ? {
          consentHistory: consentHistory.map(({ at, recordedAt, ...event }) => ({
            ...event,
            at: at.toISOString(),
            recordedAt: recordedAt.toISOString(),
          })),
        }
      : {}),
    origin: contact.origin,
    createdAt: contact.createdAt.toISOString(),
    updatedAt: contact.updatedAt.toISOString(),
  };
}

const proofView = ({ at, source, text }: { at: Date; source: string; text?: string }): ProofView => ({
  at: at.toISOString(),
  source,
  ...(text === undefined ? {} : { text }),
});

/** A contact as other features see it. */
export const knownContact = (contact: Stored<Contact>): KnownContact => ({
  id: contact._id.toHexString(),
  phone: contact.phone,
  name: nameOf(contact),
  firstName: contact.firstName,
  lastName: contact.lastName,
  email: contact.email,
  company: contact.company,
  role: contact.role,
  language: contact.language,
  timeZone: contact.timeZone,
  consent: contact.consent,
  consents: standingConsents(contact.consentHistory ?? []),
  consentWithdrawn: contact.consentWithdrawn ?? null,
  customFields: contact.customFields,
});
