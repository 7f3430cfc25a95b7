import mongoose, { mongo } from 'mongoose';
import { AppError } from '../errors.ts';
import { isTransient } from './retry.ts';
import { invalidField } from './scalar.ts';

interface FieldProblem {
  readonly field: string;
  readonly problem: string;
}

/**
 * Says in our own words what the driver or mongoose reported. Neither values nor addresses get into the message,
 * because it may travel to a client; the original stays in `cause` for the log.
 */
export function storeError(error: unknown, collection: string): AppError {
  if (error instanceof AppError) return error;
  const problems = fieldProblems(error);
  if (problems) {
    const message = problems.map(({ field, problem }) => `${field}: ${problem}`).join('; ');
    return new AppError('VALIDATION_FAILED', message, { details: problems, cause: error });
  }
  if (error instanceof mongo.MongoServerError) {
    if (error.code === 11000) return duplicate(error, collection);
    if (error.code === outOfDiskSpace) {
      const message = 'The disk of the store is full, and nothing was changed; free some space and restart it';
      return new AppError('STORE_UNAVAILABLE', message, { cause: error });
    }
    if (error.code === outOfMemory) {
      const message =
        'The embedded store is full, and nothing was stored; remove data, raise EMBEDDED_STORE_MB, or set MONGODB_URI to a MongoDB server';
      return new AppError('STORE_UNAVAILABLE', message, { cause: error });
    }
    if (error.code === outOfTime)
      return new AppError('STORE_UNAVAILABLE', 'The store took too long to answer', { cause: error });
  }
  if (isTransient(error) || isSaturated(error)) {
    return new AppError('STORE_UNAVAILABLE', 'The store cannot be reached at the moment; try again shortly', {
      cause: error,
    });
  }
  return new AppError('INTERNAL', `The store refused an operation on ${collection}`, { cause: error });
}

/** MongoDB's code, which the embedded store uses as well. */
const outOfDiskSpace = 14_031;
const outOfMemory = 146;
const outOfTime = 50;

/** The store gave up, as it was told to after so long. */
export const ranOutOfTime = (error: unknown): boolean =>
  error instanceof AppError && error.cause instanceof mongo.MongoServerError && error.cause.code === outOfTime;

/** No connection became free in time: the driver exports no class for it. */
const isSaturated = (error: unknown): boolean => error instanceof Error && error.name === 'MongoWaitQueueTimeoutError';

function duplicate(error: mongo.MongoServerError, collection: string): AppError {
  const fields = Object.keys((error['keyPattern'] as object | undefined) ?? {}).filter(field => field !== 'deletedAt');
  const named = fields.length > 0 ? fields.join(' and ') : 'these values';
  return new AppError('DUPLICATE', `One of the ${collection} already has this ${named}`, {
    details: fields.map(field => ({ field, problem: 'is already taken' })),
    cause: error,
  });
}

/** Which fields mongoose objected to, or undefined when it was something else. */
export function fieldProblems(error: unknown): FieldProblem[] | undefined {
  if (error instanceof mongoose.Error.ValidationError) {
    return Object.entries(error.errors).map(([field, inner]) => ({ field, problem: problemOf(inner) }));
  }
  if (error instanceof mongoose.Error.CastError) return [{ field: error.path, problem: problemOf(error) }];
  if (error instanceof mongoose.Error.StrictModeError) return [{ field: error.path, problem: 'is not a known field' }];
  return undefined;
}

function problemOf(error: mongoose.Error.ValidatorError | mongoose.Error.CastError | Error): string {
  if (error instanceof mongoose.Error.CastError) return `must be ${article(error.kind)}`;
  if (error instanceof mongoose.Error.StrictModeError) return 'is not a known field';
  if (!(error instanceof mongoose.Error.ValidatorError)) return 'is not valid';
  const properties = error.properties as unknown as Record<string, unknown>;
  switch (error.kind) {
    case 'required':
      return 'is required';
    case 'enum':
      return `must be one of ${listOf(properties['enumValues'])}`;
    case 'min':
      return `must be at least ${properties['min']}`;
    case 'max':
      return `must be at most ${properties['max']}`;
    case 'minlength':
      return `must have at least ${properties['minlength']} characters`;
    case 'maxlength':
      return `must have at most ${properties['maxlength']} characters`;
    case 'regexp':
      return 'has the wrong form';
    default:
      // Validators of our own say what they expect, never what they were given.
      return properties['type'] === 'user defined' && typeof properties['message'] === 'string'
        ? properties['message']
        : 'is not valid';
  }
}

const listOf = (values: unknown): string => (Array.isArray(values) ? values.join(', ') : 'the known values');

function article(kind: unknown): string {
  const names: Record<string, string> = {
    string: 'a text',
    number: 'a number',
    boolean: 'true or false',
    date: 'a date',
    objectid: 'an id of 24 hexadecimal digits',
    array: 'a list',
    embedded: 'an object',
    object: 'an object',
    map: 'an object',
  };
  return names[String(kind).toLowerCase()] ?? 'of another type';
}

const unsafeKeys = new Set(['__proto__', 'constructor', 'prototype']);
const maxDepth = 32;

/**
 * Refuses field names that another reader could take for something else: operators, paths and the names that reach
 * an object's prototype. Applied to everything that is stored, as free-form fields come from outside.
 */
export function refuseUnsafeKeys(value: unknown, path = '', depth = 0): void {
  if (typeof value !== 'object' || value === null) return;
  if (depth > maxDepth) throw invalidField(path, `must not be nested more than ${maxDepth} levels deep`);
  if (Array.isArray(value)) {
    value.forEach((entry, index) => {
      refuseUnsafeKeys(entry, `${path}[${index}]`, depth + 1);
    });
    return;
  }
  if (value instanceof Map) {
    for (const [key, entry] of value) refuseKey(String(key), entry, path, depth);
    return;
  }
  const prototype = Object.getPrototypeOf(value);
  // Dates, ids, buffers and the like are values; only plain objects have keys from outside.
  if (prototype !== Object.prototype && prototype !== null) return;
  for (const key of Object.keys(value)) refuseKey(key, (value as Record<string, unknown>)[key], path, depth);
}

function refuseKey(key: string, entry: unknown, path: string, depth: number): void {
  const field = path ? `${path}.${key}` : key;
  if (key === '' || key.startsWith('$') || key.includes('.') || key.includes('\0') || unsafeKeys.has(key)) {
    throw invalidField(path || 'body', `has a field name that cannot be used: ${JSON.stringify(key.slice(0, 64))}`);
  }
  refuseUnsafeKeys(entry, field, depth + 1);
}
