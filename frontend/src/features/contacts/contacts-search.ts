import { present, type RawSearch, readId, readOneOf, readWord } from '../../lib/address-words.ts';
import type { Query } from '../../lib/http.ts';

export const consentChoices = ['none', 'express', 'express-written'] as const;
export const contactOrders = ['oldest', 'name'] as const;

/** What of the list of people lives in its address. */
export interface ContactsSearch {
  /** How a name begins, or the last digits of a number. */
  readonly q?: string;
  readonly list?: string;
  readonly tag?: string;
  readonly consent?: (typeof consentChoices)[number];
  readonly language?: string;
  readonly order?: (typeof contactOrders)[number];
  /** The columns, by their ids; those that are usual without it. */
  readonly cols?: string;
}

/** Reads an address that anybody may have written, or a view that an earlier version saved. */
export function readContactsSearch(raw: RawSearch): ContactsSearch {
  return present({
    q: readWord(raw, 'q')?.slice(0, 100),
    list: readId(raw, 'list'),
    tag: readWord(raw, 'tag')?.slice(0, 60),
    consent: readOneOf(raw, 'consent', consentChoices),
    language: readWord(raw, 'language')?.slice(0, 35),
    order: readOneOf(raw, 'order', contactOrders),
    cols: readWord(raw, 'cols')?.slice(0, 300),
  });
}

/** Digits, with whatever people write between them, are a number; anything else is the beginning of a name. */
const isNumber = (typed: string): boolean => /^[-+ ()./0-9]+$/.test(typed);
export const tooFewDigits = (typed: string | undefined): boolean =>
  typed !== undefined && isNumber(typed) && typed.replace(/\D/g, '').length < 3;

/** The list's filters as the server takes them. */
export const queryOf = ({ q, list, tag, consent, language }: ContactsSearch): Query =>
  present({
    list,
    tag,
    consent,
    language,
    ...(q === undefined || tooFewDigits(q) ? {} : isNumber(q) ? { phone: q } : { name: q }),
  });

export const sortOf = ({ order }: ContactsSearch): string | undefined =>
  order === 'oldest' ? 'createdAt' : order === 'name' ? 'lastName' : undefined;

const filterNames = ['q', 'list', 'tag', 'consent', 'language'] as const;

/** How many filters beside the search leave somebody out. */
export const filterCount = (search: ContactsSearch): number =>
  filterNames.filter(name => name !== 'q' && search[name] !== undefined).length;
export const filters = (search: ContactsSearch): boolean => filterNames.some(name => search[name] !== undefined);

export const withoutFilters = (search: ContactsSearch): ContactsSearch =>
  present(Object.fromEntries(Object.entries(search).filter(([name]) => !filterNames.includes(name as 'q'))));
