import type { Collation } from '../bson/collation.ts';
import { type Document, isDocument } from '../bson/types.ts';
import { CommandError } from '../errors.ts';
import { parseSort, type SortField } from '../query/sort.ts';
import type { Collection } from '../storage/collection.ts';
import { type Conditions, conditionsOf } from './conditions.ts';
import { describeScan, type IndexScan, scanRecords, scanWith } from './index-scan.ts';
import { isPoint } from './intervals.ts';
import type { StoredRecord } from './stored-record.ts';

export interface PlanRequest {
  readonly filter: Document;
  readonly sort?: Document | undefined;
  readonly hint?: unknown;
  readonly collation: Collation | undefined;
  /** How many documents are wanted at most. */
  readonly wanted: number | undefined;
}

/** How a query finds its documents. */
export interface Plan {
  /** The records come in the order the query asked for. */
  readonly sorted: boolean;
  /** The way to the documents, as `explain` shows it. */
  readonly stage: Document;
  readonly text: { readonly scores: ReadonlyMap<Document, number> } | undefined;
  /** Every matching record once, and perhaps others; counts the index keys it looks at. */
  records(work: { keysExamined: number }): Iterable<StoredRecord>;
}

/** A sort in memory waits for all documents: a plan that avoids it wins unless it is much longer. */
const sortPenalty = 100;

/** Chooses the cheapest way to the documents of a query. */
export function planQuery(collection: Collection | undefined, request: PlanRequest): Plan {
  if (!collection) return { sorted: true, stage: { stage: 'EOF' }, text: undefined, records: () => [] };
  const natural = naturalOrder(request.sort);
  if (natural !== undefined) return { ...collectionPlan(collection, natural), sorted: true };
  const sort = parseSort(request.sort);
  const conditions = conditionsOf(request.filter, request.collation);
  if (conditions.text !== undefined) return textPlan(collection, conditions.text);
  if (request.hint !== undefined && request.hint !== null) return hintedPlan(collection, conditions, sort, request);
  const named = byId(collection, conditions, sort, request);
  if (named) return named;
  const scans = scansFor(collection, conditions, sort, request);
  const best = cheapest(scans, sort, request);
  const union = unionPlan(collection, conditions, request);
  // Alternatives by their own indexes pay off when the conditions common to all of them narrow less.
  if (union && (!best || union.keys < cost(best, scans, sort, request))) return union.plan;
  return best ? scanPlan(best) : collectionPlan(collection);
}

/** More documents than this may be found sooner by something else that the filter says. */
const mostNamed = 100;

/** The way to documents that the filter names by their `_id`: weighing two dozen other indexes takes longer than reading them. */
function byId(collection: Collection, conditions: Conditions, sort: readonly SortField[], request: PlanRequest) {
  if (!conditions.byPath.has('_id')) return undefined;
  const scan = scanWith(collection.idIndex, conditions, [], request, false);
  const [intervals] = scan?.bounds ?? [];
  if (!scan || !intervals?.every(isPoint)) return undefined;
  if (intervals.length > (sort.length > 0 ? 1 : mostNamed)) return undefined;
  const plan: Plan = {
    ...scanPlan(scan),
    sorted: true,
    *records(work) {
      scan.index.uses++;
      for (const { low } of intervals) {
        work.keysExamined++;
        const record = collection.idIndex.only([low]);
        if (record) yield record;
      }
    },
  };
  return plan;
}

function scansFor(
  collection: Collection,
  conditions: Conditions,
  sort: readonly SortField[],
  request: PlanRequest,
): IndexScan[] {
  return [...collection.indexes.values()].flatMap(index => scanWith(index, conditions, sort, request, false) ?? []);
}

/** Ties go to the scan that sorts, then to the one that uses most fields, then to the narrower index. */
function cheapest(
  scans: readonly IndexScan[],
  sort: readonly SortField[],
  request: PlanRequest,
): IndexScan | undefined {
  const ranked = scans.map(scan => ({ scan, cost: cost(scan, scans, sort, request) }));
  ranked.sort(
    (a, b) =>
      a.cost - b.cost ||
      Number(b.scan.sorted) - Number(a.scan.sorted) ||
      b.scan.bounds.length - a.scan.bounds.length ||
      a.scan.index.spec.fields.length - b.scan.index.spec.fields.length,
  );
  return ranked[0]?.scan;
}

