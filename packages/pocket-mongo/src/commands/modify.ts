import type { Document } from '../bson/types.ts';
import { CommandError } from '../errors.ts';
import type { Collection } from '../storage/collection.ts';
import { compileUpdate } from '../update/compile-update.ts';
import { seedFromFilter } from '../update/seed-from-filter.ts';
import { expressionCompiler, updatePipelineRunner } from './expressions.ts';
import { type Selected, type Selection, select } from './select.ts';

/** One update as `update` and `findAndModify` describe it. */
export interface Modification extends Selection {
  readonly update: Document | Document[];
  readonly arrayFilters: Document[] | undefined;
  readonly multi: boolean;
  readonly upsert: boolean;
  readonly now: Date;
}

export interface ModificationResult {
  readonly matched: number;
  readonly modified: number;
  /** The `_id` of the document that was inserted because nothing matched. */
  readonly upsertedId: { readonly id: unknown } | undefined;
  /** The one document before and after, where only one was to be changed. */
  readonly before: Document | undefined;
  readonly after: Document | undefined;
  readonly selected: Selected;
}

/** Changes what the filter selects, or inserts when nothing is there and the client wants that. */
export function modify(
  catalogCollection: () => Collection,
  existing: Collection | undefined,
  change: Modification,
): ModificationResult {
  const selected = select(existing, { ...change, limit: change.multi ? 0 : 1 });
  const update = compileUpdate(change.update, {
    arrayFilters: change.arrayFilters,
    collation: selected.collation,
    runPipeline: updatePipelineRunner(change.now),
    compileExpression: expressionCompiler(change.now),
    let: change.let,
  });
  if (change.multi && update.kind === 'replacement') {
    throw new CommandError('FailedToParse', 'multi update is not supported for replacement-style update');
  }
  let modified = 0;
  let before: Document | undefined;
  let after: Document | undefined;
  for (const record of selected.records) {
    const { document } = record;
    const arrayPosition = () => selected.filter.arrayPosition(document);
    before = document;
    after = update.apply(document, { arrayPosition, isInsert: false, now: change.now });
    if (after === before) continue;
    existing!.replace(record, after);
    modified++;
  }
  if (selected.records.length > 0 || !change.upsert) {
    return { matched: selected.records.length, modified, upsertedId: undefined, before, after, selected };
  }
  const seed = seedFromFilter(change.filter, update.kind);
  const seeded = update.apply(seed, { isInsert: true, now: change.now });
  const inserted = catalogCollection().insert(seeded).document;
  return { matched: 0, modified: 0, upsertedId: { id: inserted['_id'] }, before: undefined, after: inserted, selected };
}
