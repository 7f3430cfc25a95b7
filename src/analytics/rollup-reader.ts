import { LRUCache } from 'lru-cache';
import { CompactDay, PathNames } from './compact-day.ts';
import { dayMs, dayOf, slotMs } from './contribution-protocol.ts';
import { FiguresSum } from './figures-sum.ts';
import type { RollupLogRepository } from './rollup-log-repository.ts';
import { type RollupHead, type RollupRepository, rollupKey } from './rollup-repository.ts';

/** The days that were read. */
export interface ReadDays {
  /** Adds up every quarter of an hour that begins in this stretch. */
  sum(fromMs: number, toMs: number): FiguresSum;
}

/** A selection of calls, and the stretch that is asked of it. */
export interface AskedSum {
  readonly scope: string;
  readonly fromMs: number;
  readonly toMs: number;
}

export interface RollupReader {
  /** Sums of several selections, each of its own stretch, with as few questions to the store as one of them takes. */
  sums(asked: readonly AskedSum[]): Promise<FiguresSum[]>;
  read(scope: string, stretches: readonly (readonly [fromMs: number, toMs: number])[]): Promise<ReadDays>;
}

const mostDays = 900;
/** About 50 MB. */
const mostCounters = 4_000_000;
/** Documents of one answer of the store. */
const atOnce = 30;
const packedAtOnce = 200;
const headsAtOnce = 1_000;

/**
 * Reads days of counters. Those of past days seldom change: what was read before is used again as long as the store says that it
 * is still of the same batch, so no answer is older than its question.
 */
export function createRollupReader(
  rollups: Pick<RollupRepository, 'heads' | 'packedDays' | 'whole' | 'packLater'>,
  log: Pick<RollupLogRepository, 'standing'>,
): RollupReader {
  const names = new PathNames();
  const known = new LRUCache<string, { readonly seq: number; readonly day: CompactDay }>({
    maxSize: mostCounters,
    sizeCalculation: ({ day }) => day.size,
  });

  async function daysOf(keys: readonly string[]): Promise<Map<string, CompactDay>> {
    const found = new Map<string, CompactDay>();
    const keep = (key: string, seq: number, day: CompactDay) => {
      known.set(key, { seq, day });
      found.set(key, day);
    };
    const heads: RollupHead[] = [];
    for (let at = 0; at < keys.length; at += headsAtOnce)
      heads.push(...(await rollups.heads(keys.slice(at, at + headsAtOnce))));
    const stale = heads.filter(({ key, seq }) => {
      const before = known.get(key);
      if (before?.seq !== seq) return true;
      found.set(key, before.day);
      return false;
    });
    const packed = stale.filter(({ isPacked }) => isPacked).map(({ key }) => key);
    for (let at = 0; at < packed.length; at += packedAtOnce) {
      for (const { key, seq, bytes } of await rollups.packedDays(packed.slice(at, at + packedAtOnce))) {
        const day = CompactDay.unpacked(bytes, names);
        if (day) keep(key, seq, day);
      }
    }
    // Those that change all the time, and those of a release that packed nothing or otherwise.
    const open = stale.map(({ key }) => key).filter(key => !found.has(key));
    const unasked: string[] = [];
    for (let at = 0; at < open.length; at += atOnce) {
      for (const { key, seq, slots, packDue } of await rollups.whole(open.slice(at, at + atOnce))) {
        keep(key, seq, CompactDay.of(slots, names));
        if (!packDue) unasked.push(key);
      }
    }
    // A question is answered all the same.
    if (unasked.length > 0) await rollups.packLater(unasked).catch(() => undefined);
    return found;
  }

  /** The days of a selection that have quarters of an hour between these moments. */
  function datesOf(stretches: readonly (readonly [fromMs: number, toMs: number])[]): Set<string> {
    const dates = new Set<string>();
    for (const [fromMs, toMs] of stretches) {
      for (let day = Math.floor(fromMs / dayMs) * dayMs; day < toMs; day += dayMs) dates.add(dayOf(day));
    }
    if (dates.size > mostDays) throw new RangeError(`more than ${mostDays} days`);
    return dates;
  }

  function sumOf(found: ReadonlyMap<string, CompactDay>, generation: number, { scope, fromMs, toMs }: AskedSum) {
    const sums = new Float64Array(names.names.length);
    for (let at = fromMs; at < toMs; ) {
      const midnight = Math.floor(at / dayMs) * dayMs;
      const end = Math.min(toMs, midnight + dayMs);
      const day = found.get(rollupKey(generation, scope, dayOf(midnight)));
      day?.addTo(sums, (at - midnight) / slotMs, (end - midnight) / slotMs);
      at = end;
    }
    return new FiguresSum(names.parts, sums);
  }

  return {
    async read(scope, stretches) {
      const dates = datesOf(stretches);
      const { generation } = await log.standing();
      const found = await daysOf([...dates].map(date => rollupKey(generation, scope, date)));
      return { sum: (fromMs, toMs) => sumOf(found, generation, { scope, fromMs, toMs }) };
    },
    async sums(asked) {
      const { generation } = await log.standing();
      const keys = asked.flatMap(({ scope, fromMs, toMs }) =>
        [...datesOf([[fromMs, toMs]])].map(date => rollupKey(generation, scope, date)),
      );
      const found = await daysOf([...new Set(keys)]);
      return asked.map(each => sumOf(found, generation, each));
    },
  };
}
