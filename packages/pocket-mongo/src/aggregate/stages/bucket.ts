import { compareValues } from '../../bson/compare.ts';
import { bsonType, typeRank } from '../../bson/types.ts';
import { comparer, compile, constantOf, type Frame } from '../compiler.ts';
import { addAll, compileAccumulators, Groups, startAll, writeAll } from '../group.ts';
import { asNumber, type Document, fail, isDocument, isNumber } from '../values.ts';
import { defineStage, stageFields } from './registry.ts';
import { scopeOf } from './scope.ts';

const isGroupKey = (value: unknown): boolean =>
  (typeof value === 'string' && value.startsWith('$')) ||
  (isDocument(value) && Object.keys(value)[0]?.startsWith('$') === true);

function outputOf(stage: string, value: unknown): Document {
  if (value === undefined) return { count: { $sum: 1 } };
  if (!isDocument(value)) throw fail(40196, `The ${stage} 'output' field must be an object`);
  return value;
}

defineStage('$bucket', (specification, env) => {
  const fields = stageFields('$bucket', specification, ['groupBy', 'boundaries'], ['default', 'output']);
  if (!isGroupKey(fields['groupBy'])) {
    throw fail(40202, "The $bucket 'groupBy' field must be defined as a $-prefixed path or an expression");
  }
  const scope = scopeOf(env);
  const compare = comparer(scope);
  if (!Array.isArray(fields['boundaries'])) throw fail(40200, "The $bucket 'boundaries' field must be an array");
  const boundaries = fields['boundaries'].map(boundary => {
    const known = constantOf(compile(boundary, scope));
    if (!known) throw fail(40191, "The $bucket 'boundaries' field must be an array of constant values");
    return known.value;
  });
  if (boundaries.length < 2) {
    throw fail(
      40192,
      `The $bucket 'boundaries' field must have at least 2 values, but found ${boundaries.length} value(s).`,
    );
  }
  for (let index = 1; index < boundaries.length; index += 1) {
    const [before, after] = [boundaries[index - 1], boundaries[index]];
    if (typeRank(bsonType(before)) !== typeRank(bsonType(after))) {
      throw fail(40193, "All values in the the 'boundaries' option to $bucket must have the same type.");
    }
    if (compare(before, after) >= 0) {
      throw fail(40194, "The 'boundaries' option to $bucket must be sorted in ascending order");
    }
  }
  const [lowest, highest] = [boundaries[0], boundaries.at(-1)];
  const fallback = Object.hasOwn(fields, 'default') ? constantOf(compile(fields['default'], scope)) : undefined;
  if (Object.hasOwn(fields, 'default')) {
    if (!fallback) throw fail(40195, "The $bucket 'default' field must be a constant expression");
    if (compare(fallback.value, lowest) >= 0 && compare(fallback.value, highest) < 0) {
      throw fail(
        40199,
        "The $bucket 'default' field must be less than the lowest boundary or greater than or equal to the highest boundary.",
      );
    }
  }
  const groupBy = compile(fields['groupBy'], scope);
  const grouping = compileAccumulators(outputOf('$bucket', fields['output']), scope);
  const bucketOf = (value: unknown): unknown => {
    if (compare(value, lowest) < 0 || compare(value, highest) >= 0) {
      if (!fallback) {
        throw fail(40066, '$bucket could not find a matching boundary for a value, and no default was specified.');
      }
      return fallback.value;
    }
    return boundaries[boundaries.findLastIndex(boundary => compare(boundary, value) <= 0)];
  };
  return function* bucket(source) {
    const frame: Frame = [];
    const groups = new Groups(scope, () => startAll(grouping));
    for (const document of source) {
      frame[0] = document;
      addAll(grouping, groups.at(bucketOf(groupBy(frame))), frame);
    }
    const sorted = groups.entries.toSorted((a, b) => compare(a.key, b.key));
    for (const { key, value } of sorted) yield writeAll(grouping, value, { _id: key });
  };
});

