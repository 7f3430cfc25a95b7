import type { EngineKind } from '../engines/engine-contract.ts';
import { AppError } from '../errors.ts';
import type { Logger } from '../ops/logger.ts';
import { answered, gathered } from '../store/gathered.ts';
import type { CallMetrics } from './call-metrics.ts';
import type { CallRepository } from './call-repository.ts';
import type { CallDirection } from './call-state.ts';
import type { Admission, CampaignPlaces, NoRoom } from './calls.types.ts';
import type { EngineLimits } from './engine-limits.ts';
import type { SlotRepository } from './slot-repository.ts';

export interface AdmissionOptions {
  readonly slots: SlotRepository;
  readonly calls: Pick<CallRepository, 'endedAmong' | 'findById'>;
  readonly limits: EngineLimits;
  readonly metrics: Pick<CallMetrics, 'started' | 'refused' | 'active'>;
  readonly logger: Logger;
  readonly processId: string;
  readonly now: () => Date;
  /** Calls at once in the whole installation; undefined is no limit. */
  readonly maxCalls: number | undefined;
  readonly inboundReserve: number;
  /** Whether this process itself may take another call. */
  readonly guard: () => Extract<NoRoom, 'OVERLOADED' | 'DRAINING'> | null;
}

export interface RunningAdmission extends Admission {
  /** Calls whose place this process holds, from before they ring until they ended or another process has them. */
  readonly holding: number;
  /** Resolves when it holds none. */
  settled(): Promise<void>;
  /** Renews what this process holds and lets go of what has ended; called in a rhythm well below the lease. */
  tend(): Promise<void>;
}

/** A slot of a process that died is free again after this long. */
export const slotLeaseMs = 30_000;
const growBy = 32;
export const callPool = 'calls';
export const enginePool = (engine: EngineKind): string => `engine:${engine}`;
const poolOf = ({ campaignId }: CampaignPlaces): string => `campaign:${campaignId}`;

const words: Record<NoRoom, string> = {
  CALLS_FULL: 'All calls this installation may have at once are taken (MAX_CONCURRENT_CALLS); try again shortly.',
  CAMPAIGN_FULL: 'The campaign has as many calls at once as it may; more after some have ended.',
  ENGINE_FULL: "The agent's vendor has no room for another conversation at the moment; try again in a minute.",
  OVERLOADED: 'This server is busy with the calls it has and takes no new one at the moment; try again shortly.',
  DRAINING: 'This server is stopping and takes no new call; try again, and another one answers.',
};
const retryAfterSeconds: Record<NoRoom, number> = {
  CALLS_FULL: 5,
  CAMPAIGN_FULL: 5,
  ENGINE_FULL: 60,
  OVERLOADED: 5,
  DRAINING: 1,
};

export const noRoom = (code: NoRoom): AppError =>
  new AppError(code, words[code], { headers: { 'retry-after': String(retryAfterSeconds[code]) } });

