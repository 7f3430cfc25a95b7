import type { CallFigures, CountableCall } from '../calls/calls.types.ts';
import type { Stored } from '../store/schema.ts';
import { type Contribution, contributionOf, type DayDelta, Delta, sameContribution } from './contribution-protocol.ts';
import type { RollupLog, RollupLogRepository } from './rollup-log-repository.ts';
import { type RollupRepository, rollupKey } from './rollup-repository.ts';

export interface FiguresOptions {
  readonly calls: CallFigures;
  readonly rollups: RollupRepository;
  readonly log: RollupLogRepository;
  readonly owner: string;
  /** In which money is counted. */
  readonly currency: string;
  readonly now: () => Date;
  readonly batchSize?: number;
  /** How long a batch is its maker's alone. */
  readonly holdMs?: number;
}

/**
 * Brings calls into the figures, each once, and their corrections. Counting goes batch by batch over all processes: a batch is
 * written down with everything it will change (that decides it), added to the counters, noted on its calls, and closed. Each step
 * can be done again by anybody, also by a process that wakes up late: counters take a batch only after all before it.
 */
export interface FiguresCounter {
  /** One batch at most; answers how many calls it had. 0 also while another process counts. */
  round(): Promise<number>;
  /** Until nothing is due. */
  all(): Promise<void>;
  /** Adds everything up anew from the calls; answers how many there are. Readers see the old figures until the new ones stand. */
  rebuild(): Promise<number>;
  /**
   * What is said of one campaign, of its agents and of its variants, and what its calls come to; with `mend` that is set right. Calls that
   * would count otherwise today are counted again.
   */
  differences(campaignId: string, mend?: boolean): Promise<CampaignDifferences>;
}

export interface CampaignDifferences {
  /** Sums that are wrong: calls, answered ones, seconds and millionths of money. */
  readonly sums: Readonly<Record<string, { readonly is: number; readonly should: number }>>;
  /** How many calls are counted again. */
  readonly recounted: number;
}

const rebuildHoldMs = 60_000;
const pageSize = 1_000;

