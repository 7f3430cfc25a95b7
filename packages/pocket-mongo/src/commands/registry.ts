import { CommandError, unsupported } from '../errors.ts';
import { adminCommands } from './admin.ts';
import { aggregateCommands } from './aggregate.ts';
import { collectionCommands } from './collections.ts';
import type { CommandDefinition } from './command.ts';
import { countCommands } from './count.ts';
import { deleteCommands } from './delete.ts';
import { explainCommands } from './explain.ts';
import { findCommands } from './find.ts';
import { findAndModifyCommands } from './find-and-modify.ts';
import { helloCommands } from './hello.ts';
import { indexCommands } from './indexes.ts';
import { insertCommands } from './insert.ts';
import { sessionCommands } from './sessions.ts';
import { updateCommands } from './update.ts';

const commands = new Map<string, CommandDefinition>(
  Object.entries({
    ...helloCommands,
    ...adminCommands,
    ...sessionCommands,
    ...collectionCommands,
    ...indexCommands,
    ...insertCommands,
    ...updateCommands,
    ...deleteCommands,
    ...findCommands,
    ...findAndModifyCommands,
    ...countCommands,
    ...aggregateCommands,
    ...explainCommands,
  }),
);

/** Commands of MongoDB that are left out on purpose, with the name of what they belong to. */
const leftOut = new Map<string, string>([
  ...feature('Transactions', ['commitTransaction', 'abortTransaction', 'prepareTransaction']),
  ...feature('Users and roles', [
    'saslStart',
    'saslContinue',
    'authenticate',
    'logout',
    'createUser',
    'updateUser',
    'dropUser',
    'usersInfo',
    'createRole',
    'rolesInfo',
    'grantRolesToUser',
  ]),
  ...feature('Replica sets', ['replSetGetStatus', 'replSetGetConfig', 'replSetInitiate', 'replSetStepDown']),
  ...feature('Sharding', ['enableSharding', 'shardCollection', 'listShards', 'balancerStart', 'balancerStatus']),
  ...feature('mapReduce', ['mapReduce', 'mapreduce']),
  ...feature('Search indexes', ['createSearchIndexes', 'dropSearchIndex', 'updateSearchIndex', 'listSearchIndexes']),
  ...feature('The bulkWrite command over several collections', ['bulkWrite']),
  ...feature('validate', ['validate']),
  ...feature('currentOp', ['currentOp', 'killOp']),
]);

function feature(name: string, commandNames: readonly string[]): [string, string][] {
  return commandNames.map(command => [command, name]);
}

/** The command of this name, or an error that says whether it is unknown or left out. */
export function findCommand(name: string): CommandDefinition {
  const definition = commands.get(name);
  if (definition) return definition;
  const left = leftOut.get(name);
  if (left) throw unsupported(`${left} (command ${name})`);
  throw new CommandError('CommandNotFound', `no such command: '${name}'`);
}
