import { setTimeout as pause } from 'node:timers/promises';
import {
  type BreakerAnswer,
  type BreakerState,
  type BreakerWindow,
  breakerAnswer,
  closedBreaker,
  defaultBreaker,
  emptyWindow,
  hasFailures,
  joined,
  opened,
  trialMs,
  withResult,
} from './breaker.ts';
import type { BreakerRules } from './campaign-document.ts';
import type { DialerMoves } from './dialer.types.ts';
import type { PacerRepository } from './pacer-repository.ts';

/** What a result changed. */
export type CircuitNews = 'opened' | 'gave-up' | 'closed' | null;

export interface Circuits {
  /** Whether calls may be made that need all of these. */
  answer(keys: readonly string[]): Promise<BreakerAnswer>;
  /** Takes the one call that shows whether it works again; false when another process has it. */
  takeTrial(keys: readonly string[]): Promise<boolean>;
  /** What came of a call that was made then. */
  result(key: string, failed: boolean, madeAt: Date, rules?: BreakerRules | null): Promise<CircuitNews>;
  /** A person says that it works again. */
  close(key: string): Promise<void>;
}

export const circuitOf = {
  campaign: (id: string) => `breaker:campaign:${id}`,
  engine: (kind: string) => `breaker:engine:${kind}`,
  carrier: 'breaker:carrier',
};

export const circuitWords = {
  opened: 'Too many calls failed, so nobody is called for a while; then one call shows whether it works again.',
  closed: 'Calls work again.',
  'gave-up':
    'Calls failed again and again within an hour, so the campaign waits for a person; look at its failed calls, mend the cause and resume it.',
} as const;

/** Says in the campaign's log what its calls did to circuits; when one of them gave up, the campaign waits for a person. */
export async function tellOfCircuits(
  campaignId: string,
  news: Iterable<CircuitNews>,
  { circuits, moves }: { readonly circuits: Circuits; readonly moves: Pick<DialerMoves, 'note' | 'pause'> },
): Promise<void> {
  // Several circuits may have opened by the same call.
  for (const each of new Set(news)) {
    if (each === null) continue;
    await moves.note(campaignId, `breaker.${each}`, { message: circuitWords[each] });
    if (each !== 'gave-up') continue;
    await moves.pause(campaignId, { code: 'breaker', message: circuitWords[each] });
    // Whoever resumes the campaign has looked at it.
    await circuits.close(circuitOf.campaign(campaignId));
  }
}

export type CircuitStore = Pick<PacerRepository, 'get' | 'known' | 'among' | 'turn'>;

interface Seen extends BreakerState {
  /** 0 while there is no document. */
  readonly version: number;
  readonly seenAt: number;
}

const seenHoldsMs = 500;
/** Circuits that nobody asked for so long are not read together with the others any more. */
const inUseMs = 10_000;
/** Calls that worked are written down together while it is counted in the store. */
const writeEveryMs = 250;
/** Whoever was not first tries again after a while of up to so long, longer each time. */
const longestPauseMs = 100;
/** Looks back as long as these, and opens at nothing: that is for all processes together. */
const onlyKept = (rules: BreakerRules): BreakerRules => ({ ...rules, inARow: Number.MAX_SAFE_INTEGER, share: 1 });

/**
 * Circuits over all processes. While nothing fails each process counts for itself. From a failure on all of them count in the store,
 * until it is no longer looked back at: as many failures open the circuit, whichever process saw them, and all stop within half a second.
 */
