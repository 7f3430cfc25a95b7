import type { AheadLine } from './ahead-log.ts';

/** What is done with each that is on its way to the store. */
export interface WayToStore<T> {
  /** Those of one call stay in their order. */
  callOf(one: T): string;
  /** Brings it to the store. Resolves with whether the store took it; rejects when it is refused for what it is. */
  store(one: T): Promise<boolean>;
  /** Writes it down; null where that cannot be done, and then it waits for the store. */
  keep(one: T): AheadLine | null;
  /** It was answered, and the store does not take it now: says whether somebody else sees to it. */
  left(one: T): Promise<boolean>;
  /** It was answered, and is refused for what it is. */
  refused(one: T, error: unknown): void;
}

export interface AnsweredAheadOptions {
  /** So many wait for the store before others are answered sooner. */
  readonly quickly?: number;
  /** So many go to the store at a time; more would take turns of the event loop from those who still wait for an answer. */
  readonly atOnce?: number;
  /** So many go together, at least, where so many wait: it costs the store and us less. Large lots hold up whoever comes meanwhile. */
  readonly lot?: number;
  /** So many may be answered before they are in the store; past that the store sets the pace. */
  readonly most?: number;
}

export interface AnsweredAhead<T> {
  /** Resolves when it is in the store, or written down where many wait; with false when it is neither. */
  taken(one: T): Promise<boolean>;
  /** Resolves when none is under way that was answered before. Never rejects. */
  settled(): Promise<void>;
}

/** Of what goes to the store together, so much is for those who wait for an answer; the rest was answered, and must get there some day. */
const shareOfUnanswered = 0.75;

/**
 * In a rush many callbacks wait for the same store, and all of them for the slowest. Whoever comes when many wait is written down, answered,
 * and goes to the store in its turn. Past what may be answered ahead the store sets the pace, and whoever waits for it goes first, with what
 * its call said before: behind thousands for whom nobody waits it would take seconds.
 */
export function createAnsweredAhead<T>(
  way: WayToStore<T>,
  { quickly = 16, atOnce = 96, lot = 8, most = 4_000 }: AnsweredAheadOptions = {},
): AnsweredAhead<T> {
  const line = createWaitingLine<T>();
  let inStore = 0;
  let ahead = 0;
  let whenNoneAhead: (() => void)[] = [];

  const next = () => {
    const room = atOnce - inStore;
    if (room < lot) return;
    for (const waiting of line.take(room)) {
      if (waiting.written) follow(waiting.one, waiting.written);
      else store(waiting.one).then(waiting.resolve, waiting.reject);
    }
  };

  async function store(one: T): Promise<boolean> {
    inStore += 1;
    try {
      return await way.store(one);
    } finally {
      inStore -= 1;
      next();
    }
  }

  /** What becomes of its line once the store has spoken. */
  async function follow(one: T, written: AheadLine): Promise<void> {
    const stored = await store(one).catch(error => {
      way.refused(one, error);
      return true;
    });
    // Where it can be left nowhere else either, it stays where it is for the next process.
    if (stored || (await way.left(one))) written.stored();
    ahead -= 1;
    if (ahead > 0) return;
    for (const tell of whenNoneAhead) tell();
    whenNoneAhead = [];
  }

  return {
    taken(one) {
      if (inStore < quickly && line.length === 0) return store(one);
      const written = ahead < most ? way.keep(one) : null;
      if (!written)
        return new Promise((resolve, reject) => line.push(way.callOf(one), { one, written, resolve, reject }));
      ahead += 1;
      line.push(way.callOf(one), { one, written });
      return Promise.resolve(true);
    },
    async settled() {
      while (ahead > 0) await new Promise<void>(resolve => whenNoneAhead.push(resolve));
    },
  };
}

/** Thousands wait in a rush, for longer than the collector takes to hold something for old: those who have their answer are an object and no more. */
type Waiting<T> =
  | { readonly one: T; readonly written: AheadLine }
  | {
      readonly one: T;
      readonly written: null;
      readonly resolve: (stored: boolean) => void;
      readonly reject: (error: unknown) => void;
    };

interface WaitingLine<T> {
  readonly length: number;
  /** Who still waits for an answer goes before those who have theirs, and takes along what the call has waiting. */
  push(callId: string, waiting: Waiting<T>): void;
  /** Those whose turn it is, about so many. */
  take(most: number): Waiting<T>[];
}

function createWaitingLine<T>(): WaitingLine<T> {
  const ofCall = new Map<string, Waiting<T>[]>();
  /** The calls in the order of what they have waiting; one that has nothing left is passed over. */
  let turns: string[] = [];
  const firstTurns = new Set<string>();
  let length = 0;

  function takeOf(callId: string, most: number): Waiting<T>[] {
    const waiting = ofCall.get(callId) ?? [];
    const taken = waiting.splice(0, most);
    if (waiting.length === 0) ofCall.delete(callId);
    length -= taken.length;
    return taken;
  }

  return {
    get length() {
      return length;
    },
    push(callId, waiting) {
      const before = ofCall.get(callId);
      if (before) before.push(waiting);
      else ofCall.set(callId, [waiting]);
      length += 1;
      if (waiting.written) turns.push(callId);
      else firstTurns.add(callId);
    },
    take(most) {
      const taken: Waiting<T>[] = [];
      for (const callId of firstTurns) {
        if (taken.length >= most * shareOfUnanswered) break;
        firstTurns.delete(callId);
        taken.push(...takeOf(callId, Number.POSITIVE_INFINITY));
      }
      let at = 0;
      while (at < turns.length && taken.length < most) taken.push(...takeOf(turns[at++]!, 1));
      turns = turns.slice(at);
      return taken;
    },
  };
}
