import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Events } from '../events.ts';
import type { Logger } from '../ops/logger.ts';
import type { Stored } from '../store/schema.ts';
import { type Counters, countersOf, variantCounters } from './campaign-counts.ts';
import type { Campaign } from './campaign-document.ts';
import type { CampaignRepository } from './campaign-repository.ts';
import {
  type CampaignCallFigures,
  type CampaignStats,
  estimatedEnd,
  statsOf,
  type VariantCallFigures,
} from './campaign-stats.ts';
import type { CampaignCounting } from './campaign-tally.ts';
import type { CampaignTallyRepository } from './campaign-tally-repository.ts';
import './campaigns-events.ts';

export interface CampaignProgressOptions {
  readonly campaigns: Pick<CampaignRepository, 'findById'>;
  readonly tally: CampaignCounting;
  readonly tallies: CampaignTallyRepository;
  /** Of one of its variants, if one is named. */
  readonly figuresOf: (campaignId: string, since: Date, variant?: string) => Promise<VariantCallFigures>;
  /** Of many campaigns at once, in their order. */
  readonly figuresOfMany: (
    campaigns: readonly { readonly id: string; readonly since: Date; readonly until: Date | null }[],
  ) => Promise<readonly CampaignCallFigures[]>;
  readonly events: Pick<Events, 'publish'>;
  readonly logger: Logger;
  readonly timeZone: string;
  readonly now: () => Date;
}

/** What is asked of a campaign for a list, as the API shows it. */
export interface ListedCampaign extends Pick<Campaign, 'state' | 'pace' | 'schedule'> {
  readonly id: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
}

/** What a list shows of a campaign beside its settings. */
export interface CampaignListing {
  /** Null before anybody was counted. */
  readonly progress: Counters | null;
  readonly estimatedEndAt: string | null;
  /** Null before it was started. */
  readonly spend: CampaignCallFigures['spend'] | null;
}

export interface CampaignProgress {
  of(campaign: Stored<Campaign>): Promise<CampaignStats>;
  /** Where campaigns of a list stand, by id; read for all of them at once. */
  listed(campaigns: readonly ListedCampaign[]): Promise<Map<string, CampaignListing>>;
  /** Counts what is due and tells where those campaigns stand whose counters changed. */
  round(): Promise<void>;
}

/** How far campaigns are, from counters that are kept as people change. */
export function createCampaignProgress(options: CampaignProgressOptions): CampaignProgress {
  const { campaigns, tally, tallies, figuresOf, figuresOfMany, events, logger, timeZone, now } = options;

  async function standing(campaign: Stored<Campaign>): Promise<{ stats: CampaignStats; seq: number }> {
    const id = campaign._id.toHexString();
    const [counted, figures] = await Promise.all([tallies.of(id), figuresOf(id, campaign.createdAt)]);
    const { answerRate, averageDurationSeconds, spend } = figures;
    const variantFigures = new Map(
      await Promise.all(
        Object.keys(variantCounters(counted?.counts ?? {})).map(async name => {
          const { calls, answered, totalDurationSeconds, ...rest } = await figuresOf(id, campaign.createdAt, name);
          const { answerRate, averageDurationSeconds, spend } = rest;
          const own = { calls, answered, answerRate, averageDurationSeconds, totalDurationSeconds, spend };
          return [name, own] as const;
        }),
      ),
    );
    const stats = statsOf({
      campaign,
      counts: counted?.counts ?? {},
      figures: { answerRate, averageDurationSeconds, spend },
      variantFigures,
      lastDueAt: counted?.due?.last ?? null,
      timeZone,
      now: now(),
    });
    return { stats, seq: counted?.seq ?? 0 };
  }

  return {
    of: async campaign => (await standing(campaign)).stats,
    async listed(asked) {
      const begun = asked.filter(({ startedAt }) => startedAt !== null);
      const [counted, figures] = await Promise.all([
        tallies.ofMany(asked.map(({ id }) => id)),
        figuresOfMany(
          begun.map(({ id, startedAt, endedAt }) => ({
            id,
            since: new Date(startedAt!),
            until: endedAt === null ? null : new Date(endedAt),
          })),
        ),
      ]);
      const tallyOf = new Map(counted.map(each => [each.campaignId.toHexString(), each]));
      const figuresOf = new Map(begun.map(({ id }, index) => [id, figures[index]!]));
      const listings = new Map<string, CampaignListing>();
      for (const campaign of asked) {
        const counts = tallyOf.get(campaign.id);
        const own = figuresOf.get(campaign.id);
        const progress = counts ? countersOf(counts.counts) : null;
        const end = { campaign, lastDueAt: counts?.due?.last ?? null, timeZone, now: now() };
        const estimatedEndAt = progress && own ? estimatedEnd({ ...end, figures: own }, progress) : null;
        listings.set(campaign.id, { progress, estimatedEndAt, spend: own?.spend ?? null });
        // Windows are walked through step by step for each that runs, and calls of this process wait for none of it.
        if (campaign.state === 'running') await nextTurn();
      }
      return listings;
    },
    async round() {
      for (const id of await tally.round()) {
        const campaign = await campaigns.findById(id);
        if (!campaign) continue;
        try {
          const { stats, seq } = await standing(campaign);
          events.publish('campaigns.progressed', { campaignId: id, seq, stats: { ...stats } });
        } catch (err) {
          logger.warn({ err, campaignId: id }, 'where a campaign stands could not be told');
        }
      }
    },
  };
}
