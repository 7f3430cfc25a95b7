import type { mongo } from 'mongoose';
import t from 'tap';
import { BaseRepository } from '../../src/store/base-repository.ts';
import { filterOf, stagesOf } from '../../src/store/query-table.ts';
import { type AnyRepository, allRepositoryClasses, type RepositoryClass } from '../helpers/all-repositories.ts';
import { sampleArgs } from '../helpers/query-shapes.ts';
import { ParcelRepository } from '../helpers/sample-repository.ts';
import { startTestStore } from '../helpers/store.ts';

const classes: RepositoryClass[] = [ParcelRepository as unknown as RepositoryClass, ...(await allRepositoryClasses())];
const marker = 'hostile-marker';

const hostile: [name: string, value: unknown][] = [
  ['$gt', { $gt: marker }],
  ['$ne', { $ne: marker }],
  ['$where', { $where: marker }],
  ['$regex', { $regex: marker }],
  ['$in', { $in: [marker] }],
  ['$expr', { $expr: { $eq: [marker, marker] } }],
  ['__proto__', JSON.parse(`{"__proto__": {"$gt": "${marker}"}}`)],
  ['constructor', { constructor: { prototype: { polluted: marker } } }],
  // Some methods take a list of texts, and may: it is told apart by its own text.
  ['array', ['a list where a text belongs']],
  ['array of operators', [{ $gt: marker }]],
  ['an object that says it is text', { toString: () => marker, $gt: marker }],
  ['an object that says it is an id', { _bsontype: 'ObjectId', toHexString: () => marker, $gt: marker }],
];

for (const Repository of classes) {
  t.test(`${Repository.name}: named queries and filters take scalars only`, async t => {
    const { definition } = new Repository(await startTestStore(t)) as AnyRepository;
    const { queries = {}, pipelines = {} } = definition;
    const asked = [
      ...Object.entries(queries).map(([name, query]) => ({
        name,
        query,
        ask: (args: never) => filterOf(query, args) as unknown,
      })),
      ...Object.entries(pipelines).map(([name, query]) => ({
        name,
        query,
        ask: (args: never) => stagesOf(query, args),
      })),
    ];
    for (const { name, query, ask } of asked) {
      for (const argument of Object.keys(query.args)) {
        for (const [kind, value] of hostile) {
          const isList = typeof query.args[argument] !== 'string';
          const given = isList && !Array.isArray(value) ? [value] : value;
          if (isList && kind === 'array' && query.args[argument]?.[0] === 'string') continue; // a list of texts is what it takes
          const args = { ...sampleArgs(query.args), [argument]: given };
          t.throws(
            () => ask(args as never),
            { code: 'VALIDATION_FAILED', message: new RegExp(`^${argument}`) },
            `${name}(${argument}: ${kind})`,
          );
        }
      }
      t.throws(() => ask({ ...sampleArgs(query.args), $where: marker } as never), {
        code: 'VALIDATION_FAILED',
      });
    }
    t.equal(({} as Record<string, unknown>)['polluted'], undefined);
  });

  t.test(`${Repository.name}: whatever its methods are given, no operator of it reaches the store`, async t => {
    const store = await startTestStore(t, { checkPlans: false });
    const repository = new Repository(store) as AnyRepository;
    await repository.ensureIndexes();
    const client = store.connection.getClient() as unknown as mongo.MongoClient;
    const reached: string[] = [];
    client.on('commandStarted', ({ commandName, command }) => {
      const statements = [...(command['updates'] ?? []), ...(command['deletes'] ?? [])] as mongo.Document[];
      const filters = [command['filter'], command['query'], command['pipeline'], ...statements.map(({ q }) => q)];
      if (filters.some(filter => carriesOperator(filter))) reached.push(`${commandName} ${JSON.stringify(filters)}`);
    });
    const methods = [...methodsOf(Repository), ...methodsOf(BaseRepository)];
    for (const method of methods) {
      for (const [kind, value] of hostile) {
        const call = repository[method as 'list'].bind(repository) as unknown as (...args: unknown[]) => unknown;
        for (const args of [
          [value, value, value, value],
          [{ filter: value }],
          [{ filter: { state: value, name: value, id: value } }],
        ]) {
          await settle(() => call(...args));
        }
        t.same(reached.splice(0), [], `${method}(${kind})`);
      }
    }
    t.ok(methods.length > 10);
    t.equal(({} as Record<string, unknown>)['polluted'], undefined);
  });
}

const notVerbs = new Set(['constructor', 'toApi', 'run', 'visible', 'forget', 'read', 'ensureIndexes']);
// These take the name of a declared query; their arguments are what the first test is about.
const byName = new Set([
  'first',
  'find',
  'each',
  'count',
  'change',
  'changeEach',
  'changeMany',
  'upsert',
  'claim',
  'removeMany',
]);

/** Also those it has from a class of its own feature, up to the one that all repositories share. */
function methodsOf(type: { prototype: object }): string[] {
  const names = new Set<string>();
  let at = type.prototype;
  do {
    for (const name of Object.getOwnPropertyNames(at)) names.add(name);
    at = Object.getPrototypeOf(at);
  } while (at !== BaseRepository.prototype && at !== Object.prototype);
  return [...names].filter(name => !notVerbs.has(name) && !byName.has(name));
}

/** Runs it to its end, whatever it is: most calls are refused, and that is right. */
async function settle(call: () => unknown): Promise<void> {
  try {
    const result = await call();
    if (typeof result === 'object' && result !== null && Symbol.asyncIterator in result) {
      for await (const _ of result as AsyncIterable<unknown>) break;
    }
  } catch {
    // A refusal. What matters is what was sent.
  }
}

/** The marker stands where the server would take it as an operator's argument. Compared as a plain value (`$eq`) it finds nothing. */
function carriesOperator(part: unknown, operator = ''): boolean {
  if (part === marker) return operator !== '' && operator !== '$eq';
  if (typeof part !== 'object' || part === null) return false;
  return Object.entries(part).some(([key, value]) => {
    if (operator === '$eq') return false;
    const inherited = key.startsWith('$') && key !== '$match' && key !== '$and' ? key : operator;
    return carriesOperator(value, Array.isArray(part) ? operator : inherited);
  });
}

t.test('a query built without any check still sends no operator of a client', async t => {
  const store = await startTestStore(t, { checkPlans: false });
  const parcels = new ParcelRepository(store);
  await parcels.create({ code: 'A' });
  const model = store.connection.model('parcels');
  await t.rejects(
    async () => model.findOne({ code: { $gt: '' } as never }).exec(),
    { name: 'CastError' },
    'an untrusted operator is taken as a value, and is no text',
  );
  for (const filter of [{ $where: 'true' }, { $expr: { $eq: [1, 1] } }]) {
    await t.rejects(async () => model.findOne(filter), /not allowed/);
  }
  await t.rejects(async () => model.findOne({ nothing: 1 }).exec(), /strictQuery/, 'an unknown path is no wildcard');
});
