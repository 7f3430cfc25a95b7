import type { Identities, Principal } from '../auth/identities.types.ts';
import type { Connection } from './connection.ts';
import type { ConnectionEnding } from './live-contract.ts';

export interface StandingWatchOptions {
  readonly connections: () => Iterable<Connection>;
  readonly identities: Pick<Identities, 'standing'>;
  readonly end: (connection: Connection, ending: ConnectionEnding) => void;
  /** They see people now and did not, or the reverse. */
  readonly seesOtherwise: (connection: Connection) => void;
  readonly failed: (error: unknown) => void;
  readonly now: () => Date;
}

/** Keeps connections no longer than those behind them may be there. */
export interface StandingWatch {
  /** Ends those whose credential has run out; costs nothing but a look at the clock. */
  expire(): void;
  /** Asks the store once how everybody stands. Asked for again while it runs, it runs once more. */
  look(): Promise<void>;
}

const expired: ConnectionEnding = {
  reason: 'expired',
  code: 'AUTH_INVALID',
  message: 'The access token has expired, and no fresh one came with auth:renew.',
};
const revoked: ConnectionEnding = {
  reason: 'revoked',
  code: 'AUTH_INVALID',
  message: 'The session or key behind this connection has ended.',
};

export function createStandingWatch(options: StandingWatchOptions): StandingWatch {
  const { connections, identities, end, now } = options;
  let running: Promise<void> | undefined;
  let again = false;

  async function round(): Promise<void> {
    const open = [...connections()];
    if (open.length === 0) return;
    const asked = new Map<string, Principal>();
    const keyOf = ({ kind, id, sessionId = '' }: Principal) => `${kind} ${id} ${sessionId}`;
    for (const { principal } of open) asked.set(keyOf(principal), principal);
    const principals = [...asked.values()];
    const standing = await identities.standing(principals);
    const now = new Map(principals.map((principal, index) => [keyOf(principal), standing[index]!]));
    for (const connection of open) {
      const principal = now.get(keyOf(connection.principal));
      // It showed another credential meanwhile, which was looked at then.
      if (principal === undefined) continue;
      if (principal === null) end(connection, revoked);
      else if (!same(principal, connection.principal)) {
        const { expiresAt } = connection.principal;
        const otherwise = connection.become({ ...principal, ...(expiresAt ? { expiresAt } : {}) });
        if (otherwise) options.seesOtherwise(connection);
      }
    }
  }

  return {
    expire() {
      const at = now();
      for (const connection of connections()) {
        const { expiresAt } = connection.principal;
        if (expiresAt && expiresAt <= at) end(connection, expired);
      }
    },
    look() {
      if (running) again = true;
      running ??= (async () => {
        do {
          again = false;
          await round().catch(options.failed);
        } while (again);
      })().finally(() => {
        running = undefined;
      });
      return running;
    },
  };
}

const same = (one: Principal, other: Principal): boolean =>
  one.role === other.role &&
  one.permissions.size === other.permissions.size &&
  [...one.permissions].every(each => other.permissions.has(each));
