import type { Document } from '../bson/types.ts';
import { CommandError } from '../errors.ts';
import { collectionName, documentsField, flagField } from './arguments.ts';
import type { CommandContext, CommandDefinition } from './command.ts';
import { runStatements } from './write-errors.ts';

/** Statements a single write command may carry. */
export const maxWriteBatch = 100_000;

const insert: CommandDefinition = {
  // There are no validators, so there is nothing that `bypassDocumentValidation` could bypass.
  fields: ['documents', 'ordered', 'bypassDocumentValidation'],
  writes: true,
  grows: 'much',
  run({ server, database, command, name }: CommandContext): Document {
    const documents = documentsField(command, 'documents');
    checkBatch(documents.length);
    const collection = server.store.catalog.ensure(database, collectionName(command, name));
    let n = 0;
    const writeErrors = runStatements(documents, flagField(command, 'ordered') ?? true, document => {
      collection.insert(document);
      n++;
    });
    return { n, ...(writeErrors.length > 0 ? { writeErrors } : {}) };
  },
};

export function checkBatch(statements: number): void {
  if (statements === 0 || statements > maxWriteBatch) {
    throw new CommandError(
      'InvalidLength',
      `Write batch sizes must be between 1 and ${maxWriteBatch}, not ${statements}`,
    );
  }
}

export const insertCommands = { insert };