/** Counts calls over all processes by leases in the store, so that nobody is dialled, or answered, for whom there is no room. */
export function createAdmission(options: AdmissionOptions): RunningAdmission {
  const { slots, limits, metrics, processId, now, maxCalls, inboundReserve, logger } = options;
  /** What this process holds, for its figures only; the store decides. */
  const held = new Map<string, CallDirection>();
  const growing = new Map<string, Promise<void>>();
  /** Many calls end at once, and each gives back two places. */
  const giveBack = gathered<string>(callIds => slots.free(...callIds));

  const show = () => {
    for (const direction of ['inbound', 'outbound'] as const) {
      let count = 0;
      for (const each of held.values()) if (each === direction) count += 1;
      metrics.active(direction, count);
    }
  };
  const hold = (callId: string, direction: CallDirection) => {
    held.set(callId, direction);
    show();
  };
  let waiting: (() => void)[] = [];
  const letGo = (callId: string) => {
    if (!held.delete(callId)) return;
    show();
    if (held.size > 0) return;
    for (const resolve of waiting) resolve();
    waiting = [];
  };

  /** Of many who find the pool too small, one makes it larger. */
  function grow(pool: string, from: number, below: number): Promise<void> {
    const underWay = growing.get(pool) ?? slots.grow(pool, from, below).finally(() => growing.delete(pool));
    growing.set(pool, underWay);
    return underWay;
  }

  interface Wanted {
    readonly pool: string;
    readonly callId: string;
    readonly from: number;
    readonly below: number;
  }

  /** Calls that ask in the same moment are given their slots together. */
  const wanted = answered<Wanted, Promise<boolean>[]>(async asked => {
    const groups = new Map<string, Wanted[]>();
    for (const each of asked) {
      const key = `${each.pool} ${each.from} ${each.below}`;
      groups.set(key, [...(groups.get(key) ?? []), each]);
    }
    const answers = new Map<Wanted, Promise<boolean>>();
    const all = [...groups.values()].map(group => {
      const got = takeSome(group);
      for (const each of group)
        answers.set(
          each,
          got.then(ids => ids.has(each.callId)),
        );
      return got;
    });
    await Promise.allSettled(all);
    // In a list, as a promise that is handed over bare would be waited for by all, and one that fails would fail them.
    return asked.map(each => [answers.get(each)!]);
  }, 100);

  /** A slot whose number lies in the range. */
  const take = async (pool: string, callId: string, from: number, below: number): Promise<boolean> => {
    const [answer] = await wanted({ pool, callId, from, below: Math.min(below, Number.MAX_SAFE_INTEGER) });
    return answer!;
  };

  /** Slots for calls that want the same kind, and the ids of those that got one; the pool grows until the range is used up. */
  async function takeSome(group: readonly Wanted[]): Promise<Set<string>> {
    const { pool, from, below } = group[0]!;
    const left = new Set(group.map(({ callId }) => callId));
    const got = new Set<string>();
    while (left.size > 0) {
      const terms = { owner: processId, now: now(), leaseMs: slotLeaseMs };
      const [first, ...others] = left;
      let found: Set<string> | null;
      if (others.length > 0) found = await slots.takeSome(pool, [...left], terms, { from, below });
      else found = (await slots.take(pool, first!, terms, { from, below })) ? left : null;
      for (const callId of [...(found ?? [])]) {
        got.add(callId);
        left.delete(callId);
      }
      if (found) continue;
      const provided = await slots.provided(pool);
      if (provided >= below) break;
      await grow(pool, provided, Math.min(below, Math.max(provided, from) + Math.max(growBy, left.size)));
    }
    return got;
  }

  async function roomFor(
    callId: string,
    engine: EngineKind,
    direction: CallDirection,
    campaign?: CampaignPlaces,
  ): Promise<NoRoom | null> {
    const stop = options.guard();
    if (stop) return stop;
    const full = await placeFor(callId, engine, direction, campaign).catch(async error => {
      // Whatever was taken would be kept for a call that does not come.
      await slots.free(callId).catch(() => undefined);
      throw error;
    });
    if (full) {
      await slots.free(callId);
      return full;
    }
    hold(callId, direction);
    return null;
  }

  async function placeFor(
    callId: string,
    engine: EngineKind,
    direction: CallDirection,
    campaign: CampaignPlaces | undefined,
  ): Promise<NoRoom | null> {
    if (campaign && !(await take(poolOf(campaign), callId, 0, campaign.most))) return 'CAMPAIGN_FULL';
    if (maxCalls !== undefined) {
      // What is kept for inbound is used by inbound first, so that the rest stays for whoever comes.
      const reserved = direction === 'inbound' && (await take(callPool, callId, 0, Math.min(inboundReserve, maxCalls)));
      if (!reserved && !(await take(callPool, callId, inboundReserve, maxCalls))) return 'CALLS_FULL';
    }
    const { limit } = await limits.limitOf(engine);
    return (await take(enginePool(engine), callId, 0, limit)) ? null : 'ENGINE_FULL';
  }

  return {
    get holding() {
      return held.size;
    },
    settled: () => (held.size === 0 ? Promise.resolve() : new Promise(resolve => void waiting.push(resolve))),
    async outbound(callId, engine, campaign) {
      const problem = await roomFor(callId, engine, 'outbound', campaign);
      if (problem) throw noRoom(problem);
    },
    placesLeft: async campaign => Math.max(0, campaign.most - (await slots.taken(poolOf(campaign), now()))),
    async inbound(callId, engine) {
      try {
        const problem = await roomFor(callId, engine, 'inbound');
        if (problem) metrics.refused.inc({ direction: 'inbound', code: problem });
        else metrics.started.inc({ direction: 'inbound', engine });
        return problem;
      } catch (error) {
        logger.error({ err: error, attemptId: callId }, 'room for an inbound call could not be asked for');
        return 'OVERLOADED';
      }
    },
    async adopt(callId) {
      await slots.adopt(callId, processId, now(), slotLeaseMs);
      if (held.has(callId)) return;
      const call = await options.calls.findById(callId);
      if (call && !call.endedAt) hold(callId, call.direction);
    },
    async free(callId) {
      letGo(callId);
      await giveBack(callId);
    },
    async vendorFull(engine) {
      const limit = await limits.lower(engine, await slots.taken(enginePool(engine), now()));
      logger.warn({ engine, limit }, 'the agent vendor is full; fewer calls are let in for a minute');
    },
    async tend() {
      const mine = await slots.callsHeldBy(processId, now());
      const here = new Set(mine);
      // Another process freed or took over what is not ours any more.
      for (const callId of held.keys()) if (!here.has(callId)) letGo(callId);
      // Whoever should have freed these died between two writes.
      for (const callId of await options.calls.endedAmong(mine)) {
        letGo(callId);
        await slots.free(callId);
      }
      await slots.renewAll(processId, now(), slotLeaseMs);
    },
  };
}
