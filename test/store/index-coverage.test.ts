import type { mongo } from 'mongoose';
import t from 'tap';
import { BaseRepository } from '../../src/store/base-repository.ts';
import { namedPipeline, namedQuery } from '../../src/store/query-table.ts';
import { defineSchema } from '../../src/store/schema.ts';
import type { RepositoryContext } from '../../src/store/store.ts';
import { type AnyRepository, allRepositoryClasses, type RepositoryClass } from '../helpers/all-repositories.ts';
import { fill, planProblems } from '../helpers/query-plans.ts';
import { shapesOf } from '../helpers/query-shapes.ts';
import { ParcelRepository } from '../helpers/sample-repository.ts';
import { startTestStore } from '../helpers/store.ts';

const classes: RepositoryClass[] = [ParcelRepository as unknown as RepositoryClass, ...(await allRepositoryClasses())];

/** How many commands a piece of work sends for this collection. */
async function commandsOf(client: mongo.MongoClient, work: () => Promise<unknown>): Promise<number> {
  let count = 0;
  const counting = ({ commandName }: mongo.CommandStartedEvent) => {
    if (!['ping', 'hello', 'endSessions'].includes(commandName)) count += 1;
  };
  client.on('commandStarted', counting);
  await work().finally(() => client.off('commandStarted', counting));
  return count;
}

for (const Repository of classes) {
  t.test(`${Repository.name}: every query it declares is answered from an index`, async t => {
    const store = await startTestStore(t, { checkPlans: false });
    const repository = new Repository(store);
    await repository.ensureIndexes();
    t.same(await planProblems(store.link.database, repository.definition), []);
    t.ok(shapesOf(repository.definition).length >= 4, 'there is something to explain');
  });

  t.test(`${Repository.name}: a page of 100 costs as many commands as a page of 10`, async t => {
    const store = await startTestStore(t);
    const repository: AnyRepository = new Repository(store);
    const { collection, filters = {}, listedWithin = [] } = repository.definition;
    await repository.ensureIndexes();
    const first = fill(repository.definition);
    const within = Object.fromEntries(listedWithin.map(field => [field, first[filters[field]?.path ?? field]]));
    const documents = Array.from({ length: 250 }, () => ({
      ...fill(repository.definition),
      ...pathsOf(within, filters),
      deletedAt: null,
    }));
    await store.link.database.collection(collection).insertMany(documents);
    const client = store.connection.getClient() as mongo.MongoClient;
    const costs: number[] = [];
    for (const limit of [10, 100]) {
      costs.push(
        await commandsOf(client, async () => {
          const { items, nextCursor } = await repository.list({ limit, filter: within });
          t.equal(items.length, limit);
          const next = await repository.list({ limit, filter: within, cursor: nextCursor! });
          t.equal(next.items.length, limit);
        }),
      );
    }
    t.equal(costs[1], costs[0]);
    t.ok(costs[0]! <= 3, 'one for the first page, at most two behind a cursor');
  });
}

const pathsOf = (within: Record<string, unknown>, filters: Readonly<Record<string, { path?: string }>>) =>
  Object.fromEntries(Object.entries(within).map(([field, value]) => [filters[field]?.path ?? field, value]));

t.test('a new repository file is found by itself', async t => {
  const names = (await allRepositoryClasses()).map(({ name }) => name);
  t.ok(names.includes('UserRepository'));
  t.ok(names.length >= 4);
});

/** What somebody writes in a hurry. */
class CarelessRepository extends BaseRepository<{ colour?: string; size?: number; owner?: string }, never, object> {
  constructor(context: RepositoryContext) {
    const schema = defineSchema(
      { colour: String, size: Number, owner: String },
      { indexes: [{ keys: { createdAt: -1, _id: -1 } }, { keys: { colour: 1 } }] },
    );
    const queries = {
      byOwner: namedQuery({ owner: 'string' }, ({ owner }) => ({ owner })),
      largestOf: namedQuery({ colour: 'string' }, ({ colour }) => ({ colour }), { sort: { size: -1 } }),
      fewOf: namedQuery({ colour: 'string' }, ({ colour }) => ({ colour }), { sort: { size: -1 }, sortsAtMost: 20 }),
      byColour: namedQuery({ colour: 'string' }, ({ colour }) => ({ colour })),
    };
    super(context, {
      collection: 'careless',
      schema,
      queries: queries as never,
      pipelines: { sizes: namedPipeline({}, () => [{ $match: { size: 1 } }]) },
      filters: { owner: { type: 'string' } },
      sorts: ['createdAt', 'size'],
    });
  }
  toApi(document: object): object {
    return document;
  }
}

t.test('what no index covers is found and named', async t => {
  const store = await startTestStore(t, { checkPlans: false });
  const careless = new CarelessRepository(store);
  await careless.ensureIndexes();
  const problems = await planProblems(store.link.database, careless.definition);
  const found = problems
    .filter(problem => !problem.includes('continued'))
    .map(problem => problem.replace(/^careless: /, '').replace(/\d+/g, 'N'));
  t.same(found.sort(), [
    'list by owner equals, sort -createdAt reads N documents to find N',
    'list by owner equals, sort -size reads the whole collection',
    'list by owner equals, sort size reads the whole collection',
    'list, sort -size reads the whole collection',
    'list, sort size reads the whole collection',
    'pipeline sizes reads the whole collection',
    'query byOwner reads the whole collection',
    'query largestOf sorts N documents in memory',
  ]);
});

t.test('what code really sends is explained too, when its test ends', async t => {
  const store = await startTestStore(t, { checkPlans: false });
  const careless = new CarelessRepository(store);
  await careless.ensureIndexes();
  await careless.create({ owner: 'Ann' });
  const raw = store.connection.collection('careless');
  await raw.findOne({ colour: 'red' });
  await raw.findOne({ owner: 'Ann' });
  await raw.updateOne({ size: 3 }, { $set: { colour: 'red' } });
  await raw.deleteMany({ size: { $gt: 3 } });
  await raw.countDocuments({ owner: 'Bob' });
  await raw.distinct('colour', { owner: 'Bob' });
  const problems = await store.planProblems();
  t.same(problems.map(problem => problem.replace(/ \{.*/, '')).sort(), [
    'careless: aggregate reads the whole collection:',
    'careless: delete reads the whole collection:',
    'careless: distinct reads the whole collection:',
    'careless: find reads the whole collection:',
    'careless: update reads the whole collection:',
  ]);
});
