import type { AheadLine } from './ahead-log.ts';

/** Something that is on its way to the store. */
export interface UnderWay {
  /** Brings it to the store. Resolves with whether the store took it; rejects when it is refused for what it is. */
  store(): Promise<boolean>;
  /** Writes it down; null where that cannot be done, and then it waits for the store. */
  keep(): AheadLine | null;
  /** It was answered, and the store does not take it now: says whether somebody else sees to it. */
  left(): Promise<boolean>;
  /** It was answered, and is refused for what it is. */
  refused(error: unknown): void;
}

export interface AnsweredAheadOptions {
  /** So many wait for the store before others are answered sooner. */
  readonly quickly?: number;
  /** So many go to the store at a time; more would take turns of the event loop from those who still wait for an answer. */
  readonly atOnce?: number;
  /** So many may be answered before they are in the store; past that the store sets the pace. */
  readonly most?: number;
}

export interface AnsweredAhead {
  /** Resolves when it is in the store, or written down where many wait; with false when it is neither. */
  taken(one: UnderWay): Promise<boolean>;
  /** Resolves when none is under way that was answered before. Never rejects. */
  settled(): Promise<void>;
}

/**
 * In a rush many callbacks wait for the same store, and all of them for the slowest. Whoever comes when many wait is written down, answered,
 * and goes to the store in its turn.
 */
export function createAnsweredAhead({
  quickly = 16,
  atOnce = 96,
  most = 4_000,
}: AnsweredAheadOptions = {}): AnsweredAhead {
  const following = new Set<Promise<void>>();
  let queue: (() => void)[] = [];
  let inStore = 0;

  /** What waits goes in lots, as what goes together costs the store and us less. */
  const next = () => {
    if (inStore > atOnce / 2 || queue.length === 0) return;
    const lot = queue.slice(0, atOnce - inStore);
    queue = queue.slice(lot.length);
    for (const begin of lot) begin();
  };

  async function store(one: UnderWay): Promise<boolean> {
    inStore += 1;
    try {
      return await one.store();
    } finally {
      inStore -= 1;
      next();
    }
  }

  /** What becomes of its line once the store has spoken. */
  async function follow({ left, refused }: UnderWay, storing: Promise<boolean>, line: AheadLine): Promise<void> {
    const stored = await storing.catch(error => {
      refused(error);
      return true;
    });
    // Where it can be left nowhere else either, it stays where it is for the next process.
    if (stored || (await left())) line.stored();
  }

  return {
    taken(one) {
      if (inStore < quickly && queue.length === 0) return store(one);
      const storing = new Promise<boolean>((resolve, reject) => {
        queue.push(() => store(one).then(resolve, reject));
      });
      const line = following.size < most ? one.keep() : null;
      if (!line) return storing;
      const followed = follow(one, storing, line).finally(() => following.delete(followed));
      following.add(followed);
      return Promise.resolve(true);
    },
    async settled() {
      while (following.size > 0) await Promise.all(following);
    },
  };
}
