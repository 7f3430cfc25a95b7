import { asList, type Filter } from './query-table.ts';
import { asScalar, invalidField, type ScalarType } from './scalar.ts';

export type FilterForm = 'equals' | 'in' | 'range' | 'prefix';

/** One field that a list may be filtered by, and in which forms. */
export interface FilterRule {
  readonly type: ScalarType;
  /** Plain equality is always possible. */
  readonly forms?: readonly FilterForm[];
  /** The path in the document, where it differs from the name that clients use. */
  readonly path?: string;
  /** The path holds a list: a prefix must fit one entry, where two bounds could be met by two. */
  readonly list?: true;
  /** The only values that exist, so that a misspelt one is refused instead of finding nothing. */
  readonly values?: readonly string[];
  /** The filter is no value but a question, asked with `true`: is the path still empty? Its opposite no index answers. */
  readonly isEmpty?: true;
}

export type FilterRules = Readonly<Record<string, FilterRule>>;

/** What a list can be asked for: a value, or one of the forms as an object with exactly its keys. */
export type FilterValue =
  | string
  | number
  | boolean
  | Date
  | { readonly in: readonly unknown[] }
  | { readonly from?: unknown; readonly to?: unknown }
  | { readonly prefix: string };

/** Turns a client's wishes into a filter. Only listed fields and forms pass; everything else is refused by name. */
export function whitelistedFilter(rules: FilterRules, wishes: Readonly<Record<string, unknown>> = {}): Filter {
  if (typeof wishes !== 'object' || wishes === null || Array.isArray(wishes)) {
    throw invalidField('filter', 'must be an object of fields');
  }
  const filter: Filter = {};
  for (const field of Object.keys(wishes)) {
    const rule = Object.hasOwn(rules, field) ? rules[field] : undefined;
    if (!rule) throw invalidField(field, `is not a field to filter by${suggestion(rules)}`);
    const value = wishes[field];
    if (value !== undefined) filter[rule.path ?? field] = condition(field, rule, value);
  }
  return filter;
}

function suggestion(rules: FilterRules): string {
  const names = Object.keys(rules);
  return names.length > 0 ? `; these are: ${names.join(', ')}` : '; this list has none';
}

function condition(field: string, rule: FilterRule, value: unknown): unknown {
  if (rule.isEmpty) {
    if (asScalar(field, value, 'boolean')) return null;
    throw invalidField(field, 'can only be true; leave it out to see all');
  }
  const form = formOf(value);
  if (form === 'equals') return checked(field, rule, value);
  if (form === undefined || !rule.forms?.includes(form)) {
    const others = (rule.forms ?? []).filter(known => known !== 'equals');
    const more = others.length > 0 ? ` or an object with ${others.map(known => formKeys[known]).join(' or ')}` : '';
    throw invalidField(field, `must be a single value${more}`);
  }
  const wish = value as { in: unknown; from?: unknown; to?: unknown; prefix: unknown };
  if (form === 'in') {
    const list = asList(field, wish.in, rule.type);
    for (const entry of list) allowed(field, rule, entry);
    return { $in: list };
  }
  if (form === 'prefix') {
    const range = textRange(asScalar(`${field}.prefix`, wish.prefix, 'string'));
    return rule.list ? { $elemMatch: range } : range;
  }
  const range: Record<string, unknown> = {};
  if (wish.from !== undefined) range['$gte'] = asScalar(`${field}.from`, wish.from, rule.type);
  if (wish.to !== undefined) range['$lt'] = asScalar(`${field}.to`, wish.to, rule.type);
  return range;
}

const formKeys = { in: '`in`', range: '`from` and `to`', prefix: '`prefix`' } as Record<FilterForm, string>;

/** Which form an object asks for: one with any foreign key, or without keys, asks for none. */
function formOf(value: unknown): FilterForm | undefined {
  if (typeof value !== 'object' || value === null || value instanceof Date || isObjectId(value)) return 'equals';
  const keys = Object.keys(value);
  if (Array.isArray(value) || keys.length === 0) return undefined;
  if (keys.length === 1 && keys[0] === 'in') return 'in';
  if (keys.length === 1 && keys[0] === 'prefix') return 'prefix';
  return keys.every(key => key === 'from' || key === 'to') ? 'range' : undefined;
}

const isObjectId = (value: object): boolean => '_bsontype' in value && value._bsontype === 'ObjectId';

function checked(field: string, rule: FilterRule, value: unknown): unknown {
  const scalar = asScalar(field, value, rule.type);
  allowed(field, rule, scalar);
  return scalar;
}

function allowed(field: string, rule: FilterRule, value: unknown): void {
  if (rule.values && !rule.values.includes(value as string)) {
    throw invalidField(field, `must be one of ${rule.values.join(', ')}`);
  }
}

/** All texts that begin with the prefix, as a range: exact in any index, and free of the cost and surprises of patterns. */
function textRange(prefix: string): Filter {
  // U+10FFFF sorts after every character that can follow the prefix.
  return { $gte: prefix, $lte: `${prefix}\u{10ffff}` };
}
