import { Schema, type Types } from 'mongoose';
import { BaseRepository, type Id } from '../store/base-repository.ts';
import { namedQuery } from '../store/query-table.ts';
import { defineSchema, expiresBy, type Stored } from '../store/schema.ts';
import type { RepositoryContext } from '../store/store.ts';

export const deliveryStates = ['waiting', 'delivered', 'dead'] as const;

export interface DeliveryTry {
  readonly at: Date;
  readonly status: number | null;
  readonly ms: number;
  readonly problem: string | null;
}

/** One message to one other system, with every try to deliver it. */
export interface HookDelivery {
  readonly subscriptionId: Types.ObjectId;
  readonly event: string;
  /** What it announces; one of each is made for a subscription, however often it is announced. */
  readonly once: string;
  /** Whose data it holds. */
  readonly subject: string;
  /** The text that is signed and sent, the same at every try; null once it was erased. */
  readonly payload: string | null;
  readonly state: (typeof deliveryStates)[number];
  readonly tries: readonly DeliveryTry[];
  /** Delivery is given up at this moment. */
  readonly deadline: Date;
  readonly expiresAt: Date;
}

const schema = defineSchema(
  {
    subscriptionId: { type: Schema.Types.ObjectId, required: true, immutable: true },
    event: { type: String, required: true, immutable: true },
    once: { type: String, required: true, immutable: true },
    subject: { type: String, required: true, immutable: true },
    payload: { type: String, default: null },
    state: { type: String, enum: deliveryStates, default: 'waiting' },
    tries: {
      type: [
        new Schema(
          { at: { type: Date, required: true }, status: Number, ms: { type: Number, default: 0 }, problem: String },
          { _id: false },
        ),
      ],
      default: [],
    },
    deadline: { type: Date, required: true },
    expiresAt: { type: Date, required: true },
  },
  {
    indexes: [
      expiresBy('expiresAt'),
      { keys: { subscriptionId: 1, once: 1 }, unique: true },
      { keys: { subject: 1 } },
      { keys: { subscriptionId: 1, createdAt: -1, _id: -1 } },
      { keys: { subscriptionId: 1, state: 1, createdAt: -1, _id: -1 } },
      { keys: { state: 1, createdAt: 1, _id: 1 } },
    ],
  },
);

const queries = {
  announced: namedQuery({ subscriptionId: 'id', once: 'string' }, ({ subscriptionId, once }) => ({
    subscriptionId,
    once,
  })),
  waitingFor: namedQuery({ subscriptionId: 'id' }, ({ subscriptionId }) => ({ subscriptionId, state: 'waiting' }), {
    sort: { createdAt: 1, _id: 1 },
  }),
  dead: namedQuery({ id: 'id', subscriptionId: 'id' }, ({ id, subscriptionId }) => ({
    _id: id,
    subscriptionId,
    state: { $in: ['dead', 'delivered'] },
    payload: { $ne: null },
  })),
  givenUp: namedQuery({}, () => ({ state: 'dead', payload: { $ne: null } }), { sort: { createdAt: 1, _id: 1 } }),
  givenUpOf: namedQuery({ subscriptionId: 'id' }, ({ subscriptionId }) => ({
    subscriptionId,
    state: 'dead',
    payload: { $ne: null },
  })),
  newestOf: namedQuery({ subscriptionId: 'id' }, ({ subscriptionId }) => ({ subscriptionId }), {
    sort: { createdAt: -1, _id: -1 },
  }),
  since: namedQuery({ subscriptionId: 'id', state: 'string', since: 'date' }, ({ subscriptionId, state, since }) => ({
    subscriptionId,
    state,
    createdAt: { $gte: since },
  })),
  ofSubscription: namedQuery({ subscriptionId: 'id' }, ({ subscriptionId }) => ({ subscriptionId })),
  about: namedQuery({ subject: 'string' }, ({ subject }) => ({ subject })),
};

export class HookDeliveryRepository extends BaseRepository<HookDelivery, typeof queries, Record<string, unknown>> {
  constructor(context: RepositoryContext) {
    super(context, {
      collection: 'hookDeliveries',
      schema,
      queries,
      stateField: 'state',
      filters: { subscriptionId: { type: 'id' }, state: { type: 'string', values: deliveryStates } },
      listedWithin: ['subscriptionId'],
      apiFields: ['id', 'subscriptionId', 'event', 'state', 'payload', 'tries', 'createdAt'],
    });
  }

  toApi({
    _id,
    subscriptionId,
    event,
    state,
    payload,
    tries,
    createdAt,
  }: Stored<HookDelivery>): Record<string, unknown> {
    return {
      id: _id.toHexString(),
      subscriptionId: subscriptionId.toHexString(),
      event,
      state,
      payload,
      tries: tries.map(({ at, status, ms, problem }) => ({
        at: at.toISOString(),
        status: status ?? null,
        ms,
        problem: problem ?? null,
      })),
      createdAt: createdAt.toISOString(),
    };
  }

  /** Puts a message into the queue of a subscription, once; false when it was there. */
  async queue(
    message: Pick<HookDelivery, 'subscriptionId' | 'event' | 'once' | 'subject' | 'payload' | 'deadline' | 'expiresAt'>,
  ): Promise<boolean> {
    const { subscriptionId, once, ...fields } = message;
    const { created } = await this.upsert('announced', { subscriptionId, once }, { $setOnInsert: fields });
    return created;
  }

  /** The oldest message that was not delivered: nothing overtakes it. */
  nextFor(subscriptionId: Id): Promise<Stored<HookDelivery> | null> {
    return this.first('waitingFor', { subscriptionId });
  }

  newestFor(subscriptionId: Id): Promise<Stored<HookDelivery> | null> {
    return this.first('newestOf', { subscriptionId });
  }

  /** How many messages made since then have come to this. */
  countSince(subscriptionId: Id, state: HookDelivery['state'], since: Date): Promise<number> {
    return this.count('since', { subscriptionId, state, since });
  }

  noteTry(id: Id, attempt: DeliveryTry, state: HookDelivery['state']): Promise<Stored<HookDelivery>> {
    return this.changeById(id, { $set: { state }, $push: { tries: attempt } });
  }

  /** Sends a message again that was given up or delivered; null when it waits anyway, was erased, or belongs to another. */
  replay(id: Id, subscriptionId: Id, deadline: Date): Promise<Stored<HookDelivery> | null> {
    return this.change('dead', { id, subscriptionId }, { $set: { state: 'waiting', deadline } });
  }

  /** Messages of all subscriptions that were given up and can still be sent again, the oldest first. */
  givenUp(limit: number): Promise<Stored<HookDelivery>[]> {
    return this.find('givenUp', {}, { limit });
  }

  /** Sends again whatever was given up; in their old order, as the queue goes by when they were made. */
  replayGivenUp(subscriptionId: Id, deadline: Date): Promise<number> {
    return this.changeMany('givenUpOf', { subscriptionId }, { $set: { state: 'waiting', deadline } });
  }

  discardGivenUp(subscriptionId: Id): Promise<number> {
    return this.removeMany('givenUpOf', { subscriptionId });
  }

  removeOf(subscriptionId: Id): Promise<number> {
    return this.removeMany('ofSubscription', { subscriptionId });
  }

  /** Takes the content out of messages about somebody; those that still wait are not sent any more. */
  async erase(subject: string): Promise<number> {
    let erased = 0;
    for await (const { _id, state } of this.each('about', { subject })) {
      await this.changeById(_id, { $set: { payload: null, state: state === 'waiting' ? 'dead' : state } });
      erased += 1;
    }
    return erased;
  }
}
