import type { Document } from '../bson/types.ts';
import type { SortField } from '../query/sort.ts';
import type { CollectionIndex, KeyRange } from './collection-index.ts';
import { type Conditions, hasNumber } from './conditions.ts';
import { implies } from './implication.ts';
import { dependsOnCollation, type Interval, intersect, isPoint } from './intervals.ts';
import type { PlanRequest } from './planner.ts';
import type { StoredRecord } from './stored-record.ts';

/** A query narrows to at most so many separate ranges; more values than that are looked for by a wider range. */
const maxRanges = 1_000;

/** One way to answer a query: by these ranges of this index. */
export interface IndexScan {
  readonly index: CollectionIndex;
  readonly ranges: readonly KeyRange[];
  /** What each leading field is narrowed to. */
  readonly bounds: readonly (readonly Interval[])[];
  readonly backwards: boolean;
  /** The records come in the order of the sort, if there is one; several ranges are merged for it. */
  readonly sorted: boolean;
  /** The fields to merge by. */
  readonly mergeFields: readonly number[];
  /** Roughly how many keys lie in the ranges. */
  readonly keys: number;
}

/** How this index would answer the query; undefined when it does not help, or does not know all documents. */
export function scanWith(
  index: CollectionIndex,
  conditions: Conditions,
  sort: readonly SortField[],
  request: PlanRequest,
  hinted: boolean,
): IndexScan | undefined {
  const { spec } = index;
  if (spec.hidden && !hinted) return undefined;
  if (spec.partialFilter && !implies(conditions, spec.partialFilter)) return undefined;
  if (spec.sparse && !hinted && !spec.fields.some(({ path }) => isPresent(conditions, path))) return undefined;
  const bounds = boundsOf(index, conditions, request);
  const order = sortedBy(index, bounds, sort, request);
  if (bounds.length === 0 && !order && !hinted) return undefined;
  const ranges = rangesOf(index, bounds);
  let keys: number | undefined;
  return {
    index,
    ranges,
    bounds,
    backwards: order?.backwards ?? false,
    sorted: order !== undefined,
    mergeFields: ranges.length > 1 ? (order?.fields ?? []) : [],
    get keys() {
      keys ??= ranges.reduce((sum, range) => sum + index.estimate(range), 0);
      return keys;
    },
  };
}

function isPresent({ byPath }: Conditions, path: string): boolean {
  return byPath.get(path)?.some(condition => condition.present) ?? false;
}

/** The intervals of each leading field: points may be followed by more fields, a range ends the list. */
function boundsOf(index: CollectionIndex, conditions: Conditions, request: PlanRequest): Interval[][] {
  const bounds: Interval[][] = [];
  const arrays = new Set<string>();
  let ranges = 1;
  for (const [field, { path }] of index.spec.fields.entries()) {
    const root = path.split('.', 1)[0]!;
    // Two conditions below one array may be met by different elements, and each element has its own key.
    if (index.isMultikey(field) && arrays.has(root)) break;
    const intervals = fieldIntervals(index, field, conditions, request);
    if (!intervals || ranges * Math.max(1, intervals.length) > maxRanges) break;
    if (index.isMultikey(field)) arrays.add(root);
    bounds.push(intervals);
    ranges *= Math.max(1, intervals.length);
    if (!intervals.every(isPoint)) break;
  }
  return bounds;
}

function fieldIntervals(
  index: CollectionIndex,
  field: number,
  { byPath }: Conditions,
  { collation }: PlanRequest,
): Interval[] | undefined {
  const sameCollation = index.collation?.identity === collation?.identity;
  const usable = (byPath.get(index.spec.fields[field]!.path) ?? [])
    .flatMap(({ intervals }) => (intervals ? [intervals] : []))
    .filter(intervals => sameCollation || !dependsOnCollation(intervals));
  if (usable.length === 0) return undefined;
  if (index.isMultikey(field)) {
    // Different elements may meet different conditions; so one condition alone narrows, best the one with points.
    return [...(usable.find(intervals => intervals.every(isPoint)) ?? usable[0]!)];
  }
  return usable.reduce<Interval[]>((all, next, i) => (i === 0 ? [...next] : intersect(all, next, collation)), []);
}

/** Every combination of the intervals as a range of keys, in index order. */
function rangesOf(index: CollectionIndex, bounds: readonly (readonly Interval[])[]): KeyRange[] {
  let prefixes: unknown[][] = [[]];
  for (const [field, intervals] of bounds.entries()) {
    const ordered = index.spec.fields[field]!.direction === 1 ? intervals : [...intervals].reverse();
    if (field === bounds.length - 1) {
      return prefixes.flatMap(prefix => ordered.map(interval => index.range(prefix, interval)));
    }
    prefixes = prefixes.flatMap(prefix => ordered.map(interval => [...prefix, interval.low]));
  }
  return [{ start: { values: [], side: -1 }, end: { values: [], side: 1 } }];
}

