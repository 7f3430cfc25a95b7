import mongoose, { type PipelineStage, type Types } from 'mongoose';
import { asScalar, invalidField, type ScalarType, type ScalarTypes } from './scalar.ts';

export type Filter = Record<string, unknown>;
export type SortKeys = Readonly<Record<string, 1 | -1>>;

/** What a query takes: one scalar, or a list of scalars for `$in`. */
export type ArgTypes = Readonly<Record<string, ScalarType | readonly [ScalarType]>>;

type Given<S extends ScalarType> = S extends 'id' ? Types.ObjectId | string : ScalarTypes[S];

/** What a caller hands over; ids may still be text. */
export type ArgsOf<A extends ArgTypes> = {
  readonly [K in keyof A]: A[K] extends readonly [infer S extends ScalarType]
    ? readonly Given<S>[]
    : A[K] extends ScalarType
      ? Given<A[K]>
      : never;
};

/** What the filter is built from: every value checked and in its store form. */
export type CheckedArgs<A extends ArgTypes> = {
  readonly [K in keyof A]: A[K] extends readonly [infer S extends ScalarType]
    ? ScalarTypes[S][]
    : A[K] extends ScalarType
      ? ScalarTypes[A[K]]
      : never;
};

export interface QueryOptions {
  readonly sort?: SortKeys;
  /**
   * The query may sort in memory because it can never match more than this many documents (at most one page); say why beside it.
   * Without it, the sort must come from an index.
   */
  readonly sortsAtMost?: number;
}

/**
 * One question a repository asks, by name. Being declared, it can be shown to use an index and to refuse operators
 * in its arguments without anyone writing a test for it.
 */
export interface NamedQuery<A extends ArgTypes = ArgTypes> extends QueryOptions {
  readonly args: A;
  filter(args: CheckedArgs<A>): Filter;
}

export type QueryTable = Readonly<Record<string, NamedQuery>>;

/** Declares a query: the types of its arguments, the filter they make, and how the matches are sorted. */
export function namedQuery<const A extends ArgTypes>(
  args: A,
  filter: (args: CheckedArgs<A>) => Filter,
  options: QueryOptions = {},
): NamedQuery<A> {
  return { args, filter, ...options };
}

/** One aggregation a repository makes. Its first stages should be a `$match` and `$sort` that an index answers. */
export interface NamedPipeline<A extends ArgTypes = ArgTypes> {
  readonly args: A;
  stages(args: CheckedArgs<A>): PipelineStage[];
}

export type PipelineTable = Readonly<Record<string, NamedPipeline>>;

/** Declares an aggregation: the types of its arguments, and the stages they make. */
export function namedPipeline<const A extends ArgTypes>(
  args: A,
  stages: (args: CheckedArgs<A>) => PipelineStage[],
): NamedPipeline<A> {
  return { args, stages };
}

/** Checks every argument against its declared type and returns the stages. */
export const stagesOf = <A extends ArgTypes>(pipeline: NamedPipeline<A>, args: ArgsOf<A>): PipelineStage[] =>
  pipeline.stages(checkedArgs(pipeline.args, args));

const maxListLength = 1_000;

/** Checks every argument against its declared type and returns the filter. */
export const filterOf = <A extends ArgTypes>(query: NamedQuery<A>, args: ArgsOf<A>): Filter =>
  trustFilter(query.filter(checkedArgs(query.args, args)));

function checkedArgs<A extends ArgTypes>(types: A, args: ArgsOf<A>): CheckedArgs<A> {
  const given = args as Readonly<Record<string, unknown>>;
  const checked: Record<string, unknown> = {};
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(types, name)) throw invalidField(name, 'is not an argument of this query');
  }
  for (const [name, type] of Object.entries(types)) {
    const value = Object.hasOwn(given, name) ? given[name] : undefined;
    checked[name] = typeof type === 'string' ? asScalar(name, value, type) : asList(name, value, type[0]);
  }
  return checked as CheckedArgs<A>;
}

/** A list of scalars, each checked; used for `$in`. */
export function asList<S extends ScalarType>(name: string, value: unknown, type: S): ScalarTypes[S][] {
  if (!Array.isArray(value)) throw invalidField(name, 'must be a list');
  if (value.length > maxListLength) throw invalidField(name, `must have at most ${maxListLength} entries`);
  return value.map((entry, index) => asScalar(`${name}[${index}]`, entry, type));
}

/**
 * Marks the operators in a filter as written by us. Mongoose runs with `sanitizeFilter`, which turns every other
 * operator into a comparison with that object: an operator from outside finds nothing even where a check was forgotten.
 */
export function trustFilter(filter: Filter): Filter {
  for (const [key, value] of Object.entries(filter)) {
    if (key === '$and' || key === '$or' || key === '$nor') {
      for (const part of value as Filter[]) trustFilter(part);
    } else if (isOperators(value)) {
      mongoose.trusted(value);
    }
  }
  return filter;
}

const isOperators = (value: unknown): value is Filter =>
  typeof value === 'object' &&
  value !== null &&
  Object.getPrototypeOf(value) === Object.prototype &&
  Object.keys(value).some(key => key.startsWith('$'));
