import { AppError } from '../errors.ts';
import type { Stored } from '../store/schema.ts';
import { generatePassword, hashPassword } from './passwords.ts';
import type { Role } from './permissions.ts';
import type { SessionRepository } from './session-repository.ts';
import type { User, UserRepository } from './user-repository.ts';

export interface UserChanges {
  readonly role?: Role;
  readonly disabled?: boolean;
  readonly password?: string;
}

export type UserService = ReturnType<typeof createUserService>;

/** People and their roles. */
export function createUserService(
  users: UserRepository,
  sessions: SessionRepository,
  now: () => Date,
  accessChanged: () => void = () => {},
) {
  const create = async (email: string, role: Role, password: string): Promise<Stored<User>> => {
    const normal = email.trim().toLowerCase();
    if (await users.findByEmail(normal)) throw emailTaken();
    const passwordHash = await hashPassword(password);
    try {
      return await users.create({ email: normal, role, passwordHash, disabled: false, lastSignInAt: null });
    } catch (error) {
      // Hashing takes a while, and somebody else may have taken the address meanwhile.
      throw error instanceof AppError && error.code === 'DUPLICATE' ? emailTaken() : error;
    }
  };

  const setPassword = async (user: Stored<User>, password: string): Promise<Stored<User>> => {
    const changed = await users.setPasswordHash(user._id, await hashPassword(password));
    await sessions.revokeAllOf(user._id, now());
    return changed;
  };

  return {
    create,

    /** Changes what is given. The last administrator who can sign in keeps the role: nobody could ever give it back. */
    async change(
      id: string,
      { role, disabled, password }: UserChanges,
    ): Promise<{ before: Stored<User>; after: Stored<User> }> {
      const before = await users.findById(id);
      if (!before) throw new AppError('NOT_FOUND', 'There is no user with this id.');
      let after = before;
      if (role !== undefined || disabled !== undefined) {
        after = await users.patch(id, {
          ...(role === undefined ? {} : { role }),
          ...(disabled === undefined ? {} : { disabled }),
        });
        // Looked at afterwards, because two administrators may be taking the role from each other at this moment.
        if ((await users.countActiveAdmins()) === 0) {
          await users.patch(id, { role: before.role, disabled: before.disabled });
          throw new AppError('CONFLICT', 'This is the last administrator who can sign in. Make another one first.');
        }
        if (disabled) await sessions.revokeAllOf(id, now());
      }
      if (password !== undefined) after = await setPassword(after, password);
      accessChanged();
      return { before, after };
    },

    /** Sets the password of whoever has this e-mail address, and ends their sessions. */
    async setPasswordOf(email: string, password: string): Promise<Stored<User>> {
      const user = await users.findByEmail(email);
      if (!user) throw new AppError('NOT_FOUND', 'There is no user with this e-mail address.');
      return setPassword(user, password);
    },

    /** Makes the first administrator when there is no user yet; the password is returned only when it was made here. */
    async ensureAdministrator(
      email: string,
      givenPassword: string | undefined,
    ): Promise<{ email: string; password?: string }> {
      if (!(await users.isEmpty())) return { email };
      const password = givenPassword ?? generatePassword();
      try {
        await create(email, 'admin', password);
      } catch (error) {
        // Another process of the same start was faster; its password is the one that counts.
        if (error instanceof AppError && (error.code === 'CONFLICT' || error.code === 'DUPLICATE')) return { email };
        throw error;
      }
      return givenPassword ? { email } : { email, password };
    },
  };
}

const emailTaken = () =>
  new AppError('CONFLICT', 'There is already a user with this e-mail address.', {
    details: [{ field: 'email', problem: 'belongs to another user' }],
  });
