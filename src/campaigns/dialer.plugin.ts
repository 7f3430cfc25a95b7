import fp from 'fastify-plugin';
import type { Contacts } from '../contacts/contacts.types.ts';
import '../calls/calls-events.ts';
import { createCircuits } from './breaker-circuits.ts';
import type { CampaignContactRepository } from './campaign-contact-repository.ts';
import { type CampaignMetricsParts, createCampaignMetrics } from './campaign-metrics.ts';
import type { CampaignRepository } from './campaign-repository.ts';
import './campaigns-events.ts';
import { createCampaignTender } from './campaign-tender.ts';
import { createDialer, type Dialer } from './dialer.ts';
import type { DialerMoves, DialerWorld } from './dialer.types.ts';
import { type DialBudget, noBudget } from './dialer-budget.types.ts';
import { waitUntil } from './dialer-clock.ts';
import { createDialerMetrics } from './dialer-metrics.ts';
import { createDialerQueue } from './dialer-queue.ts';
import { createDialerWorld, type RunningCampaign } from './dialer-world.ts';
import { createPacing } from './pacer-gate.ts';
import { PacerRepository } from './pacer-repository.ts';
import { createSettling } from './settle-calls.ts';

declare module 'fastify' {
  interface FastifyInstance {
    dialer: Dialer;
    /** Reads the numbers of running campaigns now, instead of with the next sample. */
    sampleCampaigns(): Promise<void>;
  }
}

export interface DialerPluginOptions {
  readonly repository: CampaignRepository;
  readonly people: CampaignContactRepository;
  readonly moves: DialerMoves;
  readonly budget?: DialBudget;
  readonly contacts: Pick<Contacts, 'byId'>;
  readonly statsOf: CampaignMetricsParts['statsOf'];
  readonly now: () => Date;
}

const sampleEveryMs = 15_000;

/** Dials for running campaigns, in every process that serves. */
export const dialerPlugin = fp<DialerPluginOptions>(
  async (app, { repository, people, moves, budget = noBudget, contacts, statsOf, now }) => {
    const { config, logging, events, drain, metrics: registry, processId } = app.operations;
    const logger = logging.component('dialer');
    const pacers = new PacerRepository(app.store);
    const circuits = createCircuits({ pacers, now });
    const queue = createDialerQueue({ people, owner: processId });
    const clock = () => now().getTime();
    const pacing = createPacing({
      pacers,
      accountCallsPerSecond: config.TWILIO_CPS,
      now: clock,
      until: moment => waitUntil(moment, clock),
    });
    const settling = createSettling({
      people,
      calls: app.campaignCalls,
      campaign: id => repository.findById(id),
      moves,
      budget,
      circuits,
      logger,
      now,
    });
    const world = createDialerWorld({
      queue,
      pacing,
      people,
      calls: app.campaignCalls,
      admission: app.admission,
      contacts,
      agents: app.agents,
      campaign: id => repository.findById(id),
      budget,
      circuits,
      moves,
      owner: processId,
      companyName: config.COMPANY_NAME,
      maxMinutes: config.MAX_CALL_MINUTES,
      logger,
      now,
    });
    const metrics = createDialerMetrics(registry);
    const perCampaign = createCampaignMetrics({
      metrics: registry,
      running: () => dialer.campaigns,
      statsOf,
      people,
      circuits,
      abandonment: (id, since) => app.campaignCalls.abandonment(id, since),
      now,
    });
    const dialer: Dialer = createDialer({
      world: countingRefusals(world, perCampaign.refused),
      running: () => repository.running(),
      forget: queue.forget,
      settle: settling.ended,
      sweep: settling.sweep,
      onTurn: (campaign, turn) => {
        metrics.turn(turn);
        perCampaign.turn(campaign, turn);
      },
      logger,
    });

    const stopListening = [
      events.on('calls.ended', ({ call }) => {
        if (typeof call['campaignId'] === 'string') dialer.ended(call.id, call['campaignId']);
      }),
      events.on('calls.changed', ({ call, fields }) => {
        if (typeof call['campaignId'] !== 'string' || !fields?.includes('answeredAt') || call.status !== 'in-progress')
          return;
        settling
          .answered(call.id)
          .catch(err => logger.warn({ err, callId: call.id }, 'that somebody answered is seen by the next sweep'));
      }),
      // A pause stops claiming at once in this process; the others see it before they dial.
      events.on('campaigns.changed', ({ campaignId }) => {
        repository.findById(campaignId).then(
          found => dialer.wake(campaignId, found ?? undefined),
          () => dialer.wake(campaignId),
        );
      }),
    ];
    const sampling = createCampaignTender(perCampaign.sample, logger, sampleEveryMs);
    app.addHook('onReady', async () => {
      dialer.start();
      sampling.start();
    });
    drain.onBegin(() => void dialer.stop());
    app.addHook('onClose', async () => {
      for (const stop of stopListening) stop();
      await Promise.all([sampling.stop(), dialer.stop()]);
    });
    app.decorate('dialer', dialer);
    app.decorate('sampleCampaigns', perCampaign.sample);
  },
  { name: 'dialer', dependencies: ['calls'] },
);

/** The same world, in which whoever counts hears of each refusal, by its code. */
function countingRefusals(
  world: DialerWorld<RunningCampaign>,
  refused: (campaignId: string, code: string) => void,
): DialerWorld<RunningCampaign> {
  const unknown = 'VERDICT_INCOMPLETE';
  return {
    ...world,
    async judge(person, campaign) {
      const verdict = await world.judge(person, campaign);
      if (!verdict.allowed) refused(campaign.id, verdict.code ?? unknown);
      return verdict;
    },
    async dial(person, campaign, verdict, turn) {
      const result = await world.dial(person, campaign, verdict, turn);
      if (result.kind === 'refused') refused(campaign.id, result.verdict.code ?? unknown);
      return result;
    },
  };
}
