import { spacedNumber } from '../../lib/phone-number.ts';
import { contactsText } from '../../strings/contacts.ts';
import type { ListedContact } from './api/contacts.ts';

type Shown = Pick<ListedContact, 'name' | 'phone' | 'consent' | 'consentWithdrawn'>;

/** Whom a record is about; whoever may not see people is told by masked number. */
export const titleOf = ({ name, phone }: Pick<Shown, 'name' | 'phone'>): string => name ?? spacedNumber(phone);

/** What stands of a consent, in a word. */
export function consentWord({ consent, consentWithdrawn }: Pick<Shown, 'consent' | 'consentWithdrawn'>): string {
  if (consent) return contactsText.consents[consent.kind] ?? consent.kind;
  return contactsText.consents[consentWithdrawn ? 'withdrawn' : 'none'] ?? '';
}

/** "10:32 in Chicago"; null for a zone this browser does not know. */
export function timeThere(zone: string | null, now: number, locale?: string): string | null {
  if (zone === null) return null;
  try {
    const time = new Intl.DateTimeFormat(locale, { timeZone: zone, hour: '2-digit', minute: '2-digit' }).format(now);
    return contactsText.person.timeThere(time, (zone.split('/').at(-1) ?? zone).replaceAll('_', ' '));
  } catch {
    return null;
  }
}

/** Where a record, or a note in it, came from, in words. */
export function originWord(origin: string): string {
  const [kind = '', rest] = origin.split(':');
  return contactsText.person.origins[kind] ?? (rest === undefined ? origin : kind);
}
