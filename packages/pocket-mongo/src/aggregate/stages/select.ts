import { CommandError, unsupported } from '../../errors.ts';
import { compileFilter } from '../../query/filter.ts';
import { sortDocuments } from '../../query/sort.ts';
import type { PipelineEnvironment, Stage } from '../environment.ts';
import { compileExpression } from '../expression.ts';
import { compileGroup } from '../group.ts';
import { asNumber, type Document, fail, isDocument, isNumber } from '../values.ts';
import { defineStage, stageFields } from './registry.ts';
import { expressionOptions, filterOptions, scopeOf } from './scope.ts';

/** Stages that choose, order and count documents. */
defineStage('$match', (specification, env) => {
  if (!isDocument(specification)) throw fail(15959, 'the match filter must be an expression in an object');
  const { matches } = compileFilter(specification, filterOptions(env));
  return function* match(source) {
    for (const document of source) if (matches(document)) yield document;
  };
});

export function readSort(specification: unknown): Document {
  if (!isDocument(specification)) throw fail(15973, 'the $sort key specification must be an object');
  if (Object.keys(specification).length === 0) throw fail(15976, '$sort stage must have at least one sort key');
  return specification;
}

/** `$sort`, keeping no more than `limit` documents at a time when one follows. */
export function sortStage(specification: Document, env: PipelineEnvironment, limit?: number): Stage {
  const { meta } = env;
  const options = {
    collation: env.collation,
    limit,
    meta: meta && ((kind: string, document: Document) => meta(document, kind)),
  };
  sortDocuments([], specification, options); // a malformed pattern is refused before anything is read
  return function* sort(source) {
    yield* sortDocuments(source, specification, options);
  };
}

defineStage('$sort', (specification, env) => sortStage(readSort(specification), env));

export function readCount(stage: '$skip' | '$limit', value: unknown): number {
  const count = asNumber(value);
  const code = stage === '$skip' ? 5107200 : 5107201;
  if (!isNumber(value) || !Number.isInteger(count)) {
    throw fail(code, `invalid argument to ${stage} stage: Expected an integer: ${stage}: ${JSON.stringify(value)}`);
  }
  if (count < 0) {
    throw fail(code, `invalid argument to ${stage} stage: Expected a non-negative number in: ${stage}: ${count}`);
  }
  if (stage === '$limit' && count === 0) throw fail(15958, 'the limit must be positive');
  return count;
}

defineStage('$skip', specification => {
  const count = readCount('$skip', specification);
  return function* skip(source) {
    let index = 0;
    for (const document of source) if (index++ >= count) yield document;
  };
});

defineStage('$limit', specification => {
  const count = readCount('$limit', specification);
  return function* limit(source) {
    let left = count;
    for (const document of source) {
      yield document;
      left -= 1;
      // Stopping here, and not at the next document, spares the source one more.
      if (left === 0) return;
    }
  };
});

defineStage('$count', specification => {
  if (typeof specification !== 'string' || specification === '') {
    throw fail(40156, 'the count field must be a non-empty string');
  }
  if (specification.startsWith('$')) throw fail(40158, 'the count field cannot be a $-prefixed path');
  if (specification.includes('\0')) throw fail(40159, 'the count field cannot contain a null byte');
  if (specification.includes('.')) throw fail(40160, "the count field cannot contain '.'");
  return function* count(source) {
    let total = 0;
    for (const _document of source) total += 1;
    if (total > 0) yield { [specification]: total };
  };
});

defineStage('$group', (specification, env) => compileGroup(specification, scopeOf(env)));

defineStage('$sortByCount', (specification, env) => {
  const isPath = typeof specification === 'string' && specification.startsWith('$');
  const isExpression = isDocument(specification) && Object.keys(specification)[0]?.startsWith('$');
  if (!isPath && !isExpression) {
    throw isDocument(specification)
      ? fail(40147, 'the sortByCount field must be defined as a $-prefixed path or an expression inside an object')
      : fail(40148, 'the sortByCount field must be specified as a $-prefixed path or an expression inside an object');
  }
  const group = compileGroup({ _id: specification, count: { $sum: 1 } }, scopeOf(env));
  const sort = sortStage({ count: -1 }, env);
  return source => sort(group(source));
});

defineStage('$sample', specification => {
  if (!isDocument(specification)) throw fail(28745, 'the $sample stage specification must be an object');
  for (const key of Object.keys(specification)) {
    if (key !== 'size') throw fail(28748, `unrecognized option to $sample: ${key}`);
  }
  const size = asNumber(specification['size']);
  if (!isNumber(specification['size'])) throw fail(28746, 'size argument to $sample must be a number');
  if (!(size > 0) || !Number.isInteger(size)) throw fail(28747, 'size argument to $sample must be a positive integer');
  return function* sample(source) {
    // Reservoir sampling: every document has the same chance in one pass.
    const kept: Document[] = [];
    let seen = 0;
    for (const document of source) {
      seen += 1;
      if (kept.length < size) kept.push(document);
      else {
        const slot = Math.floor(Math.random() * seen);
        if (slot < size) kept[slot] = document;
      }
    }
    for (let last = kept.length - 1; last > 0; last -= 1) {
      const other = Math.floor(Math.random() * (last + 1));
      [kept[last], kept[other]] = [kept[other] as Document, kept[last] as Document];
    }
    yield* kept;
  };
});

defineStage('$indexStats', (specification, env) => {
  if (!isDocument(specification) || Object.keys(specification).length > 0) {
    throw fail(28803, 'The $indexStats stage specification must be an empty object');
  }
  const { indexStats } = env;
  if (!indexStats) throw new CommandError('InvalidNamespace', '$indexStats is only valid on a collection');
  return () => indexStats();
});

defineStage('$collStats', (specification, env) => {
  for (const name of ['latencyStats', 'queryExecStats', 'operationStats']) {
    if (isDocument(specification) && Object.hasOwn(specification, name)) throw unsupported(`$collStats with ${name}`);
  }
  const fields = stageFields('$collStats', specification, [], ['storageStats', 'count']);
  const storage =
    fields['storageStats'] === undefined
      ? undefined
      : stageFields('$collStats.storageStats', fields['storageStats'], [], ['scale']);
  const scale = storage?.['scale'] ?? 1;
  if (!isNumber(scale) || !(asNumber(scale) >= 1)) {
    throw new CommandError('BadValue', "the 'scale' of $collStats.storageStats must be a number of at least 1");
  }
  if (fields['count'] !== undefined) stageFields('$collStats.count', fields['count'], [], []);
  const { collStats, now = new Date() } = env;
  if (!collStats) throw new CommandError('InvalidNamespace', '$collStats is only valid on a collection');
  return function* statistics() {
    const stats = collStats(asNumber(scale));
    yield {
      ns: stats['ns'],
      localTime: now,
      ...(storage ? { storageStats: stats } : {}),
      ...(fields['count'] === undefined ? {} : { count: stats['count'] }),
    };
  };
});

defineStage('$documents', (specification, env) => {
  if (env.collection !== undefined) {
    throw new CommandError('InvalidNamespace', '$documents is only valid on a database, with `aggregate: 1`');
  }
  const evaluate = compileExpression(specification, expressionOptions(env));
  return () => {
    const documents = evaluate({});
    if (Array.isArray(documents) && documents.every(isDocument)) return documents as Document[];
    throw fail(5858203, 'The argument of $documents must be an array of objects');
  };
});
