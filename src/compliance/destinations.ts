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

// By area code as well: metadata does not call a number by its kind when that number is not assigned yet.
const northAmericanSpecial =
  /^\+1(?:(8(?:00|22|33|44|55|66|77|88))|(900|976)|(5(?:00|2[1-9]|3[23]|44|66|77|88)|700|710|456|600))/;

/** What makes a number one that is never called; undefined for an ordinary one. */
export function specialNumber({ e164, kind }: Phone): string | undefined {
  const byKind = neverCalled[kind];
  if (byKind) return byKind;
  const [, tollFree, premium, personal] = northAmericanSpecial.exec(e164) ?? [];
  if (tollFree) return 'toll-free';
  if (premium) return 'premium rate';
  if (personal) return 'personal';
  return e164.length < 9 ? 'short' : undefined;
}

/** The destination as people call it when it may not be called; undefined when it may. */
export function blockedCountry({ e164, country }: Phone, allowed: readonly string[]): string | undefined {
  const governs = country && (sharedPlans[country] ?? country);
  if (governs) return allowed.includes(governs) || allowed.includes(country) ? undefined : country;
  // New area codes are dialled before they are in the tables; where they lie is another rule's question.
  if (e164.startsWith('+1') && (allowed.includes('US') || allowed.includes('CA'))) return undefined;
  return 'satellites, audiotext and other shared plans';
}