export function createCircuits({ pacers, now }: { pacers: CircuitStore; now: () => Date }): Circuits {
  /** What this process saw and did not write down yet. */
  const unwritten = new Map<string, BreakerWindow>();
  const writtenAt = new Map<string, number>();
  const writing = new Map<string, Promise<CircuitNews>>();
  const seen = new Map<string, Seen>();

  /** When each circuit was asked for last; those in use are read together. */
  const askedFor = new Map<string, number>();
  let reading: Promise<void> | undefined;

  async function readAllInUse(): Promise<void> {
    const at = performance.now();
    for (const [key, askedAt] of askedFor) if (at - askedAt > inUseMs) askedFor.delete(key);
    const keys = [...askedFor.keys()];
    const found = new Map((await pacers.among(keys)).map(each => [each.key, each]));
    for (const key of keys) keep(key, found.get(key), at);
  }

  function keep(
    key: string,
    found: (BreakerState & { readonly version: number }) | undefined | null,
    at: number,
  ): Seen {
    const { openUntil, trialUntil, openings, window = null, version } = found ?? { ...closedBreaker, version: 0 };
    const current = { openUntil, trialUntil, openings, window, version, seenAt: at };
    seen.set(key, current);
    return current;
  }

  async function look(key: string, fresh = false): Promise<Seen> {
    const at = performance.now();
    const known = () => {
      const before = seen.get(key);
      return before && at - before.seenAt < seenHoldsMs ? before : undefined;
    };
    if (fresh) return keep(key, await pacers.known(key), at);
    askedFor.set(key, at);
    for (let current = known(); ; current = known()) {
      if (current) return current;
      const begun = reading;
      reading ??= readAllInUse().finally(() => {
        reading = undefined;
      });
      await reading;
      // One that was under way already may not have asked for this circuit.
      if (!begun) return seen.get(key) ?? keep(key, await pacers.known(key), at);
    }
  }

  async function turn(key: string, from: Seen, state: Partial<BreakerState>): Promise<boolean> {
    const done = await pacers.turn(key, from.version, state);
    seen.delete(key);
    return done;
  }

  /** What came of the call that was made to try; it is told by whoever writes it. */
  async function tried(key: string, failed: boolean, madeAt: Date, rules: BreakerRules): Promise<CircuitNews> {
    for (;;) {
      const state = await look(key, true);
      const at = now().getTime();
      // Calls that were under way when it opened say nothing about whether it works again.
      if (state.openUntil === null || at < state.openUntil.getTime() || madeAt < state.openUntil) return null;
      const again = failed ? opened(state, at, rules) : null;
      const isWritten = await turn(key, state, again?.state ?? { openUntil: null, trialUntil: null, window: null });
      if (!isWritten) continue;
      if (!again) return 'closed';
      return again.givesUp ? 'gave-up' : 'opened';
    }
  }

  /** Adds what this process saw to what all saw, and opens the circuit if that is enough. Of several at once one is first; nobody gives up. */
  async function write(key: string, rules: BreakerRules): Promise<CircuitNews> {
    for (let tries = 0; unwritten.has(key); tries += 1) {
      if (tries > 0) await pause(Math.random() * Math.min(2 ** tries, longestPauseMs));
      // Made when there is none, so that it is this document, and no other one's of the same moment, that is added to.
      const state = keep(key, await pacers.get(key), performance.now());
      const own = unwritten.get(key) ?? emptyWindow;
      // What is seen from here on is written down the next time.
      unwritten.delete(key);
      if (state.openUntil !== null) return null;
      const at = now().getTime();
      const { window, opens } = joined(state.window ?? emptyWindow, own, at, rules);
      const next = opens ? opened(state, at, rules) : null;
      let isWritten = false;
      try {
        isWritten = await turn(key, state, next?.state ?? { window });
      } finally {
        // Somebody else wrote meanwhile, or the store is away: nothing that was seen is forgotten.
        const later = unwritten.get(key) ?? emptyWindow;
        if (!isWritten) unwritten.set(key, joined(own, later, at, onlyKept(rules)).window);
      }
      if (isWritten) return next && (next.givesUp ? 'gave-up' : 'opened');
    }
    return null;
  }

  /** One after the other; those who come while one waits are written with it. */
  function writeInTurn(key: string, rules: BreakerRules): Promise<CircuitNews> {
    const before = writing.get(key);
    const next = (before ?? Promise.resolve(null)).catch(() => null).then(() => write(key, rules));
    writing.set(key, next);
    writtenAt.set(key, performance.now());
    const over = () => {
      if (writing.get(key) === next) writing.delete(key);
    };
    next.then(over, over);
    return next;
  }

  return {
    async answer(keys) {
      const answers = await Promise.all(keys.map(async key => breakerAnswer(await look(key), now().getTime())));
      return (
        answers.find(({ kind }) => kind === 'open') ??
        answers.find(({ kind }) => kind === 'trial') ?? { kind: 'closed' }
      );
    },
    async takeTrial(keys) {
      const taken: string[] = [];
      for (const key of keys) {
        const state = await look(key, true);
        const at = now();
        const { kind } = breakerAnswer(state, at.getTime());
        if (kind === 'closed' || state.openUntil === null) continue;
        // The clock may have been set back: what comes of this call counts all the same.
        const openUntil = state.openUntil < at ? state.openUntil : at;
        const trialUntil = new Date(at.getTime() + trialMs);
        if (kind === 'trial' && (await turn(key, state, { openUntil, trialUntil }))) taken.push(key);
        else {
          // Nobody is called, so the others need not wait for what comes of it.
          for (const own of taken) await turn(own, await look(own, true), { trialUntil: null });
          return false;
        }
      }
      return true;
    },
    async result(key, failed, madeAt, rules) {
      const at = now().getTime();
      const { openUntil, window } = await look(key);
      const own = rules ?? defaultBreaker;
      if (openUntil !== null) return tried(key, failed, madeAt, own);
      const saw = withResult(unwritten.get(key) ?? emptyWindow, failed, at, onlyKept(own));
      unwritten.set(key, saw.window);
      const isWatched = window !== null && hasFailures(window, at, own);
      const isTime = performance.now() - (writtenAt.get(key) ?? -writeEveryMs) >= writeEveryMs;
      return failed || (isWatched && isTime) ? writeInTurn(key, own) : null;
    },
    async close(key) {
      unwritten.delete(key);
      for (let isClosed = false; !isClosed; ) {
        const state = await look(key, true);
        isClosed = state.version === 0 || (await turn(key, state, closedBreaker));
      }
    },
  };
}
