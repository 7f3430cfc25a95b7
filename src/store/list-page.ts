import { decodeCursor, encodeCursor, segmentsBehind } from './cursor.ts';
import { type FilterRules, whitelistedFilter } from './filter-whitelist.ts';
import type { Filter, SortKeys } from './query-table.ts';
import { invalidField } from './scalar.ts';

/** What a client may ask of a list. Everything in it is checked, so it may come straight from a query string. */
export interface ListQuery {
  readonly filter?: Readonly<Record<string, unknown>>;
  /** A sortable field; a leading `-` turns the order round. */
  readonly sort?: string;
  readonly cursor?: string;
  readonly limit?: number;
  /** Names of the fields wanted in the API's form; all when absent. */
  readonly fields?: readonly string[];
}

export interface Page<D> {
  readonly items: D[];
  readonly nextCursor: string | null;
}

/** What lists of one repository allow. */
export interface ListRules {
  readonly filters: FilterRules;
  /** Fields to sort by, each in both directions. */
  readonly sorts: readonly string[];
  /** Filters that must be given. */
  readonly within: readonly string[];
  /** One of `sorts`, with `-` for newest or largest first. */
  readonly defaultSort: string;
}

export const pageLimits = { default: 50, max: 200 } as const;

/** A checked request for one page. */
export interface PagePlan {
  readonly limit: number;
  readonly sort: SortKeys;
  /** To be read one after the other until the page is full. */
  readonly segments: readonly { readonly filter: Filter; readonly sort: SortKeys }[];
  /** What cursors of this list are tied to. */
  readonly list: string;
}

/** Checks a request against the rules and says what has to be read. `base` is added to every filter and is ours. */
export function planPage(collection: string, rules: ListRules, query: ListQuery, base: Filter = {}): PagePlan {
  const limit = pageLimit(query.limit);
  const sort = sortKeys(rules, query.sort);
  const wished = whitelistedFilter(rules.filters, query.filter);
  for (const field of rules.within) {
    if (query.filter?.[field] === undefined) throw invalidField(field, 'is required for this list');
  }
  const filter = and(base, wished);
  const list = JSON.stringify([collection, Object.entries(sort), Object.entries(wished).sort(byKey)]);
  if (query.cursor === undefined) return { limit, sort, segments: [{ filter, sort }], list };
  const position = decodeCursor(query.cursor, list, Object.keys(sort).length - ('_id' in sort ? 1 : 0));
  const segments = segmentsBehind(sort, position).map(segment => ({ ...segment, filter: and(filter, segment.filter) }));
  return { limit, sort, segments, list };
}

/** Reads a page with as few queries as it takes; how many depends on where it begins, never on how long it is. */
export async function readPage<D extends object>(
  plan: PagePlan,
  find: (filter: Filter, sort: SortKeys, limit: number) => Promise<D[]>,
): Promise<Page<D>> {
  const found: D[] = [];
  for (const { filter, sort } of plan.segments) {
    const missing = plan.limit + 1 - found.length; // one more than asked for tells whether a next page exists
    if (missing <= 0) break;
    found.push(...(await find(filter, sort, missing)));
  }
  const items = found.slice(0, plan.limit);
  const last = items.at(-1);
  const more = found.length > plan.limit && last !== undefined;
  return { items, nextCursor: more ? encodeCursor(positionOf(last, plan.sort), plan.list) : null };
}

function positionOf(document: object, sort: SortKeys) {
  const paths = Object.keys(sort).filter(path => path !== '_id');
  const values = paths.map(path => (valueAt(document, path) ?? null) as string | number | boolean | Date | null);
  return { values, id: valueAt(document, '_id') as never };
}

function valueAt(document: object, path: string): unknown {
  let value: unknown = document;
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

function pageLimit(limit: unknown): number {
  if (limit === undefined) return pageLimits.default;
  if (typeof limit !== 'number' || !Number.isInteger(limit) || limit < 1 || limit > pageLimits.max) {
    throw invalidField('limit', `must be a whole number from 1 to ${pageLimits.max}`);
  }
  return limit;
}

/** The sort with the id behind it, in the same direction, so that no two documents share a place. */
function sortKeys(rules: ListRules, wish: unknown = rules.defaultSort): SortKeys {
  const descending = typeof wish === 'string' && wish.startsWith('-');
  const field = typeof wish === 'string' ? wish.slice(descending ? 1 : 0) : '';
  if (!rules.sorts.includes(field)) {
    throw invalidField('sort', `must be one of ${rules.sorts.join(', ')}, or one of these with - before it`);
  }
  const order = descending ? -1 : 1;
  const path = Object.hasOwn(rules.filters, field) ? (rules.filters[field]?.path ?? field) : field;
  return path === '_id' || path === 'id' ? { _id: order } : { [path]: order, _id: order };
}

/** Both filters; a path that occurs in both keeps both conditions. */
export function and(left: Filter, right: Filter): Filter {
  const shared = Object.keys(right).some(key => key in left);
  return shared ? { $and: [left, right] } : { ...left, ...right };
}

const byKey = ([left]: [string, unknown], [right]: [string, unknown]) => (left < right ? -1 : 1);
