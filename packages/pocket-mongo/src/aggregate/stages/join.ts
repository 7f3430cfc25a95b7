import { BSONRegExp, Long } from 'bson';
import { equalityKey } from '../../bson/equality-key.ts';
import { CommandError } from '../../errors.ts';
import { checkVariableName, compile, descend, type Evaluate, isDeclared, nestedBag, pathParts } from '../compiler.ts';
import type { PipelineEnvironment } from '../environment.ts';
import { compilePipeline } from '../pipeline.ts';
import { asNumber, type Document, fail, isDocument, isNullish, isNumber, setOwn } from '../values.ts';
import { defineStage, stageFields } from './registry.ts';
import { setPath } from './reshape.ts';
import { mapping, scopeOf } from './scope.ts';

const refusal = (message: string): CommandError => new CommandError('FailedToParse', message);

/** Reads a foreign collection through a pipeline whose leading filter, and `extra`, indexes can serve. */
function foreignReader(
  stage: string,
  collection: string | undefined,
  pipeline: unknown,
  env: PipelineEnvironment,
  bag: Document,
): (extra?: Document) => Iterable<Document> {
  if (!Array.isArray(pipeline)) {
    throw new CommandError('TypeMismatch', `'pipeline' of ${stage} must be specified as an array`);
  }
  const { indexStats, collStats, ...shared } = env;
  const compiled = compilePipeline(pipeline, { ...shared, let: bag, collection });
  if (compiled.output) throw fail(51047, `$out and $merge are not allowed within a ${stage} pipeline`);
  if (collection === undefined) {
    if (compiled.generates) return () => compiled.runAll([]);
    throw refusal(`${stage} needs a collection, or a pipeline that begins with $documents`);
  }
  const { filter } = compiled.leading;
  return extra => {
    const conditions = [extra, filter, filter && narrowed(filter, bag)].filter(condition => condition !== undefined);
    const combined = conditions.length > 1 ? { $and: conditions } : (conditions[0] ?? {});
    return compiled.runFiltered(env.find(collection, combined, { collation: env.collation, let: bag }));
  };
}

/**
 * `{$expr: {$eq: ['$field', '$$variable']}}` compares values strictly, so the plain condition on the field holds wherever
 * it does; saying so lets an index find the documents. Arrays and missing values compare differently and are left alone.
 */
function narrowed(filter: Document, bag: Document): Document | undefined {
  const conditions: Document[] = [];
  const visit = (expression: unknown): void => {
    if (!isDocument(expression)) return;
    if (Array.isArray(expression['$and'])) expression['$and'].forEach(visit);
    const pair = expression['$eq'];
    if (!Array.isArray(pair) || pair.length !== 2) return;
    for (const [path, other] of [pair, pair.toReversed()] as [unknown, unknown][]) {
      if (typeof path !== 'string' || !/^\$[^$]/.test(path)) continue;
      if (typeof other !== 'string' || !other.startsWith('$$')) continue;
      const [name = '', ...rest] = other.slice(2).split('.');
      if (!isDeclared(bag, name)) continue;
      const value = descend(bag[name], rest, 0);
      if (!isNullish(value) && !Array.isArray(value)) conditions.push({ [path.slice(1)]: { $eq: value } });
    }
  };
  const look = (part: unknown): void => {
    if (!isDocument(part)) return;
    visit(part['$expr']);
    if (Array.isArray(part['$and'])) part['$and'].forEach(look);
  };
  look(filter);
  return conditions.length > 0 ? { $and: conditions } : undefined;
}

function collectionName(stage: string, field: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value;
  throw refusal(`${stage} argument '${field}' must be the name of a collection of the same database`);
}

/** The foreign values a local one joins: its elements if it is an array, and null where it is missing. */
function joinCondition(local: unknown, foreignField: string): Document {
  if (!Array.isArray(local)) return { [foreignField]: { $eq: isNullish(local) ? null : local } };
  // `$in` would read a regular expression as a pattern; a join compares it as a value.
  if (local.some(element => element instanceof BSONRegExp || element instanceof RegExp)) {
    return { $or: local.map(element => ({ [foreignField]: { $eq: element } })) };
  }
  return { [foreignField]: { $in: local } };
}

defineStage('$lookup', (specification, env) => {
  const optional = ['from', 'localField', 'foreignField', 'let', 'pipeline'];
  const fields = stageFields('$lookup', specification, ['as'], optional);
  const { localField, foreignField } = fields;
  if (typeof fields['as'] !== 'string') throw refusal("$lookup argument 'as' must be a string");
  const as = pathParts(fields['as']);
  const from = fields['from'] === undefined ? undefined : collectionName('$lookup', 'from', fields['from']);
  const hasPipeline = Object.hasOwn(fields, 'pipeline');
  const hasEquality = localField !== undefined || foreignField !== undefined;
  if (hasEquality && (typeof localField !== 'string' || typeof foreignField !== 'string')) {
    throw refusal("$lookup requires both or neither of 'localField' and 'foreignField' to be specified");
  }
  if (!hasEquality && !hasPipeline) {
    throw refusal("$lookup requires either 'pipeline' or both 'localField' and 'foreignField' to be specified");
  }
  if (Object.hasOwn(fields, 'let') && !hasPipeline) {
    throw refusal("$lookup with a 'let' argument must also specify 'pipeline'");
  }
  const bag = nestedBag(env.let);
  const bindings = bindVariables('$lookup', fields['let'], env, bag);
  const read = foreignReader('$lookup', from, hasPipeline ? fields['pipeline'] : [], env, bag);
  const local = hasEquality ? pathParts(localField as string) : [];
  if (hasEquality) pathParts(foreignField as string);
  return mapping(env, document => {
    const frame = [document];
    for (const [name, evaluate] of bindings) bag[name] = evaluate(frame);
    const condition = hasEquality ? joinCondition(descend(document, local, 0), foreignField as string) : undefined;
    return setPath(document, as, [...read(condition)]);
  });
});

