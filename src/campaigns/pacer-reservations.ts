import { createTurns } from '../turns.ts';
import { reserveMoments } from './pacer.ts';
import type { AccountStanding } from './pacer-allotment.ts';
import type { PacerRepository } from './pacer-repository.ts';

/** Takes the next moments, as many as lie not too far ahead. */
export interface NextMoments {
  readonly callsPerSecond: number;
  readonly aheadMs: number;
  readonly most: number;
  /** A pace that begins anew begins at this place in its interval, from 0 to 1. */
  readonly phase?: number;
}

/** What is taken of what is free, and what is free then; asked again when somebody else took some meanwhile. */
export type Take = (standing: AccountStanding) => AccountStanding & { readonly moments: readonly number[] };

export interface Reservations {
  /** Moments that nobody has, and the first one behind them. */
  reserve(key: string, take: Take): Promise<{ readonly moments: readonly number[]; readonly next: number }>;
  /** The first moment that nobody has, as far as this process knows. */
  known(key: string): number | undefined;
  /** Whether this process has had the pace for itself lately. */
  isAlone(key: string): boolean;
}

type Standing = AccountStanding & { readonly version: number };

/** Whom this process has not met at a pace for so long dials there no more. */
const metHoldsMs = 10_000;
const mostTries = 50;
const triedInVainMs = 250;

export const nextMoments =
  (now: () => number, { callsPerSecond, aheadMs, most, phase }: NextMoments): Take =>
  ({ next }) => ({ ...reserveMoments(next, now(), 1_000 / callsPerSecond, most, aheadMs, phase), gaps: [] });

/** Moments of paces that all processes share, each on a document of the store that is changed by compare-and-set. */
export function createReservations(pacers: Pick<PacerRepository, 'get' | 'advance'>, now: () => number): Reservations {
  /** What is known to be free, so that most reservations of a lone process need one write. */
  const known = new Map<string, Standing>();
  /** As this process left it. */
  const left = new Map<string, number>();
  const metAt = new Map<string, number>();
  /** Reservations of this process at one pace follow each other: they would only get in each other's way. */
  const inTurn = createTurns();

  function isAlone(key: string): boolean {
    const met = metAt.get(key);
    return met === undefined || now() - met > metHoldsMs;
  }

  async function look(key: string): Promise<Standing> {
    const { version, next, gaps, planned } = await pacers.get(key);
    const before = left.get(key);
    // Somebody took moments since, or lately.
    const isMet = before === undefined ? next > now() - metHoldsMs : before !== version;
    if (isMet) metAt.set(key, now());
    // Of a release that passed nothing over.
    return { version, next, gaps: gaps ?? [], planned: planned ?? {} };
  }

  /** Of several processes at once one gets the moments, and the others the ones behind them. */
  async function reserveNow(key: string, take: Take) {
    let isFresh = false;
    for (let tries = 0; tries < mostTries; tries += 1) {
      // Where others dial, what is remembered is old, and a write that misses costs more than a look.
      const remembered = isAlone(key) ? known.get(key) : undefined;
      isFresh ||= remembered === undefined;
      const standing = remembered ?? (await look(key));
      const { moments, next, gaps, planned } = take(standing);
      if (moments.length === 0) {
        known.delete(key);
        // Others may have been set back: what was known here must not keep us waiting.
        if (!isFresh) continue;
        known.set(key, standing);
        return { moments, next };
      }
      const changed = await pacers.advance(key, standing.version, { next, gaps, planned });
      if (changed) {
        known.set(key, { version: changed.version, next, gaps, planned });
        left.set(key, changed.version);
        return { moments, next };
      }
      metAt.set(key, now());
      known.delete(key);
    }
    return { moments: [], next: now() + triedInVainMs };
  }

  return {
    reserve: (key, take) => inTurn(key, () => reserveNow(key, take)),
    known: key => known.get(key)?.next,
    isAlone,
  };
}