/** Roughly how many keys have to be read. */
function cost(scan: IndexScan, all: readonly IndexScan[], sort: readonly SortField[], { wanted }: PlanRequest): number {
  if (sort.length > 0 && !scan.sorted) return scan.keys * 1.5 + sortPenalty;
  if (wanted === undefined) return scan.keys;
  // At most as many documents match as the narrowest scan holds; they are taken to be spread evenly over this one.
  const matching = Math.max(1, Math.min(...all.map(each => each.keys)));
  return Math.min(scan.keys, (wanted * scan.keys) / matching);
}

function scanPlan(scan: IndexScan): Plan {
  return {
    sorted: scan.sorted,
    stage: { stage: 'FETCH', inputStage: describeScan(scan) },
    text: undefined,
    records: work => scanRecords(scan, work),
  };
}

function collectionPlan(collection: Collection, backwards = false): Plan {
  return {
    sorted: false,
    stage: { stage: 'COLLSCAN', direction: backwards ? 'backward' : 'forward' },
    text: undefined,
    records: () => (backwards ? [...collection.records].reverse() : collection.records),
  };
}

/** `{$natural: ±1}` as a sort or hint asks for the order of storage: is it backwards? */
function naturalOrder(spec: unknown): boolean | undefined {
  if (!isDocument(spec) || !Object.hasOwn(spec, '$natural')) return undefined;
  const direction = Number(String(spec['$natural']));
  if (Object.keys(spec).length === 1 && (direction === 1 || direction === -1)) return direction < 0;
  throw new CommandError('BadValue', '$natural must stand alone and be 1 or -1');
}

/** Each alternative of an `$or` by an index of its own, when all have one. */
function unionPlan(
  collection: Collection,
  conditions: Conditions,
  request: PlanRequest,
): { readonly plan: Plan; readonly keys: number } | undefined {
  const [alternatives] = conditions.alternatives;
  if (!alternatives) return undefined;
  const scans: IndexScan[] = [];
  for (const alternative of alternatives) {
    const own = conditionsOf({ $and: [alternative, withoutOr(request.filter)] }, request.collation);
    const scan = cheapest(scansFor(collection, own, [], request), [], request);
    if (!scan || scan.bounds.length === 0) return undefined;
    scans.push(scan);
  }
  const plan: Plan = {
    sorted: false,
    stage: { stage: 'FETCH', inputStage: { stage: 'OR', inputStages: scans.map(describeScan) } },
    text: undefined,
    *records(work) {
      const seen = new Set<StoredRecord>();
      for (const scan of scans) {
        for (const record of scanRecords(scan, work)) {
          if (seen.has(record)) continue;
          seen.add(record);
          yield record;
        }
      }
    },
  };
  const keys = scans.reduce((sum, scan) => sum + scan.keys, 0) + (request.sort ? sortPenalty : 0);
  return { plan, keys };
}

function withoutOr({ $or: _or, ...rest }: Document): Document {
  return rest;
}

/** The client named the index, or asked for none at all. */
function hintedPlan(
  collection: Collection,
  conditions: Conditions,
  sort: readonly SortField[],
  request: PlanRequest,
): Plan {
  const { hint } = request;
  const natural = naturalOrder(hint);
  if (natural !== undefined) return collectionPlan(collection, natural);
  const index = [...collection.indexes.values()].find(({ spec }) =>
    typeof hint === 'string' ? spec.name === hint : isDocument(hint) && sameKeyPattern(spec.raw['key'], hint),
  );
  if (!index) throw new CommandError('BadValue', 'hint provided does not correspond to an existing index');
  const scan = scanWith(index, conditions, sort, request, true);
  if (!scan) {
    throw new CommandError('NoQueryExecutionPlans', `The hinted index ${index.spec.name} does not hold all documents`);
  }
  return scanPlan(scan);
}

function sameKeyPattern(key: unknown, hint: Document): boolean {
  const show = (pattern: unknown) =>
    Object.entries(pattern as Document).map(([path, kind]) => `${path}:${String(kind)}`);
  return show(key).join() === show(hint).join();
}

function textPlan(collection: Collection, operand: unknown): Plan {
  const { text } = collection;
  if (!text) throw new CommandError('IndexNotFound', 'text index required for $text query');
  const found = text.search(operand);
  const scores = new Map<Document, number>();
  for (const [record, score] of found) scores.set(record.document, score);
  return {
    sorted: false,
    stage: {
      stage: 'TEXT_MATCH',
      indexName: text.spec.name,
      inputStage: { stage: 'IXSCAN', indexName: text.spec.name },
    },
    text: { scores },
    *records(work) {
      work.keysExamined += found.size;
      yield* found.keys();
    },
  };
}
