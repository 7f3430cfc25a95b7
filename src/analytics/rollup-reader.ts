import { LRUCache } from 'lru-cache';
import { dayMs, dayOf, slotMs } from './contribution-protocol.ts';
import type { RollupLogRepository } from './rollup-log-repository.ts';
import { type RollupRepository, rollupKey, type SlotCounts } from './rollup-repository.ts';

/** The quarters of the days that were read, by the moment they begin. */
export interface ReadSlots {
  /** Hands over every quarter that begins in this stretch. */
  between(fromMs: number, toMs: number, take: (slot: SlotCounts) => void): void;
}

export interface RollupReader {
  read(scope: string, stretches: readonly (readonly [fromMs: number, toMs: number])[]): Promise<ReadSlots>;
}

const mostDays = 900;

/**
 * Reads days of counters. Those of past days seldom change: what was read before is used again as long as the store says that it
 * is still of the same batch, so no answer is older than its question.
 */
export function createRollupReader(
  rollups: Pick<RollupRepository, 'heads' | 'whole'>,
  log: Pick<RollupLogRepository, 'standing'>,
): RollupReader {
  const known = new LRUCache<string, { seq: number; slots: Readonly<Record<string, SlotCounts>> }>({ max: 2_000 });

  return {
    async read(scope, stretches) {
      const days = new Set<string>();
      for (const [fromMs, toMs] of stretches) {
        for (let day = Math.floor(fromMs / dayMs) * dayMs; day < toMs; day += dayMs) days.add(dayOf(day));
      }
      if (days.size > mostDays) throw new RangeError(`more than ${mostDays} days`);
      const { generation } = await log.standing();
      const keyOf = (day: string) => rollupKey(generation, scope, day);
      const heads = await rollups.heads([...days].map(keyOf));
      const stale = heads.filter(({ key, seq }) => known.get(key)?.seq !== seq).map(({ key }) => key);
      for (const { key, seq, slots } of await rollups.whole(stale)) known.set(key, { seq, slots });
      const slotsOf = new Map(heads.map(({ key }) => [key, known.get(key)?.slots ?? {}]));
      return {
        between(fromMs, toMs, take) {
          for (let at = fromMs; at < toMs; ) {
            const dayStart = Math.floor(at / dayMs) * dayMs;
            const slots = slotsOf.get(keyOf(dayOf(dayStart)));
            const end = Math.min(toMs, dayStart + dayMs);
            if (slots) {
              for (; at < end; at += slotMs) {
                const slot = slots[String((at - dayStart) / slotMs)];
                if (slot) take(slot);
              }
            }
            at = end;
          }
        },
      };
    },
  };
}
