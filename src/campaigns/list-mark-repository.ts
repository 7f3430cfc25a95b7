import { Schema, type Types } from 'mongoose';
import { BaseRepository } from '../store/base-repository.ts';
import { namedQuery } from '../store/query-table.ts';
import { defineSchema, type Lease, type Stored } from '../store/schema.ts';
import type { RepositoryContext } from '../store/store.ts';

/** How far a campaign has taken over the people of one of its lists. */
export interface ListMark {
  readonly campaignId: Types.ObjectId;
  readonly listId: Types.ObjectId;
  /** Whoever changed up to here was looked at. */
  readonly changedAt: Date;
  readonly contactId: Types.ObjectId | null;
  readonly lease: Lease;
}

const schema = defineSchema(
  {
    campaignId: { type: Schema.Types.ObjectId, required: true, immutable: true },
    listId: { type: Schema.Types.ObjectId, required: true, immutable: true },
    changedAt: { type: Date, default: () => new Date(0) },
    contactId: { type: Schema.Types.ObjectId, default: null },
  },
  {
    leased: true,
    indexes: [{ keys: { campaignId: 1, listId: 1 }, unique: true }, { keys: { createdAt: -1, _id: -1 } }],
  },
);

const queries = {
  of: namedQuery({ campaignId: 'id', listId: 'id' }, ({ campaignId, listId }) => ({ campaignId, listId })),
  ofCampaign: namedQuery({ campaignId: 'id' }, ({ campaignId }) => ({ campaignId })),
};

type Id = Types.ObjectId | string;

export class ListMarkRepository extends BaseRepository<ListMark, typeof queries, Record<string, unknown>> {
  constructor(context: RepositoryContext) {
    super(context, { collection: 'campaignLists', schema, queries });
  }

  toApi({ campaignId, listId, changedAt }: Stored<ListMark>): Record<string, unknown> {
    return { campaignId: campaignId.toHexString(), listId: listId.toHexString(), changedAt: changedAt.toISOString() };
  }

  /** For one process at a time; null while another one has it. */
  async take(campaignId: Id, listId: Id, owner: string, now: Date, leaseMs: number): Promise<Stored<ListMark> | null> {
    const args = { campaignId, listId };
    const terms = { owner, now, leaseMs };
    const taken = await this.claim('of', args, terms);
    if (taken) return taken;
    const { created } = await this.upsert('of', args, {});
    return created ? this.claim('of', args, terms) : null;
  }

  removeOf(campaignId: Id): Promise<number> {
    return this.removeMany('ofCampaign', { campaignId });
  }
}
