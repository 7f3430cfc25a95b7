import { type Document, isDocument } from './types.ts';

/** A deep copy of documents and arrays; the BSON values inside are never changed by anyone and stay shared. */
export function cloneValue<T>(value: T): T {
  if (Array.isArray(value)) return value.map(cloneValue) as T;
  if (!isDocument(value)) return value;
  const copy: Document = { ...value };
  for (const name of Object.keys(copy)) {
    const field = copy[name];
    if (typeof field === 'object' && field !== null) copy[name] = cloneValue(field);
  }
  return copy as T;
}

/** Freezes documents and arrays all the way down, for tests that prove that nothing writes to a stored document. */
export function deepFreeze<T>(value: T): T {
  if (Array.isArray(value)) {
    for (const item of value) deepFreeze(item);
    Object.freeze(value);
  } else if (isDocument(value)) {
    for (const item of Object.values(value)) deepFreeze(item);
    Object.freeze(value);
  }
  return value;
}
