import type { FilterOptions } from '../../query/filter.ts';
import { type ExpressionOptions, rootScope, type Scope } from '../compiler.ts';
import type { PipelineEnvironment, Stage } from '../environment.ts';
import { compileExpression } from '../expression.ts';
import type { Document } from '../values.ts';

/** What the expressions of a pipeline may refer to. */
export const expressionOptions = (env: PipelineEnvironment): ExpressionOptions => ({
  let: env.let,
  collation: env.collation,
  now: env.now,
  meta: env.meta,
});

export const scopeOf = (env: PipelineEnvironment): Scope => rootScope(expressionOptions(env));

/** Filters evaluate `$expr` with the variables and the clock of their pipeline. */
export const filterOptions = (env: PipelineEnvironment): FilterOptions => ({
  collation: env.collation,
  compileExpression: expression => compileExpression(expression, expressionOptions(env)),
  text: env.text,
});

/** A stage that makes one document of each. */
export function mapping(env: PipelineEnvironment, map: (document: Document) => Document): Stage {
  const { derived } = env;
  return function* mapDocuments(source) {
    for (const document of source) {
      const result = map(document);
      derived?.(document, result);
      yield result;
    }
  };
}
