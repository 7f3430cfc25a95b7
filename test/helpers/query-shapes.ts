import { Types } from 'mongoose';
import { encodeCursor } from '../../src/store/cursor.ts';
import type { FilterRule } from '../../src/store/filter-whitelist.ts';
import { planPage } from '../../src/store/list-page.ts';
import { type ArgTypes, type Filter, filterOf, type SortKeys } from '../../src/store/query-table.ts';
import { listRulesOf, type RepositoryDefinition } from '../../src/store/repository-definition.ts';
import type { ScalarType } from '../../src/store/scalar.ts';

/** One query as the store gets it, and what may be said against it. */
export interface QueryShape {
  readonly name: string;
  readonly filter: Filter;
  readonly sort?: SortKeys;
  readonly limit?: number;
  /** What the documents it finds have in common; shapes with the same seeds are tried over the same documents. */
  readonly seeds: Filter;
  /** It must find its documents by its filter, not by walking along a sort. */
  readonly narrows: boolean;
  /** Its order must come from an index. Elsewhere the store may also sort, as long as it keeps no more than a page in memory. */
  readonly ordered: boolean;
  readonly sortsAtMost?: number;
}

export const samples: { readonly [S in ScalarType]: unknown } = {
  string: 'm',
  number: 5,
  boolean: true,
  date: new Date('2026-03-01T12:00:00Z'),
  id: new Types.ObjectId('64b000000000000000000001'),
};

const others: typeof samples = {
  string: 'n',
  number: 6,
  boolean: false,
  date: new Date('2026-04-01T12:00:00Z'),
  id: new Types.ObjectId('64b000000000000000000002'),
};

/** Everything this repository declares: its named queries, and its lists with every filter, pair of filters, sort, and place to continue. */
export function shapesOf(definition: RepositoryDefinition): QueryShape[] {
  return [...namedShapes(definition), ...listShapes(definition)];
}

function namedShapes({ queries = {}, schema }: RepositoryDefinition): QueryShape[] {
  const softDeletes = schema.path('deletedAt') !== undefined;
  return Object.entries(queries).map(([name, query]) => {
    const { sort, sortsAtMost } = query;
    const asked = filterOf(query, sampleArgs(query.args) as never);
    const filter = softDeletes && !('deletedAt' in asked) ? { ...asked, deletedAt: null } : asked;
    return {
      name: `query ${name}`,
      filter,
      seeds: filter,
      narrows: true,
      ordered: true,
      ...(sort ? { sort } : {}),
      ...(sortsAtMost === undefined ? {} : { sortsAtMost }),
    };
  });
}

export const sampleArgs = (types: ArgTypes): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(types).map(([name, type]) => [
      name,
      typeof type === 'string' ? samples[type] : [samples[type[0]], others[type[0]]],
    ]),
  );

function listShapes(definition: RepositoryDefinition): QueryShape[] {
  const rules = listRulesOf(definition);
  const base = definition.schema.path('deletedAt') === undefined ? {} : { deletedAt: null };
  const within = Object.fromEntries(rules.within.map(field => [field, valueFor(rules.filters[field]!)]));
  const single = Object.entries(rules.filters).flatMap(([field, rule]) =>
    wishes(rule).map(([form, value]) => ({ form: `${field} ${form}`, filter: { [field]: value } as Filter })),
  );
  const pairs = single.flatMap((left, index) =>
    single
      .slice(index + 1)
      .filter(right => Object.keys(right.filter)[0] !== Object.keys(left.filter)[0])
      .map(right => ({ form: `${left.form} and ${right.form}`, filter: { ...left.filter, ...right.filter } })),
  );
  const orders = rules.sorts.flatMap(sort => [sort, `-${sort}`]);
  const shapes: QueryShape[] = [];
  const isPair = (form: string) => form.includes(' and ');
  for (const { form, filter } of [{ form: '', filter: {} }, ...single, ...pairs]) {
    // A pair is read along the same indexes as its halves; one order of it is enough to see that it has one.
    for (const sort of isPair(form) ? [rules.defaultSort] : orders) {
      const query = { filter: { ...filter, ...within }, sort, limit: 200 };
      const narrows =
        sort === rules.defaultSort && (/^\S+ equals$/.test(form) || (form === '' && rules.within.length > 0));
      const ordered = form === '' || (sort === rules.defaultSort && /^\S+ equals$/.test(form));
      const first = planPage(definition.collection, rules, query, base);
      const values = Object.keys(first.sort)
        .filter(path => path !== '_id')
        .map(path => sampleAt(definition, path));
      const cursor = encodeCursor({ values: values as never[], id: samples.id as Types.ObjectId }, first.list);
      const next = planPage(definition.collection, rules, { ...query, cursor }, base);
      for (const [place, segment] of [...first.segments, ...next.segments].entries()) {
        shapes.push({
          name: `list${form && ` by ${form}`}, sort ${sort}${place === 0 ? '' : `, continued (${place})`}`,
          filter: segment.filter,
          sort: segment.sort,
          limit: 201,
          seeds: first.segments[0]!.filter,
          narrows: narrows && place === 0,
          ordered,
        });
      }
    }
  }
  return shapes;
}

function wishes(rule: FilterRule): [form: string, value: unknown][] {
  const value = valueFor(rule);
  const all: [string, unknown][] = [
    ['equals', value],
    ['in', { in: [value, rule.values?.[1] ?? others[rule.type]] }],
    ['range', { from: value }],
    ['prefix', { prefix: 'm' }],
  ];
  return all.filter(([form]) => form === 'equals' || rule.forms?.includes(form as 'in'));
}

const valueFor = (rule: FilterRule): unknown => rule.values?.[0] ?? samples[rule.type];

function sampleAt(definition: RepositoryDefinition, path: string): unknown {
  const kinds: Record<string, ScalarType> = { Number: 'number', Boolean: 'boolean', Date: 'date', ObjectId: 'id' };
  return samples[kinds[definition.schema.path(path)?.instance ?? ''] ?? 'string'];
}
