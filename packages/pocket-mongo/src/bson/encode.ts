import { serialize } from 'bson';
import type { Document } from './types.ts';

/** Encodes a document; fields that are `undefined` are missing fields, as results of expressions mean them. */
export function encodeDocument(document: Document): Uint8Array {
  return serialize(document, { ignoreUndefined: true, checkKeys: false, serializeFunctions: false });
}
