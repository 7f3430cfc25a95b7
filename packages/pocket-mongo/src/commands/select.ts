import { performance } from 'node:perf_hooks';
import { type Collation, compileCollation } from '../bson/collation.ts';
import { type Document, isDocument } from '../bson/types.ts';
import { CommandError } from '../errors.ts';
import { type Plan, planQuery } from '../index/planner.ts';
import type { StoredRecord } from '../index/stored-record.ts';
import { compileFilter, type Filter } from '../query/filter.ts';
import { keyComparer, keyReader, parseSort, type SortOptions } from '../query/sort.ts';
import type { Collection } from '../storage/collection.ts';
import { expressionCompiler } from './expressions.ts';

/** A query as all reading and writing commands share it. */
export interface Selection {
  readonly filter: Document;
  readonly sort?: Document | undefined;
  readonly skip?: number | undefined;
  readonly limit?: number | undefined;
  readonly hint?: unknown;
  readonly collation?: Document | undefined;
  /** Values of variables for `$expr`. */
  readonly let?: Document | undefined;
  readonly deadline?: number | undefined;
  readonly now?: Date;
}

export interface Selected {
  readonly records: StoredRecord[];
  readonly filter: Filter;
  readonly plan: Plan;
  readonly collation: Collation | undefined;
  /** Metadata of a document: its relevance, when the query searched text. */
  readonly meta: (kind: string, document: Document) => unknown;
}

/** How much work a query was, for `explain`. */
export interface SelectionWork {
  keysExamined: number;
  docsExamined: number;
}

/** Checks every this many documents whether `maxTimeMS` is over. */
const deadlineStride = 256;

/** The records a selection asks for, in its order. */
export function select(
  collection: Collection | undefined,
  selection: Selection,
  work: SelectionWork = { keysExamined: 0, docsExamined: 0 },
): Selected {
  const collation = compileCollation(collationOf(collection, selection.collation));
  const { skip = 0, limit = 0, sort } = selection;
  const end = limit > 0 ? skip + limit : Number.POSITIVE_INFINITY;
  const plan = planQuery(collection, { ...selection, collation, wanted: limit > 0 ? end : undefined });
  const filter = compileFilter(selection.filter, {
    collation,
    compileExpression: expressionCompiler(selection.now ?? new Date()),
    let: selection.let,
    ...(plan.text ? { text: () => (document: Document) => plan.text!.scores.has(document) } : {}),
  });
  const meta = (_kind: string, document: Document) => plan.text?.scores.get(document);
  const matching = matchingRecords(plan, filter, selection.deadline, work);
  const records =
    sort && Object.keys(sort).length > 0 && !plan.sorted
      ? sortRecords(matching, sort, { collation, meta }, end).slice(skip)
      : take(matching, skip, end);
  return { records, filter, plan, collation, meta };
}

function* matchingRecords(
  plan: Plan,
  filter: Filter,
  deadline: number | undefined,
  work: SelectionWork,
): Generator<StoredRecord, void, undefined> {
  for (const record of plan.records(work)) {
    work.docsExamined++;
    if (deadline !== undefined && work.docsExamined % deadlineStride === 0) checkDeadline(deadline);
    if (filter.matches(record.document)) yield record;
  }
}

/** Throws when the time a client gave its command is over. */
export function checkDeadline(deadline: number | undefined): void {
  if (deadline !== undefined && performance.now() > deadline) {
    throw new CommandError('MaxTimeMSExpired', 'operation exceeded time limit');
  }
}

/** The first `end` records in order. What cannot be among them is let go on the way, so a page of a million stays small. */
function sortRecords(
  records: Iterable<StoredRecord>,
  spec: Document,
  options: SortOptions,
  end: number,
): StoredRecord[] {
  const fields = parseSort(spec);
  const read = keyReader(fields, options);
  const compare = keyComparer(fields, options.collation);
  let ranked: { key: unknown[]; record: StoredRecord }[] = [];
  const cut = () => {
    ranked.sort((a, b) => compare(a.key, b.key)); // stable, so equal keys stay in the order they came
    ranked = ranked.slice(0, end);
  };
  const room = end * 2 + 1_000;
  for (const record of records) {
    ranked.push({ key: read(record.document), record });
    if (ranked.length >= room) cut();
  }
  cut();
  return ranked.map(({ record }) => record);
}

function take(records: Iterable<StoredRecord>, skip: number, end: number): StoredRecord[] {
  const taken: StoredRecord[] = [];
  let at = 0;
  for (const record of records) {
    if (at++ >= skip) taken.push(record);
    if (at >= end) break;
  }
  return taken;
}

/** The collation of a query, else that of its collection. */
export function collationOf(collection: Collection | undefined, given: Document | undefined): Document | undefined {
  if (given) return given;
  const own = collection?.options['collation'];
  return isDocument(own) ? own : undefined;
}
