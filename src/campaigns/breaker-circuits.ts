import {
  type BreakerAnswer,
  type BreakerState,
  type BreakerWindow,
  breakerAnswer,
  closedBreaker,
  defaultBreaker,
  emptyWindow,
  opened,
  trialMs,
  withResult,
} from './breaker.ts';
import type { BreakerRules } from './campaign-document.ts';
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

interface Seen extends BreakerState {
  /** 0 while there is no document. */
  readonly version: number;
  readonly seenAt: number;
}

const seenHoldsMs = 500;
/** Circuits that nobody asked for so long are not read together with the others any more. */
const inUseMs = 10_000;

/**
 * Circuits over all processes. Each process judges by the calls whose ends it sees; that one opened stands in the store, and all stop
 * within half a second.
 */
export function createCircuits({ pacers, now }: { pacers: PacerRepository; now: () => Date }): Circuits {
  const windows = new Map<string, BreakerWindow>();
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
    const { openUntil, trialUntil, openings, version } = found ?? { ...closedBreaker, version: 0 };
    const current = { openUntil, trialUntil, openings, version, seenAt: at };
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
    const version = from.version || (await pacers.get(key)).version;
    const done = await pacers.turn(key, version, state);
    seen.delete(key);
    return done;
  }

  async function open(key: string, state: Seen, rules: BreakerRules): Promise<CircuitNews> {
    const next = opened(state, now().getTime(), rules);
    windows.delete(key);
    // Somebody else who opened it at the same time says so, too.
    if (!(await turn(key, state, next.state))) return null;
    return next.givesUp ? 'gave-up' : 'opened';
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
      for (const key of keys) {
        const state = await look(key, true);
        const { kind } = breakerAnswer(state, now().getTime());
        if (kind === 'open') return false;
        const trialUntil = new Date(now().getTime() + trialMs);
        if (kind === 'trial' && !(await turn(key, state, { trialUntil }))) return false;
      }
      return true;
    },
    async result(key, failed, madeAt, rules) {
      const at = now().getTime();
      const { openUntil } = await look(key);
      if (openUntil !== null) {
        const state = await look(key, true);
        // Calls that were under way when it opened say nothing about whether it works again.
        if (state.openUntil === null || at < state.openUntil.getTime() || madeAt < state.openUntil) return null;
        if (failed) return open(key, state, rules ?? defaultBreaker);
        return (await turn(key, state, { openUntil: null, trialUntil: null })) ? 'closed' : null;
      }
      const { window, opens } = withResult(windows.get(key) ?? emptyWindow, failed, at, rules ?? defaultBreaker);
      windows.set(key, window);
      return opens ? open(key, await look(key, true), rules ?? defaultBreaker) : null;
    },
    async close(key) {
      windows.delete(key);
      const state = await look(key, true);
      if (state.version > 0) await turn(key, state, closedBreaker);
    },
  };
}
