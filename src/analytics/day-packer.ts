import { CompactDay, PathNames } from './compact-day.ts';
import type { RollupRepository } from './rollup-repository.ts';

export interface DayPackerOptions {
  readonly rollups: Pick<RollupRepository, 'toPack' | 'whole' | 'pack'>;
  readonly now: () => Date;
  /** A day that changed later than this ago will change again. */
  readonly restMs?: number;
}

const atOnce = 20;

/**
 * Packs days that have come to rest, so that who asks for months reads a tenth of the bytes. Answers how many days it packed; what
 * changes meanwhile stays due, and whoever reads a day takes its packed counters only as long as they are of its last batch.
 */
export function createDayPacker({ rollups, now, restMs = 60_000 }: DayPackerOptions) {
  return async (signal?: AbortSignal): Promise<number> => {
    const before = new Date(now().getTime() - restMs);
    for (let count = 0; ; ) {
      const keys = await rollups.toPack(before, atOnce);
      const names = new PathNames();
      for (const { key, seq, slots } of await rollups.whole(keys)) {
        await rollups.pack(key, seq, CompactDay.of(slots, names).packed(names));
      }
      count += keys.length;
      if (keys.length < atOnce || signal?.aborted) return count;
    }
  };
}
