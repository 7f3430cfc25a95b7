import fp from 'fastify-plugin';
import type { Contacts } from '../contacts/contacts.types.ts';
import '../calls/calls-events.ts';
import { createCircuits } from './breaker-circuits.ts';
import type { CampaignContactRepository } from './campaign-contact-repository.ts';
import type { CampaignRepository } from './campaign-repository.ts';
import './campaigns-events.ts';
import { createDialer, type Dialer } from './dialer.ts';
import type { DialerMoves } from './dialer.types.ts';
import { type DialBudget, noBudget } from './dialer-budget.types.ts';
import { waitUntil } from './dialer-clock.ts';
import { createDialerMetrics } from './dialer-metrics.ts';
import { createDialerQueue } from './dialer-queue.ts';
import { createDialerWorld } from './dialer-world.ts';
import { createPacing } from './pacer-gate.ts';
import { PacerRepository } from './pacer-repository.ts';
import { createSettling } from './settle-calls.ts';

declare module 'fastify' {
  interface FastifyInstance {
    dialer: Dialer;
  }
}

export interface DialerPluginOptions {
  readonly repository: CampaignRepository;
  readonly people: CampaignContactRepository;
  readonly moves: DialerMoves;
  readonly budget?: DialBudget;
  readonly contacts: Pick<Contacts, 'byId'>;
  readonly now: () => Date;
}

/** Dials for running campaigns, in every process that serves. */
export const dialerPlugin = fp<DialerPluginOptions>(
  async (app, { repository, people, moves, budget = noBudget, contacts, now }) => {
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
    const dialer = createDialer({
      world,
      running: () => repository.running(),
      forget: queue.forget,
      settle: settling.ended,
      sweep: settling.sweep,
      onTurn: (_campaign, turn) => metrics.turn(turn),
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
    app.addHook('onReady', async () => dialer.start());
    drain.onBegin(() => void dialer.stop());
    app.addHook('onClose', async () => {
      for (const stop of stopListening) stop();
      await dialer.stop();
    });
    app.decorate('dialer', dialer);
  },
  { name: 'dialer', dependencies: ['calls'] },
);
