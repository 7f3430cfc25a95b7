import { CommandError, unsupported } from '../../errors.ts';
import type { PipelineEnvironment, Stage } from '../environment.ts';
import { type Document, fail, isDocument } from '../values.ts';

type StageCompiler = (specification: unknown, env: PipelineEnvironment) => Stage;

const stages = new Map<string, StageCompiler>();

export function defineStage(name: string, compiler: StageCompiler): void {
  stages.set(name, compiler);
}

/** Stages of MongoDB that need what an embedded store has not: servers, users, search engines, geometry, history. */
const refused = new Set([
  '$changeStream',
  '$changeStreamSplitLargeEvent',
  '$currentOp',
  '$geoNear',
  '$listCatalog',
  '$listClusterCatalog',
  '$listLocalSessions',
  '$listSampledQueries',
  '$listSearchIndexes',
  '$listSessions',
  '$planCacheStats',
  '$querySettings',
  '$queryStats',
  '$rankFusion',
  '$scoreFusion',
  '$search',
  '$searchMeta',
  '$shardedDataDistribution',
  '$vectorSearch',
]);

/** The one operator of a stage document. */
export function stageName(stage: unknown): string {
  if (!isDocument(stage)) {
    throw new CommandError('TypeMismatch', "Each element of the 'pipeline' array must be an object");
  }
  const [name, ...more] = Object.keys(stage);
  if (name === undefined || more.length > 0) {
    throw fail(40323, 'A pipeline stage specification object must contain exactly one field.');
  }
  return name;
}

export function compileStage(stage: unknown, env: PipelineEnvironment): Stage {
  const name = stageName(stage);
  const compiler = stages.get(name);
  if (compiler) return compiler((stage as Document)[name], env);
  if (refused.has(name)) throw unsupported(`the aggregation stage ${name}`);
  throw fail(40324, `Unrecognized pipeline stage name: '${name}'`);
}

export const stageNames = (): string[] => [...stages.keys()];

/** The fields of a stage's specification; unknown and absent ones are refused by name. */
export function stageFields(
  stage: string,
  specification: unknown,
  required: readonly string[],
  optional: readonly string[],
): Document {
  if (!isDocument(specification)) {
    throw new CommandError('FailedToParse', `the ${stage} stage specification must be an object`);
  }
  for (const key of Object.keys(specification)) {
    if (!required.includes(key) && !optional.includes(key)) {
      throw fail(40415, `BSON field '${stage}.${key}' is an unknown field.`);
    }
  }
  for (const key of required) {
    if (!Object.hasOwn(specification, key)) {
      throw fail(40414, `BSON field '${stage}.${key}' is missing but a required field`);
    }
  }
  return specification;
}
