import { normalisePhone } from '../compliance/phone.ts';
import { type ConsentKind, consentKinds } from './consent-state.ts';

export type CustomValue = string | number | boolean;

/** What is known of a person, checked: only fields that were given, and given with something in them. */
export interface ContactEntry {
  readonly phone: string;
  readonly firstName?: string;
  readonly lastName?: string;
  readonly email?: string;
  readonly company?: string;
  readonly role?: string;
  readonly language?: string;
  readonly timeZone?: string;
  readonly tags?: readonly string[];
  readonly customFields?: Readonly<Record<string, CustomValue>>;
  readonly consent?: GivenConsent;
}

export interface GivenConsent {
  readonly kind: ConsentKind;
  readonly at: Date;
  readonly source: string;
  readonly text: string | null;
}

/** What is wrong with one field, in words that fit behind its name. */
export interface EntryProblem {
  readonly field: string;
  readonly problem: string;
}

export type CheckedEntry =
  | { readonly ok: true; readonly entry: ContactEntry }
  | ({ readonly ok: false } & EntryProblem);

export const textFields = ['firstName', 'lastName', 'company', 'role'] as const;
export const contactLimits = { text: 200, tags: 50, tag: 60, customFields: 100, customText: 1000, consentText: 10_000 };

/** Fields that a person's record may be given by a client; `name` is split into its parts. */
const known = new Set([
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
  'customFields',
  'consent',
]);

class Refused extends Error {
  readonly field: string;

  constructor(field: string, problem: string) {
    super(problem);
    this.field = field;
  }
}

/**
 * Checks one person as a client or a file gives it. Empty texts and nulls are the same as not given. Numbers without + are read in
 * `country`; `now` is the latest a consent may have been given.
 */
export function checkEntry(raw: unknown, { country, now }: { country: string; now: Date }): CheckedEntry {
  try {
    return { ok: true, entry: entryOf(raw, country, now) };
  } catch (error) {
    if (error instanceof Refused) return { ok: false, field: error.field, problem: error.message };
    throw error;
  }
}

/** The same for fields without a number: changes to somebody who is known already. */
export function checkFields(
  raw: unknown,
  now: Date,
): { ok: true; fields: Omit<ContactEntry, 'phone'> } | ({ ok: false } & EntryProblem) {
  try {
    return { ok: true, fields: fieldsOf(objectOf(raw), now) };
  } catch (error) {
    if (error instanceof Refused) return { ok: false, field: error.field, problem: error.message };
    throw error;
  }
}

function entryOf(raw: unknown, country: string, now: Date): ContactEntry {
  const given = objectOf(raw);
  const phone = normalisePhone(given['phone'], country);
  if (!phone.ok) throw new Refused('phone', phone.message);
  return { phone: phone.e164, ...fieldsOf(given, now) };
}

function objectOf(raw: unknown): Record<string, unknown> {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) throw new Refused('', 'must be an object');
  for (const field of Object.keys(raw)) {
    if (!known.has(field))
      throw new Refused(field.slice(0, 60), 'is not a field of a contact; others go into customFields');
  }
  return raw as Record<string, unknown>;
}

function fieldsOf(given: Record<string, unknown>, now: Date): Omit<ContactEntry, 'phone'> {
  const fields: Record<string, unknown> = {};
  const name = text('name', given['name'], contactLimits.text * 2);
  if (name !== undefined) Object.assign(fields, splitName(name));
  for (const field of textFields) put(fields, field, text(field, given[field], contactLimits.text));
  put(fields, 'email', emailOf(given['email']));
  put(fields, 'language', languageOf(given['language']));
  put(fields, 'timeZone', timeZoneOf(given['timeZone']));
  put(fields, 'tags', tagsOf(given['tags']));
  put(fields, 'customFields', customFieldsOf(given['customFields']));
  put(fields, 'consent', consentOf(given['consent'], now));
  return fields;
}

const put = (fields: Record<string, unknown>, field: string, value: unknown): void => {
  if (value !== undefined) fields[field] = value;
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
const control = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;

/** A text without blanks around it; undefined when nothing is left. */
export function text(field: string, value: unknown, most: number): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw new Refused(field, 'must be a text');
  const trimmed = value.trim();
  if (trimmed.length > most) throw new Refused(field, `must have at most ${most} characters`);
  if (control.test(trimmed)) throw new Refused(field, 'contains control characters');
  return trimmed === '' ? undefined : trimmed;
}

/** "Ada M. Example" → Ada M. + Example; "Example, Ada" is the other way round. */
export function splitName(name: string): { firstName?: string; lastName?: string } {
  const comma = name.split(',').map(part => part.trim());
  if (comma.length === 2 && comma[0] && comma[1]) return { firstName: comma[1], lastName: comma[0] };
  const words = name.split(/\s+/);
  if (words.length === 1) return { firstName: name };
  return { firstName: words.slice(0, -1).join(' '), lastName: words.at(-1)! };
}

function emailOf(value: unknown): string | undefined {
  const email = text('email', value, 254);
  if (email !== undefined && !/^[^\s@,;<>"]{1,64}@[^\s@,;<>"]{1,190}$/.test(email))
    throw new Refused('email', 'is not an e-mail address');
  return email;
}

