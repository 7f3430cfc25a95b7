import { randomBytes } from 'node:crypto';
import { mongo, Types } from 'mongoose';
import { pageLimits } from '../../src/store/list-page.ts';
import { type Filter, stagesOf } from '../../src/store/query-table.ts';
import type { RepositoryDefinition } from '../../src/store/repository-definition.ts';
import { type QueryShape, sampleArgs, samples, shapesOf } from './query-shapes.ts';

export interface QueryPlan {
  readonly stages: ReadonlySet<string>;
  /** How many documents a sort in memory keeps; undefined when it keeps all it reads. */
  readonly sortLimit?: number;
  readonly examined: number;
  readonly returned: number;
}

/** Asks the server how it answers a command, and reads the stages out of any kind of plan. */
export async function explain(db: mongo.Db, command: mongo.Document): Promise<QueryPlan> {
  const answer = await db.command({ explain: command, verbosity: 'executionStats' });
  // An aggregation that the server cannot hand over whole shows its plan within its first stage.
  const { queryPlanner, executionStats } = answer['stages']?.[0]?.['$cursor'] ?? answer;
  const stages = new Set<string>();
  collectStages(queryPlanner.winningPlan, stages);
  const sortLimit = sortLimitOf(queryPlanner.winningPlan);
  const { totalDocsExamined: examined, nReturned: returned } = executionStats;
  return { stages, examined, returned, ...(sortLimit === undefined ? {} : { sortLimit }) };
}

function collectStages(node: unknown, stages: Set<string>): void {
  if (typeof node !== 'object' || node === null) return;
  for (const [key, value] of Object.entries(node)) {
    if (key === 'stage' && typeof value === 'string') stages.add(value);
    else collectStages(value, stages);
  }
}

