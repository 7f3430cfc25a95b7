import type { CallFigures, CountableCall } from '../calls/calls.types.ts';
import type { Stored } from '../store/schema.ts';
import { type Contribution, contributionOf, Delta, sameContribution } from './contribution-protocol.ts';
import type { RollupLog, RollupLogRepository } from './rollup-log-repository.ts';
import type { RollupRepository } from './rollup-repository.ts';

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
}

const rebuildHoldMs = 60_000;
const pageSize = 1_000;

export function createFiguresCounter(options: FiguresOptions): FiguresCounter {
  const { calls, rollups, log, owner, now } = options;
  const { batchSize = 1_000, holdMs = 10_000 } = options;

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

  return {
    round,
    all,
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