/** Does each range come in the order of the sort, forwards or backwards? Then the fields that order it. */
function sortedBy(
  index: CollectionIndex,
  bounds: readonly (readonly Interval[])[],
  sort: readonly SortField[],
  { collation }: PlanRequest,
): { readonly backwards: boolean; readonly fields: readonly number[] } | undefined {
  const { fields } = index.spec;
  if (sort.length === 0 || index.collation?.identity !== collation?.identity) return undefined;
  const pinned = (field: number) => bounds[field]?.length === 1 && isPoint(bounds[field][0]!);
  const pointsOnly = (field: number) => bounds[field]?.every(isPoint) ?? false;
  const order: number[] = [];
  let backwards: boolean | undefined;
  let field = 0;
  for (const { path, direction, meta } of sort) {
    if (meta || hasNumber(path)) return undefined;
    const at = fields.findIndex(each => each.path === path);
    // Of documents that all have the same value here none comes before another.
    if (at >= 0 && at !== field && pinned(at) && !index.isMultikey(at)) continue;
    while (field < fields.length && fields[field]!.path !== path && pointsOnly(field)) field++;
    if (fields[field]?.path !== path || index.isMultikey(field)) return undefined;
    const reversed = fields[field]!.direction !== direction;
    if (backwards !== undefined && backwards !== reversed && !pinned(field)) return undefined;
    if (!pinned(field)) backwards = reversed;
    order.push(field++);
  }
  return { backwards: backwards ?? false, fields: order };
}

/** The records of a scan, each once. */
export function* scanRecords(
  { index, ranges, backwards, mergeFields }: IndexScan,
  work: { keysExamined: number },
): Generator<StoredRecord, void, undefined> {
  index.uses++;
  const ordered = backwards ? [...ranges].reverse() : ranges;
  const entries =
    mergeFields.length > 0 ? merge(index, ordered, backwards, mergeFields) : chain(index, ordered, backwards);
  const repeats = index.spec.fields.some((_, field) => index.isMultikey(field));
  const seen = new Set<StoredRecord>();
  for (const { record } of entries) {
    work.keysExamined++;
    if (repeats) {
      if (seen.has(record)) continue;
      seen.add(record);
    }
    yield record;
  }
}

type Entries = ReturnType<CollectionIndex['scanEntries']>;

function* chain(index: CollectionIndex, ranges: readonly KeyRange[], backwards: boolean): Entries {
  for (const range of ranges) yield* index.scanEntries(range, backwards);
}

/** Several ranges, each in order, as one in order. */
function* merge(
  index: CollectionIndex,
  ranges: readonly KeyRange[],
  backwards: boolean,
  fields: readonly number[],
): Entries {
  const compare = index.comparer(fields, backwards);
  const heads = ranges.flatMap(range => {
    const rest = index.scanEntries(range, backwards);
    const first = rest.next();
    return first.done ? [] : [{ entry: first.value, rest }];
  });
  while (heads.length > 0) {
    let least = 0;
    for (let i = 1; i < heads.length; i++) if (compare(heads[i]!.entry.key, heads[least]!.entry.key) < 0) least = i;
    const head = heads[least]!;
    yield head.entry;
    const next = head.rest.next();
    if (next.done) heads.splice(least, 1);
    else head.entry = next.value;
  }
}

/** The scan as `explain` shows it. */
export function describeScan({ index, bounds, backwards, mergeFields, ranges }: IndexScan): Document {
  const { fields, raw } = index.spec;
  const scan: Document = {
    stage: 'IXSCAN',
    keyPattern: raw['key'],
    indexName: index.spec.name,
    isMultiKey: fields.some((_, field) => index.isMultikey(field)),
    isUnique: index.spec.unique,
    isSparse: index.spec.sparse,
    isPartial: index.spec.partialFilter !== undefined,
    direction: backwards ? 'backward' : 'forward',
    indexBounds: Object.fromEntries(fields.map(({ path }, field) => [path, (bounds[field] ?? []).map(showInterval)])),
  };
  return mergeFields.length > 0 ? { stage: 'SORT_MERGE', ranges: ranges.length, inputStage: scan } : scan;
}

/** Says which kinds of values a bound has, but no values: explain output reaches logs. */
function showInterval(interval: Interval): string {
  if (isPoint(interval)) return 'point';
  return `${interval.lowIncluded ? '[' : '('}range${interval.highIncluded ? ']' : ')'}`;
}
