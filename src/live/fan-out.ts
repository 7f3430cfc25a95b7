import type { ServerEvents } from './live-contract.ts';
import { roomOf, type Telling, type Topic, tellings } from './live-rooms-protocol.ts';

export type LiveEventName = Exclude<keyof ServerEvents, 'live:batch' | 'call:audio'>;
export type LivePayload<N extends LiveEventName> = Parameters<ServerEvents[N]>[0];

/** One event with what those see who may not see people; made only when somebody like that is there. */
interface Waiting {
  readonly name: LiveEventName;
  readonly payload: unknown;
  readonly masked: () => unknown;
}

/** Brings events to rooms: gathered for a moment, and nothing at all while nobody is there. */
export interface FanOut {
  /** Whether anybody follows this, here or in another process. */
  wanted(topic: Topic): boolean;
  send<N extends LiveEventName>(topic: Topic, name: N, payload: LivePayload<N>, masked?: () => LivePayload<N>): void;
  /** Like `send`, for what the next word replaces: of one key the newest is kept, and whoever is slow misses some. */
  sendNewest<N extends LiveEventName>(topic: Topic, key: string, name: N, payload: LivePayload<N>): void;
  /** Sends what is gathered now. */
  flush(): void;
  stop(): void;
}

export interface FanOutOptions {
  /** Members of a room, here or in another process. */
  readonly isWanted: (room: string) => boolean;
  /** `passing`: the next word replaces it, so whoever is slow need not have it. */
  readonly emit: (room: string, name: string, payload: unknown, passing: boolean) => void;
  readonly sent: (count: number) => void;
  readonly now: () => Date;
  /** How long an event waits for others. */
  readonly gatherMs?: number;
}

/** An envelope holds no more, so that no message grows without bound. */
const mostInOneBatch = 500;

export function createFanOut({ isWanted, emit, sent, now, gatherMs = 80 }: FanOutOptions): FanOut {
  let waiting = new Map<Topic, Waiting[]>();
  let newest = new Map<Topic, Map<string, Waiting>>();
  let timer: NodeJS.Timeout | undefined;

  const wanted = (topic: Topic) => tellings.some(telling => isWanted(roomOf(topic, telling)));
  const arm = () => {
    timer ??= setTimeout(flush, gatherMs).unref();
  };

  /** The events as those in one kind of room see them; made once, whoever is in there. */
  const shownTo = ({ masked }: Telling, events: readonly Waiting[]) =>
    events.map(event => [event.name, masked ? event.masked() : event.payload] as const);

  function tell(topic: Topic, events: readonly Waiting[], passing: boolean): void {
    const shown = new Map<boolean, ReturnType<typeof shownTo>>();
    for (const telling of tellings) {
      const room = roomOf(topic, telling);
      if (!isWanted(room)) continue;
      const list = shown.get(telling.masked) ?? shownTo(telling, events);
      shown.set(telling.masked, list);
      if (telling.batch) {
        const at = now().toISOString();
        for (let from = 0; from < list.length; from += mostInOneBatch)
          emit(room, 'live:batch', { at, events: list.slice(from, from + mostInOneBatch) }, passing);
      } else for (const [name, payload] of list) emit(room, name, payload, passing);
      sent(list.length);
    }
  }

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    const [events, states] = [waiting, newest];
    waiting = new Map();
    newest = new Map();
    for (const [topic, list] of events) tell(topic, list, false);
    for (const [topic, byKey] of states) tell(topic, [...byKey.values()], true);
  }

  return {
    wanted,
    flush,
    send(topic, name, payload, masked) {
      if (!wanted(topic)) return;
      const list = waiting.get(topic);
      const event: Waiting = { name, payload, masked: masked ?? (() => payload) };
      if (list) list.push(event);
      else waiting.set(topic, [event]);
      arm();
    },
    sendNewest(topic, key, name, payload) {
      if (!wanted(topic)) return;
      const byKey = newest.get(topic) ?? new Map<string, Waiting>();
      newest.set(topic, byKey);
      byKey.set(`${name} ${key}`, { name, payload, masked: () => payload });
      arm();
    },
    stop() {
      clearTimeout(timer);
      timer = undefined;
      waiting.clear();
      newest.clear();
    },
  };
}
