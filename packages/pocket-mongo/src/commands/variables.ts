import { evaluateLet } from '../aggregate/expression.ts';
import type { Document } from '../bson/types.ts';
import { documentField } from './arguments.ts';

/** The values of a command's `let`: each is an expression over the ones before it. */
export function variablesOf(command: Document, now: Date): Document | undefined {
  const variables = documentField(command, 'let');
  return variables && { ...evaluateLet(variables, now) };
}
