import type { Schema } from 'mongoose';
import type { FilterRules } from './filter-whitelist.ts';
import type { ListRules } from './list-page.ts';
import type { PipelineTable, QueryTable } from './query-table.ts';

/** All that distinguishes one repository's plumbing from another's; its class adds the verbs. */
export interface RepositoryDefinition<Q extends QueryTable = QueryTable> {
  readonly collection: string;
  readonly schema: Schema;
  /** Every question beside "by id" and the list, by name. */
  readonly queries?: Q;
  /** Every aggregation, by name. */
  readonly pipelines?: PipelineTable;
  /** What clients may filter lists by. */
  readonly filters?: FilterRules;
  /** What clients may sort lists by; `createdAt` when absent. */
  readonly sorts?: readonly string[];
  /** Newest first when absent. */
  readonly defaultSort?: string;
  /** Filters that every list must give, such as the campaign of its contacts; the indexes of lists begin with them. */
  readonly listedWithin?: readonly string[];
  /** Paths that lists leave in the store because they are long. */
  readonly omittedFromLists?: readonly string[];
  /** The names that `fields` may ask for; any name, known or not, when absent. */
  readonly apiFields?: readonly string[];
  /** The path that `moveState` compares. */
  readonly stateField?: string;
  /** Paths that never change once written, beside the common ones. */
  readonly immutable?: readonly string[];
  /** How long a read by id may be stale on another node; 0 or absent: not cached. */
  readonly cacheTtlMs?: number;
}

/** The list rules with their defaults. */
export function listRulesOf(definition: RepositoryDefinition): ListRules {
  const sorts = definition.sorts ?? ['createdAt'];
  return {
    filters: definition.filters ?? {},
    sorts,
    within: definition.listedWithin ?? [],
    defaultSort: definition.defaultSort ?? `-${sorts[0] ?? 'createdAt'}`,
  };
}
