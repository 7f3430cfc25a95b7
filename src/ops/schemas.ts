import { type Static, type TObject, type TProperties, type TSchema, Type } from 'typebox';

/** An object that refuses fields it does not know. */
export const Strict = <T extends TProperties>(properties: T, options: Record<string, unknown> = {}): TObject<T> =>
  Type.Object(properties, { additionalProperties: false, ...options });

export const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

/** One of a fixed list of words. */
export const OneOf = <const T extends readonly string[]>(values: T, options: Record<string, unknown> = {}) =>
  Type.Unsafe<T[number]>({ type: 'string', enum: [...values], ...options });

export const Id = Type.String({ pattern: '^[0-9a-f]{24}$', description: 'An id of 24 hexadecimal digits.' });
export const Timestamp = Type.String({ format: 'date-time', description: 'UTC, ISO 8601.' });

/** How every list is answered. */
export const ListOf = <T extends TSchema>(item: T) =>
  Strict({ items: Type.Array(item), nextCursor: Nullable(Type.String()) });

/** How every list is asked. */
export const listQuery = {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50, description: 'Items on a page.' })),
  cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 1024, description: 'nextCursor of the page before.' })),
  fields: Type.Optional(
    Type.String({
      pattern: '^[A-Za-z]\\w*(,[A-Za-z]\\w*)*$',
      maxLength: 1000,
      description: 'Only these fields of each item, separated by commas.',
    }),
  ),
};

/** The order of a list, by the fields it can be sorted by. */
export const sortQuery = (...fields: string[]) => ({
  sort: Type.Optional(
    OneOf(
      fields.flatMap(field => [field, `-${field}`]),
      { description: 'A leading - turns the order round.' },
    ),
  ),
});

/** The one error shape, as responses declare it. */
export const ErrorSchema = Strict(
  {
    error: Strict({
      code: Type.String(),
      message: Type.String(),
      details: Type.Optional(Type.Unknown()),
      requestId: Type.String(),
    }),
  },
  { $id: 'Error', description: 'The one error shape.' },
);

export type ErrorAnswer = Static<typeof ErrorSchema>;

/** Error answers of a route by status, for its documentation. */
export const errors = (...statuses: (400 | 401 | 403 | 404 | 409 | 410 | 413 | 416 | 422 | 429 | 502 | 503)[]) =>
  Object.fromEntries(statuses.map(status => [status, { $ref: 'Error#' }]));
