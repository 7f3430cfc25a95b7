import { dayMs } from '../compliance/local-time.ts';
import { nextInSchedule, nextOutOfSchedule, type Schedule } from '../compliance/schedule.ts';
import { type Counters, countersOf, variantCounters } from './campaign-counts.ts';
import type { Campaign } from './campaign-document.ts';

/** What is known of a campaign's calls, as it is counted for all figures. */
export interface CampaignCallFigures {
  readonly answerRate: number;
  readonly averageDurationSeconds: number;
  readonly spend: { readonly amount: string; readonly currency: string; readonly incompleteCalls: number };
}

/** The same of one variant's calls. */
export interface VariantCallFigures extends CampaignCallFigures {
  readonly calls: number;
  readonly answered: number;
  readonly totalDurationSeconds: number;
}

export interface CampaignStats extends Counters, CampaignCallFigures {
  readonly completedPercent: number;
  readonly estimatedEndAt: string | null;
  readonly variants: readonly (Counters & VariantCallFigures & { readonly name: string })[];
}

/** What the expected end follows from, beside the counters. */
export interface EndFacts {
  readonly campaign: Pick<Campaign, 'state' | 'pace' | 'schedule'>;
  readonly figures: Pick<CampaignCallFigures, 'answerRate' | 'averageDurationSeconds'>;
  /** When the last of those who wait is due. */
  readonly lastDueAt: Date | null;
  /** Where a schedule follows each person's clock, the estimate follows this one. */
  readonly timeZone: string;
  readonly now: Date;
}

export interface StatsFacts extends EndFacts {
  readonly counts: Readonly<Record<string, unknown>>;
  readonly figures: CampaignCallFigures;
  /** By name, of every variant that has people. */
  readonly variantFigures: ReadonlyMap<string, VariantCallFigures>;
}

/** Where a campaign stands. */
export function statsOf(facts: StatsFacts): CampaignStats {
  const counters = countersOf(facts.counts);
  const { total, done, blocked } = counters;
  return {
    ...counters,
    ...facts.figures,
    completedPercent: total > 0 ? Math.round(((done + blocked) / total) * 1000) / 10 : 0,
    estimatedEndAt: estimatedEnd(facts, counters),
    variants: Object.entries(variantCounters(facts.counts)).flatMap(([name, each]) => {
      const figures = facts.variantFigures.get(name);
      return figures ? [{ name, ...each, ...figures }] : [];
    }),
  };
}

/** Ringing and everything around a call. */
const overheadSeconds = 20;
/** No end is in sight beyond this much dialling, or this many windows. */
const mostOpenMs = 60 * dayMs;
const mostWindows = 1_000;

/**
 * When nobody will be left: everybody who waits takes one more attempt, and those who wait for a retry as many as it took so far on
 * average, at the campaign's pace and concurrency, within its windows. Null unless it runs, or when no end is in sight.
 */
export const estimatedEnd = (facts: EndFacts, counters: Counters): string | null =>
  expectedEnd(facts, counters)?.toISOString() ?? null;

function expectedEnd(facts: EndFacts, counters: Counters): Date | null {
  const { campaign, figures, lastDueAt, now } = facts;
  const { waiting, dialing, inCall } = counters;
  if (campaign.state !== 'running' && campaign.state !== 'starting') return null;
  if (waiting + dialing + inCall === 0) return now;
  const attempts = Object.values(counters.byOutcome).reduce((sum, count) => sum + count, 0);
  const finished = counters.done + counters.blocked;
  const perPerson = finished > 0 ? Math.max(1, Math.min(10, attempts / finished)) : 1;
  const { callsPerSecond, maxConcurrent } = campaign.pace;
  const seconds = overheadSeconds + figures.averageDurationSeconds * figures.answerRate;
  const perSecond = Math.min(callsPerSecond, maxConcurrent / seconds);
  // Whole: a remainder too small to move a date of today would never be used up.
  let openMs = Math.ceil(((waiting * perPerson) / perSecond) * 1000 + seconds * 1000);
  const zone =
    campaign.schedule && campaign.schedule.timeZone !== 'contact' ? campaign.schedule.timeZone : facts.timeZone;
  if (openMs > mostOpenMs) return null;
  let at = now.getTime();
  for (let windows = 0; windows < mostWindows; windows += 1) {
    const open = campaign.schedule ? openFrom(campaign.schedule, zone, at) : at;
    if (open === null) return null;
    const wished = open + openMs;
    const end = campaign.schedule ? nextOutOfSchedule(campaign.schedule, zone, open, wished) : wished;
    openMs -= end - open;
    at = end;
    if (openMs <= 0) return new Date(Math.max(at, lastDueAt?.getTime() ?? 0));
  }
  return null;
}

const openFrom = (schedule: Schedule, zone: string, at: number): number | null =>
  nextInSchedule(schedule, [zone], at, at + 60 * dayMs);
