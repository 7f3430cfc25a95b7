import { EJSON } from 'bson';
import { Decimal128, Double, Long, MongoClient, ObjectId } from 'mongodb';
import tap, { test } from 'tap';
import { compileCollation } from '../../src/bson/collation.ts';
import { startPocketMongo } from '../../src/index.ts';
import { compileSort } from '../../src/query/sort.ts';
import { Random } from '../bson/random-values.ts';
import type { Loose } from './servers.ts';

/** How many queries to compare; raise it for a long run: `POCKET_QUERIES=100000 POCKET_SEED=7 npx tsx …`. */
const queries = Number(process.env['POCKET_QUERIES'] ?? 2_400);
const seed = Number(process.env['POCKET_SEED'] ?? 20_260_301);
const perRound = 400;
const atOnce = 16;

const ids = Array.from({ length: 4 }, (_, i) => new ObjectId(`65000000000000000000000${i}`));
const scalars: Loose[] = [
  ...[null, true, false, 0, 1, 2, 3, 5, -1, 1.5, 'a', 'ab', 'b', 'B', 'c', ''],
  ...[new Double(2), Long.fromNumber(3), Long.MAX_VALUE, Decimal128.fromString('1.5'), Decimal128.fromString('3')],
  ...[new Date(0), new Date(1000), Number.NaN, ...ids],
];

function randomValue(random: Random): Loose {
  const shape = random.below(12);
  if (shape === 0) return Array.from({ length: random.below(4) }, () => random.pick(scalars));
  if (shape === 1) return { x: random.pick(scalars), y: random.pick(scalars) };
  if (shape === 2)
    return Array.from({ length: random.below(3) }, () => ({ x: random.pick(scalars), y: random.below(4) }));
  if (shape === 3) return [[random.pick(scalars)], random.pick(scalars)];
  return random.pick(scalars);
}

/** At most one field holds an array: a compound index refuses two. */
function randomDocument(random: Random, _id: number): Loose {
  const document: Loose = { _id, live: random.pick([true, false, null]), k: random.below(6) };
  let hasArray = false;
  for (const name of ['a', 'b', 'c']) {
    if (random.chance(5)) continue;
    const value = randomValue(random);
    if (Array.isArray(value) && hasArray) continue;
    hasArray ||= Array.isArray(value);
    document[name] = value;
  }
  return document;
}

const collation = { locale: 'en', strength: 2 };
const indexes: [keys: Loose, options?: Loose][] = [
  [{ a: 1 }],
  [{ a: -1, b: 1 }],
  [{ b: 1, k: -1, a: 1 }],
  [{ 'a.x': 1 }],
  [{ 'a.x': 1, 'a.y': -1 }],
  [{ 'b.0': 1 }],
  [{ c: 1 }, { sparse: true }],
  [{ c: -1, k: 1 }, { sparse: true }],
  [{ k: 1, a: 1 }, { partialFilterExpression: { live: true } }],
  [{ b: 1, c: 1 }, { partialFilterExpression: { k: { $gte: 3 } } }],
  [{ k: 1, c: -1 }],
  [{ a: 1, k: 1 }, { collation }],
];

function randomCondition(random: Random): Loose {
  const value = () => (random.chance(6) ? randomValue(random) : random.pick(scalars));
  switch (random.below(15)) {
    case 0:
    case 1:
    case 2:
      return value();
    case 3:
      return { $gt: value() };
    case 4:
      return { $lte: value() };
    case 5:
      return { $gte: value(), $lt: value() };
    case 6:
    case 7:
      return { $in: Array.from({ length: random.below(5) }, value) };
    case 8:
      return { $ne: value() };
    case 9:
      return { $nin: [value(), value()] };
    case 10:
      return { $exists: random.chance(2) };
    case 11:
      return { $not: random.pick([{ $gt: value() }, { $in: [value()] }, { $eq: value() }]) };
    case 12:
      return {
        $elemMatch: random.pick([
          { $gte: value() },
          { x: value() },
          { x: { $gt: value() }, y: { $lte: random.below(4) } },
          { $in: [value(), value()] },
        ]),
      };
    case 13:
      return random.pick([
        { $all: [value(), value()] },
        { $size: random.below(3) },
        { $type: random.pick(['number', 'string', 'array', 'null', 'object']) },
        { $eq: value() },
      ]);
    default:
      return random.pick([/^a/, /b/i, /^ab?/, { $regex: '^b' }]);
  }
}

