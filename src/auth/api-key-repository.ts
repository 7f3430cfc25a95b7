import { Schema, type Types } from 'mongoose';
import { BaseRepository } from '../store/base-repository.ts';
import { namedQuery } from '../store/query-table.ts';
import { defineSchema, type Stored } from '../store/schema.ts';
import type { RepositoryContext } from '../store/store.ts';
import type { Permission } from './permissions.ts';

export interface ApiKey {
  readonly name: string;
  /** The first characters, by which people recognise it; the whole key is shown once and never stored. */
  readonly prefix: string;
  readonly hash: string;
  readonly scopes: readonly Permission[];
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
  readonly lastUsedAt: Date | null;
  /** The person it acts for; null for one made with the static API_KEY. */
  readonly createdBy: Types.ObjectId | null;
  readonly createdByLabel: string;
}

export interface ApiApiKey {
  readonly id: string;
  readonly name: string;
  readonly prefix: string;
  readonly scopes: Permission[];
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;
  readonly lastUsedAt: string | null;
  readonly createdBy: string;
  readonly createdAt: string;
}

const schema = defineSchema(
  {
    name: { type: String, required: true, maxlength: 80 },
    prefix: { type: String, required: true },
    hash: { type: String, required: true },
    // Names are not checked against today's table: a scope that a later release knows must survive a step back.
    scopes: { type: [String], required: true },
    expiresAt: { type: Date, default: null },
    revokedAt: { type: Date, default: null },
    lastUsedAt: { type: Date, default: null },
    createdBy: { type: Schema.Types.ObjectId, default: null },
    createdByLabel: { type: String, required: true },
  },
  { indexes: [{ keys: { hash: 1 }, unique: true }, { keys: { createdAt: -1, _id: -1 } }] },
);

const queries = {
  byIds: namedQuery({ ids: ['id'] }, ({ ids }) => ({ _id: { $in: ids } })),
  byHash: namedQuery({ hash: 'string' }, ({ hash }) => ({ hash })),
};

/** API keys are never cached: a revoked one is refused with the next request, on every process. */
export class ApiKeyRepository extends BaseRepository<ApiKey, typeof queries, ApiApiKey> {
  constructor(context: RepositoryContext) {
    super(context, {
      collection: 'apiKeys',
      schema,
      queries,
      omittedFromLists: ['hash'],
      apiFields: ['id', 'name', 'prefix', 'scopes', 'expiresAt', 'revokedAt', 'lastUsedAt', 'createdBy', 'createdAt'],
    });
  }

  toApi(key: Stored<ApiKey>): ApiApiKey {
    return {
      id: key._id.toHexString(),
      name: key.name,
      prefix: key.prefix,
      scopes: [...key.scopes],
      expiresAt: key.expiresAt?.toISOString() ?? null,
      revokedAt: key.revokedAt?.toISOString() ?? null,
      lastUsedAt: key.lastUsedAt?.toISOString() ?? null,
      createdBy: key.createdByLabel,
      createdAt: key.createdAt.toISOString(),
    };
  }

  /** Those of these that exist. */
  byIds(ids: readonly string[]): Promise<Stored<ApiKey>[]> {
    return this.find('byIds', { ids }, { limit: ids.length });
  }

  findByHash(hash: string): Promise<Stored<ApiKey> | null> {
    return this.first('byHash', { hash });
  }

  revoke(id: string, now: Date): Promise<Stored<ApiKey>> {
    return this.changeById(id, { $set: { revokedAt: now } });
  }

  async used(id: Types.ObjectId, now: Date): Promise<void> {
    await this.changeById(id, { $set: { lastUsedAt: now } });
  }
}
