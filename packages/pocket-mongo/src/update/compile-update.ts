import type { Collation } from '../bson/collation.ts';
import { valuesEqual, valuesIdentical } from '../bson/compare.ts';
import { refuseDeepNesting } from '../bson/nesting.ts';
import { type Document, isDocument, typeName } from '../bson/types.ts';
import { CommandError } from '../errors.ts';
import type { ExpressionCompiler } from '../query/filter.ts';
import { ArrayFilters } from './array-filters.ts';
import { arrayOperators } from './array-operators.ts';
import { describe } from './describe.ts';
import { type Change, Draft } from './draft.ts';
import { type ApplyScene, type CompiledOperator, valueOperators } from './operators.ts';
import { parseRename, type Rename, renameChanges } from './rename.ts';
import { comparePaths, parseUpdatePath, refuseConflicts, resolvePath, type UpdatePath } from './update-path.ts';

export interface UpdateOptions {
  readonly arrayFilters?: readonly unknown[] | undefined;
  readonly collation?: Collation | undefined;
  readonly let?: Document | undefined;
  readonly compileExpression?: ExpressionCompiler | undefined;
  /** Compiles the stages of a pipeline update to a function on one document; without it such updates are refused. */
  readonly runPipeline?:
    | ((stages: Document[], options: { let?: Document | undefined }) => (document: Document) => Document)
    | undefined;
}

export interface ApplyContext {
  /** Where the query matched inside an array, for `$`; asked only when the update needs it. */
  readonly arrayPosition?: number | undefined | (() => number | undefined);
  readonly isInsert?: boolean;
  readonly now: Date;
}

export interface Update {
  readonly kind: 'operators' | 'replacement' | 'pipeline';
  /** The document after the update: the same object when nothing changed, otherwise a new one; the argument is never modified. */
  readonly apply: (document: Document, context: ApplyContext) => Document;
}

/** Compiles an update: operators, a replacement document or a pipeline; what is wrong with it is refused before any document is touched. */
export function compileUpdate(update: unknown, options: UpdateOptions = {}): Update {
  if (Array.isArray(update)) return pipelineUpdate(update, options);
  if (!isDocument(update)) {
    throw new CommandError('FailedToParse', 'Update argument must be either an object or an array');
  }
  const first = Object.keys(update)[0];
  return first?.startsWith('$') ? operatorUpdate(update, options) : replacement(update, options);
}

interface Step {
  readonly path: UpdatePath;
  readonly operator: CompiledOperator;
}

function operatorUpdate(update: Document, options: UpdateOptions): Update {
  const filters = options.arrayFilters && new ArrayFilters(options.arrayFilters, options);
  const steps: Step[] = [];
  const renames: Rename[] = [];
  for (const [name, fields] of Object.entries(update)) {
    const compile = Object.hasOwn(valueOperators, name)
      ? valueOperators[name]
      : Object.hasOwn(arrayOperators, name)
        ? arrayOperators[name]
        : undefined;
    if (!compile && name !== '$rename') {
      throw new CommandError(
        'FailedToParse',
        `Unknown modifier: ${name}. Expected a valid update modifier or pipeline-style update specified as an array`,
      );
    }
    if (!isDocument(fields)) {
      throw new CommandError(
        'FailedToParse',
        `Modifiers operate on fields but we found type ${typeName(fields)} instead. For example: {$mod: {<field>: ...}} not ` +
          `{${name}: ${describe(fields)}}`,
      );
    }
    for (const [text, operand] of Object.entries(fields)) {
      if (!compile) {
        renames.push(parseRename(text, operand));
        continue;
      }
      const path = parseUpdatePath(text, filters ?? noFilters);
      steps.push({ path, operator: compile({ path: text, operand, collation: options.collation }) });
    }
  }
  refuseConflicts([
    ...steps.map(({ path }) => path.parts),
    ...renames.flatMap(({ from, to }) => [from.parts, to.parts]),
  ]);
  filters?.refuseUnused(update);
  return {
    kind: 'operators',
    apply: (document, context) => finish(document, applySteps(document, context, steps, renames, filters), context),
  };
}

const noFilters = new ArrayFilters([], {});

interface Place {
  readonly path: readonly string[];
  readonly create: boolean;
  readonly change: Change;
}

