import { present, type RawSearch, readCount, readId, readOneOf, readWord } from '../../lib/address-words.ts';
import { callDirections, callOutcomes, callStates } from '../../lib/call-values.ts';
import { momentsOf, type RangeSearch, readRange } from '../../lib/date-range.ts';
import type { Query } from '../../lib/http.ts';

/** What of the list of calls lives in its address. What is left out is as usual. */
export interface CallsSearch extends RangeSearch {
  /** Words that were said, or a number's digits. */
  readonly q?: string;
  readonly outcome?: (typeof callOutcomes)[number];
  readonly status?: (typeof callStates)[number];
  readonly result?: string;
  readonly direction?: (typeof callDirections)[number];
  readonly agent?: string;
  readonly campaign?: string;
  readonly contact?: string;
  /** Seconds that were talked. */
  readonly min?: number;
  readonly max?: number;
  readonly order?: 'oldest';
  /** The columns, by their ids; those that are usual without it. */
  readonly cols?: string;
  /** The form of a new call is open. */
  readonly place?: true;
}

/** Reads an address that anybody may have written, or a view that an earlier version saved. */
export function readCallsSearch(raw: RawSearch): CallsSearch {
  return present({
    q: readWord(raw, 'q')?.slice(0, 200),
    outcome: readOneOf(raw, 'outcome', callOutcomes),
    status: readOneOf(raw, 'status', callStates),
    result: readWord(raw, 'result')?.slice(0, 60),
    direction: readOneOf(raw, 'direction', callDirections),
    agent: readId(raw, 'agent'),
    campaign: readId(raw, 'campaign'),
    contact: readId(raw, 'contact'),
    min: readCount(raw, 'min'),
    max: readCount(raw, 'max'),
    order: readOneOf(raw, 'order', ['oldest'] as const),
    cols: readWord(raw, 'cols'),
    place: raw['place'] === true ? true : undefined,
    ...readRange(raw),
  });
}

/** What is asked of the server for it. */
export function queryOf(search: CallsSearch, now: number): Query {
  const { since, until } = momentsOf(search, now);
  return present({
    ...wordsOf(search.q),
    outcome: search.outcome,
    status: search.status,
    result: search.result,
    direction: search.direction,
    agentId: search.agent,
    campaignId: search.campaign,
    contactId: search.contact,
    minSeconds: search.min,
    maxSeconds: search.max,
    since: since ?? undefined,
    until: until ?? undefined,
  });
}

export const sortOf = ({ order }: CallsSearch): string => (order === 'oldest' ? 'createdAt' : '-createdAt');

/** Three digits or more look for a number, anything else for what was said; one letter is waited for. */
function wordsOf(typed = ''): Query {
  const words = typed.trim();
  if (/^[-+ ()./0-9]+$/.test(words)) return words.replace(/\D/g, '').length >= 3 ? { number: words } : {};
  return words.length >= 2 ? { text: words } : {};
}

const looks: readonly string[] = ['order', 'cols', 'place'] satisfies (keyof CallsSearch)[];

/** Whether anything is left out of the list; order and columns leave out nothing. */
export const filters = (search: CallsSearch): boolean => Object.keys(search).some(name => !looks.includes(name));

/** How many filters beside the words; from and to are one. */
export const filterCount = ({ q: _, to, ...search }: CallsSearch): number =>
  Object.keys({ ...search, ...(to ? { from: to } : {}) }).filter(name => !looks.includes(name)).length;

/** The same look at every call. */
export const withoutFilters = ({ order, cols }: CallsSearch): CallsSearch => present({ order, cols });

const timeOf: readonly (keyof CallsSearch)[] = ['range', 'from', 'to'];

/** What could be left out, each with the search that is left: from and to are one filter, and so is a range. */
export function waysOut(search: CallsSearch): { readonly filter: keyof CallsSearch; readonly left: CallsSearch }[] {
  const set = (Object.keys(search) as (keyof CallsSearch)[]).filter(name => !looks.includes(name));
  const time = set.find(name => timeOf.includes(name));
  return set
    .filter(name => name === time || !timeOf.includes(name))
    .map(filter => {
      const gone = filter === time ? timeOf : [filter];
      const left = Object.fromEntries(Object.entries(search).filter(([name]) => !gone.includes(name as never)));
      return { filter, left };
    });
}
