import type { DialledCampaign, Pacing } from './dialer.types.ts';
import { clockSkewMs, phaseOf, reserveAheadMs } from './pacer.ts';
import { isMissed, soonestFit, windowOf } from './pacer-plan.ts';
import type { PacerRepository } from './pacer-repository.ts';
import { createReservations } from './pacer-reservations.ts';
import { createTurns, demandOf, type InTurn } from './pacer-turns.ts';

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
/** Moments of a campaign are taken for those who are ready, in batches. */
const campaignAheadMs = 250;
/** People are got ready so long before the next moment that is known of. */
const readyAheadMs = 1_000;
const askAgainMs = 100;
/** Timers are not more exact than this. */
const justLateMs = 8;

interface Waiter extends InTurn {
  from: number;
  /** How long before its moment it must know of it. */
  readonly aheadMs: number;
  readonly since: number;
  readonly resolve: (moment: number | null) => void;
  readonly reject: (error: unknown) => void;
}

const keyOf = ({ id }: DialledCampaign): string => `campaign:${id}`;

/** Paces over all processes, by moments that are reserved in the store. */
export function createPacing({ pacers, accountCallsPerSecond, now, until }: PacingOptions): Pacing {
  const { reserve, known, isAlone } = createReservations(pacers, now);

  /** Those who are ready and have no moment yet, by campaign, in the order in which they came. */
  const ready = new Map<string, Waiter[]>();

  async function giveMoments(campaign: DialledCampaign, lot: Waiter[]): Promise<void> {
    try {
      while (lot.length > 0) {
        const leadMs = lot.reduce((most, each) => Math.max(most, each.aheadMs), 0);
        const { callsPerSecond } = campaign;
        const most = lot.length;
        const wanted = { callsPerSecond, most, aheadMs: leadMs + campaignAheadMs, phase: phaseOf(campaign) };
        const { moments, next } = await reserve(keyOf(campaign), wanted);
        for (const moment of moments) {
          const each = lot.shift()!;
          each.from = moment;
          waiting.push(each);
        }
        if (moments.length > 0) {
          wake();
          void serve();
        }
        const at = now();
        for (let index = lot.length - 1; index >= 0; index -= 1) {
          const { since, resolve } = lot[index]!;
          const isTooLong = at - since > longestWaitMs || at < since - longestWaitMs;
          if (!isTooLong && next - at <= longestWaitMs) continue;
          lot.splice(index, 1);
          resolve(null);
        }
        if (lot.length > 0) await until(Math.max(at + 10, Math.min(next - leadMs - campaignAheadMs / 2, at + 500)));
      }
    } catch (error) {
      for (const { reject } of lot.splice(0)) reject(error);
    } finally {
      ready.delete(campaign.id);
    }
  }

  function wantMoment(waiter: Waiter): void {
    const { campaign } = waiter;
    const lot = ready.get(campaign.id);
    if (lot) {
      lot.push(waiter);
      return;
    }
    const first = [waiter];
    ready.set(campaign.id, first);
    void giveMoments(campaign, first);
  }

  const waiting: Waiter[] = [];
  const turns = createTurns();
  /** Moments of the account that nobody could use when they were given out. */
  let spare: number[] = [];
  /** When this process dialled last for each campaign, and when it is going to. */
  const plans = new Map<string, number[]>();
  let serving = false;
  /** A turn that lies further ahead was given before the clock was set back. */
  const latestTurn = () => now() + longestWaitMs + reserveAheadMs;
  let wake: () => void = () => undefined;

  function dropThoseWhoWaitedTooLong(): void {
    const at = now();
    for (let index = waiting.length - 1; index >= 0; index -= 1) {
      const { since, from, resolve } = waiting[index]!;
      if (at - Math.max(since, from) <= longestWaitMs && at >= since - longestWaitMs) continue;
      waiting.splice(index, 1);
      resolve(null);
    }
  }

  function plannedOf({ id, callsPerSecond }: DialledCampaign, at: number): number[] {
    const kept = (plans.get(id) ?? []).filter(
      each => each > at - windowOf(callsPerSecond) && each < at + longestWaitMs,
    );
    plans.set(id, kept);
    return kept;
  }

  function give(moments: readonly number[]): number[] {
    const unused: number[] = [];
    for (const moment of moments) {
      const turn = turns.next(waiting, moment, latestTurn());
      if (!turn) {
        unused.push(moment);
        continue;
      }
      waiting.splice(waiting.indexOf(turn), 1);
      turns.took(turn.campaign, moment);
      plannedOf(turn.campaign, now()).push(moment);
      turn.resolve(moment);
    }
    return unused;
  }

  /** Whose own moment is missed, or will be because this process has its turns later, takes another one where other processes dial at those that come meanwhile. */
  function sendBackMissed(at: number): void {
    const latest = latestTurn();
    for (let index = waiting.length - 1; index >= 0; index -= 1) {
      const each = waiting[index]!;
      const lateMs = Math.max(at, turns.readyAt(each, latest)) - each.from;
      if (!isMissed(lateMs, each.campaign.callsPerSecond) || isAlone(keyOf(each.campaign))) continue;
      waiting.splice(index, 1);
      wantMoment(each);
    }
  }

  async function serve(): Promise<void> {
    if (serving) return;
    serving = true;
    /** The account's pace is the shorter one, so that nobody can come in a bunch. */
    let isShort = false;
    try {
      while (waiting.length > 0) {
        dropThoseWhoWaitedTooLong();
        const at = now();
        if (!isShort) sendBackMissed(at);
        // What lies in the past by now would come too close to its successor.
        spare = give(spare.filter(moment => moment >= at && moment < at + longestWaitMs));
        const aheadMs = accountAheadMs + waiting.reduce((most, each) => Math.max(most, each.aheadMs), 0);
        const { soon, later } = demandOf(waiting, turns, { at, aheadMs, latest: latestTurn() });
        let lookAt = later;
        if (soon.length > 0) {
          const got = await reserve('account', {
            callsPerSecond: accountCallsPerSecond,
            aheadMs,
            wishes: soon,
          });
          spare.push(...give(got.moments));
          isShort = got.moments.length < soon.length;
          if (got.moments.length < soon.length) lookAt = Math.min(lookAt, got.next - aheadMs / 2);
          else if (waiting.length > 0) lookAt = Math.min(lookAt, at + 10);
        }
        // Whoever is not ready yet must not make the store busy.
        if (waiting.length > 0) {
          const woken = new Promise<void>(resolve => {
            wake = resolve;
          });
          await Promise.race([until(Math.max(now() + 5, Math.min(lookAt, now() + 500))), woken]);
        }
      }
    } catch (error) {
      for (const { reject } of waiting.splice(0)) reject(error);
    } finally {
      serving = false;
    }
  }

  function unplan(campaign: DialledCampaign, moment: number): number[] {
    const planned = plannedOf(campaign, now());
    const place = planned.indexOf(moment);
    if (place >= 0) planned.splice(place, 1);
    return planned;
  }

  /** As soon as it can be without a bunch of this process's calls. */
  function shift(campaign: DialledCampaign, moment: number): number {
    const planned = unplan(campaign, moment);
    const at = soonestFit(planned, now(), campaign.callsPerSecond, reserveAheadMs);
    planned.push(at);
    return at;
  }

  return {
    nextAt(campaign, at) {
      const next = known(keyOf(campaign));
      const latest = at + 1_000 / campaign.callsPerSecond + longestWaitMs + clockSkewMs;
      return next !== undefined && next > at + readyAheadMs && next < latest ? next - readyAheadMs : null;
    },
    // Nobody has a moment before all is ready, so that none is lost by people who may not be called.
    reserve: async (_campaign, most, at) => ({
      moments: Array.from({ length: most }, () => Infinity),
      askAgainAt: at + askAgainMs,
    }),
    accountTurn: (campaign, from, aheadMs) =>
      new Promise((resolve, reject) => {
        wantMoment({ campaign, from, aheadMs, since: now(), resolve, reject });
      }),
    async onTime(campaign, moment) {
      const lateMs = now() - moment;
      if (lateMs <= 0) return moment;
      const { callsPerSecond } = campaign;
      if (!isMissed(lateMs, callsPerSecond) || isAlone(keyOf(campaign))) return shift(campaign, moment);
      // Another process may dial at the moments that have come meanwhile.
      const wanted = { callsPerSecond, most: 1, aheadMs: longestWaitMs };
      const [next] = (await reserve(keyOf(campaign), wanted)).moments;
      unplan(campaign, moment);
      if (next === undefined) return null;
      plannedOf(campaign, now()).push(next);
      return next;
    },
    shift: (campaign, moment) => (now() - moment <= justLateMs ? moment : shift(campaign, moment)),
  };
}