function sortLimitOf(node: unknown): number | undefined {
  if (typeof node !== 'object' || node === null) return undefined;
  if ('limitAmount' in node && 'stage' in node && node.stage === 'SORT') return Number(node.limitAmount);
  for (const inner of Object.values(node)) {
    const found = sortLimitOf(inner);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What is wrong with a plan, if anything. */
export function planProblem(
  plan: QueryPlan,
  { narrows = false, ordered = false, sortsAtMost = 0 } = {},
): string | undefined {
  if (plan.stages.has('COLLSCAN')) return 'reads the whole collection';
  const kept = ordered ? plan.examined : (plan.sortLimit ?? plan.examined);
  if (plan.stages.has('SORT') && sortsAtMost === 0 && kept > pageLimits.max + 1) {
    return `sorts ${plan.examined} documents in memory`;
  }
  if (narrows && plan.examined > plan.returned + pageLimits.max) {
    return `reads ${plan.examined} documents to find ${plan.returned}`;
  }
  return undefined;
}

const matching = 260;
const others = 500;

/** Explains everything a repository declares, over more matching documents than a page holds, and names what an index does not cover. */
export async function planProblems(db: mongo.Db, definition: RepositoryDefinition): Promise<string[]> {
  const collection = db.collection(definition.collection);
  await insert(
    collection,
    Array.from({ length: others }, () => fill(definition)),
  );
  const problems: string[] = [];
  for (const [seeds, shapes] of bySeeds(shapesOf(definition))) {
    // Where only a page is kept and nothing is said of how much is read, documents change nothing about the answer.
    if (shapes.some(({ narrows, ordered }) => narrows || ordered))
      await insert(collection, seedsFor(definition, shapes[0]!.seeds));
    for (const shape of shapes) {
      const problem = planProblem(await explain(db, findCommand(definition.collection, shape)), shape);
      if (problem) problems.push(`${definition.collection}: ${shape.name} ${problem}`);
    }
    await collection.deleteMany({ seedBatch: seeds });
  }
  for (const [name, pipeline] of Object.entries(definition.pipelines ?? {})) {
    const command = {
      aggregate: definition.collection,
      pipeline: stagesOf(pipeline, sampleArgs(pipeline.args) as never),
      cursor: {},
    };
    const problem = planProblem(await explain(db, command));
    if (problem) problems.push(`${definition.collection}: pipeline ${name} ${problem}`);
  }
  await collection.deleteMany({});
  return problems;
}

function bySeeds(shapes: readonly QueryShape[]): Map<string, QueryShape[]> {
  const groups = new Map<string, QueryShape[]>();
  for (const shape of shapes) {
    const key = JSON.stringify(shape.seeds);
    groups.set(key, [...(groups.get(key) ?? []), shape]);
  }
  return groups;
}

/** Documents that the filter finds, before and behind the place where a list is continued. */
function seedsFor(definition: RepositoryDefinition, seeds: Filter): mongo.Document[] {
  const sortPaths = (definition.sorts ?? ['createdAt']).filter(path => path !== 'id' && !(path in seeds));
  return Array.from({ length: matching }, (_, index) => {
    const document: mongo.Document = { ...matchFor(definition, seeds), seedBatch: JSON.stringify(seeds) };
    for (const path of sortPaths) {
      const type = definition.schema.path(path)?.instance;
      if (type === 'Date') put(document, path, nearby(samples.date, index % 2 ? 1 : -1));
      if (type === 'String') put(document, path, nearby(samples.string, index % 2 ? 1 : -1));
    }
    return document;
  });
}

const findCommand = (collection: string, { filter, sort, limit, narrows }: QueryShape): mongo.Document => ({
  find: collection,
  filter,
  ...(sort ? { sort } : {}),
  // Where it matters how much is read for the answer, the answer must not be cut.
  ...(limit && !narrows ? { limit } : {}),
});

/** Writes what unique indexes allow. */
async function insert(collection: mongo.Collection, documents: mongo.Document[]): Promise<void> {
  try {
    await collection.insertMany(documents, { ordered: false });
  } catch (error) {
    if (!(error instanceof mongo.MongoBulkWriteError) || error.code !== 11000) throw error;
  }
}

/** A document with a value in every path that no other document has. */
export function fill({ schema }: RepositoryDefinition): mongo.Document {
  const document: mongo.Document = { _id: new Types.ObjectId() };
  schema.eachPath((path, type) => {
    if (path !== '_id' && path !== 'deletedAt' && !path.includes('$')) put(document, path, fillers[type.instance]?.());
  });
  return document;
}

const fillers: Record<string, () => unknown> = {
  String: () => `z${randomBytes(8).toString('hex')}`,
  Number: () => 1_000 + Math.random() * 1e9,
  Boolean: () => false,
  Date: () => new Date(Date.UTC(2030, 0) + Math.random() * 1e10),
  ObjectId: () => new Types.ObjectId(),
  Array: () => [],
  Mixed: () => ({}),
};

/** A document that a filter finds. */
export function matchFor(definition: RepositoryDefinition, filter: Filter): mongo.Document {
  const document = fill(definition);
  for (const [path, condition] of Object.entries(filter)) {
    if (path === '$and') for (const part of condition as Filter[]) Object.assign(document, only(part, definition));
    else if (path !== '_id' && !path.startsWith('$')) put(document, path, valueFor(condition));
  }
  return document;
}

const only = (filter: Filter, definition: RepositoryDefinition): mongo.Document => {
  const found = matchFor(definition, filter);
  return Object.fromEntries(
    Object.keys(filter)
      .map(path => path.split('.')[0]!)
      .filter(path => path !== '_id')
      .map(path => [path, found[path]]),
  );
};

function valueFor(condition: unknown): unknown {
  if (typeof condition !== 'object' || condition === null) return condition;
  if (condition instanceof Date || condition instanceof Types.ObjectId) return condition;
  const { $in, $eq, $gte, $lte, $gt, $lt } = condition as Record<string, unknown>;
  if (Array.isArray($in)) return $in[0];
  const bound = $eq ?? $gte ?? $lte;
  if (bound !== undefined) return bound;
  if ($gt !== undefined) return nearby($gt, 1);
  if ($lt !== undefined) return nearby($lt, -1);
  return samples.string;
}

function nearby(value: unknown, by: 1 | -1): unknown {
  if (value instanceof Date) return new Date(value.getTime() + by);
  if (typeof value === 'number') return value + by;
  return typeof value === 'string' ? (by === 1 ? `${value}m` : 'a') : value;
}

/** Sets a dotted path, making the objects on its way. */
function put(document: mongo.Document, path: string, value: unknown): void {
  const keys = path.split('.');
  const last = keys.pop()!;
  let inner = document;
  for (const key of keys) {
    inner[key] = typeof inner[key] === 'object' && inner[key] !== null ? { ...inner[key] } : {};
    inner = inner[key];
  }
  if (value !== undefined) inner[last] = value;
}
