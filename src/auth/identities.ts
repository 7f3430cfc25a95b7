import type { Authenticator } from './access.ts';
import type { ApiKeyRepository } from './api-key-repository.ts';
import type { Identities } from './identities.types.ts';
import { keyPrincipal, type Principal, userPrincipal } from './principal.ts';
import type { SessionRepository } from './session-repository.ts';
import type { UserRepository } from './user-repository.ts';

interface Repositories {
  readonly users: Pick<UserRepository, 'byIds'>;
  readonly sessions: Pick<SessionRepository, 'byIds'>;
  readonly keys: Pick<ApiKeyRepository, 'byIds'>;
  readonly now: () => Date;
}

/** The longest list that a query takes. */
const mostAtOnce = 500;

/** Asks each kind of credential in turn, and looks after those who stay connected. */
export function createIdentities(
  authenticators: readonly Authenticator[],
  { users, sessions, keys, now }: Repositories,
): Identities {
  async function lookUp<T extends { _id: { toHexString(): string } }>(
    ids: Iterable<string>,
    ask: (ids: readonly string[]) => Promise<T[]>,
  ): Promise<Map<string, T>> {
    const wanted = [...new Set(ids)];
    const found = new Map<string, T>();
    for (let from = 0; from < wanted.length; from += mostAtOnce) {
      for (const each of await ask(wanted.slice(from, from + mostAtOnce))) found.set(each._id.toHexString(), each);
    }
    return found;
  }

  return {
    async identify(credential) {
      for (const authenticator of authenticators) {
        const principal = await authenticator(credential);
        if (principal) return principal;
      }
      return undefined;
    },

    async standing(principals) {
      const of = (kind: Principal['kind']) => principals.filter(each => each.kind === kind);
      const keysById = await lookUp(
        of('key').map(({ id }) => id),
        ids => keys.byIds(ids),
      );
      const makers = [...keysById.values()].flatMap(({ createdBy }) => (createdBy ? [createdBy.toHexString()] : []));
      const [usersById, sessionsById] = await Promise.all([
        lookUp([...of('user').map(({ id }) => id), ...makers], ids => users.byIds(ids)),
        lookUp(
          of('user').map(({ sessionId }) => sessionId!),
          ids => sessions.byIds(ids),
        ),
      ]);

      const userNow = ({ id, sessionId, expiresAt }: Principal): Principal | null => {
        const [user, session] = [usersById.get(id), sessionsById.get(sessionId!)];
        if (!user || user.disabled || !session || session.revokedAt) return null;
        return userPrincipal({ id, email: user.email, role: user.role }, sessionId!, expiresAt);
      };
      const keyNow = ({ id }: Principal): Principal | null => {
        const key = keysById.get(id);
        if (!key || key.revokedAt || (key.expiresAt && key.expiresAt <= now())) return null;
        const maker = key.createdBy ? usersById.get(key.createdBy.toHexString()) : undefined;
        if (key.createdBy && (!maker || maker.disabled)) return null;
        const { name, scopes, expiresAt } = key;
        return keyPrincipal({ id, name, scopes, expiresAt }, maker?.role ?? 'admin');
      };
      return principals.map(each => (each.kind === 'user' ? userNow(each) : each.kind === 'key' ? keyNow(each) : each));
    },
  };
}