export function createFiguresCounter(options: FiguresOptions): FiguresCounter {
  const { calls, rollups, log, owner, now } = options;
  const { batchSize = 200, holdMs = 10_000 } = options;

  const holding = (ms: number) => ({ owner, until: new Date(now().getTime() + ms) });
  const isHeld = ({ heldUntil, owner: holder }: RollupLog) => holder !== owner && heldUntil > now();

  async function finish({ generation, seq, batch }: Stored<RollupLog>): Promise<void> {
    await rollups.add(generation, seq, batch?.deltas ?? []);
    await calls.settle(seq, batch?.calls ?? []);
    await log.end(seq);
  }

  async function round(): Promise<number> {
    const standing = await log.standing();
    if (standing.state !== 'idle') {
      if (isHeld(standing)) return 0;
      if (standing.state === 'adding') await finish(standing);
      else await log.dropRebuild(standing.seq);
    }
    const due = await calls.due(batchSize);
    if (due.length === 0) return 0;
    const batch = batchOf(due);
    const begun = await log.begin(standing.seq, batch, holding(holdMs));
    if (!begun) return 0;
    await finish(begun);
    return due.length;
  }

  const all = async () => {
    while ((await round()) > 0);
  };

  async function takeForRebuild(): Promise<Stored<RollupLog>> {
    for (;;) {
      const standing = await log.standing();
      if (standing.state === 'idle') {
        const begun = await log.beginRebuild(standing.seq, holding(rebuildHoldMs));
        if (begun) return begun;
      } else if (isHeld(standing)) await new Promise(resolve => setTimeout(resolve, 200));
      else if (standing.state === 'adding') await finish(standing);
      else await log.dropRebuild(standing.seq);
    }
  }

  /** Sums of what was counted, call by call. One that would count otherwise today is marked, and counted after this. */
  async function sums(seq: number): Promise<{ total: Delta; count: number }> {
    const total = new Delta();
    let count = 0;
    let place: string | null = null;
    for (;;) {
      const page = await calls.after(place, pageSize);
      const changed: string[] = [];
      for (const call of page.calls) {
        const counted = call.counted as Contribution | null;
        if (counted) total.add(counted, 1);
        if (!call.due && !sameContribution(counted, contributionOf(call.facts))) changed.push(call.id);
      }
      await calls.recount(changed);
      count += page.calls.length;
      if (page.last === null) return { total, count };
      place = page.last;
      if (!(await log.stillRebuilding(seq, holding(rebuildHoldMs))))
        throw new Error('another process counts meanwhile');
    }
  }

  /** What all calls of a campaign were counted as, by scope and day, and those that would count otherwise today. */
  async function sumsOf(campaignId: string, seq: number) {
    const total = new Delta();
    const changed: string[] = [];
    for await (const batch of calls.ofCampaign(campaignId)) {
      for (const call of batch) {
        const counted = call.counted as Contribution | null;
        if (counted) total.add(counted, 1);
        if (!call.due && !sameContribution(counted, contributionOf(call.facts))) changed.push(call.id);
      }
      await keepHolding(seq);
    }
    return { days: total.entries().filter(({ scope }) => scope.startsWith(`${campaignId}/`)), changed };
  }

  async function keepHolding(seq: number): Promise<void> {
    if (!(await log.stillRebuilding(seq, holding(rebuildHoldMs)))) throw new Error('another process counts meanwhile');
  }

  return {
    round,
    all,
    async differences(campaignId, mend = false) {
      // Nothing is added meanwhile, so that what is counted and what is said of it are of the same moment.
      const { seq, generation } = await takeForRebuild();
      try {
        const { days, changed } = await sumsOf(campaignId, seq);
        const sums: Record<string, { is: number; should: number }> = {};
        const stored = await rollups.ofCampaign(generation, campaignId);
        const should = new Map(days.map(day => [rollupKey(generation, day.scope, day.day), day]));
        for (const key of new Set([...stored.keys(), ...should.keys()])) {
          const known = stored.get(key);
          const { scope, day } = known ?? should.get(key)!;
          const counts = should.get(key)?.counts ?? [];
          if (known && sameCounts(known.counts, counts)) continue;
          const is = totals(known?.counts ?? []);
          for (const [name, sum] of Object.entries(totals(counts))) {
            if (sum === is[name]) continue;
            const path = `${partOf(scope)}.${name}`;
            sums[path] = { is: (sums[path]?.is ?? 0) + is[name]!, should: (sums[path]?.should ?? 0) + sum };
          }
          // What differs otherwise is no sum, and is set right as well.
          if (mend) await rollups.replace(generation, seq, { scope, day, counts });
          await keepHolding(seq);
        }
        if (mend) await calls.recount(changed);
        return { sums, recounted: changed.length };
      } finally {
        await log.dropRebuild(seq);
      }
    },
    async rebuild() {
      const { seq, generation } = await takeForRebuild();
      await rollups.clear(generation + 1);
      const { total, count } = await sums(seq);
      await rollups.write(generation + 1, seq, total.entries());
      if (!(await log.endRebuild(seq, owner, options.currency))) throw new Error('another process counts meanwhile');
      await rollups.clearBelow(generation + 1);
      await all();
      return count;
    },
  };
}

/** All of the campaign, one of its agents, or one of its variants. */
function partOf(scope: string): string {
  const [, agentId = '-', variant] = scope.split('/');
  if (variant !== undefined) return `figures.variants.${decodeURIComponent(variant)}`;
  return agentId === '-' ? 'figures' : `figures.agents.${agentId}`;
}

function totals(counts: DayDelta['counts']): Record<string, number> {
  const sums = { calls: 0, answered: 0, seconds: 0, micros: 0 };
  const names = { n: 'calls', a: 'answered', s: 'seconds', m: 'micros' } as const;
  for (const [path, count] of counts) {
    const [, side, , kind] = path.split('.');
    if (side === 'out' || side === 'in') sums[names[kind as keyof typeof names]] += count;
  }
  return sums;
}

function sameCounts(one: DayDelta['counts'], other: DayDelta['counts']): boolean {
  const known = new Map(one.filter(([, count]) => count !== 0));
  return known.size === other.length && other.every(([path, count]) => known.get(path) === count);
}

function batchOf(due: readonly CountableCall[]) {
  const delta = new Delta();
  const calls = due.map(({ id, version, facts, counted: before }) => {
    const counted = contributionOf(facts);
    if (before) delta.add(before as Contribution, -1);
    delta.add(counted, 1);
    return { id, version, counted };
  });
  return { deltas: delta.entries(), calls };
}
