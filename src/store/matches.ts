import { Types } from 'mongoose';
import { AppError } from '../errors.ts';
import type { Filter } from './query-table.ts';

/**
 * Whether the store would find this document by that filter, told without asking it. Knows the few conditions that conditional writes
 * are made of, on fields that are no lists, and refuses any other rather than guess.
 */
export function matches(filter: Filter, document: object): boolean {
  return Object.entries(filter).every(([path, condition]) => {
    if (path.startsWith('$') || path.includes('.')) throw unknown(path);
    return holds((document as Filter)[path] ?? null, condition);
  });
}

function holds(value: unknown, condition: unknown): boolean {
  if (!isOperators(condition)) return isSame(value, condition);
  return Object.entries(condition).every(([operator, given]) => {
    if (operator === '$in') return (given as readonly unknown[]).some(each => isSame(value, each));
    if (operator === '$ne') return !isSame(value, given);
    // The store compares only what is of one kind: nothing is below a number, not even null.
    if (operator === '$lt') return kindOf(value) === kindOf(given) && comparable(value) < comparable(given);
    throw unknown(operator);
  });
}

const unknown = (name: string) => new AppError('INTERNAL', `${name} is not among the conditions that can be told here`);

const isOperators = (condition: unknown): condition is Filter =>
  typeof condition === 'object' && condition !== null && Object.getPrototypeOf(condition) === Object.prototype;

/** A field that is missing is null. */
const isSame = (value: unknown, other: unknown): boolean =>
  kindOf(value) === kindOf(other) && comparable(value) === comparable(other ?? null);

function kindOf(value: unknown): string {
  if (value instanceof Date) return 'date';
  return value instanceof Types.ObjectId ? 'id' : typeof (value ?? null);
}

function comparable(value: unknown): number | string {
  if (value instanceof Date) return value.getTime();
  return value instanceof Types.ObjectId ? value.toHexString() : (value as number | string);
}
