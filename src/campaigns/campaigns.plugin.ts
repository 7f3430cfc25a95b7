import fp from 'fastify-plugin';
import { Type } from 'typebox';
import type { NumberDirectory } from '../agents/agents.types.ts';
import type { Calls, CallView } from '../calls/calls.types.ts';
import '../calls/calls-events.ts';
import type { PriceTable } from '../calls/cost-protocol.ts';
import type { Contacts } from '../contacts/contacts.types.ts';
import { AppError } from '../errors.ts';
import { defineJob } from '../jobs/queue.ts';
import type { Budgets } from './budget.types.ts';
import { BudgetEntryRepository } from './budget-entry-repository.ts';
import { BudgetRepository } from './budget-repository.ts';
import { costIn, createBudgets, dialBudgetOf } from './budgets.ts';
import { campaignRoutes } from './campaign.routes.ts';
import { type CampaignCallbacks, createCampaignCallbacks } from './campaign-callbacks.ts';
import { createCampaignCheck } from './campaign-check.ts';
import { CampaignContactRepository } from './campaign-contact-repository.ts';
import { CampaignEventRepository } from './campaign-event-repository.ts';
import { createCampaignLog } from './campaign-log.ts';
import { type CampaignControl, createCampaignMoves } from './campaign-moves.ts';
import { campaignPeopleRoutes } from './campaign-people.routes.ts';
import { createCampaignPeople } from './campaign-people.ts';
import { type CampaignProgress, type CampaignProgressOptions, createCampaignProgress } from './campaign-progress.ts';
import { CampaignRepository } from './campaign-repository.ts';
import { createCampaignService } from './campaign-service.ts';
import type { VariantCallFigures } from './campaign-stats.ts';
import { type CampaignCounting, createCampaignTally } from './campaign-tally.ts';
import { CampaignTallyRepository } from './campaign-tally-repository.ts';
import { createCampaignTender } from './campaign-tender.ts';
import type { Preflight } from './campaigns.types.ts';
import { contactCampaignsRoutes } from './contact-campaigns.routes.ts';
import { type DemoPeople, seedDemoCampaign } from './demo-campaign.ts';
import type { DialBudget } from './dialer-budget.types.ts';
import { createListFiller } from './list-filler.ts';
import { ListMarkRepository } from './list-mark-repository.ts';
import { nextCallsRoutes } from './next-calls.routes.ts';
import { createNextCalls } from './next-calls.ts';
import { type NextCall, nextOfPeople } from './next-of-people.ts';
import { openingOf } from './next-opening.ts';
import { createWhileOpen } from './while-open.ts';

export interface CampaignsOptions {
  readonly numbers: Pick<NumberDirectory, 'mayCallFrom'>;
  readonly contacts: Contacts;
  readonly calls: Pick<Calls, 'end' | 'get'>;
  readonly preflight?: Preflight;
  /** What is counted of a campaign's calls; registered later. */
  readonly figuresOf: (campaignId: string, since: Date, variant?: string) => Promise<VariantCallFigures>;
  readonly figuresOfMany: CampaignProgressOptions['figuresOfMany'];
  readonly priceTable: PriceTable;
  /** Whom the demo calls; null with a real carrier. */
  readonly demo: DemoPeople | null;
  readonly now: () => Date;
}

declare module 'fastify' {
  interface FastifyInstance {
    campaigns: CampaignControl & {
      readonly repository: CampaignRepository;
      readonly people: CampaignContactRepository;
      readonly entries: CampaignEventRepository;
      readonly tally: CampaignCounting;
      readonly budgets: Budgets;
      readonly progress: CampaignProgress;
      readonly dialBudget: DialBudget;
      /** The demo of a first start; the server asks for it, and tests only when they mean to. */
      seedDemo(): Promise<void>;
      readonly callbacks: CampaignCallbacks;
      /** When each of these people is called next. */
      nextOf(contactIds: readonly string[]): Promise<ReadonlyMap<string, NextCall>>;
    };
  }
}

const moneyEveryMs = 10_000;

const clearJob = defineJob('campaigns.clear-queue', {
  payload: Type.Object({ campaignId: Type.String() }, { additionalProperties: false }),
  timeLimitMs: 30 * 60_000,
  maxAttempts: 20,
});

