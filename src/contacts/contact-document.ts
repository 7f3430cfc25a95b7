import { Schema, type Types } from 'mongoose';
import { defineSchema, phoneField } from '../store/schema.ts';
import { type Consent, type ConsentEvent, type ConsentWithdrawal, consentKinds } from './consent-state.ts';
import type { CustomValue } from './contact-entry.ts';

/** A person who may be called. One document per number. */
export interface Contact {
  readonly phone: string;
  /** The digits from the last to the first: what ends alike begins alike, and an index finds it. */
  readonly phoneReversed: string;
  readonly firstName: string | null;
  readonly lastName: string | null;
  /** In small letters: the whole name, and the last name alone. */
  readonly nameKeys: readonly string[];
  readonly email: string | null;
  readonly company: string | null;
  readonly role: string | null;
  readonly language: string | null;
  readonly timeZone: string | null;
  readonly tags: readonly string[];
  readonly lists: readonly Types.ObjectId[];
  readonly customFields: Readonly<Record<string, CustomValue>>;
  /** What stands of the history, so that whoever dials needs not work it out. */
  readonly consent: Consent | null;
  readonly consentWithdrawn: ConsentWithdrawal | null;
  readonly consentHistory: readonly ConsentEvent[];
  /** Where the record came from: an import, a campaign, a person. */
  readonly origin: string;
  /** The last batch that wrote it, so that a batch written again after a crash finds what it did already. */
  readonly batch: ContactBatch | null;
}

export interface ContactBatch {
  readonly token: string;
  readonly added: boolean;
}

const text = { type: String, default: null, maxlength: 254 } as const;

const proof = { at: { type: Date, required: true }, source: { type: String, required: true }, text: String };
const consent = new Schema({ kind: { type: String, required: true, enum: consentKinds }, ...proof }, { _id: false });
const withdrawal = new Schema(proof, { _id: false });
const consentEvent = new Schema(
  {
    event: { type: String, required: true, enum: ['given', 'withdrawn'] },
    kind: { type: String, default: null },
    at: { type: Date, required: true },
    source: { type: String, required: true },
    text: { type: String, default: null },
    by: { type: String, required: true },
    recordedAt: { type: Date, required: true },
  },
  { _id: false },
);

const newestFirst = { createdAt: -1, _id: -1 } as const;

export const contactSchema = defineSchema(
  {
    phone: phoneField,
    phoneReversed: { type: String, default: '' },
    firstName: text,
    lastName: text,
    nameKeys: { type: [String], default: [] },
    email: text,
    company: text,
    role: text,
    language: text,
    timeZone: text,
    tags: { type: [String], default: [] },
    lists: { type: [Schema.Types.ObjectId], default: [] },
    customFields: { type: Schema.Types.Mixed, default: {} },
    consent: { type: consent, default: null },
    consentWithdrawn: { type: withdrawal, default: null },
    consentHistory: { type: [consentEvent], default: [] },
    origin: { type: String, default: 'api' },
    batch: { type: new Schema({ token: String, added: Boolean }, { _id: false }), default: null },
  },
  {
    indexes: [
      { keys: { phone: 1 }, unique: true },
      { keys: newestFirst },
      { keys: { lists: 1, ...newestFirst } },
      // What joined a list lately: campaigns follow their lists by it.
      { keys: { lists: 1, updatedAt: 1, _id: 1 } },
      { keys: { tags: 1, ...newestFirst } },
      { keys: { 'consent.kind': 1, ...newestFirst } },
      { keys: { language: 1, ...newestFirst } },
      { keys: { lastName: 1, _id: 1 } },
      { keys: { nameKeys: 1, ...newestFirst } },
      { keys: { phoneReversed: 1, ...newestFirst } },
    ],
  },
);

export const reversedDigits = (phone: string): string => [...phone.replace(/\D/g, '')].reverse().join('');

/** What a search by the beginning of a name looks at. */
export function nameKeysOf(firstName: string | null, lastName: string | null): string[] {
  const full = [firstName, lastName].filter(part => part !== null).join(' ');
  return [...new Set([full, lastName ?? ''])].filter(key => key !== '').map(nameKey);
}

/** Names compare in small letters, composed, with single blanks. */
export const nameKey = (name: string): string => name.normalize('NFC').toLowerCase().replace(/\s+/g, ' ').trim();
