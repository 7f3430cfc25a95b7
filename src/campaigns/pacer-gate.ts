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
/** So late is every machine now and then. */
const leastLateMs = 40;

interface Waiter {
  readonly campaign: DialledCampaign;
  /** Its own moment: the account's lies not before it. */
  readonly from: number;
  /** How long before its moment it must know of it. */
  readonly aheadMs: number;
  readonly since: number;
  readonly resolve: (moment: number | null) => void;
  readonly reject: (error: unknown) => void;
}

interface Request {
  readonly most: number;
  readonly resolve: (moments: Moments) => void;
  readonly reject: (error: unknown) => void;
}

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

  /** Reserves by compare-and-set; of several processes at once one gets the moments, and the others the ones behind them. */
  async function reserve(key: string, callsPerSecond: number, most: number, aheadMs: number, from = 0) {
    const intervalMs = 1000 / callsPerSecond;
    for (let tries = 0; tries < mostTries; tries += 1) {
      const free = known.get(key) ?? (await pacers.get(key)).next;
      const { moments, next } = reserveMoments(Math.max(free, from), now(), intervalMs, most, aheadMs);
      if (moments.length === 0) {
        // Others may have been idle, or set back: what is known here must not keep us waiting for long.
        known.delete(key);
        return { moments, next: Math.max(free, from) };
      }
      if (await pacers.advance(key, free, next)) {
        known.set(key, next);
        return { moments, next };
      }
      known.delete(key);
    }
    return { moments: [], next: now() + aheadMs };
  }

  /** Who wants moments of a campaign while some are being reserved gets theirs together with all others. */
  const requests = new Map<string, Request[]>();

  async function serveRequests(campaign: DialledCampaign, lot: Request[]): Promise<void> {
    try {
      while (lot.length > 0) {
        const some = lot.splice(0);
        try {
          const most = some.reduce((sum, each) => sum + each.most, 0);
          const got = await reserve(`campaign:${campaign.id}`, campaign.callsPerSecond, most, reserveAheadMs);
          const left = [...got.moments];
          for (const each of some)
            each.resolve({ moments: left.splice(0, each.most), askAgainAt: reserveAgainAt(got.next) });
        } catch (error) {
          for (const each of some) each.reject(error);
        }
      }
    } finally {
      requests.delete(campaign.id);
    }
  }

  function momentsOf(campaign: DialledCampaign, most: number): Promise<Moments> {
    return new Promise((resolve, reject) => {
      const lot = requests.get(campaign.id);
      if (lot) {
        lot.push({ most, resolve, reject });
        return;
      }
      const first = [{ most, resolve, reject }];
      requests.set(campaign.id, first);
      void serveRequests(campaign, first);
    });
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

  async function serve(): Promise<void> {
    if (serving) return;
    serving = true;
    try {
      while (waiting.length > 0) {
        dropThoseWhoWaitedTooLong();
        const at = now();
        // What lies in the past by now would come too close to its successor.
        spare = give(spare.filter(moment => moment >= at && moment < at + longestWaitMs));
        const { soon, later } = demand(at);
        let lookAt = later;
        if (soon.length > 0) {
          const aheadMs = accountAheadMs + waiting.reduce((most, each) => Math.max(most, each.aheadMs), 0);
          const got = await reserve('account', accountCallsPerSecond, soon.length, aheadMs, soon[0]);
          spare.push(...give(got.moments));
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

  const waitingOf = (campaign: DialledCampaign): number =>
    waiting.reduce(
      (count, each) => count + (each.campaign.id === campaign.id && each.from < now() - accountAheadMs ? 1 : 0),
      0,
    );

  return {
    nextAt(campaign, at) {
      const next = known.get(`campaign:${campaign.id}`);
      return next !== undefined && next > at + reserveAheadMs ? reserveAgainAt(next) : null;
    },
    async reserve(campaign, most, at): Promise<Moments> {
      // A campaign whose calls wait for the account already needs no more moments of its own.
      if (waitingOf(campaign) > Math.max(1, campaign.callsPerSecond)) return { moments: [], askAgainAt: at + 100 };
      const { moments, askAgainAt } = await momentsOf(campaign, most);
      return { moments, askAgainAt: Math.max(at + 5, askAgainAt) };
    },
    accountTurn: (campaign, from, aheadMs) =>
      new Promise((resolve, reject) => {
        waiting.push({ campaign, from, aheadMs, since: now(), resolve, reject });
        wake();
        void serve();
      }),
    async onTime(campaign, moment) {
      const lateMs = now() - moment;
      if (lateMs <= 0) return moment;
      const planned = plannedOf(campaign, now());
      const place = planned.indexOf(moment);
      if (place >= 0) planned.splice(place, 1);
      const intervalMs = 1_000 / campaign.callsPerSecond;
      let at: number | undefined;
      if (lateMs > Math.max(leastLateMs, intervalMs)) {
        // Another process may dial at the moments that have come meanwhile.
        [at] = (await momentsOf(campaign, 1)).moments;
        if (at === undefined) return null;
        at = Math.max(at, now());
      } else {
        const from = now();
        for (at = from; !fits(planned, at, campaign.callsPerSecond); at += Math.max(10, intervalMs / 2))
          if (at > from + reserveAheadMs) return null;
      }
      planned.push(at);
      return at;
    },
  };
}
