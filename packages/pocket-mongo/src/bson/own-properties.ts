import { type Document, isDocument } from './types.ts';

/**
 * Field names come from clients, and `__proto__` or `constructor` are legal ones. Reading must not see what a document inherits, and writing
 * must not reach a prototype; these functions are the only way paths touch objects.
 */
export function readOwn(container: Document, name: string): unknown {
  return Object.hasOwn(container, name) ? container[name] : undefined;
}

/** Sets a field as an own property, whatever its name. */
export function writeOwn(container: Document, name: string, value: unknown): void {
  if (name === '__proto__') {
    Object.defineProperty(container, name, { value, writable: true, enumerable: true, configurable: true });
  } else {
    container[name] = value;
  }
}

/** A shallow copy that keeps an own `__proto__` field a field. */
export function copyDocument(source: Document): Document {
  return { ...source };
}

/** A field of a value that may be no document at all: then there is no such field. */
export function fieldOf(value: unknown, name: string): unknown {
  return isDocument(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}