/** Campaigns: whom to call, how and when, and what became of it. */
export const campaignsPlugin = fp<CampaignsOptions>(
  async (app, { numbers, contacts, calls, preflight, figuresOf, figuresOfMany, priceTable, demo, now }) => {
    const { config, logging, events, processId } = app.operations;
    const logger = logging.component('campaigns');
    const defaultCountry = config.DEFAULT_COUNTRY;
    const repository = new CampaignRepository(app.store);
    const people = new CampaignContactRepository(app.store);
    const entries = new CampaignEventRepository(app.store);
    const marks = new ListMarkRepository(app.store);
    const log = createCampaignLog({ campaigns: repository, entries, events, logger, now });
    const check = createCampaignCheck({
      agents: app.agents,
      numbers,
      listExists: contacts.hasList,
      defaultCountry,
      currencies: [config.COST_CURRENCY, ...Object.keys(config.CURRENCY_RATES ?? {})],
      mostMinutes: config.MAX_CALL_MINUTES,
    });
    const service = createCampaignService({
      campaigns: repository,
      people,
      check,
      log,
      events,
      jobs: app.jobs,
      clearJob,
      now,
    });
    const whileOpen = createWhileOpen({ campaigns: repository, service, now });
    const callbacks = createCampaignCallbacks({ people, service, whileOpen, log, now });
    const campaignPeople = createCampaignPeople({
      campaigns: repository,
      people,
      service,
      contacts,
      check,
      whileOpen,
      log,
      defaultCountry,
      now,
    });
    const control = createCampaignMoves({
      campaigns: repository,
      people,
      service,
      log,
      fill: createListFiller({ campaigns: repository, people, marks, contacts, log, owner: processId, now }),
      preflight,
      endCall: async (callId, name) => {
        try {
          await calls.end(callId, { kind: 'campaign', id: callId, label: `campaign ${name}` });
        } catch (error) {
          if (!(error instanceof AppError && ['CALL_ENDED', 'CALL_NOT_FOUND'].includes(error.code))) throw error;
        }
      },
      logger,
      now,
    });

    const tallies = new CampaignTallyRepository(app.store);
    const tally = createCampaignTally({ people, tallies, owner: processId, now });
    const progress = createCampaignProgress({
      campaigns: repository,
      tally,
      tallies,
      figuresOf,
      figuresOfMany,
      events,
      logger,
      timeZone: config.TIME_ZONE,
      now,
    });
    const budgets = createBudgets({
      budgets: new BudgetRepository(app.store),
      entries: new BudgetEntryRepository(app.store),
      campaignOf: id => repository.findById(id),
      moves: () => control,
      costOfCall: async callId => {
        try {
          return costIn(await calls.get(callId));
        } catch (error) {
          if (error instanceof AppError && error.code === 'CALL_NOT_FOUND') return null;
          throw error;
        }
      },
      table: priceTable,
      monthly: config.MONTHLY_BUDGET,
      timeZone: config.TIME_ZONE,
      owner: processId,
      now,
    });
    const settle = ({ call }: { readonly call: CallView }) => {
      if (!call['campaignId'] || !call['endedAt']) return;
      const { micros, isFinal } = costIn(call);
      budgets
        .settle(call.id, micros, isFinal)
        .catch(err =>
          logger.warn({ err, callId: call.id }, 'a call could not be settled with its budget; it is asked later'),
        );
    };
    const stopListening = [
      events.on('calls.ended', settle),
      events.on('calls.changed', event => {
        if (event.fields?.includes('cost')) settle(event);
      }),
    ];

    app.jobs.process(clearJob, async ({ campaignId }, { signal }) => {
      if (await repository.findById(campaignId)) return;
      while ((await people.removeSome(campaignId)) > 0) signal.throwIfAborted();
      await marks.removeOf(campaignId);
    });
    contacts.beforeDeleting(campaignPeople.forget);
    app.agents.neededBy(async agentId =>
      (await repository.open())
        .filter(each =>
          [each.agentId, ...each.variants.map(variant => variant.agentId)].some(id => id?.toHexString() === agentId),
        )
        .map(({ name }) => `the campaign ${name}`),
    );

    const tender = createCampaignTender(control.tend, logger);
    // A round begins a second after the end of the last one, so nobody is told more often where a campaign stands.
    const counting = createCampaignTender(progress.round, logger);
    const money = createCampaignTender(budgets.tend, logger, moneyEveryMs);
    const tenders = [tender, counting, money];
    app.addHook('onReady', async () => {
      for (const each of tenders) each.start();
    });
    app.addHook('onClose', async () => {
      for (const stop of stopListening) stop();
      await Promise.all(tenders.map(each => each.stop()));
    });
    const { kick } = tender;
    app.decorate('campaigns', {
      ...control,
      repository,
      people,
      entries,
      tally,
      budgets,
      progress,
      dialBudget: dialBudgetOf(budgets),
      seedDemo: () => seedDemoCampaign({ campaigns: repository, service, people: campaignPeople, demo }),
      callbacks,
      nextOf: contactIds => nextOfPeople(contactIds, { people, campaigns: repository }),
    });
    await app.register(campaignRoutes, { repository, entries, service, control, stats: progress, kick });
    const mostMinutes = config.MAX_CALL_MINUTES;
    const nextCalls = createNextCalls({
      campaigns: repository,
      tallies,
      killSwitch: app.killSwitch,
      openingOf: (campaign, at) => openingOf(campaign, at, { people, contacts, defaultCountry, mostMinutes }),
      now,
    });
    await app.register(nextCallsRoutes, { nextCalls });
    await app.register(campaignPeopleRoutes, { people, contacts, service, campaignPeople, callbacks, kick, now });
    await app.register(contactCampaignsRoutes, { people, campaigns: repository, entries, now });
  },
  { name: 'campaigns', dependencies: ['store', 'auth', 'jobs', 'agents', 'contacts', 'settings'] },
);
