import { Schema, type Types } from 'mongoose';
import { BaseRepository } from '../store/base-repository.ts';
import { namedQuery } from '../store/query-table.ts';
import { defineSchema, type Stored } from '../store/schema.ts';
import type { RepositoryContext } from '../store/store.ts';
import type { PersonCount } from './campaign-counts.ts';

/** A person of a batch, in the version that was counted. */
export interface CountedPerson {
  readonly id: Types.ObjectId;
  readonly version: number;
  readonly counted: PersonCount;
}

/** Between which moments those who wait are due, as of the last batch. */
export interface DueSpan {
  readonly first: Date;
  readonly last: Date;
  /** By whose clock the first was judged, where that is one zone and known. */
  readonly zone: string | null;
}

/** The counters of one campaign. A batch is added in the write that commits to it, so it is added once or not at all. */
export interface CampaignTally {
  readonly campaignId: Types.ObjectId;
  /** Of the last batch that was added. */
  readonly seq: number;
  /** `noting`: its people are being marked as counted. */
  readonly state: 'idle' | 'noting';
  readonly batch: readonly CountedPerson[] | null;
  readonly owner: string | null;
  /** Until then marking is the owner's; afterwards anybody's. */
  readonly heldUntil: Date;
  readonly counts: Readonly<Record<string, unknown>>;
  /** Null when nobody waits; missing where a release before this one counted last. */
  readonly due?: DueSpan | null;
}

const schema = defineSchema(
  {
    campaignId: { type: Schema.Types.ObjectId, required: true, immutable: true },
    seq: { type: Number, default: 0 },
    state: { type: String, enum: ['idle', 'noting'], default: 'idle' },
    batch: { type: Schema.Types.Mixed, default: null },
    owner: { type: String, default: null },
    heldUntil: { type: Date, default: () => new Date(0) },
    counts: { type: Schema.Types.Mixed, default: {} },
    due: { type: Schema.Types.Mixed, default: null },
  },
  { indexes: [{ keys: { campaignId: 1 }, unique: true }, { keys: { createdAt: -1, _id: -1 } }] },
);

const queries = {
  of: namedQuery({ campaignId: 'id' }, ({ campaignId }) => ({ campaignId })),
  ofMany: namedQuery({ campaignIds: ['id'] }, ({ campaignIds }) => ({ campaignId: { $in: campaignIds } })),
  standing: namedQuery({ campaignId: 'id', seq: 'number', state: 'string' }, ({ campaignId, seq, state }) => ({
    campaignId,
    seq,
    state,
  })),
};

type Id = Types.ObjectId | string;

export class CampaignTallyRepository extends BaseRepository<CampaignTally, typeof queries, Record<string, unknown>> {
  constructor(context: RepositoryContext) {
    super(context, { collection: 'campaignTallies', schema, queries, omittedFromLists: ['batch'] });
  }

  toApi({ campaignId, seq, counts }: Stored<CampaignTally>): Record<string, unknown> {
    return { campaignId: campaignId.toHexString(), seq, counts };
  }

  of(campaignId: Id): Promise<Stored<CampaignTally> | null> {
    return this.first('of', { campaignId });
  }

  ofMany(campaignIds: readonly Id[]): Promise<Stored<CampaignTally>[]> {
    return this.find('ofMany', { campaignIds });
  }

  async standing(campaignId: Id): Promise<Stored<CampaignTally>> {
    return (await this.of(campaignId)) ?? (await this.upsert('of', { campaignId }, {})).document;
  }

  /** Adds a batch; null when another one was faster. */
  add(
    { campaignId, seq }: Stored<CampaignTally>,
    changes: Readonly<Record<string, number>>,
    batch: readonly CountedPerson[],
    { owner, until }: { readonly owner: string; readonly until: Date },
  ): Promise<Stored<CampaignTally> | null> {
    const counters = Object.entries(changes).map(([path, count]) => [`counts.${path}`, count] as const);
    const $set = { state: 'noting', batch, owner, heldUntil: until };
    const $inc = { ...Object.fromEntries(counters), seq: 1 };
    return this.change('standing', { campaignId, seq, state: 'idle' }, { $set, $inc });
  }

  /** Its people are marked, and those who wait are due between these moments. */
  async noted(campaignId: Id, seq: number, due: DueSpan | null): Promise<void> {
    const $set = { state: 'idle', batch: null, owner: null, due };
    await this.change('standing', { campaignId, seq, state: 'noting' }, { $set });
  }

  /** Other counters in their place, as long as no batch was added meanwhile. */
  async replace(
    { campaignId, seq }: Stored<CampaignTally>,
    counts: Readonly<Record<string, unknown>>,
  ): Promise<boolean> {
    const update = { $set: { counts }, $inc: { seq: 1 } };
    return (await this.change('standing', { campaignId, seq, state: 'idle' }, update)) !== null;
  }
}
