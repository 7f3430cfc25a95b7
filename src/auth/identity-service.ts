import { Types } from 'mongoose';
import { AppError } from '../errors.ts';
import type { Stored } from '../store/schema.ts';
import { type AccessTokens, accessTokenSeconds } from './access-tokens.ts';
import { hashPassword, verifyPassword } from './passwords.ts';
import { type Permission, permissionsOf, type Role } from './permissions.ts';
import { type Principal, userPrincipal } from './principal.ts';
import { newRefreshToken, readRefreshToken, writeRefreshToken } from './refresh-token.ts';
import { hashSecret } from './secrets.ts';
import type { Session, SessionRepository } from './session-repository.ts';
import type { User, UserRepository } from './user-repository.ts';

const dayMs = 86_400_000;
/** A session ends when unused for this long … */
const idleMs = 14 * dayMs;
/** … and this long after the sign-in, however busy. */
const absoluteMs = 90 * dayMs;

export interface SignedInUser {
  readonly id: string;
  readonly email: string;
  readonly role: Role;
  readonly permissions: Permission[];
}

export interface SignedIn {
  readonly accessToken: string;
  readonly expiresIn: number;
  readonly user: SignedInUser;
  readonly refreshToken: string;
  readonly refreshExpiresAt: Date;
}

export interface IdentityServiceOptions {
  readonly users: UserRepository;
  readonly sessions: SessionRepository;
  readonly tokens: AccessTokens;
  readonly now: () => Date;
  /** Said after whatever may have ended somebody's access. */
  readonly accessChanged: () => void;
}

export type IdentityService = ReturnType<typeof createIdentityService>;

const sessionOver = () => new AppError('AUTH_INVALID', 'This session has ended; sign in again.');

const signedInUser = (user: Stored<User>): SignedInUser => ({
  id: user._id.toHexString(),
  email: user.email,
  role: user.role,
  permissions: permissionsOf(user.role),
});

/** Sign-in, sessions and their end. */
export function createIdentityService({ users, sessions, tokens, now, accessChanged }: IdentityServiceOptions) {
  const expiry = (signedInAt: Date): Date =>
    new Date(Math.min(now().getTime() + idleMs, signedInAt.getTime() + absoluteMs));

  const handOut = async (
    user: Stored<User>,
    refreshToken: string,
    sessionId: string,
    refreshExpiresAt: Date,
  ): Promise<SignedIn> => ({
    accessToken: await tokens.issue({ userId: user._id.toHexString(), sessionId }),
    expiresIn: accessTokenSeconds,
    user: signedInUser(user),
    refreshToken,
    refreshExpiresAt,
  });

  const openSession = async (user: Stored<User>): Promise<SignedIn> => {
    const id = new Types.ObjectId();
    const token = newRefreshToken(id.toHexString());
    const expiresAt = expiry(now());
    await sessions.open(id, { userId: user._id, tokenHash: hashSecret(token.secret), expiresAt, revokedAt: null });
    return handOut(user, writeRefreshToken(token), token.sessionId, expiresAt);
  };

  return {
    async signIn(email: string, password: string): Promise<SignedIn> {
      const user = await users.findByEmail(email);
      const right = await verifyPassword(password, user?.passwordHash);
      // One answer for all three: whoever guesses learns nothing about accounts.
      if (!user || !right || user.disabled) throw new AppError('SIGN_IN_FAILED', 'E-mail and password do not match.');
      return openSession(await users.signedIn(user._id, now()));
    },

    async refresh(text: string): Promise<SignedIn> {
      const presented = readRefreshToken(text);
      const session = presented && (await sessions.findById(presented.sessionId));
      if (!presented || !session || session.revokedAt || session.expiresAt <= now()) throw sessionOver();
      const next = newRefreshToken(presented.sessionId);
      const expiresAt = expiry(session.createdAt);
      const rotated = await sessions.rotate(session._id, hashSecret(presented.secret), now(), {
        tokenHash: hashSecret(next.secret),
        expiresAt,
      });
      if (!rotated) {
        // Somebody used this token before: it was stolen from us or from them. Nobody keeps the session.
        await sessions.revoke(session._id, now());
        accessChanged();
        throw sessionOver();
      }
      const user = await users.findById(session.userId);
      if (!user || user.disabled) throw sessionOver();
      return handOut(user, writeRefreshToken(next), presented.sessionId, expiresAt);
    },

    /** Who an access token stands for; undefined when it is not one of ours, expired, or its session is over. */
    async authenticate(accessToken: string): Promise<Principal | undefined> {
      const claims = await tokens.read(accessToken);
      if (!claims) return undefined;
      const [session, user] = await Promise.all([sessions.findById(claims.sessionId), users.findById(claims.userId)]);
      if (!session || session.revokedAt || !user || user.disabled || !session.userId.equals(user._id)) return undefined;
      return userPrincipal(
        { id: claims.userId, email: user.email, role: user.role },
        claims.sessionId,
        claims.expiresAt,
      );
    },

    /** Ends one session, known by its refresh token or id; ending an ended one is no error. */
    async signOut(sessionId: string): Promise<void> {
      if (await sessions.findById(sessionId)) await sessions.revoke(sessionId, now());
      accessChanged();
    },

    /** The session a refresh token belongs to, if the token is its current one. */
    async sessionOf(text: string): Promise<Stored<Session> | undefined> {
      const presented = readRefreshToken(text);
      const session = presented && (await sessions.findById(presented.sessionId));
      return session && session.tokenHash === hashSecret(presented.secret) && !session.revokedAt ? session : undefined;
    },

    async signOutEverywhere(userId: string): Promise<number> {
      const ended = await sessions.revokeAllOf(userId, now());
      accessChanged();
      return ended;
    },

    /** Changes one's own password; every other session of the person ends, this one goes on. */
    async changeOwnPassword(principal: Principal, current: string, next: string): Promise<SignedInUser> {
      const user = await users.findById(principal.id);
      if (!user || !(await verifyPassword(current, user.passwordHash))) {
        throw new AppError('VALIDATION_FAILED', 'currentPassword is not your password.', {
          details: [{ field: 'currentPassword', problem: 'is not your password' }],
        });
      }
      const changed = await users.setPasswordHash(user._id, await hashPassword(next));
      await sessions.revokeAllOf(user._id, now(), principal.sessionId);
      accessChanged();
      return signedInUser(changed);
    },
  };
}
