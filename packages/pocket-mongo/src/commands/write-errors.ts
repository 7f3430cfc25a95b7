import type { Document } from '../bson/types.ts';
import { CommandError } from '../errors.ts';

/**
 * Runs the statements of a write command and collects what failed. Ordered commands stop at the first failure;
 * statements before it stand, as MongoDB has it.
 */
export function runStatements<T>(
  statements: readonly T[],
  ordered: boolean,
  run: (statement: T, index: number) => void,
): Document[] {
  const errors: Document[] = [];
  for (const [index, statement] of statements.entries()) {
    try {
      run(statement, index);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      errors.push({ index, code: error.code, errmsg: error.message, ...error.fields });
      if (ordered) break;
    }
  }
  return errors;
}

/** Refuses fields of a statement that nobody would act on. */
export function checkStatementFields(where: string, statement: Document, known: readonly string[]): void {
  for (const field of Object.keys(statement)) {
    if (!known.includes(field)) {
      throw new CommandError('Location40415', `BSON field '${where}.${field}' is an unknown field.`);
    }
  }
}
