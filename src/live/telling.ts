import type { Server } from 'socket.io';
import type { Logger } from '../ops/logger.ts';
import type { RedisLink } from '../store/redis.ts';
import { createFanOut, type FanOut } from './fan-out.ts';
import { slowRoom, watchedCalls } from './live-rooms-protocol.ts';
import { createPresence, type Presence } from './presence.ts';

export interface TellingOptions {
  readonly io: Server;
  readonly redis: RedisLink | null;
  readonly processId: string;
  /** Another process has somebody who knows nothing. */
  readonly newcomer: () => void;
  readonly sent: (count: number) => void;
  readonly logger: Logger;
  readonly now: () => Date;
}

/** The way of events to whoever follows them, in this process and, through Redis, in others. */
export interface Telling {
  readonly fanOut: FanOut;
  /** Null without Redis. */
  readonly presence: Presence | null;
  /** Calls that somebody watches, here or in another process. */
  watchedCalls(): Set<string>;
}

export function createTelling({ io, redis, processId, newcomer, sent, logger, now }: TellingOptions): Telling {
  const { adapter } = io.of('/');
  const presence = redis
    ? createPresence({
        io,
        processId,
        reachable: () => redis.state === 'ready',
        newcomer,
        logger,
        now: () => performance.now(),
      })
    : null;
  const fanOut = createFanOut({
    isWanted: room => adapter.rooms.has(room) || (presence?.elsewhere(room) ?? false),
    emit: (room, name, payload, passing) => {
      // Without Redis for a moment the clients of this process are told all the same; figures each process tells its own.
      const alone = redis === null || redis.state !== 'ready' || room.startsWith('metrics');
      // What the next word replaces need not pass through Redis while nobody elsewhere sees it.
      const here = alone || (passing && !presence?.elsewhere(room));
      const to = here ? io.local.to(room) : io.to(room);
      (passing ? to.except(slowRoom) : to).emit(name, payload);
    },
    sent,
    now,
  });
  return {
    fanOut,
    presence,
    watchedCalls: () => watchedCalls([...adapter.rooms.keys(), ...(presence?.roomsElsewhere() ?? [])]),
  };
}
