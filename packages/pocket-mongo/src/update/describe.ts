import { EJSON } from 'bson';
import type { Document } from '../bson/types.ts';

const maxLength = 200;

/** A value for an error message: relaxed extended JSON, cut when long. */
export function describe(value: unknown): string {
  if (value === undefined) return 'undefined';
  let text: string;
  try {
    text = EJSON.stringify(value as Document);
  } catch {
    text = String(value);
  }
  return text.length > maxLength ? `${text.slice(0, maxLength)}...` : text;
}

/** Names a document in an error message by its `_id`, as MongoDB does. */
export function describeId(document: Document): string {
  return `{_id: ${describe(document['_id'])}}`;
}
