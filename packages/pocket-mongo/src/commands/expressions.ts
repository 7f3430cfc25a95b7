import { compileExpression as compileAny } from '../aggregate/expression.ts';
import { compileUpdatePipeline } from '../aggregate/pipeline.ts';
import type { ExpressionCompiler } from '../query/filter.ts';
import type { UpdateOptions } from '../update/compile-update.ts';

/** Expressions inside filters and projections; all of one command see the same moment as `$$NOW`. */
export function expressionCompiler(now: Date): ExpressionCompiler {
  return (expression, { let: variables, collation }) => compileAny(expression, { let: variables, collation, now });
}

/** Pipeline updates, at the moment of their command. */
export function updatePipelineRunner(now: Date): UpdateOptions['runPipeline'] {
  return (stages, { let: variables }) => compileUpdatePipeline(stages, { let: variables, now });
}
