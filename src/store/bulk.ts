import { mongo } from 'mongoose';
import type { AppError } from '../errors.ts';
import { storeError } from './store-errors.ts';

export interface BulkError {
  /** The position in what was handed in. */
  readonly index: number;
  readonly code: string;
  readonly message: string;
  readonly details?: unknown;
}

export interface BulkReport {
  readonly written: number;
  readonly errors: readonly BulkError[];
}

/**
 * Writes the items that passed validation and adds the refusals of the store to those of the schema.
 * An error that concerns no single item (the store is away) is thrown as it is.
 */
export async function bulkReport<D>(
  items: readonly { readonly index: number; readonly document: D }[],
  refused: readonly { readonly index: number; readonly error: AppError }[],
  collection: string,
  write: (documents: D[]) => Promise<unknown>,
): Promise<BulkReport> {
  const errors = refused.map(({ index, error }) => bulkError(index, error));
  let written = items.length;
  try {
    if (items.length > 0) await write(items.map(({ document }) => document));
  } catch (error) {
    if (!(error instanceof mongo.MongoBulkWriteError)) throw error;
    written = error.insertedCount + error.modifiedCount;
    const writeErrors = Array.isArray(error.writeErrors) ? error.writeErrors : [error.writeErrors];
    for (const writeError of writeErrors) {
      const cause = new mongo.MongoServerError({
        ...writeError.err,
        code: writeError.code,
        message: writeError.errmsg,
      });
      errors.push(bulkError(items[writeError.index]?.index ?? writeError.index, storeError(cause, collection)));
    }
  }
  return { written, errors: errors.sort((left, right) => left.index - right.index) };
}

/**
 * What the server said of one write of a bulk: the driver leaves out by which index a value was taken, which callers tell apart; the
 * server's sentence names it.
 */
export function bulkCause(
  { code, errmsg, err }: { readonly code: number; readonly errmsg?: string | undefined; readonly err: object },
  indexes: readonly (readonly [keys: object, options: { readonly name?: string | undefined }])[],
): mongo.MongoServerError {
  const message = errmsg ?? '';
  const name = /\bindex: (\S+) dup key/.exec(message)?.[1];
  const nameOf = (keys: object) => Object.entries(keys).flat().join('_');
  const [keyPattern] =
    name === '_id_' ? [{ _id: 1 }] : (indexes.find(([keys, { name: own }]) => (own ?? nameOf(keys)) === name) ?? []);
  return new mongo.MongoServerError({ ...err, ...(keyPattern ? { keyPattern } : {}), code, message });
}

const bulkError = (index: number, { code, message, details }: AppError): BulkError => ({
  index,
  code,
  message,
  ...(details === undefined ? {} : { details }),
});
