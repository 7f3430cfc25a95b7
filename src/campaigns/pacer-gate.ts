import type { DialledCampaign, Pacing } from './dialer.types.ts';
import { createLead } from './dialer-lead.ts';
import { clockSkewMs, phaseOf, reserveAheadMs } from './pacer.ts';
import { type Allotment, allot, demandOf, stillPlanned, withMoves } from './pacer-allotment.ts';
import { isMissed, soonestFit, windowOf } from './pacer-plan.ts';
import type { PacerRepository } from './pacer-repository.ts';
import { createReservations, nextMoments } from './pacer-reservations.ts';
import { createTurns, type InTurn } from './pacer-turns.ts';

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
/** Whoever missed their moment was looked at last before it, and what was found out then holds no longer than this. */
const otherWithinMs = 300;

interface Waiter extends InTurn {
  from: number;
  /** How long before its moment it must know of it. */
  readonly aheadMs: number;
  readonly since: number;
  /** It is given up when it has waited longer. */
  readonly withinMs: number;
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
        const { moments, next } = await reserve(keyOf(campaign), nextMoments(now, wanted));
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
  let turns = createTurns();
  /** What all processes planned, as it was seen last. */
  let seen: ReadonlyMap<string, readonly number[]> = new Map();
  /** When this process dialled last at each pace, and when it is going to. */
  const plans = new Map<string, number[]>();
  /** Where this process's late calls went; all hear of it with the next moments. */
  const moved = new Map<string, Map<number, number>>();
  /** How long it takes to write down who has which moment. */
  const writing = createLead();
  /** Whether the campaigns want all of the account's moments. */
  let isTight = false;
  let serving = false;
  /** A turn that lies further ahead was given before the clock was set back. */
  const latestTurn = () => now() + longestWaitMs + reserveAheadMs;
  let wake: () => void = () => undefined;

  function dropThoseWhoWaitedTooLong(): void {
    const at = now();
    for (let index = waiting.length - 1; index >= 0; index -= 1) {
      const { since, from, withinMs, resolve } = waiting[index]!;
      if (at - Math.max(since, from) <= withinMs && at >= since - withinMs) continue;
      waiting.splice(index, 1);
      resolve(null);
    }
  }

  function plannedAt(key: string, callsPerSecond: number): { planned: number[]; callsPerSecond: number } {
    const at = now();
    const planned = (plans.get(key) ?? []).filter(
      each => each > at - windowOf(callsPerSecond) && each < at + longestWaitMs,
    );
    plans.set(key, planned);
    return { planned, callsPerSecond };
  }

  /** What this process has planned at the paces that hold for a call of the campaign. */
  const pacesOf = (campaign: DialledCampaign) => [
    plannedAt(keyOf(campaign), campaign.callsPerSecond),
    plannedAt('account', accountCallsPerSecond),
  ];

  function plan(campaign: DialledCampaign, moment: number): void {
    for (const { planned } of pacesOf(campaign)) planned.push(moment);
  }

  function unplan(campaign: DialledCampaign, moment: number): void {
    for (const { planned } of pacesOf(campaign)) {
      const place = planned.indexOf(moment);
      if (place >= 0) planned.splice(place, 1);
    }
  }

  /** Moments of the account for those whose time comes; what that made known of the others. */
  async function allotNow(aheadMs: number): Promise<Allotment<Waiter> & { readonly behind: number }> {
    let tried: Allotment<Waiter> | undefined;
    const askedAt = now();
    let told: [string, number, number][] = [];
    const got = await reserve('account', standing => {
      told = [...moved].flatMap(([id, moves]) =>
        [...moves].map(([from, to]): [string, number, number] => [id, from, to]),
      );
      tried = allot(withMoves(standing, moved), waiting, turns, {
        at: now(),
        aheadMs,
        accountCallsPerSecond,
        latest: latestTurn(),
      });
      return tried;
    });
    const last = tried!;
    writing.took(now() - askedAt);
    seen = stillPlanned(last.planned, [], now());
    if (got.moments.length === 0) return { ...last, given: [], behind: got.next };
    turns = last.turns;
    for (const [id, from, to] of told) {
      const moves = moved.get(id)!;
      if (moves.get(from) === to) moves.delete(from);
      if (moves.size === 0) moved.delete(id);
    }
    for (const [waiter, moment] of last.given) {
      waiting.splice(waiting.indexOf(waiter), 1);
      plan(waiter.campaign, moment);
      waiter.resolve(moment);
    }
    return { ...last, behind: got.next };
  }

  async function serve(): Promise<void> {
    if (serving) return;
    serving = true;
    try {
      while (waiting.length > 0) {
        dropThoseWhoWaitedTooLong();
        const at = now();
        const aheadMs = accountAheadMs + waiting.reduce((most, each) => Math.max(most, each.aheadMs), 0);
        const demand = demandOf(waiting, turns, seen, { at, aheadMs, latest: latestTurn() });
        let lookAt = demand.later;
        if (demand.soon.length > 0) {
          const { given, behind, demand: wanted } = await allotNow(aheadMs);
          isTight = given.length < wanted.soon.length;
          if (isTight) lookAt = Math.max(at + 20, Math.min(wanted.later, behind - aheadMs / 2));
          else lookAt = given.length > 0 ? at + 10 : wanted.later;
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

  /** As soon as it can be without a bunch of this process's calls. */
  function shift(campaign: DialledCampaign, moment: number): number {
    unplan(campaign, moment);
    const at = soonestFit(pacesOf(campaign), now(), reserveAheadMs, justLateMs);
    plan(campaign, at);
    const moves = moved.get(campaign.id) ?? new Map<number, number>();
    const first = [...moves].find(([, to]) => to === moment)?.[0] ?? moment;
    moved.set(campaign.id, moves.set(first, at));
    return at;
  }

  /** Another moment, as soon as there is one that keeps the paces of all processes and can be written down before it comes. */
  function otherMoment(campaign: DialledCampaign, instead: number): Promise<number | null> {
    unplan(campaign, instead);
    return new Promise((resolve, reject) => {
      const since = now();
      const from = since + writing.ms;
      waiting.push({ campaign, from, instead, aheadMs: 0, since, withinMs: otherWithinMs, resolve, reject });
      wake();
      void serve();
    });
  }

  /** Whether it can be dialled as soon as this process's other calls allow, as far as this process knows. */
  function isOnTime(campaign: DialledCampaign, moment: number, at: number): boolean {
    unplan(campaign, moment);
    const soonest = soonestFit(pacesOf(campaign), at, reserveAheadMs, justLateMs);
    plan(campaign, moment);
    if (!isAlone('account'))
      return !isMissed(soonest - moment, campaign.callsPerSecond, isTight ? accountCallsPerSecond : null);
    // Where the account is full, those behind have its next moments.
    return !isTight || soonest <= at + justLateMs;
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
        wantMoment({ campaign, from, aheadMs, since: now(), withinMs: longestWaitMs, resolve, reject });
      }),
    async onTime(campaign, moment) {
      const giveUpAt = now() + otherWithinMs;
      let own: number | null = moment;
      for (let at = now(); own !== null && at > own; at = now()) {
        if (isOnTime(campaign, own, at)) return shift(campaign, own);
        own = at > giveUpAt ? null : await otherMoment(campaign, own);
      }
      return own;
    },
    shift: (campaign, moment) => (now() - moment <= justLateMs ? moment : shift(campaign, moment)),
  };
}
