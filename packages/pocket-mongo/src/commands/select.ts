import { performance } from 'node:perf_hooks';
import { type Collation, compileCollation } from '../bson/collation.ts';
import { type Document, isDocument } from '../bson/types.ts';
import { CommandError } from '../errors.ts';
import { simpleCollation } from '../index/index-spec.ts';
import { type Plan, planQuery } from '../index/planner.ts';
import type { StoredRecord } from '../index/stored-record.ts';
import { compileFilter, type Filter } from '../query/filter.ts';
import { compileSort } from '../query/sort.ts';
import type { Collection } from '../storage/collection.ts';
import { compileExpression } from './expressions.ts';

/** A query as all reading and writing commands share it. */
export interface Selection {
  readonly filter: Document;
  readonly sort?: Document | undefined;
  readonly skip?: number | undefined;
  readonly limit?: number | undefined;
  readonly hint?: unknown;
  readonly collation?: Document | undefined;
  readonly let?: Document | undefined;
  readonly deadline?: number | undefined;
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
  const collationSpec = collationOf(collection, selection.collation);
  const collation = collationSpec ? compileCollation(collationSpec) : undefined;
  const plan = planQuery(collection, { ...selection, collation, wanted: wantedCount(selection) });
  const filter = compileFilter(selection.filter, {
    collation,
    compileExpression,
    let: selection.let,
    text: plan.text ? () => document => plan.text!.scores.has(document) : undefined,
  });
  const meta = (_kind: string, document: Document) => plan.text?.scores.get(document);
  const order = selection.sort && !plan.sorted ? compileSort(selection.sort, { collation, meta }) : undefined;
  const matching = matchingRecords(plan, filter, selection.deadline, work);
  const { skip = 0, limit = 0 } = selection;
  const end = limit > 0 ? skip + limit : Number.POSITIVE_INFINITY;
  if (!order) return { records: take(matching, skip, end), filter, plan, collation, meta };
  const sorted = [...matching].sort((a, b) => order(a.document, b.document));
  return { records: sorted.slice(skip, end), filter, plan, collation, meta };
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

function take(records: Iterable<StoredRecord>, skip: number, end: number): StoredRecord[] {
  const taken: StoredRecord[] = [];
  let at = 0;
  for (const record of records) {
    if (at++ >= skip) taken.push(record);
    if (at >= end) break;
  }
  return taken;
}

function wantedCount({ skip = 0, limit = 0 }: Selection): number | undefined {
  return limit > 0 ? skip + limit : undefined;
}

/** The collation of a query, else that of its collection. */
export function collationOf(collection: Collection | undefined, given: Document | undefined): Document | undefined {
  if (given) return simpleCollation(given);
  const own = collection?.options['collation'];
  return isDocument(own) ? simpleCollation(own) : undefined;
}
