import type { CallFacts } from '../calls/calls.types.ts';
import { bucketOf } from './latency-histogram-protocol.ts';

/** Quarters of an hour: every time zone's hours and days begin with one. */
export const slotMs = 15 * 60_000;
export const slotsPerDay = 96;
export const dayMs = 86_400_000;

/** What one call adds to the figures, and where. */
export interface Contribution {
  /** UTC, `YYYY-MM-DD`. */
  readonly day: string;
  readonly slot: number;
  readonly campaignId: string | null;
  readonly agentId: string | null;
  /** Left out where the campaign compares none. */
  readonly variant?: string;
  /** Counters by their path within the slot, in a fixed order. */
  readonly counts: readonly (readonly [path: string, count: number])[];
}

export const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

const nameOf = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .slice(0, 40) || 'none';

/**
 * A call counts in the quarter of an hour in which it was written down first, so that lists by `createdAt` show the calls behind a
 * figure. Paths: `out|in.<outcome>.n` calls, `.a` answered, `.s` seconds, `.m` millionths of money · `r.<result>` · `v.<success>`
 * · `t.<bucket>` turns and `w.<bucket>` first words · `x` calls with a cost that could not be added.
 */
export function contributionOf(facts: CallFacts): Contribution {
  const at = facts.createdAt.getTime();
  const counts = new Map<string, number>();
  const add = (path: string, count: number) => {
    if (count !== 0) counts.set(path, (counts.get(path) ?? 0) + count);
  };
  const side = `${facts.direction === 'inbound' ? 'in' : 'out'}.${nameOf(facts.outcome)}`;
  add(`${side}.n`, 1);
  add(`${side}.a`, facts.answered ? 1 : 0);
  add(`${side}.s`, Math.round(facts.seconds));
  add(`${side}.m`, facts.costMicros);
  add('x', facts.costIncomplete ? 1 : 0);
  if (facts.result !== 'none') add(`r.${nameOf(facts.result)}`, 1);
  if (facts.success !== null) add(`v.${facts.success}`, 1);
  if (facts.firstWordMs !== null) add(`w.${bucketOf(facts.firstWordMs)}`, 1);
  for (const ms of facts.turnsMs) add(`t.${bucketOf(ms)}`, 1);
  return {
    day: dayOf(at),
    slot: Math.floor((at % dayMs) / slotMs),
    campaignId: facts.campaignId,
    agentId: facts.agentId,
    ...(facts.campaignId !== null && facts.variant !== null ? { variant: facts.variant } : {}),
    counts: [...counts].sort(([one], [other]) => (one < other ? -1 : 1)),
  };
}

export const sameContribution = (one: Contribution | null, other: Contribution | null): boolean =>
  JSON.stringify(one) === JSON.stringify(other);

/** Every selection that can be asked for has counters of its own: a question reads one document a day, whatever it selects. */
export function scopesOf({
  campaignId,
  agentId,
  variant,
}: Pick<Contribution, 'campaignId' | 'agentId' | 'variant'>): string[] {
  const campaign = campaignId ? [scopeOf(campaignId, null)] : [];
  const agent = agentId ? [scopeOf(null, agentId)] : [];
  const both = campaignId && agentId ? [scopeOf(campaignId, agentId)] : [];
  const version = campaignId && variant !== undefined ? [scopeOf(campaignId, null, variant)] : [];
  return ['all', ...campaign, ...agent, ...both, ...version];
}

export function scopeOf(campaignId: string | null, agentId: string | null, variant?: string): string {
  if (campaignId === null && agentId === null) return 'all';
  return `${campaignId ?? '-'}/${agentId ?? '-'}${variant === undefined ? '' : `/${encodeURIComponent(variant)}`}`;
}

/** Changes of counters by scope and day. */
export class Delta {
  readonly #days = new Map<string, { scope: string; day: string; counts: Map<string, number> }>();

  add(contribution: Contribution, sign: 1 | -1): void {
    for (const scope of scopesOf(contribution)) {
      const key = `${scope}|${contribution.day}`;
      const day = this.#days.get(key) ?? { scope, day: contribution.day, counts: new Map<string, number>() };
      this.#days.set(key, day);
      for (const [path, count] of contribution.counts) {
        const full = `${contribution.slot}.${path}`;
        day.counts.set(full, (day.counts.get(full) ?? 0) + sign * count);
      }
    }
  }

  /** One entry for each day of each scope; what comes to nothing is left out. */
  entries(): DayDelta[] {
    return [...this.#days.values()].flatMap(({ scope, day, counts }) => {
      const changed = [...counts].filter(([, count]) => count !== 0);
      return changed.length > 0 ? [{ scope, day, counts: changed }] : [];
    });
  }
}

export interface DayDelta {
  readonly scope: string;
  readonly day: string;
  readonly counts: readonly (readonly [path: string, count: number])[];
}
