import type { Adapter } from 'socket.io-adapter';

interface RecoveredSession {
  readonly sid: string;
  readonly pid: string;
  readonly rooms: readonly string[];
  readonly data: unknown;
  readonly missedPackets: readonly (readonly unknown[])[];
}

/** What a connection leaves behind for the one that continues it. */
export interface LeftBehind {
  readonly who: string;
  readonly masked: boolean;
}

export interface HeldSession {
  readonly rooms: readonly string[];
  readonly left: LeftBehind | null;
  readonly missed: readonly (readonly unknown[])[];
}

/** A handshake takes no longer. */
const heldMs = 30_000;

/**
 * Socket.IO gives a returning client its rooms and what it missed before the token is looked at. Here both are held back: whoever
 * let the client in takes them and decides.
 */
export function holdBackRecovery(adapter: Adapter): { take(pid: string): HeldSession | undefined } {
  const held = new Map<string, HeldSession>();
  const restore = adapter.restoreSession.bind(adapter);
  adapter.restoreSession = (async (pid: string, offset: string) => {
    const session = (await restore(pid, offset)) as unknown as RecoveredSession | null;
    if (!session) return null;
    held.set(pid, {
      rooms: [...session.rooms],
      left: isLeft(session.data) ? session.data : null,
      missed: session.missedPackets,
    });
    setTimeout(() => held.delete(pid), heldMs).unref();
    return { ...session, rooms: [], data: {}, missedPackets: [] };
  }) as unknown as Adapter['restoreSession'];
  return {
    take(pid) {
      const session = held.get(pid);
      held.delete(pid);
      return session;
    },
  };
}

const isLeft = (data: unknown): data is LeftBehind =>
  typeof data === 'object' &&
  data !== null &&
  typeof (data as LeftBehind).who === 'string' &&
  typeof (data as LeftBehind).masked === 'boolean';