/** The preferred number series; each holds for every power of ten. */
const series: Record<string, readonly number[]> = {
  R5: [1, 1.6, 2.5, 4, 6.3],
  R10: [1, 1.25, 1.6, 2, 2.5, 3.15, 4, 5, 6.3, 8],
  R20: [1, 1.12, 1.25, 1.4, 1.6, 1.8, 2, 2.24, 2.5, 2.8, 3.15, 3.55, 4, 4.5, 5, 5.6, 6.3, 7.1, 8, 9],
  '1-2-5': [1, 2, 5],
  E6: [1, 1.5, 2.2, 3.3, 4.7, 6.8],
  E12: [1, 1.2, 1.5, 1.8, 2.2, 2.7, 3.3, 3.9, 4.7, 5.6, 6.8, 8.2],
  E24: [
    1, 1.1, 1.2, 1.3, 1.5, 1.6, 1.8, 2, 2.2, 2.4, 2.7, 3, 3.3, 3.6, 3.9, 4.3, 4.7, 5.1, 5.6, 6.2, 6.8, 7.5, 8.2, 9.1,
  ],
};

/** The next number of a series above (or below) a value. */
function preferred(value: number, granularity: string, up: boolean): number {
  if (value === 0) return 0;
  if (granularity === 'POWERSOF2') {
    const power = Math.log2(value);
    return 2 ** (up ? Math.floor(power) + 1 : Math.ceil(power) - 1);
  }
  const decade = Math.floor(Math.log10(value));
  const candidates = [decade - 1, decade, decade + 1].flatMap(power =>
    (series[granularity] ?? []).map(number => Number(`${number}e${power}`)),
  );
  const found = up
    ? candidates.find(candidate => candidate > value)
    : candidates.findLast(candidate => candidate < value);
  return found as number;
}

function readGranularity(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'string') throw fail(40261, "The $bucketAuto 'granularity' field must be a string");
  if (value === 'POWERSOF2' || Object.hasOwn(series, value)) return value;
  throw fail(40257, `Unknown rounding granularity '${value}'`);
}

defineStage('$bucketAuto', (specification, env) => {
  const fields = stageFields('$bucketAuto', specification, ['groupBy', 'buckets'], ['output', 'granularity']);
  if (!isGroupKey(fields['groupBy'])) {
    throw fail(40239, "The $bucketAuto 'groupBy' field must be defined as a $-prefixed path or an expression object");
  }
  const count = asNumber(fields['buckets']);
  if (!isNumber(fields['buckets']) || !Number.isInteger(count)) {
    throw fail(40241, "The $bucketAuto 'buckets' field must be a numeric value representable as a 32-bit integer");
  }
  if (count <= 0) throw fail(40243, `The $bucketAuto 'buckets' field must be greater than 0, but found: ${count}`);
  const granularity = readGranularity(fields['granularity']);
  const scope = scopeOf(env);
  const groupBy = compile(fields['groupBy'], scope);
  const grouping = compileAccumulators(outputOf('$bucketAuto', fields['output']), scope);
  const compare = (a: unknown, b: unknown): number => compareValues(a, b, env.collation);
  return function* bucketAuto(source) {
    const frame: Frame = [];
    const rows: { key: unknown; document: Document }[] = [];
    for (const document of source) {
      frame[0] = document;
      const key = groupBy(frame) ?? null;
      if (granularity !== undefined && !(isNumber(key) && asNumber(key) >= 0)) {
        throw fail(40258, '$bucketAuto can specify a granularity with numeric, non-negative boundaries only');
      }
      rows.push({ key, document });
    }
    rows.sort((a, b) => compare(a.key, b.key));
    const size = Math.max(1, Math.round(rows.length / count));
    let from = 0;
    let lower: unknown;
    for (let bucket = 0; bucket < count && from < rows.length; bucket += 1) {
      let to = bucket === count - 1 ? rows.length : Math.min(rows.length, from + size);
      let upper: unknown;
      if (granularity === undefined) {
        // Equal values stay together.
        while (to < rows.length && compare(rows[to]?.key, rows[to - 1]?.key) === 0) to += 1;
        upper = (rows[to] ?? rows[to - 1])?.key;
        lower = rows[from]?.key;
      } else {
        upper = preferred(asNumber(rows[to - 1]?.key), granularity, true);
        while (to < rows.length && asNumber(rows[to]?.key) < (upper as number)) to += 1;
        lower ??= preferred(asNumber(rows[from]?.key), granularity, false);
      }
      const group = startAll(grouping);
      for (const row of rows.slice(from, to)) {
        frame[0] = row.document;
        addAll(grouping, group, frame);
      }
      yield writeAll(grouping, group, { _id: { min: lower, max: upper } });
      lower = upper;
      from = to;
    }
  };
});
