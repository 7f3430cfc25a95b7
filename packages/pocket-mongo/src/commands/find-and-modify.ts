import type { Document } from '../bson/types.ts';
import { CommandError } from '../errors.ts';
import type { Filter } from '../query/filter.ts';
import { compileProjection } from '../query/projection.ts';
import { arrayField, collectionName, documentField, documentsField, flagField } from './arguments.ts';
import type { CommandContext, CommandDefinition } from './command.ts';
import { expressionCompiler } from './expressions.ts';
import { modify } from './modify.ts';
import { type Selection, select } from './select.ts';
import { updateOf } from './update.ts';
import { variablesOf } from './variables.ts';

const findAndModify: CommandDefinition = {
  fields: [
    'query',
    'sort',
    'remove',
    'update',
    'new',
    'fields',
    'upsert',
    'bypassDocumentValidation',
    'collation',
    'arrayFilters',
    'hint',
    'let',
  ],
  writes: true,
  grows: 'little',
  run(context: CommandContext): Document {
    const { command, name, database, deadline, server, now } = context;
    const selection: Selection = {
      filter: documentField(command, 'query') ?? {},
      sort: documentField(command, 'sort'),
      hint: command['hint'],
      collation: documentField(command, 'collation'),
      let: variablesOf(command, now),
      deadline,
      now,
    };
    const collection = collectionName(command, name);
    const isRemove = flagField(command, 'remove') ?? false;
    if (isRemove === (command['update'] !== undefined)) {
      throw new CommandError('FailedToParse', 'Either an update or remove=true must be specified');
    }
    if (isRemove && (flagField(command, 'new') || flagField(command, 'upsert'))) {
      throw new CommandError('FailedToParse', 'Cannot specify both remove=true and new or upsert');
    }
    return isRemove
      ? removeOne(server.store.catalog.find(database, collection), selection, command)
      : changeOne(context, collection, selection);
  },
};

function removeOne(collection: Parameters<typeof select>[0], selection: Selection, command: Document): Document {
  const { records, filter } = select(collection, { ...selection, limit: 1 });
  const record = records[0];
  if (!record) return { lastErrorObject: { n: 0 }, value: null };
  const value = projected(record.document, command, filter, selection);
  collection!.remove(record);
  return { lastErrorObject: { n: 1 }, value };
}

function changeOne({ server, database, command, now }: CommandContext, collection: string, selection: Selection) {
  const { catalog } = server.store;
  const result = modify(() => catalog.ensure(database, collection), catalog.find(database, collection), {
    ...selection,
    update: updateOf(command['update']),
    arrayFilters: arrayField(command, 'arrayFilters') && documentsField(command, 'arrayFilters'),
    multi: false,
    upsert: flagField(command, 'upsert') ?? false,
    now,
  });
  const shown = flagField(command, 'new') ? result.after : result.before;
  return {
    lastErrorObject: {
      n: result.matched + (result.upsertedId ? 1 : 0),
      updatedExisting: result.matched > 0,
      ...(result.upsertedId ? { upserted: result.upsertedId.id } : {}),
    },
    value: shown ? projected(shown, command, result.selected.filter, selection) : null,
  };
}

function projected(
  document: Document,
  command: Document,
  filter: Filter,
  { now = new Date(), let: variables }: Selection,
): Document {
  const fields = documentField(command, 'fields');
  if (!fields || Object.keys(fields).length === 0) return document;
  return compileProjection(fields, { compileExpression: expressionCompiler(now), filter, let: variables })(document);
}

export const findAndModifyCommands = { findAndModify, findandmodify: findAndModify };
