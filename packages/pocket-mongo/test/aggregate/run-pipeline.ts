import { EJSON } from 'bson';
import type { PipelineEnvironment } from '../../src/aggregate/environment.ts';
import { compileExpression } from '../../src/aggregate/expression.ts';
import { compilePipeline } from '../../src/aggregate/pipeline.ts';
import type { Document } from '../../src/bson/types.ts';
import { compileFilter } from '../../src/query/filter.ts';

export type Collections = Record<string, Document[]>;

/** An environment over plain arrays that remembers which filters it was asked for. */
export function environmentOf(collections: Collections, more: Partial<PipelineEnvironment> = {}) {
  const asked: { collection: string; filter: Document }[] = [];
  const env: PipelineEnvironment = {
    ...more,
    find: (collection, filter, options = {}) => {
      asked.push({ collection, filter });
      const { matches } = compileFilter(filter, {
        collation: options.collation,
        compileExpression: expression => compileExpression(expression, { let: options.let }),
      });
      return (collections[collection] ?? []).filter(matches);
    },
  };
  return { env, asked };
}

/** The results of a pipeline over documents, every stage run by the pipeline itself. */
export function runPipeline(
  stages: unknown[],
  documents: Iterable<Document>,
  collections: Collections = {},
  more: Partial<PipelineEnvironment> = {},
): Document[] {
  return [...compilePipeline(stages, environmentOf(collections, more).env).runAll(documents)];
}

/** Values with their types spelled out, so that a Long is not taken for an int. */
export const written = (value: unknown): unknown => JSON.parse(EJSON.stringify({ value }, { relaxed: false })).value;
