import { Schema, type Types } from 'mongoose';
import { BaseRepository } from '../store/base-repository.ts';
import { namedQuery } from '../store/query-table.ts';
import { defineSchema, expiresBy, type Stored } from '../store/schema.ts';
import type { RepositoryContext } from '../store/store.ts';

export const deliveryStates = ['waiting', 'delivered', 'dead'] as const;

/** One message to one other system, with every try to deliver it. */
export interface HookDelivery {
  readonly subscriptionId: Types.ObjectId;
  readonly event: string;
  readonly body: Record<string, unknown>;
  readonly state: (typeof deliveryStates)[number];
  readonly tries: readonly { readonly at: Date; readonly status: number | null; readonly problem: string | null }[];
  readonly expiresAt: Date;
}

const schema = defineSchema(
  {
    subscriptionId: { type: Schema.Types.ObjectId, required: true, immutable: true },
    event: { type: String, required: true, immutable: true },
    body: { type: Schema.Types.Mixed, required: true },
    state: { type: String, enum: deliveryStates, default: 'waiting' },
    tries: {
      type: [new Schema({ at: { type: Date, required: true }, status: Number, problem: String }, { _id: false })],
      default: [],
    },
    expiresAt: { type: Date, required: true },
  },
  {
    indexes: [
      expiresBy('expiresAt'),
      { keys: { subscriptionId: 1, createdAt: -1, _id: -1 } },
      { keys: { subscriptionId: 1, state: 1, createdAt: -1, _id: -1 } },
    ],
  },
);

const queries = {
  waitingFor: namedQuery({ subscriptionId: 'id' }, ({ subscriptionId }) => ({ subscriptionId, state: 'waiting' })),
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
      omittedFromLists: ['body'],
    });
  }

  toApi({ _id, subscriptionId, event, state, tries, createdAt }: Stored<HookDelivery>): Record<string, unknown> {
    return {
      id: _id.toHexString(),
      subscriptionId: subscriptionId.toHexString(),
      event,
      state,
      tries: tries.map(({ at, status, problem }) => ({ at: at.toISOString(), status, problem })),
      createdAt: createdAt.toISOString(),
    };
  }

  waitingFor(subscriptionId: Types.ObjectId | string): Promise<Stored<HookDelivery>[]> {
    return this.find('waitingFor', { subscriptionId });
  }
}
