/** What a list route is asked by its query string. */
interface ListRequest {
  readonly limit?: number;
  readonly cursor?: string;
  readonly sort?: string;
  readonly fields?: string;
}

/** A route's query as repositories take it: how to page, sort and cut is the same everywhere, all else filters. */
export function asListQuery({
  limit,
  cursor,
  sort,
  fields,
  ...filter
}: ListRequest & Readonly<Record<string, unknown>>) {
  return {
    filter,
    ...(limit === undefined ? {} : { limit }),
    ...(cursor === undefined ? {} : { cursor }),
    ...(sort === undefined ? {} : { sort }),
    ...(fields === undefined ? {} : { fields: fields.split(',') }),
  };
}

/**
 * Route options of a list: items that were cut by `fields` lack what the schema promises of whole ones, and the compiled
 * serialiser would refuse them. What may be shown was decided by the repository's API form already.
 */
export const sparseItems = { serializerCompiler: () => (answer: unknown) => JSON.stringify(answer) };
