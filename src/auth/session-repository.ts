import { Schema, type Types } from 'mongoose';
import { BaseRepository, type Id } from '../store/base-repository.ts';
import { namedQuery } from '../store/query-table.ts';
import { defineSchema, expiresBy, type Stored } from '../store/schema.ts';
import type { RepositoryContext } from '../store/store.ts';

/** One sign-in on one device; its refresh token changes with every use. */
export interface Session {
  readonly userId: Types.ObjectId;
  /** Hash of the one refresh token that is good now. */
  readonly tokenHash: string;
  readonly expiresAt: Date;
  readonly revokedAt: Date | null;
}

const schema = defineSchema(
  {
    userId: { type: Schema.Types.ObjectId, required: true },
    tokenHash: { type: String, required: true },
    expiresAt: { type: Date, required: true },
    revokedAt: { type: Date, default: null },
  },
  { indexes: [expiresBy('expiresAt'), { keys: { userId: 1, revokedAt: 1 } }, { keys: { createdAt: -1, _id: -1 } }] },
);

const queries = {
  byIds: namedQuery({ ids: ['id'] }, ({ ids }) => ({ _id: { $in: ids } })),
  current: namedQuery({ id: 'id', tokenHash: 'string', now: 'date' }, ({ id, tokenHash, now }) => ({
    _id: id,
    tokenHash,
    revokedAt: null,
    expiresAt: { $gt: now },
  })),
  openOf: namedQuery({ userId: 'id' }, ({ userId }) => ({ userId, revokedAt: null })),
  otherOpenOf: namedQuery({ userId: 'id', but: 'id' }, ({ userId, but }) => ({
    userId,
    revokedAt: null,
    _id: { $ne: but },
  })),
};

/** Sessions are never cached: a revoked one is refused with the next request, on every process. */
export class SessionRepository extends BaseRepository<Session, typeof queries, { id: string }> {
  constructor(context: RepositoryContext) {
    super(context, { collection: 'sessions', schema, queries });
  }

  toApi(session: Stored<Session>): { id: string } {
    return { id: session._id.toHexString() };
  }

  /** Those of these that exist. */
  byIds(ids: readonly string[]): Promise<Stored<Session>[]> {
    return this.find('byIds', { ids }, { limit: ids.length });
  }

  /** Opens a session under an id made beforehand, since its refresh token carries the id. */
  open(id: Types.ObjectId, session: Session): Promise<Stored<Session>> {
    return this.create({ _id: id, ...session } as Session);
  }

  /** Trades the current refresh token for the next one; null when the one presented is not current. Of two at once, one wins. */
  rotate(
    id: Id,
    tokenHash: string,
    now: Date,
    next: Pick<Session, 'tokenHash' | 'expiresAt'>,
  ): Promise<Stored<Session> | null> {
    return this.change('current', { id, tokenHash, now }, { $set: next });
  }

  async revoke(id: Id, now: Date): Promise<void> {
    await this.changeById(id, { $set: { revokedAt: now } });
  }

  /** Ends all sessions of a person, but for the one they keep working in. */
  revokeAllOf(userId: Id, now: Date, but?: Id): Promise<number> {
    const end = { $set: { revokedAt: now } };
    return but === undefined
      ? this.changeMany('openOf', { userId }, end)
      : this.changeMany('otherOpenOf', { userId, but }, end);
  }
}
