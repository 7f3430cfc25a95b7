import type { Output, PipelineEnvironment, Stage } from './environment.ts';
import { compileOutput, isOutputStage } from './output.ts';
import { compileStage, stageName } from './stages/registry.ts';
import { readCount, readSort, sortStage } from './stages/select.ts';
import type { Document } from './values.ts';
import './stages/bucket.ts';
import './stages/densify.ts';
import './stages/window.ts';
import './stages/join.ts';
import './stages/reshape.ts';
import { fail, isDocument } from './values.ts';
import './expression.ts';

export type { MergeOutput, OutOutput, Output, PipelineEnvironment } from './environment.ts';

/** The start of a pipeline that a plain find does as well, in this order: filter, sort, skip, limit. */
export interface Leading {
  readonly filter?: Document;
  readonly sort?: Document;
  readonly skip?: number;
  readonly limit?: number;
}

export interface CompiledPipeline {
  readonly leading: Leading;
  /** Runs the stages after `leading` over what the find gave; nothing happens before the first document is asked for. */
  run(source: Iterable<Document>): Iterable<Document>;
  /** Runs every stage over documents that have met no condition yet. */
  runAll(source: Iterable<Document>): Iterable<Document>;
  /** Runs the stages after the leading filter over documents that matched it. */
  runFiltered(source: Iterable<Document>): Iterable<Document>;
  readonly output: Output | undefined;
  /** True when the first stage makes its own documents (`$collStats`, `$indexStats`, `$documents`): the source is not read. */
  readonly generates: boolean;
}

/** Stages that make their own documents, and so can only be the first. */
const generators = new Set(['$collStats', '$indexStats', '$documents']);

/** Compiles a pipeline; unknown stages, operators and fields are refused before any document is read. */
export function compilePipeline(pipeline: readonly unknown[], given: PipelineEnvironment): CompiledPipeline {
  const env = rememberOrigins(pipeline, given);
  const names = pipeline.map(stageName);
  const stages = [...pipeline] as Document[];
  let output: Output | undefined;
  for (const [index, name] of names.entries()) {
    if (index > 0 && generators.has(name)) throw fail(40602, `${name} is only valid as the first stage in a pipeline.`);
    if (index > 0 && name === '$match' && mentions(stages[index], '$text'))
      throw fail(17313, '$match with $text is only allowed as the first pipeline stage');
    if (!isOutputStage(name)) continue;
    if (index < names.length - 1) throw fail(40601, `${name} can only be the final stage in the pipeline`);
    output = compileOutput(name, stages[index]?.[name], env);
    stages.pop();
  }
  const { leading, filters, length } = takeLeading(stages);
  const rest = compileStages(stages.slice(length), env);
  // Compiled here as well, so that an error in a leading stage is one of the pipeline.
  const all = compileStages(stages, env);
  const afterFilter = filters > 0 ? compileStages(stages.slice(filters), env) : all;
  return {
    leading,
    run: source => chain(rest, source),
    runAll: source => chain(all, source),
    runFiltered: source => chain(afterFilter, source),
    output,
    generates: names[0] !== undefined && generators.has(names[0]),
  };
}

/** Where a stage asks for `$meta`, documents made by earlier stages lead back to the stored ones, which have the score. */
function rememberOrigins(pipeline: readonly unknown[], env: PipelineEnvironment): PipelineEnvironment {
  const { meta } = env;
  if (!meta || env.derived || !mentions(pipeline, '$meta')) return env;
  const origins = new WeakMap<Document, Document>();
  return {
    ...env,
    meta: (document, name) => meta(origins.get(document) ?? document, name),
    derived: (from, to) => origins.set(to, origins.get(from) ?? from),
  };
}

function mentions(value: unknown, name: string): boolean {
  if (Array.isArray(value)) return value.some(element => mentions(element, name));
  return isDocument(value) && Object.entries(value).some(([key, inner]) => key === name || mentions(inner, name));
}

const chain = (stages: readonly Stage[], source: Iterable<Document>): Iterable<Document> =>
  stages.reduce((documents, stage) => stage(documents), source);

/** Compiles stages in order; a `$sort` followed by `$limit` (and `$skip`) keeps only what can come out. */
function compileStages(stages: readonly Document[], env: PipelineEnvironment): Stage[] {
  return stages.map((stage, index) => {
    if (stageName(stage) !== '$sort') return compileStage(stage, env);
    return sortStage(readSort(stage['$sort']), env, boundAfter(stages, index));
  });
}

function boundAfter(stages: readonly Document[], index: number): number | undefined {
  let skipped = 0;
  for (const stage of stages.slice(index + 1)) {
    const name = stageName(stage);
    if (name === '$limit') return skipped + readCount('$limit', stage[name]);
    if (name !== '$skip') return undefined;
    skipped += readCount('$skip', stage[name]);
  }
  return undefined;
}

function takeLeading(stages: readonly Document[]): { leading: Leading; filters: number; length: number } {
  const filters: Document[] = [];
  let sort: Document | undefined;
  let skip: number | undefined;
  let limit: number | undefined;
  let length = 0;
  for (const stage of stages) {
    const name = stageName(stage);
    const specification = stage[name];
    const bounded = skip !== undefined || limit !== undefined;
    if (name === '$match' && !sort && !bounded && isDocument(specification)) filters.push(specification);
    else if (name === '$sort' && !sort && !bounded) sort = readSort(specification);
    else if (name === '$skip' && limit === undefined) skip = (skip ?? 0) + readCount('$skip', specification);
    else if (name === '$limit') limit = Math.min(limit ?? Number.POSITIVE_INFINITY, readCount('$limit', specification));
    else break;
    length += 1;
  }
  const filter = filters.length > 1 ? { $and: filters } : filters[0];
  return {
    leading: {
      ...(filter ? { filter } : {}),
      ...(sort ? { sort } : {}),
      ...(skip === undefined ? {} : { skip }),
      ...(limit === undefined ? {} : { limit }),
    },
    filters: filters.length,
    length,
  };
}

const updateStages = new Set(['$set', '$addFields', '$unset', '$project', '$replaceRoot', '$replaceWith']);

/** The pipeline form of an update: one document in, one out, with the stages that allow no other count. */
export function compileUpdatePipeline(
  pipeline: readonly unknown[],
  env: Pick<PipelineEnvironment, 'let' | 'collation' | 'now'>,
): (document: Document) => Document {
  const none: PipelineEnvironment = { ...env, find: () => [] };
  const stages = pipeline.map(stage => {
    const name = stageName(stage);
    if (!updateStages.has(name)) throw fail(72, `${name} is not allowed to be used within an update`);
    return compileStage(stage, none);
  });
  return document => {
    const [result] = chain(stages, [document]);
    return result as Document;
  };
}
