import { BaseRepository, type ClaimTerms } from '../../src/store/base-repository.ts';
import { namedPipeline, namedQuery } from '../../src/store/query-table.ts';
import { defineSchema, type Lease, type Stored } from '../../src/store/schema.ts';
import type { RepositoryContext } from '../../src/store/store.ts';
import type { Update } from '../../src/store/update.ts';

/** A domain of the tests' own: parcels that are sorted, carried and delivered. */
export interface Parcel {
  code: string;
  state?: 'waiting' | 'moving' | 'delivered';
  weight?: number;
  receiver?: string | null;
  depotId?: string;
  dueAt?: Date;
  tags?: string[];
  note?: Record<string, unknown>;
  history?: { at: Date; what: string }[];
  lease?: Lease;
}

export interface ApiParcel {
  id: string;
  code: string;
  state: string;
  weight: number | null;
  createdAt: string;
}

const schema = defineSchema(
  {
    code: { type: String, required: true, maxlength: 40 },
    state: { type: String, enum: ['waiting', 'moving', 'delivered'], default: 'waiting', required: true },
    weight: { type: Number, min: 0 },
    receiver: { type: String },
    depotId: { type: String },
    dueAt: { type: Date },
    tags: { type: [String], default: [] },
    note: { type: Object, default: {} },
    history: { type: [{ _id: false, at: Date, what: String }], default: [] },
  },
  {
    softDelete: true,
    leased: true,
    indexes: [
      { keys: { code: 1 }, unique: true },
      { keys: { createdAt: -1, _id: -1 } },
      { keys: { receiver: 1, _id: 1 } },
      { keys: { receiver: 1, createdAt: -1, _id: -1 } },
      { keys: { state: 1, createdAt: -1, _id: -1 } },
      { keys: { weight: 1, createdAt: -1, _id: -1 } },
      { keys: { state: 1, dueAt: 1 } },
    ],
  },
);

const queries = {
  byCode: namedQuery({ code: 'string' }, ({ code }) => ({ code })),
  due: namedQuery({ now: 'date' }, ({ now }) => ({ state: 'waiting', dueAt: { $lte: now } }), { sort: { dueAt: 1 } }),
  inStates: namedQuery({ states: ['string'] }, ({ states }) => ({ state: { $in: states } })),
};

const pipelines = {
  weightByState: namedPipeline({ states: ['string'] }, ({ states }) => [
    { $match: { state: { $in: states }, deletedAt: null } },
    { $group: { _id: '$state', weight: { $sum: '$weight' } } },
    { $sort: { _id: 1 } },
  ]),
};

export class ParcelRepository extends BaseRepository<Parcel, typeof queries, ApiParcel> {
  constructor(context: RepositoryContext, { cacheTtlMs = 0 }: { cacheTtlMs?: number } = {}) {
    super(context, {
      collection: 'parcels',
      schema,
      queries,
      pipelines,
      filters: {
        state: { type: 'string', forms: ['in'], values: ['waiting', 'moving', 'delivered'] },
        weight: { type: 'number', forms: ['range'] },
        receiver: { type: 'string', forms: ['prefix'] },
        createdAt: { type: 'date', forms: ['range'] },
      },
      sorts: ['createdAt', 'receiver'],
      apiFields: ['id', 'code', 'state', 'weight', 'createdAt'],
      immutable: ['code'],
      omittedFromLists: ['history'],
      cacheTtlMs,
    });
  }

  findByCode(code: string) {
    return this.first('byCode', { code });
  }

  findInStates(states: readonly string[]) {
    return this.find('inStates', { states });
  }

  countInStates(states: readonly string[]) {
    return this.count('inStates', { states });
  }

  allInStates(states: readonly string[]) {
    return this.each('inStates', { states });
  }

  claimDue(terms: ClaimTerms) {
    return this.claim('due', { now: terms.now }, terms);
  }

  changeByCode(code: string, update: Update) {
    return this.change('byCode', { code }, update);
  }

  changeInStates(states: readonly string[], update: Update) {
    return this.changeMany('inStates', { states }, update);
  }

  upsertByCode(code: string, update: Update) {
    return this.upsert('byCode', { code }, update);
  }

  removeInStates(states: readonly string[]) {
    return this.removeMany('inStates', { states });
  }

  weightByState(states: readonly string[]) {
    return this.aggregate<{ _id: string; weight: number }, (typeof pipelines.weightByState)['args']>(
      pipelines.weightByState,
      { states },
    );
  }

  toApi({ _id, code, state, weight, createdAt }: Stored<Parcel>): ApiParcel {
    return {
      id: _id.toHexString(),
      code,
      state: state ?? 'waiting',
      weight: weight ?? null,
      createdAt: createdAt.toISOString(),
    };
  }
}
