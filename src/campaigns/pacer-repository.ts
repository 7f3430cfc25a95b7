import { Schema } from 'mongoose';
import { BaseRepository } from '../store/base-repository.ts';
import { namedQuery } from '../store/query-table.ts';
import { defineSchema, type Stored } from '../store/schema.ts';
import type { RepositoryContext } from '../store/store.ts';
import type { BreakerState } from './breaker.ts';
import type { Gap } from './pacer.ts';
import type { AccountStanding, Planned } from './pacer-allotment.ts';

/** What all processes share of one pace, or of one circuit. */
export interface Pacer extends BreakerState {
  /** `account`, `campaign:<id>`, `breaker:campaign:<id>`, `breaker:engine:<kind>`, `breaker:carrier`. */
  readonly key: string;
  /** The first moment that nobody has, in milliseconds since 1970. */
  readonly next: number;
  /** Moments before it that were passed over. */
  readonly gaps: readonly Gap[];
  /** Of the account: who has which. */
  readonly planned?: Planned | null;
}

const schema = defineSchema(
  {
    key: { type: String, required: true, immutable: true },
    next: { type: Number, default: 0 },
    gaps: { type: Schema.Types.Mixed, default: [] },
    planned: { type: Schema.Types.Mixed, default: null },
    openUntil: { type: Date, default: null },
    trialUntil: { type: Date, default: null },
    openings: { type: [Date], default: [] },
    window: { type: Schema.Types.Mixed, default: null },
  },
  { indexes: [{ keys: { key: 1 }, unique: true }, { keys: { createdAt: -1, _id: -1 } }] },
);

const queries = {
  named: namedQuery({ key: 'string' }, ({ key }) => ({ key })),
  among: namedQuery({ keys: ['string'] }, ({ keys }) => ({ key: { $in: keys } })),
  inVersion: namedQuery({ key: 'string', version: 'number' }, ({ key, version }) => ({ key, version })),
};

/** Moments given out over all processes, and open circuits. */
export class PacerRepository extends BaseRepository<Pacer, typeof queries, Record<string, unknown>> {
  constructor(context: RepositoryContext) {
    super(context, { collection: 'pacers', schema, queries });
  }

  toApi({ _id, key, next, openUntil }: Stored<Pacer>): Record<string, unknown> {
    return { id: _id.toHexString(), key, next, openUntil: openUntil?.toISOString() ?? null };
  }

  /** The document of this name, which is made when there is none. */
  async get(key: string): Promise<Stored<Pacer>> {
    return (await this.first('named', { key })) ?? (await this.upsert('named', { key }, {})).document;
  }

  /** Null when nothing was ever said of it. */
  known(key: string): Promise<Stored<Pacer> | null> {
    return this.first('named', { key });
  }

  /** Those of these of which something was said. */
  among(keys: readonly string[]): Promise<Stored<Pacer>[]> {
    return keys.length === 0 ? Promise.resolve([]) : this.find('among', { keys }, { limit: keys.length });
  }

  /** Takes moments: only these are free from now on. Null when somebody else took some since it was read in this version. */
  advance(key: string, version: number, { next, gaps, planned }: AccountStanding): Promise<Stored<Pacer> | null> {
    return this.change('inVersion', { key, version }, { $set: { next, gaps, ...(planned ? { planned } : {}) } });
  }

  /** Another state of a circuit, unless somebody changed it since it was read. */
  async turn(key: string, version: number, state: Partial<BreakerState>): Promise<boolean> {
    return (await this.change('inVersion', { key, version }, { $set: { ...state } })) !== null;
  }
}
