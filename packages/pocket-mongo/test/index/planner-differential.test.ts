import { ObjectId } from 'bson';
import { test } from 'tap';
import type { Document } from '../../src/bson/types.ts';
import { select } from '../../src/commands/select.ts';
import { parseIndexSpec } from '../../src/index/index-spec.ts';
import type { StoredRecord } from '../../src/index/stored-record.ts';
import { compileFilter } from '../../src/query/filter.ts';
import { keyReader, parseSort, type SortKeyReader } from '../../src/query/sort.ts';
import { Collection } from '../../src/storage/collection.ts';

/** A small generator with a seed, so that a failure can be repeated. */
function randomSource(seed: number) {
  let state = seed;
  const next = () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
  const below = (n: number) => Math.floor(next() * n);
  const pick = <T>(list: readonly T[]): T => list[below(list.length)]!;
  return { below, pick, chance: (share: number) => next() < share };
}
type Random = ReturnType<typeof randomSource>;

const ids = Array.from({ length: 4 }, (_, i) => new ObjectId(`${i}`.repeat(24)));
const scalars: readonly unknown[] = [
  0,
  1,
  2,
  3,
  2.5,
  -1,
  'a',
  'ab',
  'b',
  'B',
  '',
  null,
  true,
  false,
  new Date(0),
  new Date(5),
  ...ids,
];

/** Half of the collections have no arrays: only there an index can sort. */
function value({ pick, below, chance }: Random, arrays: boolean): unknown {
  if (!arrays) return chance(0.1) ? { b: pick(scalars), c: pick(scalars) } : pick(scalars);
  if (chance(0.15)) return Array.from({ length: below(4) }, () => pick(scalars));
  if (chance(0.1)) return { b: pick(scalars), c: pick(scalars) };
  if (chance(0.08)) return Array.from({ length: below(3) }, () => ({ b: pick(scalars), c: pick(scalars) }));
  return pick(scalars);
}

function document(random: Random, _id: number, arrays: boolean): Document {
  const result: Document = { _id };
  for (const name of ['a', 'd', 'e']) if (random.chance(0.85)) result[name] = value(random, arrays);
  return result;
}

const paths = ['a', 'd', 'e', 'a.b', 'a.c', 'd.b'];

function condition(random: Random): unknown {
  const { pick, below } = random;
  switch (below(12)) {
    case 0:
      return { $gt: pick(scalars) };
    case 1:
      return { $gte: pick(scalars), $lt: pick(scalars) };
    case 2:
      return { $lte: pick(scalars) };
    case 3:
      return { $in: Array.from({ length: below(4) }, () => pick(scalars)) };
    case 4:
      return { $exists: pick([true, false]) };
    case 5:
      return { $ne: pick(scalars) };
    case 6:
      return { $elemMatch: { $gte: pick(scalars), $lte: pick(scalars) } };
    case 7:
      return { $elemMatch: { b: pick(scalars), c: { $gte: pick(scalars) } } };
    case 8:
      return { $regex: pick(['^a', '^ab', 'b', '^a|b', '^ab?']) };
    case 9:
      return { $all: [pick(scalars)] };
    case 10:
      return { $not: { $gt: pick(scalars) } };
    default:
      return pick(scalars);
  }
}

function filter(random: Random, depth = 0): Document {
  const result: Document = {};
  for (let i = random.below(3) + (depth ? 1 : 0); i >= 0; i--) result[random.pick(paths)] = condition(random);
  if (depth === 0 && random.chance(0.2)) result['$or'] = [filter(random, 1), filter(random, 1)];
  if (depth === 0 && random.chance(0.1)) result['$and'] = [filter(random, 1), filter(random, 1)];
  return result;
}

const indexKeys: readonly Document[] = [
  { key: { a: 1 } },
  { key: { a: -1, d: 1 } },
  { key: { d: 1, e: -1 } },
  { key: { 'a.b': 1, 'a.c': 1 } },
  { key: { d: 1, a: 1, e: 1 } },
  { key: { e: 1 }, sparse: true },
  { key: { e: -1, d: -1 }, partialFilterExpression: { e: { $gt: 0 } } },
  { key: { d: -1 }, partialFilterExpression: { a: { $exists: true } } },
  { key: { 'd.b': 1, e: 1 } },
  { key: { a: 1, e: 1 }, collation: { locale: 'en', strength: 2 } },
];

const log = { put() {}, patch() {}, delete() {}, change() {} };