function applySteps(
  document: Document,
  context: ApplyContext,
  steps: readonly Step[],
  renames: readonly Rename[],
  filters: ArrayFilters | undefined,
): Document {
  const scene: ApplyScene = { document, now: context.now, isInsert: context.isInsert ?? false };
  const position = () =>
    typeof context.arrayPosition === 'function' ? context.arrayPosition() : context.arrayPosition;
  const places: Place[] = [];
  let dynamic = false;
  for (const { path, operator } of steps) {
    dynamic ||= path.dynamic;
    const change = operator.change(scene);
    for (const concrete of resolvePath(path, document, position, filters)) {
      places.push({ path: concrete, create: operator.create, change });
    }
  }
  for (const rename of renames) {
    const { take, put } = renameChanges(rename, document);
    places.push({ path: rename.from.parts, create: false, change: take });
    places.push({ path: rename.to.parts, create: true, change: put });
  }
  // Positional paths can turn out to mean the same place only here.
  if (dynamic) refuseConflicts(places.map(({ path }) => path));
  places.sort((a, b) => comparePaths(a.path, b.path));
  const draft = new Draft(document);
  for (const { path, create, change } of places) draft.change(path, create, change);
  return draft.document;
}

/** Guards what no update may do: change the `_id`, move it from the front, or nest too deep. */
function finish(before: Document, after: Document, context: ApplyContext): Document {
  if (after === before) return before;
  if (Object.hasOwn(before, '_id') && !valuesEqual(before['_id'], after['_id'])) {
    throw new CommandError(
      'ImmutableField',
      "Performing an update on the path '_id' would modify the immutable field '_id'",
    );
  }
  refuseDeepNesting(after, context.isInsert ? undefined : before);
  return context.isInsert ? idFirst(after) : after;
}

/** The same document with `_id` as its first field. */
export function idFirst(document: Document): Document {
  if (!Object.hasOwn(document, '_id') || Object.keys(document)[0] === '_id') return document;
  const { _id, ...rest } = document;
  return { _id, ...rest };
}

function replacement(update: Document, options: UpdateOptions): Update {
  if (options.arrayFilters?.length)
    throw new CommandError('FailedToParse', 'arrayFilters may not be specified for a replacement document');
  for (const name of Object.keys(update)) {
    if (!name.startsWith('$')) continue;
    throw new CommandError(
      'DollarPrefixedFieldName',
      `The dollar ($) prefixed field '${name}' in '${name}' is not allowed in the context of an update's replacement document. ` +
        'Consider using an aggregation pipeline with $replaceWith.',
    );
  }
  refuseDeepNesting(update);
  return { kind: 'replacement', apply: before => withOldId(before, update) };
}

/** Puts a whole new document in place of the old one, under the old `_id`. */
function withOldId(before: Document, after: Document): Document {
  const hadId = Object.hasOwn(before, '_id');
  if (hadId && Object.hasOwn(after, '_id') && !valuesEqual(before['_id'], after['_id'])) {
    throw new CommandError(
      'ImmutableField',
      `After applying the update, the (immutable) field '_id' was found to have been altered to _id: ${describe(after['_id'])}`,
    );
  }
  const { _id, ...rest } = after;
  const result = hadId ? { _id: before['_id'], ...rest } : idFirst(after);
  return valuesIdentical(before, result) ? before : result;
}

const pipelineStages = new Set(['$addFields', '$set', '$project', '$unset', '$replaceRoot', '$replaceWith']);

function pipelineUpdate(stages: unknown[], options: UpdateOptions): Update {
  if (options.arrayFilters?.length) {
    throw new CommandError('FailedToParse', 'arrayFilters may not be specified for pipeline-style updates');
  }
  for (const stage of stages) {
    const name = isDocument(stage) ? Object.keys(stage)[0] : undefined;
    if (name === undefined)
      throw new CommandError('TypeMismatch', "Each element of the 'pipeline' array must be an object");
    if (!pipelineStages.has(name)) {
      throw new CommandError('InvalidOptions', `Aggregation stage ${name} is not allowed to be used within an update`);
    }
  }
  if (!options.runPipeline) throw new CommandError('NotImplemented', 'pipeline updates are not available here');
  const run = options.runPipeline(stages as Document[], { let: options.let });
  return {
    kind: 'pipeline',
    apply: before => {
      const after = run(before);
      refuseDeepNesting(after);
      return withOldId(before, after);
    },
  };
}
