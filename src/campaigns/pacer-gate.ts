import type { DialledCampaign, Pacing } from './dialer.types.ts';
import { reserveAheadMs, reserveMoments } from './pacer.ts';
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
/** Moments of a campaign are taken for those who are ready, in batches. */
const campaignAheadMs = 250;
/** People are got ready so long before the next moment that is known of. */
const readyAheadMs = 1_000;
/** Whom this process has not met at a pace for so long dials there no more. */
const metHoldsMs = 10_000;
/** Clocks of processes differ by less than this. */
const clockSkewMs = 30_000;
const mostTries = 50;
/** One step of priority is worth this much waiting: higher ones go first, and nobody waits for ever. */
const perPriorityMs = 200;
const askAgainMs = 100;
/** Timers are not more exact than this. */
const justLateMs = 8;
/** So late is every machine now and then. */
const leastLateMs = 40;

interface Waiter {
  readonly campaign: DialledCampaign;
  /** Its own moment: the account's lies not before it. */
  from: number;
  /** How long before its moment it must know of it. */
  readonly aheadMs: number;
  readonly since: number;
  readonly resolve: (moment: number | null) => void;
  readonly reject: (error: unknown) => void;
}

const keyOf = ({ id }: DialledCampaign): string => `campaign:${id}`;

/** Calls of one campaign that follow each other in this distance are never more than rate + 1 in a second. */
const leastDistanceMs = ({ callsPerSecond }: DialledCampaign): number => 1_000 / (callsPerSecond + 0.5);

const windowOf = (callsPerSecond: number): number => Math.max(1_000, 1_000 / callsPerSecond);

/** Whether one call more at that time leaves every second with no more than rate + 1; slow paces have a longer second. */
function fits(planned: readonly number[], at: number, callsPerSecond: number): boolean {
  const windowMs = windowOf(callsPerSecond);
  const most = Math.floor(Math.max(1, callsPerSecond) + 1);
  const near = [...planned.filter(each => Math.abs(each - at) < windowMs), at].sort((one, other) => one - other);
  return near.every((each, index) => (near[index + most] ?? Infinity) - each >= windowMs);
}

