import { type Document, isDocument } from '../bson/types.ts';
import { CommandError } from '../errors.ts';
import { arrayField, collectionName, documentField, documentsField, flagField } from './arguments.ts';
import type { CommandContext, CommandDefinition } from './command.ts';
import { checkBatch } from './insert.ts';
import { modify } from './modify.ts';
import { variablesOf } from './variables.ts';
import { checkStatementFields, runStatements } from './write-errors.ts';

// `sort` came with MongoDB 8, which this server does not claim to be.
const statementFields = ['q', 'u', 'c', 'upsert', 'multi', 'collation', 'arrayFilters', 'hint', 'comment'];

const update: CommandDefinition = {
  fields: ['updates', 'ordered', 'bypassDocumentValidation', 'let'],
  writes: true,
  grows: 'little',
  run({ server, database, command, name, now, deadline }: CommandContext): Document {
    const statements = documentsField(command, 'updates');
    checkBatch(statements.length);
    const { catalog } = server.store;
    const collection = collectionName(command, name);
    const variables = variablesOf(command, now);
    let n = 0;
    let nModified = 0;
    const upserted: Document[] = [];
    const writeErrors = runStatements(statements, flagField(command, 'ordered') ?? true, (statement, index) => {
      checkStatementFields('update.updates', statement, statementFields);
      const result = modify(() => catalog.ensure(database, collection), catalog.find(database, collection), {
        filter: documentField(statement, 'q') ?? missing('q'),
        update: updateOf(statement['u']),
        arrayFilters: arrayField(statement, 'arrayFilters') && documentsField(statement, 'arrayFilters'),
        multi: flagField(statement, 'multi') ?? false,
        upsert: flagField(statement, 'upsert') ?? false,
        hint: statement['hint'],
        collation: documentField(statement, 'collation'),
        let: constants(statement, variables),
        deadline,
        now,
      });
      n += result.matched + (result.upsertedId ? 1 : 0);
      nModified += result.modified;
      if (result.upsertedId) upserted.push({ index, _id: result.upsertedId.id });
    });
    return {
      n,
      nModified,
      ...(upserted.length > 0 ? { upserted } : {}),
      ...(writeErrors.length > 0 ? { writeErrors } : {}),
    };
  },
};

/** An update is a document, or an array of pipeline stages. */
export function updateOf(value: unknown): Document | Document[] {
  if (isDocument(value)) return value;
  if (Array.isArray(value) && value.every(isDocument)) return value;
  throw new CommandError('FailedToParse', 'An update must be a document or an array of pipeline stages');
}

/** `c` holds constants for a pipeline update, which read like variables of `let`. */
function constants(statement: Document, variables: Document | undefined): Document | undefined {
  const own = documentField(statement, 'c');
  return own ? { ...variables, ...own } : variables;
}

function missing(field: string): never {
  throw new CommandError('FailedToParse', `The field '${field}' is missing from a statement`);
}

export const updateCommands = { update };
