import type { Types } from 'mongoose';
import { BaseRepository, type Id } from '../store/base-repository.ts';
import { namedQuery } from '../store/query-table.ts';
import { defineSchema, type Stored } from '../store/schema.ts';
import type { RepositoryContext } from '../store/store.ts';
import { type Role, roles } from './permissions.ts';

export interface User {
  readonly email: string;
  readonly role: Role;
  readonly passwordHash: string;
  readonly disabled: boolean;
  readonly lastSignInAt: Date | null;
}

export interface ApiUser {
  readonly id: string;
  readonly email: string;
  readonly role: Role;
  readonly disabled: boolean;
  readonly createdAt: string;
  readonly lastSignInAt: string | null;
}

const schema = defineSchema(
  {
    email: { type: String, required: true, lowercase: true, trim: true, maxlength: 254 },
    role: { type: String, required: true, enum: roles },
    passwordHash: { type: String, required: true },
    disabled: { type: Boolean, default: false },
    lastSignInAt: { type: Date, default: null },
  },
  {
    indexes: [
      { keys: { email: 1 }, unique: true },
      { keys: { email: 1, _id: 1 } },
      { keys: { createdAt: -1, _id: -1 } },
      { keys: { role: 1, disabled: 1 } },
    ],
  },
);

const queries = {
  byIds: namedQuery({ ids: ['id'] }, ({ ids }) => ({ _id: { $in: ids } })),
  byEmail: namedQuery({ email: 'string' }, ({ email }) => ({ email })),
  activeWithRole: namedQuery({ role: 'string' }, ({ role }) => ({ role, disabled: false })),
};

/** People who sign in. Never cached: a role that is taken away is gone with the next request. */
export class UserRepository extends BaseRepository<User, typeof queries, ApiUser> {
  constructor(context: RepositoryContext) {
    super(context, {
      collection: 'users',
      schema,
      queries,
      omittedFromLists: ['passwordHash'],
      sorts: ['createdAt', 'email'],
      apiFields: ['id', 'email', 'role', 'disabled', 'createdAt', 'lastSignInAt'],
    });
  }

  toApi(user: Stored<User>): ApiUser {
    return {
      id: user._id.toHexString(),
      email: user.email,
      role: user.role,
      disabled: user.disabled,
      createdAt: user.createdAt.toISOString(),
      lastSignInAt: user.lastSignInAt?.toISOString() ?? null,
    };
  }

  findByEmail(email: string): Promise<Stored<User> | null> {
    return this.first('byEmail', { email: email.trim().toLowerCase() });
  }

  /** Those of these who exist. */
  byIds(ids: readonly string[]): Promise<Stored<User>[]> {
    return this.find('byIds', { ids }, { limit: ids.length });
  }

  countActiveAdmins(): Promise<number> {
    return this.count('activeWithRole', { role: 'admin' });
  }

  async isEmpty(): Promise<boolean> {
    return (await this.list({ limit: 1 })).items.length === 0;
  }

  setPasswordHash(id: Id, passwordHash: string): Promise<Stored<User>> {
    return this.changeById(id, { $set: { passwordHash } });
  }

  signedIn(id: Types.ObjectId, at: Date): Promise<Stored<User>> {
    return this.changeById(id, { $set: { lastSignInAt: at } });
  }
}
