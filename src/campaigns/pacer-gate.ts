import type { DialledCampaign, Moments, Pacing } from './dialer.types.ts';
import { reserveAgainAt, reserveAheadMs, reserveMoments } from './pacer.ts';
import type { PacerRepository } from './pacer-repository.ts';

export interface PacingOptions {
  readonly pacers: Pick<PacerRepository, 'get' | 'advance'>;
  /** Calls the carrier takes of the whole account in a second. */
  readonly accountCallsPerSecond: number;
  readonly now: () => number;
  readonly until: (moment: number) => Promise<void>;
}

/** Whose call waits for the account longer than this gives it up for now. */
const longestWaitMs = 3_000;
/** The account's moments are taken shortly before they come, so that they go to whoever needs them most. */
const accountAheadMs = 150;
const mostTries = 50;
/** One step of priority is worth this much waiting: higher ones go first, and nobody waits for ever. */
const perPriorityMs = 200;

interface Waiter {
  readonly campaign: DialledCampaign;
  readonly since: number;
  readonly resolve: (moment: number | null) => void;
  readonly reject: (error: unknown) => void;
}

/** Paces over all processes, by moments that are reserved in the store. */
export function createPacing({ pacers, accountCallsPerSecond, now, until }: PacingOptions): Pacing {
  /** What is known to be free next, so that most reservations need one write. */
  const known = new Map<string, number>();

  /** Reserves by compare-and-set; of several processes at once one gets the moments, and the others the ones behind them. */
  async function reserve(key: string, callsPerSecond: number, most: number, aheadMs: number) {
    const intervalMs = 1000 / callsPerSecond;
    for (let tries = 0; tries < mostTries; tries += 1) {
      const free = known.get(key) ?? (await pacers.get(key)).next;
      const { moments, next } = reserveMoments(free, now(), intervalMs, most, aheadMs);
      if (moments.length === 0) {
        // Others may have been idle, or set back: what is known here must not keep us waiting for long.
        known.delete(key);
        return { moments, next: free };
      }
      if (await pacers.advance(key, free, next)) {
        known.set(key, next);
        return { moments, next };
      }
      known.delete(key);
    }
    return { moments: [], next: now() + aheadMs };
  }

  const waiting: Waiter[] = [];
  /** When each campaign had its last turn: two of its calls do not come closer than its own pace. */
  const lastTurns = new Map<string, number>();
  let serving = false;

  const rankOf = ({ campaign, since }: Waiter): number => since - campaign.priority * perPriorityMs;

  /** Takes the next in turn off the list: whoever waits longest, with a start for priority; of one campaign one at a time. */
  function takeNext(at: number): Waiter | undefined {
    const ready = waiting.filter(({ campaign }) => {
      const last = lastTurns.get(campaign.id);
      return last === undefined || at < last || at - last >= 500 / campaign.callsPerSecond;
    });
    const lastOf = (each: Waiter) => lastTurns.get(each.campaign.id) ?? 0;
    // Among equals, whoever's campaign had its turn longest ago.
    ready.sort((one, other) => rankOf(one) - rankOf(other) || lastOf(one) - lastOf(other));
    const next = ready[0];
    if (next) waiting.splice(waiting.indexOf(next), 1);
    return next;
  }

  function dropThoseWhoWaitedTooLong(): void {
    const at = now();
    for (let index = waiting.length - 1; index >= 0; index -= 1) {
      const { since, resolve } = waiting[index]!;
      if (at - since <= longestWaitMs && at >= since - longestWaitMs) continue;
      waiting.splice(index, 1);
      resolve(null);
    }
  }

  async function serve(): Promise<void> {
    if (serving) return;
    serving = true;
    try {
      while (waiting.length > 0) {
        dropThoseWhoWaitedTooLong();
        if (waiting.length === 0) break;
        const { moments, next } = await reserve('account', accountCallsPerSecond, waiting.length, accountAheadMs);
        for (const moment of moments) {
          const turn = takeNext(moment);
          if (!turn) continue;
          lastTurns.set(turn.campaign.id, moment);
          turn.resolve(moment);
        }
        // Whoever is not ready yet must not make the store busy.
        if (waiting.length > 0) await until(Math.max(now() + 10, Math.min(next - accountAheadMs / 2, now() + 500)));
      }
    } catch (error) {
      for (const { reject } of waiting.splice(0)) reject(error);
    } finally {
      serving = false;
    }
  }

  const waitingOf = (campaign: DialledCampaign): number =>
    waiting.reduce((count, each) => count + (each.campaign.id === campaign.id ? 1 : 0), 0);

  return {
    async reserve(campaign, most, at): Promise<Moments> {
      // A campaign whose calls wait for the account already needs no more moments of its own.
      if (waitingOf(campaign) > Math.max(1, campaign.callsPerSecond)) return { moments: [], askAgainAt: at + 100 };
      const { moments, next } = await reserve(`campaign:${campaign.id}`, campaign.callsPerSecond, most, reserveAheadMs);
      return { moments, askAgainAt: Math.max(at + 5, reserveAgainAt(next)) };
    },
    accountTurn: (campaign, at) =>
      new Promise((resolve, reject) => {
        waiting.push({ campaign, since: at, resolve, reject });
        void serve();
      }),
  };
}
