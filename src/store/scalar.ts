import { Types } from 'mongoose';
import { AppError } from '../errors.ts';

/** The kinds of values a filter may compare with. Whole documents and lists are never among them. */
export type ScalarType = 'string' | 'number' | 'boolean' | 'date' | 'id';

export interface ScalarTypes {
  string: string;
  number: number;
  boolean: boolean;
  date: Date;
  id: Types.ObjectId;
}

export type Scalar = ScalarTypes[ScalarType];

const hexId = /^[0-9a-f]{24}$/i;
const integerText = /^-?\d{1,15}$/;
const decimalText = /^-?\d{1,15}\.\d{1,15}$/;
const dateText = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})?)?$/;

/** The longest text that is worth comparing; longer ones are no search but an attempt to keep us busy. */
const maxTextLength = 1_000;

const expectations: Record<ScalarType, string> = {
  string: `a text of at most ${maxTextLength} characters`,
  number: 'a number',
  boolean: 'true or false',
  date: 'a date such as 2026-03-01T12:00:00Z',
  id: 'an id of 24 hexadecimal digits',
};

/** A refusal of one value that names its field, so that a form can show it in the right place. */
export function invalidField(field: string, problem: string, cause?: unknown): AppError {
  return new AppError('VALIDATION_FAILED', `${field}: ${problem}`, {
    details: [{ field, problem }],
    ...(cause === undefined ? {} : { cause }),
  });
}

/** Returns the value in its store form, or throws naming the field. Objects and lists are refused whatever they contain. */
export function asScalar<S extends ScalarType>(field: string, value: unknown, type: S): ScalarTypes[S] {
  const result = (parsers[type] as (value: unknown) => ScalarTypes[S] | undefined)(value);
  if (result === undefined) throw invalidField(field, `must be ${expectations[type]}${butIs(value)}`);
  return result;
}

/** The id in its store form, or undefined when the text cannot be an id of ours: such a document does not exist. */
export function asId(field: string, value: unknown): Types.ObjectId | undefined {
  if (value instanceof Types.ObjectId) return value;
  if (typeof value !== 'string') throw invalidField(field, `must be ${expectations.id}${butIs(value)}`);
  return hexId.test(value) ? new Types.ObjectId(value) : undefined;
}

function butIs(value: unknown): string {
  if (Array.isArray(value)) return ', not a list';
  if (value === null) return ', not null';
  return typeof value === 'object' ? ', not an object' : '';
}

// Query strings only know text, so each type also reads its own written form; nothing else is converted.
const parsers: { [S in ScalarType]: (value: unknown) => ScalarTypes[S] | undefined } = {
  string: value => (typeof value === 'string' && value.length <= maxTextLength ? value : undefined),
  number: value => {
    if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
    if (typeof value !== 'string') return undefined;
    return integerText.test(value) || decimalText.test(value) ? Number(value) : undefined;
  },
  boolean: value => {
    if (typeof value === 'boolean') return value;
    if (value === 'true') return true;
    return value === 'false' ? false : undefined;
  },
  date: value => {
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? undefined : value;
    if (typeof value !== 'string' || !dateText.test(value)) return undefined;
    const date = new Date(value);
    return Number.isNaN(date.getTime()) ? undefined : date;
  },
  id: value => {
    if (value instanceof Types.ObjectId) return value;
    return typeof value === 'string' && hexId.test(value) ? new Types.ObjectId(value) : undefined;
  },
};