/** Paces over all processes, by moments that are reserved in the store. */
export function createPacing({ pacers, accountCallsPerSecond, now, until }: PacingOptions): Pacing {
  /** What is known to be free next, so that most reservations need one write. */
  const known = new Map<string, number>();
  /** When other processes were met at this pace last. */
  const metAt = new Map<string, number>();
  /** Reservations of this process at one pace follow each other: they would only get in each other's way. */
  const turns = new Map<string, Promise<unknown>>();

  interface Wanted {
    readonly callsPerSecond: number;
    readonly most: number;
    readonly aheadMs: number;
    readonly from?: number;
  }

  function reserve(key: string, wanted: Wanted) {
    const before = turns.get(key);
    const turn = before ? before.then(() => reserveNow(key, wanted)) : reserveNow(key, wanted);
    const over = turn.then(
      () => undefined,
      () => undefined,
    );
    turns.set(key, over);
    void over.then(() => {
      if (turns.get(key) === over) turns.delete(key);
    });
    return turn;
  }

  /** Reserves by compare-and-set; of several processes at once one gets the moments, and the others the ones behind them. */
  async function reserveNow(key: string, { callsPerSecond, most, aheadMs, from = 0 }: Wanted) {
    const intervalMs = 1000 / callsPerSecond;
    let isFresh = false;
    for (let tries = 0; tries < mostTries; tries += 1) {
      const remembered = known.get(key);
      isFresh ||= remembered === undefined;
      const free = remembered ?? (await pacers.get(key)).next;
      const { moments, next } = reserveMoments(Math.max(free, from), now(), intervalMs, most, aheadMs);
      if (moments.length === 0) {
        known.delete(key);
        // Others may have been set back: what was known here must not keep us waiting.
        if (!isFresh) continue;
        known.set(key, free);
        return { moments, next: Math.max(free, from) };
      }
      if (await pacers.advance(key, free, next)) {
        known.set(key, next);
        return { moments, next };
      }
      metAt.set(key, now());
      known.delete(key);
    }
    return { moments: [], next: now() + aheadMs };
  }

  /** Those who are ready and have no moment yet, by campaign, in the order in which they came. */
  const ready = new Map<string, Waiter[]>();

  async function giveMoments(campaign: DialledCampaign, lot: Waiter[]): Promise<void> {
    try {
      while (lot.length > 0) {
        const leadMs = lot.reduce((most, each) => Math.max(most, each.aheadMs), 0);
        const { callsPerSecond } = campaign;
        const wanted = { callsPerSecond, most: lot.length, aheadMs: leadMs + campaignAheadMs };
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
  /** When each campaign has its last turn: two of its calls do not come closer than its own pace. */
  const lastTurns = new Map<string, number>();
  /** Moments of the account that nobody could use when they were given out. */
  let spare: number[] = [];
  /** When this process dialled last for each campaign, and when it is going to. */
  const plans = new Map<string, number[]>();
  let serving = false;
  let wake: () => void = () => undefined;

  const rankOf = ({ campaign, from }: Waiter): number => from - campaign.priority * perPriorityMs;

  /** The earliest moment at which it may have its turn. */
  function readyAt({ campaign, from }: Waiter): number {
    const last = lastTurns.get(campaign.id);
    // A turn that lies far ahead was given before the clock was set back.
    if (last === undefined || last > now() + longestWaitMs + reserveAheadMs) return from;
    return Math.max(from, last + leastDistanceMs(campaign));
  }

  /** Takes the next in turn off the list: whoever has been ready longest, with a start for priority. */
  function takeNext(at: number): Waiter | undefined {
    const lastOf = (each: Waiter) => lastTurns.get(each.campaign.id) ?? 0;
    let next: Waiter | undefined;
    for (const each of waiting) {
      if (readyAt(each) > at) continue;
      // Among equals, whoever's campaign had its turn longest ago.
      const before = next ? rankOf(each) - rankOf(next) || lastOf(each) - lastOf(next) : -1;
      if (before < 0) next = each;
    }
    if (next) waiting.splice(waiting.indexOf(next), 1);
    return next;
  }

  function dropThoseWhoWaitedTooLong(): void {
    const at = now();
    for (let index = waiting.length - 1; index >= 0; index -= 1) {
      const { since, from, resolve } = waiting[index]!;
      if (at - Math.max(since, from) <= longestWaitMs && at >= since - longestWaitMs) continue;
      waiting.splice(index, 1);
      resolve(null);
    }
  }

  /** How many may have a turn soon, each campaign's calls at its own distance, and when the others want to be looked at. */
  function demand(at: number) {
    const perCampaign = new Map<string, number>();
    const soon: number[] = [];
    let later = Infinity;
    for (const each of waiting) {
      const { campaign, aheadMs } = each;
      const ready = Math.max(readyAt(each), (perCampaign.get(campaign.id) ?? 0) + leastDistanceMs(campaign));
      perCampaign.set(campaign.id, ready);
      const askAt = ready - aheadMs - accountAheadMs;
      if (askAt <= at) soon.push(ready);
      else later = Math.min(later, askAt);
    }
    return { soon: soon.sort((one, other) => one - other), later };
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
      const turn = takeNext(moment);
      if (!turn) {
        unused.push(moment);
        continue;
      }
      lastTurns.set(turn.campaign.id, moment);
      plannedOf(turn.campaign, now()).push(moment);
      turn.resolve(moment);
    }
    return unused;
  }

  /** Whose own moment was missed takes another one where other processes dial at those that have come since. */
  function sendBackMissed(at: number): void {
    for (let index = waiting.length - 1; index >= 0; index -= 1) {
      const each = waiting[index]!;
      if (at - each.from <= Math.max(leastLateMs, 1_000 / each.campaign.callsPerSecond) || isAlone(each.campaign))
        continue;
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
        const { soon, later } = demand(at);
        let lookAt = later;
        if (soon.length > 0) {
          const aheadMs = accountAheadMs + waiting.reduce((most, each) => Math.max(most, each.aheadMs), 0);
          const got = await reserve('account', {
            callsPerSecond: accountCallsPerSecond,
            most: soon.length,
            aheadMs,
            from: soon[0]!,
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
    const from = now();
    const stepMs = Math.max(10, 500 / campaign.callsPerSecond);
    let at = from;
    while (at < from + reserveAheadMs && !fits(planned, at, campaign.callsPerSecond)) at += stepMs;
    planned.push(at);
    return at;
  }

  /** Whether this process has had the campaign's pace for itself lately. */
  function isAlone(campaign: DialledCampaign): boolean {
    const met = metAt.get(keyOf(campaign));
    return met === undefined || now() - met > metHoldsMs;
  }

  return {
    nextAt(campaign, at) {
      const next = known.get(keyOf(campaign));
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
      if (lateMs <= Math.max(leastLateMs, 1_000 / callsPerSecond) || isAlone(campaign)) return shift(campaign, moment);
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
