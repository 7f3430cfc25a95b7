import { BaseRepository, type Id } from '../store/base-repository.ts';
import { namedQuery } from '../store/query-table.ts';
import { defineSchema, type Lease, type Stored } from '../store/schema.ts';
import type { RepositoryContext } from '../store/store.ts';

/** Another system that wants to be told. */
export interface HookSubscription {
  readonly url: string;
  readonly description: string;
  readonly events: readonly string[];
  /** Sealed when ENCRYPTION_KEY is set. */
  readonly secret: string;
  /** The secret before, which signs as well until the receiver has changed over. */
  readonly previousSecret: string | null;
  readonly previousUntil: Date | null;
  readonly enabled: boolean;
  /** Why we switched it off; null when a person did, or it is on. */
  readonly problem: string | null;
  /** Since when no try succeeded, and one failed; null while its receiver takes messages. */
  readonly failingSince?: Date | null;
  /** When its queue is to be looked at; null while nothing waits. */
  readonly dueAt: Date | null;
  /** Who delivers to it just now: one at a time, so that messages keep their order. */
  readonly lease?: Lease;
}

export type NewSubscription = Pick<HookSubscription, 'url' | 'description' | 'events' | 'secret'>;

const schema = defineSchema(
  {
    url: { type: String, required: true, maxlength: 2000 },
    description: { type: String, default: '', maxlength: 200 },
    events: { type: [String], required: true },
    secret: { type: String, required: true },
    previousSecret: { type: String, default: null },
    previousUntil: { type: Date, default: null },
    enabled: { type: Boolean, default: true },
    problem: { type: String, default: null },
    failingSince: { type: Date, default: null },
    dueAt: { type: Date, default: null },
  },
  {
    leased: true,
    indexes: [
      { keys: { events: 1, enabled: 1 } },
      { keys: { enabled: 1, dueAt: 1 } },
      { keys: { failingSince: 1 } },
      { keys: { createdAt: -1, _id: -1 } },
    ],
  },
);

const queries = {
  wanting: namedQuery({ event: 'string' }, ({ event }) => ({ events: event, enabled: true })),
  due: namedQuery({ now: 'date' }, ({ now }) => ({ enabled: true, dueAt: { $lte: now } }), { sort: { dueAt: 1 } }),
  failing: namedQuery({ until: 'date' }, ({ until }) => ({ failingSince: { $lte: until } }), {
    sort: { failingSince: 1 },
  }),
  stillDueAt: namedQuery({ id: 'id', dueAt: 'date' }, ({ id, dueAt }) => ({ _id: id, dueAt })),
};

export class HookSubscriptionRepository extends BaseRepository<
  HookSubscription,
  typeof queries,
  Record<string, unknown>
> {
  constructor(context: RepositoryContext) {
    super(context, {
      collection: 'hookSubscriptions',
      schema,
      queries,
      omittedFromLists: ['secret', 'previousSecret'],
      apiFields: ['id', 'url', 'description', 'events', 'enabled', 'problem', 'createdAt'],
    });
  }

  toApi({
    _id,
    url,
    description,
    events,
    enabled,
    problem,
    createdAt,
  }: Stored<HookSubscription>): Record<string, unknown> {
    return {
      id: _id.toHexString(),
      url,
      description,
      events: [...events],
      enabled,
      problem,
      createdAt: createdAt.toISOString(),
    };
  }

  add(subscription: NewSubscription): Promise<Stored<HookSubscription>> {
    return this.create({
      ...subscription,
      previousSecret: null,
      previousUntil: null,
      enabled: true,
      problem: null,
      dueAt: null,
    });
  }

  wanting(event: string): Promise<Stored<HookSubscription>[]> {
    return this.find('wanting', { event });
  }

  /** Those whose receivers have taken nothing since some moment up to now, longest first. */
  failing(now: Date): Promise<Stored<HookSubscription>[]> {
    return this.find('failing', { until: now }, { limit: mostFailing });
  }

  /** Something waits for it: its queue is to be looked at from this moment on. */
  async wake(id: Id, dueAt: Date): Promise<void> {
    await this.changeById(id, { $set: { dueAt } });
  }

  /** The subscription that waits longest and that nobody delivers to; if we die, it is due again when the lease ends. */
  take(owner: string, now: Date, leaseMs: number): Promise<Stored<HookSubscription> | null> {
    const dueAt = new Date(now.getTime() + leaseMs);
    return this.claim('due', { now }, { owner, now, leaseMs, update: { $set: { dueAt } } });
  }

  /** Says when its queue is next looked at, unless somebody woke it in the meantime. */
  async rest(taken: Stored<HookSubscription>, dueAt: Date | null): Promise<void> {
    if (taken.dueAt) await this.change('stillDueAt', { id: taken._id, dueAt: taken.dueAt }, { $set: { dueAt } });
  }
}

const mostFailing = 50;
