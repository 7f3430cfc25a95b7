import { serialize } from 'bson';
import { CommandError } from '../errors.ts';
import type { Document } from './types.ts';

/** What a command may make of documents of 16 MB, such as a result with one more field. */
const maxEncodedBytes = 16 * 1024 * 1024 + 16 * 1024;

/** Encodes a document; fields that are `undefined` are missing fields, as results of expressions mean them. */
export function encodeDocument(document: Document): Uint8Array {
  let encoded: Uint8Array | undefined;
  try {
    encoded = serialize(document, { ignoreUndefined: true, checkKeys: false, serializeFunctions: false });
  } catch (error) {
    // bson writes into a buffer of 17 MB and runs out of it.
    if (!(error instanceof RangeError) || /stack/.test(error.message)) throw error;
  }
  if (encoded && encoded.length <= maxEncodedBytes) return encoded;
  throw new CommandError(
    'BSONObjectTooLarge',
    `BSONObj size is invalid: a document may take at most ${maxEncodedBytes} bytes`,
  );
}