function randomFilter(random: Random, depth = 1): Loose {
  const filter: Loose = {};
  for (let i = random.below(4); i > 0; i -= 1) {
    filter[random.pick(['a', 'a', 'b', 'c', 'k', 'k', 'a.x', 'a.y', 'b.0', 'b.x', 'live', '_id'])] =
      randomCondition(random);
  }
  if (random.chance(3)) filter.live = true;
  if (random.chance(4)) filter.k = { $gte: random.below(6) };
  if (depth > 0 && random.chance(4)) {
    const clauses = Array.from({ length: 1 + random.below(3) }, () => randomFilter(random, depth - 1));
    filter[random.pick(['$or', '$or', '$and', '$nor'])] = clauses;
  }
  return filter;
}

const sorts: Loose[] = [
  undefined,
  { a: 1 },
  { a: -1 },
  { a: -1, b: 1 },
  { b: 1, k: -1 },
  { c: 1 },
  { c: -1, k: 1 },
  { k: 1 },
  { k: -1, a: -1 },
  { 'a.x': 1 },
  { 'a.x': -1, 'a.y': 1 },
  { _id: -1 },
  { k: 1, c: -1 },
];

function usesIndex(plan: Loose): boolean {
  if (!plan || typeof plan !== 'object') return false;
  return plan.stage === 'IXSCAN' || [plan.inputStage, ...(plan.inputStages ?? [])].some(stage => usesIndex(stage));
}

const timeout = 60_000 + queries * 40;
tap.setTimeout(timeout); // long runs happen without the test runner, which has limits of its own

test('a query finds the same with indexes as by reading everything', { timeout }, async t => {
  const store = await startPocketMongo({ dir: t.testdir() });
  t.teardown(() => store.close());
  const client = await new MongoClient(store.uri).connect();
  t.teardown(() => client.close());
  const random = new Random(seed);
  const counts = { compared: 0, indexed: 0, sorted: 0, found: 0, differences: 0 };
  for (let round = 0; counts.compared < queries; round += 1) {
    const plain = client.db('compare').collection<Loose>(`plain${round}`);
    const indexed = client.db('compare').collection<Loose>(`indexed${round}`);
    const documents = Array.from({ length: 120 }, (_, i) => randomDocument(random, i));
    // Half of the indexes grow with the documents, half are built over them.
    const chosen = indexes.filter(() => !random.chance(3));
    const [before, after] = [chosen.slice(0, chosen.length / 2), chosen.slice(chosen.length / 2)];
    for (const [keys, options] of before) await indexed.createIndex(keys, options);
    for (const collection of [plain, indexed]) await collection.insertMany(documents);
    for (const [keys, options] of after) await indexed.createIndex(keys, options);
    for (let i = 0; i < perRound && counts.compared < queries; i += atOnce) {
      await changeBoth(random, plain, indexed);
      counts.compared += atOnce;
      const report: Report = (what, detail) => {
        counts.differences += 1;
        if (counts.differences <= 5)
          t.fail(`${what} (seed ${seed}, query ${counts.compared})`, { detail: EJSON.stringify(detail) });
      };
      await Promise.all(Array.from({ length: atOnce }, () => compareOne(random, plain, indexed, counts, report)));
    }
    await plain.drop();
    await indexed.drop();
  }
  t.comment(JSON.stringify(counts));
  t.equal(counts.differences, 0);
  t.ok(counts.indexed > queries / 3, `${counts.indexed} of ${queries} used an index`);
  t.ok(counts.sorted > queries / 60, `${counts.sorted} were sorted by one`);
  t.ok(counts.found > queries / 3, `${counts.found} found something`);
});

