import type { CampaignCalls } from '../calls/calls.types.ts';
import { abandonmentMs } from '../compliance/abandonment.ts';
import type { Metrics } from '../ops/metrics.ts';
import { type Circuits, circuitOf } from './breaker-circuits.ts';
import type { CampaignContactRepository } from './campaign-contact-repository.ts';
import type { CampaignStats } from './campaign-stats.ts';
import type { Turn } from './dialer-step.ts';
import type { RunningCampaign } from './dialer-world.ts';

export interface CampaignMetricsParts {
  readonly metrics: Metrics;
  /** Campaigns that this process dials for. */
  readonly running: () => ReadonlyMap<string, RunningCampaign>;
  readonly statsOf: (campaign: RunningCampaign['document']) => Promise<Pick<CampaignStats, 'waiting' | 'spend'>>;
  readonly people: Pick<CampaignContactRepository, 'firstWaiting'>;
  readonly circuits: Pick<Circuits, 'answer'>;
  readonly abandonment: CampaignCalls['abandonment'];
  readonly now: () => Date;
}

export interface CampaignMetrics {
  turn(campaign: RunningCampaign, turn: Turn): void;
  refused(campaignId: string, code: string): void;
  /** Reads how each running campaign stands, and forgets those that do not run any more. */
  sample(): Promise<void>;
}

const paceOverMs = 60_000;
const breakerStates = { closed: 0, trial: 1, open: 2 } as const;

/** Each running campaign in numbers, by its id; one that ends takes its numbers along, so that they do not pile up. */
export function createCampaignMetrics(parts: CampaignMetricsParts): CampaignMetrics {
  const { metrics, running, people, circuits, now } = parts;
  const label = ['campaign'] as const;
  const dials = metrics.counter('campaign_dials_total', 'Calls placed by this process.', ['campaign', 'attempt']);
  const refusals = metrics.counter('campaign_refusals_total', 'People who were claimed and not called.', [
    'campaign',
    'code',
  ]);
  const waiting = metrics.gauge('campaign_waiting', 'People who wait for a call.', label);
  const oldest = metrics.gauge('campaign_oldest_due_seconds', 'How long somebody has been due at most.', label);
  const wanted = metrics.gauge('campaign_pace_wanted', 'Calls a second, as the campaign is set.', label);
  const reached = metrics.gauge('campaign_pace_reached', 'Calls a second of this process over a minute.', label);
  const breaker = metrics.gauge('campaign_breaker', '0 closed, 1 trying one call, 2 open.', label);
  const spend = metrics.gauge('campaign_spend', 'What its calls cost so far, in COST_CURRENCY.', label);
  const abandoned = metrics.gauge('campaign_abandonment_ratio', 'Abandoned among answered, over 30 days.', label);
  const gauges = [waiting, oldest, wanted, reached, breaker, spend, abandoned];
  /** When calls were placed during the last minute, and which labels are in use. */
  const known = new Map<string, { dialled: number[]; readonly codes: Set<string> }>();

  const ofCampaign = (id: string) => {
    const found = known.get(id) ?? { dialled: [], codes: new Set<string>() };
    known.set(id, found);
    return found;
  };

  function forget(id: string): void {
    for (const gauge of gauges) gauge.remove({ campaign: id });
    for (const attempt of ['first', 'again']) dials.remove({ campaign: id, attempt });
    for (const code of known.get(id)?.codes ?? []) refusals.remove({ campaign: id, code });
    known.delete(id);
  }

  async function look({ id, document }: RunningCampaign): Promise<void> {
    const at = now().getTime();
    const [stats, first, circuit, { answered, abandoned: lost }] = await Promise.all([
      parts.statsOf(document),
      people.firstWaiting(id),
      circuits.answer([circuitOf.campaign(id)]),
      parts.abandonment(id, new Date(at - abandonmentMs)),
    ]);
    // It ended meanwhile: what was read is of no use to anybody.
    if (!running().has(id)) return;
    const own = ofCampaign(id);
    own.dialled = own.dialled.filter(each => at - each <= paceOverMs);
    const campaign = { campaign: id };
    waiting.set(campaign, stats.waiting);
    oldest.set(campaign, first ? Math.max(0, at - first.dueAt.getTime()) / 1000 : 0);
    wanted.set(campaign, document.pace.callsPerSecond);
    reached.set(campaign, own.dialled.length / (paceOverMs / 1000));
    breaker.set(campaign, breakerStates[circuit.kind]);
    spend.set(campaign, Number(stats.spend.amount));
    abandoned.set(campaign, answered > 0 ? lost / answered : 0);
  }

  return {
    turn({ id }, turn) {
      if (turn.kind !== 'dialled' && turn.kind !== 'in-doubt') return;
      ofCampaign(id).dialled.push(now().getTime());
      dials.inc({ campaign: id, attempt: turn.person.attempt > 1 ? 'again' : 'first' });
    },
    refused(id, code) {
      ofCampaign(id).codes.add(code);
      refusals.inc({ campaign: id, code });
    },
    async sample() {
      for (const id of [...known.keys()]) if (!running().has(id)) forget(id);
      // One after the other: nobody waits for them, and the store has other work.
      for (const campaign of [...running().values()]) {
        ofCampaign(campaign.id);
        await look(campaign);
      }
    },
  };
}
