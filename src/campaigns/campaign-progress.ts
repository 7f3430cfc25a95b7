import type { Events } from '../events.ts';
import type { Logger } from '../ops/logger.ts';
import type { Stored } from '../store/schema.ts';
import type { CampaignContactRepository } from './campaign-contact-repository.ts';
import { type Counters, countersOf, variantCounters } from './campaign-counts.ts';
import type { Campaign } from './campaign-document.ts';
import type { CampaignRepository } from './campaign-repository.ts';
import { type CampaignStats, statsOf, type VariantCallFigures } from './campaign-stats.ts';
import type { CampaignCounting } from './campaign-tally.ts';
import type { CampaignTallyRepository } from './campaign-tally-repository.ts';
import './campaigns-events.ts';

export interface CampaignProgressOptions {
  readonly campaigns: Pick<CampaignRepository, 'findById'>;
  readonly people: Pick<CampaignContactRepository, 'lastDue'>;
  readonly tally: CampaignCounting;
  readonly tallies: CampaignTallyRepository;
  /** Of one of its variants, if one is named. */
  readonly figuresOf: (campaignId: string, since: Date, variant?: string) => Promise<VariantCallFigures>;
  readonly events: Pick<Events, 'publish'>;
  readonly logger: Logger;
  readonly timeZone: string;
  readonly now: () => Date;
}

export interface CampaignProgress {
  of(campaign: Stored<Campaign>): Promise<CampaignStats>;
  /** Counters of campaigns in a list. */
  progressOf(ids: readonly string[]): Promise<Map<string, Counters>>;
  /** Counts what is due and tells where those campaigns stand whose counters changed. */
  round(): Promise<void>;
}

/** How far campaigns are, from counters that are kept as people change. */
export function createCampaignProgress(options: CampaignProgressOptions): CampaignProgress {
  const { campaigns, people, tally, tallies, figuresOf, events, logger, timeZone, now } = options;

  async function standing(campaign: Stored<Campaign>): Promise<{ stats: CampaignStats; seq: number }> {
    const id = campaign._id.toHexString();
    const [counted, figures, lastDueAt] = await Promise.all([
      tallies.of(id),
      figuresOf(id, campaign.createdAt),
      people.lastDue(id),
    ]);
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
      lastDueAt,
      timeZone,
      now: now(),
    });
    return { stats, seq: counted?.seq ?? 0 };
  }

  return {
    of: async campaign => (await standing(campaign)).stats,
    async progressOf(ids) {
      const found = await tallies.ofMany(ids);
      return new Map(found.map(({ campaignId, counts }) => [campaignId.toHexString(), countersOf(counts)]));
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
