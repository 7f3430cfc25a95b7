import type { Types } from 'mongoose';
import { type ConsentEvent, consentStanding, joinHistories } from './consent-state.ts';
import { type Contact, nameKeysOf, reversedDigits } from './contact-document.ts';
import type { ContactEntry } from './contact-entry.ts';

/** Where entries come from and what all of them get. */
export interface EntryContext {
  readonly lists: readonly Types.ObjectId[];
  readonly tags: readonly string[];
  /** Kept with new contacts: `api`, `import:<id>`, `campaign:<id>`. */
  readonly origin: string;
  /** Who vouches for what is written down about consent. */
  readonly by: string;
  readonly now: Date;
}

const newerWins = ['firstName', 'lastName', 'email', 'company', 'role', 'language', 'timeZone'] as const;

export const mostConsentEvents = 1_000;

/**
 * The one rule for two records of one number: newer values that are not empty win, tags, lists and custom fields are united (of one
 * custom field the newer value wins), and the histories of consent are joined, so that a consent or a withdrawal is never lost.
 * Returns only what changes.
 */
export function mergeInto(known: Contact, entry: ContactEntry, context: EntryContext): Partial<Contact> {
  const changes: Record<string, unknown> = {};
  for (const field of newerWins) {
    const value = entry[field];
    if (value !== undefined && value !== known[field]) changes[field] = value;
  }
  if ('firstName' in changes || 'lastName' in changes) {
    const { firstName, lastName } = { ...known, ...changes } as Contact;
    changes['nameKeys'] = nameKeysOf(firstName, lastName);
  }
  const tags = united(known.tags, [...(entry.tags ?? []), ...context.tags], String);
  if (tags) changes['tags'] = tags;
  const lists = united(known.lists, context.lists, list => list.toHexString());
  if (lists) changes['lists'] = lists;
  const custom = Object.entries(entry.customFields ?? {}).filter(([key, value]) => known.customFields[key] !== value);
  if (custom.length > 0) changes['customFields'] = { ...known.customFields, ...Object.fromEntries(custom) };
  const given = consentEventOf(entry, context);
  if (given) Object.assign(changes, withConsent(known.consentHistory ?? [], given));
  return changes as Partial<Contact>;
}

/** The history with one more event, and what it amounts to then; nothing when the event is known already. */
export function withConsent(history: readonly ConsentEvent[], event: ConsentEvent): Partial<Contact> {
  const consentHistory = joinHistories(history, [event]);
  return consentHistory === history ? {} : { consentHistory, ...consentStanding(consentHistory) };
}

/** A contact that was not known before. */
export function newContact(entry: ContactEntry, context: EntryContext): Contact {
  const blank: Contact = {
    phone: entry.phone,
    phoneReversed: reversedDigits(entry.phone),
    firstName: null,
    lastName: null,
    nameKeys: [],
    email: null,
    company: null,
    role: null,
    language: null,
    timeZone: null,
    tags: [],
    lists: [],
    customFields: {},
    consent: null,
    consentWithdrawn: null,
    consentHistory: [],
    origin: context.origin,
    batch: null,
  };
  return { ...blank, ...mergeInto(blank, entry, context) };
}

/** What a client or a file says about consent, as an event of the history. */
export function consentEventOf({ consent }: ContactEntry, { by, now }: EntryContext): ConsentEvent | null {
  return consent ? { event: 'given', ...consent, by, recordedAt: now } : null;
}

function united<V>(known: readonly V[], added: readonly V[], keyOf: (value: V) => string): readonly V[] | undefined {
  const all = new Map(known.map(value => [keyOf(value), value]));
  for (const value of added) all.set(keyOf(value), all.get(keyOf(value)) ?? value);
  return all.size === known.length ? undefined : [...all.values()];
}
