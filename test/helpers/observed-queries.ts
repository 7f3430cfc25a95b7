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
  return async () => {
    const collections = new Set(store.repositories.map(({ definition }) => definition.collection));
    const problems: string[] = [];
    // A test about something else need not build them; what counts is what the repositories declare.
    for (const repository of store.repositories) {
      await repository.ensureIndexes().catch(async () => {
        await store.link.database.collection(repository.definition.collection).deleteMany({});
        await repository.ensureIndexes();
      });
    }
    for (const { name, command } of [...seen.values()]) {
      if (!collections.has(command[name])) continue;
      const bare = Object.fromEntries(Object.entries(command).filter(([key]) => !session.has(key)));
      const problem = planProblem(await explain(store.link.database, bare));
      if (problem)
        problems.push(`${command[name]}: ${name} ${problem}: ${JSON.stringify(commandShape(name, command))}`);
    }
    return problems;
  };
}