type Report = (what: string, detail: Loose) => void;

async function compareOne(random: Random, plain: Loose, indexed: Loose, counts: Loose, report: Report): Promise<void> {
  const filter = randomFilter(random);
  const sort = random.pick(sorts);
  const options: Loose = { ...(sort ? { sort } : {}), ...(random.chance(6) ? { collation } : {}) };
  const more = random.below(6);
  const run = async (collection: Loose, extra = {}) => {
    try {
      return (await collection.find(filter, { ...options, ...extra }).toArray()) as Loose[];
    } catch (error) {
      return (error as Loose).code as number;
    }
  };
  const total = { sort: { ...sort, _id: 1 } };
  const [wanted, got, explained] = await Promise.all([
    run(plain, total),
    run(indexed),
    indexed.find(filter, options).explain('queryPlanner'),
  ]);
  if (!Array.isArray(wanted) || !Array.isArray(got)) {
    // Arrays in two fields of a sort are an error wherever the documents are read.
    if (wanted !== got)
      report('one of the two was refused', { filter, options, wanted: describe(wanted), got: describe(got) });
    return;
  }
  const plan = explained.queryPlanner.winningPlan;
  if (wanted.length > 0) counts.found += 1;
  if (usesIndex(plan)) counts.indexed += 1;
  if (sort && plan.stage !== 'SORT' && usesIndex(plan)) counts.sorted += 1;
  if (String(sortedIds(wanted)) !== String(sortedIds(got))) {
    report('other documents', { filter, options, plan, wanted: sortedIds(wanted), got: sortedIds(got) });
    return;
  }
  if (sort) {
    // Documents with equal keys may come in any order, no others.
    const compare = compileSort(sort, { collation: compileCollation(options.collation) });
    if (got.some((document, i) => i > 0 && compare(got[i - 1], document) > 0)) {
      report('not in order', { filter, options, plan, got: describe(got) });
    }
  }
  if (more === 0) {
    const ordered = await run(indexed, total);
    if (describe(ordered) !== describe(wanted))
      report('another order', { filter, options, plan, wanted: describe(wanted), ordered: describe(ordered) });
  } else if (more === 1) {
    const page = await run(indexed, { ...total, limit: 3, skip: 1 });
    if (describe(page) !== describe(wanted.slice(1, 4)))
      report('another page', { filter, options, page: describe(page), wanted: describe(wanted) });
  } else if (more === 2) {
    const count = await indexed.countDocuments(filter, options.collation ? { collation } : {});
    if (count !== wanted.length) report('another count', { filter, options, count, wanted: wanted.length });
  }
}

const sortedIds = (list: Loose[]) => list.map(({ _id }) => _id as number).sort((x, y) => x - y);
const describe = (result: Loose) => (Array.isArray(result) ? String(result.map(({ _id }) => _id)) : `error ${result}`);

/** Writes to both collections alike, so that indexes are kept up to date under test as well. */
async function changeBoth(random: Random, plain: Loose, indexed: Loose): Promise<void> {
  const _id = random.below(120);
  const document = randomDocument(random, _id);
  const kind = random.below(4);
  const field = random.pick(['a', 'b', 'c']);
  const value = random.pick(scalars);
  for (const collection of [plain, indexed]) {
    if (kind === 0) await collection.deleteOne({ _id });
    else if (kind === 1) await collection.replaceOne({ _id }, document, { upsert: true });
    else if (kind === 2) await collection.updateMany({ k: random.below(1) + 2 }, { $set: { [field]: value } });
    else await collection.updateOne({ _id }, { $unset: { [field]: 1 } });
  }
}
