import type { Document } from '../bson/types.ts';
import { collectionName, documentField, documentsField, flagField, integerField } from './arguments.ts';
import type { CommandContext, CommandDefinition } from './command.ts';
import { checkBatch } from './insert.ts';
import { select } from './select.ts';
import { variablesOf } from './variables.ts';
import { checkStatementFields, runStatements } from './write-errors.ts';

const statementFields = ['q', 'limit', 'collation', 'hint', 'comment'];

const remove: CommandDefinition = {
  fields: ['deletes', 'ordered', 'let'],
  writes: true,
  run({ server, database, command, name, deadline, now }: CommandContext): Document {
    const statements = documentsField(command, 'deletes');
    checkBatch(statements.length);
    const collection = server.store.catalog.find(database, collectionName(command, name));
    const variables = variablesOf(command, now);
    let n = 0;
    const writeErrors = runStatements(statements, flagField(command, 'ordered') ?? true, statement => {
      checkStatementFields('delete.deletes', statement, statementFields);
      const { records } = select(collection, {
        filter: documentField(statement, 'q') ?? {},
        limit: integerField(statement, 'limit', 0, 1),
        hint: statement['hint'],
        collation: documentField(statement, 'collation'),
        let: variables,
        deadline,
        now,
      });
      for (const record of records) collection!.remove(record);
      n += records.length;
    });
    return { n, ...(writeErrors.length > 0 ? { writeErrors } : {}) };
  },
};

export const deleteCommands = { delete: remove };
