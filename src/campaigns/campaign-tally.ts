import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '../errors.ts';
import type { CampaignContactRepository } from './campaign-contact-repository.ts';
import { countOf, flat, type PersonCount, sumOf } from './campaign-counts.ts';
import type { CampaignTally, CampaignTallyRepository } from './campaign-tally-repository.ts';

export interface CampaignTallyOptions {
  readonly people: CampaignContactRepository;
  readonly tallies: CampaignTallyRepository;
  readonly owner: string;
  readonly now: () => Date;
  readonly batchSize?: number;
  readonly holdMs?: number;
}

export interface CampaignCounting {
  /** Counts whatever is due; answers the campaigns whose counters changed. */
  round(): Promise<readonly string[]>;
  /** Until nothing of this campaign is due, or another process is at it. */
  count(campaignId: string): Promise<number>;
  /** What the counters say and what they should say; with `mend` they are set right. Empty when they are. */
  differences(campaignId: string, mend?: boolean): Promise<Differences>;
}

/** Counters that are wrong, by their path. */
export type Differences = Readonly<Record<string, { readonly is: number; readonly should: number }>>;

const mostTries = 10;
const betweenTriesMs = 200;

/**
 * Keeps the counters of campaigns, so that nobody counts people when they are asked for. People who changed are counted in numbered
 * batches: one write adds a batch and says who is in it, then its people are marked, and whoever finds a batch half marked ends it. A
 * process that dies anywhere, or wakes up late, counts nobody twice.
 */
export function createCampaignTally(options: CampaignTallyOptions): CampaignCounting {
  const { people, tallies, owner, now, batchSize = 500, holdMs = 10_000 } = options;

  async function finish({ campaignId, seq, batch }: CampaignTally): Promise<void> {
    await people.markCounted(seq, batch ?? []);
    await people.dropForgotten(campaignId);
    // Whoever changed after this is due to be counted again, and the span with them.
    await tallies.noted(campaignId, seq, await people.dueSpan(campaignId));
  }

  /** One batch; 0 also while another process is at it. */
  async function batch(campaignId: string): Promise<number> {
    const standing = await tallies.standing(campaignId);
    if (standing.state === 'noting') {
      if (standing.owner !== owner && standing.heldUntil > now()) return 0;
      await finish(standing);
    }
    const due = await people.toCount(campaignId, batchSize);
    if (due.length === 0) return 0;
    const counted = due.map(({ _id, version, ...person }) => ({ id: _id, version, counted: countOf(person) }));
    const changes = sumOf([
      ...counted.map(each => [each.counted, 1] as const),
      ...due.map(each => [(each.counted?.counted ?? []) as PersonCount, -1] as const),
    ]);
    const held = { owner, until: new Date(now().getTime() + holdMs) };
    const added = await tallies.add(standing, changes, counted, held);
    if (!added) return 0;
    await finish(added);
    return due.length;
  }

  async function count(campaignId: string): Promise<number> {
    let all = 0;
    for (let done = await batch(campaignId); done > 0; done = await batch(campaignId)) all += done;
    return all;
  }

  return {
    count,
    async round() {
      const changed: string[] = [];
      for (let after: string | null = null; ; ) {
        const id: string | null = await people.nextToCount(after);
        if (id === null) return changed;
        if ((await count(id)) > 0) changed.push(id);
        after = id;
      }
    },
    async differences(campaignId, mend = false) {
      for (let tries = 0; tries < mostTries; tries += 1) {
        const differences = await compare(campaignId, mend);
        if (differences) return differences;
        await delay(betweenTriesMs);
      }
      throw new AppError('CONFLICT', 'Another process keeps counting this campaign; try again in a moment.');
    },
  };

  /** Null when another process counted meanwhile. */
  async function compare(campaignId: string, mend: boolean): Promise<Differences | null> {
    await count(campaignId);
    const standing = await tallies.standing(campaignId);
    if (standing.state !== 'idle') return null;
    const sums = new Map<string, number>();
    // What was counted of each: whoever changed since is due, and counted by the difference.
    for await (const person of people.everybody(campaignId)) {
      for (const [path, each] of (person.counted?.counted ?? []) as PersonCount)
        sums.set(path, (sums.get(path) ?? 0) + each);
    }
    const is = flat(standing.counts);
    const paths = new Set([...Object.keys(is), ...sums.keys()]);
    const differences = Object.fromEntries(
      [...paths]
        .map(path => [path, { is: is[path] ?? 0, should: sums.get(path) ?? 0 }] as const)
        .filter(([, each]) => each.is !== each.should),
    );
    if (Object.keys(differences).length === 0) return differences;
    if (mend) return (await tallies.replace(standing, nested(sums))) ? differences : null;
    return (await tallies.standing(campaignId)).seq === standing.seq ? differences : null;
  }
}

function nested(sums: ReadonlyMap<string, number>): Record<string, unknown> {
  const tree: Record<string, unknown> = {};
  for (const [path, count] of sums) {
    const parts = path.split('.');
    const last = parts.pop()!;
    let at = tree;
    for (const part of parts) {
      at[part] ??= {};
      at = at[part] as Record<string, unknown>;
    }
    at[last] = count;
  }
  return tree;
}