test('every query finds the same documents, in the same order, with indexes as without', t => {
  const random = randomSource(20261121);
  let byIndex = 0;
  let sortedByIndex = 0;
  for (let round = 0; round < 150; round++) {
    const plain = new Collection('shop', 'plain', {}, log, false);
    const indexed = new Collection('shop', 'indexed', {}, log, false);
    const specs = indexKeys.filter(() => random.chance(0.4)).map(raw => parseIndexSpec(raw));
    for (const spec of specs.slice(1)) indexed.createIndex(spec);
    for (let _id = 0; _id < 60; _id++) {
      const made = document(random, _id, round % 2 === 0);
      let added = true;
      try {
        indexed.insert(made);
      } catch {
        added = false; // two arrays in one compound index
      }
      if (added) plain.insert(made);
    }
    // Changes and removals go through the indexes, too.
    for (const record of [...indexed.records]) {
      if (!random.chance(0.3)) continue;
      const other = plain.findById(record.document['_id'])!;
      // An update changes some fields and leaves the very same values in the others.
      const changed = random.chance(0.5)
        ? document(random, Number(record.document['_id']), round % 2 === 0)
        : { ...record.document, [random.pick(['a', 'd', 'e'])]: value(random, round % 2 === 0) };
      try {
        indexed.replace(record, changed);
      } catch {
        continue;
      }
      plain.replace(other, changed);
      if (random.chance(0.3)) {
        indexed.remove(record);
        plain.remove(other);
      }
    }
    if (specs[0]) {
      try {
        indexed.createIndex(specs[0]); // built over what is there
      } catch {
        // two arrays again
      }
    }
    for (let query = 0; query < 60; query++) {
      const sort = random.chance(0.5) ? sortOf(random) : undefined;
      const limit = random.chance(0.3) ? 1 + random.below(10) : 0;
      const collation = random.chance(0.15) ? { locale: 'en', strength: 2 } : undefined;
      const selection = { filter: filter(random), sort, limit, collation };
      let expected: ReturnType<typeof select>;
      try {
        expected = select(plain, selection);
      } catch {
        continue; // a sort by two parallel arrays, which an index need not notice
      }
      const found = select(indexed, selection);
      const stage = JSON.stringify(found.plan.stage);
      if (stage.includes('IXSCAN')) byIndex++;
      if (sort && found.plan.sorted) sortedByIndex++;
      const message = JSON.stringify({ round, selection, stage });
      const check = (wanted: unknown, got: unknown) => {
        // What is the same to the collation may come in any order.
        const show = (value: unknown) => (collation ? JSON.stringify(value).toLowerCase() : JSON.stringify(value));
        const [left, right] = [show(wanted), show(got)];
        if (left !== right) t.equal(right, left, message);
      };
      // Of documents that sort alike any may come first, and a limit may cut anywhere among them.
      const read = keyReader(parseSort(sort), { collation: found.collation });
      check(...keys(expected.records, found.records, read));
      const unlimited = { ...selection, limit: 0 };
      const ids = (records: typeof found.records) => records.map(record => Number(record.document['_id'])).sort();
      if (limit === 0) check(ids(expected.records), ids(found.records));
      else check(ids(select(plain, unlimited).records), ids(select(indexed, unlimited).records));
    }
  }
  t.ok(byIndex > 4_000, `${byIndex} of 9000 queries used an index`);
  t.ok(sortedByIndex > 350, `${sortedByIndex} were sorted by one`);
  t.end();
});

test('a query that names one document by its id finds it where everything else fits, and reads no other', t => {
  const random = randomSource(11);
  const collection = new Collection('shop', 'named', {}, log, false);
  for (const raw of indexKeys) collection.createIndex(parseIndexSpec({ ...raw, name: JSON.stringify(raw) }));
  for (let _id = 0; _id < 60; _id++) collection.insert(document(random, _id, false));
  let hits = 0;
  for (let query = 0; query < 3_000; query++) {
    const id = random.below(70);
    const named = random.pick<unknown>([id, { $eq: id }, { $in: [id] }, { $in: [] }, { $gte: id, $lte: id }]);
    const selection = {
      filter: { _id: named, ...filter(random) },
      sort: random.chance(0.3) ? sortOf(random) : undefined,
    };
    const work = { keysExamined: 0, docsExamined: 0 };
    const found = select(collection, selection, work).records.map(record => record.document['_id']);
    const { matches } = compileFilter(selection.filter, {});
    const expected = [...collection.records]
      .filter(record => matches(record.document))
      .map(each => each.document['_id']);
    if (JSON.stringify(found) !== JSON.stringify(expected)) t.same(found, expected, JSON.stringify(selection));
    if (work.docsExamined > 1) t.fail(`${work.docsExamined} documents for ${JSON.stringify(selection)}`);
    hits += found.length;
  }
  t.ok(hits > 150, `${hits} were found`);
  t.end();
});

function keys(a: StoredRecord[], b: StoredRecord[], read: SortKeyReader): [unknown, unknown] {
  const show = (records: StoredRecord[]) => records.map(record => read(record.document).map(key => key ?? null));
  return [show(a), show(b)];
}

/** With `_id` at its end a sort has no ties. */
function sortOf(random: Random): Document {
  const sort: Document = {};
  for (let i = random.below(2); i >= 0; i--) sort[random.pick(['a', 'd', 'e', 'a.b'])] = random.pick([1, -1]);
  return random.chance(0.7) ? { ...sort } : { ...sort, _id: 1 };
}