function languageOf(value: unknown): string | undefined {
  const language = text('language', value, 35);
  if (language === undefined) return undefined;
  try {
    return Intl.getCanonicalLocales(language.replaceAll('_', '-'))[0];
  } catch {
    throw new Refused('language', 'is not a language tag; write it as en or pt-BR');
  }
}

// Building a formatter costs a tenth of a millisecond, and a file names the same few zones a million times.
const zones = new Map<string, string | null>();

function timeZoneOf(value: unknown): string | undefined {
  const zone = text('timeZone', value, 64);
  if (zone === undefined) return undefined;
  let canonical = zones.get(zone);
  if (canonical === undefined) {
    canonical = canonicalZone(zone);
    if (zones.size > 2_000) zones.clear();
    zones.set(zone, canonical);
  }
  if (canonical === null)
    throw new Refused('timeZone', 'is not a time zone; use an IANA name such as America/New_York');
  return canonical;
}

function canonicalZone(zone: string): string | null {
  // Offsets say nothing about daylight saving, and so nothing about when somebody may be called in summer.
  if (/^[+-]/.test(zone)) return null;
  try {
    const resolved = new Intl.DateTimeFormat('en-US', { timeZone: zone }).resolvedOptions().timeZone;
    return resolved.toLowerCase() === zone.toLowerCase() ? resolved : zone;
  } catch {
    return null;
  }
}

export function tagsOf(value: unknown, field = 'tags'): readonly string[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) throw new Refused(field, 'must be a list of texts');
  const tags = value
    .map((tag, index) => text(`${field}.${index}`, tag, contactLimits.tag))
    .filter(tag => tag !== undefined);
  const unique = [...new Set(tags)];
  if (unique.length > contactLimits.tags) throw new Refused(field, `must have at most ${contactLimits.tags} entries`);
  return unique;
}

/** What the store takes as a field name and an agent as a variable. */
export const customKey = /^[\p{L}_][\p{L}\p{N}_ -]{0,59}$/u;
const reserved = new Set(['__proto__', 'constructor', 'prototype']);
export const isCustomKey = (key: string): boolean => customKey.test(key) && !reserved.has(key);

function customFieldsOf(value: unknown): Record<string, CustomValue> | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'object' || Array.isArray(value)) throw new Refused('customFields', 'must be an object');
  const entries = Object.entries(value);
  if (entries.length > contactLimits.customFields)
    throw new Refused('customFields', `must have at most ${contactLimits.customFields} entries`);
  const fields: Record<string, CustomValue> = {};
  for (const [key, entry] of entries) {
    if (!isCustomKey(key))
      throw new Refused(
        'customFields',
        'has a name that is not letters, digits, blanks, - and _ (at most 60, a letter first)',
      );
    if (entry === null) continue;
    if (typeof entry === 'number' ? !Number.isFinite(entry) : typeof entry !== 'string' && typeof entry !== 'boolean')
      throw new Refused(`customFields.${key}`, 'must be a text, a number, true or false');
    const checked = typeof entry === 'string' ? text(`customFields.${key}`, entry, contactLimits.customText) : entry;
    if (checked !== undefined) fields[key] = checked as CustomValue;
  }
  return fields;
}

const dateText = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?$/;

/** A moment as people and files write it, ISO 8601 alone: 03/04/2026 is two different days. Without a zone it is UTC. */
export function momentOf(field: string, value: unknown, now: Date): Date {
  const written = value instanceof Date ? value.toISOString() : text(field, value, 40);
  if (written === undefined) throw new Refused(field, 'is missing');
  const zoned = /[T ]/.test(written) && !/(Z|[+-]\d{2}:?\d{2})$/.test(written) ? `${written}Z` : written;
  const at = dateText.test(written) ? new Date(zoned.replace(' ', 'T')) : new Date(Number.NaN);
  // The thirtieth of February is read as the second of March otherwise.
  const day = new Date(`${written.slice(0, 10)}T00:00:00Z`);
  if (Number.isNaN(at.getTime()) || day.toISOString().slice(0, 10) !== written.slice(0, 10))
    throw new Refused(field, 'is not a date such as 2026-03-01 or 2026-03-01T12:00:00Z');
  // A clock a few minutes ahead is no lie; a consent of next year is.
  if (at.getTime() > now.getTime() + 10 * 60_000) throw new Refused(field, 'lies in the future');
  return at;
}

function consentOf(value: unknown, now: Date): GivenConsent | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'object' || Array.isArray(value)) throw new Refused('consent', 'must be an object');
  const { kind, at, source, text: words, ...others } = value as Record<string, unknown>;
  const [other] = Object.keys(others);
  if (other !== undefined) throw new Refused(`consent.${other.slice(0, 60)}`, 'is not a field of a consent');
  if (!consentKinds.includes(kind as ConsentKind))
    throw new Refused('consent.kind', `must be one of ${consentKinds.join(', ')}`);
  const proof = text('consent.source', source, contactLimits.text);
  if (proof === undefined)
    throw new Refused('consent.source', 'is missing; a consent without its source proves nothing');
  return {
    kind: kind as ConsentKind,
    at: momentOf('consent.at', at, now),
    source: proof,
    text: text('consent.text', words, contactLimits.consentText) ?? null,
  };
}
