import { BaseRepository } from '../store/base-repository.ts';
import { namedQuery } from '../store/query-table.ts';
import { defineSchema, type Stored } from '../store/schema.ts';
import type { RepositoryContext } from '../store/store.ts';

/** Another system that wants to be told. */
export interface HookSubscription {
  readonly url: string;
  readonly events: readonly string[];
  /** Sealed when ENCRYPTION_KEY is set. */
  readonly secret: string;
  readonly enabled: boolean;
}

const schema = defineSchema(
  {
    url: { type: String, required: true, maxlength: 2000 },
    events: { type: [String], required: true },
    secret: { type: String, required: true },
    enabled: { type: Boolean, default: true },
  },
  { indexes: [{ keys: { events: 1, enabled: 1 } }, { keys: { createdAt: -1, _id: -1 } }] },
);

const queries = {
  wanting: namedQuery({ event: 'string' }, ({ event }) => ({ events: event, enabled: true })),
};

export class HookSubscriptionRepository extends BaseRepository<
  HookSubscription,
  typeof queries,
  Record<string, unknown>
> {
  constructor(context: RepositoryContext) {
    super(context, { collection: 'hookSubscriptions', schema, queries, omittedFromLists: ['secret'] });
  }

  toApi({ _id, url, events, enabled, createdAt }: Stored<HookSubscription>): Record<string, unknown> {
    return { id: _id.toHexString(), url, events: [...events], enabled, createdAt: createdAt.toISOString() };
  }

  wanting(event: string): Promise<Stored<HookSubscription>[]> {
    return this.find('wanting', { event });
  }
}
