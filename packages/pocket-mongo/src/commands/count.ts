import { type Document, isDocument } from '../bson/types.ts';
import { CommandError } from '../errors.ts';
import { distinctValues } from '../query/distinct.ts';
import { collectionName, documentField, integerField, stringField } from './arguments.ts';
import type { CommandContext, CommandDefinition } from './command.ts';
import { type Selection, select } from './select.ts';

const maxCount = Number.MAX_SAFE_INTEGER;

const count: CommandDefinition = {
  fields: ['query', 'limit', 'skip', 'hint', 'collation', 'fields'],
  run({ server, database, command, name, deadline, now }: CommandContext): Document {
    const collection = server.store.catalog.find(database, collectionName(command, name));
    const selection = { ...countSelection(command, deadline), now };
    // Counting everything is asked often and known already.
    if (Object.keys(selection.filter).length === 0 && !selection.skip && !selection.limit) {
      return { n: collection?.records.size ?? 0 };
    }
    return { n: select(collection, selection).records.length };
  },
};

export function countSelection(command: Document, deadline: number | undefined): Selection {
  return {
    filter: documentField(command, 'query') ?? {},
    skip: integerField(command, 'skip', 0, maxCount),
    limit: Math.abs(integerField(command, 'limit', -maxCount, maxCount) ?? 0),
    hint: command['hint'],
    collation: documentField(command, 'collation'),
    deadline,
  };
}

const distinct: CommandDefinition = {
  fields: ['key', 'query', 'collation', 'hint'],
  run({ server, database, command, name, deadline }: CommandContext): Document {
    const key = stringField(command, 'key');
    if (key === undefined) throw new CommandError('FailedToParse', "The field 'key' is missing from distinct");
    const query = command['query'];
    if (query !== undefined && query !== null && !isDocument(query)) {
      throw new CommandError('TypeMismatch', "The field 'query' must be a document");
    }
    const { records, collation } = select(server.store.catalog.find(database, collectionName(command, name)), {
      filter: query ?? {},
      hint: command['hint'],
      collation: documentField(command, 'collation'),
      deadline,
    });
    return {
      values: distinctValues(
        records.map(record => record.document),
        key,
        collation,
      ),
    };
  },
};

export const countCommands = { count, distinct };
