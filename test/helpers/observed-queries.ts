import type { mongo } from 'mongoose';
import { commandShape } from '../../src/store/connection-watch.ts';
import type { Store } from '../../src/store/open-store.ts';
import { explain, planProblem } from './query-plans.ts';

const explainable = new Set(['find', 'aggregate', 'distinct', 'findAndModify', 'update', 'delete', 'count']);
const session = new Set([
  'lsid',
  'txnNumber',
  'writeConcern',
  'readConcern',
  'maxTimeMS',
  '$db',
  '$clusterTime',
  '$readPreference',
]);

/**
 * What needs no second look in this process, by the definition of its repository: the indexes that it declares decide the plan. Only what
 * is sorted in memory depends on how much there is.
 */
const indexed = new WeakMap<object, Set<string>>();

/** Remembers one command of each shape that is sent to the collections of repositories; the returned function explains them. */
export function observeQueries(store: Store): () => Promise<string[]> {
  const seen = new Map<string, { name: string; command: mongo.Document }>();
  const client = store.connection.getClient() as unknown as mongo.MongoClient;
  client.on('commandStarted', ({ commandName: name, command }) => {
    if (!explainable.has(name)) return;
    const statements: mongo.Document[] | undefined = command[`${name}s`];
    // Of a batch of writes each statement has its own plan.
    for (const statement of statements ?? [undefined]) {
      const single = statement ? { ...command, [`${name}s`]: [statement] } : command;
      const key = JSON.stringify([name, commandShape(name, single)]);
      if (!seen.has(key)) seen.set(key, { name, command: single });
    }
  });

  async function explainAll({ definition, ensureIndexes }: Explained, commands: readonly Seen[]): Promise<string[]> {
    const known = indexed.get(definition) ?? new Set<string>();
    indexed.set(definition, known);
    const fresh = commands.filter(({ key }) => !known.has(key));
    if (fresh.length === 0) return [];
    // A test about something else need not build them; what counts is what the repository declares.
    await ensureIndexes().catch(async () => {
      await store.link.database.collection(definition.collection).deleteMany({});
      await ensureIndexes();
    });
    const problems: string[] = [];
    for (const { key, name, command } of fresh) {
      const bare = Object.fromEntries(Object.entries(command).filter(([field]) => !session.has(field)));
      const plan = await explain(store.link.database, bare);
      const problem = planProblem(plan);
      const shape = JSON.stringify(commandShape(name, command));
      if (problem) problems.push(`${definition.collection}: ${name} ${problem}: ${shape}`);
      else if (!plan.stages.has('SORT')) known.add(key);
    }
    return problems;
  }

  return async () => {
    const problems: string[] = [];
    const all = [...seen].map(([key, each]) => ({ key, ...each }));
    for (const repository of store.repositories) {
      const { definition } = repository;
      const own = all.filter(({ name, command }) => command[name] === definition.collection);
      const ensureIndexes = () => repository.ensureIndexes();
      if (own.length > 0) problems.push(...(await explainAll({ definition, ensureIndexes }, own)));
    }
    return problems;
  };
}

interface Explained {
  readonly definition: { readonly collection: string };
  readonly ensureIndexes: () => Promise<unknown>;
}

interface Seen {
  readonly key: string;
  readonly name: string;
  readonly command: mongo.Document;
}
