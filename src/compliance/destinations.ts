import { areaCodeOf, kindOfAreaCode } from './area-codes.ts';
import type { Phone, PhoneKind } from './phone.ts';

/** Countries whose rules about calling are known to us; any other is blocked until an operator names it. */
export const countriesWithRules: readonly string[] = ['AU', 'CA', 'DE', 'FR', 'GB', 'US'];

/** Plans shared by neighbours: their numbers look alike, and the same law governs who may be called. */
const sharedPlans: Readonly<Record<string, string>> = { GG: 'GB', IM: 'GB', JE: 'GB' };

const neverCalled: Partial<Record<PhoneKind, string>> = {
  'toll-free': 'toll-free',
  premium: 'premium rate',
  'shared-cost': 'shared cost',
  personal: 'personal',
  pager: 'pager',
  voicemail: 'voicemail',
};

/** What makes a number one that is never called; undefined for an ordinary one. */
export function specialNumber({ e164, kind }: Phone): string | undefined {
  const byKind = neverCalled[kind];
  if (byKind) return byKind;
  // Metadata does not call a number by its kind when that number is not assigned yet; its area code does.
  const code = areaCodeOf(e164);
  const kindOfCode = code === undefined ? undefined : kindOfAreaCode(code);
  if (kindOfCode) return kindOfCode;
  return e164.length < 9 ? 'short' : undefined;
}

/** The country whose law governs a number; undefined for plans that belong to none, and for area codes in no table. */
export const governingCountry = ({ country }: Pick<Phone, 'country'>): string | undefined =>
  country && (sharedPlans[country] ?? country);

/** The destination as people call it when it may not be called; undefined when it may. */
export function blockedCountry({ e164, country }: Phone, allowed: readonly string[]): string | undefined {
  const governs = governingCountry({ country });
  if (governs) return [governs, country].some(each => each && allowed.includes(each)) ? undefined : country;
  // New area codes are dialled before they are in the tables; where they lie is another rule's question.
  if (e164.startsWith('+1') && (allowed.includes('US') || allowed.includes('CA'))) return undefined;
  return 'satellites, audiotext and other shared plans';
}