/** Declares the variables of a `let` in the bag and returns how to compute them. */
function bindVariables(
  stage: string,
  specification: unknown,
  env: PipelineEnvironment,
  bag: Document,
): [string, Evaluate][] {
  if (specification === undefined) return [];
  if (!isDocument(specification)) throw refusal(`${stage} argument 'let' must be an object`);
  const scope = scopeOf(env);
  return Object.entries(specification).map(([name, expression]) => {
    checkVariableName(name);
    bag[name] = null;
    return [name, compile(expression, scope)];
  });
}

defineStage('$unionWith', (specification, env) => {
  const fields: Document =
    typeof specification === 'string'
      ? { coll: specification }
      : stageFields('$unionWith', specification, [], ['coll', 'pipeline']);
  const collection = fields['coll'] === undefined ? undefined : collectionName('$unionWith', 'coll', fields['coll']);
  const read = foreignReader('$unionWith', collection, fields['pipeline'] ?? [], env, nestedBag(env.let));
  return function* union(source) {
    yield* source;
    yield* read();
  };
});

const barredFromFacet = new Set(['$facet', '$out', '$merge', '$collStats', '$indexStats', '$documents']);

defineStage('$facet', (specification, env) => {
  if (!isDocument(specification) || Object.keys(specification).length === 0) {
    throw fail(40169, 'the $facet specification must be a non-empty object');
  }
  const facets = Object.entries(specification).map(([name, pipeline]) => {
    if (name.startsWith('$')) throw fail(16410, `FieldPath field names may not start with '$': ${name}`);
    if (name.includes('.')) throw fail(16412, `FieldPath field names may not contain '.': ${name}`);
    if (!Array.isArray(pipeline)) throw fail(40170, `arguments to $facet must be arrays, ${name} is none`);
    for (const stage of pipeline) {
      const inner = isDocument(stage) ? Object.keys(stage)[0] : undefined;
      if (inner && barredFromFacet.has(inner))
        throw fail(40600, `${inner} is not allowed to be used within a $facet stage`);
    }
    return [name, compilePipeline(pipeline, env)] as const;
  });
  return function* facet(source) {
    const documents = [...source];
    const result: Document = {};
    for (const [name, pipeline] of facets) setOwn(result, name, [...pipeline.runAll(documents)]);
    yield result;
  };
});

defineStage('$graphLookup', (specification, env) => {
  const required = ['from', 'startWith', 'connectFromField', 'connectToField', 'as'];
  const optional = ['maxDepth', 'depthField', 'restrictSearchWithMatch'];
  const fields = stageFields('$graphLookup', specification, required, optional);
  const from = collectionName('$graphLookup', 'from', fields['from']);
  const text = (name: string): string => {
    if (typeof fields[name] !== 'string') throw fail(40103, `expected string as argument for ${name}`);
    return fields[name];
  };
  const connectFrom = pathParts(text('connectFromField'));
  const connectTo = text('connectToField');
  const as = pathParts(text('as'));
  const depthParts = fields['depthField'] === undefined ? undefined : pathParts(text('depthField'));
  const restriction = fields['restrictSearchWithMatch'] ?? {};
  if (!isDocument(restriction)) throw fail(40185, 'restrictSearchWithMatch must be an object');
  const deepest = fields['maxDepth'] === undefined ? Number.POSITIVE_INFINITY : asNumber(fields['maxDepth']);
  if (fields['maxDepth'] !== undefined && !isNumber(fields['maxDepth']))
    throw fail(40100, 'maxDepth requires numeric argument');
  if (!(deepest >= 0)) throw fail(40101, 'maxDepth requires a nonnegative argument');
  if (deepest !== Number.POSITIVE_INFINITY && !Number.isInteger(deepest)) {
    throw fail(40102, 'maxDepth could not be represented as a long long');
  }
  const start = compile(fields['startWith'], scopeOf(env));
  const valuesOf = (value: unknown): unknown[] => (value === undefined ? [] : Array.isArray(value) ? value : [value]);
  return mapping(env, document => {
    const found = new Map<unknown, Document>();
    const asked = new Set<unknown>();
    let frontier = valuesOf(start([document]));
    for (let depth = 0; depth <= deepest; depth += 1) {
      const wanted = frontier.filter(value => {
        const key = equalityKey(value);
        return !asked.has(key) && asked.add(key);
      });
      if (wanted.length === 0) break;
      frontier = [];
      const filter = { $and: [joinCondition(wanted, connectTo), restriction] };
      for (const next of env.find(from, filter, { collation: env.collation, let: env.let })) {
        const key = equalityKey(next['_id']);
        if (found.has(key)) continue;
        found.set(key, depthParts ? setPath(next, depthParts, Long.fromNumber(depth)) : next);
        frontier.push(...valuesOf(descend(next, connectFrom, 0)));
      }
    }
    return setPath(document, as, [...found.values()]);
  });
});
