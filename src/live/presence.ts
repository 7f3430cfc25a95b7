import type { Server } from 'socket.io';
import type { Logger } from '../ops/logger.ts';

/** What a process tells the others about its clients. */
interface RoomsMessage {
  readonly process: string;
  readonly rooms: readonly string[];
}

export interface PresenceOptions {
  readonly io: Server;
  readonly processId: string;
  /** Whether the others can be reached now. */
  readonly reachable: () => boolean;
  /** Another process has somebody in a room where it had nobody: what has no other memory must be told again. */
  readonly newcomer: () => void;
  readonly logger: Logger;
  readonly now: () => number;
}

/**
 * Which rooms have members in other processes. An event that nobody follows anywhere is not made; so whoever enters a room where this
 * process had nobody waits until the others know it.
 */
export interface Presence {
  elsewhere(room: string): boolean;
  /** Rooms with members in other processes. */
  roomsElsewhere(): Iterable<string>;
  /** Somebody came to us who knows nothing: the others tell what has no other memory. At most once a second. */
  ask(): void;
  /** Resolves when the others know our rooms, or do not answer in time. */
  told(): Promise<void>;
  /** Tells it again, so that others who missed it learn it. */
  repeat(): void;
}

const event = 'live:rooms';
const newcomerEvent = 'live:newcomer';
const askEveryMs = 1_000;
const afterSnapshotMs = 100;
const forgottenMs = 15_000;
const patienceMs = 1_000;

/** Rooms of topics; every connection also has one of its own, which concerns nobody else. */
const isTopic = (room: string) => /^(calls|call:|campaign:)/.test(room);

export function createPresence({ io, processId, reachable, newcomer, logger, now }: PresenceOptions): Presence {
  const others = new Map<string, { readonly rooms: ReadonlySet<string>; readonly at: number }>();
  let acknowledged = '';
  let asking: NodeJS.Timeout | undefined;
  let askedAt = Number.NEGATIVE_INFINITY;

  const own = () => [...io.of('/').adapter.rooms.keys()].filter(isTopic).sort();
  const message = (): RoomsMessage => ({ process: processId, rooms: own() });

  io.on(event, ({ process, rooms }: RoomsMessage, answer?: (value: null) => void) => {
    const before = others.get(process);
    others.set(process, { rooms: new Set(rooms), at: now() });
    answer?.(null);
    if (rooms.some(room => !before?.rooms.has(room))) newcomer();
  });

  io.on(newcomerEvent, newcomer);

  const alive = () => {
    for (const [process, { at }] of others) if (now() - at > forgottenMs) others.delete(process);
    return [...others.values()];
  };
  const sayNewcomer = () => {
    asking = undefined;
    askedAt = now();
    if (reachable()) io.serverSideEmit(newcomerEvent);
  };

  return {
    elsewhere: room => alive().some(({ rooms }) => rooms.has(room)),
    roomsElsewhere: () => alive().flatMap(({ rooms }) => [...rooms]),

    ask() {
      // Not before the snapshot, which would be older than what the others tell.
      if (asking) return;
      asking = setTimeout(sayNewcomer, Math.max(afterSnapshotMs, askedAt + askEveryMs - now())).unref();
    },

    async told() {
      if (!reachable()) return;
      const said = message();
      const key = said.rooms.join('\n');
      if (key === acknowledged) return;
      const late = new Promise<'late'>(resolve => setTimeout(resolve, patienceMs, 'late').unref());
      const heard = io.serverSideEmitWithAck(event, said).then(
        () => 'heard' as const,
        () => 'late' as const,
      );
      if ((await Promise.race([heard, late])) === 'heard') acknowledged = key;
      else logger.info('another process did not say in time that it knows what our clients follow');
    },

    repeat() {
      if (reachable()) io.serverSideEmit(event, message());
    },
  };
}
