import type { Campaign, CampaignStats } from './api/campaigns.ts';

type Counted = Pick<CampaignStats, 'total' | 'blocked' | 'byOutcome'>;
type Variant = CampaignStats['variants'][number];

export const triesOf = ({ byOutcome }: Pick<CampaignStats, 'byOutcome'>): number =>
  Object.values(byOutcome).reduce((sum, count) => sum + count, 0);
export const reachedOf = ({ byOutcome }: Pick<CampaignStats, 'byOutcome'>): number => byOutcome['conversation'] ?? 0;

export const funnelSteps = ['people', 'allowed', 'tries', 'answered', 'reached', 'results'] as const;
export interface FunnelStep {
  readonly step: (typeof funnelSteps)[number];
  readonly count: number;
  /** Of the step before; null where that counts something else: people are not calls. */
  readonly share: number | null;
}

/** From the people on the lists to what came of it: first counted in people, from the tries on in calls. */
export function funnelOf(stats: Counted & { readonly answerRate: number }, results: number | null): FunnelStep[] {
  const tries = triesOf(stats);
  const share = (part: number, of: number) => (of === 0 ? null : part / of);
  const answered = Math.round(stats.answerRate * tries);
  const reached = reachedOf(stats);
  return [
    { step: 'people', count: stats.total, share: null },
    { step: 'allowed', count: stats.total - stats.blocked, share: share(stats.total - stats.blocked, stats.total) },
    { step: 'tries', count: tries, share: null },
    { step: 'answered', count: answered, share: share(answered, tries) },
    { step: 'reached', count: reached, share: share(reached, answered) },
    ...(results === null ? [] : [{ step: 'results', count: results, share: share(results, reached) } as const]),
  ];
}

export interface Interval {
  readonly from: number;
  readonly to: number;
}

const z95 = 1.96;

/** Between which shares the true one lies in 95 of 100 cases (Wilson); null without a try. */
export function intervalOf(hits: number, tries: number): Interval | null {
  if (tries === 0) return null;
  const share = hits / tries;
  const square = z95 ** 2 / tries;
  const middle = (share + square / 2) / (1 + square);
  const half = (z95 / (1 + square)) * Math.sqrt((share * (1 - share)) / tries + square / (4 * tries));
  return { from: Math.max(0, middle - half), to: Math.min(1, middle + half) };
}

export interface Comparison {
  readonly name: string;
  readonly people: number;
  readonly tries: number;
  readonly answered: number;
  readonly reached: number;
  readonly talkedSeconds: number;
  readonly spend: { readonly amount: string; readonly currency: string };
  /** What one conversation came to; null before there was one. */
  readonly spendEach: string | null;
  /** Conversations of all tries. */
  readonly share: number | null;
  readonly interval: Interval | null;
}

const fewest = 100;

/** Versions side by side, and what can be said: which one reaches more, that it is too early, or that no difference shows. */
export function compared(variants: readonly Variant[]): {
  readonly rows: Comparison[];
  readonly verdict: 'early' | 'same' | { readonly best: string };
} {
  const rows = variants.map((each): Comparison => {
    const [tries, reached] = [triesOf(each), reachedOf(each)];
    return {
      name: each.name,
      people: each.total,
      tries,
      answered: each.answered,
      reached,
      talkedSeconds: each.totalDurationSeconds,
      spend: each.spend,
      spendEach: reached === 0 ? null : String(Number(each.spend.amount) / reached),
      share: tries === 0 ? null : reached / tries,
      interval: intervalOf(reached, tries),
    };
  });
  if (rows.length < 2 || rows.some(({ tries }) => tries < fewest)) return { rows, verdict: 'early' };
  const [best, second] = [...rows].sort((one, other) => (other.share ?? 0) - (one.share ?? 0));
  const apart = best?.interval && second?.interval && best.interval.from > second.interval.to;
  return { rows, verdict: apart ? { best: best.name } : 'same' };
}

const answeredByPeople = ['conversation', 'opt-out', 'abandoned'] as const;

/** Of calls that people answered, how many nobody of ours spoke on; null before one was answered. */
export function abandonedShare(outcomes: Readonly<Record<string, number>>): number | null {
  const answered = answeredByPeople.reduce((sum, outcome) => sum + (outcomes[outcome] ?? 0), 0);
  return answered === 0 ? null : (outcomes['abandoned'] ?? 0) / answered;
}

/** From this share on the rules let a campaign call nobody; a test holds it against the server's. */
export const mostAbandoned = 0.03;

const dayMs = 24 * 3_600_000;
const hourMs = 3_600_000;
const mostDays = 30;

/** From when to when a campaign's calls are shown: its whole life, of a long one the last thirty days. Null before it began. */
export function lifeOf(
  { startedAt, endedAt }: Pick<Campaign, 'startedAt' | 'endedAt'>,
  now: number,
): { from: string; to: string } | null {
  if (startedAt === null) return null;
  // Calls on the line go on after it has ended; an answer that holds all of them needs the rest of the hour.
  const to = endedAt === null ? now : Math.min(now, Date.parse(endedAt) + hourMs);
  const from = Math.max(Date.parse(startedAt), to - mostDays * dayMs);
  return { from: new Date(Math.min(from, to - 1)).toISOString(), to: new Date(to).toISOString() };
}
