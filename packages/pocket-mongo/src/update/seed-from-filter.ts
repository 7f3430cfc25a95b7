import { bsonType, bsonTypes, type Document, isDocument } from '../bson/types.ts';
import { CommandError } from '../errors.ts';
import { isOperatorDocument } from '../query/filter.ts';
import { Draft } from './draft.ts';

/**
 * The document an upsert starts from: every field the filter pins to one value (equality, `$eq`, `$in` or `$all` of one, inside `$and` and a
 * one-armed `$or` too). A replacement takes only the `_id`.
 */
export function seedFromFilter(
  filter: unknown,
  kind: 'operators' | 'replacement' | 'pipeline' = 'operators',
): Document {
  const equalities = new Map<string, unknown>();
  collect(filter, equalities);
  if (kind === 'replacement') return equalities.has('_id') ? { _id: equalities.get('_id') } : {};
  const draft = new Draft(equalities.has('_id') ? { _id: equalities.get('_id') } : {});
  for (const [path, value] of equalities) {
    if (path !== '_id') draft.change(path.split('.'), true, () => value);
  }
  return draft.document;
}

function collect(filter: unknown, equalities: Map<string, unknown>): void {
  if (!isDocument(filter)) return;
  for (const [name, operand] of Object.entries(filter)) {
    if (name === '$and' && Array.isArray(operand)) for (const clause of operand) collect(clause, equalities);
    else if (name === '$or' && Array.isArray(operand) && operand.length === 1) collect(operand[0], equalities);
    else if (!name.startsWith('$')) collectField(name, operand, equalities);
  }
}

function collectField(path: string, operand: unknown, equalities: Map<string, unknown>): void {
  if (!isOperatorDocument(operand)) {
    if (bsonType(operand) !== bsonTypes.regex) record(path, operand, equalities);
    return;
  }
  for (const [operator, argument] of Object.entries(operand)) {
    const only = Array.isArray(argument) && argument.length === 1 ? argument[0] : undefined;
    if (operator === '$eq') record(path, argument, equalities);
    else if ((operator === '$in' || operator === '$all') && only !== undefined) {
      if (bsonType(only) !== bsonTypes.regex && !isOperatorDocument(only)) record(path, only, equalities);
    }
  }
}

function record(path: string, value: unknown, equalities: Map<string, unknown>): void {
  for (const other of equalities.keys()) {
    if (other === path || other.startsWith(`${path}.`) || path.startsWith(`${other}.`)) {
      throw new CommandError(
        'NotSingleValueField',
        `cannot infer query fields to set, path '${path}' is matched twice`,
      );
    }
  }
  equalities.set(path, value);
}
